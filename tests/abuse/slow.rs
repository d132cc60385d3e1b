//! Clients that take their time: 200 of each kind, all at the same time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::pulse::Pulse;
use crate::sockets::opened;
use crate::support::{End, answer, closing_code};

const CLIENTS: usize = 200;

/// How soon after each other they come, one of each kind at a time.
const PACE: Duration = Duration::from_millis(5);

/// How often another byte comes.
const DRIP: Duration = Duration::from_millis(250);

/// By how much a deadline may be missed: the machine is busy with 1,000 clients.
const SLACK: Duration = Duration::from_secs(2);

const HEAD: Duration = Duration::from_secs(5);
const BODY: Duration = Duration::from_secs(10);
const INIT: Duration = Duration::from_secs(3);

/// How they begin, which byte follows again and again, if any, and how long they are borne.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    first: &'static str,
    drop: &'static [u8],
    limit: Duration,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "slow heads",
        first: "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx: ",
        drop: b"y",
        limit: HEAD,
    },
    Kind {
        name: "half a head",
        first: "POST /graphql HTTP/1.1\r\nhost: ",
        drop: b"",
        limit: HEAD,
    },
    Kind {
        name: "nothing at all",
        first: "",
        drop: b"",
        limit: HEAD,
    },
    Kind {
        name: "slow bodies",
        first: "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
        drop: b" ",
        limit: BODY,
    },
    Kind {
        name: "slow pieces of bodies",
        first: "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        drop: b"1\r\n \r\n",
        limit: BODY,
    },
];

/// Tells what was wrong about how the server took it.
pub async fn attack(address: SocketAddr, pulse: &Pulse) -> Vec<String> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        // All at once would be more than the system has them wait at the door.
        sleep(PACE).await;
        for kind in KINDS {
            clients.spawn(async move { (kind.name, client(address, kind).await) });
        }
        clients.spawn(async move { ("sockets that do not begin", socket(address).await) });
    }
    let mut wrong = Vec::new();
    for (name, outcome) in clients.join_all().await {
        wrong.extend(outcome.err().map(|outcome| format!("{name}: {outcome}")));
    }
    pulse.tell("slow clients");
    wrong.sort();
    // One of a kind says it.
    wrong.dedup_by_key(|text| text.split(':').next().map(str::to_owned));
    wrong
}

async fn client(address: SocketAddr, kind: Kind) -> Result<(), String> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let talk = async {
        let (mut reading, mut writing) = stream.into_split();
        let send = async {
            let mut sent = writing.write_all(kind.first.as_bytes()).await;
            while sent.is_ok() && !kind.drop.is_empty() {
                sleep(DRIP).await;
                sent = writing.write_all(kind.drop).await;
            }
            std::future::pending().await
        };
        tokio::select! {
            end = answer(&mut reading, false) => end,
            () = send => unreachable!("it goes on for ever"),
        }
    };
    let end = timeout(kind.limit + SLACK, talk).await;
    let took = begin.elapsed();
    match end {
        Err(_) => Err(format!("borne for {took:.1?}")),
        Ok(_) if took < kind.limit / 2 => Err(format!("given up after {took:.1?}")),
        Ok(End::Closed | End::Answer { status: 408, .. }) => Ok(()),
        Ok(other) => Err(format!("{other:?}")),
    }
}

async fn socket(address: SocketAddr) -> Result<(), String> {
    let mut stream = opened(address).await?;
    let begin = Instant::now();
    let code = timeout(INIT + SLACK, closing_code(&mut stream)).await;
    match code {
        Ok(Some(4408)) => Ok(()),
        Ok(other) => Err(format!("closed with {other:?}")),
        Err(_) => Err(format!("borne for {:.1?}", begin.elapsed())),
    }
}
