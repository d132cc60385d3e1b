//! What a question about parcels that are in memory costs, beside the same bytes from a static handler and the same answers from
//! async-graphql written plainly: `cargo bench --bench warm` (`-- repeated`, or `distinct`, `cold`, `latency`, `footprint`;
//! `--seconds 1` for how long each is asked in each round; `--parcels 100000` for how many are known; `--scopes "tracking:read"` for what the gateway's callers may see).
//!
//! The servers are processes on the first processor, everything else is on the second. It fails when a figure misses its bar.
#![allow(clippy::unwrap_used, missing_docs)]

mod contest;
mod cpu;
mod figures;
mod http;
mod load;
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
    let mut bars = Bars::default();
    if options.wants("repeated") {
        figures::repeated::measure(&options, &mut bars).await;
    }
    if options.wants("distinct") {
        figures::distinct::measure(&options, &mut bars).await;
    }
    if options.wants("cold") {
        figures::cold::measure(&options, &mut bars).await;
    }
    if options.wants("latency") {
        figures::latency::measure(&options, &mut bars).await;
    }
    if options.wants("footprint") {
        figures::footprint::measure(&options, &mut bars).await;
    }
    bars.verdict()
}
