//! What a question about parcels that are in memory costs, beside the same bytes from a static handler and the same answers from
//! async-graphql written plainly: `cargo bench --bench warm` (`-- --only repeated`, or `distinct`, `cold`, `latency`, `footprint`;
//! `--seconds 1` for how long each is asked in each round; `--parcels 100000` for how many are known; `--scopes "tracking:read"` for what the gateway's callers may see).
//!
//! The servers are processes on the first processor, everything else is on the second. It fails when a figure misses its bar.
#![allow(clippy::unwrap_used, missing_docs)]

mod cpu;
mod figures;
mod http;
mod load;
#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "../live/options.rs"]
mod options;
mod paced;
mod parcels;
mod process;
mod questions;
mod rivals;
mod rounds;
mod stage;
mod upstream;

use std::process::ExitCode;

use options::{Bars, Options};

/// Where everything runs that is not measured.
const OWN_PROCESSOR: &str = "1";

/// What can be measured.
const FIGURES: [&str; 5] = ["repeated", "distinct", "cold", "latency", "footprint"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, rival, told @ ..] = &arguments[..]
        && flag == rivals::FLAG
    {
        rivals::serve(rival, told);
        return ExitCode::SUCCESS;
    }
    cpu::move_to(OWN_PROCESSOR);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure())
}

async fn measure() -> ExitCode {
    let options = Options::of_arguments();
    let only: Option<String> = options
        .has("--only")
        .then(|| options.number("--only", String::new()));
    if let Some(name) = &only {
        assert!(
            FIGURES.contains(&name.as_str()),
            "{name} is none of {FIGURES:?}"
        );
    }
    let wants = |name| only.as_ref().is_none_or(|only| only == name);
    let mut bars = Bars::default();
    if wants("repeated") {
        figures::repeated::measure(&options, &mut bars).await;
    }
    if wants("distinct") {
        figures::distinct::measure(&options, &mut bars).await;
    }
    if wants("cold") {
        figures::cold::measure(&options, &mut bars).await;
    }
    if wants("latency") {
        figures::latency::measure(&options, &mut bars).await;
    }
    if wants("footprint") {
        figures::footprint::measure(&options, &mut bars).await;
    }
    bars.verdict()
}
