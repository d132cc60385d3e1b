//! The endpoint as graphql-http judges it, the reference implementation of GraphQL over HTTP.

use serde_json::Value;

use crate::support::{House, node};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_audit_of_graphql_over_http_is_passed() {
    let house = House::open().await;
    let printed = node("audits.mjs", &[&house.graphql()]).await;
    let audits: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(audits.len() >= 61, "{} audits", audits.len());
    for audit in audits {
        assert_eq!(audit["status"], "ok", "{audit}");
    }
}
