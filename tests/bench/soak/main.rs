//! Whether a server takes more and more memory, or files: it is asked for everything that clients ask for, at seven tenths of its
//! capacity, while two thousand subscribers listen, come and go: `cargo bench --bench soak` (`--minutes 30`, `--warm-up 300`
//! seconds before that, `--share 0.7`, `--subscribers 2000`, `--with-redis true`).
//!
//! The server is on the first processor, and everything else, in other processes, on the second. Its caches are made so small that
//! they are full before anything is measured. What is remembered for hours by design is left out: idempotency keys, registered
//! operations and view tokens that were revoked.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../rollout/account.rs"]
mod account;
#[allow(dead_code, reason = "the warm figures use the rest")]
#[path = "../warm/cpu.rs"]
mod cpu;
#[path = "../rollout/load.rs"]
mod load;
#[allow(dead_code, reason = "others use the rest")]
#[path = "../live/options.rs"]
mod options;
mod questions;
mod samples;
mod stage;
#[path = "../live/support.rs"]
mod support;
#[path = "../../service/watchers/mod.rs"]
mod watchers;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cpu::Spent;
use load::{Load, Pace};
use options::{Bars, Options};
use questions::Questions;
use samples::Samples;
use stage::{OWN_PROCESSOR, PARCELS, Stage, watch};
use support::Redis;

/// So many ask at the same time while it is found how much the server can give.
const AT_ONCE: usize = 32;

/// How many may wait for their answers at most, so that what a pause of the machine leaves behind is not measured.
const MOST: usize = 128;

/// How much of what is planned may not be sent for that.
const WITHHELD: f64 = 0.02;

/// Fewer minutes than this are for seeing that all works.
const SHORT: f64 = 10.0;

/// How long the trial takes.
const TRIAL: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == account::FLAG) {
        account::serve(PARCELS);
        return ExitCode::SUCCESS;
    }
    cpu::move_to(OWN_PROCESSOR);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut bars = Bars::default();
        measure(&Options::of_arguments(), &mut bars).await;
        bars.verdict()
    })
}

async fn measure(options: &Options, bars: &mut Bars) {
    let minutes: f64 = options.number("--minutes", 30.0);
    let window = Duration::from_secs_f64(60.0 * minutes);
    let usual = if minutes < SHORT { 30 } else { 300 };
    let warm_up = Duration::from_secs(options.number("--warm-up", usual));
    let subscribers = options.number("--subscribers", 2_000);
    let redis = match options.number("--with-redis", true) {
        true => Some(Redis::start().await),
        false => None,
    };
    let mut stage = Stage::open(redis).await;
    stage.gather((0..subscribers).map(watch)).await;
    println!("soak: {subscribers} subscribers, {warm_up:?} before and {window:?} of measuring");
    let is_over = AtomicBool::new(false);
    let (server, process) = (stage.server.address(), stage.server.id().unwrap());
    let board = stage.driver.board.clone();
    let questions = || Questions::about(&board, server);
    let ask = async {
        let per_second =
            capacity(process, server, questions()).await * options.number("--share", 0.7);
        println!("  {per_second:.0} requests per second");
        let pace = Pace {
            per_second: per_second as u32,
            most: MOST,
        };
        let load = Load::start(server, questions(), pace);
        tokio::time::sleep(warm_up).await;
        let before = Spent::by(process);
        let samples = Samples::take(process, window).await;
        let spent = Spent::by(process).since(&before);
        println!(
            "  the server is at work for {:.0} % of the time",
            percent(spent, window)
        );
        let (score, withheld) = load.end().await;
        is_over.store(true, Ordering::Relaxed);
        (samples, score, withheld)
    };
    let drive = stage.driver.drive(|_| is_over.load(Ordering::Relaxed));
    let ((samples, score, withheld), ()) = tokio::join!(ask, drive);
    stage.audience.settle().await;
    let judgement = stage.audience.judge();
    println!(
        "  {} requests answered, {} connections, {}",
        score.answered, score.opened, score.delays
    );
    println!("  {} events\n{judgement}", stage.driver.events());
    samples.judge(bars);
    let share = withheld as f64 / (score.answered + withheld) as f64;
    let line = format!("{withheld} requests were withheld because {MOST} waited");
    match minutes < SHORT {
        // Chance counts for more, and other programs may want the processors.
        true => println!("  {line}"),
        false => bars.hold(share < WITHHELD, &line),
    }
    bars.hold(
        score.failed == 0 && score.answered > 0,
        &format!("{} requests failed {:?}", score.failed, score.reasons),
    );
    bars.hold(
        judgement.is_clean() && judgement.deliveries > 0,
        "all subscribers went on without a gap",
    );
}

/// How many requests a second the server answers to clients who ask again as soon as they have their answers.
async fn capacity(process: u32, server: SocketAddr, questions: Questions) -> f64 {
    let before = Spent::by(process);
    let score = load::press(server, questions, AT_ONCE, TRIAL).await;
    let spent = Spent::by(process).since(&before);
    let reached = score.answered as f64 / TRIAL.as_secs_f64();
    println!(
        "  {AT_ONCE} clients are answered {reached:.0} times a second by a server that is at work for {:.0} % of the time",
        percent(spent, TRIAL)
    );
    reached
}

fn percent(spent: Duration, time: Duration) -> f64 {
    100.0 * spent.as_secs_f64() / time.as_secs_f64()
}
