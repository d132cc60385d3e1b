//! What replicas tell each other of parcels that are asked about.

use serde::{Deserialize, Serialize};

use super::Micros;

/// The topic.
pub(super) const TOPIC: &str = "cooldown";

/// One thing to tell. What another version tells and this one cannot read is left out; Redis knows it as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum News {
    /// A call has left.
    Departed { name: String, at: Micros },
    /// Nobody was asked by it after all.
    TakenBack { name: String, at: Micros },
    /// An attempt has ended.
    Ended {
        name: String,
        at: Micros,
        said: String,
    },
}

impl News {
    pub(super) fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("news is texts and numbers")
    }

    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}
