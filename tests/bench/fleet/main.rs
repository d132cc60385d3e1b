//! A fleet of four replica processes under mixed load for a minute or as long as `--seconds` says, with clocks that differ,
//! while replicas are killed, Redis comes and goes, and the account answers 429. It ends with a failure if any limit is
//! broken at the account: `cargo bench --bench fleet -- --seconds 60`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use tokio::time::sleep;

use stress::{Crowd, Judgement, SILENCE, Span, Stage, Trouble, make_trouble};

#[path = "../../service/stress/mod.rs"]
mod stress;
#[allow(dead_code, unused_imports, reason = "the service's tests use the rest")]
#[path = "../../service/support/mod.rs"]
mod support;

const REPLICAS: usize = 4;

/// How many parcels the account has.
const PARCELS: usize = 100;

/// How long nothing is done to the fleet, so that there is something to compare with.
const CALM: Duration = Duration::from_secs(15);

const CROWD: Crowd = Crowd {
    lookers: 6,
    pagers: 1,
    writers: 6,
    refreshers: 2,
    impatient: 2,
    readers: 1,
};

#[tokio::main]
async fn main() -> ExitCode {
    let seconds = Duration::from_secs(seconds());
    let mut stage = Stage::open(REPLICAS, PARCELS).await;
    for replica in &stage.replicas {
        println!(
            "{} writes to {}",
            replica.graphql(),
            replica.log().display()
        );
    }
    let load = stage.load.clone();
    let mut spans = Vec::new();
    stage
        .under(&CROWD, async |stage: &mut Stage| {
            let mut begins = load.now();
            let mut ended = |name| {
                let till = load.now();
                let from = std::mem::replace(&mut begins, till);
                spans.push((name, Span { from, till }));
            };
            sleep(CALM).await;
            ended("calm");
            make_trouble(stage, &Trouble::ALL, seconds, announce).await;
            ended("trouble");
            fall_silent(stage).await;
            ended("silences");
        })
        .await;
    report(&stage, &spans)
}

/// The account answers 429 twice; in the first silence a replica begins anew, in the second Redis does.
async fn fall_silent(stage: &mut Stage) {
    for (endpoint, redis_dies) in [(Endpoint::Realtime, false), (Endpoint::List, true)] {
        sleep(Duration::from_secs(4)).await;
        let begins = Instant::now();
        println!("{:6.1?} the account answers 429", stage.load.now());
        stage
            .sandbox
            .fault(Fault::new(FaultKind::Meta { code: 429 }).on(endpoint));
        sleep(Duration::from_secs(3)).await;
        match redis_dies {
            true => stage.redis.restart().await,
            false => {
                stage.kill(2).await;
                stage.restart(2).await;
            }
        }
        sleep((SILENCE + Duration::from_secs(4)).saturating_sub(begins.elapsed())).await;
    }
}

fn announce(stage: &Stage, trouble: Trouble) {
    println!(
        "{:6.1?} {trouble:?}, broken so far: {}",
        stage.load.now(),
        stage.sandbox.stats().total_broken_limits()
    );
}

fn report(stage: &Stage, spans: &[(&str, Span)]) -> ExitCode {
    let judgement = Judgement::of(&stage.sandbox);
    let tally = stage.load.tally();
    for (name, span) in spans {
        println!(
            "{name}, {:.0?}\n{}",
            span.till - span.from,
            judgement.report(*span, &tally)
        );
    }
    println!("answers\n{tally}");
    println!("cached reads that failed: {:?}", tally.failed_reads);
    println!("{judgement}");
    match judgement.is_clean() && tally.failed_reads.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Cargo adds `--bench` to what the user says.
fn seconds() -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds");
    let said = arguments.nth(1);
    said.map_or(60, |seconds| seconds.parse().expect("a number of seconds"))
}
