//! What can be asked of the account: new trackings, changes to them, and questions to couriers.

use jiff::civil::{Date, DateTime};

use super::personal::debug_without_content;
use super::{CountryCode, Language, TrackingKey};

/// A tracking that is to be created, with everything that the upstream accepts. `Debug` shows nothing that tells of
/// people.
#[derive(Clone, PartialEq, Eq)]
pub struct NewTracking {
    /// Which parcel.
    pub key: TrackingKey,
    /// The goods, or any title.
    pub title: Option<String>,
    /// The shop's order id.
    pub order_id: Option<String>,
    /// When the order was placed, in the shop's wall time.
    pub order_time: Option<DateTime>,
    /// The shop's remark.
    pub comment: Option<String>,
    /// The recipient.
    pub customer_name: Option<String>,
    /// The recipient's mail address.
    pub customer_email: Option<String>,
    /// The recipient's phone number.
    pub customer_phone: Option<String>,
    /// The service by which it was sent, in the shop's words.
    pub logistics_channel: Option<String>,
    /// The country that it goes to.
    pub destination_country: Option<CountryCode>,
    /// What some couriers ask for.
    pub courier_needs: CourierNeeds,
    /// The language of the checkpoints, where the courier offers several.
    pub language: Option<Language>,
    /// Whether the upstream may find a better carrier.
    pub carrier_correction: CarrierCorrection,
}

debug_without_content!(NewTracking {
    key, title, order_id, order_time, logistics_channel, destination_country, courier_needs, language, carrier_correction;
    personal comment, customer_name, customer_email, customer_phone
});

impl NewTracking {
    /// A tracking with nothing but its key.
    pub fn bare(key: TrackingKey) -> Self {
        Self {
            key,
            title: None,
            order_id: None,
            order_time: None,
            comment: None,
            customer_name: None,
            customer_email: None,
            customer_phone: None,
            logistics_channel: None,
            destination_country: None,
            courier_needs: CourierNeeds::default(),
            language: None,
            carrier_correction: CarrierCorrection::default(),
        }
    }
}

/// What some couriers want to know before they tell anything. `Debug` shows nothing that tells of people.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct CourierNeeds {
    /// When it was shipped; documented for `deutsch-post`.
    pub ship_date: Option<Date>,
    /// The recipient's postal code; documented for `postnl-3s` and Mondial Relay.
    pub postal_code: Option<String>,
    /// The account's number at the courier.
    pub account_number: Option<String>,
    /// The country that it goes to, once more; documented for `postnl-3s`.
    pub destination_country: Option<CountryCode>,
}

debug_without_content!(CourierNeeds {
    ship_date, destination_country;
    personal postal_code, account_number
});

/// Whether the upstream may replace the carrier that was given by one that fits the number better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CarrierCorrection {
    /// It may, which is also what it does when nothing is said.
    #[default]
    Allowed,
    /// The given carrier stands.
    Refused,
}

/// What may be told along when a courier is asked now. `Debug` shows nothing that tells of people.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct RealtimeOptions {
    /// The country that it goes to.
    pub destination_country: Option<CountryCode>,
    /// What some couriers ask for.
    pub courier_needs: CourierNeeds,
    /// The shop's order id.
    pub order_id: Option<String>,
    /// When the order was placed, in the shop's wall time.
    pub order_time: Option<DateTime>,
    /// The language of the checkpoints, where the courier offers several.
    pub language: Option<Language>,
    /// Whether the upstream may find a better carrier.
    pub carrier_correction: CarrierCorrection,
    /// The shop's remark.
    pub comment: Option<String>,
}

debug_without_content!(RealtimeOptions {
    destination_country, courier_needs, order_id, order_time, language, carrier_correction;
    personal comment
});

/// What becomes of one field of a tracking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is emptied.
    Clear,
    /// It gets this value.
    Set(T),
}

/// Changes to what the shop wrote on a tracking. `Debug` shows nothing that tells of people.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TrackingChanges {
    /// The goods, or any title.
    pub title: Change<String>,
    /// The shop's order id.
    pub order_id: Change<String>,
    /// The recipient.
    pub customer_name: Change<String>,
    /// The recipient's mail address.
    pub customer_email: Change<String>,
    /// The recipient's phone number; the upstream changes it for one tracking at a time only.
    pub customer_phone: Change<String>,
    /// The service by which it was sent, in the shop's words.
    pub logistics_channel: Change<String>,
    /// The country that it goes to.
    pub destination_country: Change<CountryCode>,
    /// Puts it away or takes it out again.
    pub archived: Option<bool>,
    /// Sets the status by hand.
    pub status: Option<StatusOverride>,
}

debug_without_content!(TrackingChanges {
    title, order_id, logistics_channel, destination_country, archived, status;
    personal customer_name, customer_email, customer_phone
});

/// The statuses that a shop may set by hand, numbered as the upstream documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusOverride {
    /// It has been delivered: 4.
    Delivered,
    /// Something is wrong: 7.
    Exception,
    /// Back to what the carrier says: 8.
    Automatic,
}
