//! Many questions, few calls.

use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, most_in_any_window};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::support::House;

fn fields(numbers: impl Iterator<Item = usize>) -> String {
    let fields: Vec<String> = numbers
        .map(|number| {
            format!(
                "n{number}: tracking(ref: {{ key: {{ carrierCode: \"dhl\", trackingNumber: \"COLD{number:06}\" }} }}) {{ status }}"
            )
        })
        .collect();
    format!("{{ {} }}", fields.join(" "))
}

#[tokio::test]
async fn forty_cold_fields_of_one_operation_cost_one_list_call() {
    let house = House::open().await;
    let answer = house.ask(&fields(0..40)).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 40);
    assert_eq!(house.calls(Endpoint::List), 1);
    assert_eq!(house.sandbox.calls()[0].numbers, 40);
}

#[tokio::test]
async fn forty_one_cold_fields_cost_two() {
    let house = House::open().await;
    house.ask(&fields(0..41)).await;
    let fills: Vec<_> = house
        .sandbox
        .calls()
        .iter()
        .map(|call| call.numbers)
        .collect();
    assert_eq!(fills, [40, 1]);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn warm_parcels_cost_nothing_also_those_that_do_not_exist() {
    let house = House::open().await;
    house.ask(&fields(0..40)).await;
    let answer = house.ask(&fields(0..40)).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 40);
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_cold_keys_from_a_hundred_clients_within_a_second_cost_eleven_calls() {
    let house = House::open().await;
    let clients = (0..100).map(|client| {
        let house = &house;
        async move {
            sleep(Duration::from_millis(client as u64 * 9)).await;
            house.ask(&fields(client * 4..client * 4 + 4)).await
        }
    });
    for answer in join_all(clients).await {
        assert_eq!(answer["errors"].as_array().unwrap().len(), 4, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
    let calls = house.sandbox.calls();
    let fills: Vec<_> = calls.iter().map(|call| call.numbers).collect();
    assert!(calls.len() <= 11, "{fills:?}");
    assert_eq!(fills.iter().sum::<usize>(), 400, "{fills:?}");
    let between = &fills[1..fills.len() - 1];
    assert!(between.iter().all(|&fill| fill == 40), "{fills:?}");
    assert_eq!(most_in_any_window(&calls, Duration::from_secs(1)), 1);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_concurrent_requests_for_one_cold_parcel_make_one_call() {
    let house = House::open().await;
    let query = fields(std::iter::once(7));
    let answers = join_all((0..200).map(|_| house.ask(&query))).await;
    let is_answered = |answer: &Value| answer["errors"][0]["extensions"]["code"] == "NOT_FOUND";
    assert!(answers.iter().all(is_answered));
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn a_client_who_hangs_up_does_not_hurt_the_others() {
    let house = House::open().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 500 }));
    let query = fields(std::iter::once(7));
    let hang_up = async {
        for _ in 0..20 {
            let patience = Duration::from_millis(10);
            assert!(timeout(patience, house.ask(&query)).await.is_err());
        }
    };
    let ((), stays) = tokio::join!(hang_up, house.ask(&query));
    assert_eq!(stays["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn who_would_wait_in_vain_is_told_at_once_when_to_come_back() {
    let house = House::with(|settings| settings.tracker.patience = Duration::from_secs(3)).await;
    let answer = house.ask(&fields(0..200)).await;
    let mut codes = std::collections::BTreeMap::new();
    for error in answer["errors"].as_array().unwrap() {
        let extensions = &error["extensions"];
        *codes.entry(extensions["code"].to_string()).or_insert(0) += 1;
        if extensions["code"] == "THROTTLED" {
            assert_eq!(extensions["retryAfter"], 4, "{error}");
        }
    }
    assert_eq!(codes["\"NOT_FOUND\""], 80, "{codes:?}");
    assert_eq!(codes["\"THROTTLED\""], 120, "{codes:?}");
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}
