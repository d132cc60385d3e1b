//! What tests stand on.

mod clock;
mod house;
mod node;

pub use clock::{age, until};
pub use house::House;
pub use node::{Client, node};
