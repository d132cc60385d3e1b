//! A place in the lines, wherever they are.

use std::sync::Arc;

use tokio::time::Instant;

use super::desk::Desk;
use super::ledger::Ticket;
use super::turn::{Giver, Turn};

/// A place in the lines; dropping it gives it up.
pub(super) struct Place<'a> {
    desk: &'a Arc<Desk>,
    pub(super) ticket: Ticket,
    pub(super) in_local: bool,
    pub(super) in_fleet: bool,
}

impl<'a> Place<'a> {
    pub(super) fn new(desk: &'a Arc<Desk>, ticket: Ticket) -> Self {
        Self {
            desk,
            ticket,
            in_local: false,
            in_fleet: false,
        }
    }

    /// Asks by another number from now on; the old one is used up.
    pub(super) fn renew(&mut self, ticket: Ticket) {
        if self.in_local {
            self.desk.local.leave(self.ticket);
            self.in_local = false;
        }
        self.ticket = ticket;
    }

    /// What was waited for.
    pub(super) fn turn(mut self, giver: Giver, given: Instant) -> Turn {
        // Whoever gave the turn has taken it off his line.
        match giver {
            Giver::Local => self.in_local = false,
            Giver::Fleet => self.in_fleet = false,
        }
        Turn::new(self.desk.clone(), self.ticket, giver, given)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let ticket = self.ticket;
        if self.in_local {
            self.desk.local.leave(ticket);
        }
        if self.in_fleet {
            self.desk
                .tell_fleet(move |fleet| async move { fleet.leave(ticket).await });
        }
    }
}
