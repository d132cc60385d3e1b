//! One GraphQL endpoint in front of a TrackingMore account. The upstream is scarce, so it is scheduled.
//!
//! A question falls down a straight line until something knows the answer; news enters at the webhook, the poller or a
//! refresh and spreads through `live`.
//!
//! ```text
//! browser --HTTP, ws, SSE--> web -> graphql -> tracker -> cache     memory, and Redis behind it
//!                                           |-> coalescer -> throttle
//!                                           |        '-> upstream --HTTP--> TrackingMore or sandbox
//!                                           |-> cooldown            memory, or Redis
//!                                           |-> rounds              memory, or Redis
//!                                           '-> live -> subscribers  memory, or Redis
//! ```
//!
//! [`auth`] knows who is asking, and what they may see. Messages of the upstream go from `web` straight to the tracker;
//! [`receipts`] knows which came before. [`idempotency`] keeps the outcomes of operations that are to be done once,
//! [`persisted`] the documents that have names, and [`allowance`] how much each caller may still ask. [`redis_link`] is the
//! connection to the Redis that all replicas of an account share. [`telemetry`] is the log and the traces, in which each piece
//! of work is told for the request that it is done for.
//!
//! `main` -> [`cli`] -> [`app`], the composition root; one command, the doctor, looks into some of the rooms itself.
//! [`settings`] is what an operator can set, and [`current`] holds what he may change while it is in use. [`model`] holds the
//! words that all of them speak. [`fuzz`] lets tests throw bytes at whatever reads what strangers wrote. `tests/architecture.rs`
//! holds the arrows between the folders to this picture.

pub mod allowance;
pub mod app;
pub mod auth;
pub mod cache;
pub mod cli;
pub mod cooldown;
pub mod current;
#[doc(hidden)]
pub mod fuzz;
pub mod graphql;
pub mod idempotency;
pub mod live;
pub mod model;
pub mod persisted;
pub mod receipts;
pub mod redis_link;
pub mod rounds;
pub mod sandbox;
pub mod settings;
pub mod telemetry;
pub mod throttle;
pub mod tracker;
pub mod upstream;
pub mod web;
