//! Whole houses under test: the server on a random port, the sandbox behind it, and clients that users would use.
#![allow(clippy::unwrap_used, missing_docs)]

mod batches;
mod batching;
mod carriers;
mod command_line;
mod connection;
mod costs;
mod endpoints;
mod faults;
mod live;
mod mutations;
mod page;
mod queries;
mod readme;
mod redis_cluster;
mod redis_link;
mod schema;
mod support;
mod timeline;
mod transport;
mod writes;
