//! The scripts by which Redis keeps the ledger: one prelude with the rule, and a few lines for each step.

use crate::redis_link::Script;

/// All of them.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) ask: Script,
    pub(super) leave: Script,
    pub(super) answered: Script,
    pub(super) delayed: Script,
    pub(super) close: Script,
    pub(super) sit_down: Script,
    pub(super) stand_up: Script,
    pub(super) want: Script,
    pub(super) carry: Script,
    pub(super) landed: Script,
    pub(super) standing: Script,
    pub(super) visit: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        let script = |step| Script::new(&[include_str!("scripts/ledger.lua"), step]);
        Self {
            ask: script(include_str!("scripts/ask.lua")),
            leave: script(include_str!("scripts/leave.lua")),
            answered: script(include_str!("scripts/answered.lua")),
            delayed: script(include_str!("scripts/delayed.lua")),
            close: script(include_str!("scripts/close.lua")),
            sit_down: script(include_str!("scripts/sit_down.lua")),
            stand_up: script(include_str!("scripts/stand_up.lua")),
            want: script(include_str!("scripts/want.lua")),
            carry: script(include_str!("scripts/carry.lua")),
            landed: script(include_str!("scripts/landed.lua")),
            standing: script(include_str!("scripts/standing.lua")),
            visit: script(include_str!("scripts/visit.lua")),
        }
    }
}
