//! The book in Redis decides as the one in memory does.

use std::collections::HashMap;

use parcelgraph::redis_link::{Link, PATIENCE, Script, Settings};
use redis::Value;
use serde::Deserialize;

use crate::support::{Redis, until};

#[derive(Deserialize)]
struct Case {
    name: String,
    rules: serde_json::Value,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    at: u64,
    #[serde(rename = "do")]
    done: Vec<String>,
    #[serde(default)]
    says: Vec<serde_json::Value>,
}

fn scripts() -> HashMap<&'static str, Script> {
    const BOOK: &str = include_str!("../../src/cooldown/scripts/book.lua");
    let script = |step| Script::new(&[BOOK, step]);
    HashMap::from([
        (
            "claim",
            script(include_str!("../../src/cooldown/scripts/claim.lua")),
        ),
        (
            "look",
            script(include_str!("../../src/cooldown/scripts/look.lua")),
        ),
        (
            "renew",
            script(include_str!("../../src/cooldown/scripts/renew.lua")),
        ),
        (
            "depart",
            script(include_str!("../../src/cooldown/scripts/depart.lua")),
        ),
        (
            "finish",
            script(include_str!("../../src/cooldown/scripts/finish.lua")),
        ),
        (
            "tell",
            script(include_str!("../../src/cooldown/scripts/tell.lua")),
        ),
    ])
}

fn says(said: &Value) -> Vec<serde_json::Value> {
    match said {
        Value::Array(parts) => parts.iter().flat_map(says).collect(),
        Value::Int(number) => vec![(*number).into()],
        Value::BulkString(word) => vec![String::from_utf8_lossy(word).into()],
        _ => Vec::new(),
    }
}

async fn pass_the_table(link: &Link) {
    let text = include_str!("../cases/cooldown.json");
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    let scripts = scripts();
    for (number, case) in cases.iter().enumerate() {
        let book = link.key(&format!("book{number}"));
        for step in &case.steps {
            let (verb, words) = step.done.split_first().unwrap();
            let mut args = vec![
                case.rules.to_string().into_bytes(),
                step.at.to_string().into_bytes(),
            ];
            args.extend(words.iter().map(|word| word.clone().into_bytes()));
            if verb == "finish" {
                // Nothing is said of the end.
                args.extend([Vec::new(), b"1000".to_vec(), Vec::new()]);
            }
            let keys = [book.clone(), link.key("end")];
            let script = &scripts[verb.as_str()];
            let said: Value = link.run(script, &keys, &args).await.unwrap();
            let said = match verb.as_str() {
                "finish" | "tell" => Vec::new(),
                _ => says(&said),
            };
            assert_eq!(
                said, step.says,
                "{}, at {}: {:?}",
                case.name, step.at, step.done
            );
        }
    }
}

fn link(url: String) -> Link {
    let secret = b"an account".to_vec();
    let patience = PATIENCE;
    let link = Link::open(Settings {
        url,
        secret,
        patience,
    });
    link.unwrap()
}

#[tokio::test]
async fn redis_decides_as_the_table_says() {
    let redis = Redis::start().await;
    let link = link(redis.url());
    until("a session", || link.session().is_some()).await;
    pass_the_table(&link).await;
}

#[tokio::test]
async fn a_cluster_decides_as_the_table_says() {
    let cluster = Redis::cluster().await;
    let link = link(cluster.nodes[0].url());
    until("a session", || link.session().is_some()).await;
    pass_the_table(&link).await;
}

/// What is told of the only parcel after a step, at a moment of it.
async fn told_after(link: &Link, at: u64, step: &[&str]) -> Option<String> {
    let keys = [link.key("book"), link.key("end")];
    let rules = br#"{"cooldown": 7200000000, "lease": 2500000, "grace": 0}"#;
    let words = step[1..].iter().map(|word| word.as_bytes().to_vec());
    let args: Vec<_> = [rules.to_vec(), at.to_string().into_bytes()]
        .into_iter()
        .chain(words)
        .collect();
    let ran: Value = link.run(&scripts()[step[0]], &keys, &args).await.unwrap();
    assert_ne!(ran, Value::Nil, "{step:?}");
    link.ask(redis::cmd("HGET").arg(&keys[1]).arg("said"))
        .await
        .unwrap()
}

#[tokio::test]
async fn only_the_end_of_the_attempt_that_has_the_parcel_is_told() {
    let redis = Redis::start().await;
    let link = link(redis.url());
    until("a session", || link.session().is_some()).await;
    let finish = |holder, said, at| ["finish", "p", holder, "nothing", said, "900000", at];
    let lost = finish("a", "lost", "");
    let apart = finish("", "apart", "9000000");
    let done = ["finish", "p", "b", "call", "done", "900000", ""];
    let told = async |at, step: &[&str]| told_after(&link, at, step).await;
    assert_eq!(told(5_000_000, &["claim", "p", "a"]).await, None);
    assert_eq!(told(8_000_000, &["claim", "p", "b"]).await, None);
    assert_eq!(told(9_000_000, &["depart", "p", "b"]).await, None);
    // Whoever has lost it, and whoever never had it, say nothing while another asks.
    assert_eq!(told(9_000_000, &lost).await, None);
    assert_eq!(told(9_000_000, &apart).await, None);
    let is_done = Some("done".to_owned());
    assert_eq!(told(10_000_000, &done).await, is_done);
    // And nothing later of an earlier moment.
    assert_eq!(told(11_000_000, &lost).await, is_done);
    assert_eq!(told(11_000_000, &apart).await, is_done);
    let again = finish("", "apart", "11000000");
    assert_eq!(told(12_000_000, &again).await, Some("apart".to_owned()));
}
