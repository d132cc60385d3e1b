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
//! Messages of the upstream go from `web` straight to the tracker; [`receipts`] knows which came before.
//! [`idempotency`] keeps the outcomes of operations that are to be done once. [`redis_link`] is the connection to the Redis
//! that all replicas of an account share.
//!
//! `main` -> [`cli`] -> [`app`], the composition root; [`settings`] is what an operator can set. [`model`] holds the words
//! that all of them speak. `tests/architecture.rs` holds the arrows between the folders to this picture.

pub mod app;
pub mod cache;
pub mod cli;
pub mod cooldown;
pub mod graphql;
pub mod idempotency;
pub mod live;
pub mod model;
pub mod receipts;
pub mod redis_link;
pub mod rounds;
pub mod sandbox;
pub mod settings;
pub mod throttle;
pub mod tracker;
pub mod upstream;
pub mod web;
