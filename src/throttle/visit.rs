//! Somebody who is no replica and wants to make a call: he waits in the lines with the replicas, has no seat, and calls nothing
//! without Redis.

use std::time::Duration;

use super::desk::Desk;
use super::fleet::Fleet;
use super::local::Local;
use super::{Limits, Micros, Throttle};
use crate::redis_link::{Away, Link};

/// Who holds a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// His host and address; nothing for somebody of another account.
    pub name: String,
    /// For how long he has not lent his slots; nothing for whoever is there.
    pub silent_for: Option<Duration>,
}

impl Throttle {
    /// Opens the lanes of so many replicas for a visitor, for as long as the present session with Redis lasts. `end_visit`
    /// ends it.
    pub fn visiting(limits: &Limits, replicas: u32, link: Link) -> Result<Self, Away> {
        let rules = limits.rules(replicas);
        let fleet = Fleet::new(link.clone(), String::new(), &rules);
        fleet.visit()?;
        let local = Local::of_nobody(rules.clone(), link);
        Ok(Self::with(limits, rules, Desk::new(local, Some(fleet))))
    }

    /// Who holds the seats of the fleet, in their order.
    pub async fn seated(&self) -> Result<Vec<Seated>, Away> {
        let fleet = self.desk.fleet().ok_or(Away)?;
        let now = fleet.link().now().ok_or(Away)?;
        let holders = fleet.by_seats::<String>("holders").await?;
        let lent_until = fleet.by_seats::<Micros>("lent").await?;
        let mut seats: Vec<_> = holders.into_iter().collect();
        seats.sort_unstable();
        let seats = seats.into_iter().map(|(seat, token)| Seated {
            name: fleet.link().text(&token).unwrap_or_default(),
            silent_for: silence(lent_until.get(&seat).copied().unwrap_or_default(), now),
        });
        Ok(seats.collect())
    }

    /// Closes all lanes as `close` does, and returns when the replicas have been told, or cannot be.
    pub async fn close_for_all(&self, asked_for: Option<Duration>) {
        let silence = self.close(asked_for);
        if let Some(fleet) = &self.desk.fleet {
            // Without Redis nobody is there who could be told.
            let _ = fleet.close(silence).await;
        }
    }

    /// Has what the visit left behind forgotten some time.
    pub async fn end_visit(&self) {
        if let Some(fleet) = self.desk.fleet() {
            // Without Redis it was none.
            let _ = fleet.end_visit().await;
        }
    }
}

fn silence(lent_until: Micros, now: Micros) -> Option<Duration> {
    (lent_until < now).then(|| Duration::from_micros(now - lent_until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_lends_his_slots_is_there() {
        let second = Some(Duration::from_secs(1));
        for (lent_until, silent_for) in [(7_000_000, None), (6_000_000, None), (5_000_000, second)]
        {
            assert_eq!(silence(lent_until, 6_000_000), silent_for);
        }
    }
}
