//! The account's trackings, page by page.

use std::collections::HashSet;
use std::time::Duration;

use parcelgraph::sandbox::Endpoint;
use serde_json::{Value, json};

use crate::support::{House, SEED, age, until};

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
    // The head of the list, and then one large page.
    assert_eq!(house.calls(Endpoint::List), 2);
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

const BOTH_WAYS: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    trackings(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

fn ids(answer: &Value) -> Vec<Value> {
    let edges = answer["data"]["trackings"]["edges"].as_array().unwrap();
    edges
        .iter()
        .map(|edge| edge["node"]["id"].clone())
        .collect()
}

#[tokio::test]
async fn a_thousand_trackings_twenty_at_a_time_cost_two_list_calls() {
    let house = House::with_parcels(996).await;
    let mut after = Value::Null;
    let mut seen = HashSet::new();
    for page in 1..=50 {
        let answer = house.ask_with(BOTH_WAYS, json!({ "after": after })).await;
        seen.extend(ids(&answer));
        let info = &answer["data"]["trackings"]["pageInfo"];
        assert_eq!(info["hasNextPage"], page < 50, "page {page}");
        after = info["endCursor"].clone();
    }
    assert_eq!(seen.len(), 1_000);
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test]
async fn paging_backward_shows_the_same_list_from_its_end() {
    let house = House::with_parcels(296).await;
    let mut forward = Vec::new();
    let mut after = Value::Null;
    for _ in 0..3 {
        let page = house
            .ask_with(BOTH_WAYS, json!({ "first": 100, "after": after }))
            .await;
        forward.extend(ids(&page));
        after = page["data"]["trackings"]["pageInfo"]["endCursor"].clone();
    }
    let mut backward = Vec::new();
    let mut before = Value::Null;
    loop {
        let page = house
            .ask_with(BOTH_WAYS, json!({ "last": 70, "before": before }))
            .await;
        backward.splice(0..0, ids(&page));
        let info = &page["data"]["trackings"]["pageInfo"];
        assert_eq!(info["hasNextPage"], !before.is_null());
        before = info["startCursor"].clone();
        if info["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(backward.len(), 300);
    assert_eq!(backward, forward);
}

#[tokio::test]
async fn a_page_goes_on_behind_its_tracking_although_others_were_added_or_removed_before_it() {
    let house = House::without_limits().await;
    let first = house.ask_with(BOTH_WAYS, json!({ "first": 10 })).await;
    let expected = ids(&house.ask_with(BOTH_WAYS, json!({ "first": 20 })).await).split_off(10);
    let cursor = first["data"]["trackings"]["pageInfo"]["endCursor"].clone();
    let id = ids(&first)[3].clone();
    let deleting =
        "mutation($id: ID!) { deleteTracking(ref: { id: $id }) { userErrors { code } } }";
    house.ask_with(deleting, json!({ "id": id })).await;
    for number in 0..5 {
        let creating = format!(
            "mutation {{ createTracking(input: {{ carrierCode: \"dhl\", trackingNumber: \"NEW000000{number}\" }}) {{ userErrors {{ code }} }} }}"
        );
        house.ask(&creating).await;
    }
    // So late that nothing is remembered of the list as it was.
    age(Duration::from_secs(600)).await;
    let second = house
        .ask_with(BOTH_WAYS, json!({ "first": 10, "after": cursor }))
        .await;
    assert_eq!(ids(&second), expected);
    let back = json!({ "last": 3, "before": second["data"]["trackings"]["edges"][0]["cursor"] });
    assert_eq!(
        ids(&house.ask_with(BOTH_WAYS, back).await),
        ids(&first)[7..]
    );
}

#[tokio::test]
async fn a_deleted_tracking_is_gone_from_the_page_that_somebody_reads_on() {
    let house = House::without_limits().await;
    let pages = house.ask_with(BOTH_WAYS, json!({ "first": 20 })).await;
    let cursor = pages["data"]["trackings"]["edges"][9]["cursor"].clone();
    let gone = ids(&pages)[12].clone();
    let deleting = "mutation($id: ID!) { deleteTracking(ref: { id: $id }) { deletedId } }";
    house.ask_with(deleting, json!({ "id": gone })).await;
    let read_on = house
        .ask_with(BOTH_WAYS, json!({ "first": 10, "after": cursor }))
        .await;
    assert_eq!(read_on.get("errors"), None);
    assert!(!ids(&read_on).contains(&gone));
}

#[tokio::test]
async fn first_and_last_together_are_refused() {
    let house = House::open().await;
    for variables in [
        json!({ "first": 1, "last": 1 }),
        json!({ "last": 0 }),
        json!({ "last": 101 }),
        json!({ "before": "nonsense" }),
    ] {
        let answer = house.ask_with(BOTH_WAYS, variables.clone()).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{variables}: {answer}"
        );
    }
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}

#[tokio::test]
async fn deleting_page_by_page_leaves_nothing_behind() {
    let house = House::without_limits().await;
    let deleting = "mutation($refs: [TrackingRef!]!) { deleteTrackings(refs: $refs) { results { deletedId } } }";
    let mut after = Value::Null;
    let mut deleted = 0;
    loop {
        let page = house
            .ask_with(BOTH_WAYS, json!({ "first": 100, "after": after }))
            .await;
        let refs: Vec<Value> = ids(&page)
            .into_iter()
            .map(|id| json!({ "id": id }))
            .collect();
        deleted += refs.len();
        house.ask_with(deleting, json!({ "refs": refs })).await;
        let info = page["data"]["trackings"]["pageInfo"].clone();
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(deleted, 324);
    assert_eq!(house.sandbox.stats().parcels, 0);
}

#[tokio::test]
async fn a_cursor_whose_tracking_is_gone_leads_to_its_neighbours() {
    let house = House::without_limits().await;
    let page = house.ask_with(BOTH_WAYS, json!({ "first": 30 })).await;
    let cursor = |place: usize| page["data"]["trackings"]["edges"][place]["cursor"].clone();
    let deleting = "mutation($id: ID!) { deleteTracking(ref: { id: $id }) { deletedId } }";
    house
        .ask_with(deleting, json!({ "id": ids(&page)[9] }))
        .await;
    for minutes in [0, 10] {
        age(Duration::from_secs(minutes * 60)).await;
        let behind = house
            .ask_with(BOTH_WAYS, json!({ "first": 5, "after": cursor(9) }))
            .await;
        assert_eq!(ids(&behind), ids(&page)[10..15], "after {minutes} minutes");
        let before = house
            .ask_with(BOTH_WAYS, json!({ "last": 5, "before": cursor(9) }))
            .await;
        assert_eq!(ids(&before), ids(&page)[4..9], "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_page_is_filled_up_although_trackings_of_it_were_deleted() {
    let house = House::without_limits().await;
    let page = house.ask_with(BOTH_WAYS, json!({ "first": 30 })).await;
    let cursor = page["data"]["trackings"]["edges"][9]["cursor"].clone();
    for gone in &ids(&page)[10..12] {
        let deleting = "mutation($id: ID!) { deleteTracking(ref: { id: $id }) { deletedId } }";
        house.ask_with(deleting, json!({ "id": gone })).await;
    }
    let behind = house
        .ask_with(BOTH_WAYS, json!({ "first": 2, "after": cursor }))
        .await;
    assert_eq!(ids(&behind), ids(&page)[12..14]);
}

#[tokio::test]
async fn paging_over_the_end_of_a_large_page_loses_and_repeats_nothing_when_the_list_moves() {
    let house = House::with_parcels(2_096).await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    for page in 0..21 {
        if page == 19 {
            // The next large page will be of another time, and begin five trackings later.
            for gone in &seen[..5] {
                let deleting =
                    "mutation($id: ID!) { deleteTracking(ref: { id: $id }) { deletedId } }";
                house.ask_with(deleting, json!({ "id": gone })).await;
            }
            age(Duration::from_secs(60)).await;
        }
        let answer = house
            .ask_with(BOTH_WAYS, json!({ "first": 100, "after": after }))
            .await;
        seen.extend(ids(&answer));
        after = answer["data"]["trackings"]["pageInfo"]["endCursor"].clone();
    }
    let distinct: HashSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!((seen.len(), distinct.len()), (2_100, 2_100));
}

#[tokio::test]
async fn who_begins_anew_is_not_led_back_into_an_older_list() {
    let house = House::with_parcels(296).await;
    let walk = async |first: usize| {
        let (mut seen, mut after) = (HashSet::new(), Value::Null);
        loop {
            let page = house
                .ask_with(BOTH_WAYS, json!({ "first": first, "after": after }))
                .await;
            seen.extend(ids(&page).iter().map(Value::to_string));
            let info = &page["data"]["trackings"]["pageInfo"];
            if info["hasNextPage"] == false {
                return seen.len();
            }
            after = info["endCursor"].clone();
        }
    };
    assert_eq!(walk(100).await, 300);
    let inputs: Vec<Value> = (0..25)
        .map(|row| json!({ "carrierCode": "dhl", "trackingNumber": format!("NEW{row:07}") }))
        .collect();
    let creating = "mutation($inputs: [CreateTrackingInput!]!) { createTrackings(inputs: $inputs) { results { userErrors { code } } } }";
    house.ask_with(creating, json!({ "inputs": inputs })).await;
    assert_eq!(walk(20).await, 325);
}

#[tokio::test]
async fn a_cursor_of_a_far_longer_list_costs_no_more_than_the_list_has_pages() {
    let house = House::without_limits().await;
    // The cursor of position 400,000, as a list of that length would have given it.
    let before = json!({ "last": 5, "before": "cGxhY2U6NDAwMDAwICAg" });
    let end = ids(&house.ask_with(BOTH_WAYS, json!({ "last": 5 })).await);
    assert_eq!(ids(&house.ask_with(BOTH_WAYS, before).await), end);
    assert!(house.calls(Endpoint::List) <= 4);
}

#[tokio::test]
async fn nothing_more_is_promised_when_the_rest_was_deleted() {
    let house = House::with_parcels(26).await;
    let page = house.ask_with(BOTH_WAYS, json!({ "first": 30 })).await;
    let refs: Vec<Value> = ids(&page)[15..]
        .iter()
        .map(|id| json!({ "id": id }))
        .collect();
    let deleting = "mutation($refs: [TrackingRef!]!) { deleteTrackings(refs: $refs) { results { deletedId } } }";
    house.ask_with(deleting, json!({ "refs": refs })).await;
    let after = page["data"]["trackings"]["edges"][9]["cursor"].clone();
    let rest = house
        .ask_with(BOTH_WAYS, json!({ "first": 5, "after": after }))
        .await;
    assert_eq!(ids(&rest).len(), 5);
    assert_eq!(rest["data"]["trackings"]["pageInfo"]["hasNextPage"], false);
}
