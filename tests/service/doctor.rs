//! What the doctor finds, and what he says to do.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::any;
use parcelgraph::sandbox::{self, Endpoint, Fault, FaultKind, Sandbox};
use parcelgraph::settings::Settings;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::timeout;

use crate::support::{House, Plan, Process, Redis, false_clock, push, until};

/// He is to have looked at everything by then.
const DEADLINE: Duration = Duration::from_secs(30);

const KEY: &str = "a1key-of-the-account";

fn account() -> Sandbox {
    let settings = sandbox::Settings {
        api_key: KEY.to_owned(),
        speed: 0.0,
        ..sandbox::Settings::default()
    };
    Sandbox::start_on_thread(settings).unwrap()
}

fn asked(account: &Sandbox) -> u64 {
    account.stats().calls[&Endpoint::UserInfo]
}

/// What he is told, and what he says.
struct Doctor(Command);

impl Doctor {
    fn new() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
        command
            .env_clear()
            // Other tests have the processors as well.
            .env("SHED_AFTER", "0")
            .env("LISTEN", "127.0.0.1:0")
            .arg("doctor")
            .kill_on_drop(true);
        Self(command)
    }

    fn of(account: &Sandbox) -> Self {
        Self::with("UPSTREAM_URL", &account.base_url())
            .and("TRACKINGMORE_API_KEY", KEY)
            .and("ANONYMOUS", "tracking:read")
    }

    fn with(name: &str, value: &str) -> Self {
        Self::new().and(name, value)
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    fn sharing(self, redis: &Redis) -> Self {
        self.and("REDIS_URL", &redis.url()).and("REPLICAS", "2")
    }

    fn flag(mut self, name: &str, value: &str) -> Self {
        self.0.args([name, value]);
        self
    }

    /// Whether all is well, and all lines.
    async fn says(mut self) -> (bool, String) {
        let output = timeout(DEADLINE, self.0.output());
        let output = output.await.expect("he ends in time").unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error, "");
        let said = String::from_utf8(output.stdout).unwrap();
        for secret in [KEY, Redis::PASSWORD, "5ecret"] {
            assert!(!said.contains(secret), "{said}");
        }
        let fails = said.lines().any(|line| line.starts_with("FAIL"));
        assert_eq!(output.status.code(), Some(i32::from(fails)), "{said}");
        (!fails, said)
    }

    async fn says_line(self, begins: &str, ends: &str) -> String {
        let (_, said) = self.says().await;
        let mut lines = said.lines();
        let is_it = |line: &&str| line.starts_with(begins) && line.contains(ends);
        assert!(
            lines.any(|line| is_it(&line)),
            "{begins} .. {ends} is not in\n{said}"
        );
        said
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_and_a_redis_that_are_right_are_told_in_a_line_each() {
    let (account, redis) = (account(), Redis::with_memory().await);
    let (is_well, said) = Doctor::of(&account).sharing(&redis).says().await;
    assert!(is_well, "{said}");
    for line in [
        "ok    settings: right",
        "ok    server: it would listen at a port",
        "ok    redis maxmemory-policy: noeviction",
        "ok    redis persistence: an append-only file",
        "ok    clock: this machine's agrees with Redis's",
        "ok    replicas: 0 of 2 are seated",
        "ok    address: 127.0.0.1 is 127.0.0.1",
        "ok    key: TrackingMore takes it",
        "ok    quota: enough for ",
        "ok    clock: this machine's agrees with TrackingMore's",
        "ok    limits: none is higher than documented",
        "ok    idle_timeout: idle connections stay open for 75s",
        "ok    webhook: not set up",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    assert!(said.contains("one server, "), "{said}");
    assert_eq!(account.stats().total_calls(), 1);
    // Nothing stays in Redis for ever that nobody uses.
    let keys: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    assert!(!keys.is_empty());
    for key in keys {
        assert!(redis.ask::<i64>(&["TTL", &key]).await > 0, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_trackingmore_does_not_know_fails() {
    let account = account();
    Doctor::of(&account)
        .and("TRACKINGMORE_API_KEY", "an0ther-5ecret")
        .says_line("FAIL  key: ", "compare TRACKINGMORE_API_KEY")
        .await;
    account.set_quota(7.0);
    Doctor::of(&account)
        .says_line("warn  quota: enough for 7 more trackings", "recharge")
        .await;
}

#[tokio::test]
async fn an_upstream_that_is_not_there_or_is_something_else_fails() {
    let account = account();
    account.stop();
    until("its end", || {
        std::net::TcpStream::connect(account.address()).is_err()
    })
    .await;
    Doctor::of(&account)
        .says_line("FAIL  trackingmore: ", "check --upstream-url")
        .await;
    let url = format!("http://{}/v2", page().await);
    Doctor::of(&account)
        .and("UPSTREAM_URL", &url)
        .says_line("FAIL  trackingmore: ", "not version 2 of the API")
        .await;
    let said = Doctor::of(&account)
        .and("UPSTREAM_URL", "https://nowhere.invalid/v2")
        .says_line(
            "FAIL  address: no address is known of nowhere.invalid",
            "name server",
        )
        .await;
    assert!(!said.contains("key:"), "{said}");
}

#[tokio::test]
async fn a_machine_that_trusts_nobody_is_told_what_to_install() {
    let said = Doctor::with("SSL_CERT_FILE", "/nowhere")
        .says_line(
            "FAIL  certificates: ",
            "install the package ca-certificates",
        )
        .await;
    assert!(said.contains("ok    files: "), "{said}");
    let mut serve = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
    serve
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .env("SSL_CERT_FILE", "/nowhere");
    let output = serve.args(["--listen", "127.0.0.1:0"]).output();
    let output = timeout(DEADLINE, output).await.expect("it ends").unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("error: no client for the upstream can be made: "),
        "{told}"
    );
    assert!(
        told.contains("install the package ca-certificates"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_is_measured_by_trackingmores_and_by_rediss() {
    let (account, redis) = (account(), Redis::with_memory().await);
    let library = false_clock();
    for (off_by, begins, direction) in [("+90s", "FAIL", "ahead of"), ("-10s", "warn", "behind")] {
        let said = Doctor::of(&account)
            .sharing(&redis)
            .and("LD_PRELOAD", library.to_str().unwrap())
            .and("FAKETIME", off_by)
            .and("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .and("DONT_FAKE_MONOTONIC", "1")
            .says_line(
                &format!("{begins}  clock: this machine's is "),
                &format!("{direction} Redis's"),
            )
            .await;
        let by_date = format!("{direction} TrackingMore's");
        let line = said.lines().find(|line| line.contains(&by_date));
        assert!(line.expect(&said).starts_with(begins), "{said}");
    }
    assert_eq!(account.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_is_regretted_and_one_that_cannot_be_used_fails() {
    let (account, mut redis) = (account(), Redis::start().await);
    redis
        .ask::<()>(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .await;
    let (is_well, said) = Doctor::of(&account).sharing(&redis).says().await;
    assert!(is_well, "{said}");
    for line in [
        "warn  redis maxmemory-policy: allkeys-lru",
        "-> set maxmemory-policy to noeviction",
        "warn  redis persistence: none",
        "-> set appendonly to yes",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let calls = account.stats().total_calls();
    redis.kill();
    let said = Doctor::of(&account)
        .sharing(&redis)
        .says_line("FAIL  redis: no connection: ", "check that it runs")
        .await;
    assert!(
        said.contains("warn  key: it was not tried: without Redis"),
        "{said}"
    );
    let locked = Redis::locked().await;
    let wrong = locked.url().replace(Redis::PASSWORD, "an0ther5ecret");
    let none = wrong.replace(":an0ther5ecret@", "");
    for url in [wrong, none] {
        Doctor::of(&account)
            .and("REDIS_URL", &url)
            .and("REPLICAS", "2")
            .says_line("FAIL  redis: the login is refused", "REDIS_URL")
            .await;
    }
    locked
        .ask::<()>(&[
            "ACL", "SETUSER", "weak", "on", ">5ecret", "~*", "&*", "+@all", "-evalsha",
        ])
        .await;
    let weak = locked
        .url()
        .replace(&format!(":{}@", Redis::PASSWORD), "weak:5ecret@");
    Doctor::of(&account)
        .and("REDIS_URL", &weak)
        .and("REPLICAS", "2")
        .says_line("FAIL  redis: the login may not do what is needed", "+@all")
        .await;
    assert_eq!(account.stats().total_calls(), calls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_cluster_he_looks_at_the_node_that_the_account_is_on() {
    let (account, cluster) = (account(), Redis::cluster().await);
    for node in &cluster.nodes {
        let said = Doctor::of(&account)
            .sharing(node)
            .says_line("ok    key: TrackingMore takes it", "")
            .await;
        assert!(said.contains(", in a cluster, "), "{said}");
    }
    assert_eq!(account.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn he_takes_turns_with_the_replicas_though_all_seats_are_taken() {
    let (account, redis) = (account(), Redis::with_memory().await);
    let plan = Plan {
        upstream_url: account.base_url(),
        api_key: KEY.to_owned(),
        redis_url: Some(redis.url()),
        replicas: 2,
        clock_off_by: 0,
        flags: Vec::new(),
    };
    let replicas = tokio::join!(Process::start(plan.clone()), Process::start(plan));
    for _ in 0..2 {
        let asking = replicas.0.start_to_ask("{ account { email } }");
        let said = Doctor::of(&account)
            .sharing(&redis)
            .flag("--listen", &replicas.1.address().to_string())
            .says_line("ok    key: TrackingMore takes it", "")
            .await;
        assert!(said.contains("ok    replicas: 2 of 2 are seated"), "{said}");
        assert!(said.contains("ok    server: the one at "), "{said}");
        asking.await.unwrap();
    }
    assert!(asked(&account) >= 3);
    assert_eq!(account.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silence_that_he_meets_is_everybodys_and_he_keeps_it() {
    let (account, redis) = (account(), Redis::with_memory().await);
    account.fault(Fault::new(FaultKind::Meta { code: 429 }).on(Endpoint::UserInfo));
    Doctor::of(&account)
        .sharing(&redis)
        .says_line("FAIL  key: ", "who else calls with this key")
        .await;
    Doctor::of(&account)
        .sharing(&redis)
        .says_line(
            "warn  key: it was not tried: TrackingMore asked for a pause",
            "wait until then",
        )
        .await;
    assert_eq!(asked(&account), 1);
}

#[tokio::test]
async fn without_a_redis_an_account_is_left_to_the_server_that_uses_it() {
    let house = House::open().await;
    let said = Doctor::of(&account())
        .and("UPSTREAM_URL", &house.sandbox.base_url())
        .flag("--listen", &house.address)
        .says_line(
            "ok    key: it was not tried: the server at ",
            "uses the account",
        )
        .await;
    assert!(said.contains("is ready"), "{said}");
    assert_eq!(house.sandbox.stats().total_calls(), 0);
}

#[tokio::test]
async fn a_message_that_nobody_signed_tells_whether_the_address_leads_here() {
    let taking = House::with(|settings: &mut Settings| push::taking(settings)).await;
    let deaf = House::open().await;
    let page = page().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = closed.local_addr().unwrap().to_string();
    drop(closed);
    for (host, begins, says) in [
        (&taking.address, "ok    webhook: http://", "leads here"),
        (&deaf.address, "FAIL  webhook: http://", "WEBHOOK_EMAIL"),
        (
            &page,
            "FAIL  webhook: http://",
            "answered with 200 and a page",
        ),
        (&nobody, "FAIL  webhook: http://", "cannot be reached"),
    ] {
        let url = format!("http://{host}/webhooks/trackingmore?key=5ecret");
        Doctor::new()
            .flag("--webhook-url", &url)
            .says_line(begins, says)
            .await;
    }
    let other = format!("http://{}/webhooks", taking.address);
    Doctor::new()
        .flag("--webhook-url", &other)
        .says_line(
            "FAIL  webhook: http://",
            "the path has to be /webhooks/trackingmore",
        )
        .await;
}

#[tokio::test]
async fn he_waits_for_nobody_who_never_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = silent.local_addr().unwrap();
    let (is_well, said) = Doctor::with("REDIS_URL", &format!("redis://{at}"))
        .and("REPLICAS", "2")
        .and("TRACKINGMORE_API_KEY", KEY)
        .and("ANONYMOUS", "tracking:read")
        .and("UPSTREAM_URL", &format!("http://{at}/v2"))
        .and("JWKS_URL", &format!("http://{at}/"))
        .and("JWT_ISSUER", "i")
        .and("JWT_AUDIENCE", "a")
        .flag(
            "--webhook-url",
            &format!("http://{at}/webhooks/trackingmore"),
        )
        .says()
        .await;
    assert!(!is_well);
    for line in [
        "FAIL  redis: no connection: no answer within 5s",
        "FAIL  keys of the issuer: ",
        "FAIL  webhook: ",
        "warn  key: ",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

#[tokio::test]
async fn settings_that_are_wrong_are_all_told() {
    let (is_well, said) = Doctor::with("PATIENCE", "0")
        .flag("--redis", "redis://localhost")
        .flag("--webhook-url", "http://127.0.0.1:9/")
        .says()
        .await;
    assert!(!is_well);
    for line in [
        "FAIL  settings: --patience must be longer than 0",
        "FAIL  settings: --redis (REDIS_URL) needs --replicas",
        "FAIL  webhook: http://127.0.0.1:9/ cannot be reached",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let documents = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(documents.path(), "{\"one\": \"{ nothing }\"}").unwrap();
    Doctor::new()
        .flag("--trusted-documents", documents.path().to_str().unwrap())
        .says_line("FAIL  trusted documents: ", "nothing")
        .await;
}

/// Where somebody else answers everything with a page.
async fn page() -> String {
    let login = any(|| async { Html("<html>Log in</html>") });
    let router = Router::new().fallback(login);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
