//! Live updates at their full size: `cargo bench --bench live -- gapless` (or `idle`, `webhooks`, `drain`; all of them without a
//! name). Each prints its figures and fails when one misses its bar, so give it a machine with nothing else to do.
#![allow(clippy::unwrap_used, missing_docs)]

mod drain;
mod gapless;
mod idle;
mod options;
mod support;
#[path = "../../service/watchers/mod.rs"]
mod watchers;
mod webhooks;

use std::process::ExitCode;

use options::{Bars, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::of_arguments();
    let mut bars = Bars::default();
    if options.wants("gapless") {
        gapless::measure(&options, &mut bars).await;
    }
    if options.wants("idle") {
        idle::measure(&options, &mut bars).await;
    }
    if options.wants("webhooks") {
        webhooks::measure(&options, &mut bars).await;
    }
    if options.wants("drain") {
        drain::measure(&options, &mut bars).await;
    }
    bars.verdict()
}
