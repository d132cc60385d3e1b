//! What arrived: every call in a bounded ring, and counts that never forget.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arrival::Arrival;
use super::limits::BrokenLimit;

/// The ring holds this many calls, and less when they are large; the oldest are dropped.
const MOST_CALLS: usize = 100_000;
const MOST_BYTES: usize = 64 << 20;

/// Which door of the API a call came to.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `GET /trackings/get`.
    #[default]
    List,
    /// `GET /trackings/{carrier}/{number}[/{lang}]`.
    Single,
    /// `POST /trackings/post`.
    Post,
    /// `POST /trackings/realtime`.
    Realtime,
    /// `PUT /trackings/{carrier}/{number}`.
    Update,
    /// `DELETE /trackings/{carrier}/{number}`.
    Delete,
    /// `POST /trackings/batch`.
    Batch,
    /// `POST /trackings/updatemore`.
    UpdateMore,
    /// `POST /trackings/delete`.
    DeleteMore,
    /// `POST /trackings/notupdate`.
    StopUpdating,
    /// `POST /trackings/update`.
    ChangeCarrier,
    /// `GET /trackings/getuserinfo`.
    UserInfo,
    /// `GET /trackings/getstatusnumber`.
    StatusNumber,
    /// `POST /trackings/remote`.
    Remote,
    /// `POST /trackings/costtime`.
    CostTime,
    /// `POST /trackings/aircargo`.
    AirCargo,
    /// `GET /carriers`, with or without a slash behind it.
    Carriers,
    /// `POST /carriers/detect`.
    Detect,
    /// A path that the API does not have.
    NoSuchPath,
    /// A path of the API with another method than its own.
    WrongMethod,
}

impl Endpoint {
    /// Every endpoint, in the order of reports.
    pub const ALL: [Self; 20] = [
        Self::List,
        Self::Single,
        Self::Post,
        Self::Realtime,
        Self::Update,
        Self::Delete,
        Self::Batch,
        Self::UpdateMore,
        Self::DeleteMore,
        Self::StopUpdating,
        Self::ChangeCarrier,
        Self::UserInfo,
        Self::StatusNumber,
        Self::Remote,
        Self::CostTime,
        Self::AirCargo,
        Self::Carriers,
        Self::Detect,
        Self::NoSuchPath,
        Self::WrongMethod,
    ];
}

/// One call as it arrived and was answered.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Where it came to.
    pub endpoint: Endpoint,
    /// When it had arrived in full: milliseconds since the start, by the clock of the limits.
    pub at_ms: f64,
    /// How many numbers (or rows of a batch) it was about: how full the batch was.
    pub numbers: usize,
    /// The HTTP method.
    pub method: String,
    /// The path with its query, as sent.
    pub path: String,
    /// Its `Lang` header.
    pub lang: Option<String>,
    /// Its `Content-Type` header.
    pub content_type: Option<String>,
    /// The body, if it was JSON.
    pub body: Option<Value>,
    /// The `meta.code` that was decided on; none when the answer was no envelope.
    pub meta: Option<u16>,
    /// The fault that was played on it, by the name of its kind.
    pub fault: Option<&'static str>,
}

/// What the sandbox has counted since it started or was last cleared.
#[derive(Debug, Clone, Serialize)]
pub struct Stats {
    /// The simulated time.
    pub now: Timestamp,
    /// How many parcels the account holds.
    pub parcels: usize,
    /// Calls per endpoint; every endpoint is present.
    pub calls: BTreeMap<Endpoint, u64>,
    /// Broken limits per kind; every kind is present.
    pub broken_limits: BTreeMap<BrokenLimit, u64>,
    /// How many more creates and realtime calls the account can pay for; cheaper calls leave fifths.
    pub quota_left: f64,
    /// How much longer the account has to be silent, in milliseconds.
    pub silence_left_ms: f64,
}

impl Stats {
    /// Calls to all endpoints together.
    pub fn total_calls(&self) -> u64 {
        self.calls.values().sum()
    }

    /// Broken limits of all kinds together; a well-behaved client leaves it at 0.
    pub fn total_broken_limits(&self) -> u64 {
        self.broken_limits.values().sum()
    }
}

/// The largest number of these calls in any window of this length, near edge in, far edge out.
///
/// Filter the calls first: limits are per endpoint or per group of them.
pub fn most_in_any_window<'a>(
    calls: impl IntoIterator<Item = &'a Call>,
    window: Duration,
) -> usize {
    let mut times: Vec<f64> = calls.into_iter().map(|call| call.at_ms).collect();
    times.sort_by(f64::total_cmp);
    let window_ms = milliseconds(window);
    let mut first = 0;
    let mut most = 0;
    for (last, time) in times.iter().enumerate() {
        while time - times[first] >= window_ms && first < last {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// A duration as fractional milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The ring of calls and the counts.
#[derive(Debug)]
pub struct Log {
    ring: VecDeque<(usize, Call)>,
    bytes: usize,
    calls: BTreeMap<Endpoint, u64>,
    broken: BTreeMap<BrokenLimit, u64>,
}

impl Log {
    /// A log in which nothing is written yet.
    pub fn new() -> Self {
        Self {
            ring: VecDeque::new(),
            bytes: 0,
            calls: Endpoint::ALL.map(|endpoint| (endpoint, 0)).into(),
            broken: BrokenLimit::ALL.map(|kind| (kind, 0)).into(),
        }
    }

    /// Writes down a call and what was decided about it.
    pub fn record(
        &mut self,
        arrival: &Arrival,
        at: Duration,
        meta: Option<u16>,
        fault: Option<&'static str>,
    ) {
        *self.calls.entry(arrival.endpoint).or_default() += 1;
        let call = Call {
            endpoint: arrival.endpoint,
            at_ms: milliseconds(at),
            numbers: arrival.numbers(),
            method: arrival.method.clone(),
            path: arrival.path.clone(),
            lang: arrival.lang.clone(),
            content_type: arrival.content_type.clone(),
            body: arrival.json.clone(),
            meta,
            fault,
        };
        self.bytes += arrival.size;
        self.ring.push_back((arrival.size, call));
        while self.ring.len() > MOST_CALLS || self.bytes > MOST_BYTES {
            let Some((size, _)) = self.ring.pop_front() else {
                break;
            };
            self.bytes -= size;
        }
    }

    /// Counts a broken limit.
    pub fn broke(&mut self, kind: BrokenLimit) {
        *self.broken.entry(kind).or_default() += 1;
    }

    /// The calls in the ring, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.ring.iter().map(|(_, call)| call.clone()).collect()
    }

    /// Calls per endpoint and broken limits per kind.
    pub fn counts(&self) -> (BTreeMap<Endpoint, u64>, BTreeMap<BrokenLimit, u64>) {
        (self.calls.clone(), self.broken.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(at_ms: f64) -> Call {
        Call {
            endpoint: Endpoint::List,
            at_ms,
            numbers: 0,
            method: "GET".to_owned(),
            path: String::new(),
            lang: None,
            content_type: None,
            body: None,
            meta: None,
            fault: None,
        }
    }

    #[test]
    fn the_densest_window_is_found() {
        let calls = [0.0, 999.0, 1000.0, 1500.0, 1999.5, 5000.0].map(call);
        assert_eq!(most_in_any_window(&calls, Duration::from_secs(1)), 3);
        assert_eq!(most_in_any_window(&calls, Duration::from_millis(1)), 1);
        assert_eq!(most_in_any_window(&calls, Duration::ZERO), 1);
        assert_eq!(most_in_any_window(&[], Duration::from_secs(1)), 0);
    }

    #[test]
    fn calls_a_window_apart_do_not_share_one() {
        let calls = [call(0.0), call(1000.0)];
        assert_eq!(most_in_any_window(&calls, Duration::from_secs(1)), 1);
    }

    #[test]
    fn the_ring_forgets_the_oldest_but_the_counts_do_not() {
        let mut log = Log::new();
        let arrival = Arrival {
            size: MOST_BYTES / 2,
            ..Arrival::default()
        };
        for second in 0..3 {
            log.record(&arrival, Duration::from_secs(second), None, None);
        }
        assert_eq!(log.calls().len(), 2);
        assert_eq!(log.calls()[0].at_ms, 1000.0);
        assert_eq!(log.counts().0[&Endpoint::List], 3);
    }
}
