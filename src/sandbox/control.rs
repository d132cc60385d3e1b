//! The paths under `/__` by which people and other programs look in and steer. They need no key, count
//! against no limit and are not logged.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

use super::faults::Fault;
use super::log::{Call, Stats};
use super::server::Sandbox;

/// `GET /__stats`.
pub async fn stats(State(sandbox): State<Sandbox>) -> Json<Stats> {
    Json(sandbox.stats())
}

/// `GET /__calls`.
pub async fn calls(State(sandbox): State<Sandbox>) -> Json<Vec<Call>> {
    Json(sandbox.calls())
}

/// `DELETE /__calls`: forgets calls and counts.
pub async fn clear_calls(State(sandbox): State<Sandbox>) -> Json<Stats> {
    sandbox.clear_calls();
    Json(sandbox.stats())
}

/// `GET /__parcels`: a short list to find examples in.
pub async fn parcels(State(sandbox): State<Sandbox>) -> Json<Value> {
    let account = sandbox.account();
    let now = account.clock.now();
    let rows = account.world.parcels().map(|parcel| {
        json!({
            "tracking_number": parcel.number,
            "carrier_code": parcel.carrier.code,
            "status": parcel.state(now).0,
            "title": parcel.metadata.title,
        })
    });
    Json(rows.collect())
}

/// How the clock is to move.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Move {
    Advance { advance_seconds: f64 },
    Set { set: Timestamp },
}

/// `POST /__clock`: `{"advance_seconds": 90}` or `{"set": "2026-03-05T00:00:00Z"}`.
pub async fn clock(State(sandbox): State<Sandbox>, body: String) -> Response {
    let moved = match serde_json::from_str(&body) {
        Ok(Move::Advance { advance_seconds }) => Duration::try_from_secs_f64(advance_seconds)
            .map(|by| sandbox.advance(by))
            .map_err(|error| error.to_string()),
        Ok(Move::Set { set }) => sandbox.set_clock(set).map_err(|error| error.to_string()),
        Err(_) => Err(
            "send advance_seconds, a number, or set, a time like 2026-03-05T00:00:00Z".to_owned(),
        ),
    };
    match moved {
        Ok(()) => Json(json!({ "now": sandbox.now() })).into_response(),
        Err(problem) => refuse(&problem),
    }
}

/// Which parcel to move on.
#[derive(Debug, Deserialize)]
struct Nudge {
    tracking_number: String,
}

/// `POST /__nudge`: `{"tracking_number": "LS912989618CN"}`.
pub async fn nudge(State(sandbox): State<Sandbox>, body: String) -> Response {
    let Ok(Nudge { tracking_number }) = serde_json::from_str(&body) else {
        return refuse("send tracking_number, a text");
    };
    match sandbox.nudge(&tracking_number) {
        Some(status) => Json(json!({ "status": status })).into_response(),
        None => refuse("no parcel has this number, or nothing more happens to it"),
    }
}

/// Where changes are to be told.
#[derive(Debug, Deserialize)]
struct Address {
    url: Option<String>,
}

/// `POST /__webhook`: `{"url": "http://127.0.0.1:8080/webhooks/trackingmore"}`, or null to tell nobody.
pub async fn webhook(State(sandbox): State<Sandbox>, body: String) -> Response {
    let problem = "send url, the address to which every nudge is told, or null";
    let Ok(Address { url }) = serde_json::from_str(&body) else {
        return refuse(problem);
    };
    let Ok(url) = url.as_deref().map(Url::parse).transpose() else {
        return refuse(problem);
    };
    let told = url.as_ref().map(Url::as_str);
    let answer = Json(json!({ "url": told })).into_response();
    sandbox.push_to(url);
    answer
}

/// What the account is to have left.
#[derive(Debug, Deserialize)]
struct Balance {
    left: f64,
}

/// `POST /__quota`: `{"left": 3.4}`, in creates that the account can still pay for.
pub async fn quota(State(sandbox): State<Sandbox>, body: String) -> Response {
    match serde_json::from_str(&body) {
        Ok(Balance { left }) if left >= 0.0 => {
            sandbox.set_quota(left);
            Json(json!({ "left": sandbox.stats().quota_left })).into_response()
        }
        _ => refuse("send left, a number that is not below 0"),
    }
}

/// One fault or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Order {
    One(Fault),
    Many(Vec<Fault>),
}

/// `POST /__faults`: `{"kind": "slow", "delay_ms": 500, "times": 2, "endpoint": "list"}` or a list.
pub async fn faults(State(sandbox): State<Sandbox>, body: String) -> Response {
    let faults = match serde_json::from_str(&body) {
        Ok(Order::One(fault)) => vec![fault],
        Ok(Order::Many(faults)) => faults,
        Err(_) => {
            return refuse(
                "send a fault like {\"kind\": \"cut\", \"times\": 2, \"endpoint\": \"list\"}",
            );
        }
    };
    let queued = faults.len();
    faults.into_iter().for_each(|fault| sandbox.fault(fault));
    Json(json!({ "queued": queued })).into_response()
}

/// `DELETE /__faults`: forgets the faults that still wait.
pub async fn clear_faults(State(sandbox): State<Sandbox>) -> Json<Value> {
    sandbox.clear_faults();
    Json(json!({ "queued": 0 }))
}

fn refuse(problem: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": problem }))).into_response()
}
