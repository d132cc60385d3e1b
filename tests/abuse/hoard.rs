//! Bodies whose trees would take many times their own length: many at the same time, each with a document that has to be judged
//! first, so that it waits.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::support::{After, End, exchange};

/// So many come at once, again and again.
const CLIENTS: usize = 120;
const ROUNDS: usize = 4;

/// As large as a body may be.
const LENGTH: usize = 256 * 1024;

const PATIENCE: Duration = Duration::from_secs(20);

/// Which header names the client: all of these are one.
pub const CLIENT_HEADER: &str = "x-client";

/// Tells what was wrong about how the server took it.
pub async fn attack(address: SocketAddr) -> Option<String> {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            let mut statuses = Vec::new();
            for round in 0..ROUNDS {
                let body = body(client * ROUNDS + round);
                statuses.push(exchange(address, &body, After::Wait, PATIENCE).await.end);
            }
            statuses
        });
    }
    let ends: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    let with = |status| {
        ends.iter()
            .filter(|end| end.status() == Some(status))
            .count()
    };
    let (read, refused) = (with(200), with(429));
    println!(
        "{} bodies at once: {read} read, {refused} refused",
        ends.len()
    );
    let odd = ends
        .iter()
        .find(|end| !matches!(end.status(), Some(200 | 429)));
    match odd {
        Some(End::Silence) => Some("a body is not answered".to_owned()),
        Some(odd) => Some(format!("a body: {odd:?}")),
        None => None,
    }
}

fn body(nth: usize) -> Vec<u8> {
    let start = format!(r#"{{"query":"{{ a{nth}: __typename }}","variables":{{"x":[0"#);
    let zeros = ",0".repeat((LENGTH - start.len() - 3) / 2);
    let body = format!("{start}{zeros}]}}}}");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\n{CLIENT_HEADER}: hoarder\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}
