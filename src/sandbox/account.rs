//! The account behind the socket: everything that one call can read or change.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::arrival::Arrival;
use super::clock::Clock;
use super::envelope::{Code, Reply};
use super::faults::{FaultKind, Faults};
use super::limits::{BrokenLimit, Gate};
use super::log::{Endpoint, Log, Stats, milliseconds};
use super::quota::Quota;
use super::settings::Settings;
use super::world::World;
use super::{
    air_cargo, batch, change_carrier, cost_time, delete, delete_more, detect, directory, list,
    post, realtime, remote, single, status_number, stop_updating, update, update_more, user_info,
};

/// The state of a sandbox. It is only touched under a lock, so that arrivals have an order.
#[derive(Debug)]
pub struct Account {
    /// Its watch.
    pub clock: Clock,
    /// Its parcels.
    pub world: World,
    /// What arrived.
    pub log: Log,
    /// What is to go wrong.
    pub faults: Faults,
    /// What it can pay for.
    pub quota: Quota,
    gate: Gate,
    settings: Settings,
}

impl Account {
    /// An account as it is when the sandbox opens.
    pub fn new(settings: Settings) -> Self {
        Self {
            clock: Clock::new(settings.start, settings.speed),
            world: World::new(settings.start, settings.parcels),
            log: Log::new(),
            faults: Faults::default(),
            gate: Gate::new(settings.limits),
            quota: Quota::of(f64::from(settings.quota)),
            settings,
        }
    }

    /// Decides about a call and writes it down; tells the answer and the fault to play on its delivery.
    pub fn receive(&mut self, arrival: &Arrival) -> (Reply, Option<FaultKind>) {
        let at = self.clock.since_start();
        let (reply, fault) = self.decide(arrival, at);
        let name = fault.as_ref().map(FaultKind::name);
        self.log
            .record(arrival, at, reply.code.map(|code| code.0), name);
        (reply, fault)
    }

    fn decide(&mut self, arrival: &Arrival, at: Duration) -> (Reply, Option<FaultKind>) {
        // Paths that do not exist are the web server's business: no key, no limit.
        match arrival.endpoint {
            Endpoint::NoSuchPath => {
                let reply = Reply::refusal(Code::NOT_FOUND);
                return (reply.with_http(StatusCode::NOT_FOUND), None);
            }
            Endpoint::WrongMethod => {
                let reply = Reply::refusal(Code::METHOD_NOT_ALLOWED);
                return (reply.with_http(StatusCode::METHOD_NOT_ALLOWED), None);
            }
            _ => {}
        }
        // Limits belong to a key, so that a call without the right one spends nothing.
        if arrival.key.as_deref() != Some(self.settings.api_key.as_str()) {
            return (Reply::refusal(Code::INVALID_KEY), None);
        }
        if let Err(broken) = self.gate.admit(arrival.endpoint, at) {
            self.log.broke(broken);
            return (self.too_many_requests(), None);
        }
        let fault = self.faults.take(arrival.endpoint);
        if fault.as_ref().is_some_and(FaultKind::begins_silence) {
            self.gate.fall_silent(at);
        }
        // A fault that speaks in place of the service refuses the call; all others spoil its delivery.
        let reply = match fault.as_ref().and_then(FaultKind::instead) {
            Some(reply) => reply,
            None => self.answer(arrival).unwrap_or_else(Reply::refusal),
        };
        if reply.code == Some(Code::TOO_MANY_NUMBERS) && fault.is_none() {
            self.log.broke(BrokenLimit::TooManyNumbers);
        }
        (reply, fault)
    }

    fn answer(&mut self, arrival: &Arrival) -> Result<Reply, Code> {
        match arrival.endpoint {
            Endpoint::List => list::answer(self, arrival),
            Endpoint::Single => single::answer(self, arrival),
            Endpoint::Post => post::answer(self, arrival),
            Endpoint::Realtime => realtime::answer(self, arrival),
            Endpoint::Update => update::answer(self, arrival),
            Endpoint::Delete => delete::answer(self, arrival),
            Endpoint::Batch => batch::answer(self, arrival),
            Endpoint::UpdateMore => update_more::answer(self, arrival),
            Endpoint::DeleteMore => delete_more::answer(self, arrival),
            Endpoint::StopUpdating => stop_updating::answer(self, arrival),
            Endpoint::ChangeCarrier => change_carrier::answer(self, arrival),
            Endpoint::UserInfo => user_info::answer(self),
            Endpoint::StatusNumber => status_number::answer(self, arrival),
            Endpoint::Remote => remote::answer(arrival),
            Endpoint::CostTime => cost_time::answer(arrival),
            Endpoint::AirCargo => air_cargo::answer(self, arrival),
            Endpoint::Carriers => directory::answer(arrival),
            Endpoint::Detect => detect::answer(self, arrival),
            Endpoint::NoSuchPath | Endpoint::WrongMethod => Err(Code::NOT_FOUND),
        }
    }

    fn too_many_requests(&self) -> Reply {
        let reply = Reply::refusal(Code::TOO_MANY_REQUESTS);
        match self.settings.limits.http_429 {
            true => reply.with_http(StatusCode::TOO_MANY_REQUESTS),
            false => reply,
        }
    }

    /// With which its owner logs in.
    pub fn email(&self) -> &str {
        &self.settings.email
    }

    /// The simulated time at which the sandbox opened.
    pub fn opened(&self) -> Timestamp {
        self.settings.start
    }

    /// The counts, and how the account stands.
    pub fn stats(&self) -> Stats {
        let (calls, broken_limits) = self.log.counts();
        Stats {
            now: self.clock.now(),
            parcels: self.world.parcels().len(),
            calls,
            broken_limits,
            quota_left: self.quota.left(),
            silence_left_ms: milliseconds(self.gate.silence_left(self.clock.since_start())),
        }
    }
}
