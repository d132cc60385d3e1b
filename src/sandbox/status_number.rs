//! `GET /trackings/getstatusnumber`: how many trackings are in each status.

use axum::extract::Query;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::envelope::{Code, Reply};
use super::list::within;
use super::status::Status;

/// The query as documented: epoch seconds, both ends included.
#[derive(Debug, Deserialize)]
struct Question {
    created_at_min: Option<i64>,
    created_at_max: Option<i64>,
    order_created_time_min: Option<i64>,
    order_created_time_max: Option<i64>,
}

/// All eight counts, archived trackings among them.
pub fn answer(account: &Account, arrival: &Arrival) -> Result<Reply, Code> {
    let Query(q) = Query::<Question>::try_from_uri(&arrival.uri).map_err(|_| Code::BAD_REQUEST)?;
    let now = account.clock.now();
    let mut counts = Status::ALL.map(|status| (status, 0_u64));
    for parcel in account.world.parcels() {
        let ordered = parcel.metadata.order_create_time;
        let counted = within(Some(parcel.created), q.created_at_min, q.created_at_max)
            && within(ordered, q.order_created_time_min, q.order_created_time_max);
        let (status, _) = parcel.state(now);
        let place = counts.iter_mut().find(|(counting, _)| *counting == status);
        if let Some((_, count)) = place.filter(|_| counted) {
            *count += 1;
        }
    }
    let data: Map<String, Value> = counts
        .into_iter()
        .map(|(status, count)| (status.as_str().to_owned(), written(status, count)))
        .collect();
    Ok(Reply::envelope(Code::OK, &Value::Object(data)))
}

/// The types are not documented, and clients have met both.
fn written(status: Status, count: u64) -> Value {
    match status {
        Status::NotFound | Status::Delivered | Status::Expired => json!(count.to_string()),
        _ => json!(count),
    }
}
