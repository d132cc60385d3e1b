//! `GET /trackings/get`: list and search.

use std::cmp::Reverse;
use std::collections::HashSet;

use axum::extract::Query;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::columns::Shape;
use super::countries::Language;
use super::envelope::{Code, Reply};
use super::parcel::Parcel;
use super::payload::translated;
use super::status::Status;

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 2000;
const MOST_NUMBERS: usize = 40;

/// The query as documented.
#[derive(Debug, Deserialize)]
struct Question {
    page: Option<usize>,
    limit: Option<usize>,
    status: Option<String>,
    created_at_min: Option<i64>,
    created_at_max: Option<i64>,
    update_time_min: Option<i64>,
    update_time_max: Option<i64>,
    order_created_time_min: Option<i64>,
    order_created_time_max: Option<i64>,
    lang: Option<String>,
    numbers: Option<String>,
    orders: Option<String>,
    archived: Option<String>,
}

/// A page of the matching rows, newest created first.
pub fn answer(account: &Account, arrival: &Arrival) -> Result<Reply, Code> {
    let Query(question) =
        Query::<Question>::try_from_uri(&arrival.uri).map_err(|_| Code::BAD_REQUEST)?;
    let now = account.clock.now();
    let filter = Filter::of(&question)?;
    let page = question.page.unwrap_or(1);
    let limit = question.limit.unwrap_or(DEFAULT_LIMIT);
    if page == 0 || !(1..=LARGEST_LIMIT).contains(&limit) {
        return Err(Code::BAD_REQUEST);
    }
    let mut found: Vec<&Parcel> = account
        .world
        .parcels()
        .filter(|parcel| filter.takes(parcel, now))
        .collect();
    found.sort_by_key(|parcel| (Reverse(parcel.created), &parcel.id));
    let rows = found
        .iter()
        .skip((page - 1).saturating_mul(limit))
        .take(limit);
    let lang = question.lang.as_deref().filter(|lang| !lang.is_empty());
    let asked = lang.map(Language::asked);
    let items: Vec<Value> = rows
        .map(|parcel| Value::Object(translated(parcel, now, Shape::List, asked)))
        .collect();
    let data = json!({
        "page": page,
        "limit": limit,
        "total": found.len().to_string(),
        "count": items.len(),
        "items": items,
    });
    Ok(Reply::envelope(Code::OK, &data))
}

/// What a row must be to be listed.
struct Filter<'a> {
    question: &'a Question,
    status: Option<Status>,
    numbers: Option<HashSet<String>>,
    orders: Option<HashSet<String>>,
}

impl<'a> Filter<'a> {
    fn of(question: &'a Question) -> Result<Self, Code> {
        let status = match question.status.as_deref() {
            None | Some("") => None,
            Some(word) => Some(Status::parse(word).ok_or(Code::STATUS_INVALID)?),
        };
        Ok(Self {
            question,
            status,
            numbers: listed(question.numbers.as_deref())?,
            orders: listed(question.orders.as_deref())?,
        })
    }

    fn takes(&self, parcel: &Parcel, now: Timestamp) -> bool {
        let Self { question: q, .. } = self;
        let order = parcel
            .metadata
            .order_id
            .as_str()
            .map(str::to_ascii_uppercase);
        let ordered = parcel.metadata.order_create_time;
        let archived = match q.archived.as_deref() {
            Some("true") => parcel.metadata.archived,
            Some("false") => !parcel.metadata.archived,
            _ => true,
        };
        archived
            && self
                .numbers
                .as_ref()
                .is_none_or(|set| set.contains(&parcel.number.to_ascii_uppercase()))
            && self
                .orders
                .as_ref()
                .is_none_or(|set| order.is_some_and(|order| set.contains(&order)))
            && self
                .status
                .is_none_or(|status| parcel.state(now).0 == status)
            && within(Some(parcel.created), q.created_at_min, q.created_at_max)
            && within(parcel.updated(now), q.update_time_min, q.update_time_max)
            && within(ordered, q.order_created_time_min, q.order_created_time_max)
    }
}

/// Both ends belong to the window; what has no time is in no window.
pub fn within(at: Option<Timestamp>, from: Option<i64>, to: Option<i64>) -> bool {
    let Some(second) = at.map(Timestamp::as_second) else {
        return from.is_none() && to.is_none();
    };
    from.is_none_or(|from| from <= second) && to.is_none_or(|to| second <= to)
}

/// Up to 40 entries between commas, compared without regard to case. What cannot be a number matches nothing.
fn listed(text: Option<&str>) -> Result<Option<HashSet<String>>, Code> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let entries = || {
        text.split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
    };
    if entries().count() > MOST_NUMBERS {
        return Err(Code::TOO_MANY_NUMBERS);
    }
    Ok(Some(entries().map(str::to_ascii_uppercase).collect()))
}
