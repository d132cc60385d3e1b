//! An independent look-alike of TrackingMore v2 on a real socket.
//!
//! It answers, refuses and limits as the documentation says the service does, counts every call and every
//! broken limit where they arrive, and misbehaves on request. Its parcels live by a clock of its own: what
//! a parcel answers is a pure function of its script and the simulated time.
//!
//! It deliberately knows nothing of the rest of the crate, above all not of the client: it is a second
//! reading of the same documentation, so that one misreading cannot sit on both sides.

mod account;
mod air_cargo;
mod airlines;
mod arrival;
mod batch;
mod carriers;
mod change;
mod change_carrier;
mod clock;
mod columns;
mod control;
mod cost_time;
mod countries;
mod delete;
mod delete_more;
mod detect;
mod dice;
mod directory;
mod envelope;
mod events;
mod faults;
mod form;
mod journeys;
mod landmarks;
mod limits;
mod line;
mod list;
mod log;
mod metadata;
mod numbers;
mod parcel;
mod payload;
mod post;
mod quota;
mod realtime;
mod remote;
mod routes;
mod script;
mod server;
mod settings;
mod single;
mod status;
mod status_number;
mod stop_updating;
mod update;
mod update_more;
mod user_info;
mod waybills;
mod webhook;
mod world;

#[cfg(test)]
mod tests;

pub use clock::Backwards;
pub use faults::{Fault, FaultKind};
pub use landmarks::{SEED, SHUTTLE, TWINS};
pub use limits::{BrokenLimit, Limit, Limits};
pub use log::{Call, Endpoint, Stats, most_in_any_window};
pub use server::Sandbox;
pub use settings::Settings;
pub use status::Status;
pub(crate) use webhook::seal;
