//! Who may ask for what: every field that can be asked for, by every kind of caller, over HTTP, and some of them over sockets.
//!
//! What is expected stands in one table. The schema has to say the same, and the server has to do it.

mod callers;
mod conditions;
mod fields;
mod marked;
mod published;
mod table;

use std::time::Duration;

use parcelgraph::auth::Scopes;
use serde_json::{Value, json};

use crate::support::{House, SEED, Socket};
use callers::{Caller, JWT_SECRET, Parcel, Who, claims, let_in, others, signed};
use table::{ERRORS, Entry, NOBODYS, table};

/// Signs a view token as a caller who may.
async fn view(house: &House, token: &str, parcel: &str) -> String {
    let query = format!(
        "mutation {{ createViewToken(input: {{ refs: [{parcel}], ttl: \"PT1H\" }}) {{ viewToken {{ token }} }} }}"
    );
    let (_, answer) = ask(house, Some(token), &query).await;
    let token = &answer["data"]["createViewToken"]["viewToken"]["token"];
    token
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

/// The status and the answer to an operation, or the first one of a subscription.
async fn ask(house: &House, token: Option<&str>, query: &str) -> (u16, Value) {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = Vec::from_iter(authorization.as_deref().map(|it| ("authorization", it)));
    if query.starts_with("subscription") {
        headers.push(("accept", "text/event-stream"));
    }
    let body = json!({ "query": query });
    let mut response = house.post(&headers, &body).await;
    let status = response.status().as_u16();
    let mut text = String::new();
    let read = async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            text += std::str::from_utf8(&chunk).unwrap();
            if text.contains("data: {") && text.contains("\n\n") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap_or_else(|_| panic!("{query} has no answer"));
    let line = text.lines().find_map(|line| line.strip_prefix("data: "));
    let answer = serde_json::from_str(line.unwrap_or(&text));
    (status, answer.unwrap_or_else(|_| panic!("{query}: {text}")))
}

/// The names in the paths of what was forbidden.
fn forbidden(answer: &Value) -> Vec<Vec<&str>> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = errors
        .iter()
        .filter(|error| error["extensions"]["code"] == "FORBIDDEN");
    let paths = ours.map(|error| {
        let path = error["path"].as_array().unwrap().iter();
        path.filter_map(Value::as_str).collect()
    });
    paths.collect()
}

/// A house with every kind of caller before it, and what they ask.
async fn everybody() -> (House, Vec<Caller>, Vec<Entry>) {
    let mut callers = Vec::new();
    let house = House::without_limits_and(|settings| {
        callers = let_in(&mut settings.access);
        // Calls are counted, and nobody else makes any.
        settings.tracker.poll_interval = Duration::ZERO;
    })
    .await;
    callers.extend(others());
    let all = signed(&claims(), JWT_SECRET);
    for (name, parcel, who) in [
        ("view", SEED, Who::ViewOf(Parcel::Own)),
        ("view of another", NOBODYS, Who::ViewOf(Parcel::Other)),
        ("view that was revoked", SEED, Who::Nobody),
    ] {
        let token = view(&house, &all, parcel).await;
        if matches!(who, Who::Nobody) {
            let query =
                format!("mutation {{ revokeViewToken(input: {{ token: \"{token}\" }}) {ERRORS} }}");
            let (_, answer) = ask(&house, Some(&all), &query).await;
            assert_eq!(answer["data"]["revokeViewToken"]["userErrors"], json!([]));
        }
        callers.push(Caller {
            name: name.to_owned(),
            token: Some(token),
            who,
        });
    }
    let query = format!("{{ tracking(ref: {SEED}) {{ id }} }}");
    let (_, answer) = ask(&house, Some(&all), &query).await;
    let table = table(&answer["data"]["tracking"]["id"].to_string());
    (house, callers, table)
}

#[tokio::test]
async fn everybody_gets_what_the_table_says_and_nothing_else() {
    let (house, callers, table) = everybody().await;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for caller in &callers {
        for entry in &table {
            asked += 1;
            let calls: u64 = house.sandbox.stats().calls.values().sum();
            let (status, answer) = ask(&house, caller.token.as_deref(), &entry.operation()).await;
            let expected = entry.refused_at(&caller.who);
            let is_right = match &caller.who {
                Who::Nobody => {
                    let code = &answer["errors"][0]["extensions"]["code"];
                    status == 401 && code == "UNAUTHENTICATED" && answer.get("data").is_none()
                }
                _ => forbidden(&answer) == Vec::from_iter(expected.clone()),
            };
            let calls = house.sandbox.stats().calls.values().sum::<u64>() - calls;
            let is_untouched = expected.is_none_or(|path| path.len() > 1 || calls == 0);
            if !is_right || !is_untouched {
                let (name, place) = (&caller.name, entry.place);
                wrong.push(format!("{name}: {place}: {status} {answer}, {calls} calls"));
            }
        }
    }
    assert_eq!(asked, callers.len() * table.len());
    assert!(
        wrong.is_empty(),
        "{} of {asked} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The answer to an operation over a socket, or the first one of a subscription.
async fn say(socket: &mut Socket, id: usize, query: &str) -> Value {
    let id = id.to_string();
    let payload = json!({ "query": query });
    let asked = json!({ "type": "subscribe", "id": id, "payload": payload });
    socket.say(asked).await;
    loop {
        let mut said = socket.next().await;
        if said["id"] != id {
            continue;
        }
        match said["type"].as_str().unwrap() {
            "next" => {
                socket.say(json!({ "type": "complete", "id": id })).await;
                return said["payload"].take();
            }
            "error" => return json!({ "errors": said["payload"] }),
            other => panic!("{query}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_socket_shows_everybody_the_same() {
    let (house, callers, table) = everybody().await;
    for caller in &callers {
        let mut socket = Socket::open(&house.address, Some("graphql-transport-ws")).await;
        let payload = json!({ "token": caller.token });
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.say(init).await;
        let name = &caller.name;
        if matches!(caller.who, Who::Nobody) {
            assert_eq!(socket.closed().await.0, 4403, "{name}");
            continue;
        }
        assert_eq!(socket.next().await["type"], "connection_ack", "{name}");
        for (id, entry) in table.iter().enumerate().step_by(3) {
            let answer = say(&mut socket, id, &entry.operation()).await;
            let expected = Vec::from_iter(entry.refused_at(&caller.who));
            assert_eq!(
                forbidden(&answer),
                expected,
                "{name}: {}: {answer}",
                entry.place
            );
        }
    }
}

#[tokio::test]
async fn an_outcome_is_not_told_again_to_those_who_may_see_less() {
    let house = House::without_limits_and(|settings| {
        let_in(&mut settings.access);
    })
    .await;
    let query = r#"mutation { createTracking(input: { carrierCode: "dhl", trackingNumber: "NEW0000001", customerName: "Ann" }) {
        tracking { customerName } } }"#;
    let send = async |scopes: Scopes| {
        let mut claims = claims();
        claims["scope"] = json!(scopes.to_string());
        let bearer = format!("Bearer {}", signed(&claims, JWT_SECRET));
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let response = house.post(&headers, &json!({ "query": query })).await;
        response.text().await.unwrap()
    };
    let first = send(Scopes::ALL).await;
    assert!(first.contains("Ann"), "{first}");
    let fewer = "tracking:read tracking:write quota:spend";
    let answer = send(fewer.parse().unwrap()).await;
    assert!(
        answer.contains("CONFLICT") && !answer.contains("Ann"),
        "{answer}"
    );
    assert_eq!(send(Scopes::ALL).await, first);
}

#[tokio::test]
async fn whoever_may_change_parcels_but_not_read_them_is_not_told_of_them() {
    let house = House::without_limits_and(|settings| {
        let_in(&mut settings.access);
    })
    .await;
    let mut claims = claims();
    claims["scope"] = json!("tracking:write quota:spend realtime customer:read");
    let token = signed(&claims, JWT_SECRET);
    let create = r#"createTracking(input: { carrierCode: "dhl", trackingNumber: "NEW0000001" })"#;
    let update = format!(r#"updateTracking(input: {{ ref: {SEED}, title: "x" }})"#);
    let refresh = format!("refreshTracking(ref: {SEED})");
    for change in [create, &update, &refresh] {
        let (field, _) = change.split_once('(').unwrap();
        let query = format!(
            "mutation {{ {change} {{ tracking {{ id customerName status }} userErrors {{ code }} }} }}"
        );
        let (_, answer) = ask(&house, Some(&token), &query).await;
        let told = json!({ "tracking": null, "userErrors": [] });
        assert_eq!(answer["data"][field], told, "{answer}");
        assert_eq!(forbidden(&answer), [[field, "tracking"]], "{answer}");
    }
}

#[tokio::test]
async fn a_view_token_has_its_parcel_asked_for_once_a_minute_at_most() {
    let (house, ..) = everybody().await;
    let all = signed(&claims(), JWT_SECRET);
    let view = view(&house, &all, SEED).await;
    let query = format!("{{ tracking(ref: {SEED}, freshness: {{ maxAge: \"PT0S\" }}) {{ id }} }}");
    let calls = async |token: &str| {
        let calls = || house.sandbox.stats().calls.values().sum::<u64>();
        let before = calls();
        let (_, answer) = ask(&house, Some(token), &query).await;
        assert!(answer["data"]["tracking"]["id"].is_string(), "{answer}");
        calls() - before
    };
    assert_eq!(calls(&all).await, 1);
    for _ in 0..3 {
        assert_eq!(calls(&view).await, 0);
    }
    assert_eq!(calls(&all).await, 1);
}
