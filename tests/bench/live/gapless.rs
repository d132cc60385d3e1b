//! A hundred thousand events for a thousand subscribers on three replicas, which are killed, drained and started again, while Redis
//! is started again with its data.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::options::{Bars, Options};
use super::support::{Process, Redis};
use super::watchers::{Stage, Transport, Watch};

const REPLICAS: usize = 3;
const PARCELS: usize = 1_000;
const SUBSCRIBERS: usize = 1_000;

/// How many parcels each subscriber watches.
const WATCHED: usize = 3;

/// How long everything goes well between two troubles.
const CALM: Duration = Duration::from_secs(4);

/// Every so many-th hangs up now and then, and goes on at home.
const RESTLESS: usize = 4;

/// Every so many-th listens over SSE.
const OVER_SSE: usize = 5;

#[derive(Debug, Default)]
struct Troubles {
    kills: usize,
    drains: usize,
    redis: usize,
}

pub async fn measure(options: &Options, bars: &mut Bars) {
    let events = options.number("--events", 100_000);
    let seconds = Duration::from_secs(options.number("--seconds", 900));
    let flags = ["--poll-interval", "100ms", "--events", "100000"];
    let mut stage = Stage::open(REPLICAS, PARCELS, &flags).await;
    let with_sse = options.number("--with-sse", true);
    stage
        .gather((0..SUBSCRIBERS).map(|number| watch(number, with_sse)))
        .await;
    println!("gapless: {SUBSCRIBERS} subscribers of {WATCHED} parcels each on {REPLICAS} replicas");
    let begun = Instant::now();
    let mut troubles = Troubles::default();
    let Stage {
        driver,
        replicas,
        redis,
        ..
    } = &mut stage;
    let is_over = AtomicBool::new(false);
    let drive = async {
        let are_enough = |made| made >= events || begun.elapsed() >= seconds;
        driver.drive(are_enough).await;
        is_over.store(true, Ordering::Relaxed);
        begun.elapsed()
    };
    let trouble = async {
        while !is_over.load(Ordering::Relaxed) {
            make_trouble(replicas, redis, &mut troubles, &is_over).await;
        }
    };
    let (took, ()) = tokio::join!(drive, trouble);
    stage.settle().await;
    let judgement = stage.judge();
    println!(
        "{} events in {took:.1?}, {} kills, {} drains, {} new starts of Redis\n{judgement}",
        stage.driver.events(),
        troubles.kills,
        troubles.drains,
        troubles.redis
    );
    bars.hold(
        stage.driver.events() >= events,
        &format!("{events} events in {seconds:.0?}"),
    );
    bars.hold(judgement.is_clean(), "0 lost, 0 doubled, 0 out of order");
}

/// One of the three with the same parcels is at home on each replica.
fn watch(number: usize, with_sse: bool) -> Watch {
    let group = number / REPLICAS;
    let parcels = (0..WATCHED).map(|place| (group * WATCHED + place) % PARCELS);
    let seconds = 10 + (number / RESTLESS) as u64 % 20;
    Watch {
        parcels: parcels.collect(),
        transport: match with_sse && number.is_multiple_of(OVER_SSE) {
            true => Transport::Sse,
            false => Transport::WebSocket,
        },
        home: number % REPLICAS,
        stay: number
            .is_multiple_of(RESTLESS)
            .then_some(Duration::from_secs(seconds)),
    }
}

/// A replica dies, Redis begins anew with its data, and another replica makes room for a new one; each time others.
async fn make_trouble(
    replicas: &mut [Process],
    redis: &mut Redis,
    troubles: &mut Troubles,
    is_over: &AtomicBool,
) {
    let round = troubles.kills;
    for step in 0..3 {
        sleep(CALM).await;
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        match step {
            0 => {
                replicas[round % REPLICAS].kill().await;
                troubles.kills += 1;
                replicas[round % REPLICAS].restart().await;
            }
            1 => {
                redis.restart_gently().await;
                troubles.redis += 1;
            }
            _ => {
                let replica = &mut replicas[(round + 1) % REPLICAS];
                let ended = replica.drain().await;
                assert!(
                    ended.success(),
                    "a replica that was drained ended with {ended}"
                );
                troubles.drains += 1;
                replica.restart().await;
            }
        }
    }
}
