//! Changes of strangers ride together, each with an outcome of its own.

use std::time::Duration;

use futures_util::future::{join, join_all};
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::json;

use crate::support::{CREATE, House, SEED, ask_all, codes, create, create_many, number, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_create_one_tracking_each_at_once_cost_at_most_twenty_six_calls() {
    let house = House::with_other_calls(13, Duration::from_secs(5)).await;
    let inputs = (0..998).map(|row| ("dhl".to_owned(), number(row)));
    let others = [
        ("china-ems", "LS912989618CN"),
        ("no-such-carrier", "NEW0000998"),
    ];
    let others = others.map(|(carrier, number)| (carrier.to_owned(), number.to_owned()));
    let answers = inputs.chain(others).map(|(carrier, number)| {
        let input = json!({ "carrierCode": carrier, "trackingNumber": number });
        house.ask_with(CREATE, json!({ "input": input }))
    });
    let answers = join_all(answers).await;
    for (row, answer) in answers[..998].iter().enumerate() {
        let created = json!({ "tracking": { "trackingNumber": number(row) }, "userErrors": [] });
        assert_eq!(answer["data"]["createTracking"], created, "{answer}");
    }
    for (answer, refused) in answers[998..].iter().zip([
        json!({ "code": "ALREADY_EXISTS", "upstreamCode": 4016, "field": ["input"] }),
        json!({ "code": "INVALID", "upstreamCode": 4015, "field": ["input", "carrierCode"] }),
    ]) {
        let payload = &answer["data"]["createTracking"];
        assert_eq!(payload["userErrors"], json!([refused]), "{answer}");
    }
    let calls = house.sandbox.calls();
    let fills: Vec<_> = calls.iter().map(|call| call.numbers).collect();
    assert!(calls.len() <= 26, "{fills:?}");
    assert_eq!(fills.iter().sum::<usize>(), 1_000, "{fills:?}");
    assert_eq!(house.sandbox.stats().quota_left, 9_002.0);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn single_changes_and_lists_share_calls_and_each_operation_pays_for_its_own() {
    let house = House::open().await;
    let mut operations = vec![create_many(0..10)];
    operations.extend((0..5).map(|row| create("dhl", &number(row))));
    let asked = operations.iter().map(|asks| house.ask_for_costs(asks));
    let answers = join_all(asked).await;
    assert_eq!(
        (house.calls(Endpoint::Batch), house.calls(Endpoint::Post)),
        (1, 0)
    );
    for (answer, rows) in answers.iter().zip([10, 1, 1, 1, 1, 1]) {
        let costs = &answer["extensions"]["upstream"];
        assert_eq!(
            (&costs["calls"], &costs["keysBatched"], &costs["quotaSpent"]),
            (&json!(1), &json!(rows), &json!(f64::from(rows))),
            "{answer}"
        );
    }
    assert_eq!(house.sandbox.stats().quota_left, 9_985.0);
}

#[tokio::test]
async fn who_is_alone_takes_the_call_for_one_and_shares_it_with_nobody() {
    let house = House::open().await;
    let answer = house.ask_for_costs(&create("dhl", &number(0))).await;
    let costs = &answer["extensions"]["upstream"];
    assert_eq!(
        (&costs["calls"], &costs["keysBatched"], &costs["quotaSpent"]),
        (&json!(1), &json!(0), &json!(1.0))
    );
    assert_eq!(
        (house.calls(Endpoint::Batch), house.calls(Endpoint::Post)),
        (0, 1)
    );
}

#[tokio::test]
async fn updates_deletions_and_stops_of_strangers_are_one_call_each() {
    let house = House::open().await;
    let listed = house.ask("{ trackings(first: 7) { nodes { id } } }").await;
    let nodes = listed["data"]["trackings"]["nodes"].as_array().unwrap();
    let ids: Vec<&str> = nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let unknown = r#"{ key: { carrierCode: "dhl", trackingNumber: "NOSUCHNUMBER1" } }"#;
    let gone = r#"{ key: { carrierCode: "dhl", trackingNumber: "NOSUCHNUMBER2" } }"#;
    let by_id = |id: &&str| format!("{{ id: \"{id}\" }}");
    let refs: Vec<String> = ids.iter().map(by_id).collect();
    let update = |reference: &str, fields: &str| {
        format!(
            "mutation {{ updateTracking(input: {{ ref: {reference}, {fields} }}) {{ tracking {{ id title }} userErrors {{ code }} }} }}"
        )
    };
    let delete = |reference: &str| {
        format!(
            "mutation {{ deleteTracking(ref: {reference}) {{ deletedId userErrors {{ code }} }} }}"
        )
    };
    let stop = |reference: &str| {
        format!(
            "mutation {{ stopUpdating(refs: [{reference}]) {{ results {{ tracking {{ id updating }} userErrors {{ code }} }} }} }}"
        )
    };
    // Takes the free slot, so that the others wait for the next ones together.
    house.ask(&create("dhl", &number(0))).await;
    let answers = ask_all(
        &house,
        &[
            update(&refs[0], r#"title: "zero""#),
            update(&refs[1], r#"title: "one""#),
            update(unknown, r#"title: "none""#),
            // The call for many cannot change a phone number.
            update(&refs[2], r#"title: "two", customerPhone: "+1 555""#),
            delete(&refs[3]),
            delete(&refs[4]),
            delete(gone),
            stop(&refs[5]),
            stop(&refs[6]),
        ],
    )
    .await;
    let updated = |id: &str, title: &str| json!({ "tracking": { "id": id, "title": title }, "userErrors": [] });
    let deleted = |id: &str| json!({ "deletedId": id, "userErrors": [] });
    let stopped =
        |id: &str| json!({ "tracking": { "id": id, "updating": false }, "userErrors": [] });
    let missing = json!([{ "code": "NOT_FOUND" }]);
    for (answer, (place, expected)) in answers.iter().zip([
        ("/data/updateTracking", updated(ids[0], "zero")),
        ("/data/updateTracking", updated(ids[1], "one")),
        ("/data/updateTracking/userErrors", missing.clone()),
        ("/data/updateTracking", updated(ids[2], "two")),
        ("/data/deleteTracking", deleted(ids[3])),
        ("/data/deleteTracking", deleted(ids[4])),
        ("/data/deleteTracking/userErrors", missing),
        ("/data/stopUpdating/results/0", stopped(ids[5])),
        ("/data/stopUpdating/results/0", stopped(ids[6])),
    ]) {
        assert_eq!(answer.pointer(place), Some(&expected), "{answer}");
    }
    for (endpoint, calls) in [
        (Endpoint::UpdateMore, 1),
        (Endpoint::Update, 1),
        (Endpoint::DeleteMore, 1),
        (Endpoint::Delete, 0),
        (Endpoint::StopUpdating, 1),
    ] {
        assert_eq!(house.calls(endpoint), calls, "{endpoint:?}");
    }
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn two_who_create_the_same_tracking_at_once_take_two_calls_and_one_is_too_late() {
    let house = House::open().await;
    let operations = [create("dhl", &number(0)), create("dhl", &number(0))];
    let answers = ask_all(&house, &operations).await;
    let codes = codes(&answers, "createTracking");
    assert_eq!((codes["OK"], codes["ALREADY_EXISTS"]), (1, 1), "{codes:?}");
    assert_eq!(
        (house.calls(Endpoint::Batch), house.calls(Endpoint::Post)),
        (0, 2)
    );
    assert_eq!(house.sandbox.stats().quota_left, 9_999.0);
}

#[tokio::test]
async fn a_change_does_not_leave_before_an_earlier_one_of_its_tracking_has_come_back() {
    let house = House::without_limits().await;
    let look = format!("{{ tracking(ref: {SEED}) {{ title }} }}");
    house.ask(&look).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Slow { delay_ms: 400 }).on(Endpoint::Update));
    let earlier = format!(
        r#"mutation {{ updateTracking(input: {{ ref: {SEED}, title: "earlier" }}) {{ userErrors {{ code }} }} }}"#
    );
    let later = format!(
        r#"mutation {{ updateTrackings(inputs: [{{ ref: {SEED}, title: "later" }}]) {{ results {{ userErrors {{ code }} }} }} }}"#
    );
    let other = create("dhl", &number(0));
    let meanwhile = async {
        until("the earlier change", || house.calls(Endpoint::Update) == 1).await;
        join(house.ask(&later), house.ask(&other)).await
    };
    join(house.ask(&earlier), meanwhile).await;
    let calls = house.sandbox.calls();
    let at = |endpoint| {
        let call = calls.iter().find(|call| call.endpoint == endpoint);
        call.unwrap().at_ms
    };
    assert!(at(Endpoint::UpdateMore) >= at(Endpoint::Update) + 390.0);
    assert!(at(Endpoint::Post) < at(Endpoint::Update) + 390.0);
    assert_eq!(house.ask(&look).await["data"]["tracking"]["title"], "later");
}
