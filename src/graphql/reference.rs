//! How a caller names a parcel, and the id that names it in return.

use async_graphql::{ID, InputObject, OneofObject};
use thiserror::Error;

use super::direct::Given;
use super::error::Failure;
use super::opaque;
use crate::model::{CarrierCode, InvalidKey, TrackingKey};

/// How many parcels one field may name.
pub(super) const MAX_REFS: usize = 200;

/// What ids are wrapped with, so that they tell their types apart.
const TRACKING: &str = "Tracking";
const CARRIER: &str = "Carrier";

/// Names a tracking: by its id, or by its carrier's code and number.
#[derive(OneofObject)]
pub(super) enum TrackingRef {
    /// The id that an earlier answer gave.
    Id(ID),
    /// The carrier's code and number.
    Key(TrackingKeyInput),
}

/// A carrier's code and the number that it gave the parcel. Numbers are unique only together with their carrier.
#[derive(InputObject)]
pub(super) struct TrackingKeyInput {
    /// The carrier's code at TrackingMore, such as `china-ems`. Case does not matter.
    carrier_code: String,
    /// The number on the parcel: 5 to 64 letters, digits, hyphens or underscores. Case does not matter.
    tracking_number: String,
}

impl TrackingRef {
    pub(super) fn key(&self) -> Result<TrackingKey, InvalidRef> {
        match self {
            Self::Id(id) => key_of(id),
            Self::Key(key) => Ok(TrackingKey::parse(&key.carrier_code, &key.tracking_number)?),
        }
    }

    /// The key that a reference names whose type was checked before, without building it.
    pub(super) fn key_in(given: Given<'_>) -> Option<TrackingKey> {
        if let Some(id) = given.only("id") {
            return key_of(id.text()?).ok();
        }
        let key = given.only("key")?;
        let text = |name| key.field(name)?.text();
        TrackingKey::parse(text("carrierCode")?, text("trackingNumber")?).ok()
    }
}

/// A reference that names nothing.
#[derive(Debug, PartialEq, Error)]
pub(super) enum InvalidRef {
    /// The id is none of ours.
    #[error("not an id of a tracking: give one that an earlier answer contained")]
    Id,
    /// The carrier's code or the number cannot be one.
    #[error(transparent)]
    Key(#[from] InvalidKey),
}

impl From<InvalidRef> for Failure {
    fn from(invalid: InvalidRef) -> Self {
        Self::bad_input(invalid.to_string())
    }
}

/// Refuses lists that are too long before any of it is looked at.
pub(super) fn check_count(field: &str, count: usize) -> Result<(), Failure> {
    if count > MAX_REFS {
        return Err(Failure::bad_input(format!(
            "{field} takes at most {MAX_REFS} entries, {count} were given; ask in several operations"
        )));
    }
    Ok(())
}

/// The global id of a tracking. It is made of its key, so that no table is needed to find the tracking again.
pub(super) fn id_of(key: &TrackingKey) -> ID {
    opaque::wrap(TRACKING, &format!("{}/{}", key.carrier, key.number)).into()
}

/// The global id of a carrier.
pub(super) fn id_of_carrier(code: &CarrierCode) -> ID {
    opaque::wrap(CARRIER, code.as_str()).into()
}

/// What a global id names.
pub(super) enum NodeId {
    Tracking(TrackingKey),
    Carrier(CarrierCode),
}

impl NodeId {
    pub(super) fn parse(id: &str) -> Option<Self> {
        if let Ok(key) = key_of(id) {
            return Some(Self::Tracking(key));
        }
        let code = opaque::unwrap(CARRIER, id)?;
        CarrierCode::parse(&code).ok().map(Self::Carrier)
    }
}

/// The key in a tracking's global id.
fn key_of(id: &str) -> Result<TrackingKey, InvalidRef> {
    let key = opaque::unwrap(TRACKING, id).and_then(|text| {
        let (carrier, number) = text.split_once('/')?;
        TrackingKey::parse(carrier, number).ok()
    });
    key.ok_or(InvalidRef::Id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_key(carrier in "[a-z0-9-]{1,20}", number in "[0-9A-Z_-]{5,40}") {
            let key = TrackingKey::parse(&carrier, &number).unwrap();
            prop_assert_eq!(key_of(&id_of(&key)).unwrap(), key);
        }
    }
}
