//! What happens to one parcel and when: its state at any time is read from here.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::carriers::Carrier;
use super::clock::later;
use super::countries::{Country, Language};
use super::dice;
use super::events::{Event, Milestone, Place, UNKNOWN};
use super::journeys::{Journey, Leg, Step};
use super::landmarks;
use super::status::Status;

/// One event of a parcel's life.
#[derive(Debug, Clone)]
pub struct Scene {
    /// When it happens.
    pub at: Timestamp,
    /// The parcel's status from then on.
    pub status: Status,
    /// Its substatus from then on.
    pub substatus: &'static str,
    /// The milestone it sets.
    pub node: Option<Milestone>,
    /// What each leg writes; silent scenes have none.
    pub rows: Vec<Row>,
}

/// A checkpoint as one courier writes it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The leg in whose list it stands: never `Both`.
    pub leg: Leg,
    /// The time on the wall of the place.
    pub local: DateTime,
    /// What the courier wrote.
    pub words: Words,
    /// What it writes to who asks in English, where that is something else.
    pub english: Option<Words>,
}

/// The text of a checkpoint.
#[derive(Debug, Clone)]
pub struct Words {
    /// The place; often empty.
    pub place: String,
    /// What happened.
    pub text: String,
}

/// A parcel's life.
#[derive(Debug)]
pub enum Script {
    /// Scenes in order, then nothing more.
    Scenes(Vec<Scene>),
    /// The well-known parcel that travels between two hubs for ever, since this time.
    Shuttle(Timestamp),
}

impl Script {
    /// The life of a number of which its courier knows nothing.
    pub fn unknown(at: Timestamp) -> Self {
        Self::Scenes(vec![Scene {
            at,
            status: UNKNOWN.status(),
            substatus: UNKNOWN.substatus,
            node: None,
            rows: Vec::new(),
        }])
    }

    /// What has happened by now, oldest first.
    pub fn seen(&self, now: Timestamp) -> Cow<'_, [Scene]> {
        match self {
            Self::Scenes(scenes) => {
                Cow::Borrowed(&scenes[..scenes.partition_point(|scene| scene.at <= now)])
            }
            Self::Shuttle(since) => Cow::Owned(landmarks::shuttle_scenes(*since, now)),
        }
    }

    /// When something happens next, if anything does.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Scenes(scenes) => {
                let upcoming = scenes.partition_point(|scene| scene.at <= now);
                scenes.get(upcoming).map(|scene| scene.at)
            }
            Self::Shuttle(since) => Some(landmarks::next_shuttle_scene(*since, now)),
        }
    }

    /// When the parcel was first on its way, so far as has happened by now.
    pub fn under_way_since(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Scenes(_) => {
                let seen = self.seen(now);
                let first = seen.iter().find(|scene| scene.status != Status::NotFound);
                first.map(|scene| scene.at)
            }
            Self::Shuttle(since) => Some(*since),
        }
    }
}

/// The parties of a journey, from which its scenes get their places and words.
pub struct Route<'a> {
    /// The tracking number; it seeds towns and minutes.
    pub number: &'a str,
    /// Who takes the parcel in.
    pub carrier: &'static Carrier,
    /// Who delivers it, if that is somebody else.
    pub last_mile: Option<&'static Carrier>,
    /// Where it goes.
    pub destination: &'static Country,
    /// In what the first carrier writes.
    pub language: Language,
}

impl Route<'_> {
    /// Plays a journey from the time when the parcel was created.
    pub fn play(&self, journey: Journey, created: Timestamp) -> Script {
        let domestic = self.destination == self.carrier.country();
        let happens = |step: &&Step| !(domestic && step.event.crosses_a_border());
        let scenes = journey.iter().filter(happens).map(|step| {
            // Steps are whole hours apart at least, so that the odd minutes never change their order.
            let odd = dice::roll(self.number, &step.hour.to_string(), 45) as i64;
            let minutes = i64::from(step.hour) * 60 + odd;
            let at = later(created, SignedDuration::from_mins(minutes));
            Scene {
                at,
                status: step.event.status(),
                substatus: step.event.substatus,
                node: step.event.node,
                rows: self.rows(step.leg, step.event, at),
            }
        });
        Script::Scenes(scenes.collect())
    }

    fn rows(&self, leg: Leg, event: &Event, at: Timestamp) -> Vec<Row> {
        let words = |language| {
            let (_, place) = self.place(event.place, language);
            event.words(language).map(|text| Words {
                place: place.to_owned(),
                text: text.to_owned(),
            })
        };
        let row = |leg, language| {
            let (country, _) = self.place(event.place, language);
            let english = match language {
                Language::Chinese => words(Language::English),
                Language::English => None,
            };
            words(language).map(|words| Row {
                leg,
                local: country.wall_time(at),
                words,
                english,
            })
        };
        let origin = || row(Leg::Origin, self.language);
        let rows = match (leg, self.last_mile) {
            // Without a second carrier the rows of the last mile stand in the first one's list.
            (_, None) | (Leg::Origin, _) => [origin(), None],
            (Leg::Destination, Some(last)) => [None, row(Leg::Destination, last.language)],
            (Leg::Both, Some(last)) => [origin(), row(Leg::Destination, last.language)],
        };
        rows.into_iter().flatten().collect()
    }

    fn place(&self, place: Place, language: Language) -> (&'static Country, &'static str) {
        let origin = self.carrier.country();
        let town = dice::roll(self.number, "town", 3);
        match place {
            Place::Unsaid => (origin, ""),
            Place::OriginTown => (origin, origin.town(language, town)),
            Place::OriginHub => (origin, origin.hub(language)),
            Place::DestinationHub => (self.destination, self.destination.hub(language)),
            Place::DestinationTown => (self.destination, self.destination.town(language, town)),
        }
    }
}
