//! How much one request may hold.

use super::{Call, Error};

/// How many rows one request of any kind of batch may hold: documented for creating, and taken for the others, about which
/// the documentation is silent. Code 4020 speaks of 200 and names no call.
pub const MAX_ROWS: usize = 40;

/// Refuses to ask for more before anything is sent.
pub(super) fn at_most(
    most: usize,
    call: Call,
    what: &'static str,
    given: usize,
) -> Result<(), Error> {
    if given <= most {
        return Ok(());
    }
    Err(Error::TooLarge {
        call,
        what,
        given,
        most,
    })
}
