//! What tells of people comes out nowhere: a parcel of which every text holds a name and a phone number.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parcelgraph::live::Known;
use parcelgraph::model::{
    Checkpoint, Completeness, Country, Leg, LocalTime, Metadata, Milestones, OrderTime, Source,
    Status, Substatus, Text, Tracking, TrackingKey,
};
use serde_json::Value;
use tokio::time::Instant;

use super::fields::{Content, places};
use super::published::fields_of_the_schema;
use super::table::table;
use crate::scopes::{OWN, next, page, payload, room, watch, with};

/// Two people, one before and one after a change.
const PEOPLE: [(&str, &str); 2] = [
    ("Jane Doe", "+49 170 7654321"),
    ("Mary Roe", "+49 170 5432167"),
];

/// What may not come out of what is known of them.
const TRACES: [&str; 8] = [
    "jane", "doe", "mary", "roe", "7654321", "765432", "5432167", "543216",
];

/// A parcel of somebody who is named in every text.
fn record((name, phone): (&str, &str)) -> Known {
    let words = format!("Signed by: {name}, Tel {phone}");
    let text = || Some(Text::from(&*words));
    let time = || LocalTime::parse(&words);
    let substatus = || Substatus::parse(&format!("transit001,{phone}"));
    let key = TrackingKey::parse("dhl", "1234567890").unwrap();
    let mut tracking = Tracking::bare(key, Status::parse(&words));
    tracking.substatus = substatus();
    tracking.metadata = Metadata {
        title: text(),
        order_id: text(),
        order_time: Some(OrderTime::Written((&*words).into())),
        comment: text(),
        customer_name: Some(name.into()),
        customer_emails: [format!("{}@example.com", name.replace(' ', ".")).into()].into(),
        customer_phone: Some(phone.into()),
        logistics_channel: text(),
        archived: Some(false),
    };
    tracking.origin_country = Country::named(&words);
    tracking.destination_country = Country::named(&words);
    tracking.service_code = text();
    tracking.signed_by = text();
    tracking.last_event = text();
    tracking.last_event_time = time();
    let leg = || Leg {
        carrier: None,
        reference_number: text(),
        weblink: Some(format!("http://courier.example/track?of={words}").into()),
        phone: text(),
        milestones: Milestones {
            received: time(),
            dispatched: time(),
            departed_airport: time(),
            arrived_abroad: time(),
            customs_clearance: time(),
            arrived_destination: time(),
        }
        .if_any(),
        checkpoints: [
            Checkpoint {
                time: time(),
                description: text(),
                location: text(),
                status: Some(Status::parse(&words)),
                substatus: substatus(),
                milestone: text(),
            },
            // What is said after this is quoted as a contradiction.
            Checkpoint {
                status: Some(Status::Delivered),
                ..Checkpoint::default()
            },
        ]
        .into(),
    };
    tracking.origin = Some(leg());
    tracking.destination = Some(leg());
    let now = Instant::now();
    Known {
        tracking: Some(Arc::new(tracking)),
        as_of: now,
        aging_since: now,
        fetched_at: Timestamp::now(),
        source: Source::List,
        completeness: Completeness::Whole,
    }
}

/// The fields of each object with the names of their types.
type Objects = BTreeMap<String, Vec<(String, String)>>;

fn objects() -> Objects {
    let mut objects = Objects::new();
    for (kind, field) in fields_of_the_schema() {
        let mut of = &field.ty.node.base;
        while let async_graphql::parser::types::BaseType::List(inner) = of {
            of = &inner.base;
        }
        let named = (field.name.node.to_string(), of.to_string());
        objects.entry(kind).or_default().push(named);
    }
    // It tells of a carrier, and the list of them is the upstream's.
    objects.remove("Carrier");
    objects
}

/// Everything that can be asked of an object.
fn selection(objects: &Objects, kind: &str) -> String {
    let fields = objects[kind].iter().map(|(field, of)| match of.as_str() {
        "Carrier" => format!("{field} {{ code }}"),
        of if objects.contains_key(of) => format!("{field} {}", selection(objects, of)),
        _ => field.clone(),
    });
    format!("{{ {} }}", Vec::from_iter(fields).join(" "))
}

/// The values of an answer by the places of their fields.
fn collect(objects: &Objects, kind: &str, value: &Value, told: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Array(entries) => {
            for entry in entries {
                collect(objects, kind, entry, told);
            }
        }
        Value::Object(_) if objects.contains_key(kind) => {
            for (field, of) in &objects[kind] {
                let below = &value[field];
                match objects.contains_key(of) {
                    true => collect(objects, of, below, told),
                    false => {
                        let place = told.entry(format!("{kind}.{field}")).or_default();
                        place.push(below.to_string().to_lowercase());
                    }
                }
            }
        }
        _ => {}
    }
}

/// All that a caller with this door is told of both people.
async fn told(
    door: &parcelgraph::graphql::Door,
    room: &crate::support::Room,
) -> BTreeMap<String, Vec<String>> {
    let objects = objects();
    let query = format!(
        "subscription {{ trackingUpdated(refs: [{OWN}]) {} }}",
        selection(&objects, "TrackingEvent")
    );
    room.learn(record(PEOPLE[0]));
    let mut events = watch(room, door, &query).await;
    let mut told = BTreeMap::new();
    for step in 0..2 {
        let answer = payload(&next(&mut events).await);
        let event = &answer["data"]["trackingUpdated"];
        assert!(event.is_object(), "{answer}");
        collect(&objects, "TrackingEvent", event, &mut told);
        if step == 0 {
            room.learn(record(PEOPLE[1]));
        }
    }
    told
}

fn traces(texts: &[String]) -> Vec<&str> {
    let texts = texts.iter().map(String::as_str);
    let is_telling = |text: &&str| TRACES.iter().any(|trace| text.contains(trace));
    texts.filter(is_telling).collect()
}

#[tokio::test]
async fn nothing_that_tells_of_people_comes_out_without_the_scope_for_it() {
    for scopes in [
        None,
        Some("tracking:read"),
        Some("tracking:read realtime ops"),
    ] {
        let room = room();
        let door = match scopes {
            Some(scopes) => with(&room, scopes),
            None => page(&room).await,
        };
        for (place, texts) in told(&door, &room).await {
            let found = traces(&texts);
            assert!(found.is_empty(), "{scopes:?}: {place}: {found:?}");
        }
    }
}

#[tokio::test]
async fn whoever_has_it_is_told_everything_in_every_field_that_the_table_calls_telling() {
    let room = room();
    let door = with(&room, "tracking:read customer:read");
    let told = told(&door, &room).await;
    let words = places().filter(|(_, content)| *content == Content::Words);
    let words = words.map(|(place, _)| place);
    let table = table("\"\"");
    let personal = table.iter().filter(|entry| entry.needs == "customer:read");
    let telling: Vec<_> = words
        .filter(|place| told.contains_key(place))
        .chain(personal.map(|entry| entry.place.to_owned()))
        .collect();
    for (place, texts) in &told {
        let is_telling = telling.contains(place);
        assert_eq!(!traces(texts).is_empty(), is_telling, "{place}: {texts:?}");
    }
}
