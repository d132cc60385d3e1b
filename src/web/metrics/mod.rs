//! Figures for operators, in the text format of OpenMetrics. A scrape costs TrackingMore nothing.
//!
//! Everything counts by itself; here it is only asked and written down, by nouns.

mod cache;
mod events;
mod http;
mod lanes;
mod operations;
mod poller;
mod process;
mod redis;
mod sheet;
mod traces;
mod upstream;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::admission::admit;
use super::head;
use super::refused::Refused;
use super::reloads::Reloads;
use super::seats::Seats;
use super::shedding::Shedding;
use super::traffic::Traffic;
use super::webhook::Webhooks;

use crate::auth::{Gate, Scope};
use crate::graphql::Door;
use crate::model::ClientId;
use crate::telemetry;
use crate::tracker::Tracker;

use sheet::Sheet;

const FORBIDDEN: &str = "the figures need the scope ops: send a token that has it";

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Who is asked.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) tracker: Arc<Tracker>,
    pub(super) webhooks: Webhooks,
    pub(super) seats: Seats,
    pub(super) door: Door,
    pub(super) gate: Gate,
    pub(super) reloads: Reloads,
    pub(super) traffic: Traffic,
    pub(super) shedding: Shedding,
}

/// The route of the figures.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(sources: Sources) -> Router<S> {
    Router::new()
        .route("/metrics", get(scrape).layer(map_response(head::forget)))
        .with_state(sources)
}

/// For whoever may look at how the service runs.
async fn scrape(State(sources): State<Sources>, headers: HeaderMap) -> Response {
    match admit(&sources.gate, &headers, ClientId::default()).await {
        Ok(caller) if caller.may(Scope::Ops) => {}
        Ok(_) => return Refused::forbidden(FORBIDDEN).into_response(),
        Err(refused) => return refused.into_response(),
    }
    match sources.sheet().await.text() {
        Ok(text) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Sources {
    /// What is known at the moment.
    async fn sheet(self) -> Sheet {
        let figures = self.tracker.figures().await;
        // What is kept behind it may be another since it was opened.
        let door = self.door.anew();
        let mut sheet = Sheet::default();
        operations::note(&mut sheet, &door);
        http::note(&mut sheet, &self.traffic, &self.shedding);
        lanes::note(&mut sheet, &figures);
        cache::note(&mut sheet, &figures, door.finished_figures());
        upstream::note(&mut sheet, &figures);
        let subscribers = self.seats.taken();
        let audiences = door.audience_figures();
        events::note(&mut sheet, &figures.events, audiences, subscribers);
        poller::note(&mut sheet, &figures.polling);
        if let Some(hints) = &figures.hints {
            webhooks::note(&mut sheet, hints, self.webhooks);
        }
        if let Some(redis) = &figures.redis {
            redis::note(&mut sheet, redis);
        }
        process::note(&mut sheet, &self.reloads).await;
        if let Some(traces) = telemetry::figures() {
            traces::note(&mut sheet, traces);
        }
        sheet
    }
}
