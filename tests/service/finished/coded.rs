//! Shorter forms of answers and files, as curl reads them.

use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{House, SEED};

const CODINGS: [&str; 3] = ["br", "gzip", "zstd"];

fn long() -> String {
    let checkpoints = "checkpoints { localTime description location status substatusMeaning }";
    format!("{{ tracking(ref: {SEED}) {{ id {checkpoints} origin {{ {checkpoints} }} }} }}")
}

/// The head and the body that curl reads, with these arguments.
async fn curl(arguments: &[&str]) -> (String, Vec<u8>) {
    let usual = ["--noproxy", "*", "-sS", "-i", "--max-time", "20"];
    let run = Command::new("curl").args(usual).args(arguments).output();
    let output = timeout(Duration::from_secs(30), run)
        .await
        .unwrap()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let end = output
        .stdout
        .windows(4)
        .position(|four| four == b"\r\n\r\n");
    let (head, body) = output.stdout.split_at(end.unwrap() + 4);
    (String::from_utf8_lossy(head).to_lowercase(), body.to_vec())
}

#[tokio::test]
async fn a_client_reads_the_same_bytes_in_every_form() {
    let house = House::without_limits().await;
    house.ask(&long()).await;
    let url = house.graphql();
    let body = json!({ "query": long() }).to_string();
    let passing = long().replacen("id", "freshness { source realtimeAllowedAt }", 1);
    let passing = json!({ "query": passing }).to_string();
    for body in [&body, &passing] {
        let send = ["-H", "Content-Type: application/json", "-d", body, &url];
        let (head, plain) = curl(&send).await;
        assert!(!head.contains("content-encoding"), "{head}");
        assert!(plain.len() > 1_024);
        // The second time the form is there already.
        for coding in CODINGS.into_iter().chain(CODINGS) {
            let accept = format!("Accept-Encoding: {coding}");
            let raw = [&["-H", &accept][..], &send].concat();
            let (head, coded) = curl(&raw).await;
            assert!(
                head.contains(&format!("content-encoding: {coding}\r\n")),
                "{head}"
            );
            assert!(head.contains(&format!("content-length: {}\r\n", coded.len())));
            assert!(head.contains("accept-encoding"), "{head}");
            assert!(coded.len() < plain.len() / 2, "{coding}");
            let (_, read) = curl(&[&["--compressed"][..], &raw].concat()).await;
            assert!(read == plain, "{coding}");
        }
    }
}

#[tokio::test]
async fn each_form_of_an_answer_has_a_name_of_its_own() {
    let house = House::without_limits().await;
    house.ask(&long()).await;
    let url = house.graphql();
    let query = format!("query={}", long());
    let get = [
        "-G",
        "--data-urlencode",
        &query,
        "-H",
        "GraphQL-Require-Preflight: 1",
        &url,
    ];
    let mut tags = Vec::new();
    for coding in CODINGS.into_iter().chain(["identity"]) {
        let accept = format!("Accept-Encoding: {coding}");
        let (head, _) = curl(&[&["-H", &accept][..], &get].concat()).await;
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: "));
        let tag = tag.unwrap_or_else(|| panic!("{head}")).to_owned();
        let known = format!("If-None-Match: {tag}");
        let (head, body) = curl(&[&["-H", &accept, "-H", &known][..], &get].concat()).await;
        assert!(head.starts_with("http/1.1 304"), "{head}");
        assert!(body.is_empty());
        tags.push(tag);
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 4);
}

#[tokio::test]
async fn what_is_short_or_goes_on_and_all_where_that_is_off_is_sent_as_it_is() {
    let house = House::without_limits().await;
    let plain = House::without_limits_and(|settings| settings.transport.compresses = false).await;
    let short = json!({ "query": "{ __typename }" }).to_string();
    let long = json!({ "query": long() }).to_string();
    let watch = format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind }} }}");
    let watch = json!({ "query": watch }).to_string();
    let stream = "Accept: text/event-stream";
    for (house, body, accept) in [
        (&house, &short, "Accept: */*"),
        (&house, &long, stream),
        (
            &house,
            &long,
            "Accept: multipart/mixed;subscriptionSpec=1.0",
        ),
        (&plain, &long, "Accept: */*"),
    ] {
        let url = house.graphql();
        let arguments = ["-H", "Accept-Encoding: br, gzip, zstd", "-H", accept];
        let send = ["-H", "Content-Type: application/json", "-d", body, &url];
        let (head, _) = curl(&[&arguments[..], &send].concat()).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
    }
    let response = house
        .post(
            &[("Accept", "text/event-stream"), ("Accept-Encoding", "gzip")],
            &serde_json::from_str(&watch).unwrap(),
        )
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("content-encoding"), None);
}

#[tokio::test]
async fn files_of_the_playground_are_read_the_same_in_every_form() {
    let house = House::without_limits_and(|settings| settings.transport.has_playground = true);
    let house = house.await;
    let url = format!("http://{}/", house.address);
    let (_, page) = curl(&[&url]).await;
    let page = String::from_utf8(page).unwrap();
    let files = page.split('"').filter_map(|word| word.strip_prefix("./"));
    let mut packed = 0;
    for path in [""].into_iter().chain(files) {
        let url = format!("{url}{path}");
        let (_, plain) = curl(&[&url]).await;
        for coding in CODINGS {
            let accept = format!("Accept-Encoding: {coding}");
            let (head, read) = curl(&["--compressed", "-H", &accept, &url]).await;
            assert!(read == plain, "{path} in {coding}");
            if head.contains("content-encoding: ") {
                assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
                assert!(head.contains("vary: accept-encoding"), "{head}");
                packed += 1;
            }
        }
    }
    assert!(packed > 0, "the page is packed when it is built");
}
