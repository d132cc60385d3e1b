//! What became of calls, for operators.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

use super::envelope::Envelope;
use super::{Call, Error, Kind};

/// In seconds, up to the longest time that a call may take.
const TIMES: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What may become of a call.
const OUTCOMES: [&str; 13] = [
    "ok",
    "too_many_requests",
    "bad_key",
    "forbidden",
    "quota",
    "not_found",
    "conflict",
    "bad_input",
    "unavailable",
    "timeout",
    "connect",
    "cut_off",
    "invalid",
];

/// What became of one kind of call.
#[derive(Debug, Clone)]
pub struct CallFigures {
    /// Which.
    pub endpoint: &'static str,
    /// How many had each outcome. Those that none had are there as well: what appears for the first time has not grown, for
    /// whoever asks by how much.
    pub outcomes: Vec<(&'static str, u64)>,
    /// How long they took, in seconds.
    pub took: Histogram,
}

/// What was counted since the start. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Tally(Arc<[OfCall]>);

#[derive(Debug)]
struct OfCall {
    outcomes: [AtomicU64; OUTCOMES.len()],
    took: Histogram,
}

impl Default for Tally {
    fn default() -> Self {
        let of_call = |_| OfCall {
            outcomes: Default::default(),
            took: Histogram::new(TIMES),
        };
        Self(Call::ALL.iter().map(of_call).collect())
    }
}

impl Tally {
    pub(super) fn note(&self, call: Call, answer: &Result<Envelope, Error>, took: Duration) {
        let outcome = outcome(answer);
        let of_call = &self.0[call as usize];
        let place = OUTCOMES.iter().position(|known| *known == outcome);
        let place = place.expect("every outcome has a place");
        of_call.outcomes[place].fetch_add(1, Ordering::Relaxed);
        of_call.took.observe(took.as_secs_f64());
    }

    /// Of all calls, also of those that were never made: their first failure has to be seen as one more.
    pub(super) fn read(&self) -> Vec<CallFigures> {
        let calls = Call::ALL.iter().zip(self.0.iter());
        let figures = calls.map(|(call, of_call)| {
            let counts = of_call.outcomes.iter();
            let counts = counts.map(|count| count.load(Ordering::Relaxed));
            let outcomes = OUTCOMES.into_iter().zip(counts);
            CallFigures {
                endpoint: call.name(),
                outcomes: outcomes.collect(),
                took: of_call.took.clone(),
            }
        });
        figures.collect()
    }
}

fn outcome(answer: &Result<Envelope, Error>) -> &'static str {
    match answer {
        Ok(envelope) if envelope.code.is_success() => "ok",
        Ok(envelope) => of_kind(envelope.code.kind()),
        Err(Error::Unreachable { .. }) => "connect",
        Err(Error::Interrupted { .. }) => "cut_off",
        Err(error) => of_kind(error.kind()),
    }
}

fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::TooManyRequests => "too_many_requests",
        Kind::BadKey => "bad_key",
        Kind::Forbidden => "forbidden",
        Kind::Quota => "quota",
        Kind::NotFound | Kind::NotDetected => "not_found",
        Kind::Conflict => "conflict",
        Kind::BadInput | Kind::BatchTooLarge => "bad_input",
        Kind::Unavailable => "unavailable",
        Kind::TimedOut => "timeout",
        Kind::Invalid | Kind::Other => "invalid",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::upstream::Code;

    fn answered(code: u16) -> Result<Envelope, Error> {
        Ok(Envelope {
            date: None,
            code: code.into(),
            message: None,
            data: Value::Null,
        })
    }

    #[test]
    fn what_became_of_calls_is_told_by_what_it_means() {
        let tally = Tally::default();
        let call = Call::Single;
        let reason = String::new();
        for (answer, outcome) in [
            (answered(200), "ok"),
            (answered(201), "ok"),
            (answered(4001), "bad_key"),
            (answered(4017), "not_found"),
            (answered(503), "unavailable"),
            (
                Err(Error::TooManyRequests {
                    call,
                    retry_after: None,
                }),
                "too_many_requests",
            ),
            (
                Err(Error::Unreachable {
                    call,
                    reason: reason.clone(),
                }),
                "connect",
            ),
            (Err(Error::Interrupted { call, reason }), "cut_off"),
            (
                Err(Error::TimedOut {
                    call,
                    after: Duration::ZERO,
                }),
                "timeout",
            ),
        ] {
            assert_eq!(super::outcome(&answer), outcome);
            tally.note(call, &answer, Duration::from_millis(3));
        }
        let figures = tally.read();
        let (made, others): (Vec<_>, Vec<_>) = figures
            .iter()
            .partition(|figures| figures.endpoint == "trackings_get_one");
        assert_eq!(others.len(), Call::ALL.len() - 1);
        let nothing = OUTCOMES.map(|outcome| (outcome, 0));
        assert!(others.iter().all(|figures| figures.outcomes == nothing));
        let figures = made[0];
        let ok = figures.outcomes.iter().find(|(known, _)| *known == "ok");
        assert_eq!(ok, Some(&("ok", 2)));
        let all: u64 = figures.outcomes.iter().map(|(_, count)| count).sum();
        assert_eq!(all, 9);
    }

    #[test]
    fn every_kind_has_its_place() {
        for code in 0..u16::MAX {
            let outcome = of_kind(Code::from(code).kind());
            assert!(OUTCOMES.contains(&outcome), "{outcome}");
        }
    }
}
