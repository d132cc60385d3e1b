//! Which of the service's calls was made.

use std::fmt;

/// One of the calls that this client makes, for error texts and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// `GET /trackings/get`: many trackings.
    List,
    /// `GET /trackings/{carrier}/{number}`: one tracking.
    Single,
    /// `POST /trackings/post`: add one to the account.
    Create,
    /// `POST /trackings/realtime`: ask the courier now.
    Realtime,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "GET /trackings/get",
            Self::Single => "GET /trackings/{carrier}/{number}",
            Self::Create => "POST /trackings/post",
            Self::Realtime => "POST /trackings/realtime",
        })
    }
}
