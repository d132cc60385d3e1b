//! One subscriber: where it is, what it was told, and where it goes when its replica goes away.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::driver::Board;
use super::news::{Kind, WATCH};
use super::stream::{End, Operation, Stream, Transport};

/// Before it is tried again where nobody is.
const PAUSE: Duration = Duration::from_millis(20);

/// How many connect at the same time.
const CROWDED: usize = 100;

/// How many reasons are kept that nobody expected.
const REASONS: usize = 5;

/// Who connects at the moment.
pub static DOORS: Semaphore = Semaphore::const_new(CROWDED);

/// What a subscriber does.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The places of the parcels on the board.
    pub parcels: Vec<usize>,
    pub transport: Transport,
    /// The replica where it prefers to be.
    pub home: usize,
    /// After how long it hangs up to go on at home.
    pub stay: Option<Duration>,
}

/// What it was told, and what happened to it.
#[derive(Debug, Default)]
pub struct Log {
    pub entries: Vec<Entry>,
    pub reconnects: usize,
    pub lagged: usize,
    /// What nobody expected.
    pub others: usize,
    pub reasons: Vec<String>,
}

/// News of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub at: Instant,
    pub parcel: usize,
    pub title: u32,
    pub told: Told,
}

/// As what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The state, because the subscriber had no cursor.
    Beginning,
    /// The state, although it had one.
    Again,
    /// A change of this title.
    Change { before: u32 },
}

/// A subscriber at work. It ends with it.
#[derive(Debug)]
pub struct Watcher {
    pub watch: Watch,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

impl Watcher {
    pub fn start(watch: Watch, board: Arc<Board>, replicas: Vec<SocketAddr>) -> Self {
        let log = Arc::<Mutex<Log>>::default();
        let subscriber = Subscriber {
            numbers: watch
                .parcels
                .iter()
                .map(|parcel| (board.number(*parcel).to_owned(), *parcel))
                .collect(),
            operation: operation(&watch, &board),
            watch: watch.clone(),
            board,
            log: log.clone(),
            cursor: None,
        };
        Self {
            watch,
            log,
            task: tokio::spawn(subscriber.live(replicas)),
        }
    }

    pub fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn operation(watch: &Watch, board: &Board) -> Operation {
    let refs: Vec<_> = watch
        .parcels
        .iter()
        .map(|parcel| board.reference(*parcel))
        .collect();
    Operation {
        query: WATCH.to_owned(),
        variables: json!({ "refs": refs }),
    }
}

struct Subscriber {
    watch: Watch,
    numbers: HashMap<String, usize>,
    operation: Operation,
    board: Arc<Board>,
    log: Arc<Mutex<Log>>,
    cursor: Option<String>,
}

impl Subscriber {
    /// Goes from replica to replica.
    async fn live(mut self, replicas: Vec<SocketAddr>) {
        let mut place = self.watch.home;
        loop {
            let end = match self.open(replicas[place % replicas.len()]).await {
                Ok(stream) => self.stay(stream).await,
                Err(end) => Some(end),
            };
            match end {
                None => place = self.watch.home,
                Some(End::Closed(_) | End::Broken(_)) => place += 1,
                Some(other) => {
                    self.note_other(format!("{other:?}"));
                    place += 1;
                }
            }
            self.write(|log| log.reconnects += 1);
        }
    }

    async fn open(&self, replica: SocketAddr) -> Result<Stream, End> {
        let _door = DOORS.acquire().await.expect("it stays open");
        let stream = Stream::open(
            self.watch.transport,
            replica,
            &self.operation,
            self.cursor.as_deref(),
        )
        .await;
        if stream.is_err() {
            sleep(PAUSE).await;
        }
        stream
    }

    /// Listens until the server does not go on, or it is time to go home.
    async fn stay(&mut self, mut stream: Stream) -> Option<End> {
        let (is_new, stay) = (self.cursor.is_none(), self.watch.stay);
        let listen = async {
            loop {
                match stream.next().await {
                    Ok(news) => {
                        self.note(news.kind, is_new);
                        if news.cursor.is_some() {
                            self.cursor = news.cursor;
                        }
                    }
                    Err(end) => return end,
                }
            }
        };
        match stay {
            Some(stay) => timeout(stay, listen).await.ok(),
            None => Some(listen.await),
        }
    }

    fn note(&mut self, kind: Kind, is_new: bool) {
        let (number, title, told) = match kind {
            Kind::Snapshot { number, title } => (
                number,
                title,
                if is_new { Told::Beginning } else { Told::Again },
            ),
            Kind::Changed {
                number,
                before,
                title,
            } => (number, title, Told::Change { before }),
            Kind::Confirmed => return,
            Kind::Lagged => return self.write(|log| log.lagged += 1),
            Kind::Other(response) => return self.note_other(response),
        };
        let at = Instant::now();
        let Some(parcel) = self.numbers.get(&number).copied() else {
            return self.note_other(format!("news of {number}, which it does not watch"));
        };
        self.write(|log| {
            log.entries.push(Entry {
                at,
                parcel,
                title,
                told,
            })
        });
        self.board.note_seen(parcel, title);
    }

    fn note_other(&self, reason: String) {
        self.write(|log| {
            log.others += 1;
            if log.reasons.len() < REASONS {
                log.reasons.push(reason);
            }
        });
    }

    fn write(&self, write: impl FnOnce(&mut Log)) {
        write(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
