//! A server that is asked for five times as much as it can give: `cargo bench --bench overload` (`--seconds 60` for how long,
//! `--times 5` for how much, `--connections 2000`, `--parcels 20000`, `--capacity-seconds 5`).
//!
//! First it is found how much the server can give, to clients who ask again as soon as they have their answers. Then requests are
//! sent at times that were planned before, whatever becomes of those before them, from several addresses, one of which sends half
//! of all. Meanwhile somebody looks at the server's health, and a modest client asks now and then. At last it is seen how soon all
//! is as usual. The server is on the first processor, everything else is on the second.
#![allow(clippy::unwrap_used, missing_docs)]

mod answer;
mod client;
mod crowd;
mod onlooker;
mod recovery;
mod report;
mod shared;
mod tally;

use std::process::ExitCode;
use std::time::Duration;

use tokio::task::LocalSet;

use crowd::{Crowd, Guests};
use onlooker::Onlookers;
use shared::cpu::Spent;
use shared::options::{Bars, Options};
use shared::process::Process;
use shared::questions::{Asking, Pick, Question};
use shared::stage::{DOOR, Stage};
use shared::upstream::Upstream;

/// Where everything runs that is not measured.
const OWN_PROCESSOR: &str = "1";

/// What the server's callers may see; figures are among it.
const SCOPES: &str = "tracking:read customer:read ops";

/// How many questions there are; more than the server keeps answers of.
const QUESTIONS: usize = 2_000;

/// So many ask at the same time while it is found how much the server can give.
const CLOSED: usize = 16;

fn main() -> ExitCode {
    shared::cpu::move_to(OWN_PROCESSOR);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(LocalSet::new().run_until(measure()))
}

async fn measure() -> ExitCode {
    let options = Options::of_arguments();
    let mut bars = Bars::default();
    let stage = open(&options).await;
    let crowd = invite(&options, &stage).await;
    let usual = recovery::usual(&crowd).await;
    println!("overload: {usual} while nobody else asks");
    let capacity = capacity(&options, &stage, &crowd, &mut bars).await;

    let window = Duration::from_secs(options.number("--seconds", 60));
    let per_second = capacity * options.number("--times", 5.0);
    println!("  {per_second:.0} requests per second are sent for {window:?}");
    crowd
        .connect_all(options.number("--connections", 2_000))
        .await;
    let onlookers = Onlookers::start(&crowd);
    let before = Spent::by(stage.gateway.id());
    let own_before = Spent::by(std::process::id());
    crowd.pour(per_second, window).await;
    let spent = Spent::by(stage.gateway.id()).since(&before);
    let own = Spent::by(std::process::id()).since(&own_before);
    let recovered = recovery::watch(&crowd, &usual).await;
    let seen = onlookers.leave().await;
    crowd.rest().await;
    println!(
        "  the server was at work for {:.0} % of the time, this program for {:.0} %",
        100.0 * spent.as_secs_f64() / window.as_secs_f64(),
        100.0 * own.as_secs_f64() / window.as_secs_f64()
    );
    let poured = crowd.tally();
    report::of_crowd(&poured, capacity, window, &mut bars);
    report::of_onlookers(&seen, &mut bars);
    report::of_recovery(recovered, &mut bars);
    bars.verdict()
}

/// A server that knows the parcels that are asked for.
async fn open(options: &Options) -> Stage {
    let upstream = Upstream::start();
    let flags = ["--max-parcels", "1000000"];
    let gateway = Process::gateway(&upstream.url(), SCOPES, &flags).await;
    let stage = Stage { upstream, gateway };
    stage.teach(parcels(options)).await;
    stage
}

fn parcels(options: &Options) -> usize {
    options.number("--parcels", 20_000)
}

/// Who asks for lists of fifty parcels, none of which comes again before many others.
async fn invite(options: &Options, stage: &Stage) -> Crowd {
    let pick = Pick::Distinct(parcels(options));
    let asking = Asking::new(Question::Page, pick);
    let length = stage.answer(&asking, 0).await.len();
    let guests = Guests {
        server: stage.gateway.address(),
        requests: (0..QUESTIONS)
            .map(|turn| asking.request(DOOR, turn))
            .collect(),
        length,
    };
    Crowd::new(guests)
}

/// How many requests the server answers in a second.
async fn capacity(options: &Options, stage: &Stage, crowd: &Crowd, bars: &mut Bars) -> f64 {
    let window = Duration::from_secs(options.number("--capacity-seconds", 5));
    crowd.connect_all(4 * CLOSED).await;
    let before = Spent::by(stage.gateway.id());
    let took = crowd.press(CLOSED, window).await;
    let spent = Spent::by(stage.gateway.id()).since(&before);
    let tally = crowd.tally();
    let answered = tally.accepted.0.len();
    let busy = spent.as_secs_f64() / took.as_secs_f64();
    let capacity = answered as f64 / took.as_secs_f64();
    println!(
        "  {CLOSED} clients are answered {capacity:.0} times a second by a server that is at work for {:.0} % of the time, {}",
        100.0 * busy,
        tally.accepted
    );
    assert!(answered > 0, "nobody is answered: {:?}", tally.failures);
    let refused = tally.shed.0.len() + tally.failures.len();
    bars.hold(
        refused == 0,
        &format!("so few are no overload, and {refused} of them were refused"),
    );
    capacity
}
