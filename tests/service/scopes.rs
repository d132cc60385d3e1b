//! What callers with fewer scopes, or with a view token, see of a parcel.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parcelgraph::auth::{Caller, Credentials, Refusal, Scopes};
use parcelgraph::graphql::{Door, Event, Events, Opened, Request};
use parcelgraph::live::Known;
use parcelgraph::model::{
    Checkpoint, ClientId, Completeness, Leg, Source, Status, Tracking, TrackingKey,
};
use parcelgraph::persisted::TextHash;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::support::Room;

const DEADLINE: Duration = Duration::from_secs(5);

pub const OWN: &str = r#"{ key: { carrierCode: "dhl", trackingNumber: "1234567890" } }"#;
const OTHER: &str = r#"{ key: { carrierCode: "dhl", trackingNumber: "9876543210" } }"#;

fn key(number: &str) -> TrackingKey {
    TrackingKey::parse("dhl", number).unwrap()
}

/// A parcel of somebody who can be told apart.
fn parcel(number: &str, name: &str) -> Known {
    let mut tracking = Tracking::bare(key(number), Status::Transit);
    tracking.metadata.customer_name = Some(name.into());
    tracking.metadata.title = Some("shoes".into());
    tracking.last_event = Some("Courier: +49 170 1234567, Leipzig".into());
    tracking.origin = Some(Leg {
        checkpoints: [Checkpoint {
            description: Some("Courier: +49 170 1234567".into()),
            location: Some("Leipzig, Tel +49 170 1234567".into()),
            ..Checkpoint::default()
        }]
        .into(),
        ..Leg::default()
    });
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

pub fn room() -> Room {
    let room = Room::keeping(100);
    room.learn(parcel("1234567890", "Ann"));
    room.learn(parcel("9876543210", "Bob"));
    room
}

/// The door for somebody with these scopes.
pub fn with(room: &Room, scopes: &str) -> Door {
    let scopes: Scopes = scopes.parse().unwrap();
    let caller = Caller::with(ClientId::named("somebody"), scopes);
    room.door.clone().serving(Arc::new(caller))
}

/// The door for a page that shows one of the parcels.
pub async fn page(room: &Room) -> Door {
    let own = BTreeSet::from([key("1234567890")]);
    let hour = Duration::from_secs(3_600);
    let anybody = Caller::trusted(ClientId::default());
    let token = room.gate.view_tokens().sign(own, hour, &anybody);
    let token = token.unwrap().token;
    let caller = admitted(room, &token).await.unwrap();
    room.door.clone().serving(Arc::new(caller))
}

async fn admitted(room: &Room, token: &str) -> Result<Caller, Refusal> {
    let credentials = Credentials::Bearer(token.to_owned());
    let admitted = room.gate.admit(&credentials, ClientId::named("somebody"));
    admitted.await
}

async fn ask(room: &Room, door: &Door, query: &str) -> Value {
    match room.open(door, query, json!({})).await {
        Opened::Answer(answer) => serde_json::from_str(&answer.to_json()).unwrap(),
        Opened::Events(_) => panic!("{query} goes on"),
    }
}

pub async fn watch(room: &Room, door: &Door, query: &str) -> Events {
    match room.open(door, query, json!({})).await {
        Opened::Events(events) => *events,
        Opened::Answer(answer) => panic!("{answer:?}"),
    }
}

pub async fn next(events: &mut Events) -> Event {
    let event = timeout(DEADLINE, events.next()).await;
    event.expect("there is an event").expect("it goes on")
}

pub fn payload(event: &Event) -> Value {
    serde_json::from_str(&event.payload).unwrap()
}

/// The path and the code of each error, in order.
fn errors(answer: &Value) -> Vec<(String, &str)> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let errors = errors.iter();
    let mut errors: Vec<_> = errors
        .map(|error| {
            let code = error["extensions"]["code"].as_str().unwrap();
            (error["path"].to_string(), code)
        })
        .collect();
    errors.sort_unstable();
    errors
}

#[tokio::test]
async fn personal_data_is_null_for_its_reason_and_nothing_around_it_suffers() {
    let room = room();
    let query = format!(
        "{{ trackingsByRef(refs: [{OWN}, {OTHER}]) {{ status name: customerName ...emails }} }}
         fragment emails on Tracking {{ customerEmails }}"
    );
    let answer = ask(&room, &with(&room, "tracking:read"), &query).await;
    let row = json!({ "status": "TRANSIT", "name": null, "customerEmails": null });
    assert_eq!(answer["data"]["trackingsByRef"], json!([row, row]));
    let expected = [
        r#"["trackingsByRef",0,"customerEmails"]"#,
        r#"["trackingsByRef",0,"name"]"#,
        r#"["trackingsByRef",1,"customerEmails"]"#,
        r#"["trackingsByRef",1,"name"]"#,
    ];
    let expected = expected.map(|path| (path.to_owned(), "FORBIDDEN"));
    assert_eq!(errors(&answer), expected);
    let message = "this needs the scope customer:read: show a token that has it";
    assert_eq!(answer["errors"][0]["message"], message);
    let answer = ask(&room, &with(&room, "tracking:read customer:read"), &query).await;
    assert_eq!(answer["data"]["trackingsByRef"][1]["name"], "Bob");
    assert_eq!(errors(&answer), []);
}

#[tokio::test]
async fn personal_data_is_null_behind_an_interface_as_well() {
    let room = room();
    let door = with(&room, "tracking:read");
    let query = format!("{{ tracking(ref: {OWN}) {{ id }} }}");
    let answer = ask(&room, &door, &query).await;
    let id = &answer["data"]["tracking"]["id"];
    let query = format!("{{ nodes(ids: [{id}]) {{ id ... on Tracking {{ customerName }} }} }}");
    let answer = ask(&room, &door, &query).await;
    let path = r#"["nodes",0,"customerName"]"#.to_owned();
    assert_eq!(errors(&answer), [(path, "FORBIDDEN")]);
    assert_eq!(answer["data"]["nodes"][0]["id"], *id);
}

#[tokio::test]
async fn whoever_lacks_several_scopes_is_told_all_of_them() {
    let room = room();
    let query = "mutation { createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"NEW0000001\" }) { userErrors { code } } }";
    for (scopes, says) in [
        (
            "tracking:read",
            "the scopes tracking:write and quota:spend: show a token that has them",
        ),
        (
            "tracking:write",
            "the scope quota:spend: show a token that has it",
        ),
    ] {
        let answer = ask(&room, &with(&room, scopes), query).await;
        assert_eq!(answer["errors"][0]["message"], format!("this needs {says}"));
        assert_eq!(answer["data"], json!({ "createTracking": null }));
    }
}

#[tokio::test]
async fn a_view_token_reads_its_parcels_only_and_nothing_is_looked_up_for_others() {
    let room = room();
    let door = page(&room).await.reporting("upstream".parse().unwrap());
    let unknown = r#"{ key: { carrierCode: "dhl", trackingNumber: "UNKNOWN0001" } }"#;
    let query = format!("{{ trackingsByRef(refs: [{unknown}, {OTHER}]) {{ status }} __typename }}");
    let answer = ask(&room, &door, &query).await;
    let expected = json!({ "trackingsByRef": [null, null], "__typename": "Query" });
    assert_eq!(answer["data"], expected);
    let paths = [r#"["trackingsByRef",0]"#, r#"["trackingsByRef",1]"#];
    assert_eq!(
        errors(&answer),
        paths.map(|path| (path.to_owned(), "FORBIDDEN"))
    );
    let message = "a view token is for reading its parcels only";
    assert_eq!(answer["errors"][0]["message"], message);
    let costs = &answer["extensions"]["upstream"];
    assert_eq!(
        (&costs["calls"], &costs["cacheHits"]),
        (&json!(0), &json!(0))
    );
    let query = format!(
        "{{ one: tracking(ref: {OWN}) {{ status customerName }} two: tracking(ref: {OWN}, language: \"en\") {{ status }}
            three: carrier(code: \"dhl\") {{ code }} }}"
    );
    let answer = ask(&room, &door, &query).await;
    let expected =
        json!({ "one": { "status": "TRANSIT", "customerName": null }, "two": null, "three": null });
    assert_eq!(answer["data"], expected);
    let paths = [r#"["one","customerName"]"#, r#"["three"]"#, r#"["two"]"#];
    assert_eq!(
        errors(&answer),
        paths.map(|path| (path.to_owned(), "FORBIDDEN"))
    );
}

#[tokio::test]
async fn the_report_of_costs_tells_the_budget_to_those_who_run_the_service() {
    let room = room();
    for (scopes, is_told) in [("tracking:read", false), ("ops", true)] {
        let door = with(&room, scopes).reporting("upstream".parse().unwrap());
        let answer = ask(&room, &door, "{ __typename }").await;
        let report = &answer["extensions"]["upstream"];
        assert_eq!(report["calls"], 0);
        assert_eq!(report["budget"].is_object(), is_told, "{answer}");
    }
}

#[tokio::test]
async fn a_view_token_opens_no_nodes_but_its_parcels() {
    let room = room();
    let all = with(&room, "tracking:read");
    let query = format!(
        "{{ a: tracking(ref: {OWN}) {{ id carrier {{ id }} }} b: tracking(ref: {OTHER}) {{ id }} }}"
    );
    let ids = ask(&room, &all, &query).await;
    let (own, other) = (&ids["data"]["a"]["id"], &ids["data"]["b"]["id"]);
    let carrier = &ids["data"]["a"]["carrier"]["id"];
    let query =
        format!("{{ nodes(ids: [{own}, {other}, {carrier}]) {{ id }} node(id: {own}) {{ id }} }}");
    let answer = ask(&room, &page(&room).await, &query).await;
    let expected = json!({ "nodes": [{ "id": own }, null, null], "node": { "id": own } });
    assert_eq!(answer["data"], expected);
    let paths = [r#"["nodes",1]"#, r#"["nodes",2]"#];
    assert_eq!(
        errors(&answer),
        paths.map(|path| (path.to_owned(), "FORBIDDEN"))
    );
}

#[tokio::test]
async fn what_couriers_wrote_is_masked_for_all_who_may_not_read_of_customers() {
    let room = room();
    let query = format!(
        "{{ tracking(ref: {OWN}) {{ lastEvent checkpoints {{ description location }} origin {{ checkpoints {{ description }} }} }} }}"
    );
    let all = with(&room, "tracking:read customer:read");
    let whole = ask(&room, &all, &query).await;
    assert_eq!(whole.to_string().matches("1234567").count(), 4, "{whole}");
    for door in [page(&room).await, with(&room, "tracking:read")] {
        let masked = ask(&room, &door, &query).await;
        assert!(!masked.to_string().contains("1234567"), "{masked}");
        assert_eq!(masked.to_string().matches("***").count(), 4, "{masked}");
        assert!(masked.to_string().contains("Leipzig"), "{masked}");
    }
}

#[tokio::test]
async fn a_number_of_the_courier_that_may_be_a_phone_number_is_masked() {
    let room = room();
    let query = format!("{{ tracking(ref: {OWN}) {{ lastEvent origin {{ referenceNumber }} }} }}");
    for (number, is_shown) in [
        ("13800138000", false),
        ("138-0013-8000", false),
        ("LS912989618CN", true),
        ("12345678901234", true),
    ] {
        let mut known = parcel("1234567890", "Ann");
        let mut tracking = Tracking::clone(known.tracking.as_ref().unwrap());
        tracking.last_event = Some(format!("Handed over as {number}").into());
        tracking.origin.as_mut().unwrap().reference_number = Some(number.into());
        known.tracking = Some(Arc::new(tracking));
        room.learn(known);
        let answer = ask(&room, &page(&room).await, &query).await;
        let told = answer.to_string().matches(number).count();
        assert_eq!(told, if is_shown { 2 } else { 0 }, "{answer}");
    }
}

#[tokio::test]
async fn a_page_of_a_courier_is_shown_without_what_it_is_asked_for() {
    let room = room();
    let mut known = parcel("1234567890", "Ann");
    let mut tracking = Tracking::clone(known.tracking.as_ref().unwrap());
    tracking.origin.as_mut().unwrap().weblink =
        Some("http://courier.example/track?zip=04109&phone=1701234567".into());
    known.tracking = Some(Arc::new(tracking));
    room.learn(known);
    let query = format!("{{ tracking(ref: {OWN}) {{ origin {{ weblink }} }} }}");
    for (door, suffix) in [
        (page(&room).await, ""),
        (with(&room, "tracking:read"), ""),
        (
            with(&room, "tracking:read customer:read"),
            "?zip=04109&phone=1701234567",
        ),
    ] {
        let answer = ask(&room, &door, &query).await;
        let link = &answer["data"]["tracking"]["origin"]["weblink"];
        assert_eq!(*link, format!("http://courier.example/track{suffix}"));
    }
}

#[tokio::test]
async fn a_refused_subscription_is_refused_with_its_own_code() {
    let room = room();
    let watching = format!("subscription {{ trackingUpdated(refs: [{OTHER}]) {{ kind }} }}");
    let statuses = "subscription { statusChanged { kind } }";
    for (door, query) in [
        (page(&room).await, watching.as_str()),
        (page(&room).await, statuses),
        (with(&room, "realtime ops"), statuses),
    ] {
        match room.open(&door, query, json!({})).await {
            Opened::Answer(answer) => {
                assert_eq!(answer.refusal.unwrap().as_str(), "FORBIDDEN");
                let errors = &answer.errors();
                assert_eq!(errors[0]["extensions"]["code"], "FORBIDDEN", "{errors:?}");
            }
            Opened::Events(_) => panic!("{query} begins"),
        }
    }
}

const CHANGES: &str = "{ kind changes { field before after } tracking { customerName lastEvent } }";

#[tokio::test]
async fn a_change_tells_nobody_what_the_tracking_would_not_tell_him() {
    let room = room();
    let query = format!("subscription {{ trackingUpdated(refs: [{OWN}]) {CHANGES} }}");
    let all = with(&room, "tracking:read customer:read");
    let mut all = watch(&room, &all, &query).await;
    let mut some = watch(&room, &with(&room, "tracking:read"), &query).await;
    let mut page = watch(&room, &page(&room).await, &query).await;
    for events in [&mut all, &mut some, &mut page] {
        next(events).await;
    }
    let mut changed = parcel("1234567890", "Cid");
    let mut tracking = Tracking::clone(changed.tracking.as_ref().unwrap());
    tracking.last_event = Some("Courier: +49 170 7654321".into());
    changed.tracking = Some(Arc::new(tracking));
    room.learn(changed);
    let all = payload(&next(&mut all).await);
    assert_eq!(errors(&all), []);
    let name = json!({ "field": "customerName", "before": "Ann", "after": "Cid" });
    let changes = &all["data"]["trackingUpdated"]["changes"];
    assert_eq!(changes[1], name, "{all}");
    assert!(all.to_string().contains("7654321"));
    let some = payload(&next(&mut some).await);
    let page = payload(&next(&mut page).await);
    for told in [&some, &page] {
        let text = told.to_string();
        assert!(!text.contains("Ann") && !text.contains("Cid"), "{text}");
        let changes = told["data"]["trackingUpdated"]["changes"].as_array();
        let fields = changes.unwrap().iter().map(|change| &change["field"]);
        assert_eq!(Vec::from_iter(fields), ["lastEvent"]);
        let path = r#"["trackingUpdated","tracking","customerName"]"#.to_owned();
        assert_eq!(errors(told), [(path, "FORBIDDEN")]);
        assert!(!text.contains("7654321"), "{text}");
    }
}

#[tokio::test]
async fn only_those_who_may_see_the_same_are_told_the_same_text() {
    let room = room();
    let query = format!("subscription {{ trackingUpdated(refs: [{OWN}]) {CHANGES} }}");
    let doors = [
        with(&room, "tracking:read customer:read"),
        with(&room, "customer:read tracking:read"),
        with(&room, "tracking:read"),
        page(&room).await,
        page(&room).await,
    ];
    let mut readers = Vec::new();
    for door in &doors {
        let mut events = watch(&room, door, &query).await;
        next(&mut events).await;
        readers.push(events);
    }
    // Whoever is told of the first change before he is up to date is told of the second one with the others.
    let mut told = Vec::new();
    for name in ["Cid", "Dan"] {
        room.learn(parcel("1234567890", name));
        told.clear();
        for events in &mut readers {
            told.push(next(events).await.payload);
        }
    }
    for (left, right, is_shared) in [
        (0, 1, true),
        (3, 4, true),
        (0, 2, false),
        (2, 3, false),
        (0, 3, false),
    ] {
        let are_same = Arc::ptr_eq(&told[left], &told[right]);
        assert_eq!(are_same, is_shared, "{left} and {right}");
    }
    assert!(told[0].contains("Dan") && !told[2].contains("Dan"));
}

#[tokio::test]
async fn a_view_token_is_given_out_and_taken_back() {
    let room = room();
    let door = with(&room, "tracking:read");
    let query = format!(
        "mutation {{ createViewToken(input: {{ refs: [{OWN}, {OWN}], ttl: \"PT1H\" }}) {{
            viewToken {{ id token expiresAt }} userErrors {{ message }} }} }}"
    );
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let answer = ask(&room, &door, &query).await;
        let token = &answer["data"]["createViewToken"]["viewToken"];
        tokens.push((
            token["id"].as_str().unwrap().to_owned(),
            token["token"].as_str().unwrap().to_owned(),
        ));
        let ends: Timestamp = token["expiresAt"].as_str().unwrap().parse().unwrap();
        assert!((ends - Timestamp::now()).as_secs() > 3_500);
    }
    for (id, token) in &tokens {
        let grant = admitted(&room, token).await.unwrap().grant.unwrap();
        assert_eq!(&grant.id, id);
        assert_eq!(grant.keys, BTreeSet::from([key("1234567890")]));
    }
    let [(id, by_id), (_, token)] = &tokens[..] else {
        panic!("there are two")
    };
    for (input, token) in [
        (format!("id: \"{id}\""), by_id),
        (format!("token: \"{token}\""), token),
    ] {
        let query = format!(
            "mutation {{ revokeViewToken(input: {{ {input} }}) {{ userErrors {{ message }} }} }}"
        );
        let answer = ask(&room, &door, &query).await;
        let expected = json!({ "data": { "revokeViewToken": { "userErrors": [] } } });
        assert_eq!(answer, expected);
        assert_eq!(admitted(&room, token).await, Err(Refusal::Revoked));
    }
}

#[tokio::test]
async fn what_no_view_token_can_be_is_told_with_the_place() {
    let room = room();
    let door = with(&room, "tracking:read");
    let many = (0..21).map(|number| OWN.replace("1234567890", &format!("12345678{number:02}")));
    let many = Vec::from_iter(many).join(", ");
    for (input, field) in [
        (
            r#"refs: [], ttl: "PT1H""#.to_owned(),
            json!(["input", "refs"]),
        ),
        (
            format!("refs: [{many}], ttl: \"PT1H\""),
            json!(["input", "refs"]),
        ),
        (
            format!("refs: [{}], ttl: \"PT1H\"", [OWN; 201].join(", ")),
            json!(["input", "refs"]),
        ),
        (
            format!("refs: [{OWN}], ttl: \"PT59S\""),
            json!(["input", "ttl"]),
        ),
        (
            format!("refs: [{OWN}, {{ id: \"x\" }}], ttl: \"PT1H\""),
            json!(["input", "refs", "1", "id"]),
        ),
    ] {
        let query = format!(
            "mutation {{ createViewToken(input: {{ {input} }}) {{ viewToken {{ id }} userErrors {{ code field }} }} }}"
        );
        let answer = ask(&room, &door, &query).await;
        let errors = json!([{ "code": "INVALID", "field": field }]);
        let expected = json!({ "createViewToken": { "viewToken": null, "userErrors": errors } });
        assert_eq!(answer["data"], expected, "{answer}");
    }
    let query = "mutation { revokeViewToken(input: { id: \"x\" }) { userErrors { code field } } }";
    let answer = ask(&room, &door, query).await;
    let errors = json!([{ "code": "INVALID", "field": ["input", "id"] }]);
    let expected = json!({ "revokeViewToken": { "userErrors": errors } });
    assert_eq!(answer["data"], expected);
}

#[tokio::test]
async fn a_view_token_registers_no_texts() {
    let room = room();
    let text = "query Name { __typename }";
    let hash = TextHash::of(text).to_string();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let registration = json!({ "query": text, "extensions": extensions });
    let by_hash = json!({ "extensions": extensions });
    let (page, somebody) = (page(&room).await, with(&room, "tracking:read"));
    let steps = [
        (&page, &registration, "Query"),
        (&page, &by_hash, "PERSISTED_QUERY_NOT_FOUND"),
        (&somebody, &registration, "Query"),
        (&page, &by_hash, "Query"),
    ];
    for (door, request, becomes) in steps {
        let request = Request::from_json(request).unwrap();
        let answer = match door.prepare(request).await {
            Ok(operation) => match door.open(operation).await {
                Opened::Answer(answer) => answer,
                Opened::Events(_) => panic!("it goes on"),
            },
            Err(answer) => answer,
        };
        assert!(answer.to_json().contains(becomes), "{becomes}: {answer:?}");
    }
}
