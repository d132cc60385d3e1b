//! Clients from npm that show a token: they ask, change, subscribe, and are told what is wrong.

use std::time::Duration;

use parcelgraph::auth::{NewToken, StaticToken};
use parcelgraph::sandbox::SHUTTLE;
use serde_json::{Value, json};

use crate::support::{Client, House, Proxy, until};

/// A script and what it is told besides.
type Script = (&'static str, &'static [(&'static str, &'static str)]);

/// Those that ask and change.
const ASKING: [Script; 6] = [
    ("apollo.mjs", &[]),
    ("urql.mjs", &[]),
    ("relay.mjs", &[]),
    ("subscribe.mjs", &[]),
    ("old.mjs", &[]),
    ("sse.mjs", &[]),
];

/// Those that subscribe, and whether they come back by themselves when they are cut off.
const SUBSCRIBING: [(Script, bool); 7] = [
    (("subscribe.mjs", &[]), true),
    (("old.mjs", &[]), true),
    (("sse.mjs", &[]), true),
    (("multipart.mjs", &[]), true),
    (("urql.mjs", &[("SOCKET", "1")]), true),
    (("relay.mjs", &[]), true),
    (("urql.mjs", &[]), false),
];

const QUERY: &str = "query Look($ref: TrackingRef!) { tracking(ref: $ref) { __typename id trackingNumber status } }";

const CHANGE: &str = "mutation Change($input: UpdateTrackingInput!) {
    updateTracking(input: $input) { __typename tracking { __typename id title } }
}";

const WATCH: &str = "subscription Watch($refs: [TrackingRef!]!, $after: String) {
    trackingUpdated(refs: $refs, after: $after) { __typename cursor kind tracking { __typename id status } }
}";

const LOOK: &str = "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs, freshness: { maxAge: \"PT0S\" }) { status } }";

fn shuttle() -> Value {
    let (carrier, number) = SHUTTLE;
    json!({ "key": { "carrierCode": carrier, "trackingNumber": number } })
}

/// A house that lets in whoever has the token, and nobody else.
async fn house() -> (House, String) {
    let new = NewToken::random();
    let scopes = "tracking:read tracking:write customer:read";
    let token = StaticToken::parse("shop", &new.sha256, scopes).unwrap();
    let house = House::without_limits_and(|settings| {
        settings.tracker.poll_interval = Duration::from_millis(50);
        settings.access.anonymous = None;
        settings.access.tokens = vec![token];
    });
    (house.await, new.token)
}

/// The address as a script wants it.
fn url(script: &str, host: &str) -> String {
    let scheme = match script {
        "subscribe.mjs" | "old.mjs" => "ws",
        _ => "http",
    };
    format!("{scheme}://{host}/graphql")
}

fn told(environment: &[(&'static str, &'static str)], token: &str) -> Vec<(String, String)> {
    let mut told: Vec<_> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    told.extend([
        ("TOKEN".to_owned(), token.to_owned()),
        ("RETRIES".to_owned(), "100".to_owned()),
    ]);
    told
}

fn start(script: Script, token: &str, arguments: &[&str]) -> Client {
    let (name, environment) = script;
    let told = told(environment, token);
    let told: Vec<_> = told
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    Client::with(&told, name, arguments)
}

/// The next result, after any connections.
async fn result(client: &mut Client) -> Value {
    loop {
        let seen = client.next().await;
        if seen != json!({ "connected": true }) {
            return seen;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_asks_and_changes_with_its_token() {
    let (house, token) = house().await;
    let looking = json!({ "ref": shuttle() }).to_string();
    for (nth, script) in ASKING.into_iter().enumerate() {
        let url = url(script.0, &house.address);
        let mut client = start(script, &token, &[&url, QUERY, &looking]);
        let seen = result(&mut client).await;
        let number = &seen["data"]["tracking"]["trackingNumber"];
        assert_eq!(number, SHUTTLE.1, "{}: {seen}", script.0);
        let title = format!("title {nth}");
        let changing = json!({ "input": { "ref": shuttle(), "title": title } }).to_string();
        let mut client = start(script, &token, &[&url, CHANGE, &changing]);
        let seen = result(&mut client).await;
        let changed = &seen["data"]["updateTracking"]["tracking"]["title"];
        assert_eq!(changed, &json!(title), "{}: {seen}", script.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_is_told_of_changes_and_goes_on_when_it_comes_back() {
    let (house, token) = house().await;
    let refs = json!({ "refs": [shuttle()] });
    let watching = refs.to_string();
    for (script, comes_back) in SUBSCRIBING {
        let proxy = Proxy::before(&format!("http://{}", house.address)).await;
        let host = proxy.url().trim_start_matches("http://").to_owned();
        let url = url(script.0, &host);
        let mut client = start(script, &token, &[&url, WATCH, &watching, "3"]);
        let seen = result(&mut client).await;
        let kind = |seen: &Value| seen["data"]["trackingUpdated"]["kind"].clone();
        assert_eq!(kind(&seen), "SNAPSHOT", "{script:?}: {seen}");
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        let seen = result(&mut client).await;
        assert_eq!(kind(&seen), "CHANGED", "{script:?}: {seen}");
        if comes_back {
            proxy.cut();
            until("the end of the connection", || proxy.is_idle()).await;
        }
        house.sandbox.nudge(SHUTTLE.1).unwrap();
        let bearer = format!("Bearer {token}");
        let look = json!({ "query": LOOK, "variables": refs });
        house.post(&[("authorization", &bearer)], &look).await;
        proxy.mend();
        let seen = result(&mut client).await;
        assert_eq!(kind(&seen), "CHANGED", "{script:?}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_can_tell_what_was_wrong() {
    let (house, token) = house().await;
    let nothing =
        json!({ "ref": { "key": { "carrierCode": "dhl", "trackingNumber": "NOSUCHNUMBER1" } } });
    let nothing = nothing.to_string();
    let watching = json!({ "refs": [shuttle()] }).to_string();
    for script in ASKING {
        let url = url(script.0, &house.address);
        let told = told(script.1, &token);
        let told: Vec<_> = told
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        for (variables, says) in [(nothing.as_str(), "NOSUCHNUMBER1"), ("{}", "$ref")] {
            // Relay leaves errors of fields out, unless a document wants them thrown.
            if script.0 == "relay.mjs" && variables == nothing {
                continue;
            }
            let said = Client::complaint_with(&told, script.0, &[&url, QUERY, variables]).await;
            assert!(said.contains(says), "{}: {said}", script.0);
        }
    }
    for (script, _) in SUBSCRIBING {
        let url = url(script.0, &house.address);
        let environment = script.1;
        let said = Client::complaint_with(environment, script.0, &[&url, WATCH, &watching]).await;
        // Some tell no more of a response than its status.
        let reasons = ["a token is needed", "401", "Unauthorized"];
        assert!(
            reasons.iter().any(|why| said.contains(why)),
            "{script:?}: {said}"
        );
    }
}
