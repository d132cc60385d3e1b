//! Requests at times that were planned before, over connections that are kept from one to the next.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep_until;

use super::questions::Questions;
use super::watchers::{Line, Score};

/// How many failures are told of.
const REASONS: usize = 10;

/// How requests are sent.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub per_second: u32,
    /// How many may wait for their answers. What is to be sent beyond that is withheld.
    pub most: usize,
}

/// Requests on their way.
pub struct Load {
    clients: Arc<Clients>,
    is_over: Arc<AtomicBool>,
    task: JoinHandle<usize>,
}

struct Clients {
    server: SocketAddr,
    questions: Questions,
    /// Connections on which nobody waits.
    idle: Mutex<Vec<Line>>,
    score: Mutex<Score>,
    begun: Instant,
}

/// Asks for so long, so many at once and each as soon as the one before is answered; says what became of it.
pub async fn press(
    server: SocketAddr,
    questions: Questions,
    at_once: usize,
    window: Duration,
) -> Score {
    let clients = Clients::of(server, questions);
    let mut asking = JoinSet::new();
    for first in 0..at_once {
        let clients = clients.clone();
        asking.spawn(async move {
            for turn in (first..).step_by(at_once) {
                if clients.begun.elapsed() > window {
                    return;
                }
                clients.clone().ask(turn, Instant::now()).await;
            }
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
    open(&clients.score).clone()
}

impl Load {
    pub fn start(server: SocketAddr, questions: Questions, pace: Pace) -> Self {
        let clients = Clients::of(server, questions);
        let is_over = Arc::<AtomicBool>::default();
        let flow = flow(clients.clone(), is_over.clone(), pace);
        Self {
            clients,
            is_over,
            task: tokio::spawn(flow),
        }
    }

    /// Sends nothing more, waits for what was sent, and says what became of it, and how many were withheld.
    pub async fn end(self) -> (Score, usize) {
        self.is_over.store(true, Ordering::Relaxed);
        let withheld = self.task.await.unwrap();
        (open(&self.clients.score).clone(), withheld)
    }
}

async fn flow(clients: Arc<Clients>, is_over: Arc<AtomicBool>, pace: Pace) -> usize {
    let period = Duration::from_secs(1) / pace.per_second;
    let mut asking = JoinSet::new();
    let (mut turn, mut withheld) = (0, 0);
    while !is_over.load(Ordering::Relaxed) {
        let planned = clients.begun + period * turn;
        turn += 1;
        sleep_until(planned.into()).await;
        while let Some(asked) = asking.try_join_next() {
            asked.unwrap();
        }
        if asking.len() < pace.most {
            asking.spawn(clients.clone().ask(turn as usize, planned));
        } else {
            withheld += 1;
        }
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
    withheld
}

impl Clients {
    fn of(server: SocketAddr, questions: Questions) -> Arc<Self> {
        Arc::new(Self {
            server,
            questions,
            idle: Mutex::default(),
            score: Mutex::default(),
            begun: Instant::now(),
        })
    }

    async fn ask(self: Arc<Self>, turn: usize, planned: Instant) {
        let request = self.questions.request(turn);
        let outcome = match self.exchange(&request).await {
            Ok((status, body)) if self.questions.is_good(turn, status, &body) => Ok(()),
            Ok((status, body)) => Err(format!("{status} {body}")),
            Err(error) => Err(error.to_string()),
        };
        let request = request.split("HTTP/1.1").next().unwrap_or_default();
        self.note(
            planned,
            outcome.map_err(|what| format!("{request}: {what}")),
        );
    }

    async fn exchange(&self, request: &str) -> io::Result<(u16, String)> {
        let mut line = match self.idle_line() {
            Some(line) => line,
            None => {
                open(&self.score).opened += 1;
                Line::open(self.server).await?
            }
        };
        let (status, body, is_kept) = line.ask(request).await?;
        if is_kept {
            open(&self.idle).push(line);
        }
        Ok((status, body))
    }

    fn idle_line(&self) -> Option<Line> {
        let mut idle = open(&self.idle);
        while let Some(line) = idle.pop() {
            if !line.is_ended() {
                return Some(line);
            }
        }
        None
    }

    fn note(&self, planned: Instant, outcome: Result<(), String>) {
        let mut score = open(&self.score);
        match outcome {
            Ok(()) => {
                score.answered += 1;
                score.delays.0.push(planned.elapsed());
            }
            Err(reason) => {
                score.failed += 1;
                if score.reasons.len() < REASONS {
                    let at = self.begun.elapsed();
                    score.reasons.push(format!("at {at:.2?}: {reason}"));
                }
            }
        }
    }
}

fn open<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
