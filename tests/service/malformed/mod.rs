//! A thousand requests that are wrong somewhere, always the same: none brings the server to a panic or to an error of its own.

mod letters;
mod socket;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parcelgraph::sandbox::{self, Limits, Sandbox};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::{After, End, Plan, Process, exchange};
use letters::{Letter, letters};

/// So many, and no two alike.
const COUNT: usize = 1_000;

/// How many are under way at once.
const AT_ONCE: usize = 32;

/// Heads and bodies that never end are given up after 5 and 10 s, and the machine has other tests to run.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_malformed_requests_cause_neither_panics_nor_errors_of_the_server() {
    let (sandbox, server) = server().await;
    let address = server.address();
    let desk = Arc::new(Semaphore::new(AT_ONCE));
    let mut sending = JoinSet::new();
    for letter in letters(COUNT) {
        let desk = desk.clone();
        sending.spawn(async move {
            let _place = desk.acquire().await.unwrap();
            taken(address, &letter).await
        });
    }
    let ends = sending.join_all().await;
    let mut counts = BTreeMap::<_, usize>::new();
    for (end, _) in &ends {
        *counts.entry(end.status()).or_default() += 1;
    }
    println!("statuses, none where the connection was closed: {counts:?}");
    let wrong: Vec<_> = ends.iter().filter_map(|(_, wrong)| wrong.clone()).collect();
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert_eq!(ends.len(), COUNT);
    let answer = server.ask("{ __typename }").await;
    assert_eq!(answer["data"]["__typename"], "Query");
    let log = String::from_utf8_lossy(&fs::read(server.log()).unwrap()).into_owned();
    assert!(!log.contains("panicked"), "{log}");
    sandbox.stop();
}

async fn server() -> (Sandbox, Process) {
    let settings = sandbox::Settings {
        speed: 0.0,
        limits: Limits::OFF,
        ..sandbox::Settings::default()
    };
    let api_key = settings.api_key.clone();
    let sandbox = Sandbox::start_on_thread(settings).unwrap();
    let flags = [
        "--list-per-second=0",
        "--realtime-per-second=0",
        "--other-per-second=0",
        "--poll-interval=0",
        "--webhook-email=user@example.com",
        "--anonymous=tracking:read tracking:write customer:read realtime quota:spend account:read ops",
    ];
    let process = Process::start(Plan {
        upstream_url: sandbox.base_url(),
        api_key,
        redis_url: None,
        replicas: 1,
        clock_off_by: 0,
        flags: flags.map(str::to_owned).to_vec(),
    });
    (sandbox, process.await)
}

/// How the server took it, and what is wrong about that.
async fn taken(address: SocketAddr, letter: &Letter) -> (End, Option<String>) {
    let end = match &letter.frames {
        None => {
            let reply = exchange(address, &letter.bytes, After::HangUp, DEADLINE);
            reply.await.end
        }
        Some(frames) => socket::talk(address, &letter.bytes, frames, DEADLINE).await,
    };
    let what = match &end {
        End::Answer {
            status: 500..,
            body,
        } => body,
        End::Silence => "no answer",
        _ => return (end, None),
    };
    let text = String::from_utf8_lossy(&letter.bytes).into_owned();
    let start: String = text.chars().take(400).collect();
    let wrong = format!("{what} to {start:?}");
    (end, Some(wrong))
}
