//! One honest list of what happened, out of what two couriers report.

use std::iter::Peekable;
use std::slice;

use super::{Checkpoint, Leg};

/// Which courier reported something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegKind {
    /// The sender's courier.
    Origin,
    /// The recipient's courier.
    Destination,
}

/// A checkpoint and who reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineEntry<'a> {
    /// Who reported it.
    pub leg: LegKind,
    /// What was reported.
    pub checkpoint: &'a Checkpoint,
}

/// Merges both legs, newest first. Within a leg the courier's own order stands; between legs local times are compared,
/// which is as honest as times without zones allow. An event that both couriers report in the same words and minute is
/// listed once, as the origin's.
pub(super) fn merge<'a>(
    origin: Option<&'a Leg>,
    destination: Option<&'a Leg>,
) -> Vec<TimelineEntry<'a>> {
    let origin = origin.map_or(&[][..], |leg| &leg.checkpoints);
    let destination: Vec<&Checkpoint> = destination
        .map_or(&[][..], |leg| &leg.checkpoints)
        .iter()
        .filter(|late| !origin.iter().any(|early| are_twins(early, late)))
        .collect();
    let mut entries = Vec::with_capacity(origin.len() + destination.len());
    let mut origin: Peekable<slice::Iter<'_, Checkpoint>> = origin.iter().peekable();
    for checkpoint in destination {
        while let Some(earlier_leg) = origin.next_if(|head| is_newer(head, checkpoint)) {
            entries.push(TimelineEntry {
                leg: LegKind::Origin,
                checkpoint: earlier_leg,
            });
        }
        entries.push(TimelineEntry {
            leg: LegKind::Destination,
            checkpoint,
        });
    }
    entries.extend(origin.map(|checkpoint| TimelineEntry {
        leg: LegKind::Origin,
        checkpoint,
    }));
    entries
}

fn is_newer(one: &Checkpoint, other: &Checkpoint) -> bool {
    match (minute(one), minute(other)) {
        (Some(one), Some(other)) => one > other,
        _ => false,
    }
}

fn are_twins(one: &Checkpoint, other: &Checkpoint) -> bool {
    let words = |checkpoint: &Checkpoint| checkpoint.description.as_deref().map(str::to_lowercase);
    minute(one).is_some() && minute(one) == minute(other) && words(one) == words(other)
}

/// Legs differ in whether they write seconds, so they are compared by the minute.
fn minute(checkpoint: &Checkpoint) -> Option<jiff::civil::DateTime> {
    let civil = checkpoint.time.as_ref()?.civil()?;
    civil.with().second(0).subsec_nanosecond(0).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LocalTime;

    fn leg(rows: &[(&str, &str)]) -> Leg {
        Leg {
            checkpoints: rows
                .iter()
                .map(|(time, text)| Checkpoint {
                    time: LocalTime::parse(time),
                    description: Some((*text).to_owned()),
                    ..Checkpoint::default()
                })
                .collect(),
            ..Leg::default()
        }
    }

    fn texts(origin: &Leg, destination: &Leg) -> Vec<String> {
        merge(Some(origin), Some(destination))
            .iter()
            .filter_map(|entry| entry.checkpoint.description.clone())
            .collect()
    }

    #[test]
    fn two_legs_make_one_list_newest_first() {
        let origin = leg(&[
            ("2018-04-09 10:00:30", "left"),
            ("2018-04-07 16:45:00", "taken in"),
        ]);
        let destination = leg(&[
            ("2018-04-12 08:00", "delivered"),
            ("2018-04-08 08:00", "announced"),
        ]);
        assert_eq!(
            texts(&origin, &destination),
            ["delivered", "left", "announced", "taken in"]
        );
    }

    #[test]
    fn an_event_that_both_report_is_listed_once() {
        let origin = leg(&[("2018-04-07 16:45:00", "Acceptance")]);
        let destination = leg(&[("2018-04-07 16:45", "acceptance")]);
        assert_eq!(texts(&origin, &destination), ["Acceptance"]);
    }

    #[test]
    fn a_row_without_a_time_keeps_its_place_in_its_leg() {
        let origin = leg(&[("2018-04-09 10:00", "b"), ("", "a")]);
        let destination = leg(&[("2018-04-08 10:00", "c")]);
        assert_eq!(texts(&origin, &destination), ["b", "c", "a"]);
    }
}
