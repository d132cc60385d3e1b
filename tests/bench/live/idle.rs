//! Ten thousand who wait on one replica: what each of them costs, and how long it takes until the last has heard of something.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::options::{Bars, Options};
use super::support::Process;
use super::watchers::{DOORS, Delays, Operation, Socket, Sse, Stage, Transport};

/// What a subscriber may cost.
const MOST_BYTES: u64 = 20_000;

/// How long it may take until the last has heard.
const LATEST: Duration = Duration::from_millis(250);

/// No round takes longer.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many watch each something else, so that nothing can be shared.
const STRANGERS: usize = 2_000;

/// What a crowd has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crowd {
    /// The operation, to the letter.
    Alike(Transport),
    /// Nothing but the parcel.
    Strange,
}

pub async fn measure(options: &Options, bars: &mut Bars) {
    let rounds = options.number("--rounds", 40);
    let sockets = options.number("--sockets", 10_000);
    let streams = options.number("--sse", 5_000);
    let crowds = [
        (Crowd::Alike(Transport::WebSocket), sockets),
        (Crowd::Alike(Transport::Sse), streams),
        (Crowd::Strange, STRANGERS.min(sockets)),
    ];
    for (crowd, count) in crowds.into_iter().filter(|(_, count)| *count > 0) {
        wait(crowd, count, rounds, bars).await;
    }
}

async fn wait(crowd: Crowd, count: usize, rounds: usize, bars: &mut Bars) {
    println!("idle: {count} {crowd:?}");
    let stage = Stage::open(1, 4, &["--poll-interval", "0"]).await;
    let replica = &stage.replicas[0];
    // What everybody needs is there before the first of those who are counted comes.
    let (mut listeners, mut heard) = Listeners::gather(crowd, 10, &stage).await;
    change(replica, &stage, 0).await;
    hear(&mut heard, 10).await;
    drop((listeners, heard));
    let before = resident_kib(replica);
    (listeners, heard) = Listeners::gather(crowd, count, &stage).await;
    let after = resident_kib(replica);
    let each = after.saturating_sub(before) as f64 / count as f64;
    println!("  {before} KiB before, {after} KiB after, {each:.1} KiB each");
    let (mut in_all, mut behind_first) = (Delays::default(), Delays::default());
    for round in 1..=rounds {
        let begun = Instant::now();
        let asked = change(replica, &stage, round);
        let (times, ()) = tokio::join!(hear(&mut heard, count), asked);
        let (first, last) = (times[0], times[times.len() - 1]);
        in_all.0.push(last - begun);
        behind_first.0.push(last - first);
    }
    println!("  to the last, from the cause:  {in_all}");
    println!("  to the last, from the first:  {behind_first}");
    println!("  {} KiB in the end", resident_kib(replica));
    drop(listeners);
    if let Crowd::Alike(transport) = crowd {
        let bytes = after.saturating_sub(before) * 1024 / count as u64;
        bars.hold(
            bytes <= MOST_BYTES,
            &format!("{transport:?}: {bytes} bytes each of {count}, at most {MOST_BYTES}"),
        );
        let latest = in_all.percentile(99);
        bars.hold(
            latest <= LATEST,
            &format!(
                "{transport:?}: {latest:.0?} to the last of {count} (p99), at most {LATEST:?}"
            ),
        );
    }
}

/// Those who wait, and what they have heard so far.
struct Listeners {
    _tasks: JoinSet<()>,
}

impl Listeners {
    /// Lets them come, and waits until each has its snapshot.
    async fn gather(
        crowd: Crowd,
        count: usize,
        stage: &Stage,
    ) -> (Self, UnboundedReceiver<Instant>) {
        let (sender, mut heard) = unbounded_channel();
        let mut tasks = JoinSet::new();
        let address = stage.replicas[0].address();
        for number in 0..count {
            let (operation, sender) = (operation(crowd, number, stage), sender.clone());
            match crowd {
                Crowd::Alike(Transport::Sse) => tasks.spawn(async move {
                    let door = DOORS.acquire().await.unwrap();
                    let mut stream = Sse::open(address, &operation, None).await.unwrap();
                    stream.message().await.unwrap();
                    drop((door, sender.send(Instant::now())));
                    drop(operation);
                    while stream.message().await.is_ok() && sender.send(Instant::now()).is_ok() {}
                }),
                _ => tasks.spawn(async move {
                    let door = DOORS.acquire().await.unwrap();
                    let mut socket = Socket::open(address, &operation).await.unwrap();
                    socket.text().await.unwrap();
                    drop((door, sender.send(Instant::now())));
                    drop(operation);
                    while socket.text().await.is_ok() && sender.send(Instant::now()).is_ok() {}
                }),
            };
        }
        hear(&mut heard, count).await;
        (Self { _tasks: tasks }, heard)
    }
}

/// Waits until so many have heard of something, and gives when.
async fn hear(heard: &mut UnboundedReceiver<Instant>, count: usize) -> Vec<Instant> {
    let all = async {
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            times.push(heard.recv().await.expect("somebody listens"));
        }
        times.sort_unstable();
        times
    };
    let all = timeout(DEADLINE, all).await;
    all.unwrap_or_else(|_| panic!("not all of {count} heard of it"))
}

fn operation(crowd: Crowd, number: usize, stage: &Stage) -> Operation {
    let name = match crowd {
        Crowd::Alike(_) => "everybody".to_owned(),
        Crowd::Strange => format!("reader{number}"),
    };
    Operation {
        query: format!(
            "subscription($refs: [TrackingRef!]!) {{ {name}: trackingUpdated(refs: $refs) {{ cursor kind occurredAt
                changes {{ field before after }} tracking {{ trackingNumber title status }} }} }}"
        ),
        variables: json!({ "refs": [stage.driver.board.reference(0)] }),
    }
}

/// Changes the parcel by way of the replica.
async fn change(replica: &Process, stage: &Stage, title: usize) {
    let reference = stage.driver.board.reference(0);
    let key = &reference["key"];
    let (carrier, number) = (&key["carrierCode"], &key["trackingNumber"]);
    let mutation = format!(
        r#"mutation {{ updateTracking(input: {{ ref: {{ key: {{ carrierCode: {carrier}, trackingNumber: {number} }} }}, title: "round {title}" }})
            {{ userErrors {{ message }} }} }}"#
    );
    let answer = replica.ask(&mutation).await;
    let errors = &answer["data"]["updateTracking"]["userErrors"];
    assert_eq!(errors, &json!([]), "{answer}");
}

/// How much memory a process has.
fn resident_kib(process: &Process) -> u64 {
    let id = process.id().expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.trim().split(' ').next());
    figure.unwrap().parse().unwrap()
}
