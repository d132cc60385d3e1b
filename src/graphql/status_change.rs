//! Which changes of a status somebody watches.

use async_graphql::InputObject;

use super::argument;
use super::error::Failure;
use super::status::TrackingStatus;
use crate::live::StatusFilter;
use crate::model::{CarrierCode, Status, stated};

/// How many of a kind can be named.
const MOST: usize = 200;

/// The longest order id, in characters.
const MAX_ORDER_ID: usize = 200;

/// Which changes of a status are meant: those that match all that is given.
#[derive(InputObject, Default)]
pub(super) struct StatusChangeFilter {
    /// Only those that end in one of these; 1 to 200. `UNKNOWN` stands for all that TrackingMore added later.
    statuses: Option<Vec<TrackingStatus>>,
    /// Only of parcels of these carriers, such as `china-ems`; 1 to 200. Case does not matter.
    carrier_codes: Option<Vec<String>>,
    /// Only of parcels of these orders; 1 to 200.
    order_ids: Option<Vec<String>>,
}

impl StatusChangeFilter {
    pub(super) fn parse(self) -> Result<StatusFilter, Failure> {
        Ok(StatusFilter {
            statuses: some_of("statuses", self.statuses, |status| {
                Ok(status.known().unwrap_or(Status::Unknown("".into())))
            })?,
            carriers: some_of("carrierCodes", self.carrier_codes, |code| {
                CarrierCode::parse(&code).map_err(|invalid| invalid.to_string())
            })?,
            orders: some_of("orderIds", self.order_ids, |text| {
                let order = stated(text).ok_or("an order id is blank")?;
                argument::bounded(&order, MAX_ORDER_ID)?;
                Ok(order)
            })?,
        })
    }
}

/// A list of conditions, in which an empty one would match everything instead of nothing.
fn some_of<T, U>(
    field: &str,
    given: Option<Vec<T>>,
    parse: impl Fn(T) -> Result<U, String>,
) -> Result<Vec<U>, Failure> {
    let Some(given) = given else {
        return Ok(Vec::new());
    };
    let refused = |message: String| Failure::bad_input(format!("filter.{field}: {message}"));
    if !(1..=MOST).contains(&given.len()) {
        let count = given.len();
        return Err(refused(format!(
            "give 1 to {MOST} or leave it out; {count} were given"
        )));
    }
    let parsed = given.into_iter().enumerate().map(|(index, one)| {
        parse(one).map_err(|message| refused(format!("entry {index}: {message}")))
    });
    parsed.collect()
}
