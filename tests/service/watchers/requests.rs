//! Requests over connections that are kept, as a load balancer sends them: a replica that takes no connection is passed over, and
//! whatever was sent has to be answered.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::delays::Delays;
use super::wire::{Wire, nonsense};

/// How many failures are told of.
const REASONS: usize = 5;

/// A connection that is kept from one request to the next.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    wire: Wire,
}

impl Line {
    /// Whether the other side has ended it already.
    pub fn is_ended(&self) -> bool {
        self.wire.is_ended()
    }

    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let wire = Wire::open(address).await?;
        Ok(Self { address, wire })
    }

    /// Sends JSON; gives the status, what was answered, and whether the connection can be used again.
    pub async fn post(&mut self, path: &str, body: &str) -> io::Result<(u16, String, bool)> {
        let address = self.address;
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.ask(&request).await
    }

    /// The answer to a question without a body.
    pub async fn get(&mut self, path: &str) -> io::Result<String> {
        let address = self.address;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n\r\n"
        );
        let (_, body, _) = self.ask(&request).await?;
        Ok(body)
    }

    /// Sends a whole request; gives the same.
    pub async fn ask(&mut self, request: &str) -> io::Result<(u16, String, bool)> {
        self.wire.send(request.as_bytes()).await?;
        let head = self.wire.head().await?;
        let length = head
            .get("content-length")
            .and_then(|length| length.parse().ok());
        let length = length.ok_or_else(|| nonsense("an answer without a length"))?;
        let body = self.wire.bytes(length).await?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok((head.status, body, head.get("connection") != Some("close")))
    }
}

/// How requests are sent.
#[derive(Debug, Clone)]
pub struct Flow {
    pub replicas: Vec<SocketAddr>,
    pub per_second: u32,
    /// Over so many connections.
    pub lines: u32,
    pub body: String,
}

/// Requests on their way. They end with it.
#[derive(Debug)]
pub struct Requests {
    score: Arc<Mutex<Score>>,
    _tasks: JoinSet<()>,
}

/// What became of them.
#[derive(Debug, Default, Clone)]
pub struct Score {
    pub answered: usize,
    pub failed: usize,
    pub reasons: Vec<String>,
    /// How often a connection was opened.
    pub opened: usize,
    pub delays: Delays,
}

impl Requests {
    pub fn start(flow: &Flow) -> Self {
        let score = Arc::<Mutex<Score>>::default();
        let mut tasks = JoinSet::new();
        for number in 0..flow.lines {
            let mut sender = Sender {
                flow: flow.clone(),
                place: number as usize,
                line: None,
                score: score.clone(),
            };
            tasks.spawn(async move {
                let period = Duration::from_secs(1) * sender.flow.lines / sender.flow.per_second;
                sleep(period * number / sender.flow.lines).await;
                let mut turns = interval(period);
                turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
                loop {
                    turns.tick().await;
                    sender.turn().await;
                }
            });
        }
        Self {
            score,
            _tasks: tasks,
        }
    }

    pub fn score(&self) -> Score {
        self.score
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

struct Sender {
    flow: Flow,
    place: usize,
    line: Option<Line>,
    score: Arc<Mutex<Score>>,
}

impl Sender {
    async fn turn(&mut self) {
        let begun = Instant::now();
        let answer = self.send().await;
        let mut score = self.score.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(()) => {
                score.answered += 1;
                score.delays.0.push(begun.elapsed());
            }
            Err(error) => {
                score.failed += 1;
                if score.reasons.len() < REASONS {
                    score.reasons.push(error.to_string());
                }
            }
        }
    }

    async fn send(&mut self) -> io::Result<()> {
        let mut line = match self.line.take() {
            Some(line) if !line.is_ended() => line,
            _ => self.connect().await?,
        };
        let (status, body, is_kept) = line.post("/graphql", &self.flow.body).await?;
        if is_kept {
            self.line = Some(line);
        }
        let is_answer =
            serde_json::from_str(&body).is_ok_and(|answer: Value| answer.get("errors").is_none());
        match status == 200 && is_answer {
            true => Ok(()),
            false => Err(nonsense(&format!("{status} {body}"))),
        }
    }

    /// Connects to whoever takes it.
    async fn connect(&mut self) -> io::Result<Line> {
        let mut replicas: VecDeque<_> = self.flow.replicas.iter().copied().collect();
        let count = replicas.len();
        replicas.rotate_left(self.place % count);
        self.place += 1;
        let mut refused = io::Error::other("there is no replica");
        for replica in replicas {
            match Line::open(replica).await {
                Ok(line) => {
                    self.score
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .opened += 1;
                    return Ok(line);
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}
