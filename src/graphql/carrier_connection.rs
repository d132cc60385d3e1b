//! The carriers that TrackingMore knows, page by page.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::argument;
use super::carrier::{Carrier, carriers};
use super::connection::{PageArguments, PageInfo};
use super::error::Failure;
use super::opaque;
use crate::model::{self, CarrierCode, stated};
use crate::tracker::{Carriers, End};

/// How many characters somebody may search for.
const MAX_SEARCH: usize = 100;

/// What cursors are wrapped with.
const PREFIX: &str = "carrier";

/// Reads a part of the carriers that match.
pub(super) async fn connection(
    context: &Context<'_>,
    arguments: PageArguments,
    search: Option<String>,
    country_code: Option<String>,
) -> Result<CarrierConnection, Failure> {
    let end = arguments.end()?;
    let (after, before) = arguments.cursors(parse_cursor)?;
    let search = search.and_then(stated);
    if let Some(search) = &search {
        let bounded = argument::bounded(search, MAX_SEARCH);
        bounded.map_err(|reason| Failure::bad_input(format!("search: {reason}")))?;
    }
    let search = search.map(|search| search.to_lowercase());
    let country = country_code.and_then(stated);
    let country = country
        .map(|code| argument::country("countryCode", &code))
        .transpose()?;
    let carriers = carriers(context, None).await?;
    let places = carriers.all().iter().enumerate();
    let matching = places.filter(|(_, carrier)| {
        search
            .as_ref()
            .is_none_or(|search| is_found(carrier, search))
            && (country.is_none() || carrier.country == country)
    });
    let matching: Vec<_> = matching.map(|(place, _)| place).collect();
    let position_of = |code: CarrierCode| {
        let is_meant = |place: &usize| carriers.all()[*place].code == code;
        matching.iter().position(is_meant).ok_or_else(|| {
            Failure::bad_input(format!(
                "the carrier {code} of the cursor is not in this list; begin anew"
            ))
        })
    };
    let start = after
        .map(position_of)
        .transpose()?
        .map_or(0, |after| after + 1);
    let stop = before
        .map(position_of)
        .transpose()?
        .unwrap_or(matching.len());
    let stop = stop.max(start);
    let (start, stop) = match end {
        End::First(count) => (start, stop.min(start.saturating_add(count))),
        End::Last(count) => (start.max(stop.saturating_sub(count)), stop),
    };
    Ok(CarrierConnection {
        total: matching.len(),
        has_previous: start > 0,
        has_next: stop < matching.len(),
        places: matching[start..stop].to_vec(),
        carriers,
    })
}

/// Whether a carrier's code or name holds a text in lower case.
fn is_found(carrier: &model::Carrier, search: &str) -> bool {
    let names = [&carrier.name, &carrier.chinese_name];
    carrier.code.as_str().contains(search)
        || names
            .into_iter()
            .flatten()
            .any(|name| name.to_lowercase().contains(search))
}

pub(super) struct CarrierConnection {
    carriers: Arc<Carriers>,
    places: Vec<usize>,
    total: usize,
    has_previous: bool,
    has_next: bool,
}

impl CarrierConnection {
    fn codes(&self) -> impl DoubleEndedIterator<Item = &CarrierCode> {
        self.places
            .iter()
            .map(|place| &self.carriers.all()[*place].code)
    }
}

/// A part of the carriers (a connection by the Relay specification).
#[Object]
impl CarrierConnection {
    /// The carriers with their cursors.
    async fn edges(&self) -> Vec<CarrierEdge> {
        self.codes()
            .map(|code| CarrierEdge {
                cursor: cursor_of(code),
                node: Carrier::coded(code.clone()),
            })
            .collect()
    }

    /// The carriers without their cursors.
    async fn nodes(&self) -> Vec<Carrier> {
        self.codes().cloned().map(Carrier::coded).collect()
    }

    /// Where this part lies in the whole.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.codes().next().map(cursor_of),
            end_cursor: self.codes().next_back().map(cursor_of),
        }
    }

    /// How many carriers match in all.
    async fn total_count(&self) -> usize {
        self.total
    }
}

/// A carrier and its place in the list.
#[derive(SimpleObject)]
pub(super) struct CarrierEdge {
    /// Give it as `after` to go on behind this carrier, or as `before` to go back from it.
    cursor: String,
    /// The carrier.
    node: Carrier,
}

fn cursor_of(code: &CarrierCode) -> String {
    opaque::wrap(PREFIX, code.as_str())
}

fn parse_cursor(cursor: &str) -> Option<CarrierCode> {
    CarrierCode::parse(&opaque::unwrap(PREFIX, cursor)?).ok()
}
