//! What Redis does, with the ledger in memory for the scripts.

use super::replica::{Command, Said};
use crate::throttle::Micros;
use crate::throttle::ledger::{Ledger, Rules, Verdict};
use crate::throttle::seats::Seats;

/// Redis. Empty until something is asked of it.
#[derive(Debug, Default)]
pub(super) struct Store {
    ledger: Option<Ledger>,
    waiting: std::collections::HashSet<u64>,
    closed_until: Micros,
}

impl Store {
    pub(super) fn closed_until(&self) -> Micros {
        self.closed_until
    }

    pub(super) fn does(&mut self, command: &Command, rules: &Rules, now: Micros) -> Said {
        let ledger = self.ledger.get_or_insert_with(|| {
            let mut ledger = Ledger::new(rules.clone());
            ledger.seat(Some(Seats::new(rules.plan, now)));
            ledger
        });
        match command {
            Command::Ask(ticket, client) => {
                if self.waiting.insert(ticket.number) {
                    let joined = ledger.join(*ticket, client, Micros::MAX, now);
                    assert!(joined.is_ok(), "{joined:?}");
                }
                let verdict = ledger.turn(*ticket, now);
                if verdict == Verdict::Go {
                    assert!(now >= self.closed_until, "a turn was given in a silence");
                    self.waiting.remove(&ticket.number);
                }
                Said::Verdict(verdict)
            }
            Command::Leave(ticket) => {
                ledger.leave(*ticket);
                self.waiting.remove(&ticket.number);
                Said::Done
            }
            Command::Delayed(ticket) => {
                ledger.delayed(*ticket, now);
                Said::Done
            }
            Command::Answered(ticket) => {
                ledger.answered(*ticket, now);
                Said::Done
            }
            Command::Close(silence) => {
                ledger.close(now + silence);
                self.closed_until = self.closed_until.max(now + silence);
                Said::Done
            }
            Command::SitDown {
                name,
                lent_until,
                closed_until,
                chart,
                alone,
            } => {
                ledger.close(*closed_until);
                self.closed_until = self.closed_until.max(*closed_until);
                let seat = ledger.sit_down(name, *lent_until, chart, alone, now);
                Said::Seat(seat, self.closed_until, ledger.chart())
            }
        }
    }
}
