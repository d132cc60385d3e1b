//! Figures for operators, in the text format of OpenMetrics. A scrape costs TrackingMore nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::tracker::{Counts, Figures, Lane, LaneBudget, Tracker};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The route of the figures.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(tracker: Arc<Tracker>) -> Router<S> {
    Router::new()
        .route("/metrics", get(scrape))
        .with_state(tracker)
}

async fn scrape(State(tracker): State<Arc<Tracker>>) -> Response {
    let registry = registry(&tracker.figures().await);
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a figure is of.
type Label = [(&'static str, &'static str); 1];

fn label(lane: Lane) -> Label {
    let name = match lane {
        Lane::List | Lane::Page => "list",
        Lane::Realtime => "realtime",
        Lane::Other => "other",
    };
    [("lane", name)]
}

/// What is known at the moment of a scrape.
fn registry(figures: &Figures) -> Registry {
    let mut registry = Registry::with_prefix("parcelgraph");
    note_lanes(&mut registry, &figures.budget.lanes);
    note_counts(&mut registry, &figures.counts);
    if let Some(is_up) = figures.redis_is_up {
        let help = "Whether Redis can be reached";
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::from(is_up));
        registry.register("redis_up", help, gauge);
    }
    let parcels = Gauge::<i64>::default();
    parcels.set(whole(figures.parcels));
    let help = "Parcels of which something is remembered";
    registry.register("cached_parcels", help, parcels);
    if let Some(quota) = figures.budget.quota {
        let left = Gauge::<i64>::default();
        left.set(whole(quota.trackings));
        let help = "Trackings that can still be added, when the account was asked for last";
        registry.register("quota_left", help, left);
    }
    registry
}

/// How the lanes stand: those of the whole fleet while Redis is there.
fn note_lanes(registry: &mut Registry, lanes: &[LaneBudget]) {
    let now = Timestamp::now();
    let mut note = |name: &str, help: &str, figure: &dyn Fn(&LaneBudget) -> Option<u64>| {
        let family = Family::<Label, Gauge>::default();
        for lane in lanes {
            if let Some(figure) = figure(lane) {
                let gauge = family.get_or_create_owned(&label(lane.lane));
                gauge.set(whole(figure));
            }
        }
        registry.register(name, help, family);
    };
    note(
        "lane_limit",
        "Calls that may leave in any second; absent where there is no limit",
        &|lane| lane.limit.map(u64::from),
    );
    note("lane_used", "Calls that left in the last second", &|lane| {
        Some(lane.used as u64)
    });
    note(
        "lane_queued",
        "What waits for a turn: parcels in the list lane, calls in the others",
        &|lane| Some(lane.queued as u64),
    );
    note(
        "lane_next_slot_seconds",
        "In how many seconds the next call may leave, rounded up",
        &|lane| {
            let left = lane
                .next_slot_at
                .map(|at| at.duration_since(now).as_millis());
            Some(left.map_or(0, |left| u64::try_from(left).unwrap_or(0).div_ceil(1_000)))
        },
    );
    note(
        "lane_closed_seconds",
        "For how long nothing leaves yet after a 429",
        &|lane| {
            let left = lane.closed_until.map(|until| until.duration_since(now));
            Some(left.map_or(0, |left| u64::try_from(left.as_secs()).unwrap_or(0)))
        },
    );
}

/// What this process did since it was started.
fn note_counts(registry: &mut Registry, counts: &Counts) {
    let calls = Family::<Label, Counter>::default();
    for (lane, count) in [
        (Lane::List, counts.list),
        (Lane::Realtime, counts.realtime),
        (Lane::Other, counts.other),
    ] {
        calls.get_or_create_owned(&label(lane)).inc_by(count);
    }
    let help = "Calls of this replica that left";
    registry.register("calls", help, calls);
    for (name, help, count) in [
        (
            "turns_refused",
            "How often a call of this replica got no turn",
            counts.refused,
        ),
        (
            "upstream_429",
            "How often TrackingMore answered 429 to this replica",
            counts.silences,
        ),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(count);
        registry.register(name, help, counter);
    }
}

fn whole(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}
