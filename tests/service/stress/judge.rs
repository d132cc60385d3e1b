//! What the account says of the fleet.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use parcelgraph::sandbox::{BrokenLimit, Call, Endpoint, Sandbox};
use serde_json::Value;

use super::stage::SILENCE;
use super::tally::Tally;

/// What was on its way already when a 429 was sent cannot be stopped.
const ON_THE_WAY_MS: f64 = 100.0;

/// How long a slot of one second is, with the margins that are set.
const SLOT: f64 = 1.05;

/// From how many wanted parcels on a list call can be full.
const FULL: usize = 40;

/// Which endpoints share a limit.
pub type Lane = fn(Endpoint) -> bool;

/// A part of the time, on the sandbox's clock.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: Duration,
    pub till: Duration,
}

impl Span {
    fn holds(&self, call: &Call) -> bool {
        let at = Duration::from_secs_f64(call.at_ms / 1_000.0);
        (self.from..self.till).contains(&at)
    }

    fn seconds(&self) -> f64 {
        (self.till - self.from).as_secs_f64()
    }
}

/// The calls of a fleet under the eyes of the account.
pub struct Judgement {
    calls: Vec<Call>,
    /// By kind; calls in a silence are counted apart.
    pub broken: BTreeMap<BrokenLimit, u64>,
    /// Calls that arrived in a silence and could have known.
    pub in_silence: usize,
    /// Realtime calls for a parcel that a courier had been asked about.
    pub repeats: usize,
}

impl Judgement {
    /// Judges everything that arrived since the sandbox opened.
    pub fn of(sandbox: &Sandbox) -> Self {
        let calls = sandbox.calls();
        let mut broken = sandbox.stats().broken_limits;
        broken.remove(&BrokenLimit::CallInSilence);
        Self {
            in_silence: in_silence(&calls),
            repeats: repeats(&calls),
            broken,
            calls,
        }
    }

    /// Whether the fleet was one well-mannered client.
    pub fn is_clean(&self) -> bool {
        self.broken.values().all(|count| *count == 0) && self.in_silence == 0 && self.repeats == 0
    }

    /// How many calls of a lane arrived.
    pub fn calls(&self, span: Span, lane: Lane) -> usize {
        let calls = self.calls.iter();
        calls
            .filter(|call| span.holds(call) && lane(call.endpoint))
            .count()
    }

    /// How full list calls were while enough was wanted, from 0 to 1, and how many of them there were.
    pub fn fill(&self, span: Span, tally: &Tally) -> (f64, usize) {
        let lists = self
            .calls
            .iter()
            .filter(|call| call.endpoint == Endpoint::List && call.numbers > 0 && span.holds(call));
        let at = |call: &Call| Duration::from_secs_f64(call.at_ms / 1_000.0);
        let pressed: Vec<usize> = lists
            .filter(|call| tally.waiting(at(call)) >= FULL as i64)
            .map(|call| call.numbers)
            .collect();
        let full = (pressed.len() * FULL).max(1);
        (
            pressed.iter().sum::<usize>() as f64 / full as f64,
            pressed.len(),
        )
    }

    /// Each call that broke a limit, with the calls of the three seconds before it.
    pub fn breaches(&self) -> String {
        let mut lines = String::new();
        let mut silent_until = 0.0;
        for (place, call) in self.calls.iter().enumerate() {
            let is_refused = call.meta == Some(429);
            if !is_refused || call.at_ms < silent_until {
                continue;
            }
            silent_until = call.at_ms + SILENCE.as_secs_f64() * 1_000.0;
            if call.fault.is_some() {
                continue;
            }
            let before = self.calls[..place].iter().rev();
            let before = before.take_while(|earlier| call.at_ms - earlier.at_ms < 3_000.0);
            let before: Vec<_> = before
                .map(|earlier| format!("{:?} {:.0}", earlier.endpoint, earlier.at_ms - call.at_ms))
                .collect();
            lines += &format!(
                "  {:.0} ms {:?} after {}\n",
                call.at_ms,
                call.endpoint,
                before.join(", ")
            );
        }
        lines
    }

    /// How the lanes were used in a part of the time.
    pub fn report(&self, span: Span, tally: &Tally) -> String {
        let seconds = span.seconds();
        let mut lines = String::new();
        for (name, lane, limit) in LANES {
            let rate = self.calls(span, lane) as f64 / seconds;
            let slots = 100.0 * rate * SLOT / limit;
            lines += &format!("  {name}: {rate:.2} calls/s, {slots:.0} % of its slots\n");
        }
        let (fill, calls) = self.fill(span, tally);
        lines += &format!(
            "  list calls while 40 or more waited: {calls}, {:.0} % full\n",
            100.0 * fill
        );
        let reads = tally.slowest_reads(span.from, span.till);
        let p99 = reads.get(reads.len() / 100).copied().unwrap_or_default();
        let slowest = reads.first().copied().unwrap_or_default();
        lines += &format!(
            "  cached reads: {}, p99 {p99:.1?}, slowest {slowest:.1?}\n",
            reads.len()
        );
        lines
    }
}

/// The lanes, and how many calls a second each may make.
const LANES: [(&str, Lane, f64); 3] = [
    ("list", |endpoint| endpoint == Endpoint::List, 1.0),
    ("realtime", |endpoint| endpoint == Endpoint::Realtime, 3.0),
    (
        "other",
        |endpoint| !matches!(endpoint, Endpoint::List | Endpoint::Realtime),
        1.0,
    ),
];

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken limits: {:?}", self.broken)?;
        writeln!(
            f,
            "calls in a silence, later than {ON_THE_WAY_MS} ms: {}",
            self.in_silence
        )?;
        writeln!(f, "realtime calls within the cooldown: {}", self.repeats)?;
        write!(f, "{}", self.breaches())
    }
}

fn in_silence(calls: &[Call]) -> usize {
    let silence_ms = SILENCE.as_secs_f64() * 1_000.0;
    let refusals = calls
        .iter()
        .filter(|call| call.fault == Some("meta") && call.meta == Some(429));
    let broken = |refusal: &Call| {
        let begins = refusal.at_ms + ON_THE_WAY_MS;
        let span = begins..refusal.at_ms + silence_ms;
        calls
            .iter()
            .filter(|call| span.contains(&call.at_ms))
            .count()
    };
    refusals.map(broken).sum()
}

fn repeats(calls: &[Call]) -> usize {
    let mut asked = HashMap::<String, usize>::new();
    let realtime = calls
        .iter()
        .filter(|call| call.endpoint == Endpoint::Realtime && call.meta == Some(200));
    for call in realtime {
        let body = call.body.as_ref().unwrap_or(&Value::Null);
        let parcel = format!("{} {}", body["carrier_code"], body["tracking_number"]);
        *asked.entry(parcel).or_default() += 1;
    }
    asked.values().map(|times| times - 1).sum()
}
