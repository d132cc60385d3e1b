//! The bodies of calls that send one, in the documented spellings.

use serde_json::{Map, Value};

use crate::model::{NewTracking, TrackingKey};

/// Adds a tracking to the account; what is unset or blank is left out.
pub(super) fn create(new: &NewTracking) -> Value {
    let optional = [
        ("title", &new.title),
        ("order_id", &new.order_id),
        ("comment", &new.comment),
        ("customer_name", &new.customer_name),
        ("customer_email", &new.customer_email),
        ("customer_phone", &new.customer_phone),
        ("logistics_channel", &new.logistics_channel),
    ];
    let mut body = naming(&new.key);
    let written = [
        (
            "order_create_time",
            new.order_time
                .map(|time| time.strftime("%Y/%-m/%-d %H:%M").to_string()),
        ),
        (
            "destination_code",
            new.destination_country
                .map(|country| country.as_str().to_owned()),
        ),
        (
            "lang",
            new.language.map(|language| language.as_str().to_owned()),
        ),
    ];
    for (field, value) in written {
        if let Some(text) = value {
            body.insert(field.to_owned(), text.into());
        }
    }
    for (field, value) in optional {
        if let Some(text) = value.as_deref().filter(|text| !text.trim().is_empty()) {
            body.insert(field.to_owned(), text.into());
        }
    }
    body.into()
}

/// Asks the courier about a parcel now.
pub(super) fn realtime(key: &TrackingKey) -> Value {
    naming(key).into()
}

fn naming(key: &TrackingKey) -> Map<String, Value> {
    Map::from_iter([
        ("tracking_number".to_owned(), key.number.as_str().into()),
        ("carrier_code".to_owned(), key.carrier.as_str().into()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unset_and_blank_fields_are_left_out() {
        let key = TrackingKey::parse("4px", "300403513351").unwrap();
        let mut new = NewTracking::bare(key);
        new.title = Some(" ".into());
        new.comment = Some("".into());
        assert_eq!(
            create(&new),
            json!({"tracking_number": "300403513351", "carrier_code": "4px"})
        );
    }
}
