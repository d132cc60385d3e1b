//! The list and its filters.

use std::collections::HashSet;

use serde_json::Value;

use super::{House, code};
use crate::sandbox::{BrokenLimit, Endpoint, SEED, Settings, Status, TWINS};

async fn total(house: &House, query: &str) -> usize {
    let answer = house.get(&format!("/trackings/get?{query}")).await;
    assert_eq!(code(&answer), 200, "{query}");
    answer["data"]["total"].as_str().unwrap().parse().unwrap()
}

fn rows(answer: &Value) -> &Vec<Value> {
    answer["data"]["items"].as_array().unwrap()
}

#[tokio::test]
async fn a_page_holds_100_by_default_and_total_is_text() {
    let house = House::open().await;
    let answer = house.get("/trackings/get").await;
    assert_eq!(rows(&answer).len(), 100);
    assert_eq!(
        (&answer["data"]["page"], &answer["data"]["limit"]),
        (&1.into(), &100.into())
    );
    assert_eq!(
        answer["data"]["total"],
        house.sandbox.stats().parcels.to_string()
    );
}

#[tokio::test]
async fn pages_cover_every_parcel_once_newest_first() {
    let house = House::open().await;
    let mut ids = HashSet::new();
    let mut times = Vec::new();
    for page in 1..=5 {
        let answer = house
            .get(&format!("/trackings/get?limit=70&page={page}"))
            .await;
        for row in rows(&answer) {
            ids.insert(row["id"].as_str().unwrap().to_owned());
            times.push(row["created_at"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(ids.len(), house.sandbox.stats().parcels);
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    assert!(rows(&house.get("/trackings/get?limit=70&page=6").await).is_empty());
}

#[tokio::test]
async fn the_eight_statuses_share_out_all_parcels() {
    let house = House::open().await;
    let mut sum = 0;
    for status in Status::ALL {
        let count = total(&house, &format!("status={}", status.as_str())).await;
        assert!(count > 0, "{status:?}");
        sum += count;
    }
    assert_eq!(sum, house.sandbox.stats().parcels);
    assert_eq!(house.code("/trackings/get?status=lost").await, 4033);
}

#[tokio::test]
async fn one_number_can_give_rows_of_two_carriers() {
    let house = House::open().await;
    let query = format!(
        "/trackings/get?numbers={},{}",
        TWINS[0].1.to_lowercase(),
        SEED.1
    );
    let answer = house.get(&query).await;
    let carriers: HashSet<&str> = rows(&answer)
        .iter()
        .map(|row| row["carrier_code"].as_str().unwrap())
        .collect();
    assert_eq!(rows(&answer).len(), 3);
    assert_eq!(carriers, HashSet::from(["china-ems", "china-post"]));
    assert_eq!(house.sandbox.calls()[0].numbers, 2);
}

#[tokio::test]
async fn forty_numbers_pass_and_forty_one_break_a_limit() {
    let house = House::open().await;
    let numbers = |count: usize| {
        (0..count)
            .map(|n| format!("NUMBER{n}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(total(&house, &format!("numbers={}", numbers(40))).await, 0);
    for field in ["numbers", "orders"] {
        let path = format!("/trackings/get?{field}={}", numbers(41));
        assert_eq!(house.code(&path).await, 4020);
    }
    let stats = house.sandbox.stats();
    assert_eq!(stats.broken_limits[&BrokenLimit::TooManyNumbers], 2);
    assert_eq!(stats.calls[&Endpoint::List], 3);
}

#[tokio::test]
async fn times_filter_with_both_ends_in() {
    let house = House::open().await;
    let start = Settings::default().start.as_second();
    let all = house.sandbox.stats().parcels;
    let day = start - 86_400;
    let newer = total(&house, &format!("created_at_min={day}")).await;
    let older = total(&house, &format!("created_at_max={}", day - 1)).await;
    assert!(newer > 0 && older > 0);
    assert_eq!(newer + older, all);
    let pending = total(&house, "status=pending").await;
    assert_eq!(
        total(&house, "update_time_min=0").await,
        all - pending,
        "pending parcels have no update"
    );
    let ordered = total(&house, "order_created_time_min=0").await;
    assert!(0 < ordered && ordered < all);
}

#[tokio::test]
async fn a_nudged_parcel_is_the_newest_update() {
    let house = House::open().await;
    let start = Settings::default().start.as_second();
    let query = format!("update_time_min={}&update_time_max={start}", start - 1);
    let before = total(&house, &query).await;
    assert_eq!(house.sandbox.nudge("rr123456785cn"), Some(Status::Transit));
    assert_eq!(total(&house, &query).await, before + 2, "both twins moved");
}

#[tokio::test]
async fn orders_and_archived_filter() {
    let house = House::open().await;
    assert_eq!(
        total(&house, "orders=order-1002,ORDER-1003,ORDER-1004,ORDER-1005").await,
        {
            let all = house.get("/trackings/get?limit=2000").await;
            let wanted = ["ORDER-1002", "ORDER-1003", "ORDER-1004", "ORDER-1005"];
            let is_wanted = |row: &&Value| {
                row["order_id"]
                    .as_str()
                    .is_some_and(|id| wanted.contains(&id))
            };
            rows(&all).iter().filter(is_wanted).count()
        }
    );
    let archived = total(&house, "archived=true").await;
    let others = total(&house, "archived=false").await;
    assert!(archived > 0);
    assert_eq!(archived + others, total(&house, "archived=both").await);
}

#[tokio::test]
async fn what_cannot_be_a_page_is_4012() {
    let house = House::open().await;
    for query in [
        "page=0",
        "page=x",
        "limit=0",
        "limit=2001",
        "limit=-1",
        "created_at_min=today",
        "page=1&page=2",
    ] {
        assert_eq!(
            house.code(&format!("/trackings/get?{query}")).await,
            4012,
            "{query}"
        );
    }
    let last = total(&house, &format!("page={}&limit=2000", u64::MAX)).await;
    assert_eq!(last, house.sandbox.stats().parcels);
}

#[tokio::test]
async fn fields_come_in_all_documented_variants() {
    let house = House::open().await;
    let answer = house.get("/trackings/get?limit=2000").await;
    let some = |test: &dyn Fn(&Value) -> bool| rows(&answer).iter().any(test);
    assert!(some(&|row| row["customer_email"].is_null()));
    assert!(some(&|row| row["customer_email"] == ""));
    assert!(some(&|row| row["customer_email"].is_array()));
    assert!(some(&|row| row["order_create_time"].is_null()));
    assert!(some(&|row| row["order_create_time"] == ""));
    assert!(some(&|row| row["origin_info"]["trackinfo"].is_null()));
    assert!(some(&|row| row.get("destination_info").is_none()));
    assert!(some(&|row| row["destination_info"]["trackinfo"].is_array()));
    assert!(some(&|row| row["destination_info"]["carrier_code"]
        .is_null()
        && row["destination_info"].is_object()));
    assert!(some(&|row| row["original_country"] == "Hong Kong [CN]"));
    assert!(some(&|row| row.get("destination_country").is_none()));
    assert!(some(&|row| row["origin_info"]["trackinfo"][0]
        .get("ItemNode")
        .is_some()));
    assert!(some(&|row| row["track_update"] == false));
}
