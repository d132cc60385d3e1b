//! What tests stand on.

mod clock;
mod house;
mod node;

pub use clock::{age, until};
pub use house::House;
pub use node::{Client, node};

/// Names the parcel of the reference documentation, which the sandbox knows as well.
pub const SEED: &str = r#"{ key: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" } }"#;
