//! The account's trackings, page by page.

use std::collections::HashSet;

use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};

use crate::support::{House, SEED, until};

const PAGE: &str = "query($first: Int, $after: String, $filter: TrackingFilter) {
    trackings(first: $first, after: $after, filter: $filter) {
        totalCount
        edges { cursor node { id status archived } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[tokio::test]
async fn paging_shows_every_tracking_once() {
    let house = House::without_limits().await;
    let mut seen = HashSet::new();
    let mut after = Value::Null;
    let total = loop {
        let answer = house
            .ask_with(PAGE, json!({ "first": 30, "after": after }))
            .await;
        let page = &answer["data"]["trackings"];
        for edge in page["edges"].as_array().unwrap() {
            assert!(seen.insert(edge["node"]["id"].clone()), "{edge} came twice");
        }
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break page["totalCount"].as_u64().unwrap();
        }
    };
    assert!(total >= 200);
    assert_eq!(seen.len() as u64, total);
    assert_eq!(house.calls(Endpoint::List), total.div_ceil(100));
}

#[tokio::test]
async fn what_a_list_showed_is_warm() {
    let house = House::open().await;
    let answer = house.ask_with(PAGE, json!({ "first": 1 })).await;
    let id = &answer["data"]["trackings"]["edges"][0]["node"]["id"];
    house
        .ask_with(
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test]
async fn filters_reach_the_service() {
    let house = House::without_limits().await;
    for status in [
        "PENDING",
        "NOT_FOUND",
        "TRANSIT",
        "PICKUP",
        "DELIVERED",
        "UNDELIVERED",
        "EXCEPTION",
        "EXPIRED",
    ] {
        let filter = json!({ "filter": { "status": status, "archived": false } });
        let answer = house.ask_with(PAGE, filter).await;
        let edges = answer["data"]["trackings"]["edges"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!edges.is_empty(), "{status}");
        for edge in edges {
            assert_eq!(edge["node"]["status"], status);
            assert_eq!(edge["node"]["archived"], false);
        }
    }
    let filter = json!({ "filter": { "createdAtMin": "2099-01-01T00:00:00Z" } });
    let answer = house.ask_with(PAGE, filter).await;
    assert_eq!(answer["data"]["trackings"]["edges"], json!([]));
    assert_eq!(
        answer["data"]["trackings"]["pageInfo"]["hasNextPage"],
        false
    );
}

#[tokio::test]
async fn bad_pages_are_refused_with_a_reason_and_cost_nothing() {
    let house = House::open().await;
    for variables in [
        json!({ "first": 0 }),
        json!({ "first": 101 }),
        json!({ "first": -1 }),
        json!({ "after": "nonsense" }),
        json!({ "filter": { "status": "UNKNOWN" } }),
        json!({ "filter": { "createdAtMin": "yesterday" } }),
    ] {
        let answer = house.ask_with(PAGE, variables.clone()).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{variables}: {answer}"
        );
    }
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}

#[tokio::test]
async fn who_pages_through_everything_does_not_shut_out_who_looks_for_one_parcel() {
    let house = House::open().await;
    let pages: String = (0..50)
        .map(|page| {
            format!("p{page}: trackings(filter: {{ createdAtMin: \"2020-01-01T00:00:{page:02}Z\" }}) {{ totalCount }} ")
        })
        .collect();
    let greedy = format!("{{ {pages} }}");
    let modest = async {
        until("the greedy one's first call", || {
            house.calls(Endpoint::List) > 0
        })
        .await;
        let answer = house
            .ask(&format!("{{ tracking(ref: {SEED}) {{ status }} }}"))
            .await;
        (answer, house.calls(Endpoint::List))
    };
    let (greedy, (modest, calls)) = tokio::join!(house.ask(&greedy), modest);
    assert_eq!(modest["data"]["tracking"]["status"], "TRANSIT", "{modest}");
    assert!(
        calls <= 4,
        "{calls} calls were made before the modest one was served"
    );
    let refused = greedy["errors"].as_array().unwrap();
    assert!(
        refused
            .iter()
            .all(|error| error["extensions"]["code"] == "THROTTLED"),
        "{greedy}"
    );
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}
