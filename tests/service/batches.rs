//! Changing many trackings at once: a row for a row, in the order of the input.

use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{House, SEED};

const CREATE: &str = "mutation($inputs: [CreateTrackingInput!]!) {
    createTrackings(inputs: $inputs) {
        results { tracking { trackingNumber title } userErrors { code field message upstreamCode } warnings { field suggestion } }
    }
}";

fn rows(numbers: impl IntoIterator<Item = String>) -> Value {
    let rows = numbers.into_iter();
    let rows = rows.map(|number| json!({ "carrierCode": "dhl", "trackingNumber": number }));
    json!({ "inputs": rows.collect::<Vec<_>>() })
}

fn results(answer: &Value) -> &[Value] {
    answer["data"]["createTrackings"]["results"]
        .as_array()
        .unwrap()
}

#[tokio::test]
async fn a_hundred_new_trackings_are_three_calls_and_a_hundred_answers_in_order() {
    let house = House::without_limits().await;
    let numbers: Vec<String> = (0..100).map(|row| format!("NEW{row:07}")).collect();
    let answer = house.ask_with(CREATE, rows(numbers.clone())).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let created: Vec<_> = results(&answer)
        .iter()
        .map(|row| row["tracking"]["trackingNumber"].as_str().unwrap())
        .collect();
    assert_eq!(created, numbers);
    assert_eq!(house.calls(Endpoint::Batch), 3);
    assert_eq!(house.sandbox.stats().quota_left, 9_900.0);
}

#[tokio::test]
async fn a_row_that_is_refused_here_or_there_does_not_keep_the_others_from_being_added() {
    let house = House::without_limits().await;
    let answer = house
        .ask_with(
            CREATE,
            json!({ "inputs": [
                { "carrierCode": "dhl", "trackingNumber": "!!" },
                { "carrierCode": "dhl", "trackingNumber": "NEW0000001", "title": "one" },
                { "carrierCode": "no-such-carrier", "trackingNumber": "NEW0000002" },
                { "carrierCode": "DHL", "trackingNumber": "new0000001" },
                { "carrierCode": "", "trackingNumber": "1", "language": "zh", "destinationCountryCode": "XX",
                  "orderTime": "yesterday", "courierNeeds": { "shipDate": "2018-13-01" } },
            ] }),
        )
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let fields = |row: &Value| -> Vec<String> {
        let errors = row["userErrors"].as_array().unwrap().iter();
        errors.map(|error| error["field"].to_string()).collect()
    };
    let rows = results(&answer);
    assert_eq!(fields(&rows[0]), [r#"["inputs","0","trackingNumber"]"#]);
    assert_eq!(rows[1]["tracking"]["title"], "one");
    assert_eq!(fields(&rows[2]), [r#"["inputs","2","carrierCode"]"#]);
    assert_eq!(rows[2]["userErrors"][0]["upstreamCode"], 4015);
    assert_eq!(fields(&rows[3]), [r#"["inputs","3"]"#]);
    assert_eq!(
        fields(&rows[4]),
        [
            r#"["inputs","4","carrierCode"]"#,
            r#"["inputs","4","trackingNumber"]"#,
            r#"["inputs","4","orderTime"]"#,
            r#"["inputs","4","destinationCountryCode"]"#,
            r#"["inputs","4","courierNeeds","shipDate"]"#,
            r#"["inputs","4","language"]"#,
        ]
    );
    let sent = house.sandbox.calls().pop().unwrap();
    assert_eq!(sent.numbers, 2, "{:?}", sent.body);
}

#[tokio::test]
async fn when_the_quota_runs_out_in_the_middle_each_row_says_whether_it_was_added() {
    let house = House::without_limits().await;
    house.sandbox.set_quota(2.0);
    let answer = house
        .ask_with(CREATE, rows((0..3).map(|row| format!("NEW{row:07}"))))
        .await;
    let rows = results(&answer);
    assert!(rows[0]["tracking"].is_object() && rows[1]["tracking"].is_object());
    assert_eq!(rows[2]["userErrors"][0]["code"], "QUOTA_EXHAUSTED");
    assert_eq!(rows[2]["userErrors"][0]["upstreamCode"], 4021);
}

#[tokio::test]
async fn when_a_call_is_cut_off_its_rows_may_be_there_and_later_rows_were_not_sent() {
    let house = House::without_limits().await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Cut).on(Endpoint::Batch));
    let answer = house
        .ask_with(CREATE, rows((0..50).map(|row| format!("NEW{row:07}"))))
        .await;
    assert_eq!(results(&answer), vec![Value::Null; 50]);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 50);
    for error in errors {
        assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
        let row = error["path"][2].as_u64().unwrap();
        let says = if row < 40 {
            "may have been"
        } else {
            "not sent"
        };
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    assert_eq!(house.calls(Endpoint::Batch), 1);
    let look = r#"{ tracking(ref: { key: { carrierCode: "dhl", trackingNumber: "NEW0000000" } }) { status } }"#;
    assert_eq!(
        house.ask(look).await["data"]["tracking"]["status"],
        "PENDING"
    );
}

#[tokio::test]
async fn a_wrong_check_digit_is_a_warning_with_the_likely_number_and_no_refusal() {
    let house = House::without_limits().await;
    let answer = house
        .ask_with(
            CREATE,
            json!({ "inputs": [
                { "carrierCode": "royal-mail", "trackingNumber": "RB123456785GB" },
                { "carrierCode": "royal-mail", "trackingNumber": "RB123456780GB" },
            ] }),
        )
        .await;
    let rows = results(&answer);
    assert_eq!(rows[0]["warnings"], json!([]));
    assert!(rows[1]["tracking"].is_object(), "{answer}");
    assert_eq!(
        rows[1]["warnings"],
        json!([{ "field": ["inputs", "1", "trackingNumber"], "suggestion": "RB123456785GB" }])
    );
}

#[tokio::test]
async fn fifty_deletions_are_two_calls_and_what_was_not_there_says_so() {
    let house = House::without_limits().await;
    let listed = house.ask("{ trackings(first: 49) { nodes { id } } }").await;
    let mut refs: Vec<Value> = listed["data"]["trackings"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    refs.push(json!({ "key": { "carrierCode": "dhl", "trackingNumber": "NOSUCHNUMBER1" } }));
    let answer = house
        .ask_with(
            "mutation($refs: [TrackingRef!]!) { deleteTrackings(refs: $refs) { results { deletedId userErrors { code field } } } }",
            json!({ "refs": refs }),
        )
        .await;
    let results = answer["data"]["deleteTrackings"]["results"]
        .as_array()
        .unwrap();
    assert!(
        results[..49]
            .iter()
            .zip(&refs)
            .all(|(row, sent)| row["deletedId"] == sent["id"]),
        "{answer}"
    );
    assert_eq!(
        results[49],
        json!({ "deletedId": null, "userErrors": [{ "code": "NOT_FOUND", "field": ["refs", "49"] }] })
    );
    assert_eq!(house.calls(Endpoint::DeleteMore), 2);
}

#[tokio::test]
async fn an_update_without_a_change_is_refused_before_a_call_is_spent() {
    let house = House::open().await;
    let answer = house
        .ask(&format!(
            "mutation {{ updateTracking(input: {{ ref: {SEED} }}) {{ userErrors {{ code field }} }} }}"
        ))
        .await;
    assert_eq!(
        answer["data"]["updateTracking"]["userErrors"],
        json!([{ "code": "INVALID", "field": ["input"] }])
    );
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}
