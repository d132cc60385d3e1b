//! What comes in at the door and what is answered, for operators.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// What somebody asked for, as far as that is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    GraphQl,
    Webhook,
    Health,
    Metrics,
    Other,
}

/// For what there was no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// A connection, not even on the threshold: it was closed without a word.
    Threshold,
    /// A request over a connection for which there was no place.
    Connection,
    /// A subscriber.
    Seat,
}

/// The classes of answers; the last is of those who left before theirs.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"];

/// What was counted since the start. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answers: [[AtomicU64; CLASSES.len()]; Route::ALL.len()],
    under_way: AtomicU64,
    connections: AtomicU64,
    lacks: [AtomicU64; Lack::ALL.len()],
}

impl Route {
    const ALL: [Self; 5] = [
        Self::GraphQl,
        Self::Webhook,
        Self::Health,
        Self::Metrics,
        Self::Other,
    ];

    fn of(path: &str) -> Self {
        match path {
            "/graphql" => Self::GraphQl,
            "/webhooks/trackingmore" => Self::Webhook,
            "/health/live" | "/health/ready" => Self::Health,
            "/metrics" => Self::Metrics,
            _ => Self::Other,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::GraphQl => "graphql",
            Self::Webhook => "webhook",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Other => "other",
        }
    }
}

impl Lack {
    const ALL: [Self; 3] = [Self::Threshold, Self::Connection, Self::Seat];

    const fn name(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Connection => "connection",
            Self::Seat => "seat",
        }
    }
}

impl Traffic {
    /// Counts a request for that path until it is dropped.
    pub(super) fn request(&self, path: &str) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay {
            counts: self.0.clone(),
            route: Route::of(path),
            status: None,
        }
    }

    /// Counts a connection until it is dropped.
    pub(super) fn connection(&self) -> Connected {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        Connected(self.0.clone())
    }

    /// Notes that there was no room for something.
    pub(super) fn note_lack(&self, lack: Lack) {
        self.0.lacks[lack as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests had an answer of each class, by what they asked for.
    pub(super) fn answers(&self) -> Vec<([&'static str; 2], u64)> {
        let routes = Route::ALL.into_iter().zip(&self.0.answers);
        let all = routes.flat_map(|(route, counts)| {
            let counts = CLASSES.into_iter().zip(counts);
            counts.map(move |(class, count)| ([route.name(), class], read(count)))
        });
        all.filter(|(_, count)| *count > 0).collect()
    }

    /// How many requests have no answer yet.
    pub(super) fn under_way(&self) -> u64 {
        read(&self.0.under_way)
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> u64 {
        read(&self.0.connections)
    }

    /// How often there was no room, by what for.
    pub(super) fn lacks(&self) -> Vec<([&'static str; 1], u64)> {
        let all = Lack::ALL.into_iter().zip(&self.0.lacks);
        all.map(|(lack, count)| ([lack.name()], read(count)))
            .collect()
    }
}

/// A request that has no answer yet.
pub(super) struct UnderWay {
    counts: Arc<Counts>,
    route: Route,
    status: Option<StatusCode>,
}

impl UnderWay {
    /// It has its answer.
    pub(super) fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.counts.under_way.fetch_sub(1, Ordering::Relaxed);
        let class = self.status.map_or(CLASSES.len() - 1, class);
        self.counts.answers[self.route as usize][class].fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Connected(Arc<Counts>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn class(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).clamp(1, 5) - 1
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_under_way_until_it_is_answered_or_left() {
        let traffic = Traffic::default();
        let [one, other] = ["/graphql", "/health/live"].map(|path| traffic.request(path));
        assert_eq!((traffic.under_way(), traffic.answers()), (2, Vec::new()));
        one.answered(StatusCode::TOO_MANY_REQUESTS);
        drop(other);
        let answers = vec![(["graphql", "4xx"], 1), (["health", "none"], 1)];
        assert_eq!((traffic.under_way(), traffic.answers()), (0, answers));
        for status in 100..1_000 {
            let status = StatusCode::from_u16(status).unwrap();
            traffic.request("/").answered(status);
        }
        let all: u64 = traffic.answers().iter().map(|(_, count)| count).sum();
        assert_eq!(all, 902);
    }

    #[test]
    fn every_place_is_its_own() {
        for (place, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, place);
        }
        for (place, lack) in Lack::ALL.into_iter().enumerate() {
            assert_eq!(lack as usize, place);
        }
    }
}
