//! What is secret, and what tells of customers, stands in nothing that the program writes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, Header, encode};
use parcelgraph::auth::NewToken;
use parcelgraph::sandbox::{self, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::{Collector, Redis, SEED, Socket, until};

const DEADLINE: Duration = Duration::from_secs(30);

const API_KEY: &str = "a1key-of-the-account";
const JWT_SECRET: &str = "jwt5ecret of thirty-two bytes or more";
const VIEW_SECRET: &str = "view5ecret of thirty-two bytes or more";
/// A token that nobody gave out, as somebody may send by mistake.
const STRAY: &str = "pg_strayt0ken0fanother5ervice0000000000000000";
const NAME: &str = "Zebulon Quartermaine";
const PHONE: &str = "+491709988776";
const MAIL: &str = "zebulon@quartermaine.example";
const ORDER: &str = "OR-771-20-DER";

/// The program with all its secrets, and what it writes.
struct Guarded {
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
    token: String,
    jwt: String,
    said: Vec<String>,
    collector: Collector,
    _sandbox: Sandbox,
    _redis: Redis,
}

impl Guarded {
    async fn start() -> Self {
        let redis = Redis::locked().await;
        let sandbox = sandbox::Settings {
            api_key: API_KEY.to_owned(),
            speed: 0.0,
            ..sandbox::Settings::default()
        };
        let sandbox = Sandbox::start_on_thread(sandbox).unwrap();
        let collector = Collector::start().await;
        let new = NewToken::random();
        let folder = tempfile::tempdir().unwrap();
        // What is asked here is not listed, and that is logged.
        let listed = folder.path().join("trusted.json");
        std::fs::write(&listed, json!({ "one": "{ __typename }" }).to_string()).unwrap();
        let scopes = "tracking:read tracking:write customer:read quota:spend account:read ops";
        let settings = vec![
            ("RUST_LOG", "trace".to_owned()),
            ("TRUSTED_DOCUMENTS", listed.to_str().unwrap().to_owned()),
            ("TRUSTED_DOCUMENTS_MODE", "prefer".to_owned()),
            // So that all of them are logged.
            ("SLOW_OPERATION", "1ms".to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url()),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("TRACKINGMORE_API_KEY", API_KEY.to_owned()),
            ("UPSTREAM_URL", sandbox.base_url().to_owned()),
            ("REDIS_URL", redis.url()),
            ("REPLICAS", "1".to_owned()),
            ("JWT_SECRET", JWT_SECRET.to_owned()),
            ("JWT_ISSUER", "https://issuer.example".to_owned()),
            ("JWT_AUDIENCE", "parcelgraph".to_owned()),
            ("VIEW_TOKEN_SECRET", VIEW_SECRET.to_owned()),
            (
                "PARCELGRAPH_TOKENS",
                format!("shop:{}:{scopes}", new.sha256),
            ),
        ];
        let mut child = program(&["serve"], &settings)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(DEADLINE, lines.next_line()).await.unwrap();
        let line = line.unwrap().expect("it serves");
        let url = line.split_whitespace().last().unwrap();
        let address = url.trim_start_matches("http://");
        let address = address.trim_end_matches("/graphql").to_owned();
        let end = Timestamp::now().as_second() + 600;
        let claims = json!({
            "iss": "https://issuer.example", "aud": "parcelgraph", "sub": "jane", "exp": end, "scope": scopes,
        });
        let key = EncodingKey::from_secret(JWT_SECRET.as_bytes());
        Self {
            settings,
            folder,
            child,
            lines,
            address,
            token: new.token,
            jwt: encode(&Header::default(), &claims, &key).unwrap(),
            said: vec![line],
            collector,
            _sandbox: sandbox,
            _redis: redis,
        }
    }

    /// Sends something to a path, and keeps the answer with its headers.
    async fn send(&mut self, path: &str, token: &str, body: Option<&str>) -> String {
        let url = format!("http://{}{path}", self.address);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = match body {
            Some(body) => client.post(url).body(body.to_owned()),
            None => client.get(url),
        };
        let request = request
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        let response = timeout(DEADLINE, request.send()).await.unwrap().unwrap();
        let head = format!("{} {:?}", response.status(), response.headers());
        let text = response.text().await.unwrap();
        self.said.push(format!("{head}\n{text}"));
        text
    }

    async fn ask(&mut self, token: &str, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let text = self.send("/graphql", token, Some(&body)).await;
        serde_json::from_str(&text).unwrap()
    }

    /// Begins a socket with a token, asks once, and keeps what is said.
    async fn speak(&mut self, token: &str, query: &str) {
        let mut socket = Socket::open(&self.address, Some("graphql-transport-ws")).await;
        let init = json!({ "type": "connection_init", "payload": { "token": token } });
        socket.say(init).await;
        let payload = json!({ "query": query });
        let asked = json!({ "type": "subscribe", "id": "1", "payload": payload });
        if token != self.token && token != self.jwt {
            self.said.push(format!("{:?}", socket.closed().await));
            return;
        }
        socket.say(asked).await;
        for _ in 0..2 {
            self.said.push(socket.next().await.to_string());
        }
    }

    /// Ends it as a deploy does, and gives all that it has logged.
    async fn end(&mut self) -> String {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").arg(id).status().await;
        assert!(sent.unwrap().success());
        let ended = timeout(DEADLINE, self.child.wait()).await;
        assert!(ended.expect("it ends").unwrap().success());
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.said.push(line);
        }
        std::fs::read_to_string(self.log()).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

fn program(arguments: &[&str], settings: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
    command
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .args(arguments)
        .kill_on_drop(true);
    command
}

/// The places of a text in which one of these stands.
fn found<'a>(text: &'a str, secrets: &[&str]) -> Vec<&'a str> {
    let is_telling = |line: &&str| secrets.iter().any(|secret| line.contains(secret));
    text.lines().filter(is_telling).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_secret_is_written_anywhere() {
    let mut guarded = Guarded::start().await;
    let (token, jwt) = (guarded.token.clone(), guarded.jwt.clone());
    let log = guarded.log();
    until("Redis", || {
        std::fs::read_to_string(&log).unwrap().contains("is there")
    })
    .await;
    let create = "mutation($name: String, $phone: String, $mail: String) {
        createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"NEW0000001\", orderId: \"OR-771-20-DER\",
            customerName: $name, customerPhone: $phone, customerEmail: $mail }) {
            tracking { id status } userErrors { message } } }";
    let customer = json!({ "name": NAME, "phone": PHONE, "mail": MAIL });
    let made = guarded.ask(&token, create, customer.clone()).await;
    assert!(
        made["data"]["createTracking"]["tracking"].is_object(),
        "{made}"
    );
    let asked = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    for bearer in [&token, &jwt] {
        let answer = guarded.ask(bearer, &asked, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
    }
    let named = format!(
        "query Track_LS912989618CN {{ p_LS912989618CN: tracking(ref: {SEED}) {{ trackingNumber }} }}"
    );
    for (text, name) in [
        (&*named, "Track_LS912989618CN"),
        ("query Other { other: __typename }", NAME),
        ("query Orders { orders: __typename }", "Orders"),
    ] {
        let body = json!({ "query": text, "operationName": name }).to_string();
        let answer = guarded.send("/graphql", &token, Some(&body)).await;
        assert_eq!(answer.contains("errors"), name == NAME, "{answer}");
    }
    let unknown = "{ tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: \"0000000042\" } }) { status } }";
    guarded.ask(&token, unknown, json!({})).await;
    let again = create.replace("createTracking", "again: createTracking");
    guarded.ask(&token, &again, customer.clone()).await;
    let signing = format!(
        "mutation {{ createViewToken(input: {{ refs: [{SEED}], ttl: \"PT1H\" }}) {{ viewToken {{ token }} }} }}"
    );
    let signed = guarded.ask(&token, &signing, json!({})).await;
    // This answer alone may tell it.
    guarded.said.pop();
    let view = &signed["data"]["createViewToken"]["viewToken"]["token"];
    let view = view.as_str().expect("it is signed").to_owned();
    guarded.ask(&view, &asked, json!({})).await;
    guarded.ask(&view, create, customer.clone()).await;
    let revoking = "mutation($token: String!) { revokeViewToken(input: { token: $token }) { userErrors { message } } }";
    guarded
        .ask(&token, revoking, json!({ "token": view }))
        .await;
    guarded.ask(&view, &asked, json!({})).await;
    guarded
        .ask(&token, revoking, json!({ "token": STRAY }))
        .await;
    for stray in [STRAY, &jwt[..jwt.len() - 4], JWT_SECRET] {
        guarded.ask(stray, create, customer.clone()).await;
    }
    for body in [
        format!("{{ \"query\": \"{{ nothing }}\", \"variables\": {{ \"name\": \"{NAME}"),
        format!("{{ \"query\": 5, \"extensions\": \"{NAME} {PHONE}\" }}"),
        json!({ "query": create, "variables": { "name": [NAME], "phone": PHONE } }).to_string(),
    ] {
        guarded.send("/graphql", &token, Some(&body)).await;
    }
    guarded.send("/graphql", &token, None).await;
    let metrics = guarded.send("/metrics", &token, None).await;
    let watching = format!(
        "subscription {{ trackingUpdated(refs: [{SEED}]) {{ kind tracking {{ status }} }} }}"
    );
    for bearer in [token.as_str(), &jwt, STRAY, &view] {
        guarded.speak(bearer, &watching).await;
    }

    let id = guarded.child.id().unwrap();
    let line = std::fs::read(Path::new("/proc").join(id.to_string()).join("cmdline")).unwrap();
    guarded
        .said
        .push(String::from_utf8_lossy(&line).into_owned());
    let check = program(&["check"], &guarded.settings).output();
    let check = timeout(DEADLINE, check).await.expect("it ends").unwrap();
    for written in [check.stdout, check.stderr] {
        guarded
            .said
            .push(String::from_utf8_lossy(&written).into_owned());
    }
    let log = guarded.end().await;
    assert!(log.contains("TRACE"), "it logs all it does: {log}");
    let secrets = [
        API_KEY,
        JWT_SECRET,
        VIEW_SECRET,
        Redis::PASSWORD,
        STRAY,
        &token,
        &jwt,
        &view,
    ];
    for text in guarded.said.iter().chain([&log]) {
        let found = found(text, &secrets);
        assert!(found.is_empty(), "{found:#?}");
    }
    let traces = format!("{:#?}", guarded.collector.told());
    for span in ["mutation", "wait", "batch", "POST /trackings/post"] {
        assert!(traces.contains(&format!("name: \"{span}\"")), "{traces}");
    }
    assert!(log.contains("a slow operation"), "{log}");
    let unlisted = log
        .lines()
        .filter(|line| line.contains("that is not listed"));
    let named = unlisted.filter(|line| line.contains("operation="));
    let [named] = &named.collect::<Vec<_>>()[..] else {
        panic!("one has a name that can be told: {log}");
    };
    assert!(named.contains("operation=\"Orders\""), "{named}");
    let customer = ["Zebulon", "Quartermaine", "9988776", "quartermaine", ORDER];
    for text in [&log, &metrics, &traces] {
        let found = found(text, &customer);
        assert!(found.is_empty(), "{found:#?}");
    }
    // Whose parcels they are is known to whoever has a number.
    let parcels = ["LS912989618CN", "NEW0000001", "0000000042"];
    for text in [&log, &traces] {
        let found = [found(text, &parcels), found(&traces, &secrets)].concat();
        assert!(found.is_empty(), "{found:#?}");
    }
}
