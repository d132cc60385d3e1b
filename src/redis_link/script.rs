//! Lua that Redis runs as one step.

use redis::aio::ConnectionLike;
use redis::{RedisResult, Value};

/// A script, which is sent once and named by its digest from then on.
#[derive(Debug)]
pub struct Script(redis::Script);

impl Script {
    /// Puts the parts one after the other, as a prelude that scripts share and a body.
    pub fn new(parts: &[&str]) -> Self {
        Self(redis::Script::new(&parts.join("\n")))
    }

    pub(super) async fn run_on(
        &self,
        connection: &mut impl ConnectionLike,
        keys: &[String],
        args: &[Vec<u8>],
    ) -> RedisResult<Value> {
        let mut call = self.0.prepare_invoke();
        for key in keys {
            call.key(key);
        }
        for arg in args {
            call.arg(arg.as_slice());
        }
        call.invoke_async(connection).await
    }
}
