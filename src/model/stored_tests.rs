use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::super::*;

/// Any text, and often one that looks like something else: a number, a status, a time.
fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        any::<String>(),
        "[ a-z0-9-]{0,12}",
        Just(String::new()),
        Just("2018-04-14T17:07:00+08:00".to_owned()),
    ]
    .prop_map(Text::from)
}

prop_compose! {
    fn key()(carrier in "[a-zA-Z0-9_-]{1,64}", number in "[a-zA-Z0-9_-]{5,64}") -> TrackingKey {
        TrackingKey::parse(&carrier, &number).unwrap()
    }
}

fn local_time() -> impl Strategy<Value = Option<LocalTime>> {
    prop_oneof![
        text().prop_map(|text| text.to_string()),
        "20[0-2][0-9]-0[1-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?( ?[+-][01][0-9]:?00|Z)?",
    ]
    .prop_map(|text| LocalTime::parse(&text))
}

fn status() -> impl Strategy<Value = Status> {
    const KNOWN: &[&str] = &["pending", "notfound", "Transit", "pickup", "delivered"];
    prop_oneof![
        proptest::sample::select(KNOWN).prop_map(Status::parse),
        text().prop_map(|text| Status::parse(&text))
    ]
}

fn substatus() -> impl Strategy<Value = Option<Substatus>> {
    text().prop_map(|text| Substatus::parse(&text))
}

fn timestamp() -> impl Strategy<Value = Option<jiff::Timestamp>> {
    let range = jiff::Timestamp::MIN.as_second()..=jiff::Timestamp::MAX.as_second();
    of((range, 0..1_000_000_000).prop_map(|(second, nanosecond)| {
        jiff::Timestamp::new(second, nanosecond).unwrap_or(jiff::Timestamp::MAX)
    }))
}

fn country() -> impl Strategy<Value = Option<Country>> {
    prop_oneof![
        text().prop_map(|text| Country::named(&text)),
        Just(Country::named("Hong Kong [CN]")),
        "[A-Z]{2}".prop_map(|code| CountryCode::parse(&code).ok().map(Country::coded)),
    ]
}

prop_compose! {
    fn checkpoint()(
        time in local_time(),
        description in of(text()),
        location in of(text()),
        status in of(status()),
        substatus in substatus(),
        milestone in of(text()),
    ) -> Checkpoint {
        Checkpoint { time, description, location, status, substatus, milestone }
    }
}

prop_compose! {
    fn leg()(
        carrier in of("[a-z]{1,9}"),
        reference_number in of(text()),
        weblink in of(text()),
        phone in of(text()),
        times in vec(local_time(), 6),
        checkpoints in vec(checkpoint(), 0..4),
    ) -> Leg {
        let mut times = times.into_iter();
        let mut time = || times.next().unwrap();
        Leg {
            carrier: carrier.map(|code| CarrierCode::parse(&code).unwrap()),
            reference_number,
            weblink,
            phone,
            milestones: Milestones {
                received: time(),
                dispatched: time(),
                departed_airport: time(),
                arrived_abroad: time(),
                customs_clearance: time(),
                arrived_destination: time(),
            }
            .if_any(),
            checkpoints: checkpoints.into(),
        }
    }
}

fn order_time() -> impl Strategy<Value = Option<OrderTime>> {
    prop_oneof![
        of(text().prop_map(OrderTime::Written)),
        timestamp().prop_map(|time| time.map(OrderTime::Instant)),
    ]
}

prop_compose! {
    fn metadata()(
        texts in vec(of(text()), 6),
        order_time in order_time(),
        customer_emails in vec(text(), 0..3),
        archived in any::<Option<bool>>(),
    ) -> Metadata {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().unwrap();
        Metadata {
            title: text(),
            order_id: text(),
            order_time,
            comment: text(),
            customer_name: text(),
            customer_emails: customer_emails.into(),
            customer_phone: text(),
            logistics_channel: text(),
            archived,
        }
    }
}

prop_compose! {
    fn tracking()(
        (key, status, substatus, metadata) in (key(), status(), substatus(), metadata()),
        times in vec(timestamp(), 2),
        updating in any::<Option<bool>>(),
        countries in vec(country(), 2),
        days in any::<(Option<u32>, Option<u32>)>(),
        texts in vec(of(text()), 4),
        (origin, destination, last_event_time) in (of(leg()), of(leg()), local_time()),
    ) -> Tracking {
        Tracking {
            key,
            upstream_id: texts[0].clone(),
            status,
            substatus,
            metadata,
            created_at: times[0],
            updated_at: times[1],
            updating,
            origin_country: countries[0].clone(),
            destination_country: countries[1].clone(),
            transit_days: days.0,
            idle_days: days.1,
            service_code: texts[1].clone(),
            signed_by: texts[2].clone(),
            origin,
            destination,
            last_event: texts[3].clone(),
            order: Order::default(),
            last_event_time,
        }
    }
}

proptest! {
    #[test]
    fn a_tracking_comes_back_from_a_store_as_it_was(tracking in tracking()) {
        let stored = serde_json::to_string(&tracking).unwrap();
        // Stores keep one to a line.
        prop_assert!(!stored.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Tracking>(&stored).unwrap(), tracking);
    }
}

#[test]
fn nothing_that_is_not_valid_comes_out_of_a_store() {
    assert!(serde_json::from_str::<TrackingNumber>(r#""12 345""#).is_err());
    assert!(serde_json::from_str::<CarrierCode>(r#""""#).is_err());
    assert!(serde_json::from_str::<CountryCode>(r#""XX""#).is_err());
    assert!(serde_json::from_str::<LocalTime>(r#"" ""#).is_err());
    assert!(serde_json::from_str::<Substatus>(r#"7"#).is_err());
}
