//! What tests stand on.

mod house;
mod node;

pub use house::House;
pub use node::{Client, node};
