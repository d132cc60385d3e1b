//! What an answer costs on our side of the upstream: one that is known already, and one that a list call brings.
//!
//! `cargo bench` prints the figures and fails when one misses its bar; `cargo bench -- redis` prints those with `redis` in
//! their names. Under `cargo test` each is taken a few times, only to see that it can be.
#![allow(clippy::unwrap_used, missing_docs)]

mod cached;
mod figures;
mod list_call;
#[path = "../../service/support/redis.rs"]
mod redis;
mod scene;
mod stage;
mod turns;
mod upstream;

use std::process::ExitCode;

use figures::Figures;
use redis::Redis;

fn main() -> ExitCode {
    let mut figures = Figures::of_arguments();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let redis = Redis::start().await;
        cached::measure(&mut figures, &redis).await;
        list_call::measure(&mut figures, &redis).await;
        turns::measure(&mut figures, &redis).await;
    });
    figures.verdict()
}
