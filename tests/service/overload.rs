//! More is asked than the server can answer.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{House, Socket};

/// So many ask at the same time.
const CROWD: usize = 300;

/// What takes a while.
const HARD: &str =
    "{ trackings(first: 100) { nodes { id origin { checkpoints { description location } } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_turned_away_is_told_so_and_when_it_is_over_everybody_is_answered() {
    let house = House::without_limits_and(|settings| {
        settings.transport.shed_after = Duration::from_millis(1);
    })
    .await;
    let client = Client::builder().no_proxy().build().unwrap();
    let url = house.graphql();
    let ask = async || {
        let request = client.post(&url).json(&json!({ "query": HARD }));
        request.send().await.unwrap()
    };
    let health = async || {
        let url = url.replace("/graphql", "/health/ready");
        client.get(url).send().await.unwrap().status()
    };
    assert_eq!(ask().await.status(), 200);
    let asked = join_all((0..CROWD).map(|_| ask()));
    let (answers, health) = tokio::join!(asked, health());
    assert_eq!(health, 200);
    let (mut answered, mut shed) = (0, 0);
    for answer in answers {
        match answer.status().as_u16() {
            200 => answered += 1,
            503 => {
                assert_eq!(answer.headers()["retry-after"], "1");
                let told: Value = answer.json().await.unwrap();
                let extensions = &told["errors"][0]["extensions"];
                assert_eq!(extensions["code"], "THROTTLED", "{told}");
                assert_eq!(extensions["retryAfter"], 1, "{told}");
                shed += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(answered > 0 && shed > 0, "{answered} and {shed}");
    // Without the crowd it is in time again.
    let mut in_a_row = 0;
    for _ in 0..200 {
        in_a_row = if ask().await.status() == 200 {
            in_a_row + 1
        } else {
            0
        };
        if in_a_row == 5 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not recover");
}

#[tokio::test]
async fn operations_on_a_socket_are_turned_away_like_all_others() {
    let house = House::without_limits_and(|settings| {
        settings.transport.shed_after = Duration::from_millis(1);
        settings.transport.socket_operations = CROWD;
    })
    .await;
    let mut socket = Socket::begin(&house.address, "graphql-transport-ws").await;
    let (mut started, mut ended, mut shed) = (0, 0, 0);
    let begun = Instant::now();
    while shed == 0 || ended < started {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "of {started} none"
        );
        if shed == 0 && started < ended + CROWD {
            let payload = json!({ "query": HARD });
            let id = started.to_string();
            socket
                .say(json!({ "id": id, "type": "subscribe", "payload": payload }))
                .await;
            started += 1;
            continue;
        }
        let said = socket.next().await;
        match said["type"].as_str().unwrap() {
            "error" => {
                let code = &said["payload"][0]["extensions"]["code"];
                assert_eq!(code, "THROTTLED", "{said}");
                shed += 1;
                ended += 1;
            }
            "complete" => ended += 1,
            _ => {}
        }
    }
}
