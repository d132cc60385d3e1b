//! The parcel.

use std::borrow::Cow;
use std::sync::OnceLock;

use async_graphql::{ID, Object};

use super::anomaly::TrackingAnomaly;
use super::carrier::Carrier;
use super::checkpoint::Checkpoint;
use super::country::Country;
use super::date_time::DateTime;
use super::direct::{Direct, Sight, object};
use super::freshness::Freshness;
use super::leg::TrackingLeg;
use super::mask::{self, shown, shown_time};
use super::reference;
use super::scope::{Guarded, all, requires};
use super::status::TrackingStatus;
use super::verification::TrackingVerification;
use crate::auth::{Known, Scope};
use crate::model::{self, LegKind, OrderTime};
use crate::tracker::Reading;

/// A tracking whose fields are shown to those who may see them.
pub(super) type Tracking = Direct<Guarded<Parcel>>;

impl From<Reading> for Tracking {
    fn from(reading: Reading) -> Self {
        Direct(Guarded(reading.into()))
    }
}

pub(super) struct Parcel {
    reading: Reading,
    /// What is known of it beforehand, as soon as something of it is to be masked.
    known: OnceLock<Known>,
}

impl From<Reading> for Parcel {
    fn from(reading: Reading) -> Self {
        let known = OnceLock::new();
        Self { reading, known }
    }
}

impl Parcel {
    pub(super) fn model(&self) -> &model::Tracking {
        &self.reading.tracking
    }

    pub(super) fn known(&self) -> &Known {
        self.known.get_or_init(|| mask::known(self.model()))
    }

    fn shown<'a>(&self, sight: &Sight<'_>, text: Option<&'a str>) -> Option<Cow<'a, str>> {
        text.map(|text| shown(sight.caller(), self, text))
    }
}

object! {
    /// A parcel that the account tracks. Whoever lacks `customer:read` gets the couriers' texts without phone numbers, mail
    /// addresses and names.
    #[Object(
        name = "Tracking",
        directive = requires::apply(all(&[Scope::TrackingRead]))
    )]
    impl Parcel {
        /// Names this tracking for ever. It is made of carrier and number, so that it is the same on every server.
        pub(super) fn id(&self) -> ID {
            reference::id_of(&self.model().key)
        }

        /// The number that the carrier gave the parcel, in upper case.
        fn tracking_number(&self) -> &str {
            self.model().key.number.as_str()
        }

        /// The code at TrackingMore of the carrier under which the account tracks it, such as `china-ems`. Together with the number it names the parcel.
        fn carrier_code(&self) -> &str {
            self.model().key.carrier.as_str()
        }

        /// The carrier under which the account tracks it.
        fn carrier(&self) -> Carrier {
            Carrier::coded(self.model().key.carrier.clone())
        }

        /// Where it stands. It can lag behind the newest checkpoint.
        fn status(&self) -> TrackingStatus {
            (&self.model().status).into()
        }

        /// The status as TrackingMore writes it, for those that `status` calls `UNKNOWN`.
        fn upstream_status(&self, sight: &Sight<'_>) -> Cow<'_, str> {
            shown(sight.caller(), self, self.model().status.as_str())
        }

        /// The finer state as TrackingMore writes it, such as `transit004`.
        fn substatus(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let substatus = self.model().substatus.as_ref();
            self.shown(sight, substatus.map(|text| text.as_str()))
        }

        /// What `substatus` means, in English; null for those that are not documented.
        fn substatus_meaning(&self) -> Option<&str> {
            self.model().substatus.as_ref()?.meaning()
        }

        /// Contradictions in what TrackingMore says of the parcel; empty if there are none. They are shown and not smoothed
        /// over.
        fn anomalies(&self, sight: &Sight<'_>) -> Vec<TrackingAnomaly> {
            let anomalies = self.model().anomalies().into_iter();
            anomalies
                .map(|anomaly| TrackingAnomaly::of(sight, self, &anomaly))
                .collect()
        }

        /// What both couriers reported, as one list, newest first. An event that both report alike is listed once.
        fn checkpoints(&self) -> Vec<Checkpoint<'_>> {
            let entries = self.model().timeline().into_iter();
            entries
                .map(|entry| Checkpoint::new(self, entry.leg, entry.checkpoint))
                .collect()
        }

        /// What the sender's courier reports.
        fn origin(&self) -> Option<TrackingLeg<'_>> {
            let leg = self.model().origin.as_ref()?;
            Some(TrackingLeg {
                parcel: self,
                kind: LegKind::Origin,
                leg,
            })
        }

        /// What the recipient's courier reports; null where its events are mixed into `origin`.
        fn destination(&self) -> Option<TrackingLeg<'_>> {
            let leg = self.model().destination.as_ref()?;
            Some(TrackingLeg {
                parcel: self,
                kind: LegKind::Destination,
                leg,
            })
        }

        /// The country that it comes from.
        fn origin_country(&self) -> Option<Country<'_>> {
            let country = self.model().origin_country.as_ref()?;
            Some(Country::Named(country, self))
        }

        /// The country that it goes to.
        fn destination_country(&self) -> Option<Country<'_>> {
            let country = self.model().destination_country.as_ref()?;
            Some(Country::Named(country, self))
        }

        /// The newest event in one line: description, place, local time.
        fn last_event(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.shown(sight, self.model().last_event.as_deref())
        }

        /// When the newest event happened, in wall time of the place as the courier wrote it, without a time zone.
        fn last_event_local_time(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            let time = self.model().last_event_time.as_ref()?;
            Some(shown_time(sight.caller(), self, time))
        }

        /// Days in transit, counted by TrackingMore.
        fn transit_days(&self) -> Option<u32> {
            self.model().transit_days
        }

        /// Days since the newest checkpoint, counted by TrackingMore.
        fn idle_days(&self) -> Option<u32> {
            self.model().idle_days
        }

        /// The courier's code for the service by which it was sent.
        fn service_code(&self, sight: &Sight<'_>) -> Option<Cow<'_, str>> {
            self.shown(sight, self.model().service_code.as_deref())
        }

        /// Who signed for it.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn signed_by(&self) -> Option<&str> {
            self.model().signed_by.as_deref()
        }

        /// The shop's title for it.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn title(&self) -> Option<&str> {
            self.model().metadata.title.as_deref()
        }

        /// The shop's order id.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn order_id(&self) -> Option<&str> {
            self.model().metadata.order_id.as_deref()
        }

        /// When the order was placed: as the shop wrote it, without a time zone, or as an instant in RFC 3339 form.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn order_time(&self) -> Option<String> {
            let time = self.model().metadata.order_time.as_ref()?;
            Some(match time {
                OrderTime::Written(text) => text.to_string(),
                OrderTime::Instant(instant) => instant.to_string(),
            })
        }

        /// The shop's remark.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn comment(&self) -> Option<&str> {
            self.model().metadata.comment.as_deref()
        }

        /// The recipient's name.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn customer_name(&self) -> Option<&str> {
            self.model().metadata.customer_name.as_deref()
        }

        /// The recipient's mail addresses; empty if there are none.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn customer_emails(&self) -> Option<Vec<&str>> {
            let emails = self.model().metadata.customer_emails.iter();
            Some(emails.map(AsRef::as_ref).collect())
        }

        /// The recipient's phone number. TrackingMore tells it only in answers to changes, so that it is null for parcels that were
        /// added or changed elsewhere.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn customer_phone(&self) -> Option<&str> {
            self.model().metadata.customer_phone.as_deref()
        }

        /// The service by which it was sent, in the shop's words.
        #[graphql(directive = requires::apply(all(&[Scope::CustomerRead])))]
        fn logistics_channel(&self) -> Option<&str> {
            self.model().metadata.logistics_channel.as_deref()
        }

        /// Whether the shop archived it; null where TrackingMore does not say.
        fn archived(&self) -> Option<bool> {
            self.model().metadata.archived
        }

        /// Whether TrackingMore still asks the carrier by itself; it stops once a parcel is delivered.
        fn updating(&self) -> Option<bool> {
            self.model().updating
        }

        /// When it was added to the account.
        fn created_at(&self) -> Option<DateTime> {
            self.model().created_at.map(DateTime)
        }

        /// When TrackingMore last asked the carrier by itself; may be before `createdAt`.
        fn updated_at(&self) -> Option<DateTime> {
            self.model().updated_at.map(DateTime)
        }

        /// Whether TrackingMore was asked for it, or only a message of it says so.
        fn verification(&self) -> TrackingVerification {
            match self.reading.is_hint() {
                true => TrackingVerification::Hinted,
                false => TrackingVerification::Confirmed,
            }
        }

        /// How old this answer is, where it comes from and when it can be newer.
        fn freshness(&self) -> Freshness<'_> {
            Freshness(&self.reading)
        }
    }
}
