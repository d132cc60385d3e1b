//! How news of a tracking reached this server.

use serde::{Deserialize, Serialize};

/// Where the newest part of what is known of a tracking comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The answer to the call that added it to the account.
    Created,
    /// What the account knows, as lists tell it.
    List,
    /// The courier, who was asked in realtime.
    Realtime,
    /// The upstream, which called by itself.
    Webhook,
}
