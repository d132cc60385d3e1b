//! From JSON to a tracking.

use serde_json::Value;

use super::leg::{leg, local_time};
use super::reader::{Fields, Mismatch, is_nothing, shape};
use super::{Call, Error};
use crate::model::{
    Country, CountryCode, Metadata, Order, OrderTime, Status, Substatus, Text, Tracking,
    TrackingKey,
};

/// Reads the `data` of a call that answers with one tracking.
pub(super) fn single(call: Call, data: &Value) -> Result<Tracking, Error> {
    if is_nothing(data) {
        return Err(Error::NothingReturned { call });
    }
    let (key, fields) = named(data).ok_or_else(|| {
        let found = shape(data);
        Error::undecodable(
            call,
            format_args!("`data` is {found} without number and carrier"),
        )
    })?;
    tracking(key, fields).map_err(|mismatch| Error::undecodable(call, mismatch))
}

/// The parcel that a JSON value is about, if it says so; number and carrier are all that it must have.
pub(super) fn named(item: &Value) -> Option<(TrackingKey, Fields<'_>)> {
    let fields = Fields::new(item.as_object()?);
    let key = TrackingKey::parse(
        &fields.text("carrier_code")?,
        &fields.text("tracking_number")?,
    );
    Some((key.ok()?, fields))
}

/// Everything that is said about a parcel.
pub(super) fn tracking(key: TrackingKey, fields: Fields<'_>) -> Result<Tracking, Mismatch> {
    Ok(Tracking {
        key,
        upstream_id: fields.kept("id"),
        // A missing status is a blank unknown one: none of the documented words may be guessed.
        status: Status::parse(&fields.text("status").unwrap_or_default()),
        substatus: fields
            .text("substatus")
            .and_then(|word| Substatus::parse(&word)),
        metadata: metadata(fields),
        created_at: fields.instant("created_at"),
        updated_at: fields.instant("updated_at"),
        updating: fields.flag("track_update"),
        origin_country: country(fields, "original_country"),
        destination_country: country(fields, "destination_country")
            .or_else(|| coded_country(fields, "destination_code")),
        transit_days: fields.number("itemTimeLength"),
        idle_days: fields.number("stayTimeLength"),
        service_code: fields.kept("service_code"),
        // The documentation spells it like this, and nobody has seen it in an answer yet.
        signed_by: fields
            .kept("singed_by")
            .or_else(|| fields.kept("signed_by")),
        origin: leg(fields, "origin_info")?,
        destination: leg(fields, "destination_info")?,
        last_event: fields.kept("lastEvent"),
        last_event_time: local_time(fields, "lastUpdateTime"),
        order: Order::default(),
    })
}

fn country(fields: Fields<'_>, field: &str) -> Option<Country> {
    Country::named(&fields.text(field)?)
}

/// The answers to realtime questions and to changes hold a code, and the latter nothing else of the destination.
fn coded_country(fields: Fields<'_>, field: &str) -> Option<Country> {
    let code = CountryCode::parse(&fields.text(field)?).ok()?;
    Some(Country::coded(code))
}

fn metadata(fields: Fields<'_>) -> Metadata {
    // Live answers of 2017 hold the word where nothing was set. Case counts, because Null is a surname.
    let is_set = |text: &String| text != "null";
    Metadata {
        title: fields.kept("title"),
        order_id: fields.kept("order_id"),
        order_time: order_time(fields),
        comment: fields.kept("comment"),
        customer_name: fields.text("customer_name").filter(is_set).map(Text::from),
        customer_emails: fields
            .texts("customer_email")
            .into_iter()
            .filter(is_set)
            .map(Text::from)
            .collect(),
        customer_phone: fields.text("customer_phone").filter(is_set).map(Text::from),
        logistics_channel: fields.kept("logistics_channel"),
        archived: fields.flag("archived"),
    }
}

/// The shop's own text comes back as it was, a number is an instant, and 0 is what live answers hold when it is unset.
fn order_time(fields: Fields<'_>) -> Option<OrderTime> {
    const FIELD: &str = "order_create_time";
    if let Some(instant) = fields.epoch(FIELD) {
        return Some(OrderTime::Instant(instant));
    }
    fields
        .text(FIELD)
        .filter(|text| text != "0")
        .map(|text| OrderTime::Written(text.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(mut item: Value) -> Tracking {
        item["tracking_number"] = json!("RN123456789CN");
        item["carrier_code"] = json!("china-post");
        single(Call::Single, &item).unwrap()
    }

    #[test]
    fn number_and_carrier_are_all_that_it_takes() {
        let bare = read(json!({}));
        assert_eq!(bare, Tracking::bare(bare.key.clone(), Status::parse("")));
    }

    #[test]
    fn a_number_written_as_a_number_names_a_parcel() {
        let item = json!({"tracking_number": 300403513351_u64, "carrier_code": "4px"});
        assert_eq!(named(&item).unwrap().0.to_string(), "300403513351 of 4px");
    }

    #[test]
    fn a_value_without_number_or_carrier_names_nothing() {
        for item in [
            json!(null),
            json!([]),
            json!({"tracking_number": "RN123456789CN"}),
            json!({"tracking_number": "RN123456789CN", "carrier_code": ""}),
            json!({"tracking_number": "no number", "carrier_code": "4px"}),
        ] {
            assert!(named(&item).is_none(), "{item}");
        }
    }

    #[test]
    fn the_word_null_and_blanks_leave_customer_fields_unset() {
        let unset = read(
            json!({"customer_name": "null", "customer_email": "null", "customer_phone": "", "title": " "}),
        );
        assert_eq!(unset.metadata, Metadata::default());
        let set = read(
            json!({"customer_name": "Null", "customer_email": ["a@example.com", null, "null", ""]}),
        );
        assert_eq!(set.metadata.customer_name.as_deref(), Some("Null"));
        assert_eq!(*set.metadata.customer_emails, [Text::from("a@example.com")]);
    }

    #[test]
    fn order_times_are_texts_or_instants_and_zero_is_neither() {
        let read = |value| {
            read(json!({ "order_create_time": value }))
                .metadata
                .order_time
        };
        for unset in [json!(0), json!("0"), json!(""), json!(null), json!([])] {
            assert_eq!(read(unset), None);
        }
        let written = OrderTime::Written("2017/8/27 16:51".into());
        assert_eq!(read(json!("2017/8/27 16:51")), Some(written));
        let instant = "2018-04-01T02:08:00Z".parse().unwrap();
        assert_eq!(read(json!(1522548480)), Some(OrderTime::Instant(instant)));
    }

    #[test]
    fn odd_single_values_leave_only_their_own_field_unset() {
        let odd = read(
            json!({"status": {}, "created_at": "yesterday", "itemTimeLength": -3, "lastEvent": [1], "title": "shoes"}),
        );
        let mut expected = Tracking::bare(odd.key.clone(), Status::parse(""));
        expected.metadata.title = Some("shoes".into());
        assert_eq!(odd, expected);
    }

    #[test]
    fn a_destination_without_a_name_is_that_of_its_code() {
        for (country, code, name) in [
            (json!(""), json!("cn"), Some("China")),
            (json!("Hong Kong [CN]"), json!("CN"), Some("Hong Kong [CN]")),
            (json!(null), json!(""), None),
            (json!(null), json!("XX"), None),
            (json!(null), json!(["CN"]), None),
        ] {
            let read = read(json!({"destination_country": country, "destination_code": code}));
            let destination = read.destination_country.as_ref();
            assert_eq!(destination.map(Country::name), name, "{country} {code}");
        }
    }

    #[test]
    fn statuses_of_tomorrow_and_new_fields_pass() {
        let tomorrow = read(
            json!({"status": "inforeceived", "substatus": "inforeceived 001", "drone": {"id": 7}}),
        );
        assert_eq!(tomorrow.status.as_str(), "inforeceived");
        assert_eq!(tomorrow.substatus.unwrap().as_str(), "inforeceived001");
    }
}
