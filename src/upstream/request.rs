//! The bodies of calls about trackings, in the documented spellings.

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use crate::model::{
    CarrierCode, CarrierCorrection, Change, CountryCode, CourierNeeds, Language, NewTracking,
    RealtimeOptions, StatusOverride, TrackingChanges, TrackingKey,
};

/// One name for what some couriers want to know of the destination in single creation, another everywhere else.
const DESTINATION_IN_CREATION: &str = "tracking_destination_country";
const DESTINATION_ELSEWHERE: &str = "specialNumberDestination";

/// Adds a tracking to the account; what is unset or blank is left out.
pub(super) fn create(new: &NewTracking) -> Value {
    creation(new, DESTINATION_IN_CREATION)
}

/// Adds many trackings to the account.
pub(super) fn create_batch(new: &[NewTracking]) -> Value {
    new.iter()
        .map(|new| creation(new, DESTINATION_ELSEWHERE))
        .collect()
}

/// Changes what the shop wrote on a tracking; what is kept is left out.
pub(super) fn update(changes: &TrackingChanges) -> Value {
    Body::default()
        .changes(changes)
        .change("customer_phone", &changes.customer_phone, String::as_str)
        .into()
}

/// Changes what the shop wrote on many trackings. Phone numbers cannot be changed like this and are left out.
pub(super) fn update_batch(rows: &[(TrackingKey, TrackingChanges)]) -> Value {
    rows.iter()
        .map(|(key, changes)| Value::from(Body::naming(key).changes(changes)))
        .collect()
}

/// Names many trackings, to delete them or to stop asking couriers about them.
pub(super) fn keys(keys: &[TrackingKey]) -> Value {
    keys.iter()
        .map(|key| Value::from(Body::naming(key)))
        .collect()
}

/// Asks the courier about a parcel now.
pub(super) fn realtime(key: &TrackingKey, options: &RealtimeOptions) -> Value {
    Body::naming(key)
        .country("destination_code", options.destination_country)
        .courier_needs(&options.courier_needs, DESTINATION_ELSEWHERE)
        .text("order", options.order_id.as_deref())
        .order_time(options.order_time)
        .language(options.language)
        .carrier_correction(options.carrier_correction)
        .text("comment", options.comment.as_deref())
        .into()
}

/// Gives a tracking another carrier.
pub(super) fn change_carrier(key: &TrackingKey, carrier: &CarrierCode) -> Value {
    Body::naming(key)
        .text("update_carrier_code", Some(carrier.as_str()))
        .into()
}

fn creation(new: &NewTracking, destination: &'static str) -> Value {
    Body::naming(&new.key)
        .country("destination_code", new.destination_country)
        .text("title", new.title.as_deref())
        .text("logistics_channel", new.logistics_channel.as_deref())
        .text("customer_name", new.customer_name.as_deref())
        .text("customer_email", new.customer_email.as_deref())
        .text("customer_phone", new.customer_phone.as_deref())
        .text("order_id", new.order_id.as_deref())
        .order_time(new.order_time)
        .courier_needs(&new.courier_needs, destination)
        .language(new.language)
        .carrier_correction(new.carrier_correction)
        .text("comment", new.comment.as_deref())
        .into()
}

/// A JSON object that is filled field by field.
#[derive(Default)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    fn naming(key: &TrackingKey) -> Self {
        Self::default()
            .text("tracking_number", Some(key.number.as_str()))
            .text("carrier_code", Some(key.carrier.as_str()))
    }

    /// A text, left out if it is unset or blank.
    pub fn text(self, field: &str, text: Option<&str>) -> Self {
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.value(field, text),
            None => self,
        }
    }

    pub fn language(self, language: Option<Language>) -> Self {
        self.text("lang", language.as_ref().map(Language::as_str))
    }

    pub fn country(self, field: &str, country: Option<CountryCode>) -> Self {
        self.text(field, country.as_ref().map(CountryCode::as_str))
    }

    pub fn value(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// The documented example is not padded: `2017/8/27 16:51`.
    fn order_time(self, time: Option<DateTime>) -> Self {
        let written = time.map(|time| time.strftime("%Y/%-m/%-d %H:%M").to_string());
        self.text("order_create_time", written.as_deref())
    }

    fn courier_needs(self, needs: &CourierNeeds, destination: &'static str) -> Self {
        let ship_date = needs
            .ship_date
            .map(|date| date.strftime("%Y%m%d").to_string());
        self.text("tracking_ship_date", ship_date.as_deref())
            .text("tracking_postal_code", needs.postal_code.as_deref())
            .text("tracking_account_number", needs.account_number.as_deref())
            .country(destination, needs.destination_country)
    }

    fn carrier_correction(self, correction: CarrierCorrection) -> Self {
        match correction {
            CarrierCorrection::Allowed => self,
            CarrierCorrection::Refused => self.value("auto_correct", 1),
        }
    }

    /// All changes but the phone number's.
    fn changes(self, changes: &TrackingChanges) -> Self {
        let body = self
            .change("title", &changes.title, String::as_str)
            .change(
                "logistics_channel",
                &changes.logistics_channel,
                String::as_str,
            )
            .change("customer_name", &changes.customer_name, String::as_str)
            .change("customer_email", &changes.customer_email, String::as_str)
            .change("order_id", &changes.order_id, String::as_str)
            .change(
                "destination_code",
                &changes.destination_country,
                CountryCode::as_str,
            );
        // A text, not a boolean, and a number, not a word: so the documentation says.
        let archived = changes.archived.map(|archived| archived.to_string());
        let body = body.text("archived", archived.as_deref());
        match changes.status {
            Some(status) => body.value("status", number(status)),
            None => body,
        }
    }

    fn change<T>(self, field: &str, change: &Change<T>, written: impl Fn(&T) -> &str) -> Self {
        match change {
            Change::Keep => self,
            Change::Clear => self.value(field, ""),
            Change::Set(new) => self.value(field, written(new)),
        }
    }
}

impl From<Body> for Value {
    fn from(body: Body) -> Self {
        body.0.into()
    }
}

fn number(status: StatusOverride) -> u8 {
    match status {
        StatusOverride::Delivered => 4,
        StatusOverride::Exception => 7,
        StatusOverride::Automatic => 8,
    }
}
