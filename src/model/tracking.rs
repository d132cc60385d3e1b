//! The parcel as the account knows it.

use jiff::Timestamp;

use super::{
    Country, Leg, LocalTime, Metadata, Status, Substatus, TimelineEntry, TrackingKey, timeline,
};

/// One tracking. Whatever the upstream left out is `None`; only the key is always there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// Which parcel.
    pub key: TrackingKey,
    /// The upstream's own id, 32 hexadecimal digits.
    pub upstream_id: Option<String>,
    /// Where the parcel stands. It can lag behind the newest checkpoint.
    pub status: Status,
    /// The finer state.
    pub substatus: Option<Substatus>,
    /// What the shop wrote on it.
    pub metadata: Metadata,
    /// When it was added to the account.
    pub created_at: Option<Timestamp>,
    /// When the upstream last asked the courier by itself; may precede `created_at`.
    pub updated_at: Option<Timestamp>,
    /// Whether the upstream still asks the courier by itself.
    pub updating: Option<bool>,
    /// The country that it comes from.
    pub origin_country: Option<Country>,
    /// The country that it goes to.
    pub destination_country: Option<Country>,
    /// Days in transit.
    pub transit_days: Option<u32>,
    /// Days since the newest checkpoint.
    pub idle_days: Option<u32>,
    /// The courier's service code.
    pub service_code: Option<String>,
    /// Who signed for it.
    pub signed_by: Option<String>,
    /// What the sender's courier reports.
    pub origin: Option<Leg>,
    /// What the recipient's courier reports; empty where its rows are mixed into the origin leg.
    pub destination: Option<Leg>,
    /// The newest event in one line: description, place, date.
    pub last_event: Option<String>,
    /// The local time of the newest event.
    pub last_event_time: Option<LocalTime>,
}

impl Tracking {
    /// A tracking of which nothing but the key and the status is known.
    pub fn bare(key: TrackingKey, status: Status) -> Self {
        Self {
            key,
            upstream_id: None,
            status,
            substatus: None,
            metadata: Metadata::default(),
            created_at: None,
            updated_at: None,
            updating: None,
            origin_country: None,
            destination_country: None,
            transit_days: None,
            idle_days: None,
            service_code: None,
            signed_by: None,
            origin: None,
            destination: None,
            last_event: None,
            last_event_time: None,
        }
    }

    /// Both legs as one list, newest first.
    pub fn timeline(&self) -> Vec<TimelineEntry<'_>> {
        timeline::merge(self.origin.as_ref(), self.destination.as_ref())
    }

    /// Whether a reader would notice a difference between the two. Counters that grow by themselves every day and
    /// the time of the upstream's last question are not news.
    pub fn is_news_after(&self, before: &Self) -> bool {
        macro_rules! differs {
            ($($field:ident),+ ; not $($unnoticed:ident),+) => {{
                // Names every field, so that a new one cannot be forgotten here.
                let Self { $($field,)+ $($unnoticed: _),+ } = self;
                $(*$field != before.$field)||+
            }};
        }
        differs!(
            key, status, substatus, upstream_id, metadata, created_at, updating, origin_country,
            destination_country, service_code, signed_by, origin, destination, last_event,
            last_event_time;
            not updated_at, transit_days, idle_days
        )
    }

    /// This tracking after a realtime answer. Such answers never hold what belongs to the account (its dates, the shop's
    /// metadata), and may lack anything else as well: what they lack stays as it was, unless it speaks of an earlier state.
    pub fn refreshed_by(&self, answer: &Self) -> Self {
        let known = self.clone();
        let answer = answer.clone();
        let has_news = [&answer.origin, &answer.destination]
            .into_iter()
            .flatten()
            .any(|leg| !leg.checkpoints.is_empty());
        // A courier who reports no event and no status has nothing to say against what is known.
        let status = match answer.status {
            Status::Unknown(nothing) if nothing.is_empty() => known.status.clone(),
            Status::Pending | Status::NotFound if !has_news => known.status.clone(),
            status => status,
        };
        let is_same = status == known.status;
        Self {
            substatus: answer.substatus.or(known.substatus.filter(|_| is_same)),
            updating: answer.updating.or(known.updating),
            origin_country: answer.origin_country.or(known.origin_country),
            destination_country: answer.destination_country.or(known.destination_country),
            transit_days: answer.transit_days.or(known.transit_days),
            idle_days: answer.idle_days.or(known.idle_days.filter(|_| !has_news)),
            service_code: answer.service_code.or(known.service_code),
            signed_by: answer.signed_by.or(known.signed_by),
            origin: Leg::refreshed(known.origin, answer.origin),
            destination: Leg::refreshed(known.destination, answer.destination),
            last_event: answer.last_event.or(known.last_event.filter(|_| !has_news)),
            last_event_time: answer
                .last_event_time
                .or(known.last_event_time.filter(|_| !has_news)),
            status,
            ..known
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Checkpoint;

    fn tracking(status: Status) -> Tracking {
        Tracking::bare(
            TrackingKey::parse("china-ems", "LS912989618CN").unwrap(),
            status,
        )
    }

    #[test]
    fn another_day_in_transit_is_no_news_but_another_status_is() {
        let before = tracking(Status::Transit);
        let mut after = before.clone();
        after.transit_days = Some(12);
        after.updated_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!after.is_news_after(&before));
        after.status = Status::Delivered;
        assert!(after.is_news_after(&before));
    }

    #[test]
    fn a_realtime_answer_does_not_wipe_out_what_the_shop_wrote() {
        let mut known = tracking(Status::Transit);
        known.metadata.title = Some("red shoes".into());
        known.created_at = Some(Timestamp::UNIX_EPOCH);
        let mut answer = tracking(Status::Delivered);
        answer.last_event = Some("Delivered".into());
        let merged = known.refreshed_by(&answer);
        assert_eq!(merged.status, Status::Delivered);
        assert_eq!(merged.last_event.as_deref(), Some("Delivered"));
        assert_eq!(merged.metadata.title.as_deref(), Some("red shoes"));
        assert_eq!(merged.created_at, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn what_a_realtime_answer_lacks_stays() {
        let mut known = tracking(Status::Delivered);
        known.substatus = Substatus::parse("delivered001");
        known.last_event = Some("Delivered".into());
        known.origin = Some(Leg {
            phone: Some("11183".into()),
            checkpoints: vec![Checkpoint::default()],
            ..Leg::default()
        });
        let bare = tracking(Status::parse(""));
        assert_eq!(known.refreshed_by(&bare), known);
        let mut with_a_leg = bare.clone();
        with_a_leg.origin = Some(Leg {
            weblink: Some("https://www.ems.com.cn/".into()),
            ..Leg::default()
        });
        let merged = known.refreshed_by(&with_a_leg).origin.unwrap();
        assert_eq!(merged.checkpoints.len(), 1);
        assert_eq!(merged.phone.as_deref(), Some("11183"));
        assert_eq!(merged.weblink.as_deref(), Some("https://www.ems.com.cn/"));
    }

    #[test]
    fn what_speaks_of_an_earlier_state_goes_with_it() {
        let mut known = tracking(Status::Transit);
        known.substatus = Substatus::parse("transit001");
        known.last_event = Some("Departed".into());
        let mut answer = tracking(Status::Delivered);
        answer.origin = Some(Leg {
            checkpoints: vec![Checkpoint::default()],
            ..Leg::default()
        });
        let merged = known.refreshed_by(&answer);
        assert_eq!((merged.substatus, merged.last_event), (None, None));
        let silence = tracking(Status::NotFound);
        assert_eq!(known.refreshed_by(&silence), known);
    }
}
