//! Limits and silence over the socket.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{House, code};
use crate::sandbox::{BrokenLimit, Endpoint, Limit, Limits, Settings, most_in_any_window};

const LIST: &str = "/trackings/get?limit=1";
const SECOND: Duration = Duration::from_secs(1);
const WIDE: Duration = Duration::from_secs(20);

/// The documented figures in wide windows, so that a busy machine does not stretch calls over two of them.
fn wide() -> Limits {
    let widen = |limit: Limit| Limit {
        window: WIDE,
        ..limit
    };
    let limits = Limits::default();
    Limits {
        list: widen(limits.list),
        realtime: widen(limits.realtime),
        other: widen(limits.other),
        ..limits
    }
}

async fn strict_house(limits: Limits) -> House {
    House::with(Settings {
        limits,
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn a_second_list_call_in_the_window_is_429_and_120_s_of_silence_follow() {
    let house = strict_house(wide()).await;
    assert_eq!(house.code(LIST).await, 200);
    let refused = house.send(LIST).await.unwrap();
    assert_eq!(refused.status(), StatusCode::OK);
    assert_eq!(code(&refused.json().await.unwrap()), 429);
    house.sandbox.advance(Duration::from_secs(110));
    assert_eq!(
        house.code("/trackings/dhl/12345").await,
        429,
        "silence closes every lane"
    );
    house.sandbox.advance(Duration::from_secs(10));
    assert_eq!(house.code(LIST).await, 200, "and was not extended");
    let stats = house.sandbox.stats();
    assert_eq!(stats.broken_limits[&BrokenLimit::List], 1);
    assert_eq!(stats.broken_limits[&BrokenLimit::CallInSilence], 1);
    assert_eq!(stats.total_broken_limits(), 2);
}

#[tokio::test]
async fn three_realtime_calls_fit_into_the_window_and_the_fourth_does_not() {
    let house = strict_house(wide()).await;
    let body = json!({"tracking_number": "LS912989618CN", "carrier_code": "china-ems"});
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(code(&house.post("/trackings/realtime", body.clone()).await));
    }
    assert_eq!(codes, [200, 200, 200, 429]);
    assert_eq!(
        house.sandbox.stats().broken_limits[&BrokenLimit::Realtime],
        1
    );
    let calls = house.sandbox.calls();
    assert_eq!(most_in_any_window(&calls, WIDE), 4);
    assert_eq!(
        (calls[3].meta, calls[0].body.as_ref()),
        (Some(429), Some(&body))
    );
}

#[tokio::test]
async fn skipped_seconds_count_as_kept_distance() {
    let house = House::with(Settings::default()).await;
    for _ in 0..3 {
        assert_eq!(house.code(LIST).await, 200);
        house.sandbox.advance(SECOND);
    }
    let calls = house.sandbox.calls();
    let lists = calls.iter().filter(|call| call.endpoint == Endpoint::List);
    assert_eq!(most_in_any_window(lists, SECOND), 1);
    assert_eq!(house.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test]
async fn every_other_endpoint_shares_one_lane() {
    for (method, path) in [
        (Method::PUT, "/trackings/china-ems/LS912989618CN"),
        (Method::DELETE, "/trackings/china-ems/LS912989618CN"),
        (Method::POST, "/trackings/batch"),
        (Method::POST, "/trackings/updatemore"),
        (Method::POST, "/trackings/delete"),
        (Method::POST, "/trackings/notupdate"),
        (Method::POST, "/trackings/update"),
        (Method::GET, "/trackings/getuserinfo"),
        (Method::GET, "/trackings/getstatusnumber"),
        (Method::POST, "/trackings/remote"),
        (Method::POST, "/trackings/costtime"),
        (Method::POST, "/trackings/aircargo"),
        (Method::GET, "/carriers/"),
        (Method::POST, "/carriers/detect"),
    ] {
        let house = strict_house(wide()).await;
        house.code("/trackings/dhl/12345").await;
        let response = house.request(method, path).send().await.unwrap();
        assert_eq!(code(&response.json().await.unwrap()), 429, "{path}");
        let broken = house.sandbox.stats().broken_limits[&BrokenLimit::Other];
        assert_eq!(broken, 1, "{path}");
    }
}

#[tokio::test]
async fn http_429_can_be_switched_on() {
    let house = strict_house(Limits {
        http_429: true,
        ..wide()
    })
    .await;
    house.code(LIST).await;
    let refused = house.send(LIST).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(code(&refused.json().await.unwrap()), 429);
}

#[tokio::test]
async fn calls_without_the_key_spend_no_window() {
    let house = strict_house(wide()).await;
    for _ in 0..5 {
        let url = format!("{}/trackings/get", house.sandbox.base_url());
        house.client.get(url).send().await.unwrap();
    }
    assert_eq!(house.code(LIST).await, 200);
    assert_eq!(house.sandbox.stats().calls[&Endpoint::List], 6);
}

#[tokio::test]
async fn of_fifty_calls_at_once_one_is_answered() {
    let house = strict_house(wide()).await;
    let codes = join_all((0..50).map(|_| house.code(LIST))).await;
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1);
    let stats = house.sandbox.stats();
    assert_eq!(stats.broken_limits[&BrokenLimit::List], 1);
    assert_eq!(stats.broken_limits[&BrokenLimit::CallInSilence], 48);
}
