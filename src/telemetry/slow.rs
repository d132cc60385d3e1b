//! From how long on an operation is slow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The part of the program under which slow operations are logged.
pub const SLOW_OPERATIONS: &str = concat!(env!("CARGO_PKG_NAME"), "::slow");

/// In microseconds.
static SLOW: AtomicU64 = AtomicU64::new(u64::MAX);

/// Zero for never.
pub(super) fn set(time: Duration) {
    let micros = match time {
        Duration::ZERO => u64::MAX,
        time => u64::try_from(time.as_micros()).unwrap_or(u64::MAX),
    };
    SLOW.store(micros, Ordering::Relaxed);
}

/// Whether something that took so long is to be logged.
pub fn is_slow(time: Duration) -> bool {
    time.as_micros() >= u128::from(SLOW.load(Ordering::Relaxed))
}
