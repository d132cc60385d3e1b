//! The playground in a real browser.

use std::time::Duration;

use parcelgraph::auth::{NewToken, StaticToken};
use parcelgraph::sandbox::SHUTTLE;

use crate::support::{House, node};

/// Runs all examples, of which the one that watches ends with its first change.
async fn run(house: &House, arguments: &[&str]) {
    let url = format!("http://{}/", house.address);
    let mover = async {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            house.sandbox.nudge(SHUTTLE.1).unwrap();
        }
    };
    let arguments = [&[url.as_str()], arguments].concat();
    let printed = tokio::select! {
        printed = node("playground.mjs", &arguments) => printed,
        () = mover => unreachable!("the mover never ends"),
    };
    assert!(printed.contains("ok"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playground_runs_its_examples_with_everything_but_loopback_blocked() {
    run(&House::open().await, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playground_shows_the_token_that_its_user_types() {
    let new = NewToken::random();
    let scopes = "tracking:read tracking:write customer:read account:read quota:spend realtime";
    let token = StaticToken::parse("explorer", &new.sha256, scopes).unwrap();
    let house = House::with(|settings| {
        settings.access.anonymous = None;
        settings.access.tokens = vec![token];
    });
    run(&house.await, &["--token", &new.token]).await;
}
