//! How long clients wait.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::http::Line;
use crate::options::{Bars, Options};
use crate::paced::pace;
use crate::parcels;
use crate::questions::{Asking, Pick, Question};
use crate::rounds::permille;
use crate::stage::{DOOR, Stage, many, window};

/// How often a cold parcel is asked for.
const LOOKUPS: usize = 1_000;

/// So much longer may that take than asking the upstream itself.
const ADDED: Duration = Duration::from_micros(300);

const PER_SECOND: u32 = 5_000;
const CONNECTIONS: u32 = 64;

/// So long may the slowest of a hundred take of those who are paced.
const LATEST: Duration = Duration::from_millis(5);

pub async fn measure(options: &Options, bars: &mut Bars) {
    println!("latency");
    let stage = Stage::open(options).await;
    cold(&stage, bars).await;
    let parcels = many(options);
    stage.teach(parcels).await;
    let asking = Rc::new(Asking::new(Question::Parcel, Pick::Distinct(parcels)));
    let window = 5 * window(options);
    let delays = pace(
        &stage.gateway,
        DOOR,
        &asking,
        PER_SECOND,
        CONNECTIONS,
        window,
    )
    .await;
    let [p50, p99, p999] = [500, 990, 999].map(|rank| permille(&delays, rank));
    println!(
        "  A distinct at {PER_SECOND} a second: p50 {p50:.1?}, p99 {p99:.1?}, p99.9 {p999:.1?}"
    );
    bars.hold(
        p99 <= LATEST,
        &format!("at {PER_SECOND} cached reads a second p99 {p99:.1?}, at most {LATEST:?}"),
    );
}

/// Asks the gateway and the upstream in turn.
async fn cold(stage: &Stage, bars: &mut Bars) {
    let asking = Asking::new(Question::Parcel, Pick::Cold);
    let mut own = Line::open(stage.gateway.address()).await.unwrap();
    let mut direct = Line::open(stage.upstream.address()).await.unwrap();
    let (mut through, mut directly) = (Vec::new(), Vec::new());
    for turn in 0..LOOKUPS {
        let number = parcels::number(parcels::STRANGERS + turn);
        let call = format!(
            "GET /v2/trackings/get?page=1&limit=40&numbers={number} HTTP/1.1\r\nhost: localhost\r\n\r\n"
        );
        directly.push(time(&mut direct, call.as_bytes()).await);
        through.push(time(&mut own, &asking.request(DOOR, turn)).await);
    }
    let [p50, direct] = [&through, &directly].map(|times| permille(times, 500));
    let added = p50.saturating_sub(direct);
    println!("  a cold look-up: p50 {p50:.1?}, the upstream itself {direct:.1?}");
    bars.hold(
        added <= ADDED,
        &format!("a cold look-up takes {added:.1?} longer (p50), at most {ADDED:?}"),
    );
}

async fn time(line: &mut Line, request: &[u8]) -> Duration {
    let sent = Instant::now();
    line.ask(request).await.unwrap();
    sent.elapsed()
}
