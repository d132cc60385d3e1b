//! The README says what is so.

use std::fs;

use parcelgraph::sandbox::{Endpoint, SHUTTLE};
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

#[tokio::test]
async fn the_refresh_has_the_carrier_asked() {
    let house = House::open().await;
    let answer = house.ask(&blocks("graphql")[3]).await;
    let payload = &answer["data"]["refreshTracking"];
    assert_eq!(payload["ticket"]["reason"], "DONE", "{answer}");
    assert_eq!(
        payload["tracking"]["freshness"]["source"], "REALTIME",
        "{answer}"
    );
}

#[tokio::test]
async fn the_query_for_a_fresh_answer_runs() {
    let house = House::open().await;
    let answer = house.ask(&blocks("graphql")[2]).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let freshness = &answer["data"]["tracking"]["freshness"];
    assert_eq!(freshness["source"], "LIST", "{answer}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_subscription_with_a_cursor_goes_on_where_it_was() {
    let house = House::open().await;
    let url = format!("ws://{}/graphql", house.address);
    let watch = |variables: &str| {
        let query = &blocks("graphql")[4];
        Client::start("subscribe.mjs", &[&url, query, variables, "1"])
    };
    let mut client = watch("{}");
    client.next().await;
    let cursor = client.next().await["data"]["trackingUpdated"]["cursor"].clone();
    assert!(cursor.is_string());
    house.sandbox.nudge(SHUTTLE.1).unwrap();
    let mut client = watch(&json!({ "after": cursor }).to_string());
    client.next().await;
    let event = client.next().await;
    assert_eq!(
        event["data"]["trackingUpdated"]["kind"], "CHANGED",
        "{event}"
    );
}

/// The answer to the nth command that asks something.
async fn asked(house: &House, nth: usize) -> Value {
    let commands = blocks("sh").into_iter();
    let mut commands = commands.filter(|block| block.starts_with("curl"));
    let command = commands.nth(nth).unwrap();
    let output = tokio::process::Command::new("bash")
        .args(["-c", &command.replace("127.0.0.1:8080", &house.address)])
        .env("no_proxy", "127.0.0.1")
        .output()
        .await
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn the_commands_that_ask_send_what_is_accepted() {
    let house = House::open().await;
    assert_eq!(
        asked(&house, 0).await,
        json!({ "data": { "tracking": { "status": "TRANSIT" } } })
    );
    let mut answer = asked(&house, 1).await;
    let mut shown: Value = serde_json::from_str(&blocks("json")[1]).unwrap();
    let slot = &answer["extensions"]["upstream"]["budget"]["lanes"][2]["nextSlotAt"];
    assert!(slot.is_string(), "{answer}");
    for told in [&mut answer, &mut shown] {
        let told = &mut told["extensions"]["upstream"];
        told["waitedMs"] = json!(0);
        // When the calls left that were made just before is another matter.
        for lane in told["budget"]["lanes"].as_array_mut().unwrap() {
            lane["used"] = Value::Null;
            lane["nextSlotAt"] = Value::Null;
        }
    }
    assert_eq!(answer, shown);
    let created = asked(&house, 2).await;
    let payload = &created["data"]["createTracking"];
    assert!(payload["tracking"]["id"].is_string(), "{created}");
    assert_eq!(asked(&house, 2).await, created);
    assert_eq!(house.calls(Endpoint::Post), 1);
}

#[tokio::test]
async fn every_field_that_can_be_asked_for_has_its_price() {
    let house = House::open().await;
    let text = fs::read_to_string("README.md").unwrap();
    let table: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let roots = house
        .ask("{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { fields { name } } } }")
        .await;
    for root in ["queryType", "mutationType", "subscriptionType"] {
        for field in roots["data"]["__schema"][root]["fields"]
            .as_array()
            .unwrap()
        {
            let name = format!("`{}`", field["name"].as_str().unwrap());
            let first_cells = table.iter().filter_map(|row| row.split('|').nth(1));
            assert!(
                first_cells.into_iter().any(|cell| cell.contains(&name)),
                "{name}"
            );
        }
    }
}
