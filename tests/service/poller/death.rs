//! The polling process is killed.

use std::time::Duration;

use parcelgraph::sandbox::SHUTTLE;
use serde_json::json;
use tokio::time::Instant;

use super::stage::{account, by_keys_and_sweeps};
use crate::support::{Client, Plan, Process, Redis, until};

const WATCH: &str =
    "subscription($refs: [TrackingRef!]!) { trackingUpdated(refs: $refs) { __typename } }";

/// How soon another one polls at the latest, on a machine that is busy with other tests.
const TAKEN_OVER: Duration = Duration::from_secs(8);

async fn metrics(process: &Process) -> String {
    let url = process.graphql().replace("/graphql", "/metrics");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

async fn is_polling(process: &Process) -> bool {
    let metrics = metrics(process).await;
    metrics.contains("parcelgraph_poller_is_polling 1")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_death_of_the_polling_process_another_one_polls_soon() {
    let sandbox = account(0);
    let redis = Redis::start().await;
    let plan = Plan {
        upstream_url: sandbox.base_url(),
        api_key: "sandbox".to_owned(),
        redis_url: Some(redis.url()),
        replicas: 2,
        clock_off_by: 0,
        flags: ["--poll-interval", "1s", "--list-per-second", "0"]
            .map(str::to_owned)
            .to_vec(),
    };
    let mut processes = [
        Process::start(plan.clone()).await,
        Process::start(plan).await,
    ];
    let end = Instant::now() + Duration::from_secs(30);
    let polls = loop {
        let [one, other] = [
            is_polling(&processes[0]).await,
            is_polling(&processes[1]).await,
        ];
        if one != other {
            break usize::from(other);
        }
        assert!(Instant::now() < end, "nobody polls, or both do");
    };
    let socket = processes[1 - polls].graphql().replace("http", "ws");
    let (carrier, number) = SHUTTLE;
    let refs = json!([{ "key": { "carrierCode": carrier, "trackingNumber": number } }]);
    let variables = json!({ "refs": refs }).to_string();
    let mut client = Client::start("subscribe.mjs", &[&socket, WATCH, &variables, "100"]);
    client.next().await;
    client.next().await;
    let calls = || by_keys_and_sweeps(&sandbox).0;
    until("polling", || calls().len() >= 4).await;
    let (busy, idle) = (
        metrics(&processes[polls]).await,
        metrics(&processes[1 - polls]).await,
    );
    assert!(idle.contains("parcelgraph_watched_parcels 1"), "{idle}");
    assert!(
        idle.contains(r#"parcelgraph_polls_total{kind="keys"} 0"#),
        "{idle}"
    );
    assert!(
        !busy.contains(r#"parcelgraph_polls_total{kind="keys"} 0"#),
        "{busy}"
    );
    processes[polls].kill().await;
    let (killed, before) = (Instant::now(), calls().len());
    until("the next poll", || calls().len() > before).await;
    let took = killed.elapsed();
    println!("the next poll came {took:?} after the death of who polled");
    assert!(took < TAKEN_OVER, "{took:?}");
}
