//! Asking for parcels.

use serde_json::{Value, json};

use crate::support::{House, SEED};

const UNKNOWN: &str = r#"{ key: { carrierCode: "dhl", trackingNumber: "NOSUCHNUMBER1" } }"#;

#[tokio::test]
async fn a_parcel_comes_with_its_status_and_both_legs_checkpoints() {
    let house = House::open().await;
    let answer = house
        .ask(&format!(
            "{{ tracking(ref: {SEED}) {{
                trackingNumber carrier {{ code }} status upstreamStatus
                originCountry {{ name }} destinationCountry {{ name }}
                checkpoints {{ localTime precision description location leg }}
                origin {{ carrier {{ code }} checkpoints {{ description }} milestones {{ received }} }}
                destination {{ carrier {{ code }} phone checkpoints {{ localTime }} }}
                freshness {{ stale ageSeconds }}
            }} }}"
        ))
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let tracking = &answer["data"]["tracking"];
    assert_eq!(tracking["trackingNumber"], "LS912989618CN");
    assert_eq!(tracking["carrier"]["code"], "china-ems");
    assert_eq!(tracking["status"], "TRANSIT");
    assert_eq!(tracking["upstreamStatus"], "transit");
    assert_eq!(tracking["originCountry"]["name"], "China");
    assert_eq!(tracking["origin"]["carrier"]["code"], "china-ems");
    assert_eq!(tracking["destination"]["carrier"]["code"], "usps");
    assert_eq!(tracking["freshness"]["stale"], false);
    let checkpoints = tracking["checkpoints"].as_array().unwrap();
    let legs = |leg: &str| checkpoints.iter().filter(|row| row["leg"] == leg).count();
    assert!(legs("ORIGIN") > 0 && legs("DESTINATION") > 0, "{tracking}");
    let is_chinese = |row: &Value| !row["description"].as_str().unwrap().is_ascii();
    assert!(checkpoints.iter().any(is_chinese), "{tracking}");
}

#[tokio::test]
async fn an_unknown_number_is_null_with_an_error_while_its_neighbours_are_answered() {
    let house = House::open().await;
    let answer = house
        .ask(&format!(
            "{{ missing: tracking(ref: {UNKNOWN}) {{ status }} known: tracking(ref: {SEED}) {{ status }} }}"
        ))
        .await;
    assert_eq!(
        answer["data"],
        json!({ "missing": null, "known": { "status": "TRANSIT" } })
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["path"], json!(["missing"]));
    assert_eq!(errors[0]["extensions"]["code"], "NOT_FOUND");
    assert!(
        errors[0]["message"]
            .as_str()
            .unwrap()
            .contains("NOSUCHNUMBER1")
    );
}

#[tokio::test]
async fn many_parcels_keep_their_order_and_each_missing_one_has_an_error_with_its_full_path() {
    let house = House::open().await;
    let answer = house
        .ask(&format!(
            "{{ list: trackingsByRef(refs: [{UNKNOWN}, {SEED}, {{ key: {{ carrierCode: \"a b\", trackingNumber: \"1\" }} }}, {SEED}]) {{ trackingNumber }} }}"
        ))
        .await;
    let seed = json!({ "trackingNumber": "LS912989618CN" });
    assert_eq!(answer["data"]["list"], json!([null, seed, null, seed]));
    let mut errors: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["path"].to_string(),
                error["extensions"]["code"].to_string(),
            )
        })
        .collect();
    errors.sort();
    assert_eq!(
        errors,
        [
            ("[\"list\",0]".into(), "\"NOT_FOUND\"".into()),
            ("[\"list\",2]".into(), "\"BAD_USER_INPUT\"".into())
        ]
    );
}

#[tokio::test]
async fn an_id_leads_back_to_its_tracking() {
    let house = House::open().await;
    let answer = house
        .ask(&format!("{{ tracking(ref: {SEED}) {{ id }} }}"))
        .await;
    let id = answer["data"]["tracking"]["id"].as_str().unwrap();
    let answer = house
        .ask_with(
            "query($id: ID!) {
                node(id: $id) { __typename id ... on Tracking { trackingNumber } }
                nodes(ids: [$id, \"nonsense\"]) { id }
                tracking(ref: { id: $id }) { trackingNumber }
            }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(
        answer["data"],
        json!({
            "node": { "__typename": "Tracking", "id": id, "trackingNumber": "LS912989618CN" },
            "nodes": [{ "id": id }, null],
            "tracking": { "trackingNumber": "LS912989618CN" },
        })
    );
    assert_eq!(answer["errors"][0]["path"], json!(["nodes", 1]));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

#[tokio::test]
async fn fields_come_in_the_order_in_which_they_were_asked_for() {
    let house = House::open().await;
    // The raw text, because a parsed object forgets the order of its keys.
    let raw = house
        .raw(&format!(
            "{{ z: tracking(ref: {SEED}) {{ title id status }} a: __typename m: trackings(first: 1) {{ totalCount }} b: __typename }}"
        ))
        .await;
    let place = |key: &str| raw.find(&format!("\"{key}\":")).unwrap();
    for pair in ["z", "title", "id", "status", "a", "m", "totalCount", "b"].windows(2) {
        assert!(place(pair[0]) < place(pair[1]), "{raw}");
    }
}

#[tokio::test]
async fn two_hundred_refs_are_taken_and_two_hundred_and_one_are_refused_before_any_is_asked_for() {
    let house = House::open().await;
    let refs = |count| json!({ "refs": vec![json!({ "id": "x" }); count] });
    let query = "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { id } }";
    let answer = house.ask_with(query, refs(201)).await;
    assert_eq!(answer["data"], json!({ "trackingsByRef": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let answer = house.ask_with(query, refs(200)).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 200);
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}
