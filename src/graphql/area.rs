//! Remote areas.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use jiff::Timestamp;

use super::argument;
use super::context::{tracker, usage};
use super::country::Country;
use super::date_time::DateTime;
use super::error::{ErrorCode, Failure};
use super::outcome::Outcome;
use super::reference::check_count;
use crate::model::{Area, Remoteness, stated};

/// How many characters a postal code, a city's or a courier's name may have.
const MAX_TEXT: usize = 64;

/// A place that is asked about.
#[derive(InputObject)]
pub(super) struct RemoteAreaInput {
    /// The country as its ISO 3166-1 alpha-2 code, such as `JP`.
    country_code: String,
    /// The postal code, or the city's name where the country has no postal codes.
    postcode: String,
    /// Only this courier, such as `dhl`; all that TrackingMore knows if left out.
    courier: Option<String>,
}

impl RemoteAreaInput {
    fn parse(&self) -> Result<Area, Failure> {
        let country = argument::country("countryCode", &self.country_code)?;
        let postcode = stated(&self.postcode).ok_or_else(|| {
            Failure::bad_input("postcode is blank: give a postal code, or a city's name")
        })?;
        let courier = self.courier.as_deref().and_then(stated);
        for (name, text) in [("postcode", Some(&postcode)), ("courier", courier.as_ref())] {
            let bounded = text.map_or(Ok(()), |text| argument::bounded(text, MAX_TEXT));
            bounded.map_err(|reason| Failure::bad_input(format!("{name}: {reason}")))?;
        }
        Ok(Area {
            country,
            postcode,
            courier: courier.map(|courier| courier.to_lowercase()),
        })
    }
}

pub(super) struct RemoteAreaCheck {
    area: Area,
    remoteness: Arc<Remoteness>,
    fetched_at: Timestamp,
}

/// Which couriers call a place remote, so that delivery costs more and takes longer.
#[Object]
impl RemoteAreaCheck {
    /// The country that was asked about.
    async fn country(&self) -> Country<'_> {
        Country::Coded(self.area.country)
    }

    /// The postal code or city that was asked about.
    async fn postcode(&self) -> &str {
        &self.area.postcode
    }

    /// Whether any courier calls it remote.
    async fn remote(&self) -> bool {
        !self.remoteness.couriers.is_empty()
    }

    /// The couriers that call it remote, such as `ups`, `tnt`, `dhl` and `fedex`.
    async fn couriers(&self) -> &[String] {
        &self.remoteness.couriers
    }

    /// When TrackingMore said so: within a day, or longer ago if it could not be asked just now.
    async fn fetched_at(&self) -> DateTime {
        DateTime(self.fetched_at)
    }
}

pub(super) async fn remote_areas(
    context: &Context<'_>,
    areas: &[RemoteAreaInput],
) -> Result<Vec<Outcome<RemoteAreaCheck>>, Failure> {
    check_count("areas", areas.len())?;
    let areas: Vec<_> = areas.iter().map(RemoteAreaInput::parse).collect();
    let asked = areas.iter().flatten().cloned().collect();
    let answers = tracker(context).remote_areas(usage(context), asked).await;
    let checks = areas.into_iter().map(|area| {
        let area = area?;
        let known = answers[&area].clone()?;
        match known.value {
            Some(remoteness) => Ok(RemoteAreaCheck {
                area,
                remoteness,
                fetched_at: known.fetched_at,
            }),
            None => Err(Failure::new(
                ErrorCode::UpstreamInvalid,
                "TrackingMore's answer about this place cannot be read",
            )),
        }
    });
    Ok(checks.map(Outcome::from).collect())
}
