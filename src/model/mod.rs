//! The words of the trade: trackings, their checkpoints, keys, statuses and times.
//!
//! Everything here is plain data that can only hold valid values. There is no I/O and no async, and
//! nothing here knows how the upstream spells these things or how GraphQL shows them.

mod checkpoint;
mod key;
mod leg;
mod metadata;
mod status;
mod text;
mod time;
mod timeline;
mod tracking;

pub use checkpoint::Checkpoint;
pub use key::{CarrierCode, InvalidKey, TrackingKey, TrackingNumber};
pub use leg::{Leg, Milestones};
pub use metadata::{Metadata, NewTracking, OrderTime};
pub use status::{Status, Substatus};
pub use text::stated;
pub use time::{LocalTime, Precision, whole_seconds};
pub use timeline::{LegKind, TimelineEntry};
pub use tracking::Tracking;
