//! The door into the schema, as the headers of a request open it.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};

use super::refused::Refused;
use crate::auth::Caller;
use crate::graphql::{Door, IdempotencyKey, Report, UnknownExtension};

/// Asks for `extensions` in the answer.
pub(super) const EXTENSIONS: &str = "parcelgraph-extensions";

/// Says that an operation is to be done once, however often it is sent with this value.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Behind which cursor a subscription goes on that broke off; browsers send it by themselves.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";

/// The door for somebody who sent these headers.
pub(super) fn opened(
    door: &Door,
    caller: Arc<Caller>,
    headers: &HeaderMap,
) -> Result<Door, Refused> {
    let cursor = headers.get(LAST_EVENT_ID).map(HeaderValue::to_str);
    let cursor = cursor
        .transpose()
        .map_err(|_| Refused::malformed("the header Last-Event-ID holds no cursor"))?
        .filter(|cursor| !cursor.is_empty());
    let door = door.serving(caller);
    Ok(door
        .keyed(key(headers)?)
        .reporting(report(headers)?)
        .resuming(cursor.map(str::to_owned)))
}

/// What the answer is to say about itself.
fn report(headers: &HeaderMap) -> Result<Report, Refused> {
    let Some(names) = headers.get(EXTENSIONS) else {
        return Ok(Report::default());
    };
    let report = names.to_str().map_err(|_| UnknownExtension);
    let report = report.and_then(str::parse);
    report.map_err(|unknown| Refused::malformed(format!("Parcelgraph-Extensions: {unknown}")))
}

/// The idempotency key, which may stand in quotes, as a text of a structured header does.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refused> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refused::malformed("send the header Idempotency-Key once"));
    }
    let text = value.to_str().unwrap_or_default();
    let quoted = text.strip_prefix('"');
    let quoted = quoted.and_then(|text| text.strip_suffix('"'));
    let key = IdempotencyKey::parse(quoted.unwrap_or(text));
    key.map(Some)
        .map_err(|invalid| Refused::malformed(invalid.to_string()))
}
