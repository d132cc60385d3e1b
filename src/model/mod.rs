//! The words of the trade: trackings, their checkpoints, keys, statuses and times, carriers, waybills and the account.
//!
//! Everything here is plain data that can only hold valid values. There is no I/O and no async, and
//! nothing here knows how the upstream spells these things or how GraphQL shows them.

mod account;
mod air_waybill;
mod anomaly;
mod area;
mod carrier;
mod change;
mod check_digit;
mod checkpoint;
mod client_id;
mod completeness;
mod contradictions;
mod country;
mod gazetteer;
mod hint;
mod key;
mod language;
mod leg;
mod metadata;
mod number_format;
mod personal;
mod place;
mod quota;
mod revision;
mod source;
mod status;
mod stored;
mod text;
mod texts;
mod time;
mod timeline;
mod tracking;
mod transit;
mod us_state;
mod zone;

pub use account::{Account, StatusCounts};
pub use air_waybill::{
    AirWaybill, AirWaybillNumber, Airline, CargoEvent, Flight, InvalidAirWaybillNumber,
};
pub use anomaly::{Anomaly, AnomalyKind};
pub use area::{Area, Remoteness};
pub use carrier::{Carrier, CarrierKind, DetectedCarrier};
pub use change::{
    CarrierCorrection, Change, CourierNeeds, NewTracking, RealtimeOptions, StatusOverride,
    TrackingChanges,
};
pub use check_digit::Suspicion;
pub use checkpoint::Checkpoint;
pub use client_id::ClientId;
pub use completeness::Completeness;
pub use country::{Country, CountryCode, InvalidCountryCode};
pub use hint::Testimony;
pub use key::{CarrierCode, InvalidKey, TrackingKey, TrackingNumber};
pub use language::{InvalidLanguage, Language};
pub use leg::{Leg, Milestones};
pub use metadata::{Metadata, OrderTime};
pub use quota::Quota;
pub use source::Source;
pub use status::{Status, Substatus};
pub use text::stated;
pub use texts::Text;
pub use time::{LocalTime, Precision, whole_seconds};
pub use timeline::{LegKind, Order, TimelineEntry};
pub use tracking::Tracking;
pub use transit::{TransitLane, TransitTime};
pub use zone::{CheckpointZone, TimeZoneSource};
