//! What a message says of a tracking that nobody vouches for, and whether an answer bears it out.

use super::revision::is_unstated;
use super::{Leg, Tracking};

/// What an answer makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Testimony {
    /// All that the message says is so.
    BorneOut,
    /// The message's history is so, and the parcel has moved on since.
    Overtaken,
    /// Something in the message is not so.
    Contradicted,
}

impl Tracking {
    /// This tracking as a message tells of it. Only what couriers report is taken from it: what the shop wrote, where the
    /// parcel goes and whether the account is kept up to date stay as they were, so that no false message can leave a trace
    /// where lists say nothing.
    pub fn hinted_by(&self, message: &Self) -> Self {
        let mut hinted = Self {
            updated_at: message.updated_at.or(self.updated_at),
            updating: self.updating,
            destination_country: self.destination_country.clone(),
            ..self.refreshed_by(message)
        };
        // Unlike a courier the service tells where it has the parcel stand also if nothing was reported.
        if !is_unstated(&message.status) {
            hinted.stands_at(message.status.clone());
            hinted.substatus = message.substatus.clone().or(hinted.substatus);
        }
        hinted
    }

    /// Whether a message tells of an earlier state than this one.
    pub fn is_later_than(&self, message: &Self) -> bool {
        match (self.updated_at, message.updated_at) {
            (Some(known), Some(told)) => told < known,
            _ => false,
        }
    }

    /// What this answer says of a message that came before it.
    pub fn judges(&self, message: &Self) -> Testimony {
        let has_history = [
            (&self.origin, &message.origin),
            (&self.destination, &message.destination),
        ]
        .into_iter()
        .all(|(known, told)| has_checkpoints_of(known.as_ref(), told.as_ref()));
        if !has_history {
            return Testimony::Contradicted;
        }
        let stands = is_unstated(&message.status) || self.status == message.status;
        let stands_finely = message.substatus.is_none() || self.substatus == message.substatus;
        if stands && stands_finely {
            Testimony::BorneOut
        } else if self.is_later_than(message) {
            Testimony::Overtaken
        } else {
            Testimony::Contradicted
        }
    }
}

/// Whether all that happened in one leg is in the other. How an event is classed may change, and it is still the same event.
fn has_checkpoints_of(known: Option<&Leg>, told: Option<&Leg>) -> bool {
    let known = known.map_or(&[][..], |leg| &leg.checkpoints);
    let told = told.map_or(&[][..], |leg| &leg.checkpoints);
    told.iter().all(|told| {
        known.iter().any(|known| {
            known.time == told.time
                && known.description == told.description
                && known.location == told.location
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Checkpoint, Country, Status, Substatus, TrackingKey};

    fn leg(events: &[&str]) -> Leg {
        let checkpoint = |event: &&str| Checkpoint {
            description: Some((*event).into()),
            ..Checkpoint::default()
        };
        Leg {
            checkpoints: events.iter().map(checkpoint).collect(),
            ..Leg::default()
        }
    }

    fn tracking(status: Status, events: &[&str], updated_at: &str) -> Tracking {
        Tracking {
            origin: Some(leg(events)),
            updated_at: Some(updated_at.parse().unwrap()),
            ..Tracking::bare(TrackingKey::parse("dhl", "1234567890").unwrap(), status)
        }
    }

    const NINE: &str = "2026-03-01T09:00:00Z";
    const TEN: &str = "2026-03-01T10:00:00Z";

    #[test]
    fn a_message_tells_what_couriers_report_and_nothing_of_what_the_shop_wrote() {
        let mut known = tracking(Status::Transit, &["left"], NINE);
        known.metadata.title = Some("shoes".into());
        let mut message = tracking(Status::Delivered, &["arrived", "left"], TEN);
        message.metadata.title = Some("nonsense".into());
        message.metadata.customer_name = Some("nobody".into());
        message.destination_country = Country::named("France");
        message.updating = Some(false);
        message.upstream_id = Some("another".into());
        let hinted = known.hinted_by(&message);
        let expected = Tracking {
            metadata: known.metadata.clone(),
            ..tracking(Status::Delivered, &["arrived", "left"], TEN)
        };
        assert_eq!(hinted, expected);
    }

    #[test]
    fn a_message_without_a_report_tells_where_the_parcel_stands_all_the_same() {
        let known = tracking(Status::Pending, &[], "2026-03-01T00:00:00Z");
        let mut message = tracking(Status::NotFound, &[], "2026-03-02T00:00:00Z");
        message.substatus = Substatus::parse("notfound002");
        let hinted = known.hinted_by(&message);
        assert_eq!(
            (&hinted.status, &hinted.substatus),
            (&Status::NotFound, &message.substatus)
        );
        let nothing = tracking(Status::parse(""), &[], "2026-03-02T00:00:00Z");
        assert_eq!(known.hinted_by(&nothing).status, Status::Pending);
    }

    #[test]
    fn an_answer_bears_out_what_it_repeats_and_contradicts_what_it_lacks() {
        use Status::{Delivered, Pickup, Transit};
        use Testimony::{BorneOut, Contradicted, Overtaken};
        let answer = tracking(Pickup, &["ready", "left"], TEN);
        for (status, events, updated_at, testimony) in [
            (Pickup, &["ready", "left"][..], TEN, BorneOut),
            (Pickup, &["left"], NINE, BorneOut),
            (Transit, &["left"], NINE, Overtaken),
            (Transit, &["left"], TEN, Contradicted),
            (Delivered, &["ready", "left"], TEN, Contradicted),
            (Pickup, &["delivered", "ready", "left"], NINE, Contradicted),
            (Status::parse(""), &["left"], TEN, BorneOut),
        ] {
            let message = tracking(status, events, updated_at);
            assert_eq!(answer.judges(&message), testimony, "{message:?}");
        }
    }
}
