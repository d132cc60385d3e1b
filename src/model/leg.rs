//! One courier's part of a journey.

use serde::{Deserialize, Deserializer, Serialize};

use super::{CarrierCode, Checkpoint, LocalTime, Text};

/// What one courier reports of a parcel: the sender's courier or the recipient's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leg {
    /// The courier of this leg.
    pub carrier: Option<CarrierCode>,
    /// The courier's own number for it.
    pub reference_number: Option<Text>,
    /// The courier's web site.
    pub weblink: Option<Text>,
    /// The courier's hotline.
    pub phone: Option<Text>,
    /// The marked points of an international journey, which most couriers never report.
    pub milestones: Option<Box<Milestones>>,
    /// What the courier reported, newest first; the order counts, not the times.
    #[serde(deserialize_with = "in_little_room")]
    pub checkpoints: Box<[Checkpoint]>,
}

impl Leg {
    /// Whether the courier has reported anything; the upstream also sends legs of nothing but nulls.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// A leg after a newer report. What the report lacks stays as it was.
    pub(super) fn refreshed(known: Option<Self>, report: Option<Self>) -> Option<Self> {
        let (known, report) = match (known, report) {
            (Some(known), Some(report)) => (known, report),
            (known, report) => return report.or(known),
        };
        Some(Self {
            carrier: report.carrier.or(known.carrier),
            reference_number: report.reference_number.or(known.reference_number),
            weblink: report.weblink.or(known.weblink),
            phone: report.phone.or(known.phone),
            milestones: Milestones::refreshed(known.milestones, report.milestones),
            checkpoints: if report.checkpoints.is_empty() {
                known.checkpoints
            } else {
                report.checkpoints
            },
        })
    }
}

/// Reads rows into no more room than they take: an allocator may leave what is only shrunk where it is.
fn in_little_room<'de, D: Deserializer<'de>>(rows: D) -> Result<Box<[Checkpoint]>, D::Error> {
    let rows = Vec::<Checkpoint>::deserialize(rows)?;
    let mut checkpoints = Vec::with_capacity(rows.len());
    checkpoints.extend(rows);
    Ok(checkpoints.into())
}

/// The marked points of an international journey. Couriers do not report them in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Milestones {
    /// The first information of the parcel.
    pub received: Option<LocalTime>,
    /// It left the outward office of exchange.
    pub dispatched: Option<LocalTime>,
    /// It reached the airport of departure.
    pub departed_airport: Option<LocalTime>,
    /// It arrived in the destination country.
    pub arrived_abroad: Option<LocalTime>,
    /// It was handed to customs.
    pub customs_clearance: Option<LocalTime>,
    /// It reached the delivery office.
    pub arrived_destination: Option<LocalTime>,
}

impl Milestones {
    /// As a leg keeps them: nothing, if none was reached.
    pub fn if_any(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    /// Those after a newer report. What the report lacks stays as it was.
    fn refreshed(known: Option<Box<Self>>, report: Option<Box<Self>>) -> Option<Box<Self>> {
        let (before, after) = match (known, report) {
            (Some(known), Some(report)) => (*known, *report),
            (known, report) => return report.or(known),
        };
        Some(Box::new(Self {
            received: after.received.or(before.received),
            dispatched: after.dispatched.or(before.dispatched),
            departed_airport: after.departed_airport.or(before.departed_airport),
            arrived_abroad: after.arrived_abroad.or(before.arrived_abroad),
            customs_clearance: after.customs_clearance.or(before.customs_clearance),
            arrived_destination: after.arrived_destination.or(before.arrived_destination),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milestones(received: &str, dispatched: &str) -> Option<Box<Milestones>> {
        Milestones {
            received: LocalTime::parse(received),
            dispatched: LocalTime::parse(dispatched),
            ..Milestones::default()
        }
        .if_any()
    }

    #[test]
    fn no_milestone_is_none_at_all() {
        assert_eq!(milestones("", ""), None);
    }

    #[test]
    fn a_report_without_a_milestone_leaves_it_as_it_was() {
        let (first, second) = ("2018-04-07 16:45", "2018-04-08 10:00");
        for (known, report, merged) in [
            ((first, ""), ("", second), (first, second)),
            ((first, first), (second, ""), (second, first)),
            (("", ""), (first, ""), (first, "")),
            ((first, ""), ("", ""), (first, "")),
        ] {
            let [known, report, merged] =
                [known, report, merged].map(|(received, dispatched)| Leg {
                    milestones: milestones(received, dispatched),
                    ..Leg::default()
                });
            assert_eq!(Leg::refreshed(Some(known), Some(report)), Some(merged));
        }
    }
}
