//! How soon subscribers hear of what TrackingMore pushes, and how soon TrackingMore hears that it was taken.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use super::options::{Bars, Options};
use super::watchers::{Delays, Line, Operation, Socket, Stage};

/// Who signs in the sandbox.
const EMAIL: &str = "user@example.com";

/// The parcels have five or more changes before them, and each has one every four seconds at the most.
const PARCELS: usize = 2_000;

/// How many parcels one subscriber may watch.
const WATCHED: usize = 200;

/// Over how many connections is pushed.
const LINES: usize = 32;

const ACKNOWLEDGED: Duration = Duration::from_millis(50);
const SAME_REPLICA: Duration = Duration::from_millis(50);
const OTHER_REPLICA: Duration = Duration::from_millis(100);

/// How long is waited for those that are told last.
const DEADLINE: Duration = Duration::from_secs(20);

/// A message that is to be pushed at a certain time.
struct Push {
    due: Instant,
    number: String,
    body: String,
}

/// When something happened to parcels, by their numbers and in order.
type Times = HashMap<String, Vec<Instant>>;

/// What was pushed, and what came of it.
#[derive(Debug, Default)]
struct Book {
    left: Times,
    /// When the subscribers of each replica were told.
    told: [Times; 2],
    acknowledged: Delays,
    /// What nobody expected.
    others: Vec<String>,
}

type Shared = Arc<Mutex<Book>>;

pub async fn measure(options: &Options, bars: &mut Bars) {
    let seconds = options.number("--seconds", 10);
    let flags = ["--poll-interval", "0", "--webhook-email", EMAIL];
    let stage = Stage::open(2, PARCELS, &flags).await;
    let book = Shared::default();
    let _subscribers = gather(&stage, &book).await;
    let mut first = 0;
    for per_second in [50, 500] {
        let count = per_second * seconds;
        push(&stage, &book, per_second, first..first + count).await;
        first += count;
        report(&book, per_second, bars).await;
    }
}

/// Lets subscribers come to both replicas who watch all parcels.
async fn gather(stage: &Stage, book: &Shared) -> JoinSet<()> {
    let mut subscribers = JoinSet::new();
    let parcels: Vec<_> = (0..PARCELS).collect();
    for (replica, address) in stage.addresses().into_iter().enumerate() {
        for parcels in parcels.chunks(WATCHED) {
            let board = &stage.driver.board;
            let refs: Vec<_> = parcels
                .iter()
                .map(|parcel| board.reference(*parcel))
                .collect();
            let operation = Operation {
                query: "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { kind changes { field before after } tracking { trackingNumber verification } } }".to_owned(),
                variables: json!({ "refs": refs }),
            };
            let mut socket = Socket::open(address, &operation).await.unwrap();
            for _ in parcels {
                let snapshot = socket.next().await.unwrap();
                assert_eq!(
                    snapshot["data"]["trackingUpdated"]["kind"], "SNAPSHOT",
                    "{snapshot}"
                );
            }
            subscribers.spawn(listen(socket, book.clone(), replica));
        }
    }
    subscribers
}

async fn listen(mut socket: Socket, book: Shared, replica: usize) {
    loop {
        let news = socket.next().await;
        let at = Instant::now();
        let mut book = open(&book);
        match news.as_ref().ok().and_then(Told::of) {
            Some(Told::Hint(number)) => {
                let told = &mut book.told[replica];
                told.entry(number.to_owned()).or_default().push(at);
            }
            Some(Told::Confirmation) => {}
            None => {
                book.others.push(format!("{news:?}"));
                if news.is_err() {
                    return;
                }
            }
        }
    }
}

/// What a subscriber is told because of a push.
enum Told<'a> {
    /// What it says of the parcel of that number.
    Hint(&'a str),
    /// That the list bears it out. It says by itself whether the parcel is still updated.
    Confirmation,
}

impl<'a> Told<'a> {
    fn of(news: &'a Value) -> Option<Self> {
        let event = &news["data"]["trackingUpdated"];
        let tracking = &event["tracking"];
        let changes = event["changes"].as_array()?.iter();
        let mut changes = changes.map(|change| &change["field"]);
        match (event["kind"].as_str()?, tracking["verification"].as_str()?) {
            ("CHANGED", "HINTED") => Some(Self::Hint(tracking["trackingNumber"].as_str()?)),
            ("CHANGED" | "CONFIRMED", "CONFIRMED") => changes
                .all(|field| field == "verification" || field == "updating")
                .then_some(Self::Confirmation),
            _ => None,
        }
    }
}

/// Moves parcels on at the account, and tells the first replica of each.
async fn push(stage: &Stage, book: &Shared, per_second: usize, places: std::ops::Range<usize>) {
    let (sender, receiver) = channel(1);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let mut workers = JoinSet::new();
    for _ in 0..LINES {
        let line = Line::open(stage.replicas[0].address()).await.unwrap();
        workers.spawn(work(line, receiver.clone(), book.clone()));
    }
    write(stage, per_second, places, sender).await;
    while let Some(done) = workers.join_next().await {
        done.unwrap();
    }
}

/// Writes the messages, each in its turn.
async fn write(
    stage: &Stage,
    per_second: usize,
    places: std::ops::Range<usize>,
    pushes: Sender<Push>,
) {
    let period = Duration::from_secs(1) / u32::try_from(per_second).unwrap();
    let mut due = Instant::now() + Duration::from_millis(100);
    for place in places {
        let number = stage.driver.board.number(place % PARCELS).to_owned();
        due += period;
        // With some the last has happened already.
        if stage.sandbox.nudge(&number).is_some() {
            let body = stage.sandbox.webhook_body(&number).unwrap();
            let push = Push { due, number, body };
            pushes.send(push).await.expect("the workers wait");
        }
    }
}

async fn work(mut line: Line, pushes: Arc<tokio::sync::Mutex<Receiver<Push>>>, book: Shared) {
    loop {
        let push = {
            let mut pushes = pushes.lock().await;
            let Some(push) = pushes.recv().await else {
                return;
            };
            sleep_until(push.due.into()).await;
            push
        };
        let begun = Instant::now();
        let left = |book: &mut Book| {
            book.left
                .entry(push.number.clone())
                .or_default()
                .push(begun)
        };
        left(&mut open(&book));
        let (status, answer, _) = line
            .post("/webhooks/trackingmore", &push.body)
            .await
            .unwrap();
        let mut book = open(&book);
        match status {
            200 => book.acknowledged.0.push(push.due.elapsed()),
            _ => book.others.push(format!("{status} {answer}")),
        }
    }
}

async fn report(book: &Shared, per_second: usize, bars: &mut Bars) {
    let begun = Instant::now();
    let count = |times: &Times| times.values().map(Vec::len).sum::<usize>();
    let are_told = |book: &Book| {
        book.told
            .iter()
            .all(|told| count(told) >= count(&book.left))
    };
    while begun.elapsed() < DEADLINE && !are_told(&open(book)) {
        sleep(Duration::from_millis(20)).await;
    }
    let book = std::mem::take(&mut *open(book));
    let [same, other] = [0, 1].map(|replica| delays(&book.left, &book.told[replica]));
    println!("webhooks: {per_second} per second");
    println!("  acknowledged:          {}", book.acknowledged);
    println!("  told on that replica:  {same}");
    println!("  told on the other one: {other}");
    let others = book.others.len();
    bars.hold(
        others == 0,
        &format!(
            "{others} answers or events that nobody expected {:?}",
            book.others.first()
        ),
    );
    let all = count(&book.left);
    let told = [count(&book.told[0]), count(&book.told[1])];
    bars.hold(
        told == [all; 2],
        &format!("{all} pushes were told {told:?} times"),
    );
    let mut bar = |what: &str, took: Duration, most: Duration| {
        bars.hold(
            took <= most,
            &format!("{per_second}/s {what} {took:.1?}, at most {most:?}"),
        );
    };
    bar(
        "acknowledged (p99)",
        book.acknowledged.percentile(99),
        ACKNOWLEDGED,
    );
    bar(
        "told on that replica (p95)",
        same.percentile(95),
        SAME_REPLICA,
    );
    bar(
        "told on the other one (p95)",
        other.percentile(95),
        OTHER_REPLICA,
    );
}

/// How long it took from each push to its event.
fn delays(left: &Times, told: &Times) -> Delays {
    let pairs = left
        .iter()
        .filter_map(|(number, left)| Some(left.iter().zip(told.get(number)?)));
    let delays = pairs
        .flatten()
        .map(|(left, told)| told.saturating_duration_since(*left));
    Delays(delays.collect())
}

fn open(book: &Shared) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}
