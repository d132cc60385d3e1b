//! All parcels of the account.

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use super::carriers::{CARRIERS, Carrier, WITH_PARCELS};
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
    /// The landmarks and so many generated parcels. 320 are one of each of the first 16 carriers on every
    /// journey, each at another point of its way; more go the same ways again.
    pub fn new(epoch: Timestamp, generated: usize) -> Self {
        let mut world = Self {
            parcels: IndexMap::new(),
        };
        landmarks(epoch)
            .into_iter()
            .for_each(|parcel| world.add(parcel));
        (0..generated).for_each(|index| world.generate(index, epoch));
        world
    }

    /// Adds the generated parcel with this index, under the first number that is still free.
    fn generate(&mut self, index: usize, epoch: Timestamp) {
        let carrier = &CARRIERS[index % WITH_PARCELS];
        let seeds = (0..).map(|again| match again {
            0 => format!("parcel {index}"),
            _ => format!("parcel {index}, again {again}"),
        });
        let mut numbers = seeds.map(|seed| carrier.format.number(&seed));
        if let Some(number) = numbers.find(|number| self.find(carrier, number).is_none()) {
            self.add(generated(index, carrier, &number, epoch));
        }
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

    /// The same, to be changed.
    pub fn find_mut(&mut self, carrier: &'static Carrier, number: &str) -> Option<&mut Parcel> {
        self.parcels
            .get_mut(&(number.to_ascii_uppercase(), carrier.code))
    }

    /// Takes the parcel with this number of this carrier out of the account.
    pub fn remove(&mut self, carrier: &'static Carrier, number: &str) -> Option<Parcel> {
        self.parcels
            .shift_remove(&(number.to_ascii_uppercase(), carrier.code))
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

fn generated(index: usize, carrier: &'static Carrier, number: &str, epoch: Timestamp) -> Parcel {
    let carriers = WITH_PARCELS;
    let journey = JOURNEYS[index / carriers % JOURNEYS.len()];
    // The carriers take turns in being ahead on a journey; the last few stand past its end.
    let phase = ((index + index / carriers * 5) % carriers) as i64;
    let minutes = journey.last().map_or(0, |step| i64::from(step.hour) * 60);
    let age = 30 + minutes * 7 / 5 * phase / carriers as i64;
    let created = later(
        epoch,
        SignedDuration::from_secs(-(age * 60 + index as i64 % 60)),
    );
    let metadata = Metadata::generated(index, number, created);
    Parcel::travelling(number, carrier, created, journey, None, carrier.language)
        .described(metadata)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::dice;
    use super::super::settings::Settings;
    use super::*;

    const EPOCH: Timestamp = Timestamp::UNIX_EPOCH;
    const DEFAULT: usize = WITH_PARCELS * JOURNEYS.len();

    #[test]
    fn there_are_at_least_240_parcels_and_no_two_share_a_key() {
        let count = World::new(EPOCH, DEFAULT).parcels().len();
        assert_eq!(count, DEFAULT + 4);
        assert!(count >= 240);
        assert_eq!(DEFAULT, Settings::default().parcels);
    }

    #[test]
    fn every_status_is_present_at_the_start() {
        let world = World::new(EPOCH, DEFAULT);
        for status in Status::ALL {
            let at_start = world
                .parcels()
                .filter(|parcel| parcel.state(EPOCH).0 == status);
            assert!(at_start.count() >= 3, "{status:?}");
        }
    }

    #[test]
    fn most_substatuses_are_present_at_the_start() {
        let world = World::new(EPOCH, DEFAULT);
        let seen: HashSet<_> = world
            .parcels()
            .map(|parcel| parcel.state(EPOCH).1)
            .collect();
        assert!(seen.len() >= 24, "{seen:?}");
    }

    #[test]
    fn many_parcels_have_two_legs_and_some_are_archived() {
        let world = World::new(EPOCH, DEFAULT);
        assert!(world.parcels().filter(|p| p.last_mile.is_some()).count() > 100);
        assert!(world.parcels().any(|p| p.metadata.archived));
        assert!(world.parcels().all(|p| p.last_mile != Some(p.carrier)));
    }

    #[test]
    fn two_worlds_are_the_same() {
        let numbers = || {
            World::new(EPOCH, DEFAULT)
                .parcels()
                .map(|p| p.id.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(), numbers());
    }

    #[test]
    fn a_larger_world_begins_with_the_default_one() {
        let small = World::new(EPOCH, DEFAULT);
        let large = World::new(EPOCH, 5000);
        assert_eq!(large.parcels().len(), 5004);
        let ids = |world: &World| -> Vec<String> {
            let first = world.parcels().take(DEFAULT + 4);
            first.map(|parcel| parcel.id.clone()).collect()
        };
        assert_eq!(ids(&small), ids(&large));
    }

    #[test]
    fn the_default_world_is_the_one_that_readers_know() {
        let all: Vec<String> = World::new(EPOCH, DEFAULT)
            .parcels()
            .map(|p| format!("{} {} {}", p.id, p.created, p.metadata.title))
            .collect();
        assert_eq!(dice::id(&all.join(",")), "50b3d06888f2f2abb3353819c6f76130");
    }
}
