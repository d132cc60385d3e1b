//! One honest list of what happened, out of what two couriers report.

use std::collections::HashSet;
use std::sync::OnceLock;

use jiff::civil::{Date, DateTime};

use super::text::folded;
use super::{Checkpoint, Leg, LocalTime, Precision};

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

/// The order of the checkpoints of a tracking, found out when it is asked for first. It does not belong to what is known of it:
/// a copy, which may be about to change, finds it out anew.
#[derive(Debug, Default)]
pub struct Order(OnceLock<Option<Box<[Spot]>>>);

/// Where a checkpoint is: in which leg, and at which place of it.
type Spot = (LegKind, u16);

impl Clone for Order {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Order {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Order {}

impl Order {
    /// Both legs as one list, whose order this is.
    pub(super) fn merged<'a>(
        &self,
        origin: Option<&'a Leg>,
        destination: Option<&'a Leg>,
    ) -> Vec<TimelineEntry<'a>> {
        let rows = |leg| match leg {
            LegKind::Origin => origin.map_or(&[][..], |leg| &leg.checkpoints),
            LegKind::Destination => destination.map_or(&[][..], |leg| &leg.checkpoints),
        };
        let spots = self.0.get_or_init(|| {
            let entries = merge(origin, destination).into_iter();
            let spots = entries.map(|entry| {
                let from = rows(entry.leg).as_ptr().addr();
                let place = (&raw const *entry.checkpoint).addr() - from;
                let place = place / size_of::<Checkpoint>();
                Some((entry.leg, u16::try_from(place).ok()?))
            });
            spots.collect()
        });
        let Some(spots) = spots else {
            return merge(origin, destination);
        };
        let entries = spots.iter().filter_map(|&(leg, place)| {
            let checkpoint = rows(leg).get(usize::from(place))?;
            Some(TimelineEntry { leg, checkpoint })
        });
        entries.collect()
    }
}

/// Up to so many rows are compared one by one sooner than they are hashed.
const FEW: usize = 32;

/// Merges both legs, newest first. Within a leg the courier's own order stands. Between legs times are compared: as
/// moments where both state an offset, else as wall times, which is as honest as times without zones allow. An event
/// that both couriers report in the same words and minute is listed once, as the origin's, and a row that a courier
/// repeats word for word once, too.
fn merge<'a>(origin: Option<&'a Leg>, destination: Option<&'a Leg>) -> Vec<TimelineEntry<'a>> {
    let mut origin = without_repeats(origin);
    let mut destination = without_repeats(destination);
    drop_twins(&mut origin, &mut destination);
    let mut origin = aged(origin, LegKind::Origin).into_iter().peekable();
    let mut entries = Vec::with_capacity(origin.len() + destination.len());
    for row in aged(destination, LegKind::Destination) {
        while let Some(newer) = origin.next_if(|head| is_newer(head.time, row.time)) {
            entries.push(newer.entry);
        }
        entries.push(row.entry);
    }
    entries.extend(origin.map(|row| row.entry));
    entries
}

fn without_repeats(leg: Option<&Leg>) -> Vec<&Checkpoint> {
    let rows = leg.map_or(&[][..], |leg| &leg.checkpoints);
    let mut seen = HashSet::new();
    let mut is_new = |at: usize, row| match rows.len() <= FEW {
        true => !rows[..at].iter().any(|other| is_same(other, row)),
        false => seen.insert(row),
    };
    let told = rows.iter().enumerate();
    // Two rows without a time may well be two events.
    let told = told.filter(|(at, row)| row.time.is_none() || is_new(*at, row));
    told.map(|(_, row)| row).collect()
}

/// Whether two rows say the same. Most differ in their times, for which their texts need not be looked at.
fn is_same(one: &Checkpoint, other: &Checkpoint) -> bool {
    let civil = |row: &Checkpoint| row.time.as_ref().and_then(LocalTime::civil);
    civil(one) == civil(other) && one == other
}

/// What makes an event of the other leg the same one, together with its words.
#[derive(PartialEq, Eq, Hash)]
enum When {
    /// To the minute, between two times that state an offset: minutes since the epoch.
    Moment(i64),
    /// To the minute of the wall; which of two times states an offset does not matter as long as not both do.
    Wall(DateTime, Offset),
    /// Some time of this day.
    Day(Date),
    /// A time that is no more than this day.
    MereDay(Date),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Offset {
    Stated,
    Unstated,
}

/// Drops what both legs tell. The destination's row goes, unless the origin's has only the day and the other more.
fn drop_twins(origin: &mut Vec<&Checkpoint>, destination: &mut Vec<&Checkpoint>) {
    if origin.is_empty() || destination.is_empty() {
        return;
    }
    let times_of_destination = Times::of(destination);
    if !origin.iter().any(|row| times_of_destination.may_have(row)) {
        return;
    }
    let times_of_origin = Times::of(origin);
    // The words of most rows are of no interest, because the other courier told nothing at that time.
    let words_of = |row: &Checkpoint, others: &Times| match others.may_have(row) {
        true => words(row),
        false => String::new(),
    };
    let words_of_origin = origin.iter();
    let words_of_origin: Vec<String> = words_of_origin
        .map(|row| words_of(row, &times_of_destination))
        .collect();
    let mut told = HashSet::new();
    let telling = origin.iter().zip(&words_of_origin);
    for (row, words) in telling.filter(|(_, words)| !words.is_empty()) {
        told.extend(
            marks(row)
                .into_iter()
                .flatten()
                .map(|when| (when, &**words)),
        );
    }
    let mut told_better = HashSet::new();
    destination.retain(|row| {
        let words = words_of(row, &times_of_origin);
        let Some((time, precision)) = timed(row).filter(|_| !words.is_empty()) else {
            return true;
        };
        let day = time.civil().map_or(Date::ZERO, DateTime::date);
        let is_told = |when| told.contains(&(when, words.as_str()));
        if precision == Precision::Date {
            return !is_told(When::Day(day));
        }
        if same_minute(time).into_iter().flatten().any(is_told) {
            return false;
        }
        if is_told(When::MereDay(day)) {
            told_better.insert((day, words));
        }
        true
    });
    let mut words_of_origin = words_of_origin.into_iter();
    origin.retain(|row| {
        let words = words_of_origin.next().unwrap_or_default();
        let mere_day = timed(row)
            .filter(|(_, precision)| *precision == Precision::Date)
            .and_then(|(time, _)| time.civil());
        mere_day.is_none_or(|day| !told_better.contains(&(day.date(), words)))
    });
}

/// When a courier told something, roughly.
struct Times {
    /// In their order.
    days: Vec<Date>,
    has_moments: bool,
}

impl Times {
    fn of(rows: &[&Checkpoint]) -> Self {
        let times = rows.iter().filter_map(|row| row.time.as_ref());
        let mut days: Vec<_> = times.clone().filter_map(LocalTime::civil).collect();
        days.sort_unstable();
        Self {
            days: days.into_iter().map(DateTime::date).collect(),
            has_moments: times.clone().any(|time| time.offset().is_some()),
        }
    }

    /// Whether one of them can be that of this row: on the same day of the wall, or at the same moment.
    fn may_have(&self, row: &Checkpoint) -> bool {
        let Some(time) = &row.time else {
            return false;
        };
        let day = time.civil().map(DateTime::date);
        day.is_some_and(|day| self.days.binary_search(&day).is_ok())
            || (self.has_moments && time.offset().is_some())
    }
}

/// Under which marks a row of the origin is found.
fn marks(row: &Checkpoint) -> [Option<When>; 3] {
    let Some((time, precision)) = timed(row) else {
        return [None, None, None];
    };
    let day = time.civil().map(DateTime::date);
    if precision == Precision::Date {
        return [day.map(When::Day), day.map(When::MereDay), None];
    }
    let wall = time
        .minute()
        .map(|minute| When::Wall(minute, has_offset(time)));
    [day.map(When::Day), wall, moment(time)]
}

/// Under which marks a row of the destination finds its twin.
fn same_minute(time: &LocalTime) -> [Option<When>; 2] {
    let wall = |offset| time.minute().map(|minute| When::Wall(minute, offset));
    match has_offset(time) {
        Offset::Stated => [moment(time), wall(Offset::Unstated)],
        Offset::Unstated => [wall(Offset::Stated), wall(Offset::Unstated)],
    }
}

fn moment(time: &LocalTime) -> Option<When> {
    let seconds = time.instant()?.as_second();
    Some(When::Moment(seconds.div_euclid(60)))
}

fn has_offset(time: &LocalTime) -> Offset {
    match time.offset() {
        Some(_) => Offset::Stated,
        None => Offset::Unstated,
    }
}

fn timed(row: &Checkpoint) -> Option<(&LocalTime, Precision)> {
    let time = row.time.as_ref()?;
    Some((time, time.precision()?))
}

fn words(row: &Checkpoint) -> String {
    row.description.as_deref().map(folded).unwrap_or_default()
}

struct Row<'a> {
    entry: TimelineEntry<'a>,
    /// Its own time, or that of an older row of its leg if the courier puts it above a later time or gives it none.
    /// `None` is older than everything.
    time: Option<&'a LocalTime>,
}

fn aged(rows: Vec<&Checkpoint>, leg: LegKind) -> Vec<Row<'_>> {
    let mut below: Option<&LocalTime> = None;
    let mut aged: Vec<_> = rows
        .into_iter()
        .rev()
        .map(|checkpoint| {
            if let Some((time, _)) = timed(checkpoint)
                && is_newer(Some(time), below)
            {
                below = Some(time);
            }
            Row {
                entry: TimelineEntry { leg, checkpoint },
                time: below,
            }
        })
        .collect();
    aged.reverse();
    aged
}

/// Legs differ in whether they write seconds, so they are compared by the minute.
fn is_newer(one: Option<&LocalTime>, other: Option<&LocalTime>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_some() && other.is_none();
    };
    match (moment(one), moment(other)) {
        (Some(When::Moment(one)), Some(When::Moment(other))) => one > other,
        _ => one.minute() > other.minute(),
    }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
