//! The program as operators meet it.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::Redis;

const DEADLINE: Duration = Duration::from_secs(20);

fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parcelgraph"));
    command
        .env_clear()
        // Other tests have the processors as well.
        .env("SHED_AFTER", "0")
        .envs(environment.iter().copied())
        .args(arguments)
        .kill_on_drop(true);
    command
}

async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let output = program(arguments, environment).output();
    timeout(DEADLINE, output).await.expect("it ends").unwrap()
}

/// Runs to the end with a standard output of one's own.
async fn run_into(stdout: impl Into<Stdio>, arguments: &[&str]) -> Output {
    let child = program(arguments, &[])
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output();
    timeout(DEADLINE, output).await.expect("it ends").unwrap()
}

/// A program that serves, and what it prints.
struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = program(arguments, environment)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    async fn line(&mut self) -> String {
        let line = timeout(DEADLINE, self.lines.next_line()).await;
        line.expect("it prints a line").unwrap().expect("it lives")
    }

    /// The address at the end of the next line.
    async fn address(&mut self) -> String {
        let line = self.line().await;
        line.split_whitespace().last().unwrap().to_owned()
    }

    async fn stop(mut self) -> Option<i32> {
        let id = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status();
        assert!(sent.unwrap().success());
        let ended = timeout(DEADLINE, self.child.wait()).await;
        ended.expect("it stops").unwrap().code()
    }
}

async fn ask(url: &str, query: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(url).json(&json!({ "query": query }));
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn without_settings_it_serves_simulated_parcels_and_says_so() {
    let mut serving = Serving::start(&["--listen", "127.0.0.1:0"], &[]);
    let url = serving.address().await;
    assert!(
        serving
            .line()
            .await
            .starts_with("playground: http://127.0.0.1:")
    );
    assert!(serving.line().await.contains("simulated"));
    let answer = ask(&url, "{ trackings(first: 1) { totalCount } }").await;
    assert!(answer["data"]["trackings"]["totalCount"].as_u64().unwrap() >= 200);
    assert_eq!(serving.stop().await, Some(0));
}

#[tokio::test]
async fn a_sandbox_of_its_own_is_served_like_a_real_account() {
    let mut sandbox = Serving::start(&["sandbox", "--listen", "127.0.0.1:0", "--key", "k3y"], &[]);
    let base = sandbox.address().await;
    let environment = [
        ("TRACKINGMORE_API_KEY", "k3y"),
        ("UPSTREAM_URL", base.as_str()),
        ("ANONYMOUS", "tracking:read account:read"),
    ];
    let mut serving = Serving::start(&["serve", "--listen", "127.0.0.1:0"], &environment);
    let url = serving.address().await;
    // There is no playground unless it is wanted.
    assert!(!serving.line().await.contains("simulated"));
    let answer = ask(&url, "{ trackings(first: 1) { totalCount } }").await;
    assert!(
        answer["data"]["trackings"]["totalCount"].as_u64().unwrap() >= 200,
        "{answer}"
    );
    assert_eq!(serving.stop().await, Some(0));
    assert_eq!(sandbox.stop().await, Some(0));
}

#[tokio::test]
async fn what_is_wrong_is_told_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "listne = \"127.0.0.1:0\"").unwrap();
    let file = file.path().to_str().unwrap();
    for (arguments, environment, says) in [
        (
            &[][..],
            &[("TRACKINGMORE_API_KEY", "")][..],
            "TRACKINGMORE_API_KEY is set but empty",
        ),
        (
            &[],
            &[("TRACKINGMORE_API_KEY", "two\nlines")],
            "TRACKINGMORE_API_KEY",
        ),
        (
            &["--upstream", "trackingmore"],
            &[],
            "needs the account's key",
        ),
        (
            &["--upstream-url", "https://127.0.0.1/v2"],
            &[],
            "leave the address out",
        ),
        (
            &["--upstream", "sandbox"],
            &[
                ("UPSTREAM_URL", "https://a/v2"),
                ("TRACKINGMORE_API_KEY", "k"),
            ],
            "the parcels are to be simulated",
        ),
        (&["--upstream", "neither"], &[], "sandbox, trackingmore"),
        (
            &[],
            &[("TRACKINGMORE_API_KEY", "k")],
            "`parcelgraph token NAME` makes one",
        ),
        (&["--listen", "0.0.0.0:0"], &[], "only on loopback"),
        (&[], &[("PARCELGRAPH_TOKENS", "shop")], "name:sha256:scopes"),
        (
            &[
                "--jwks-file",
                "nowhere",
                "--jwt-issuer",
                "i",
                "--jwt-audience",
                "a",
            ],
            &[],
            "nowhere: ",
        ),
        (&["token", "a:b"], &[], "a name has"),
        (
            &["--upstream-url", "nonsense"],
            &[("TRACKINGMORE_API_KEY", "k")],
            "--upstream-url",
        ),
        (&["--listen", &taken], &[], "cannot listen on"),
        (&["sandbox", "--listen", &taken], &[], "cannot listen on"),
        (&["--listen", "nowhere"], &[], "not an address"),
        (&[], &[("LISTEN", "")], "not an address"),
        (&["--silence", "soon"], &[], "not a length of time"),
        (
            &["--patience", "0"],
            &[],
            "--patience must be longer than 0",
        ),
        (
            &["--slot-margin", "18446744073709551615"],
            &[],
            "longer than 30 days",
        ),
        (&[], &[("REALTIME_COOLDOWN", "721h")], "longer than 30 days"),
        (
            &["--list-per-second", "10001"],
            &[],
            "--list-per-second must be at most 10000",
        ),
        (
            &["--realtime-per-second", "4294967295"],
            &[],
            "--realtime-per-second must be at most 10000",
        ),
        (
            &[],
            &[("OTHER_PER_SECOND", "10001")],
            "--other-per-second must be at most 10000",
        ),
        (
            &["--list-per-second", "-1"],
            &[],
            "'-1' for '--list-per-second",
        ),
        (&["--redis", "redis://localhost"], &[], "needs --replicas"),
        (
            &["--replicas", "2"],
            &[("REDIS_URL", "")],
            "not the address of a Redis",
        ),
        (&["--replicas", "65"], &[], "must be from 1 to 64"),
        (&["--sandbox-speed", "-1"], &[], "must be from 0 to 100000"),
        (&["sandbox", "--speed=NaN"], &[], "must be from 0 to 100000"),
        (
            &["sandbox", "--speed", "-3"],
            &[],
            "must be from 0 to 100000",
        ),
        (&["sandbox", "--key", ""], &[], "not a key that can be sent"),
        (
            &["sandbox", "--key", "two\nlines"],
            &[],
            "not a key that can be sent",
        ),
        (&["sandbox", "--listen", "nowhere"], &[], "not an address"),
        (
            &["--config", "/no/such/file.toml"],
            &[],
            "/no/such/file.toml",
        ),
        (&["--config", file], &[], "listne"),
        (&["--no-such-flag"], &[], "--no-such-flag"),
        (&["no-such-command"], &[], "no-such-command"),
    ] {
        let output = run(arguments, environment).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?} {environment:?}");
        assert!(text.contains(says), "{arguments:?} {environment:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[tokio::test]
async fn check_tells_all_that_is_wrong() {
    let output = run(
        &["check", "--patience", "0", "--upstream", "trackingmore"],
        &[],
    )
    .await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("--patience must be longer") && text.contains("needs the account's key"));
}

#[tokio::test]
async fn the_longest_times_and_the_highest_limits_serve() {
    let times = [
        "PATIENCE",
        "SILENCE",
        "SLOT_MARGIN",
        "REALTIME_COOLDOWN",
        "POLL_INTERVAL",
    ];
    let timeouts = ["CONNECT_TIMEOUT", "CALL_TIMEOUT", "REALTIME_TIMEOUT"];
    let limits = ["LIST_PER_SECOND", "REALTIME_PER_SECOND", "OTHER_PER_SECOND"];
    let times = times.iter().chain(&timeouts).map(|name| (*name, "720h"));
    let limits = limits.iter().map(|name| (*name, "10000"));
    let environment: Vec<_> = times.chain(limits).collect();
    let mut serving = Serving::start(&["--listen", "127.0.0.1:0"], &environment);
    let url = serving.address().await;
    let answer = ask(&url, "{ trackings(first: 1) { totalCount } }").await;
    assert!(answer["errors"].is_null(), "{answer}");
    assert_eq!(serving.stop().await, Some(0));
}

#[tokio::test]
async fn only_the_command_that_runs_reads_the_environment() {
    let bad = [("LISTEN", "bad"), ("PATIENCE", "0")];
    assert!(run(&["schema"], &bad).await.status.success());
    assert!(run(&["--version"], &bad).await.status.success());
    let mut sandbox = Serving::start(&["sandbox", "--listen", "localhost:0"], &bad);
    assert!(sandbox.address().await.ends_with("/v2"));
    assert_eq!(sandbox.stop().await, Some(0));
    assert!(!run(&["check"], &bad).await.status.success());
}

#[tokio::test]
async fn a_reader_who_leaves_early_is_no_failure() {
    for command in ["schema", "check", "--help"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = run_into(writer, &[command]).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && text.is_empty(),
            "{command}: {text}"
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_printed_is_told_in_one_line() {
    for arguments in [
        &["schema"][..],
        &["check"],
        &["--help"],
        &["--listen", "127.0.0.1:0"],
        &["sandbox", "--listen", "127.0.0.1:0"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = run_into(full, arguments).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text.starts_with("error: cannot print: "), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_complained_of_leaves_the_exit_code() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut child = program(&["no-such-command"], &[])
        .stderr(full.unwrap())
        .spawn()
        .unwrap();
    let ended = timeout(DEADLINE, child.wait()).await.expect("it ends");
    assert_eq!(ended.unwrap().code(), Some(2));
}

#[tokio::test]
async fn check_shows_the_settings_in_force_and_no_secret() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(
        file,
        "trackingmore_api_key = \"s3cret\"\npatience = \"3s\"\nsilence = 60"
    )
    .unwrap();
    let file = file.path().to_str().unwrap();
    let output = run(
        &[
            "check",
            "--config",
            file,
            "--patience",
            "4s",
            "--listen",
            "localhost:1",
        ],
        &[("SILENCE", "90s"), ("ANONYMOUS", "tracking:read")],
    )
    .await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for line in [
        "upstream = trackingmore",
        ":1\n",
        "patience = 4s",
        "silence = 90s",
        "trackingmore_api_key = ****",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("s3cret"));
}

#[tokio::test]
async fn check_tells_what_would_change_from_the_settings_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let is = file("parcelgraph.toml", "patience = \"3s\"\nevents = 5000\n");
    let new = file("new.toml", "patience = \"4s\"\nevents = 6000\n");
    let wrong = file("wrong.toml", "patience = \"4\"\nnonsense = 1\n");
    let environment = [("PARCELGRAPH_CONFIG", is.as_str())];
    let told = async |arguments: &[&str]| {
        let output = run(arguments, &environment).await;
        let text = String::from_utf8([output.stdout, output.stderr].concat());
        (output.status.success(), text.unwrap())
    };
    let (is_right, text) = told(&["check", "--config", &new]).await;
    assert!(is_right, "{text}");
    let (_, changes) = text.split_once(&format!("# changes from {is}:\n")).unwrap();
    assert_eq!(
        changes,
        "# patience = 4s (was 3s)\n# events = 6000 (was 5000), after a restart\n"
    );
    let (_, text) = told(&["check", "--config", &new, "--against", &new]).await;
    assert!(!text.contains("changes"), "{text}");
    let (_, text) = told(&[
        "check",
        "--config",
        &new,
        "--events",
        "5000",
        "--patience",
        "9s",
    ])
    .await;
    assert!(
        text.ends_with(&format!("# nothing changes from {is}\n")),
        "{text}"
    );
    let (_, text) = told(&["check"]).await;
    assert!(!text.contains("changes"), "{text}");
    let (is_right, text) = told(&["check", "--config", &new, "--against", &wrong]).await;
    assert!(
        !is_right && text.contains("wrong.toml (in force): "),
        "{text}"
    );
}

#[tokio::test]
async fn a_new_token_is_shown_with_what_the_settings_take() {
    let output = run(&["token", "shop", "--scopes", "tracking:read ops"], &[]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("token: pg_"), "{text}");
    let (lines, environment) = text.split_once("# or in the environment\n").unwrap();
    let (_, lines) = lines.split_once("# in the settings file\n").unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    let key = ("TRACKINGMORE_API_KEY", "k");
    let arguments = ["check", "--config", file.path().to_str().unwrap()];
    let by_file = run(&arguments, &[key]).await;
    let tokens = environment.trim().strip_prefix("PARCELGRAPH_TOKENS=");
    let tokens = tokens.unwrap().trim_matches('\'');
    let by_environment = run(&["check"], &[key, ("PARCELGRAPH_TOKENS", tokens)]).await;
    for report in [by_file.stdout, by_environment.stdout] {
        let report = String::from_utf8(report).unwrap();
        assert!(
            report.contains("access.anonymous = none\naccess.tokens = shop\n"),
            "{report}"
        );
    }
}

#[tokio::test]
async fn where_revoked_view_tokens_may_count_again_the_start_says_so() {
    let secret = ("VIEW_TOKEN_SECRET", "a secret of thirty-two bytes or more");
    let account = [
        ("TRACKINGMORE_API_KEY", "k3y"),
        ("UPSTREAM_URL", "http://127.0.0.1:9"),
    ];
    let [key, url] = account;
    let redis = Redis::start().await;
    let redis = redis.url();
    for (environment, is_said) in [
        (vec![], false),
        (vec![secret], true),
        (vec![key, url, ("ANONYMOUS", "tracking:read")], true),
        (vec![key, url, ("ANONYMOUS", "realtime")], false),
        (
            vec![
                key,
                url,
                ("ANONYMOUS", "tracking:read"),
                ("REDIS_URL", &redis),
                ("REPLICAS", "2"),
            ],
            false,
        ),
    ] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = program(&["--listen", "127.0.0.1:0"], &environment)
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut serving = Serving { child, lines };
        serving.address().await;
        assert_eq!(serving.stop().await, Some(0));
        let told = std::fs::read_to_string(log.path()).unwrap();
        let says = told.contains("view tokens that are revoked count again");
        assert_eq!(says, is_said, "{environment:?}: {told}");
    }
}

#[tokio::test]
async fn the_password_of_the_redis_is_shown_nowhere() {
    let url = [("REDIS_URL", "redis://me:s3cret@localhost/1")];
    let report = run(&["check", "--replicas", "3"], &url).await;
    let text = String::from_utf8(report.stdout).unwrap();
    assert!(text.contains("\nredis = redis://me:****@localhost/1\nreplicas = 3\n"));
    for (arguments, environment) in [
        (&["serve", "--help"][..], &url[..]),
        (&["check"], &url),
        (&["check", "--redis", "http://me:s3cret@localhost"], &[]),
    ] {
        let output = run(arguments, environment).await;
        for text in [output.stdout, output.stderr] {
            assert!(!String::from_utf8(text).unwrap().contains("s3cret"));
        }
    }
}

#[tokio::test]
async fn a_redis_that_speaks_tls_and_wants_a_password_is_reached() {
    let redis = Redis::guarded().await;
    let (url, trusted) = (redis.url(), redis.certificate());
    let environment = [
        ("REDIS_URL", url.as_str()),
        ("REPLICAS", "2"),
        ("SSL_CERT_FILE", trusted.to_str().unwrap()),
    ];
    let serving = Serving::start(&["--listen", "127.0.0.1:0"], &environment);
    let end = tokio::time::Instant::now() + DEADLINE;
    while redis.ask::<u64>(&["PUBSUB", "NUMPAT"]).await == 0 {
        assert!(tokio::time::Instant::now() < end, "nobody listens to news");
    }
    assert_eq!(serving.stop().await, Some(0));
}

#[tokio::test]
async fn trusted_documents_that_are_not_valid_stop_the_start_with_a_line_each() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let documents: serde_json::Map<String, Value> = (0..12)
        .map(|number| (format!("wrong{number:02}"), json!("{ nothing }")))
        .chain([("right".to_owned(), json!("{ __typename }"))])
        .collect();
    write!(file, "{}", Value::Object(documents)).unwrap();
    let path = file.path().to_str().unwrap();
    for command in ["serve", "check"] {
        let output = run(
            &[
                command,
                "--listen",
                "127.0.0.1:0",
                "--trusted-documents",
                path,
            ],
            &[],
        )
        .await;
        assert_eq!(output.status.code(), Some(1), "{command}");
        let told = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<_> = told
            .lines()
            .filter(|line| line.starts_with("error: "))
            .collect();
        assert_eq!(lines.len(), 11, "{told}");
        assert!(
            lines[0].contains(path) && lines[0].contains("wrong00") && lines[0].contains("nothing"),
            "{told}"
        );
        assert!(lines[10].contains("2 more are not valid"), "{told}");
        let off = run(
            &[
                "check",
                "--trusted-documents",
                path,
                "--trusted-documents-mode",
                "off",
            ],
            &[],
        )
        .await;
        assert!(off.status.success());
    }
    let missing = run(&["check", "--trusted-documents-mode", "only"], &[]).await;
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(
        told.contains("--trusted-documents (TRUSTED_DOCUMENTS)"),
        "{told}"
    );
}

#[tokio::test]
async fn the_schema_and_the_help_are_printed() {
    let schema = run(&["schema"], &[]).await;
    assert_eq!(
        String::from_utf8(schema.stdout).unwrap(),
        parcelgraph::graphql::sdl()
    );
    let subgraph = run(&["schema", "--federation"], &[]).await;
    assert_eq!(
        String::from_utf8(subgraph.stdout).unwrap(),
        parcelgraph::graphql::subgraph_sdl()
    );
    let help = run(&["--help"], &[]).await;
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).unwrap();
    for word in [
        "serve",
        "check",
        "schema",
        "sandbox",
        "parcelgraph serve --help",
        "TRACKINGMORE_API_KEY",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

#[tokio::test]
async fn every_setting_is_in_the_readme_the_file_of_defaults_and_the_report() {
    let help = String::from_utf8(run(&["serve", "--help"], &[]).await.stdout).unwrap();
    let mut report = run(&["check"], &[]).await.stdout;
    report.extend(
        run(
            &["check", "--anonymous", "tracking:read"],
            &[("TRACKINGMORE_API_KEY", "k")],
        )
        .await
        .stdout,
    );
    let report = String::from_utf8(report).unwrap();
    let readme = std::fs::read_to_string("README.md").unwrap();
    let file = std::fs::read_to_string("deploy/parcelgraph.toml").unwrap();
    // What has no default is shown in a comment.
    let without_default = file.replace("\n# ", "\n");
    let flags = help
        .split_whitespace()
        .filter(|word| word.starts_with("--"));
    let settings: Vec<_> = flags
        .map(|flag| flag.trim_end_matches(','))
        .filter(|flag| !["--help", "--version", "--config"].contains(flag))
        .collect();
    assert!(settings.len() > 15, "{settings:?}");
    for flag in settings {
        assert!(readme.contains(&format!("| `{flag}` |")), "README: {flag}");
        let name = flag.trim_start_matches('-').replace('-', "_");
        // In the report the name of the file's table stands before that of the setting.
        let is_set = |text: &str| {
            let mut names = text.lines().filter_map(|line| line.split_once(" = "));
            names.any(|(set, _)| set.rsplit('.').next() == Some(&name))
        };
        assert!(is_set(&report), "check: {name}");
        assert!(
            is_set(&file) || is_set(&without_default) || name == "sandbox_speed",
            "deploy/parcelgraph.toml: {name}"
        );
    }
}

#[tokio::test]
async fn the_file_of_defaults_changes_nothing() {
    let key = [
        ("TRACKINGMORE_API_KEY", "k"),
        ("ANONYMOUS", "tracking:read"),
    ];
    let with = run(&["check", "--config", "deploy/parcelgraph.toml"], &key).await;
    let without = run(&["check"], &key).await;
    assert!(with.status.success());
    assert_eq!(with.stdout, without.stdout);
    let lost_key = run(&["check", "--config", "deploy/parcelgraph.toml"], &[]).await;
    assert!(!lost_key.status.success());
}
