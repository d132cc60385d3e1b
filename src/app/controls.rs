//! What an operator may change while the house is open.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::parts;
use crate::auth::{Gate, OpenError};
use crate::cooldown::Cooldown;
use crate::current::Current;
use crate::graphql::{Door, Untrustworthy};
use crate::redis_link::Link;
use crate::settings::Settings;
use crate::throttle::Throttle;
use crate::tracker::Tracker;
use crate::web;

/// Changes what is in force, for requests that come from then on. Whoever is being served notices nothing, unless he may not be
/// served any more.
#[derive(Clone)]
pub struct Controls {
    pub(super) in_force: Settings,
    pub(super) door: Door,
    pub(super) gate: Gate,
    pub(super) rules: Current<web::Rules>,
    pub(super) reloads: web::Reloads,
    pub(super) tracker: Arc<Tracker>,
    pub(super) throttle: Throttle,
    pub(super) cooldown: Cooldown,
    pub(super) link: Option<Link>,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum Unchanged {
    /// The documents that are to be trusted are not right.
    #[error(transparent)]
    Documents(#[from] Untrustworthy),
    /// It is not known whom to let in.
    #[error(transparent)]
    Gate(#[from] OpenError),
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Controls(..)")
    }
}

impl Controls {
    /// The settings in force.
    pub fn in_force(&self) -> &Settings {
        &self.in_force
    }

    /// Puts settings in force, which differ from those at the start only in what may be changed; all of it, or nothing. Trusted
    /// documents are read again.
    pub fn change(&mut self, settings: Settings) -> Result<(), Unchanged> {
        let trusted = parts::trusted_documents(&settings)?;
        self.gate.change(&settings.access.gate())?;
        let (before, link) = (&self.in_force, self.link.as_ref());
        let door = self.door.anew();
        let mut persisted = door.persisted().trusting(trusted);
        if settings.operations.persisted_queries != before.operations.persisted_queries {
            persisted = persisted.registering(parts::registered(&settings, link));
        }
        let other = door
            .clone()
            .limited(parts::limits(&settings.operations))
            .showing_itself(settings.access.introspection)
            .knowing(persisted)
            .still_keeping(parts::kept_answers(&settings.operations), &door)
            .rated(parts::rates(&settings));
        self.door.become_like(&other);
        self.rules.set(parts::rules(&settings));
        self.tracker
            .patience_in_force()
            .set(settings.tracker.patience);
        if settings.limits != before.limits {
            self.throttle.change(&settings.limits);
        }
        self.cooldown.last_for(settings.tracker.realtime_cooldown);
        self.in_force = settings;
        self.reloads.note_taken();
        Ok(())
    }

    /// Notes that settings were read that are wrong.
    pub fn refuse(&self) {
        self.reloads.note_refused();
    }
}
