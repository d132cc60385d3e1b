//! The scripts by which replicas agree who makes the rounds.

use crate::redis_link::Script;

/// All of them.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) beat: Script,
    pub(super) leave: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            beat: Script::new(&[include_str!("scripts/beat.lua")]),
            leave: Script::new(&[include_str!("scripts/leave.lua")]),
        }
    }
}
