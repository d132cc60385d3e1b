//! Lines of the log, and the requests that they name.

use std::io::Write;
use std::process::Command;

use serde_json::{Value, json};

use super::{Watched, look_at_the_shuttle};
use crate::support::until;

const HEADER: &str = "x-request-id";

/// The lines of a log for programs.
fn lines(log: &str) -> Vec<Value> {
    let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    log.lines().map(read).collect()
}

fn of<'a>(lines: &'a [Value], id: &str) -> Vec<&'a Value> {
    lines
        .iter()
        .filter(|line| line["request_id"] == id)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_is_an_object_that_names_its_request() {
    let mut watched = Watched::start(&[
        "--log-format=json",
        "--log-level=parcelgraph=debug",
        "--slow-operation=10ms",
    ])
    .await;
    let asked = watched.request(&look_at_the_shuttle());
    let answer = asked.header(HEADER, "checkout-7/a").send().await.unwrap();
    assert_eq!(answer.headers()[HEADER], "checkout-7/a");
    let insane = watched.request(&json!({ "query": "{ nothing }" }));
    let answer = insane.header(HEADER, "two words").send().await.unwrap();
    let made = answer.headers()[HEADER].to_str().unwrap().to_owned();
    assert_eq!(made.len(), 32);
    watched.end().await;
    let lines = lines(&watched.log());
    for line in &lines {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(line[field].is_string(), "{line}");
        }
    }
    let answered = of(&lines, &made);
    let answered = answered.iter().find(|line| line["message"] == "answered");
    assert_eq!(answered.unwrap()["fields"]["route"], "/graphql");
    let own = of(&lines, "checkout-7/a");
    // It waited for the first slot of a process that may have called just before.
    let slow = own
        .iter()
        .find(|line| line["target"] == "parcelgraph::slow");
    let slow = &slow.expect("it is logged")["fields"];
    assert_eq!(slow["operation"], "Look");
    assert_eq!(slow["kind"], "query");
    assert_eq!(slow["outcome"], "ok");
    assert_eq!(slow["calls"], 1);
    assert!(slow["waited_ms"].as_u64() <= slow["elapsed_ms"].as_u64());
    assert_eq!(slow["document"].as_str().unwrap().len(), 64);
    // The call was made by others than those who answer the request.
    let call = |line: &&&Value| line["message"] == "asked the upstream";
    assert_eq!(own.iter().filter(call).count(), 1, "{own:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_succeeds_and_is_not_logged_needs_no_name() {
    let mut watched = Watched::start(&["--slow-operation=0"]).await;
    let answer = watched.request(&look_at_the_shuttle()).send().await;
    assert!(!answer.unwrap().headers().contains_key(HEADER));
    let refused = watched.client.get(watched.process.graphql()).send().await;
    assert!(refused.unwrap().headers().contains_key(HEADER));
    watched.end().await;
    assert!(!watched.log().contains("parcelgraph::slow"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_level_that_is_changed_counts_at_once() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "[telemetry]\nlog_level = \"warn\"").unwrap();
    let path = file.path().to_str().unwrap();
    let mut watched = Watched::start(&["--config", path]).await;
    watched.ask(&look_at_the_shuttle()).await;
    assert!(!watched.log().contains("answered"));
    std::fs::write(path, "[telemetry]\nlog_level = \"parcelgraph=debug\"\n").unwrap();
    let id = watched.process.id().unwrap().to_string();
    let told = Command::new("kill").args(["-HUP", &id]).status();
    assert!(told.unwrap().success());
    until("the change", || watched.log().contains("from now on")).await;
    watched.ask(&look_at_the_shuttle()).await;
    watched.end().await;
    assert!(watched.log().contains("answered"));
}
