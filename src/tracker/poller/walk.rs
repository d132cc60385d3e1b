//! The poller's way: one call after the other, each for what is due then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::due::{Last, Pace, Proven};
use super::ground::{Beat, Ground};
use super::polling::Tally;
use super::sweep::{Course, MOST_PAGES, Rows, Swept};
use super::upstream_time::{before, newest};
use crate::cache::Entry;
use crate::live::LogId;
use crate::model::TrackingKey;
use crate::rounds::{Duty, Sweep, Whole};
use crate::telemetry::{Kind, Span};
use crate::throttle::Urgency;
use crate::tracker::Usage;
use crate::tracker::calls::Calls;
use crate::tracker::coalescer::Fetched;
use crate::tracker::lookup::Lookup;
use crate::tracker::records::Outcome;
use crate::upstream::MAX_NUMBERS;

/// How often is looked at what others watch.
const LOOK: Duration = Duration::from_secs(2);

/// For how many intervals no sweep is tried to save calls after one that was too long.
const LEFT_ALONE: u32 = 10;

/// How often the whole account is read for those who watch it, so that the log does not forget what rarely changes.
const WHOLE_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after a failure it is read again that was read before.
const WHOLE_LATER: Duration = Duration::from_secs(60 * 60);

/// What the polling task knows.
pub(super) struct Walk {
    interval: Duration,
    ground: Ground,
    tally: Arc<Tally>,
    /// What was done last about each parcel.
    parcels: HashMap<TrackingKey, Last>,
    duty: Duty,
    last: Option<Sweep>,
    /// The log of events that learns of what is read.
    log: LogId,
    /// The list that is being read.
    course: Option<Course>,
    /// How many pages the next sweep will have, as far as can be guessed.
    pages: usize,
    /// Before this no sweep is tried.
    sweeps_from: Instant,
    /// Before this the whole account is not read again.
    whole_from: Instant,
}

/// Parcels in the order in which they are due.
struct Plan {
    /// As many as there is room for in a call: those that are due, and those that ride along.
    batch: Vec<TrackingKey>,
    /// How many are due.
    due: usize,
    /// How many that are due now or soon a sweep would prove unchanged.
    provable: usize,
    /// When the next one is.
    next: Option<Instant>,
}

/// Whether the upstream answered.
enum Heard {
    Something,
    Nothing,
}

impl Walk {
    pub(super) fn new(interval: Duration, ground: Ground, tally: Arc<Tally>) -> Self {
        Self {
            interval,
            ground,
            tally,
            parcels: HashMap::new(),
            duty: Duty::Nothing,
            last: None,
            log: LogId::default(),
            course: None,
            pages: 1,
            sweeps_from: Instant::now(),
            whole_from: Instant::now(),
        }
    }

    /// Never ends.
    pub(super) async fn go_on(mut self) {
        loop {
            let next = self.step().await;
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.ground.rounds.moved() => {}
            }
        }
    }

    /// Makes one call, if one is due, and says when to look again.
    async fn step(&mut self) -> Instant {
        let duty = self.ground.rounds.duty();
        self.tally.note_duty(duty != Duty::Nothing);
        if duty != self.duty {
            // Whoever is on duty now reads by himself.
            self.course = None;
        }
        if duty != self.duty || duty == Duty::Nothing {
            self.duty = duty;
            self.last = self.ground.rounds.last_sweep().await;
        }
        self.look_at_the_log().await;
        let beat = self.ground.beat(duty).await;
        self.follow(&beat).await;
        if self.parcels.is_empty() && !beat.everything {
            self.tally.note_rest();
        }
        let now = Instant::now();
        let pace = Pace::new(self.interval, self.ground.rounds.pushes_are_coming());
        let plan = self.plan(pace, now);
        if self.course.is_none() && self.sweeps_now(&beat, &plan, pace, now) {
            let rows = self.rows(beat.everything, plan.provable, now);
            self.course = Some(Course::new(rows, self.log));
            self.sweeps_from = now + pace.interval();
        }
        if self.course.is_some() || plan.due > 0 {
            self.tally.note_due();
        }
        let page = match &self.course {
            Some(course) => course.gives_way(self.calls()).await,
            None => None,
        };
        if self.course.is_some() && page.is_none() {
            self.read_on(&beat, pace).await;
            return Instant::now();
        }
        if plan.due > 0 {
            let rest = match self.ask(plan, pace).await {
                Heard::Something => Duration::ZERO,
                // Else all that is due would be refused one after the other.
                Heard::Nothing => self.interval / 4,
            };
            return Instant::now() + rest;
        }
        let look = now + (self.interval / 2).min(LOOK);
        let is_waiting = beat.everything && self.course.is_none();
        let sweep = is_waiting.then(|| self.next_sweep(pace));
        [plan.next, sweep, page]
            .into_iter()
            .flatten()
            .fold(look, Instant::min)
    }

    /// Takes up what is watched now, with what the others know of it, and lets go of the rest.
    async fn follow(&mut self, beat: &Beat) {
        let now = Instant::now();
        self.parcels.retain(|key, _| beat.parcels.contains(key));
        let is_new = |key: &&TrackingKey| !self.parcels.contains_key(*key);
        let new: Vec<_> = beat.parcels.iter().filter(is_new).cloned().collect();
        self.calls().records.cache.fetch(&new, |_, _| true).await;
        let new = new.into_iter().map(|key| (key, Last::Seen(now)));
        self.parcels.extend(new);
    }

    fn plan(&self, pace: Pace, now: Instant) -> Plan {
        let cache = &self.calls().records.cache;
        let proven = self.proven();
        // What the next sweep would prove, of what would else leave in calls one after the other.
        let to_prove = proven.map(|(from, _)| (from, now));
        let soon = now + pace.interval() / 4;
        let mut provable = 0;
        let due = |(key, last): (_, &Last)| {
            let known = cache.get(key);
            let due = pace.due(known.as_ref(), *last, proven);
            if due <= soon && pace.due(known.as_ref(), *last, to_prove) > soon {
                provable += 1;
            }
            (due, key)
        };
        let mut all: Vec<_> = self.parcels.iter().map(due).collect();
        all.sort_unstable();
        let is_due = all.partition_point(|(due, _)| *due <= now);
        let rides = |(due, _): &&(Instant, &TrackingKey)| *due <= now + pace.interval();
        let batch = all.iter().take(MAX_NUMBERS).take_while(rides);
        Plan {
            batch: batch.map(|(_, key)| (*key).clone()).collect(),
            due: is_due,
            provable,
            next: all.get(is_due).map(|(due, _)| *due),
        }
    }

    /// Asks for a batch, unless the others have asked meanwhile.
    async fn ask(&mut self, plan: Plan, pace: Pace) -> Heard {
        let now = Instant::now();
        let cache = &self.calls().records.cache;
        let proven = self.proven();
        let is_good = |key: &TrackingKey, known: &Entry| {
            let last = self.parcels.get(key);
            last.is_none_or(|last| pace.due(Some(known), *last, proven) > now)
        };
        cache.fetch(&plan.batch, is_good).await;
        let is_known = |key| cache.get(key).is_some_and(|known| is_good(key, &known));
        if plan.batch.iter().take(plan.due).all(is_known) {
            self.tally.note_rest();
            return Heard::Something;
        }
        for key in &plan.batch {
            self.parcels.insert(key.clone(), Last::Asked(now));
        }
        self.tally.note_keys();
        let coalescer = self.ground.coalescer.clone();
        // What could not be had is asked for again after the interval.
        let span = Span::begin(Kind::Internal, || "poll".into());
        span.set_count("parcelgraph.keys", plan.batch.len());
        let usage = Usage::default();
        let fetching = coalescer.fetch(plan.batch, Urgency::Background, &usage);
        let fetched = span.around(fetching).await;
        drop(span);
        if self.last.is_none()
            && let Some(since) = time_of(&fetched)
        {
            let sweep = Sweep {
                since,
                from: now,
                until: now,
                whole: None,
            };
            self.remember(Some(sweep)).await;
        }
        let is_answer = |outcome: &Outcome| match outcome {
            Ok(_) => true,
            Err(error) => error.is_answer(),
        };
        if fetched.iter().any(|(_, outcome)| is_answer(outcome)) {
            self.tally.note_answer();
            Heard::Something
        } else {
            Heard::Nothing
        }
    }

    fn proven(&self) -> Option<Proven> {
        self.last.map(|sweep| (sweep.from, sweep.until))
    }

    fn next_sweep(&self, pace: Pace) -> Instant {
        let known = self.last.filter(|_| self.whole().is_some());
        let due = known.map(|sweep| sweep.until + pace.interval());
        due.map_or(self.sweeps_from, |due| due.max(self.sweeps_from))
    }

    /// Whether to read all that changed: for those who want it, or because that takes fewer calls.
    fn sweeps_now(&self, beat: &Beat, plan: &Plan, pace: Pace, now: Instant) -> bool {
        let is_wanted = beat.everything && self.next_sweep(pace) <= now;
        let is_cheaper = plan.provable.div_ceil(MAX_NUMBERS) > self.pages;
        is_wanted || plan.due > 0 && is_cheaper && self.sweeps_from <= now
    }

    /// Which rows to read: who watches the whole account has to know all of it first.
    fn rows(&self, for_all: bool, provable: usize, now: Instant) -> Rows {
        let Some(last) = self.last else {
            return Rows::All;
        };
        if !for_all {
            let fewer = provable.div_ceil(MAX_NUMBERS).saturating_sub(1);
            let most = u32::try_from(fewer).unwrap_or(MOST_PAGES);
            return Rows::FewNews(last, most);
        }
        match self.whole() {
            Some(whole) if now < self.whole_from.max(whole.at + WHOLE_AGAIN) => Rows::News(last),
            _ => Rows::All,
        }
    }

    /// Reads the next page of the list that is being read.
    async fn read_on(&mut self, beat: &Beat, pace: Pace) {
        let Some(mut course) = self.course.take() else {
            return;
        };
        let is_for_all = course.rows().are_for_all();
        if is_for_all && !beat.everything {
            return;
        }
        let span = Span::begin(Kind::Internal, || "sweep".into());
        let read = span.around(course.read_on(self.calls(), &self.tally));
        let read = read.await;
        drop(span);
        match read {
            None => self.course = Some(course),
            Some(Swept::Whole(sweep, pages)) => {
                if !matches!(course.rows(), Rows::All) {
                    self.pages = pages;
                }
                self.sweeps_from = Instant::now();
                self.remember(Some(sweep)).await;
            }
            Some(Swept::TooLong) if is_for_all => self.begin_anew().await,
            // The next one is for those who came meanwhile.
            Some(Swept::TooLong) if beat.everything => {}
            Some(Swept::TooLong) => {
                self.sweeps_from = Instant::now() + pace.interval() * LEFT_ALONE;
                self.remember(None).await;
            }
            Some(Swept::Failed) => {
                self.sweeps_from = Instant::now() + pace.interval();
                if let Rows::All = course.rows() {
                    self.whole_from = Instant::now() + WHOLE_LATER;
                }
            }
        }
    }

    /// Tells those who watch the whole account that they missed something. Who cannot be told now is told after the next try.
    async fn begin_anew(&mut self) {
        tracing::warn!(
            "more parcels changed than {MOST_PAGES} pages hold: those who watch the whole account are told that they missed some of it"
        );
        if let Ok(()) = self.calls().records.live.note_missed().await {
            self.remember(None).await;
        }
    }

    async fn remember(&mut self, sweep: Option<Sweep>) {
        self.last = sweep;
        self.look_at_the_log().await;
        self.ground.rounds.remember_sweep(sweep).await;
    }

    /// Has the log take for new what comes into the account from now on, if it knows of all that is there.
    async fn look_at_the_log(&mut self) {
        let live = self.calls().records.live.clone();
        self.log = live.end().await.log;
        live.know_all_since(self.whole().map(|whole| whole.since));
    }

    /// What the log knows of the whole account.
    fn whole(&self) -> Option<Whole> {
        let whole = self.last.and_then(|sweep| sweep.whole);
        whole.filter(|whole| whole.log == self.log)
    }

    fn calls(&self) -> &Calls {
        &self.ground.coalescer.shared.calls
    }
}

/// From which time on a sweep has to list what changed after this was fetched; `None` if nothing was.
fn time_of(fetched: &Fetched<Lookup>) -> Option<Timestamp> {
    let rows = fetched
        .iter()
        .filter_map(|(_, outcome)| outcome.as_ref().ok());
    let mut times = rows.map(|reading| reading.tracking.updated_at).peekable();
    times.peek()?;
    Some(before(newest(times)))
}
