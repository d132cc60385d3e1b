//! The operations of one socket. Each is polled by the socket's own task, and only when the one answer before is on its way.

use std::sync::Arc;

use futures_util::stream::{self, AbortHandle, Abortable, BoxStream, SelectAll};
use futures_util::{FutureExt, StreamExt};

use crate::graphql::{Answer, Door, Event, Events, Opened, Request};
use crate::web::hold::Load;

/// What comes of an operation, one after the other.
pub(super) enum Step {
    /// It is a subscription and has begun.
    Begun,
    /// It has an answer and goes on.
    Event(Event),
    /// It has its only answer, or was refused.
    Answer(Answer),
    /// It has come to its end.
    End,
}

/// The steps of one operation, each with the operation's id.
type Steps = Abortable<BoxStream<'static, (Arc<str>, Step)>>;

/// The operations that are under way, by the JSON of their ids.
#[derive(Default)]
pub(super) struct Operations {
    steps: SelectAll<Steps>,
    running: Vec<Running>,
}

struct Running {
    id: Arc<str>,
    is_subscription: bool,
    abort: AbortHandle,
}

impl Operations {
    /// Begins one, whose request is kept until it is read.
    pub(super) fn start(&mut self, id: &str, door: Door, request: Box<Request>, load: Load) {
        let id: Arc<str> = id.into();
        let (abort, registration) = AbortHandle::new_pair();
        let named = id.clone();
        let steps = steps(door, request, load).map(move |step| (named.clone(), step));
        self.steps.push(Abortable::new(steps.boxed(), registration));
        self.running.push(Running {
            id,
            is_subscription: false,
            abort,
        });
    }

    /// Drops an operation. Nothing more is heard of it.
    pub(super) fn stop(&mut self, id: &str) {
        self.running.retain(|running| {
            let is_meant = *running.id == *id;
            if is_meant {
                running.abort.abort();
            }
            !is_meant
        });
    }

    /// Waits for the next step of any. Never ready while there are none.
    pub(super) async fn next(&mut self) -> (Arc<str>, Step) {
        let Some((id, step)) = self.steps.next().await else {
            return std::future::pending().await;
        };
        match step {
            Step::Begun => {
                let mut all = self.running.iter_mut();
                if let Some(running) = all.find(|running| running.id == id) {
                    running.is_subscription = true;
                }
            }
            Step::Event(_) => {}
            Step::Answer(_) | Step::End => self.running.retain(|running| running.id != id),
        }
        (id, step)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.running.iter().any(|running| *running.id == *id)
    }

    /// Whether nothing is under way any more that comes to an end by itself.
    pub(super) fn are_all_subscriptions(&self) -> bool {
        self.running.iter().all(|running| running.is_subscription)
    }

    pub(super) fn count(&self) -> usize {
        self.running.len()
    }
}

enum Stage {
    Before(Door, Box<Request>, Load),
    Within(Box<Events>),
    After,
}

fn steps(door: Door, request: Box<Request>, load: Load) -> BoxStream<'static, Step> {
    let next = async |stage| match stage {
        // What it takes to begin is large, and over soon.
        Stage::Before(door, request, load) => match begin(door, request, load).boxed().await {
            Opened::Events(events) => Some((Step::Begun, Stage::Within(events))),
            Opened::Answer(answer) => Some((Step::Answer(answer), Stage::After)),
        },
        Stage::Within(mut events) => match events.next().await {
            Some(event) => Some((Step::Event(event), Stage::Within(events))),
            None => Some((Step::End, Stage::After)),
        },
        Stage::After => None,
    };
    stream::unfold(Stage::Before(door, request, load), next).boxed()
}

async fn begin(door: Door, request: Box<Request>, load: Load) -> Opened {
    let prepared = door.prepare(*request).await;
    drop(load);
    match prepared {
        Ok(operation) => door.open(operation).await,
        Err(answer) => Opened::Answer(answer),
    }
}
