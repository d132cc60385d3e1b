//! What a subscription's resolver and whoever reads its answers tell each other.
//!
//! A subscription is executed in two ways: once for each subscriber, for what he is told before he is up to date; and from
//! then on once for all who sent the same operation.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::Context;
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::context::{feed, tracker, usage};
use super::error::Failure;
use super::opaque;
use super::tracking_event::TrackingEvent;
use crate::live::{self, Cursor, Follower, Subject};
use crate::model::TrackingKey;
use crate::tracker::{Beginning, Seen, Sight, Watched};

/// What cursors of events are wrapped with.
const EVENT: &str = "event";

/// Cursors are of the past, as far as the clocks of replicas agree.
const MOST_AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// One for each execution.
#[derive(Debug)]
pub(super) struct Feed {
    part: Part,
    /// Opened when the reader is ready for what follows the beginning.
    gate: Notify,
    state: Mutex<State>,
}

/// Which part of the subscription is executed.
#[derive(Debug)]
enum Part {
    /// What a subscriber is told first; behind this cursor, whatever his operation says.
    Beginning(Option<String>),
    /// What a subscriber missed behind this cursor; what he has seen is not told again.
    Resumed(Mutex<Option<(Cursor, Seen)>>),
    /// How some parcels stand of which nothing could be told before.
    Again(Vec<TrackingKey>),
    /// What everybody is told.
    Rest(Mutex<Option<Follower>>),
}

#[derive(Debug, Default)]
struct State {
    /// The arguments are fine; from here on there are events.
    is_open: bool,
    topic: Option<Topic>,
    told: VecDeque<Told>,
    begun: Option<Begun>,
}

/// What the subscription is about.
#[derive(Debug)]
pub(super) struct Topic {
    pub(super) subject: Arc<Subject>,
    /// Has it asked about again and again.
    pub(super) watched: Watched,
}

/// What belongs to an answer that is on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) cursor: Option<Arc<str>>,
    pub(super) event: Option<Arc<live::Event>>,
}

/// How far the beginning goes.
#[derive(Debug)]
pub(super) struct Begun {
    /// `None` if only some parcels were told of again.
    pub(super) end: Option<Cursor>,
    /// Whether there is more to tell behind that before he is up to date.
    pub(super) has_more: bool,
    pub(super) seen: Seen,
    /// `None` if it was not told how parcels stand.
    pub(super) failed: Option<Vec<TrackingKey>>,
}

impl Feed {
    pub(super) fn beginning(resume: Option<String>) -> Arc<Self> {
        Self::new(Part::Beginning(resume))
    }

    pub(super) fn resumed(cursor: Cursor, seen: Seen) -> Arc<Self> {
        Self::new(Part::Resumed(Mutex::new(Some((cursor, seen)))))
    }

    pub(super) fn again(keys: Vec<TrackingKey>) -> Arc<Self> {
        Self::new(Part::Again(keys))
    }

    pub(super) fn rest(follower: Follower) -> Arc<Self> {
        Self::new(Part::Rest(Mutex::new(Some(follower))))
    }

    fn new(part: Part) -> Arc<Self> {
        Arc::new(Self {
            part,
            gate: Notify::new(),
            state: Mutex::default(),
        })
    }

    /// Says that there will be events, of no subject that can be followed.
    pub(super) fn open(&self) {
        self.state().is_open = true;
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Lets the beginning begin.
    pub(super) fn go(&self) {
        self.gate.notify_one();
    }

    pub(super) fn take_topic(&self) -> Option<Topic> {
        self.state().topic.take()
    }

    /// What belongs to the next answer.
    pub(super) fn take_told(&self) -> Told {
        self.state().told.pop_front().unwrap_or_default()
    }

    /// How far the beginning went, once it is over.
    pub(super) fn take_begun(&self) -> Option<Begun> {
        self.state().begun.take()
    }

    fn push(&self, told: Told) {
        self.state().told.push_back(told);
    }

    /// Gives what is told first, and notes how far it goes.
    fn begin(&self, beginning: Beginning, mut seen: Seen) -> Vec<(Sight, Told)> {
        let is_news = |sight: &Sight| !matches!(sight, Sight::Event(event) if seen.holds(event));
        let sights: Vec<_> = beginning.sights.into_iter().filter(is_news).collect();
        // Who has not got all of it yet begins anew.
        let is_complete = !matches!(self.part, Part::Again(_))
            && beginning.failed.as_ref().is_none_or(Vec::is_empty);
        let end = is_complete.then(|| wrap(&beginning.end));
        let last = sights.len().saturating_sub(1);
        let sights = sights.into_iter().enumerate().map(|(index, sight)| {
            let cursor = match &sight {
                Sight::Event(event) => Some(wrap(&event.cursor)),
                _ => end.clone().filter(|_| index == last),
            };
            (
                sight,
                Told {
                    cursor,
                    event: None,
                },
            )
        });
        let sights = sights.collect();
        seen.extend(beginning.seen);
        self.state().begun = Some(Begun {
            end: (!matches!(self.part, Part::Again(_))).then_some(beginning.end),
            has_more: beginning.has_more,
            seen,
            failed: beginning.failed,
        });
        sights
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The events of a subject, as the part of the subscription wants them.
pub(super) fn tell(
    context: &Context<'_>,
    subject: Subject,
    after: Option<String>,
) -> Result<BoxStream<'static, TrackingEvent>, Failure> {
    let feed = feed(context).clone();
    if let Part::Rest(follower) = &feed.part {
        let follower = lock(follower).take();
        return Ok(rest(feed.clone(), follower));
    }
    let tracker = tracker(context).clone();
    let usage = usage(context).clone();
    let (after, seen) = match &feed.part {
        Part::Beginning(resume) => {
            let after = resume.clone().or(after);
            let after = after.map(|text| unwrap(&text, tracker.live().now()));
            (after.transpose()?, Seen::default())
        }
        Part::Resumed(known) => match lock(known).take() {
            Some((cursor, seen)) => (Some(cursor), seen),
            None => (None, Seen::default()),
        },
        Part::Again(_) | Part::Rest(_) => (None, Seen::default()),
    };
    let subject = Arc::new(subject);
    let watched = tracker.watch(usage.client(), &subject)?;
    {
        let mut state = feed.state();
        state.is_open = true;
        state.topic = Some(Topic {
            subject: subject.clone(),
            watched,
        });
    }
    let begin = async move {
        feed.gate.notified().await;
        let beginning = match &feed.part {
            Part::Again(keys) => tracker.snapshots(&usage, keys).await,
            _ => tracker.begin(&usage, &subject, after).await,
        };
        let resume_from = wrap(&beginning.end);
        let sights = feed.begin(beginning, seen);
        stream::iter(sights).map(move |(sight, told)| {
            let cursor = told.cursor.clone();
            feed.push(told);
            TrackingEvent::of(sight, cursor, &resume_from)
        })
    };
    Ok(stream::once(begin).flatten().boxed())
}

/// What everybody is told, until something was lost.
fn rest(feed: Arc<Feed>, follower: Option<Follower>) -> BoxStream<'static, TrackingEvent> {
    stream::unfold((feed, follower), |(feed, follower)| async {
        let mut follower = follower?;
        let event = follower.next().await.ok()?;
        let cursor = event.is_logged.then(|| wrap(&event.cursor));
        feed.push(Told {
            cursor: cursor.clone(),
            event: Some(event.clone()),
        });
        let event = TrackingEvent::of(Sight::Event(event), cursor, "");
        Some((event, (feed, Some(follower))))
    })
    .boxed()
}

/// A cursor as clients know it.
pub(super) fn wrap(cursor: &Cursor) -> Arc<str> {
    opaque::wrap(EVENT, &cursor.to_string()).into()
}

fn unwrap(text: &str, now: Timestamp) -> Result<Cursor, Failure> {
    let cursor = opaque::unwrap(EVENT, text).and_then(|cursor| cursor.parse::<Cursor>().ok());
    let latest = now.saturating_add(MOST_AHEAD).unwrap_or(Timestamp::MAX);
    cursor
        .filter(|cursor| cursor.time().is_none_or(|time| time <= latest))
        .ok_or_else(|| {
            Failure::bad_input(
                "after: not the cursor of an event; give one as an event had it, or leave it out to begin anew",
            )
        })
}
