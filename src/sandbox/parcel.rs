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
    journey: Option<Journey>,
    script: Script,
    nudge: Option<Nudge>,
    ruled: Option<Status>,
    stopped: Option<Timestamp>,
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
            journey: None,
            script,
            nudge: None,
            ruled: None,
            stopped: None,
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
            journey: Some(journey),
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

    /// The same parcel as another carrier tells of it: what the account wrote and did stays, and so does the way.
    pub fn handed_to(self, carrier: &'static Carrier) -> Self {
        let journey = self
            .journey
            .unwrap_or_else(|| Self::journey_of(&self.number));
        let retold = Self::travelling(
            &self.number,
            carrier,
            self.created,
            journey,
            self.destination,
            carrier.language,
        );
        Self {
            metadata: self.metadata,
            nudge: self.nudge,
            ruled: self.ruled,
            stopped: self.stopped,
            ..retold
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

    /// The time by the parcel's own clock, which stands still once the service has stopped to ask.
    pub fn own_time(&self, now: Timestamp) -> Timestamp {
        let now = self.last_asked(now);
        match self.nudge {
            Some(nudge) => later(now, nudge.ahead),
            None => now,
        }
    }

    /// Its status and substatus. A status that the account has ruled has no substatus.
    pub fn state(&self, now: Timestamp) -> (Status, Option<&'static str>) {
        if let Some(status) = self.ruled {
            return (status, None);
        }
        match self.script.seen(self.own_time(now)).last() {
            Some(scene) => (scene.status, Some(scene.substatus)),
            None => (Status::Pending, None),
        }
    }

    /// When the service last had news of it; never later than now, so that filters by it find nudged parcels.
    pub fn updated(&self, now: Timestamp) -> Option<Timestamp> {
        let now = self.last_asked(now);
        let newest = self.script.seen(self.own_time(now)).last()?.at;
        match self.nudge {
            Some(nudge) if newest > now => Some(nudge.at),
            _ => Some(newest),
        }
    }

    /// Says the status in place of the couriers; none lets them say it again.
    pub fn rule(&mut self, status: Option<Status>) {
        self.ruled = status;
    }

    /// Lets it stay as it is now, for good.
    pub fn stop_updating(&mut self, now: Timestamp) {
        self.stopped.get_or_insert(now);
    }

    /// Whether the service has stopped to ask about it.
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Sets its own clock to just past its next event and tells the status there; none if it stands still.
    pub fn nudge(&mut self, now: Timestamp) -> Option<Status> {
        if self.is_stopped() {
            return None;
        }
        let next = self.script.next(self.own_time(now))?;
        self.nudge = Some(Nudge {
            ahead: next.duration_since(now) + SignedDuration::from_millis(1),
            at: now,
        });
        Some(self.state(now).0)
    }

    fn last_asked(&self, now: Timestamp) -> Timestamp {
        self.stopped.map_or(now, |stopped| now.min(stopped))
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

    #[test]
    fn a_stopped_parcel_stands_still_whatever_happens() {
        let now = Timestamp::UNIX_EPOCH;
        let carrier = Carrier::find("dhl").unwrap();
        let language = Language::English;
        let mut parcel =
            Parcel::travelling("1234567890", carrier, now, JOURNEYS[1], None, language);
        parcel.nudge(now);
        let before = (parcel.state(now), parcel.updated(now));
        parcel.stop_updating(now);
        let later = later(now, SignedDuration::from_hours(1000));
        assert_eq!((parcel.state(later), parcel.updated(later)), before);
        assert_eq!(parcel.nudge(later), None);
    }
}
