//! Settings that are changed while they are in force.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use parcelgraph::auth::NewToken;
use reqwest::Response;
use reqwest::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, HOST, HeaderName, ORIGIN};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{SEED, Socket, until};

const DEADLINE: Duration = Duration::from_secs(30);

/// What costs TrackingMore nothing.
const ASK: &str = "{ __typename }";

fn watch() -> String {
    format!("subscription {{ trackingUpdated(refs: [{SEED}]) {{ __typename }} }}")
}

/// A program that reads its settings from a file.
struct Served {
    folder: TempDir,
    child: Child,
    address: String,
    client: reqwest::Client,
}

impl Served {
    async fn with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("parcelgraph.toml");
        fs::write(&file, settings).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_parcelgraph"))
            .env_clear()
            // Other tests have the processors as well.
            .env("SHED_AFTER", "0")
            .env("NO_COLOR", "1")
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(DEADLINE, lines.next_line()).await.unwrap();
        let line = line.unwrap().expect("it serves");
        let address = line.split('/').nth(2).unwrap().to_owned();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            folder,
            child,
            address,
            client,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap()
    }

    /// Writes other settings, and waits until they were read. Each needs a mark of its own in the log.
    async fn change(&self, settings: &str, mark: &str) {
        fs::write(self.file("parcelgraph.toml"), settings).unwrap();
        self.hang_up();
        self.has_logged(mark).await;
    }

    fn hang_up(&self) {
        let id = self.child.id().unwrap().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-HUP", &id]).status().unwrap().success());
    }

    async fn has_logged(&self, mark: &str) {
        until(mark, || self.log().contains(mark)).await;
    }

    async fn ask_with(&self, headers: &[(HeaderName, &str)], query: &str) -> Response {
        let url = format!("http://{}/graphql", self.address);
        let mut request = self.client.post(url).json(&json!({ "query": query }));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        request.send().await.unwrap()
    }

    async fn ask(&self, token: &NewToken, query: &str) -> Response {
        let shown = format!("Bearer {}", token.token);
        self.ask_with(&[(AUTHORIZATION, &shown)], query).await
    }

    async fn json(&self, token: &NewToken, query: &str) -> Value {
        self.ask(token, query).await.json().await.unwrap()
    }

    /// A socket on which something is watched.
    async fn watch(&self, token: &NewToken) -> Socket {
        let mut socket = Socket::open(&self.address, Some("graphql-transport-ws")).await;
        let payload = json!({ "Authorization": format!("Bearer {}", token.token) });
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.next().await, json!({ "type": "connection_ack" }));
        let payload = json!({ "query": watch() });
        socket
            .say(json!({ "id": "1", "type": "subscribe", "payload": payload }))
            .await;
        socket
    }
}

fn row(name: &str, token: &NewToken, more: &str) -> String {
    let sha256 = &token.sha256;
    format!(
        "[[access.tokens]]\nname = \"{name}\"\nsha256 = \"{sha256}\"\nscopes = \"tracking:read\"\n{more}\n"
    )
}

fn tokens<const N: usize>() -> [NewToken; N] {
    [(); N].map(|()| NewToken::random())
}

#[tokio::test]
async fn tokens_come_and_go_and_only_whose_token_went_is_sent_away() {
    let [gone, kept, new] = tokens();
    let before = row("gone", &gone, "") + &row("kept", &kept, "");
    let served = Served::with(&before).await;
    let (mut leaving, mut staying) = (served.watch(&gone).await, served.watch(&kept).await);
    for watcher in [&mut leaving, &mut staying] {
        assert_eq!(watcher.next().await["type"], "next");
    }
    assert_eq!(served.ask(&new, ASK).await.status(), 401);
    let after = row("kept", &kept, "") + &row("new", &new, "");
    served
        .change(&after, "access.tokens = kept, new (was gone, kept)")
        .await;
    assert_eq!(served.ask(&new, ASK).await.status(), 200);
    assert_eq!(served.ask(&gone, ASK).await.status(), 401);
    let (code, why) = leaving.closed().await;
    assert_eq!(code, 4403, "{why}");
    // A socket that stays begins operations as before.
    let payload = json!({ "query": ASK });
    staying
        .say(json!({ "id": "2", "type": "subscribe", "payload": payload }))
        .await;
    loop {
        let said = staying.next().await;
        if said["id"] == "2" {
            assert_eq!(said["type"], "next", "{said}");
            break;
        }
    }
}

#[tokio::test]
async fn a_token_that_is_replaced_under_its_name_is_gone_and_one_that_may_do_more_stays() {
    let [shop, mail, new] = tokens();
    let served = Served::with(&(row("shop", &shop, "") + &row("mail", &mail, ""))).await;
    let (mut leaving, mut staying) = (served.watch(&shop).await, served.watch(&mail).await);
    for watcher in [&mut leaving, &mut staying] {
        assert_eq!(watcher.next().await["type"], "next");
    }
    let more = row("mail", &mail, "points_per_second = 7")
        .replace("tracking:read", "tracking:read customer:read");
    let after = row("shop", &new, "") + &more;
    served
        .change(&after, "access.tokens = shop, mail (another one)")
        .await;
    assert_eq!(leaving.closed().await.0, 4403);
    assert_eq!(served.ask(&shop, ASK).await.status(), 401);
    assert_eq!(served.ask(&new, ASK).await.status(), 200);
    let payload = json!({ "query": ASK });
    staying
        .say(json!({ "id": "2", "type": "subscribe", "payload": payload }))
        .await;
    while staying.next().await["id"] != "2" {}
    let less = row("shop", &new, "") + &row("mail", &mail, "").replace("tracking:read", "realtime");
    served.change(&less, "were read again changed=1").await;
    assert_eq!(staying.closed().await.0, 4403);
}

#[tokio::test]
async fn limits_pages_and_documents_are_changed_for_whoever_comes_then() {
    let [token] = tokens();
    let row = row("shop", &token, "");
    let served = Served::with(&row).await;
    let deep = "{ tracking(ref: { key: { carrierCode: \"china-ems\", trackingNumber: \"LS912989618CN\" } }) \
        { origin { checkpoints { description } } } }";
    let mut socket = served.watch(&token).await;
    for _ in 0..3 {
        // From the second time on the answer is there.
        assert_eq!(served.json(&token, deep).await["errors"], Value::Null);
    }
    let page = [(ORIGIN, "https://shop.example"), (HOST, "shop.example")];
    assert_eq!(served.ask_with(&page, ASK).await.status(), 421);
    let documents = served.file("trusted.json");
    fs::write(&documents, json!({ "one": ASK }).to_string()).unwrap();
    let more = format!(
        "[operations]\nmax_depth = 2\ntrusted_documents = {documents:?}\ntrusted_documents_mode = \"log\"\n\
        [transport]\nhosts = \"shop.example\"\ncors_origins = \"https://shop.example\"\nmax_batch = 3\n"
    );
    served
        .change(&(row.clone() + &more), "transport.hosts = shop.example")
        .await;
    let refused = served.json(&token, deep).await;
    let code = &refused["errors"][0]["extensions"]["code"];
    assert_eq!(code, "QUERY_TOO_COMPLEX", "{refused}");
    let told = served.ask_with(&page, ASK).await;
    assert_eq!(
        told.headers()[ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://shop.example"
    );
    // A socket that was opened before.
    let payload = json!({ "query": deep });
    socket
        .say(json!({ "id": "2", "type": "subscribe", "payload": payload }))
        .await;
    loop {
        let said = socket.next().await;
        if said["id"] == "2" {
            assert_eq!(said["type"], "error", "{said}");
            break;
        }
    }
    let only = more.replace("\"log\"", "\"only\"");
    served
        .change(&(row + &only), "trusted_documents_mode = only")
        .await;
    let unlisted = served.json(&token, "{ __schema { __typename } }").await;
    assert_ne!(unlisted["errors"], Value::Null);
    assert_eq!(served.json(&token, ASK).await["errors"], Value::Null);
}

#[tokio::test]
async fn a_file_that_is_wrong_changes_nothing_and_the_next_one_does() {
    let [token, other] = tokens();
    let served = Served::with(&row("shop", &token, "")).await;
    for (wrong, why) in [
        (
            "[access]\nanonymous = \"evrything\"\n",
            "scope 1 is not known",
        ),
        ("nonsense", "line 1"),
        (
            "patience = \"0s\"\n[access]\nanonymous = \"tracking:read\"\n",
            "patience",
        ),
        (
            "[access]\nanonymous = \"tracking:read\"\n[operations]\ntrusted_documents = \"/nowhere.json\"\n",
            "/nowhere.json",
        ),
    ] {
        served.change(wrong, why).await;
        assert!(
            served
                .log()
                .contains("the settings in force stay as they are")
        );
        assert_eq!(served.ask(&token, ASK).await.status(), 200, "{wrong}");
        assert_eq!(served.ask_with(&[], ASK).await.status(), 401, "{wrong}");
    }
    served
        .change(&row("other", &other, ""), "access.tokens = other")
        .await;
    assert_eq!(served.ask(&other, ASK).await.status(), 200);
    assert_eq!(served.ask(&token, ASK).await.status(), 401);
}

#[tokio::test]
async fn files_that_change_are_read_by_themselves() {
    let [token] = tokens();
    let row = row("shop", &token, "");
    let served = Served::with(&row).await;
    let documents = served.file("trusted.json");
    fs::write(&documents, json!({ "one": ASK }).to_string()).unwrap();
    let only = format!(
        "{row}[operations]\ntrusted_documents = {documents:?}\ntrusted_documents_mode = \"only\"\n"
    );
    // As editors and Kubernetes do it: another file in its place.
    fs::write(served.file("next"), only).unwrap();
    fs::rename(served.file("next"), served.file("parcelgraph.toml")).unwrap();
    served.has_logged("trusted_documents_mode = only").await;
    let listed = "query Two { __typename }";
    assert_ne!(served.json(&token, listed).await["errors"], Value::Null);
    let listed_too = json!({ "one": ASK, "two": listed }).to_string();
    fs::write(&documents, listed_too).unwrap();
    let begun = Instant::now();
    while served.json(&token, listed).await["errors"] != Value::Null {
        assert!(begun.elapsed() < DEADLINE, "{}", served.log());
        sleep(Duration::from_millis(50)).await;
    }
    // A list that is wrong leaves the one before, and is read again once it is mended.
    fs::write(&documents, "nonsense").unwrap();
    served
        .has_logged("the settings in force stay as they are")
        .await;
    assert_eq!(served.json(&token, listed).await["errors"], Value::Null);
    let third = "query Three { __typename }";
    fs::write(&documents, json!({ "three": third }).to_string()).unwrap();
    while served.json(&token, third).await["errors"] != Value::Null {
        assert!(begun.elapsed() < 2 * DEADLINE, "{}", served.log());
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_is_made_at_the_start_is_told_of_and_stays() {
    let [token] = tokens();
    let row = row("shop", &token, "");
    let served = Served::with(&row).await;
    let other = format!("listen = \"0.0.0.0:1\"\nevents = 5000\npatience = \"7s\"\n{row}");
    served
        .change(
            &other,
            "not yet: events = 5000 (was 10000), after a restart",
        )
        .await;
    let log = served.log();
    assert!(
        log.contains("from now on: patience = 7s (was 15s)"),
        "{log}"
    );
    // The flag says where to listen, over the file.
    assert!(!log.contains("not yet: listen"), "{log}");
    // It is still one that only this machine can ask.
    assert_eq!(
        served
            .ask_with(&[(HOST, "shop.example")], ASK)
            .await
            .status(),
        421
    );
    assert_eq!(served.ask(&token, ASK).await.status(), 200);
}

#[tokio::test]
async fn a_hundred_reloads_cut_nobody_off() {
    let [token] = tokens();
    let settings =
        |depth: u32| row("shop", &token, "") + &format!("[operations]\nmax_depth = {depth}\n");
    let served = Served::with(&settings(10)).await;
    let mut watcher = served.watch(&token).await;
    assert_eq!(watcher.next().await["type"], "next");
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let asking = async {
        let mut asked = 0;
        while stopped.try_recv().is_err() {
            let answer = served.json(&token, ASK).await;
            assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
            asked += 1;
        }
        asked
    };
    let reloading = async {
        for nth in 1..=100 {
            fs::write(served.file("parcelgraph.toml"), settings(10 + nth % 2)).unwrap();
            served.hang_up();
            let read = || served.log().matches("were read again").count() >= nth as usize;
            until("the settings", read).await;
        }
        stop.send(()).unwrap();
    };
    let (asked, ()) = tokio::join!(asking, reloading);
    assert!(asked > 20, "{asked}");
    let payload = json!({ "query": ASK });
    watcher
        .say(json!({ "id": "2", "type": "subscribe", "payload": payload }))
        .await;
    while watcher.next().await["id"] != "2" {}
}
