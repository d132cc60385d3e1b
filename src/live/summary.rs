//! What of a tracking is news if it changes, field by field.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fields::{Field, Fields};
use crate::model::{Completeness, OrderTime, Text, Tracking};

/// The fields, by the names that clients know. Other versions may know fewer or more of them, all at the end.
const FIELDS: [&str; 21] = [
    "status",
    "substatus",
    "checkpoints",
    "lastEvent",
    LOCAL_TIME,
    "signedBy",
    "serviceCode",
    "originCountry",
    "destinationCountry",
    "title",
    "orderId",
    "orderTime",
    "comment",
    "customerName",
    "customerEmails",
    "customerPhone",
    "logisticsChannel",
    "archived",
    "updating",
    "createdAt",
    VERIFICATION,
];

/// The places of what the shop wrote and every answer of the account tells.
const SHOPS: [usize; 7] = [9, ORDER_ID, 11, 12, 13, 14, 16];

/// What this service writes itself; anything else is as somebody wrote it.
const OURS: [&str; 5] = [
    "checkpoints",
    "archived",
    "updating",
    "createdAt",
    VERIFICATION,
];

/// A time as a courier wrote it.
const LOCAL_TIME: &str = "lastEventLocalTime";

const ORDER_ID: usize = 10;

/// Whether the upstream vouches for it.
const VERIFICATION: &str = "verification";

/// Separates what is shown of a field from what tells apart values that look alike.
const MARK: char = '\u{1f}';

const UNSAID: Field<'static> = Field::Unsaid(0);

/// The state of a tracking, as far as its changes are news.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary(Fields);

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub field: String,
    /// What it was; `None` if it had no value.
    pub before: Option<String>,
    /// What it is now.
    pub after: Option<String>,
}

impl Change {
    /// Whether it is about where the parcel stands.
    pub fn is_of_status(&self) -> bool {
        self.field == FIELDS[0]
    }

    /// Whether it is about what somebody wrote in words of his own.
    pub fn is_of_words(&self) -> bool {
        !OURS.contains(&self.field.as_str())
    }

    /// Whether it is about a time as a courier wrote it.
    pub fn is_of_local_time(&self) -> bool {
        self.field == LOCAL_TIME
    }

    /// Whether it is only about who vouches for what is known.
    pub fn is_of_verification(&self) -> bool {
        self.field == VERIFICATION
    }
}

impl Summary {
    /// Sums up what is known of a tracking.
    pub fn of(tracking: &Tracking, completeness: Completeness) -> Self {
        fn text(text: &Option<Text>) -> Field<'_> {
            field(text.as_deref())
        }
        let metadata = &tracking.metadata;
        // Couriers know nothing of what belongs to the account.
        let shop = |field| match completeness {
            Completeness::Partial => UNSAID,
            _ => field,
        };
        let said = |text: Option<String>| text.map_or(UNSAID, |text| Field::Set(text.into()));
        let order_time = metadata.order_time.as_ref().map(|time| match time {
            OrderTime::Written(text) => Cow::Borrowed(&**text),
            OrderTime::Instant(instant) => Cow::Owned(instant.to_string()),
        });
        let fields: [Field; FIELDS.len()] = [
            field(Some(tracking.status.as_str())),
            field(tracking.substatus.as_ref().map(|text| text.as_str())),
            Field::Set(checkpoints(tracking).into()),
            text(&tracking.last_event),
            field(
                tracking
                    .last_event_time
                    .as_ref()
                    .map(|time| time.as_written()),
            ),
            text(&tracking.signed_by),
            text(&tracking.service_code),
            field(
                tracking
                    .origin_country
                    .as_ref()
                    .map(|country| country.name()),
            ),
            field(
                tracking
                    .destination_country
                    .as_ref()
                    .map(|country| country.name()),
            ),
            shop(text(&metadata.title)),
            shop(text(&metadata.order_id)),
            shop(field(order_time.as_deref())),
            shop(text(&metadata.comment)),
            shop(text(&metadata.customer_name)),
            shop(match &metadata.customer_emails[..] {
                [] => Field::Unset,
                addresses => Field::Set(addresses.join(", ").into()),
            }),
            // Most answers do not tell these.
            said(metadata.customer_phone.as_deref().map(str::to_owned)),
            shop(text(&metadata.logistics_channel)),
            said(metadata.archived.map(|archived| archived.to_string())),
            said(tracking.updating.map(|updating| updating.to_string())),
            said(tracking.created_at.map(|at| at.to_string())),
            match completeness {
                Completeness::Hinted => field(Some("HINTED")),
                Completeness::Whole | Completeness::Partial => field(Some("CONFIRMED")),
                Completeness::Doubtful => UNSAID,
            },
        ];
        Self(fields.into_iter().collect())
    }

    /// What changed since, and the state then: what the later one does not say stays as it was. Of what the earlier one did
    /// not say nobody knows whether it changed.
    pub fn followed_by(&self, later: &Self) -> (Vec<Change>, Self) {
        let mut changes = Vec::new();
        let [known, said] = [self, later].map(|summary| Vec::from_iter(summary.0.iter()));
        let longest = known.len().max(said.len());
        let fields = (0..longest).map(|index| {
            let before = known.get(index).unwrap_or(&UNSAID);
            let after = said.get(index).unwrap_or(&UNSAID);
            match (before, after) {
                (_, Field::Unsaid(_)) => before.clone(),
                (Field::Unsaid(_), Field::Set(_))
                    if SHOPS.contains(&index) && index < known.len() =>
                {
                    changes.extend(change(index, before, after));
                    after.clone()
                }
                (Field::Unsaid(_), _) => after.clone(),
                _ => {
                    changes.extend(change(index, before, after).filter(|_| before != after));
                    after.clone()
                }
            }
        });
        let state = Self(fields.collect());
        (changes, state)
    }

    /// Whether somebody to whom this was shown learns nothing from these changes, after which it stands like the other one.
    pub fn shows(&self, changes: &[Change], later: &Self) -> bool {
        changes.iter().all(|change| {
            let Some(index) = FIELDS.iter().position(|field| *field == change.field) else {
                return false;
            };
            let shown = self.0.iter().nth(index).unwrap_or(UNSAID);
            shown != UNSAID && Some(shown) == later.0.iter().nth(index)
        })
    }

    /// Which order it belongs to, as far as is known.
    pub fn order_id(&self) -> Option<Cow<'_, str>> {
        match self.0.iter().nth(ORDER_ID)? {
            Field::Set(order) => Some(order),
            Field::Unset | Field::Unsaid(_) => None,
        }
    }
}

/// The change of one field, if this version knows its name.
fn change(index: usize, before: &Field, after: &Field) -> Option<Change> {
    FIELDS.get(index).map(|name| Change {
        field: (*name).to_owned(),
        before: before.shown(),
        after: after.shown(),
    })
}

impl Field<'_> {
    fn shown(&self) -> Option<String> {
        match self {
            Self::Set(text) => Some(text.split(MARK).next().unwrap_or_default().to_owned()),
            Self::Unset | Self::Unsaid(_) => None,
        }
    }
}

fn field(text: Option<&str>) -> Field<'_> {
    text.map_or(Field::Unset, |text| Field::Set(text.into()))
}

/// How many there are, and a mark that is another one if any of them is, on every replica.
fn checkpoints(tracking: &Tracking) -> String {
    let legs = [&tracking.origin, &tracking.destination];
    let checkpoints = legs.into_iter().flatten().map(|leg| leg.checkpoints.iter());
    let all: Vec<_> = checkpoints.flatten().collect();
    let written = serde_json::to_vec(&all).expect("checkpoints are plain data");
    let mark = u64::from_be_bytes(*Sha256::digest(written).first_chunk().expect("it is longer"));
    let count = tracking.timeline().len();
    format!("{count}{MARK}{mark:x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Checkpoint, Leg, Status, TrackingKey};

    fn tracking() -> Tracking {
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        let mut tracking = Tracking::bare(key, Status::Transit);
        tracking.metadata.title = Some("shoes".into());
        tracking.origin = Some(Leg {
            checkpoints: [checkpoint("Posted")].into(),
            ..Leg::default()
        });
        tracking
    }

    fn checkpoint(description: &str) -> Checkpoint {
        Checkpoint {
            description: Some(description.into()),
            ..Checkpoint::default()
        }
    }

    fn whole(tracking: &Tracking) -> Summary {
        Summary::of(tracking, Completeness::Whole)
    }

    fn changes(before: &Summary, after: &Summary) -> Vec<(String, Option<String>, Option<String>)> {
        let (changes, _) = before.followed_by(after);
        let changes = changes.into_iter();
        changes
            .map(|change| (change.field, change.before, change.after))
            .collect()
    }

    fn change(field: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (field.to_owned(), text(before), text(after))
    }

    #[test]
    fn every_field_has_its_name() {
        assert_eq!(whole(&tracking()).0.iter().count(), FIELDS.len());
    }

    #[test]
    fn what_changed_is_told_by_name() {
        let before = tracking();
        let mut after = before.clone();
        after.status = Status::Delivered;
        after.metadata.title = None;
        after.transit_days = Some(4);
        let expected = [
            change("status", "transit", "delivered"),
            change("title", "shoes", ""),
        ];
        assert_eq!(changes(&whole(&before), &whole(&after)), expected);
    }

    #[test]
    fn a_checkpoint_that_was_written_anew_is_a_change_although_there_are_no_more() {
        let before = tracking();
        let mut after = before.clone();
        after.origin.as_mut().unwrap().checkpoints = [checkpoint("Collected")].into();
        let expected = [change("checkpoints", "1", "1")];
        assert_eq!(changes(&whole(&before), &whole(&after)), expected);
    }

    #[test]
    fn what_a_courier_cannot_know_is_no_change_and_stays() {
        let before = whole(&tracking());
        let mut tracking = tracking();
        tracking.metadata.title = None;
        let courier = Summary::of(&tracking, Completeness::Partial);
        let (changes, state) = before.followed_by(&courier);
        assert_eq!((changes, state), (Vec::new(), before));
    }

    #[test]
    fn what_the_shop_wrote_is_a_change_for_whoever_was_shown_what_a_courier_knows() {
        let courier = Summary::of(&tracking(), Completeness::Partial);
        let expected = [change("title", "", "shoes")];
        assert_eq!(changes(&courier, &whole(&tracking())), expected);
        for index in SHOPS {
            let field = courier.0.iter().nth(index);
            assert_eq!(field, Some(UNSAID), "{}", FIELDS[index]);
        }
        assert_eq!(FIELDS[ORDER_ID], "orderId");
    }

    #[test]
    fn only_who_was_shown_every_changed_field_learns_nothing() {
        let before = tracking();
        let mut after = before.clone();
        after.metadata.title = Some("boots".into());
        let (changes, later) = whole(&before).followed_by(&whole(&after));
        assert!(whole(&after).shows(&changes, &later));
        assert!(!whole(&before).shows(&changes, &later));
        assert!(!Summary::of(&after, Completeness::Partial).shows(&changes, &later));
    }

    #[test]
    fn a_hint_is_confirmed_without_any_other_change() {
        let hint = Summary::of(&tracking(), Completeness::Hinted);
        let (changes, _) = hint.followed_by(&whole(&tracking()));
        assert!(matches!(&changes[..], [change] if change.is_of_verification()));
        let doubted = Summary::of(&tracking(), Completeness::Doubtful);
        assert!(hint.followed_by(&doubted).0.is_empty());
    }

    #[test]
    fn a_summary_is_read_as_it_was_written_and_one_of_another_version_as_far_as_both_know() {
        let written = serde_json::to_string(&whole(&tracking())).unwrap();
        let read: Summary = serde_json::from_str(&written).unwrap();
        assert_eq!(read, whole(&tracking()));
        let older: Summary = serde_json::from_str(r#"["pending",null]"#).unwrap();
        let expected = [change("status", "pending", "transit")];
        assert_eq!(changes(&older, &read), expected);
        assert_eq!(older.followed_by(&read).1, read);
        let newer = serde_json::from_str(&written.replace(']', ",\"novel\"]")).unwrap();
        assert!(read.followed_by(&newer).0.is_empty());
        assert_eq!(newer.followed_by(&read).1, newer);
    }

    #[test]
    fn a_summary_is_written_as_it_ever_was() {
        let mut tracking = tracking();
        tracking.metadata.comment = Some("1:é?\"-".into());
        tracking.metadata.archived = Some(false);
        let written = serde_json::to_string(&whole(&tracking)).unwrap();
        assert_eq!(
            written,
            r#"["transit",null,"1\u001f3f171baf6869076a",null,null,null,null,null,null,"shoes",null,null,"1:é?\"-",null,null,0,null,"false",0,0,"CONFIRMED"]"#
        );
        let courier = Summary::of(&tracking, Completeness::Partial);
        let written = serde_json::to_string(&courier).unwrap();
        assert!(written.contains("null,null,0,0,0,0,0,0,0,0,"), "{written}");
    }
}
