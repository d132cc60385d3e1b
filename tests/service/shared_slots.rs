//! Several replicas that share the slots of one account, as the account sees it.

use futures_util::future::join_all;
use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};

use crate::support::{Fleet, Gateway, SEED};

/// Asks for parcels that the account does not have, which costs a call like any others.
async fn ask_for(gateway: &Gateway, numbers: impl Iterator<Item = usize>) -> Value {
    let refs = numbers.map(|number| {
        json!({ "key": { "carrierCode": "dhl", "trackingNumber": format!("{number:010}") } })
    });
    let query = "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { id } }";
    let refs = refs.collect::<Vec<_>>();
    gateway.ask_with(query, json!({ "refs": refs })).await
}

fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().unwrap();
    let codes = errors
        .iter()
        .map(|error| error["extensions"]["code"].as_str());
    codes.map(Option::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_clients_of_four_replicas_cost_five_calls_for_a_hundred_and_sixty_parcels() {
    let fleet = Fleet::open(4).await;
    let clients = (0..400).map(|client| {
        let gateway = &fleet.gateways[client % 4];
        ask_for(
            gateway,
            (0..4).map(move |parcel| (client * 4 + parcel) % 160),
        )
    });
    for answer in join_all(clients).await {
        assert_eq!(codes(&answer), ["NOT_FOUND"; 4], "{answer}");
    }
    let calls = fleet.calls(Endpoint::List);
    let fills: Vec<_> = fleet
        .sandbox
        .calls()
        .iter()
        .map(|call| (call.numbers, call.at_ms))
        .collect();
    assert!(calls <= 5, "{calls} calls: {fills:?}");
    assert_eq!(fleet.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_ask_four_replicas_for_one_parcel_cost_one_call() {
    let fleet = Fleet::open(4).await;
    let question = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    let clients = (0..1_000).map(|client| fleet.gateways[client % 4].ask(&question));
    for answer in join_all(clients).await {
        assert_eq!(answer["data"]["tracking"]["status"], "TRANSIT", "{answer}");
    }
    assert_eq!(fleet.calls(Endpoint::List), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_leave_full_however_the_parcels_are_spread_over_the_replicas() {
    let fleet = Fleet::open(4).await;
    let clients = (0..40).map(|client| {
        let gateway = &fleet.gateways[client % 4];
        ask_for(gateway, client * 10..client * 10 + 10)
    });
    for answer in join_all(clients).await {
        assert_eq!(codes(&answer), ["NOT_FOUND"; 10], "{answer}");
    }
    let calls = fleet.calls(Endpoint::List);
    assert!((10..=11).contains(&calls), "{calls} calls for 400 parcels");
    assert_eq!(fleet.sandbox.stats().total_broken_limits(), 0);
}
