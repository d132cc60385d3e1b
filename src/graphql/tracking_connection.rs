//! The account's trackings, page by page.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::argument::{self, some_of};
use super::connection::{PageArguments, PageInfo};
use super::context::{tracker, usage};
use super::date_time::{DateTime, span};
use super::error::Failure;
use super::opaque;
use super::outcome::Outcome;
use super::scope::check_condition;
use super::status::TrackingStatus;
use super::tracking::Tracking;
use crate::auth::Scope;
use crate::model::{TrackingKey, TrackingNumber, stated};
use crate::tracker::{ListFilter, Listing, MAX_FILTERED, Place, Slice};

/// The upstream numbers its pages in 32 bits; nobody has more trackings than this.
const MAX_POSITION: u64 = 100_000_000;

/// How many characters an order id may have here, so that forty of them still make an address.
const MAX_ORDER_ID: usize = 100;

/// What cursors are wrapped with.
const PREFIX: &str = "place";

/// Which trackings are meant. Conditions that are left out do not count; all that are given must hold.
#[derive(InputObject, Default)]
pub(super) struct TrackingFilter {
    /// Only those with this status. TrackingMore cannot be asked for `UNKNOWN`.
    status: Option<TrackingStatus>,
    /// `true`: only the archived ones; `false`: only the others.
    archived: Option<bool>,
    /// Only those that were added at this instant or later.
    created_at_min: Option<DateTime>,
    /// Only those that were added at this instant or earlier.
    created_at_max: Option<DateTime>,
    /// Only those that TrackingMore updated at this instant or later.
    updated_at_min: Option<DateTime>,
    /// Only those that TrackingMore updated at this instant or earlier.
    updated_at_max: Option<DateTime>,
    /// Only those whose order was placed at this instant or later. Needs `customer:read`.
    order_time_min: Option<DateTime>,
    /// Only those whose order was placed at this instant or earlier. Needs `customer:read`.
    order_time_max: Option<DateTime>,
    /// Only those with one of these numbers, whatever their carriers; 40 at most.
    tracking_numbers: Option<Vec<String>>,
    /// Only those with one of these order ids, of up to 100 characters; 40 at most, and none may hold a comma. Needs
    /// `customer:read`.
    order_ids: Option<Vec<String>>,
    /// In which language the couriers' texts are wanted, as two letters such as `en`, or `cn` for simplified Chinese. It
    /// counts only for couriers that write in several languages.
    language: Option<String>,
}

impl TrackingFilter {
    /// Refuses conditions that would tell what their fields would not.
    fn check(&self, context: &Context<'_>) -> Result<(), Failure> {
        let conditions = [
            ("filter.orderIds", self.order_ids.is_some()),
            ("filter.orderTimeMin", self.order_time_min.is_some()),
            ("filter.orderTimeMax", self.order_time_max.is_some()),
        ];
        let mut given = conditions.into_iter().filter(|(_, is_given)| *is_given);
        given.try_for_each(|(name, _)| check_condition(context, name, Scope::CustomerRead))
    }

    fn parse(self) -> Result<ListFilter, Failure> {
        let status = self
            .status
            .map(|status| {
                status.known().ok_or_else(|| {
                    Failure::bad_input(
                        "filter.status: TrackingMore cannot be asked for UNKNOWN; leave the status out",
                    )
                })
            })
            .transpose()?;
        let (created_min, created_max) = span(
            ("filter.createdAtMin", self.created_at_min),
            ("filter.createdAtMax", self.created_at_max),
        )?;
        let (updated_min, updated_max) = span(
            ("filter.updatedAtMin", self.updated_at_min),
            ("filter.updatedAtMax", self.updated_at_max),
        )?;
        let (ordered_min, ordered_max) = span(
            ("filter.orderTimeMin", self.order_time_min),
            ("filter.orderTimeMax", self.order_time_max),
        )?;
        Ok(ListFilter {
            status,
            archived: self.archived,
            created_min,
            created_max,
            updated_min,
            updated_max,
            ordered_min,
            ordered_max,
            numbers: some_of(
                "trackingNumbers",
                self.tracking_numbers,
                MAX_FILTERED,
                |number| TrackingNumber::parse(&number).map_err(|invalid| invalid.to_string()),
            )?,
            orders: some_of("orderIds", self.order_ids, MAX_FILTERED, order_id)?,
            language: argument::language("filter.language", self.language)?,
        })
    }
}

fn order_id(text: String) -> Result<String, String> {
    let order = stated(text).ok_or("an order id is blank")?;
    if order.contains(',') {
        return Err("an order id holds a comma, which TrackingMore takes for the end of it".into());
    }
    argument::bounded(&order, MAX_ORDER_ID)?;
    Ok(order)
}

/// Reads a part of the account's trackings.
pub(super) async fn connection(
    context: &Context<'_>,
    arguments: PageArguments,
    filter: TrackingFilter,
) -> Result<TrackingConnection, Failure> {
    let end = arguments.end()?;
    let (after, before) = arguments.cursors(parse_cursor)?;
    let slice = Slice { after, before, end };
    filter.check(context)?;
    let filter = filter.parse()?;
    let listing = tracker(context)
        .list(usage(context), &filter, &slice)
        .await?;
    Ok(TrackingConnection(listing))
}

pub(super) struct TrackingConnection(Listing);

/// A part of the account's trackings (a connection by the Relay specification).
#[Object]
impl TrackingConnection {
    /// The trackings with their cursors.
    async fn edges(&self) -> Vec<TrackingEdge> {
        let items = self.0.items.iter();
        items
            .map(|(place, outcome)| TrackingEdge {
                cursor: cursor_of(place),
                node: outcome.clone().map(Tracking::from).into(),
            })
            .collect()
    }

    /// The trackings without their cursors. One whose part of TrackingMore's answer cannot be read is null, with an error.
    async fn nodes(&self) -> Vec<Outcome<Tracking>> {
        let items = self.0.items.iter();
        items
            .map(|(_, outcome)| outcome.clone().map(Tracking::from).into())
            .collect()
    }

    /// Where this part lies in the whole.
    async fn page_info(&self) -> PageInfo {
        let items = &self.0.items;
        PageInfo {
            has_next_page: self.0.has_next,
            has_previous_page: self.0.has_previous,
            start_cursor: items.first().map(|(place, _)| cursor_of(place)),
            end_cursor: items.last().map(|(place, _)| cursor_of(place)),
        }
    }

    /// How many trackings there are in all; null where TrackingMore does not say.
    async fn total_count(&self) -> Option<u64> {
        self.0.total
    }
}

/// A tracking and its place in the list.
#[derive(SimpleObject)]
pub(super) struct TrackingEdge {
    /// Give it as `after` to go on behind this tracking, or as `before` to go back from it.
    cursor: String,
    /// The tracking; null, with an error that says why, if TrackingMore's answer about this one cannot be read.
    node: Outcome<Tracking>,
}

fn cursor_of(place: &Place) -> String {
    let key = |key: &Option<TrackingKey>| {
        let name = |key: &TrackingKey| format!("{}/{}", key.carrier, key.number);
        key.as_ref().map_or_else(String::new, name)
    };
    let keys = [&place.previous, &place.key, &place.next].map(key);
    opaque::wrap(PREFIX, &format!("{} {}", place.position, keys.join(" ")))
}

fn parse_cursor(cursor: &str) -> Option<Place> {
    let text = opaque::unwrap(PREFIX, cursor)?;
    let parts: Vec<&str> = text.split(' ').collect();
    let [position, previous, key, next] = parts[..] else {
        return None;
    };
    let position = position.parse().ok().filter(|at| *at < MAX_POSITION)?;
    let key_of = |text: &str| match text.split_once('/') {
        Some((carrier, number)) => TrackingKey::parse(carrier, number).map(Some).ok(),
        None => text.is_empty().then_some(None),
    };
    Some(Place {
        position,
        key: key_of(key)?,
        previous: key_of(previous)?,
        next: key_of(next)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place(position in 0u64..MAX_POSITION, named: [bool; 3]) {
            let [key, previous, next] = named.map(|named| {
                named.then(|| TrackingKey::parse("china-ems", "LS912989618CN").unwrap())
            });
            let place = Place { position, key, previous, next };
            prop_assert_eq!(parse_cursor(&cursor_of(&place)), Some(place));
        }

        #[test]
        fn no_text_makes_the_reader_of_cursors_panic(text in any::<String>()) {
            let _ = parse_cursor(&text);
            let _ = parse_cursor(&opaque::wrap(PREFIX, &text));
        }
    }
}
