//! The ways that a parcel can go, as tables of hours after it was created.

use super::events::*;

/// Who reports an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leg {
    /// The carrier that took the parcel in.
    Origin,
    /// The carrier that delivers it.
    Destination,
    /// Both, each in its own words: the timeline then has duplicates, as the service's has.
    Both,
}

/// A planned event.
#[derive(Debug)]
pub struct Step {
    /// Hours after the parcel was created.
    pub hour: u32,
    /// Who reports it.
    pub leg: Leg,
    /// What happens.
    pub event: &'static Event,
}

/// A way to go.
pub type Journey = &'static [Step];

macro_rules! journeys {
    ($($(#[doc = $title:literal])+ $($hour:literal $leg:ident $event:ident),+;)*) => {
        /// Every journey. The order matters: it decides which parcel goes which way.
        pub static JOURNEYS: &[Journey] = &[$(
            &[$(Step { hour: $hour, leg: Leg::$leg, event: &$event }),+]
        ),*];
    };
}

journeys! {
    /// The long way of the post, with all six milestones.
    2 Origin LABELLED, 6 Both ACCEPTED, 20 Origin AT_HUB, 30 Origin DISPATCHED, 44 Origin DEPARTED,
    70 Both ARRIVED, 76 Destination AT_CUSTOMS, 90 Destination CLEARED, 101 Destination ON_THE_ROAD,
    130 Destination AT_OFFICE, 134 Destination OUT, 141 Destination DELIVERED;

    /// The short way of an express courier.
    1 Origin ACCEPTED, 6 Origin AT_HUB, 12 Origin DEPARTED, 26 Destination ARRIVED,
    28 Destination CLEARED, 33 Destination AT_OFFICE, 36 Destination OUT, 42 Destination SIGNED;

    /// Fetched at the counter.
    2 Origin ACCEPTED, 18 Origin DISPATCHED, 50 Both ARRIVED, 62 Destination AT_OFFICE,
    68 Destination AT_COUNTER, 130 Destination COLLECTED;

    /// Left at the door after a call.
    2 Origin ACCEPTED, 18 Origin AT_HUB, 40 Destination ARRIVED, 55 Destination AT_OFFICE,
    57 Destination CALLED, 60 Destination OUT, 66 Destination AT_DOOR;

    /// Nobody at home, delivered on the second day.
    3 Origin ACCEPTED, 20 Origin DEPARTED, 48 Destination ARRIVED, 60 Destination AT_OFFICE,
    63 Destination OUT, 70 Destination ABSENT, 87 Destination OUT, 92 Destination DELIVERED;

    /// A bad address, sent back to where it came from.
    2 Origin ACCEPTED, 24 Origin DEPARTED, 60 Destination ARRIVED, 75 Destination OUT,
    80 Destination BAD_ADDRESS, 140 Destination GOING_BACK, 260 Origin RETURNED;

    /// The recipient is not found, and so it stays.
    2 Origin ACCEPTED, 24 Origin DEPARTED, 60 Destination ARRIVED, 75 Destination OUT, 80 Destination NOBODY;

    /// A delivery that fails for other reasons, then works.
    2 Origin ACCEPTED, 24 Origin AT_HUB, 48 Destination AT_OFFICE, 52 Destination OUT,
    60 Destination FAILED, 76 Destination OUT, 83 Destination SIGNED;

    /// Held by customs for a while.
    2 Origin LABELLED, 9 Origin ACCEPTED, 30 Origin DISPATCHED, 66 Both ARRIVED, 70 Destination AT_CUSTOMS,
    80 Destination HELD, 160 Destination CLEARED, 190 Destination OUT, 198 Destination DELIVERED;

    /// Refused at the door, on its way back.
    2 Origin ACCEPTED, 24 Origin DEPARTED, 60 Destination ARRIVED, 75 Destination OUT,
    80 Destination REFUSED, 100 Destination GOING_BACK;

    /// Waited at the counter in vain.
    2 Origin ACCEPTED, 30 Origin DEPARTED, 60 Destination AT_OFFICE, 64 Destination AT_COUNTER, 240 Destination UNCLAIMED;

    /// Damaged on the way.
    2 Origin ACCEPTED, 20 Origin AT_HUB, 50 Destination ARRIVED, 58 Destination DAMAGED;

    /// Announced, then cancelled.
    3 Origin LABELLED, 30 Origin CANCELLED;

    /// Delayed by the weather, delivered all the same.
    2 Origin ACCEPTED, 20 Origin DEPARTED, 44 Destination ARRIVED, 50 Destination TROUBLE,
    90 Destination AT_OFFICE, 94 Destination OUT, 101 Destination DELIVERED;

    /// Lost from sight; the service gives up after thirty days.
    2 Origin ACCEPTED, 20 Origin AT_HUB, 40 Origin DISPATCHED, 760 Origin GIVEN_UP;

    /// Never seen by any courier.
    3 Origin UNKNOWN;

    /// Announced and never handed over.
    3 Origin LABELLED;

    /// Scanned once more after delivery, so that the newest row contradicts an older one.
    2 Origin ACCEPTED, 20 Origin AT_HUB, 44 Destination ARRIVED, 60 Destination OUT,
    66 Destination DELIVERED, 72 Destination ON_THE_ROAD;

    /// By sea: weeks between rows, still under way at the end.
    4 Origin ACCEPTED, 48 Origin AT_HUB, 96 Origin DISPATCHED, 500 Destination ARRIVED, 560 Destination CLEARED;

    /// Sorted twice and delivered the next morning.
    1 Origin ACCEPTED, 5 Origin AT_HUB, 9 Origin ON_THE_ROAD, 15 Destination AT_OFFICE,
    18 Destination OUT, 22 Destination DELIVERED;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_by_an_hour_at_least() {
        for journey in JOURNEYS {
            assert!(journey.windows(2).all(|pair| pair[0].hour < pair[1].hour));
        }
    }

    #[test]
    fn every_event_happens_on_some_journey() {
        for event in EVENTS {
            let happens = |step: &Step| std::ptr::eq(step.event, *event);
            assert!(JOURNEYS.iter().any(|journey| journey.iter().any(happens)));
        }
    }
}
