//! Changes the parcels' titles at the account, as somebody else's tool would: from n to n + 1 as soon as one subscriber has
//! seen n, so that there is one event for each of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How many titles are changed in one call.
const ROWS: usize = 40;

/// How many such calls are out at once.
const CALLS: usize = 4;

/// How long a call waits for more rows, usually.
const GATHER: Duration = Duration::from_millis(5);

/// When nothing was seen for so long nothing more will be.
const STALLED: Duration = Duration::from_secs(30);

/// Where each parcel stands.
#[derive(Debug)]
pub struct Board {
    parcels: Vec<Parcel>,
    seen: UnboundedSender<usize>,
}

#[derive(Debug)]
struct Parcel {
    carrier: String,
    number: String,
    /// The newest title that anybody has seen.
    seen: AtomicU32,
    /// When the titles were given, the first one excepted.
    given: Mutex<Vec<Instant>>,
}

impl Board {
    /// The parcel's waybill number.
    pub fn number(&self, parcel: usize) -> &str {
        &self.parcels[parcel].number
    }

    /// The parcel as operations name it.
    pub fn reference(&self, parcel: usize) -> Value {
        let Parcel {
            carrier, number, ..
        } = &self.parcels[parcel];
        json!({ "key": { "carrierCode": carrier, "trackingNumber": number } })
    }

    /// Notes what a subscriber has seen.
    pub fn note_seen(&self, parcel: usize, title: u32) {
        if title > 0 && self.parcels[parcel].seen.fetch_max(title, Ordering::SeqCst) < title {
            let _ = self.seen.send(parcel);
        }
    }

    /// The parcel's title at the account.
    pub fn title(&self, parcel: usize) -> u32 {
        let given = self.given(parcel, |given| given.len());
        u32::try_from(given).expect("there are not that many")
    }

    /// When a title was given.
    pub fn given_at(&self, parcel: usize, title: u32) -> Option<Instant> {
        let place = usize::try_from(title).ok()?.checked_sub(1)?;
        self.given(parcel, |given| given.get(place).copied())
    }

    fn given<T>(&self, parcel: usize, look: impl FnOnce(&mut Vec<Instant>) -> T) -> T {
        let given = self.parcels[parcel].given.lock();
        look(&mut given.unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whoever changes the titles.
#[derive(Debug)]
pub struct Driver {
    pub board: Arc<Board>,
    seen: UnboundedReceiver<usize>,
    account: Account,
    events: AtomicUsize,
    /// How long a call waits for more rows.
    gather: Duration,
}

impl Driver {
    /// Gives the title 0 to so many parcels of the account.
    pub async fn take(sandbox: SocketAddr, api_key: &str, parcels: usize) -> Self {
        let account = Account {
            url: format!("http://{sandbox}/v2/trackings"),
            api_key: api_key.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        let listed = account.client.get(format!("http://{sandbox}/__parcels"));
        let rows: Vec<Value> = listed.send().await.unwrap().json().await.unwrap();
        let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
        let parcel = |row: &Value| Parcel {
            carrier: text(row, "carrier_code"),
            number: text(row, "tracking_number"),
            seen: AtomicU32::new(0),
            given: Mutex::default(),
        };
        let (sender, seen) = unbounded_channel();
        // The well-known ones stand first; some of them share a number.
        let chosen = rows.iter().rev().take(parcels);
        let board = Arc::new(Board {
            parcels: chosen.map(parcel).collect(),
            seen: sender,
        });
        assert_eq!(board.parcels.len(), parcels, "the account has too few");
        let all: Vec<_> = (0..parcels).collect();
        for some in all.chunks(ROWS) {
            let rows = some
                .iter()
                .map(|parcel| account.row(&board.parcels[*parcel], 0));
            account.change(rows.collect()).await;
        }
        Self {
            board,
            seen,
            account,
            events: AtomicUsize::new(0),
            gather: GATHER,
        }
    }

    /// Makes a call of forty rows in that time at the most.
    pub fn slow_down(&mut self, gather: Duration) {
        self.gather = gather;
    }

    /// How many changes were made so far.
    pub fn events(&self) -> usize {
        self.events.load(Ordering::Relaxed)
    }

    /// Makes changes until there are enough of them, or nobody sees them any more.
    pub async fn drive(&mut self, are_enough: impl Fn(usize) -> bool) {
        for parcel in 0..self.board.parcels.len() {
            let _ = self.board.seen.send(parcel);
        }
        let mut calls = JoinSet::new();
        while !are_enough(self.events()) {
            let Ok(Some(first)) = timeout(STALLED, self.seen.recv()).await else {
                break;
            };
            sleep(self.gather).await;
            let mut parcels = vec![first];
            while parcels.len() < ROWS
                && let Ok(parcel) = self.seen.try_recv()
            {
                parcels.push(parcel);
            }
            if calls.len() >= CALLS {
                calls.join_next().await;
            }
            let (account, rows) = (self.account.clone(), self.next(&parcels));
            calls.spawn(async move { account.change(rows).await });
        }
        while let Some(done) = calls.join_next().await {
            done.unwrap();
        }
        // What is seen from here on is not waited for.
        while self.seen.try_recv().is_ok() {}
    }

    fn next(&self, parcels: &[usize]) -> Vec<Value> {
        let rows = parcels.iter().map(|parcel| {
            let title = self.board.given(*parcel, |given| {
                given.push(Instant::now());
                given.len()
            });
            self.account.row(&self.board.parcels[*parcel], title)
        });
        self.events.fetch_add(parcels.len(), Ordering::Relaxed);
        rows.collect()
    }
}

/// The account's own API.
#[derive(Debug, Clone)]
struct Account {
    url: String,
    api_key: String,
    client: reqwest::Client,
}

impl Account {
    fn row(&self, parcel: &Parcel, title: usize) -> Value {
        json!({ "tracking_number": parcel.number, "carrier_code": parcel.carrier, "title": title.to_string() })
    }

    async fn change(&self, rows: Vec<Value>) {
        let count = rows.len();
        let call = self
            .client
            .post(format!("{}/updatemore", self.url))
            .header("Trackingmore-Api-Key", &self.api_key);
        let answer = call.json(&rows).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["data"]["update"], count, "{answer}");
    }
}
