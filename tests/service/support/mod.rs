//! What tests stand on.

mod clock;
mod collector;
mod dice;
mod exchange;
mod fleet;
mod gateway;
mod house;
pub mod look;
mod node;
mod process;
mod proxy;
pub mod push;
mod redis;
pub mod replica;
mod room;
mod socket;
mod strangers;

pub use clock::{age, until};
pub use collector::{Collector, Told};
pub use dice::Dice;
pub use exchange::{After, End, answer, exchange};
pub use fleet::Fleet;
pub use gateway::Gateway;
pub use house::House;
pub use node::{Client, node};
pub use process::{Plan, Process, false_clock};
pub use proxy::Proxy;
pub use redis::Redis;
pub use room::Room;
pub use socket::Socket;
pub use strangers::{CREATE, ask_all, codes, create, create_many, number};

/// Names the parcel of the reference documentation, which the sandbox knows as well.
pub const SEED: &str = r#"{ key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }"#;
