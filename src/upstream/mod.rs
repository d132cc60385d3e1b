//! TrackingMore's REST API, version 2, over HTTP: one method per call, typed answers, one error table.
//!
//! A request here costs what it costs upstream: nothing is repeated, cached or delayed. The module does not know that
//! a cache, a throttle or GraphQL exists. Whoever calls decides when, and what to do about an [`Error`].

mod account;
mod air_cargo;
mod api_key;
mod area;
mod batch;
mod call;
mod carrier;
mod client;
mod code;
mod connection;
mod envelope;
mod error;
mod exchange;
mod fuzz;
mod kind;
mod leg;
mod list_query;
mod page;
mod push;
mod quote;
mod reader;
mod request;
mod rows;
mod settings;
mod size;
mod status_count;
mod tally;
mod tracking;
mod transit;
mod web_address;

#[cfg(test)]
mod air_cargo_tests;
#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod area_tests;
#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod fake_service;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod fixture_tests;
#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod request_tests;
#[cfg(test)]
mod tellers;
mod thread;

pub use air_cargo::{UnreadableWaybill, WaybillOutcome};
pub use api_key::{ApiKey, InvalidApiKey};
pub use batch::RowOutcome;
pub use call::Call;
pub use client::Client;
pub use code::Code;
pub use connection::{Connecting, OnConnecting};
pub use error::{Error, LooksLike};
pub(crate) use fuzz::read_as_everything;
pub use kind::Kind;
pub use list_query::{ListQuery, MAX_NUMBERS, MAX_PAGE_SIZE};
pub use page::{ItemError, Page};
pub use push::{InvalidPush, InvalidSigner, Push, Signer, UNSIGNED};
pub use settings::{BuildError, DOCUMENTED_BASE_URL, Settings, is_loopback, parse_base_url};
pub use size::MAX_ROWS;
pub use status_count::StatusCountQuery;
pub use tally::CallFigures;
