//! Who sits down and stands up.

use super::super::seats::Chart;
use super::*;

/// What Redis does for a fleet; in Rust it serves to hold the rule to its promises.
impl Ledger {
    /// A replica sits down and tells what it did alone.
    pub(in crate::throttle) fn sit_down(
        &mut self,
        name: &str,
        lent_until: Micros,
        remembered: &Chart,
        alone: &[(Ticket, Micros)],
        now: Micros,
    ) -> Option<u32> {
        for (ticket, at) in alone {
            for limit in limits_of(ticket.lane) {
                self.windows[*limit].tell(ticket.number, *at);
            }
        }
        let seats = self.seats.as_mut()?;
        seats.sit_down(name, lent_until, remembered, now)
    }

    /// Who sits where.
    pub(in crate::throttle) fn chart(&self) -> Chart {
        let chart = self.seats.as_ref().map(Seats::chart);
        chart.unwrap_or_default()
    }

    pub(in crate::throttle) fn stand_up(&mut self, name: &str) {
        if let Some(seats) = &mut self.seats {
            seats.stand_up(name);
        }
    }
}
