//! All parcels of the account.

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::carriers::{CARRIERS, Carrier};
use super::clock::later;
use super::journeys::JOURNEYS;
use super::landmarks::landmarks;
use super::metadata::Metadata;
use super::parcel::Parcel;
use super::status::Status;

/// The parcels, by number in upper case and carrier: the service compares numbers without regard to case.
#[derive(Debug)]
pub struct World {
    parcels: IndexMap<(String, &'static str), Parcel>,
}

impl World {
    /// The landmarks, and one parcel of every carrier on every journey, each at another point of its way.
    pub fn new(epoch: Timestamp) -> Self {
        let mut world = Self {
            parcels: IndexMap::new(),
        };
        landmarks(epoch)
            .into_iter()
            .for_each(|parcel| world.add(parcel));
        let count = CARRIERS.len() * JOURNEYS.len();
        (0..count).for_each(|index| world.add(generated(index, epoch)));
        world
    }

    /// Adds a parcel; one with the same number and carrier must not be there.
    pub fn add(&mut self, parcel: Parcel) {
        let key = (parcel.number.to_ascii_uppercase(), parcel.carrier.code);
        self.parcels.insert(key, parcel);
    }

    /// The parcel with this number of this carrier.
    pub fn find(&self, carrier: &'static Carrier, number: &str) -> Option<&Parcel> {
        self.parcels
            .get(&(number.to_ascii_uppercase(), carrier.code))
    }

    /// All parcels, oldest entry first.
    pub fn parcels(&self) -> impl ExactSizeIterator<Item = &Parcel> {
        self.parcels.values()
    }

    /// Moves every parcel of this number one event on; tells the status of the last one that moved.
    pub fn nudge(&mut self, number: &str, now: Timestamp) -> Option<Status> {
        let same = |parcel: &&mut Parcel| parcel.number.eq_ignore_ascii_case(number);
        let parcels = self.parcels.values_mut().filter(same);
        parcels.filter_map(|parcel| parcel.nudge(now)).last()
    }
}

fn generated(index: usize, epoch: Timestamp) -> Parcel {
    let carriers = CARRIERS.len();
    let carrier = &CARRIERS[index % carriers];
    let journey = JOURNEYS[index / carriers];
    let number = carrier.format.number(&format!("parcel {index}"));
    // The carriers take turns in being ahead on a journey; the last few stand past its end.
    let phase = ((index + index / carriers * 5) % carriers) as i64;
    let minutes = journey.last().map_or(0, |step| i64::from(step.hour) * 60);
    let age = 30 + minutes * 7 / 5 * phase / carriers as i64;
    let created = later(
        epoch,
        SignedDuration::from_secs(-(age * 60 + index as i64 % 60)),
    );
    let metadata = Metadata::generated(index, &number, created);
    Parcel::travelling(&number, carrier, created, journey, None, carrier.language)
        .described(metadata)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const EPOCH: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn there_are_at_least_240_parcels_and_no_two_share_a_key() {
        let count = World::new(EPOCH).parcels().len();
        assert_eq!(count, CARRIERS.len() * JOURNEYS.len() + 4);
        assert!(count >= 240);
    }

    #[test]
    fn every_status_is_present_at_the_start() {
        let world = World::new(EPOCH);
        for status in Status::ALL {
            let at_start = world
                .parcels()
                .filter(|parcel| parcel.state(EPOCH).0 == status);
            assert!(at_start.count() >= 3, "{status:?}");
        }
    }

    #[test]
    fn most_substatuses_are_present_at_the_start() {
        let world = World::new(EPOCH);
        let seen: HashSet<_> = world
            .parcels()
            .map(|parcel| parcel.state(EPOCH).1)
            .collect();
        assert!(seen.len() >= 24, "{seen:?}");
    }

    #[test]
    fn many_parcels_have_two_legs_and_some_are_archived() {
        let world = World::new(EPOCH);
        assert!(world.parcels().filter(|p| p.last_mile.is_some()).count() > 100);
        assert!(world.parcels().any(|p| p.metadata.archived));
        assert!(world.parcels().all(|p| p.last_mile != Some(p.carrier)));
    }

    #[test]
    fn two_worlds_are_the_same() {
        let numbers = || {
            World::new(EPOCH)
                .parcels()
                .map(|p| p.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(), numbers());
    }
}
