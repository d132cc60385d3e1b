//! What deploys and changes of the settings cost: three replicas behind nginx begin anew, one after the other and again and again,
//! and read other settings meanwhile, while a thousand subscribers listen and requests come: `cargo bench --bench rollout`
//! (`--rollouts 20`, `--reloads 100`, 0 for none, `--per-second 500`, `--subscribers 1000`). Not one request may fail, and no
//! subscriber may miss anything.
//!
//! nginx has the settings of `deploy/nginx`, but for addresses, for a third replica and for TLS. The account is a process of its
//! own, too. It needs nginx and redis-server.
#![allow(clippy::unwrap_used, missing_docs)]

mod account;
#[allow(dead_code, reason = "others use the rest")]
mod load;
#[allow(dead_code, reason = "others use the rest")]
#[path = "../live/options.rs"]
mod options;
mod proxy;
mod questions;
mod reloads;
mod stage;
#[path = "../live/support.rs"]
mod support;
#[path = "../../service/watchers/mod.rs"]
mod watchers;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use load::{Load, Pace};
use options::{Bars, Options};
use questions::Questions;
use stage::{PARCELS, SPARE, Stage};
use watchers::{Transport, Watch};

/// How many parcels each subscriber watches.
const WATCHED: usize = 3;

/// Every so many-th listens over SSE.
const OVER_SSE: usize = 4;

/// How many requests may wait for their answers.
const MOST: usize = 1_000;

/// How long everything goes on before the first rollout and after the last one.
const CALM: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == account::FLAG) {
        account::serve(PARCELS + SPARE);
        return ExitCode::SUCCESS;
    }
    let options = Options::of_arguments();
    let mut bars = Bars::default();
    measure(&options, &mut bars).await;
    bars.verdict()
}

async fn measure(options: &Options, bars: &mut Bars) {
    let rollouts = options.number("--rollouts", 20);
    let reloads = options.number("--reloads", 100);
    let per_second = options.number("--per-second", 500);
    let subscribers = options.number("--subscribers", 1_000);
    let mut stage = Stage::open().await;
    stage.gather((0..subscribers).map(watch)).await;
    println!(
        "rollout: {rollouts} of {} replicas, {reloads} reloads, {per_second} requests per second, {subscribers} subscribers",
        stage.replicas.len()
    );
    let questions = Questions::about(&stage.driver.board, stage.proxy.address());
    let pace = Pace {
        per_second,
        most: MOST,
    };
    let load = Load::start(stage.proxy.address(), questions, pace);
    let begun = Instant::now();
    let is_over = AtomicBool::new(false);
    let Stage {
        driver, replicas, ..
    } = &mut stage;
    let roll = async {
        sleep(CALM).await;
        let outcome = reloads::roll_out(replicas, rollouts, reloads).await;
        sleep(CALM).await;
        is_over.store(true, Ordering::Relaxed);
        outcome
    };
    let drive = driver.drive(|_| is_over.load(Ordering::Relaxed));
    let (outcome, ()) = tokio::join!(roll, drive);
    let (score, withheld) = load.end().await;
    stage.audience.settle().await;
    let judgement = stage.audience.judge();
    println!(
        "  {:.1?}, the replicas ended within {}",
        begun.elapsed(),
        outcome.ends
    );
    println!(
        "  {} requests answered, {} connections, {}",
        score.answered, score.opened, score.delays
    );
    println!("  {} events\n{judgement}", stage.driver.events());
    bars.hold(
        outcome.restarts == 3 * rollouts && outcome.bad_ends.is_empty(),
        &format!(
            "{} restarts, bad ends {:?}",
            outcome.restarts, outcome.bad_ends
        ),
    );
    bars.hold(
        outcome.reloads == reloads && outcome.without_effect.is_empty(),
        &format!(
            "{} reloads, without effect {:?}",
            outcome.reloads, outcome.without_effect
        ),
    );
    bars.hold(
        score.failed + withheld == 0 && score.answered > 0,
        &format!(
            "{} requests failed, {withheld} were withheld because {MOST} waited {:?}",
            score.failed, score.reasons
        ),
    );
    bars.hold(
        judgement.is_clean() && judgement.deliveries > 0,
        "all subscribers went on without a gap",
    );
    if score.failed > 0 || !judgement.is_clean() {
        println!("{}", stage.proxy.complaints());
    }
}

fn watch(number: usize) -> Watch {
    Watch {
        parcels: (number..number + WATCHED)
            .map(|parcel| parcel % PARCELS)
            .collect(),
        transport: match number.is_multiple_of(OVER_SSE) {
            true => Transport::Sse,
            false => Transport::WebSocket,
        },
        home: 0,
        stay: None,
    }
}
