//! What TrackingMore sends by itself: hints that are shown as such, put to the list, and nothing more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind, SHUTTLE};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::push::{
    FIELDS, SEED_NUMBER, delivery, end, ended, figure, house, known, push, send, shows, taken,
    taking, tale,
};
use crate::support::{Client, House, look, until};

/// A message about a parcel that nobody ever sent.
fn invention(number: u32, seal: &Value) -> String {
    let number = format!("{number:010}");
    let data = json!({ "tracking_number": number, "carrier_code": "dhl", "status": "transit" });
    json!({ "data": data, "verifyInfo": seal }).to_string()
}

/// A list call that does not come back for longer than the test takes.
fn hung() -> Fault {
    Fault::new(FaultKind::Slow { delay_ms: 20_000 }).on(Endpoint::List)
}

/// Has the account itself say a status at the service, by its number.
async fn rule(house: &House, status: &str) {
    let address = house.sandbox.base_url();
    let call = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = call
        .put(format!("{address}/trackings/china-ems/{SEED_NUMBER}"))
        .header("Trackingmore-Api-Key", "sandbox")
        .body(json!({ "status": status }).to_string());
    let answer: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["meta"]["code"], 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_shown_as_a_hint_at_once_and_confirmed_by_the_next_list_call() {
    let house = house().await;
    assert_eq!(known(&house).await["verification"], "CONFIRMED");
    house.sandbox.fault(look::slow(1_500));
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    push(&house, house.sandbox.webhook_body(SEED_NUMBER).unwrap()).await;
    until("the list call", || house.calls(Endpoint::List) == 2).await;
    let hinted = known(&house).await;
    assert_eq!(hinted["verification"], "HINTED", "{hinted}");
    assert_eq!(hinted["freshness"]["source"], "WEBHOOK", "{hinted}");
    assert_eq!(hinted["freshness"]["staleReason"], "REVALIDATING");
    end(&house, "confirmed", 1).await;
    let confirmed = known(&house).await;
    assert_eq!(confirmed["verification"], "CONFIRMED", "{confirmed}");
    assert_eq!(confirmed["status"], hinted["status"]);
    assert_eq!(house.calls(Endpoint::List), 2);
    assert_eq!(figure(&house, "parcelgraph_webhook_refuted_total").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_list_does_not_bear_out_is_an_alarm_and_the_lists_word_counts() {
    let house = house().await;
    let before = known(&house).await;
    house.sandbox.fault(look::slow(1_500));
    push(&house, delivery(&house.sandbox)).await;
    until("the list call", || house.calls(Endpoint::List) == 2).await;
    let hinted = known(&house).await;
    assert_eq!(hinted["status"], "DELIVERED", "{hinted}");
    assert_eq!(hinted["verification"], "HINTED", "{hinted}");
    end(&house, "refuted", 1).await;
    assert_eq!(known(&house).await, before);
    assert_eq!(figure(&house, "parcelgraph_webhook_refuted_total").await, 1);
    assert_eq!(ended(&house, "confirmed").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_trails_its_messages_refutes_none_that_it_bears_out_soon() {
    let house = house().await;
    known(&house).await;
    push(
        &house,
        tale(&house.sandbox, SignedDuration::ZERO, |data| {
            data["status"] = json!("delivered");
            data["substatus"] = json!(null);
        }),
    )
    .await;
    until("the list call", || house.calls(Endpoint::List) == 2).await;
    shows(&house, "CONFIRMED", "TRANSIT").await;
    rule(&house, "4").await;
    end(&house, "confirmed", 1).await;
    shows(&house, "CONFIRMED", "DELIVERED").await;
    assert_eq!(ended(&house, "refuted").await, 0);
    assert_eq!(house.calls(Endpoint::List), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_accept_what_is_stale_waits_for_the_list() {
    let house = house().await;
    known(&house).await;
    house.sandbox.fault(look::slow(500));
    push(&house, delivery(&house.sandbox)).await;
    let seed = crate::support::SEED;
    let waiting = look::argument("otherwise: ERROR");
    let query = format!("{{ tracking(ref: {seed}{waiting}) {{ {FIELDS} }} }}");
    until("the list call", || house.calls(Endpoint::List) == 2).await;
    let answer = house.ask(&query).await;
    let tracking = &answer["data"]["tracking"];
    assert_eq!(tracking["verification"], "CONFIRMED", "{answer}");
    assert_eq!(tracking["status"], "TRANSIT", "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_left_before_a_message_came_neither_confirms_nor_refutes_it() {
    let house = house().await;
    known(&house).await;
    house.sandbox.fault(look::slow(1_500));
    let seed = crate::support::SEED;
    let newest = look::argument(r#"maxAge: "PT0S", deadline: "PT0.1S""#);
    house
        .ask(&format!(
            "{{ tracking(ref: {seed}{newest}) {{ {FIELDS} }} }}"
        ))
        .await;
    assert_eq!(house.calls(Endpoint::List), 2);
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    push(&house, house.sandbox.webhook_body(SEED_NUMBER).unwrap()).await;
    shows(&house, "HINTED", "TRANSIT").await;
    end(&house, "confirmed", 1).await;
    assert_eq!(ended(&house, "refuted").await, 0);
    assert_eq!(house.calls(Endpoint::List), 3);
    shows(&house, "CONFIRMED", "TRANSIT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_parcel_that_the_account_does_not_have_nothing_is_shown() {
    let house = house().await;
    push(
        &house,
        tale(&house.sandbox, SignedDuration::ZERO, |data| {
            data["tracking_number"] = json!("NOSUCHNUMBER1");
        }),
    )
    .await;
    end(&house, "refuted", 1).await;
    let number = r#"{ key: { carrierCode: "china-ems", trackingNumber: "NOSUCHNUMBER1" } }"#;
    let query = format!("{{ tracking(ref: {number}) {{ status }} }}");
    let answer = house.ask(&query).await;
    assert_eq!(look::code(&answer), "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_nobody_asked_for_is_known_after_its_message() {
    let house = house().await;
    push(&house, house.sandbox.webhook_body(SEED_NUMBER).unwrap()).await;
    end(&house, "confirmed", 1).await;
    assert_eq!(known(&house).await["verification"], "CONFIRMED");
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_shop_wrote_is_never_taken_from_a_message() {
    let house = house().await;
    let before = known(&house).await;
    house.sandbox.fault(hung());
    push(
        &house,
        tale(&house.sandbox, SignedDuration::ZERO, |data| {
            data["status"] = json!("pickup");
            data["title"] = json!("nonsense");
        }),
    )
    .await;
    until("the list call", || house.calls(Endpoint::List) == 2).await;
    let hinted = known(&house).await;
    assert_eq!(hinted["status"], "PICKUP", "{hinted}");
    assert_eq!(hinted["title"], before["title"], "{hinted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifteen_deliveries_of_one_message_are_one_change_to_whoever_watches() {
    let house = house().await;
    let url = format!("ws://{}/graphql", house.address);
    let (carrier, number) = SHUTTLE;
    let watch = "subscription($refs: [TrackingRef!]!) {
        trackingUpdated(refs: $refs) { kind tracking { status verification } }
    }";
    let refs = json!([{ "key": { "carrierCode": carrier, "trackingNumber": number } }]);
    let variables = json!({ "refs": refs }).to_string();
    let mut client = Client::start("subscribe.mjs", &[&url, watch, &variables, "5"]);
    client.next().await;
    client.next().await;
    for changes in 1..=2 {
        house.sandbox.nudge(number).unwrap();
        let message = house.sandbox.webhook_body(number).unwrap();
        for _ in 0..15 {
            push(&house, message.clone()).await;
        }
        let event = client.next().await["data"]["trackingUpdated"].clone();
        assert_eq!(event["kind"], "CHANGED", "{event}");
        assert_eq!(event["tracking"]["verification"], "HINTED", "{event}");
        let event = client.next().await["data"]["trackingUpdated"].clone();
        assert_eq!(event["kind"], "CONFIRMED", "{event}");
        assert_eq!(event["tracking"]["verification"], "CONFIRMED", "{event}");
        end(&house, "confirmed", changes).await;
    }
    assert_eq!(taken(&house, "accepted").await, 2);
    assert_eq!(taken(&house, "repeated").await, 28);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_message_that_comes_later_takes_nothing_back() {
    let house = house().await;
    known(&house).await;
    let older = house.sandbox.webhook_body(SEED_NUMBER).unwrap();
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    push(&house, house.sandbox.webhook_body(SEED_NUMBER).unwrap()).await;
    end(&house, "confirmed", 1).await;
    let newer = known(&house).await;
    let mut older: Value = serde_json::from_str(&older).unwrap();
    older["verifyInfo"] = house
        .sandbox
        .seal(Timestamp::now() - SignedDuration::from_secs(9));
    push(&house, older.to_string()).await;
    until("the list call", || house.calls(Endpoint::List) == 3).await;
    assert_eq!(known(&house).await["status"], newer["status"]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while ended(&house, "overtaken").await + ended(&house, "confirmed").await < 2 {
        assert!(Instant::now() < deadline, "the older one is judged");
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ended(&house, "refuted").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_in_order_is_refused_with_a_reason_and_changes_nothing() {
    let house = house().await;
    let before = known(&house).await;
    let sandbox = &house.sandbox;
    let tale = |ago| {
        let ago = SignedDuration::from_secs(ago);
        tale(sandbox, ago, |data| data["status"] = json!("delivered"))
    };
    let mut forged: Value = serde_json::from_str(&tale(0)).unwrap();
    forged["verifyInfo"]["timeStr"] = json!(Timestamp::now().as_second() - 1);
    let mut unsigned = forged.clone();
    unsigned["verifyInfo"] = json!(null);
    let huge = format!("{{\"padding\":\"{}\"}}", "x".repeat(1 << 20));
    let day = 24 * 60 * 60;
    for (body, status, says, outcome) in [
        (forged.to_string(), 401, "signature", "forged"),
        (unsigned.to_string(), 400, "verifyInfo", "malformed"),
        (tale(day + 60), 400, "ago", "stale"),
        (tale(-400), 400, "from now", "stale"),
        ("{".to_owned(), 400, "no JSON", "malformed"),
        ("[".repeat(200_000), 400, "no JSON", "malformed"),
        (String::new(), 400, "no JSON", "malformed"),
        (huge, 413, "256 KiB", "too_large"),
    ] {
        let counted = taken(&house, outcome).await;
        let (answer, text) = send(&house, body).await;
        assert_eq!(answer, status, "{text}");
        assert!(text.contains(says), "{text}");
        assert!(!text.contains("EMAIL"), "{text}");
        assert_eq!(taken(&house, outcome).await, counted + 1, "{text}");
    }
    assert_eq!(taken(&house, "accepted").await, 0);
    assert_eq!(known(&house).await, before);
    assert_eq!(house.calls(Endpoint::List), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_seal_does_not_do_for_two_messages_about_a_parcel() {
    let house = house().await;
    known(&house).await;
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    let genuine = house.sandbox.webhook_body(SEED_NUMBER).unwrap();
    push(&house, genuine.clone()).await;
    end(&house, "confirmed", 1).await;
    let mut replayed: Value = serde_json::from_str(&genuine).unwrap();
    replayed["data"]["status"] = json!("delivered");
    let (status, text) = send(&house, replayed.to_string()).await;
    assert_eq!(status, 409, "{text}");
    assert_eq!(taken(&house, "replayed").await, 1);
    assert_eq!(house.calls(Endpoint::List), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_said_who_signs_a_stranger_learns_nothing_of_how_to_set_it_up() {
    let house = House::without_limits().await;
    let body = house.sandbox.webhook_body(SEED_NUMBER).unwrap();
    let (status, text) = send(&house, body).await;
    assert_eq!(status, 404);
    assert_eq!(text, "no messages are taken here\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_list_cannot_be_asked_a_hint_stays_one() {
    let house = house().await;
    known(&house).await;
    house
        .sandbox
        .fault(Fault::new(FaultKind::Meta { code: 500 }).on(Endpoint::List));
    push(&house, delivery(&house.sandbox)).await;
    until("the list call", || house.calls(Endpoint::List) >= 2).await;
    // The next one is made after a pause, and tells.
    end(&house, "refuted", 1).await;
    assert_eq!(known(&house).await["status"], "TRANSIT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_tells_changes_where_it_is_told_to() {
    let house = house().await;
    known(&house).await;
    let url = format!("http://{}/webhooks/trackingmore", house.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let control = format!("http://{}/__webhook", house.sandbox.address());
    let set = client.post(control).body(json!({ "url": url }).to_string());
    assert_eq!(set.send().await.unwrap().status(), 200);
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    end(&house, "confirmed", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_of_a_flood_is_taken_while_the_list_hangs() {
    let house = house().await;
    known(&house).await;
    house.sandbox.fault(hung());
    let seal = house.sandbox.seal(Timestamp::now());
    for number in 0..500 {
        push(&house, invention(number, &seal)).await;
    }
    assert_eq!(taken(&house, "accepted").await, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stolen_seal_does_for_a_thousand_inventions_and_delays_no_true_message() {
    let house = House::without_limits_and(|settings| {
        taking(settings);
        settings.limits.list_per_second = 1;
    })
    .await;
    known(&house).await;
    let seal = house
        .sandbox
        .seal(Timestamp::now() - SignedDuration::from_secs(60));
    for number in 0..1_000 {
        push(&house, invention(number, &seal)).await;
    }
    let (status, text) = send(&house, invention(1_000, &seal)).await;
    assert_eq!(status, 429, "{text}");
    assert_eq!(taken(&house, "worn").await, 1);
    house.sandbox.nudge(SEED_NUMBER).unwrap();
    push(&house, house.sandbox.webhook_body(SEED_NUMBER).unwrap()).await;
    end(&house, "confirmed", 1).await;
    // A call a second carries forty.
    let refuted = ended(&house, "refuted").await;
    assert!(refuted < 500, "{refuted} inventions went first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_hundred_messages_that_are_not_true_none_is_shown_before_the_list_says_so() {
    let house = house().await;
    known(&house).await;
    let seal = house.sandbox.seal(Timestamp::now());
    for number in 0..100 {
        push(&house, invention(number, &seal)).await;
    }
    end(&house, "refuted", 100).await;
    house.sandbox.fault(look::slow(1_500));
    let calls = house.calls(Endpoint::List);
    push(&house, delivery(&house.sandbox)).await;
    until("the list call", || house.calls(Endpoint::List) > calls).await;
    let known = known(&house).await;
    assert_eq!(known["status"], "TRANSIT", "{known}");
    assert_eq!(known["verification"], "CONFIRMED", "{known}");
}
