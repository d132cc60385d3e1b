//! A parcel: who carries it, what the account wrote on it, and what is to happen to it.

use jiff::{SignedDuration, Timestamp};

use super::carriers::{Carrier, Reach};
use super::clock::later;
use super::countries::{COUNTRIES, Country, DESTINATIONS, Language};
use super::dice;
use super::journeys::{JOURNEYS, Journey};
use super::metadata::Metadata;
use super::script::{Route, Script};
use super::status::Status;

/// One tracking of the account. Everything that it answers follows from this and the clock.
#[derive(Debug)]
pub struct Parcel {
    /// The service's id.
    pub id: String,
    /// The tracking number as it was written at creation.
    pub number: String,
    /// Who takes it in.
    pub carrier: &'static Carrier,
    /// Who delivers it, if that is somebody else.
    pub last_mile: Option<&'static Carrier>,
    /// Where it goes, if that is known.
    pub destination: Option<&'static Country>,
    /// When it was added to the account.
    pub created: Timestamp,
    /// What the account wrote on it.
    pub metadata: Metadata,
    script: Script,
    nudge: Option<Nudge>,
}

/// How far a parcel's own clock has been pushed ahead, and when that was done last.
#[derive(Debug, Clone, Copy)]
struct Nudge {
    ahead: SignedDuration,
    at: Timestamp,
}

impl Parcel {
    /// A parcel with a script of its own.
    pub fn scripted(
        number: &str,
        carrier: &'static Carrier,
        created: Timestamp,
        script: Script,
    ) -> Self {
        Self {
            id: dice::id(&format!("{number} {}", carrier.code)),
            number: number.to_owned(),
            carrier,
            last_mile: None,
            destination: None,
            created,
            metadata: Metadata::default(),
            script,
            nudge: None,
        }
    }

    /// A parcel that goes a journey of the table to a country, by default one that its number decides.
    pub fn travelling(
        number: &str,
        carrier: &'static Carrier,
        created: Timestamp,
        journey: Journey,
        destination: Option<&'static Country>,
        language: Language,
    ) -> Self {
        let home = carrier.country();
        let abroad = || {
            let first = dice::roll(number, "destination", DESTINATIONS as u64) as usize;
            let found = (first..).map(|index| &COUNTRIES[index % DESTINATIONS]);
            found.into_iter().find(|country| *country != home)
        };
        let destination = match carrier.reach {
            Reach::Domestic => home,
            _ => destination.or_else(abroad).unwrap_or(home),
        };
        let last_mile = match (carrier.reach, destination.post) {
            (Reach::Handover, Some(post)) if destination != home => Carrier::find(post),
            _ => None,
        };
        let route = Route {
            number,
            carrier,
            last_mile,
            destination,
            language,
        };
        let script = route.play(journey, created);
        Self {
            last_mile,
            destination: Some(destination),
            ..Self::scripted(number, carrier, created, script)
        }
    }

    /// The same parcel with what the account wrote on it.
    pub fn described(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// The same parcel on its way to a country, where another carrier may deliver it.
    pub fn bound_for(self, iso: &str, last_mile: Option<&'static Carrier>) -> Self {
        let destination = Country::find(iso);
        Self {
            destination,
            last_mile,
            ..self
        }
    }

    /// The journey that a number decides, for parcels that somebody creates.
    pub fn journey_of(number: &str) -> Journey {
        let number = number.to_ascii_uppercase();
        JOURNEYS[dice::roll(&number, "journey", JOURNEYS.len() as u64) as usize]
    }

    /// What has happened to it.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// The time by the parcel's own clock.
    pub fn own_time(&self, now: Timestamp) -> Timestamp {
        match self.nudge {
            Some(nudge) => later(now, nudge.ahead),
            None => now,
        }
    }

    /// Its status and substatus.
    pub fn state(&self, now: Timestamp) -> (Status, Option<&'static str>) {
        match self.script.seen(self.own_time(now)).last() {
            Some(scene) => (scene.status, Some(scene.substatus)),
            None => (Status::Pending, None),
        }
    }

    /// When the service last had news of it; never later than now, so that filters by it find nudged parcels.
    pub fn updated(&self, now: Timestamp) -> Option<Timestamp> {
        let newest = self.script.seen(self.own_time(now)).last()?.at;
        match self.nudge {
            Some(nudge) if newest > now => Some(nudge.at),
            _ => Some(newest),
        }
    }

    /// Sets its own clock to just past its next event and tells the status there.
    pub fn nudge(&mut self, now: Timestamp) -> Option<Status> {
        let next = self.script.next(self.own_time(now))?;
        self.nudge = Some(Nudge {
            ahead: next.duration_since(now) + SignedDuration::from_millis(1),
            at: now,
        });
        Some(self.state(now).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nudge_moves_one_event_on_and_counts_as_an_update_now() {
        let now = Timestamp::UNIX_EPOCH;
        let carrier = Carrier::find("dhl").unwrap();
        let mut parcel = Parcel::travelling(
            "1234567890",
            carrier,
            now,
            JOURNEYS[1],
            Country::find("FR"),
            Language::English,
        );
        assert_eq!(parcel.state(now), (Status::Pending, None));
        assert_eq!(parcel.nudge(now), Some(Status::Transit));
        assert_eq!(parcel.state(now).1, Some("transit001"));
        assert_eq!(parcel.updated(now), Some(now));
        let rest: Vec<Status> = std::iter::from_fn(|| parcel.nudge(now)).collect();
        assert_eq!(rest.len(), JOURNEYS[1].len() - 1);
        assert_eq!(rest.last(), Some(&Status::Delivered));
    }

    #[test]
    fn domestic_parcels_cross_no_border() {
        let carrier = Carrier::find("usps").unwrap();
        let parcel = Parcel::travelling(
            "94001234567890",
            carrier,
            Timestamp::UNIX_EPOCH,
            JOURNEYS[0],
            Country::find("FR"),
            Language::English,
        );
        let scenes = parcel.script().seen(Timestamp::MAX);
        assert!(scenes.iter().all(|scene| scene.substatus != "transit004"));
        assert_eq!(parcel.destination, Some(carrier.country()));
    }
}
