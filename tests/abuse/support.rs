//! What the service's tests stand on as well.

#[path = "../service/support/exchange.rs"]
mod exchange;
#[path = "../service/support/frame.rs"]
mod frame;
#[path = "../service/support/process.rs"]
mod process;

pub use exchange::{After, End, answer, exchange};
pub use frame::{Frame, Opcode, closing_code, frame, handshake, next_frame, text};
pub use process::{Plan, Process};
