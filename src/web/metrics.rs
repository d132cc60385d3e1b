//! Figures for operators, in the text format of OpenMetrics. A scrape costs TrackingMore nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::admission::admit;
use super::head;
use super::refused::Refused;
use super::seats::Seats;
use super::webhook::Webhooks;

use crate::auth::{Gate, Scope};
use crate::graphql::{Door, FinishedFigures};
use crate::model::ClientId;
use crate::tracker::{
    Counts, EventFigures, Figures, HintCounts, Lane, LaneBudget, Polling, Tracker,
};

const FORBIDDEN: &str = "the figures need the scope ops: send a token that has it";

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The route of the figures.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    tracker: Arc<Tracker>,
    webhooks: Webhooks,
    seats: Seats,
    door: Door,
    gate: Gate,
) -> Router<S> {
    Router::new()
        .route("/metrics", get(scrape).layer(map_response(head::forget)))
        .with_state((tracker, webhooks, seats, door, gate))
}

type Sources = (Arc<Tracker>, Webhooks, Seats, Door, Gate);

/// For whoever may look at how the service runs.
async fn scrape(
    State((tracker, webhooks, seats, door, gate)): State<Sources>,
    headers: HeaderMap,
) -> Response {
    match admit(&gate, &headers, ClientId::default()).await {
        Ok(caller) if caller.may(Scope::Ops) => {}
        Ok(_) => return Refused::forbidden(FORBIDDEN).into_response(),
        Err(refused) => return refused.into_response(),
    }
    let figures = tracker.figures().await;
    let mut registry = registry(&figures);
    let unlisted = Counter::<u64>::default();
    unlisted.inc_by(door.persisted().unlisted());
    let help = "Operations that this replica was sent and that are not among the trusted documents";
    registry.register("unlisted_operations", help, unlisted);
    note_finished(&mut registry, door.finished_figures());
    note_events(&mut registry, &figures.events, seats.taken());
    if let Some(hints) = &figures.hints {
        note_hints(&mut registry, hints, webhooks);
    }
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
    note_polling(&mut registry, &figures.polling);
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

/// How the answers stand that are given again.
fn note_finished(registry: &mut Registry, finished: FinishedFigures) {
    let asked = Family::<Label, Counter>::default();
    for (outcome, count) in [("hit", finished.hits), ("miss", finished.misses)] {
        let label = [("outcome", outcome)];
        asked.get_or_create_owned(&label).inc_by(count);
    }
    let help =
        "Queries of this replica whose answer could have been there already, by whether it was";
    registry.register("finished_answers", help, asked);
    let at_hand = Counter::<u64>::default();
    at_hand.inc_by(finished.glances);
    let help = "Queries of this replica that were answered at once, of parcels that were in memory";
    registry.register("answers_at_hand", help, at_hand);
    let bytes = Gauge::<i64>::default();
    bytes.set(whole(finished.bytes));
    let help = "About how many bytes of finished answers are kept";
    registry.register("finished_answer_bytes", help, bytes);
}

/// What is told to subscribers, and how many there are.
fn note_events(registry: &mut Registry, events: &EventFigures, subscribers: usize) {
    for (name, help, figure) in [
        (
            "subscribers",
            "Sockets and streams that are open",
            subscribers as u64,
        ),
        (
            "events_kept",
            "Events that subscribers can go back to",
            events.kept,
        ),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(whole(figure));
        registry.register(name, help, gauge);
    }
    for (name, help, count) in [
        (
            "events",
            "Events of the account that this replica has told its subscribers",
            events.told,
        ),
        (
            "events_lagged",
            "Subscribers who wanted to go back to what is not kept any more",
            events.lagged,
        ),
    ] {
        let counter = Counter::<u64>::default();
        counter.inc_by(count);
        registry.register(name, help, counter);
    }
}

/// What is asked for because somebody watches it.
fn note_polling(registry: &mut Registry, polling: &Polling) {
    for (name, help, figure) in [
        (
            "poller_is_polling",
            "Whether this replica asks for what is watched: for all while Redis is there, else for itself",
            u64::from(polling.is_polling),
        ),
        (
            "watched_parcels",
            "Parcels that clients of this replica watch",
            polling.watched as u64,
        ),
    ] {
        let gauge = Gauge::<i64>::default();
        gauge.set(whole(figure));
        registry.register(name, help, gauge);
    }
    let polls = Family::<Label, Counter>::default();
    for (kind, count) in [("keys", polling.by_keys), ("sweep", polling.by_sweeps)] {
        polls.get_or_create_owned(&[("kind", kind)]).inc_by(count);
    }
    let help =
        "List calls of this replica for what is watched: by parcels, or for all that changed";
    registry.register("polls", help, polls);
}

/// What became of messages that TrackingMore sent by itself.
fn note_hints(registry: &mut Registry, hints: &HintCounts, webhooks: Webhooks) {
    let help = "Messages that this replica was sent, by what was answered";
    registry.register("webhooks", help, webhooks);
    let outcomes = Family::<Label, Counter>::default();
    for (outcome, count) in [
        ("confirmed", hints.confirmed),
        ("refuted", hints.refuted),
        ("overtaken", hints.overtaken),
        ("unanswered", hints.unanswered),
        ("known", hints.known),
        ("replayed", hints.replayed),
    ] {
        let label = [("outcome", outcome)];
        outcomes.get_or_create_owned(&label).inc_by(count);
    }
    let help = "Messages that this replica took, by what TrackingMore's list said of them";
    registry.register("hints", help, outcomes);
    let refuted = Counter::<u64>::default();
    refuted.inc_by(hints.refuted);
    let help =
        "Messages that TrackingMore's list did not bear out; somebody else may have sent them";
    registry.register("webhook_refuted", help, refuted);
}

fn whole(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}
