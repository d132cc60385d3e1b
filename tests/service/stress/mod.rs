//! A fleet of replica processes under mixed load and trouble, with the sandbox as the judge.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses a part of it"
)]

mod client;
mod judge;
mod load;
mod stage;
mod tally;
mod trouble;

pub use judge::{Judgement, Span};
pub use load::Crowd;
pub use stage::{SILENCE, Stage};
pub use trouble::{Trouble, make_trouble};
