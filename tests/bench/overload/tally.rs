//! What became of the requests.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::shared::delays::Delays;

#[derive(Debug, Default)]
pub struct Tally {
    /// How long it took from the moment for which each was planned.
    pub accepted: Delays,
    pub shed: Delays,
    /// How many were accepted of each address.
    pub of_addresses: Vec<usize>,
    /// What is neither, by what it is.
    pub failures: BTreeMap<String, usize>,
    /// How many could not be sent, because all connections of their address waited for answers.
    pub withheld: usize,
    /// How late the others were sent.
    pub late: Delays,
    /// How often the server ended a connection.
    pub closed: usize,
}

/// A request that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// The place of the address it came from.
    pub place: usize,
    pub planned: Instant,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Accepted,
    Shed,
    Failed(String),
}

impl Fate {
    /// What an answer comes to where a good one has that length.
    pub fn of(answer: &io::Result<Answer>, length: usize) -> Self {
        match answer {
            Ok(answer) if answer.status == 200 && answer.length == length => Self::Accepted,
            Ok(Answer {
                status: 429 | 503,
                has_retry_after: true,
                ..
            }) => Self::Shed,
            Ok(answer) => Self::Failed(format!("{answer:?}")),
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

impl Tally {
    pub fn of(addresses: usize) -> Self {
        Self {
            of_addresses: vec![0; addresses],
            ..Self::default()
        }
    }

    pub fn note(&mut self, sent: Sent, fate: Fate, took: Duration) {
        match fate {
            Fate::Accepted => {
                self.accepted.0.push(took);
                self.of_addresses[sent.place] += 1;
            }
            Fate::Shed => self.shed.0.push(took),
            Fate::Failed(what) => *self.failures.entry(what).or_default() += 1,
        }
    }

    /// How many were sent.
    pub fn sent(&self) -> usize {
        self.late.0.len()
    }
}
