//! The README says what is so.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Client, House};

/// The fenced blocks of one language, in order.
fn blocks(language: &str) -> Vec<String> {
    let text = fs::read_to_string("README.md").unwrap();
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_query_has_the_answer_that_it_shows() {
    let house = House::open().await;
    let shown: Value = serde_json::from_str(&blocks("json")[0]).unwrap();
    assert_eq!(house.ask(&blocks("graphql")[0]).await, shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subscription_runs() {
    let house = House::open().await;
    let url = format!("ws://{}/graphql", house.address);
    let mut client = Client::start("subscribe.mjs", &[&url, &blocks("graphql")[1], "{}", "1"]);
    client.next().await;
    let event = client.next().await;
    assert_eq!(
        event["data"]["trackingUpdated"]["kind"], "SNAPSHOT",
        "{event}"
    );
}

#[tokio::test]
async fn the_command_that_asks_sends_what_is_accepted() {
    let house = House::open().await;
    let script = blocks("sh")
        .into_iter()
        .find(|block| block.starts_with("curl"))
        .unwrap()
        .replace("127.0.0.1:8080", &house.address);
    let output = tokio::process::Command::new("bash")
        .args(["-c", &script])
        .env("no_proxy", "127.0.0.1")
        .output()
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        answer,
        json!({ "data": { "tracking": { "status": "TRANSIT" } } })
    );
}
