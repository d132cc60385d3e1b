//! Secrets that stand in files, as containers are given them.

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use parcelgraph::auth::NewToken;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

const DEADLINE: Duration = Duration::from_secs(30);

/// A folder of secrets.
struct Secrets(TempDir);

impl Secrets {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }
}

async fn check(environment: &[(&str, PathBuf)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
    command
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .envs(environment.iter().cloned())
        .arg("check");
    timeout(DEADLINE, command.output()).await.unwrap().unwrap()
}

fn row(token: &NewToken) -> String {
    format!(
        "shop-{}:{}:tracking:read\n",
        &token.sha256[..8],
        token.sha256
    )
}

#[tokio::test]
async fn every_secret_may_stand_in_a_file() {
    let secrets = Secrets::new();
    let [one, two] = [(); 2].map(|()| NewToken::random());
    let long = "s3cret of thirty-two bytes or more\n";
    let environment = [
        (
            "TRACKINGMORE_API_KEY_FILE",
            secrets.write("key", "s3cret\n"),
        ),
        (
            "PARCELGRAPH_TOKENS_FILE",
            secrets.write("tokens", &(row(&one) + &row(&two))),
        ),
        ("JWT_SECRET_FILE", secrets.write("jwt", long)),
        ("VIEW_TOKEN_SECRET_FILE", secrets.write("view", long)),
        (
            "REDIS_URL_FILE",
            secrets.write("redis", "redis://me:s3cret@localhost/1\n"),
        ),
        (
            "WEBHOOK_EMAIL_FILE",
            secrets.write("email", "s3cret@shop.example\n"),
        ),
        ("JWT_ISSUER", "i".into()),
        ("JWT_AUDIENCE", "a".into()),
        ("REPLICAS", "2".into()),
    ];
    let output = check(&environment).await;
    let report = String::from_utf8(output.stdout).unwrap();
    let names = format!("shop-{}, shop-{}", &one.sha256[..8], &two.sha256[..8]);
    for line in [
        "upstream = trackingmore",
        "trackingmore_api_key = ****",
        "redis = redis://me:****@localhost/1",
        "webhook_email = ****",
        &format!("access.tokens = {names}"),
        "access.jwt_secret = ****",
        "access.view_token_secret = ****",
    ] {
        assert!(report.contains(line), "{line} is not in\n{report}");
    }
    assert!(!report.contains("s3cret"), "{report}");
}

#[tokio::test]
async fn a_secret_that_is_set_twice_or_cannot_be_read_stops_the_start() {
    let secrets = Secrets::new();
    let url = secrets.write("redis", "redis://me:5ecret@localhost");
    let missing = secrets.0.path().join("missing");
    for (environment, says) in [
        (
            vec![
                ("REDIS_URL", "redis://me:5ecret@localhost".into()),
                ("REDIS_URL_FILE", url),
            ],
            "REDIS_URL and REDIS_URL_FILE are both set: set one of them",
        ),
        (
            vec![("TRACKINGMORE_API_KEY_FILE", missing.clone())],
            missing.to_str().unwrap(),
        ),
        (
            vec![("WEBHOOK_EMAIL_FILE", PathBuf::new())],
            "WEBHOOK_EMAIL_FILE: ",
        ),
    ] {
        let output = check(&environment).await;
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(says), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(!told.contains("5ecret"), "{told}");
    }
}

#[tokio::test]
async fn a_file_of_tokens_that_changes_is_read_by_itself() {
    let secrets = Secrets::new();
    let [gone, new] = [(); 2].map(|()| NewToken::random());
    let file = secrets.write("tokens", &row(&gone));
    let mut child = Command::new(env!("CARGO_BIN_EXE_parcelgraph"))
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .env("PARCELGRAPH_TOKENS_FILE", file)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
    let line = line.expect("it serves");
    let url = line.split_whitespace().last().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |token: &NewToken| {
        let request = client.post(url).json(&json!({ "query": "{ __typename }" }));
        let answer = request.bearer_auth(&token.token).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!((ask(&gone).await, ask(&new).await), (200, 401));
    secrets.write("tokens", &row(&new));
    let end = Instant::now() + DEADLINE;
    while ask(&new).await != 200 {
        assert!(Instant::now() < end, "it is not read again");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(ask(&gone).await, 401);
}
