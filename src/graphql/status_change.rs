//! Which changes of a status somebody watches.

use async_graphql::{Context, InputObject};

use super::argument;
use super::error::Failure;
use super::scope::check_condition;
use super::status::TrackingStatus;
use crate::auth::Scope;
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
    /// Only of parcels of these orders; 1 to 200. Needs `customer:read`.
    order_ids: Option<Vec<String>>,
}

impl StatusChangeFilter {
    pub(super) fn parse(self, context: &Context<'_>) -> Result<StatusFilter, Failure> {
        if self.order_ids.is_some() {
            check_condition(context, "filter.orderIds", Scope::CustomerRead)?;
        }
        Ok(StatusFilter {
            statuses: argument::some_of("statuses", self.statuses, MOST, |status| {
                Ok(status.known().unwrap_or(Status::parse("")))
            })?,
            carriers: argument::some_of("carrierCodes", self.carrier_codes, MOST, |code| {
                CarrierCode::parse(&code).map_err(|invalid| invalid.to_string())
            })?,
            orders: argument::some_of("orderIds", self.order_ids, MOST, |text| {
                let order = stated(text).ok_or("an order id is blank")?;
                argument::bounded(&order, MAX_ORDER_ID)?;
                Ok(order)
            })?,
        })
    }
}
