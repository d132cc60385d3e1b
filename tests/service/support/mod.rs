//! What tests stand on.

mod clock;
mod house;
mod node;
mod proxy;
mod redis;

pub use clock::{age, until};
pub use house::House;
pub use node::{Client, node};
pub use proxy::Proxy;
pub use redis::Redis;

/// Names the parcel of the reference documentation, which the sandbox knows as well.
pub const SEED: &str = r#"{ key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }"#;
