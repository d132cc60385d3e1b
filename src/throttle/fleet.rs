//! Turns that all replicas of an account give together, in Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::{FromRedisValue, Value};
use tokio::time::Instant;

use super::heart::SILENCE;
use super::ledger::{LaneUse, Rules, Ticket};
use super::limits::micros;
use super::pool::InPool;
use super::said::Said;
use super::scripts::Scripts;
use super::seats::Chart;
use super::{Lane, Micros};
use crate::current::Current;
use crate::model::ClientId;
use crate::redis_link::{Away, Link, Script};

/// For how long a replica lends its slots to the others from now on.
const LENDS: Micros = 1_500_000;

/// How often it does so.
pub(super) const BEAT: Duration = Duration::from_millis(400);

/// For how long a replica that flies keeps the keys that it carries without being heard of.
const FLIGHT: Micros = 2_500_000;

/// This replica's place in the fleet. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Fleet {
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    link: Link,
    /// The name of its seat, which it has again after a restart.
    name: String,
    /// As the scripts read them.
    rules: Current<Vec<u8>>,
    seats: usize,
    scripts: Scripts,
    standing: Mutex<Standing>,
}

/// How the replica stands to the fleet.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// The session in which it sat down; while it is the link's, turns come from Redis.
    pub(super) session: Option<u64>,
    pub(super) seat: Option<u32>,
    /// Until when it has lent its slots, whether the others heard it or not.
    pub(super) lent_until: Micros,
    /// Who sat where when it sat down last, in case Redis forgets it.
    chart: Chart,
}

impl Fleet {
    pub(super) fn new(link: Link, name: String, rules: &Rules) -> Self {
        Self {
            place: Arc::new(Place {
                link,
                name,
                rules: Current::new(written(rules)),
                seats: rules.plan.seats as usize,
                scripts: Scripts::default(),
                standing: Mutex::new(Standing {
                    // The only one needs nobody to tell him where to sit.
                    seat: (rules.plan.seats == 1).then_some(0),
                    ..Standing::default()
                }),
            }),
        }
    }

    /// Goes by other rules from now on; the others do until they are changed as well.
    pub(super) fn change(&self, rules: &Rules) {
        self.place.rules.set(written(rules));
    }

    pub(super) fn link(&self) -> &Link {
        &self.place.link
    }

    /// Whether turns come from Redis at the moment.
    pub(super) fn is_together(&self) -> bool {
        let session = self.place.link.session();
        session.is_some() && self.standing().session == session
    }

    pub(super) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.place
            .standing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sits down and lends its slots for a while. `alone` are the calls that it made while it was on its own, and
    /// `closed_until` what it knows of a silence. Gives until when the fleet keeps silent.
    pub(super) async fn sit_down(
        &self,
        closed_until: Micros,
        alone: &[(Ticket, Duration)],
    ) -> Result<Micros, Away> {
        let session = self.place.link.session().ok_or(Away)?;
        let now = self.place.link.now().ok_or(Away)?;
        let lent_until = now + LENDS;
        // Before the others hear it: what Redis does late must not surprise this replica.
        let chart = {
            let mut standing = self.standing();
            standing.lent_until = lent_until;
            standing.chart.clone()
        };
        let mut args = vec![
            self.place.link.token(&self.place.name).into_bytes(),
            number(lent_until),
            number(closed_until),
            number(chart.founded),
            number(chart.beat),
        ];
        let mut holders = chart.holders;
        holders.resize(self.place.seats, String::new());
        args.extend(holders.into_iter().map(String::into_bytes));
        for (ticket, ago) in alone {
            let at = now.saturating_sub(micros(*ago));
            args.extend([lane(ticket.lane), self.ticket(*ticket), number(at)]);
        }
        let (seat, closed_until, founded, holders, beat): (i64, i64, u64, Vec<String>, u64) =
            self.run(&self.place.scripts.sit_down, args).await?;
        let mut standing = self.standing();
        standing.seat = u32::try_from(seat).ok();
        standing.session = Some(session);
        standing.chart = Chart {
            founded,
            holders,
            beat,
        };
        Ok(u64::try_from(closed_until).unwrap_or_default())
    }

    /// Whether this process has never sat down, and does not know its seat without that.
    pub(super) fn was_never_together(&self) -> bool {
        let standing = self.standing();
        standing.seat.is_none() && standing.chart.founded == 0
    }

    /// Waits in the lines of this session without a seat.
    pub(super) fn visit(&self) -> Result<(), Away> {
        let session = self.place.link.session().ok_or(Away)?;
        self.standing().session = Some(session);
        Ok(())
    }

    /// Lets go what a visit made.
    pub(super) async fn end_visit(&self) -> Result<(), Away> {
        self.run(&self.place.scripts.visit, Vec::new()).await
    }

    /// What stands in a part of the ledger, by seats.
    pub(super) async fn by_seats<T: FromRedisValue>(
        &self,
        part: &str,
    ) -> Result<HashMap<u32, T>, Away> {
        let mut all = redis::cmd("HGETALL");
        all.arg(format!("{}:{part}", self.place.link.key(KEY)));
        self.place.link.ask(&all).await
    }

    /// Gives the seat back, so that the others need not leave its slots free.
    pub(super) async fn stand_up(&self) -> Result<(), Away> {
        self.standing().session = None;
        let name = self.place.link.token(&self.place.name).into_bytes();
        self.run(&self.place.scripts.stand_up, vec![name]).await
    }

    /// A call asks for its turn; the first time it joins its line.
    pub(super) async fn ask(
        &self,
        ticket: Ticket,
        client: &ClientId,
        patience: Option<Duration>,
    ) -> Result<Said, Away> {
        let patience = patience.map_or_else(Vec::new, |patience| number(micros(patience)));
        let client = self.place.link.token(client.as_str()).into_bytes();
        let args = vec![lane(ticket.lane), self.ticket(ticket), client, patience];
        let said = self.run(&self.place.scripts.ask, args).await?;
        Said::read(said, &self.place.link)
    }

    /// A call gives up its place in the line.
    pub(super) async fn leave(&self, ticket: Ticket) -> Result<(), Away> {
        let args = vec![lane(ticket.lane), self.ticket(ticket)];
        self.run(&self.place.scripts.leave, args).await
    }

    /// A call was answered.
    pub(super) async fn answered(&self, ticket: Ticket) -> Result<(), Away> {
        let args = vec![lane(ticket.lane), self.ticket(ticket)];
        self.run(&self.place.scripts.answered, args).await
    }

    /// A call leaves only now; gives the moment, or `None` if its slot is over.
    pub(super) async fn delayed(&self, ticket: Ticket) -> Result<Option<Instant>, Away> {
        let args = vec![lane(ticket.lane), self.ticket(ticket)];
        let now: i64 = self.run(&self.place.scripts.delayed, args).await?;
        let now = u64::try_from(now).ok().filter(|now| *now > 0);
        Ok(now.and_then(|now| self.place.link.instant(now)))
    }

    /// Closes everything for a while, for all replicas.
    pub(super) async fn close(&self, silence: Duration) -> Result<(), Away> {
        let args = vec![number(micros(silence))];
        let until: i64 = self.run(&self.place.scripts.close, args).await?;
        let until = until.to_string();
        self.place.link.publish(SILENCE, until.as_bytes()).await
    }

    /// Puts keys into the pool from which whoever has a turn takes them.
    pub(super) async fn want(&self, wanted: Wanted<'_>) -> Result<Vec<InPool>, Away> {
        let mut args = vec![
            self.place.link.token(wanted.client.as_str()).into_bytes(),
            wanted.urgency.as_bytes().to_vec(),
            number(micros(wanted.patience)),
            number(wanted.seats as u64),
        ];
        for (token, known) in wanted.keys {
            args.extend([token.clone().into_bytes(), number(*known)]);
        }
        let keys = [self.place.link.key(KEY), self.place.link.key(STORED)];
        let said: Vec<Value> = self.run_on(&self.place.scripts.want, &keys, args).await?;
        Ok(said.iter().map(InPool::read).collect())
    }

    /// Asks for a turn for what is in the pool.
    pub(super) async fn carry(&self, ticket: Ticket, seats: usize) -> Result<Said, Away> {
        let args = vec![self.ticket(ticket), number(seats as u64), number(FLIGHT)];
        let said = self.run(&self.place.scripts.carry, args).await?;
        Said::read(said, &self.place.link)
    }

    /// Keeps the keys of a flight that goes on.
    pub(super) async fn fly_on(&self, tokens: &[String]) -> Result<(), Away> {
        self.flight(number(FLIGHT), tokens).await
    }

    /// Lets the keys go of a flight that has ended.
    pub(super) async fn landed(&self, tokens: &[String]) -> Result<(), Away> {
        self.flight(Vec::new(), tokens).await
    }

    async fn flight(&self, lease: Vec<u8>, tokens: &[String]) -> Result<(), Away> {
        let tokens = tokens.iter().map(|token| token.clone().into_bytes());
        let args = [lease].into_iter().chain(tokens).collect();
        self.run(&self.place.scripts.landed, args).await
    }

    /// How a lane stands.
    pub(super) async fn lane(&self, of: Lane) -> Result<LaneUse, Away> {
        let said = self.run(&self.place.scripts.standing, vec![lane(of)]);
        let said: Vec<u8> = said.await?;
        serde_json::from_slice(&said).map_err(|_| Away)
    }

    async fn run<T: FromRedisValue>(&self, script: &Script, args: Vec<Vec<u8>>) -> Result<T, Away> {
        self.run_on(script, &[self.place.link.key(KEY)], args).await
    }

    async fn run_on<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        args: Vec<Vec<u8>>,
    ) -> Result<T, Away> {
        // No time of our own: Redis's clock counts.
        let always = [self.place.rules.get().to_vec(), Vec::new()];
        let args: Vec<_> = always.into_iter().chain(args).collect();
        self.place.link.run(script, keys, &args).await
    }

    fn ticket(&self, ticket: Ticket) -> Vec<u8> {
        format!("{}:{}", self.place.link.replica(), ticket.number).into_bytes()
    }
}

/// The ledger's key in Redis, and the version of what is in it.
const KEY: &str = "throttle1";

/// The beginning of the names under which the cache stores what is known of the keys.
const STORED: &str = "t1:";

/// What is wanted for a client.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) client: &'a ClientId,
    pub(super) urgency: &'static str,
    pub(super) patience: Duration,
    /// How many keys go into a call.
    pub(super) seats: usize,
    /// Each with the moment of what is known of it.
    pub(super) keys: &'a [(String, Micros)],
}

fn written(rules: &Rules) -> Vec<u8> {
    serde_json::to_vec(rules).expect("rules are numbers")
}

fn number(number: u64) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn lane(lane: Lane) -> Vec<u8> {
    let name: &[u8] = match lane {
        Lane::List => b"list",
        Lane::Page => b"page",
        Lane::Realtime => b"realtime",
        Lane::Other => b"other",
    };
    name.to_vec()
}
