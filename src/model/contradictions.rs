//! Where a tracking contradicts itself.

use jiff::SignedDuration;

use super::anomaly::Facts;
use super::{
    Anomaly, AnomalyKind, Checkpoint, Leg, LegKind, LocalTime, Precision, Status, Tracking,
};

/// The farthest that two clocks of the world differ: only a longer way back in time contradicts the courier's order.
const ZONES_APART: SignedDuration = SignedDuration::from_hours(26);

impl Tracking {
    /// Everything in which this tracking contradicts itself; mostly nothing. That it was updated before it was created
    /// is documented as normal.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let checks = [
            (AnomalyKind::MovedAfterDelivery, self.moved()),
            (AnomalyKind::StatusLags, self.lagging()),
            (AnomalyKind::CheckpointsDespiteStatus, self.despite_status()),
            (
                AnomalyKind::DeliveredWithoutCheckpoint,
                self.none_delivered(),
            ),
            (
                AnomalyKind::SubstatusContradictsStatus,
                self.substatus_of_another(),
            ),
        ];
        let disorder = self.legs().into_iter().flatten().filter_map(|(kind, leg)| {
            let facts = out_of_order(kind, leg)?;
            Some((AnomalyKind::CheckpointsOutOfOrder, Some(facts)))
        });
        checks
            .into_iter()
            .chain(disorder)
            .filter_map(|(kind, facts)| {
                Some(Anomaly {
                    kind,
                    facts: facts?,
                })
            })
            .collect()
    }

    fn legs(&self) -> [Option<(LegKind, &Leg)>; 2] {
        [
            self.origin.as_ref().map(|leg| (LegKind::Origin, leg)),
            self.destination
                .as_ref()
                .map(|leg| (LegKind::Destination, leg)),
        ]
    }

    fn rows(&self) -> impl Iterator<Item = &Checkpoint> {
        self.legs()
            .into_iter()
            .flatten()
            .flat_map(|(_, leg)| &leg.checkpoints)
    }

    /// Within a leg the courier's order tells what came later, between legs only a time that is clearly later.
    fn moved(&self) -> Option<Facts> {
        let legs = self
            .legs()
            .map(|leg| leg.map_or(&[][..], |(_, leg)| &leg.checkpoints));
        let facts = |delivered: &Checkpoint, (then, row): (&Status, &Checkpoint)| Facts::Moved {
            delivered: delivered.time.clone(),
            then: then.clone(),
            at: row.time.clone(),
        };
        for (this, other) in [(legs[0], legs[1]), (legs[1], legs[0])] {
            let is_delivered = |row: &Checkpoint| row.status == Some(Status::Delivered);
            let Some(first) = this.iter().rposition(is_delivered) else {
                continue;
            };
            let delivered = &this[first];
            let moves = this[..first].iter().find_map(moving).or_else(|| {
                let newest = other.iter().find_map(moving);
                newest.filter(|(_, row)| self.is_clearly_later(row, delivered))
            });
            if let Some(then) = moves {
                return Some(facts(delivered, then));
            }
        }
        None
    }

    /// Whether one was later than the other wherever they happened.
    fn is_clearly_later(&self, one: &Checkpoint, other: &Checkpoint) -> bool {
        if let (Some(one), Some(other)) =
            (self.zone_of(one).instant(), self.zone_of(other).instant())
        {
            return one > other;
        }
        let apart = one.time.as_ref().zip(other.time.as_ref());
        apart
            .and_then(|(one, other)| one.since(other))
            .is_some_and(|apart| apart > ZONES_APART)
    }

    /// The rows that may be the newest are those on top of each leg, unless one is clearly older than the other.
    fn lagging(&self) -> Option<Facts> {
        let timed_out = self.substatus.as_ref().is_some_and(|substatus| {
            matches!(
                substatus.as_str(),
                "exception001" | "exception002" | "exception003"
            )
        });
        let tops = self
            .legs()
            .map(|leg| leg.and_then(|(_, leg)| leg.checkpoints.iter().find(|row| is_telling(row))));
        let newest = match tops {
            [Some(one), Some(other)] if self.is_clearly_later(one, other) => [Some(one), None],
            [Some(one), Some(other)] if self.is_clearly_later(other, one) => [None, Some(other)],
            tops => tops,
        };
        let newest = || {
            newest
                .iter()
                .flatten()
                .filter_map(|row| row.status.as_ref())
        };
        let is_final = newest().any(|status| *status == Status::Delivered);
        let may_differ = match &self.status {
            // These have contradictions of their own, or are the last word.
            Status::Pending | Status::NotFound | Status::Delivered => false,
            Status::Unknown(_) => false,
            // The upstream sets these by itself when nothing happens any more.
            Status::Expired => is_final,
            Status::Exception if timed_out => is_final,
            _ => is_final || newest().all(|status| *status != self.status),
        };
        if !may_differ {
            return None;
        }
        let newest = newest().find(|status| !is_final || **status == Status::Delivered)?;
        Some(Facts::Lags {
            stated: self.status.clone(),
            newest: newest.clone(),
        })
    }

    /// A courier that was only told of a parcel has a row for that, which does not contradict `notfound`.
    fn despite_status(&self) -> Option<Facts> {
        if !matches!(self.status, Status::Pending | Status::NotFound) {
            return None;
        }
        let is_announcement = |row: &Checkpoint| {
            self.status == Status::NotFound && row.status == Some(Status::NotFound)
        };
        let checkpoints = self.rows().filter(|row| !is_announcement(row)).count();
        (checkpoints > 0).then(|| Facts::Despite {
            stated: self.status.clone(),
            checkpoints,
        })
    }

    fn none_delivered(&self) -> Option<Facts> {
        if self.status != Status::Delivered {
            return None;
        }
        let statuses = || self.rows().filter_map(|row| row.status.as_ref());
        let has_delivery = statuses().any(|status| *status == Status::Delivered);
        (!has_delivery && statuses().next().is_some()).then(|| Facts::NoneDelivered {
            checkpoints: self.rows().count(),
        })
    }

    fn substatus_of_another(&self) -> Option<Facts> {
        let substatus = self.substatus.as_ref()?;
        let implied = substatus.status();
        let is_known = |status: &Status| !matches!(status, Status::Unknown(_));
        (is_known(&implied) && is_known(&self.status) && implied != self.status).then(|| {
            Facts::Substatus {
                stated: self.status.clone(),
                substatus: substatus.clone(),
            }
        })
    }
}

/// The first row from below that is clearly older than one beneath it. Places of one leg may be zones apart.
fn out_of_order(leg: LegKind, rows: &Leg) -> Option<Facts> {
    let mut newest_below: Option<&LocalTime> = None;
    for time in rows
        .checkpoints
        .iter()
        .rev()
        .filter_map(|row| row.time.as_ref())
    {
        let Some(below) = newest_below else {
            newest_below = time.civil().map(|_| time);
            continue;
        };
        let Some(above_below) = time.since(below) else {
            continue;
        };
        // A mere day may mean its last minute.
        let leeway = match time.precision() {
            Some(Precision::Date) => ZONES_APART + SignedDuration::from_hours(24),
            _ => ZONES_APART,
        };
        if above_below < -leeway {
            return Some(Facts::OutOfOrder {
                leg,
                above: time.clone(),
                below: below.clone(),
            });
        }
        if above_below.is_positive() {
            newest_below = Some(time);
        }
    }
    None
}

fn is_telling(row: &Checkpoint) -> bool {
    moving(row).is_some() || row.status == Some(Status::Delivered)
}

/// The status of a row that says that the parcel is somewhere, and not delivered.
fn moving(row: &Checkpoint) -> Option<(&Status, &Checkpoint)> {
    let status = row.status.as_ref()?;
    let moves = matches!(
        status,
        Status::Transit | Status::Pickup | Status::Undelivered | Status::Exception
    );
    moves.then_some((status, row))
}

#[cfg(test)]
#[path = "contradictions_tests.rs"]
mod tests;
