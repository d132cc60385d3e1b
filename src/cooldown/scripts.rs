//! The scripts by which Redis keeps the book: one prelude with the rule, and a few lines for each step.

use crate::redis_link::Script;

/// All of them.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) claim: Script,
    pub(super) look: Script,
    pub(super) renew: Script,
    pub(super) depart: Script,
    pub(super) finish: Script,
    pub(super) tell: Script,
    pub(super) list: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        let script = |step| Script::new(&[include_str!("scripts/book.lua"), step]);
        Self {
            claim: script(include_str!("scripts/claim.lua")),
            look: script(include_str!("scripts/look.lua")),
            renew: script(include_str!("scripts/renew.lua")),
            depart: script(include_str!("scripts/depart.lua")),
            finish: script(include_str!("scripts/finish.lua")),
            tell: script(include_str!("scripts/tell.lua")),
            list: script(include_str!("scripts/list.lua")),
        }
    }
}
