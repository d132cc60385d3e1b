//! What the benches share with the service's tests: processes of the program and of Redis.

#[path = "../../service/support/process.rs"]
mod process;
#[path = "../../service/support/redis.rs"]
mod redis;

pub use process::{Plan, Process};
pub use redis::Redis;
