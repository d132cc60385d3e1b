//! Who asks is known, so that nobody is kept waiting by somebody else.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::Endpoint;
use parcelgraph::settings::Settings;
use serde_json::{Value, json};

use crate::support::{House, until};

/// As behind a proxy that names clients, which are patient.
fn behind_a_proxy(settings: &mut Settings) {
    settings.client_header = Some("x-forwarded-for".parse().unwrap());
    settings.tracker.patience = Duration::from_secs(60);
}

fn asking_for(numbers: impl Iterator<Item = usize>) -> Value {
    let refs = numbers.map(|number| {
        json!({ "key": { "carrierCode": "dhl", "trackingNumber": format!("COLD{number:06}") } })
    });
    json!({
        "query": "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { status } }",
        "variables": { "refs": refs.collect::<Vec<_>>() },
    })
}

/// Which list call asked for that number, counted from 0.
fn call_for(house: &House, number: &str) -> Option<usize> {
    let calls = house.sandbox.calls();
    calls.iter().position(|call| call.path.contains(number))
}

/// Asks for a thousand parcels, in operations of two hundred.
async fn ask_for_a_thousand(house: &House, client: &str) {
    let operations = (0..5).map(|part| async move {
        let body = asking_for(part * 200..(part + 1) * 200);
        house.post(&[("x-forwarded-for", client)], &body).await
    });
    join_all(operations).await;
}

/// Asks for one more as soon as the first call has left, and tells how many had left by then.
async fn ask_for_one(house: &House, client: &str) -> usize {
    until("the first call", || house.calls(Endpoint::List) > 0).await;
    let before = house.sandbox.calls().len();
    let body = asking_for(999_999..1_000_000);
    let answer = house.post(&[("x-forwarded-for", client)], &body).await;
    assert_eq!(answer.status(), 200);
    before
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modest_client_is_served_in_the_next_call_but_one_whatever_a_greedy_one_wants() {
    let house = House::with(behind_a_proxy).await;
    let before = tokio::select! {
        () = ask_for_a_thousand(&house, "203.0.113.1, 10.0.0.1") => panic!("that takes longer"),
        before = ask_for_one(&house, "203.0.113.2, 10.0.0.1") => before,
    };
    let his = call_for(&house, "COLD999999").expect("he was answered");
    assert!(his <= before + 1, "call {his}, asked after {before}");
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_one_more_than_a_thousand_waits_behind_himself() {
    let house = House::with(behind_a_proxy).await;
    let four_calls = until("the fourth call", || house.calls(Endpoint::List) > 3);
    tokio::select! {
        () = ask_for_a_thousand(&house, "2001:db8::1") => panic!("that takes longer"),
        _ = ask_for_one(&house, "2001:db8::2, 10.0.0.1") => panic!("he was served before himself"),
        () = four_calls => {}
    }
    assert_eq!(call_for(&house, "COLD999999"), None);
}
