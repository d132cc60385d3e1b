//! Subscribers by the thousand, in so little memory and time that a server can be measured beside them: each keeps its own
//! log of what it was told, goes elsewhere when its replica goes away, and is judged by its log at the end.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses a part of it"
)]

mod audience;
mod delays;
mod driver;
mod judge;
mod news;
mod requests;
mod socket;
mod sse;
mod stage;
mod stream;
mod watcher;
mod wire;

pub use audience::Audience;
pub use delays::Delays;
pub use driver::{Board, Driver};
pub use judge::Judgement;
pub use news::{Kind, News};
pub use requests::{Flow, Line, Requests, Score};
pub use socket::Socket;
pub use sse::Sse;
pub use stage::{Stage, WITHOUT_LIMITS};
pub use stream::{End, Operation, Transport};
pub use watcher::{DOORS, Entry, Log, Told, Watch, Watcher};
