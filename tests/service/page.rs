//! The playground in a real browser.

use crate::support::{House, node};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playground_runs_its_examples_with_everything_but_loopback_blocked() {
    let house = House::open().await;
    let url = format!("http://{}/", house.address);
    let mover = async {
        // The example that watches ends with its first change.
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            house
                .sandbox
                .nudge(parcelgraph::sandbox::SHUTTLE.1)
                .unwrap();
        }
    };
    let arguments = [url.as_str()];
    let printed = tokio::select! {
        printed = node("playground.mjs", &arguments) => printed,
        () = mover => unreachable!("the mover never ends"),
    };
    assert!(printed.contains("ok"), "{printed}");
}
