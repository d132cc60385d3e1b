//! How claims are put to the list, on the seats that people leave free.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::claims::{Case, Claims, Weight};
use super::counts::End;
use super::work::Desk;
use crate::model::{Testimony, TrackingKey};
use crate::telemetry::{Kind, Span};
use crate::throttle::Urgency;
use crate::tracker::lookup::Lookup;
use crate::tracker::route::Outcome;
use crate::tracker::{Fault, TrackerError, Usage};
use crate::upstream::MAX_NUMBERS;

/// How long the list is left alone that could not be asked; twice as long after each further failure.
const PAUSE: Duration = Duration::from_secs(1);

/// No pause is longer; the upstream's silence ends before.
const LONGEST_PAUSE: Duration = Duration::from_secs(150);

/// Claims that wait, and a bell for whoever asks for them.
#[derive(Debug)]
pub(super) struct Docket {
    claims: Mutex<Claims>,
    came: Notify,
    /// How many parcels are asked for at once.
    most_asked: usize,
}

impl Docket {
    /// With room for so many parcels, so many of which are asked for at once.
    pub(super) fn new(most: usize, most_asked: usize) -> Self {
        Self {
            claims: Mutex::new(Claims::new(most)),
            came: Notify::new(),
            most_asked,
        }
    }

    /// There are more claims.
    pub(super) fn came(&self) {
        self.came.notify_one();
    }

    pub(super) fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the list took a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    /// Nothing was left to be asked.
    Spared,
    /// It answered, if only for some.
    Given,
    /// It could not be asked, and is to be left alone for so long.
    Missing(Duration),
}

/// The rest that the list is given while it cannot be asked.
#[derive(Debug, Default)]
struct Rest {
    failures: u32,
    until: Option<Instant>,
}

impl Rest {
    /// Until when the list is to be left alone.
    fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| now < *until)
    }

    fn note(&mut self, reply: Reply, now: Instant) {
        let pause = match reply {
            Reply::Spared => return,
            Reply::Given => {
                self.failures = 0;
                return;
            }
            Reply::Missing(pause) => pause,
        };
        let growing = PAUSE.saturating_mul(2_u32.saturating_pow(self.failures));
        // Calls that left together fail together, and that is one failure.
        let pause = if self.until(now).is_some() {
            pause
        } else {
            self.failures = self.failures.saturating_add(1);
            pause.max(growing)
        };
        self.until = self.until.max(Some(now + pause.min(LONGEST_PAUSE)));
    }
}

impl Desk {
    /// Puts the claims of a docket to the list as they come.
    pub(super) async fn hear_all(&self, docket: &Docket) {
        let mut calls = FuturesUnordered::new();
        let mut asked = 0;
        let mut rest = Rest::default();
        loop {
            let now = Instant::now();
            let resting = rest.until(now);
            if resting.is_none() {
                let mut cases = docket.claims().take(docket.most_asked - asked, now);
                asked += cases.len();
                while !cases.is_empty() {
                    let others = cases.split_off(cases.len().min(MAX_NUMBERS));
                    calls.push(self.ask_for(docket, cases));
                    cases = others;
                }
            }
            let is_full = asked >= docket.most_asked;
            let next = docket.claims().next_at().filter(|_| !is_full);
            let wakes_at = resting.or(next);
            let waking = async {
                match wakes_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some((parcels, reply)) = calls.next() => {
                    asked -= parcels;
                    rest.note(reply, Instant::now());
                }
                () = docket.came.notified() => (),
                () = waking => (),
            }
        }
    }

    /// Asks for what nobody else has asked for since. Tells for how many parcels, and how the list took it.
    async fn ask_for(&self, docket: &Docket, cases: Vec<(TrackingKey, Case)>) -> (usize, Reply) {
        let parcels = cases.len();
        let mut open = Vec::new();
        for (key, mut case) in cases {
            self.hear(&key, &mut case);
            if case.is_early(Instant::now()) {
                self.put_back(docket, key, case);
            } else if !case.is_over() {
                open.push((key, case));
            }
        }
        let keys: Vec<_> = open.iter().map(|(key, _)| key.clone()).collect();
        if open.is_empty() {
            return (parcels, Reply::Spared);
        }
        let span = Span::begin(Kind::Internal, || "hearing".into());
        span.set_count("parcelgraph.keys", open.len());
        let usage = Usage::default();
        let fetching = self.coalescer.fetch(keys, Urgency::Background, &usage);
        let fetched = span.around(fetching).await;
        drop(span);
        let reply = reply(fetched.iter().map(|(_, outcome)| outcome));
        for (key, mut case) in open {
            self.hear(&key, &mut case);
            if !case.is_over() {
                self.put_back(docket, key, case);
            }
        }
        (parcels, reply)
    }

    fn put_back(&self, docket: &Docket, key: TrackingKey, case: Case) {
        let given_up = docket.claims().put_back(key, case, Instant::now());
        self.counts.add(End::Unanswered, given_up);
    }

    /// Ends the claims that are decided by what is known.
    fn hear(&self, key: &TrackingKey, case: &mut Case) {
        let Some(entry) = self.calls.records.cache.get(key) else {
            return;
        };
        for (claim, testimony) in case.hear(&entry) {
            let end = match testimony {
                Testimony::BorneOut => {
                    if claim.weight == Weight::News {
                        self.rounds.note_push();
                    }
                    End::Confirmed
                }
                Testimony::Overtaken => End::Overtaken,
                Testimony::Contradicted => {
                    self.alarm.refuted(key);
                    self.trust.note_refuted(Instant::now());
                    End::Refuted
                }
            };
            self.counts.add(end, 1);
        }
    }
}

/// How the list took a question for several parcels. One of which nothing can be read delays no other.
fn reply<'a>(outcomes: impl Iterator<Item = &'a Outcome<Lookup>>) -> Reply {
    let mut reply = Reply::Spared;
    for outcome in outcomes {
        match outcome {
            Ok(_) => return Reply::Given,
            Err(error) if is_answer(error) => return Reply::Given,
            Err(error) => {
                let pause = error.retry_after().unwrap_or_default().max(PAUSE);
                reply = match reply {
                    Reply::Missing(before) => Reply::Missing(before.max(pause)),
                    Reply::Spared | Reply::Given => Reply::Missing(pause),
                };
            }
        }
    }
    reply
}

/// Whether a failure is about one parcel, and the list was there.
fn is_answer(error: &TrackerError) -> bool {
    match error {
        TrackerError::Unreadable(_) | TrackerError::Unsorted => true,
        TrackerError::Elsewhere(report) => report.fault == Fault::Unreadable || error.is_answer(),
        _ => error.is_answer(),
    }
}

#[cfg(test)]
#[path = "hearing_tests.rs"]
mod tests;
