//! What subscribers get: one answer after the other, written down, and the place from which each can be followed on.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_graphql::Response;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep_until};

use super::audience::{Item, Seat};
use super::direct;
use super::door::Door;
use super::feed::{self, Feed};
use super::operation::Operation;
use crate::allowance::Standing;
use crate::live::{self, Cursor, Position};
use crate::model::TrackingKey;
use crate::tracker::{Seen, Watched};

/// How soon it is tried again to tell how a parcel stands; then twice as late each time.
const AGAIN: Duration = Duration::from_secs(5);

/// How late at the most.
const LATEST_AGAIN: Duration = Duration::from_secs(300);

/// One answer of a subscription.
#[derive(Debug, Clone)]
pub struct Event {
    /// The GraphQL response, as JSON.
    pub payload: Arc<str>,
    /// Behind what it can be followed on, on any replica; `None` where there is nothing to follow.
    pub cursor: Option<Arc<str>>,
}

/// The answers of a subscription, as they come.
pub struct Events {
    door: Door,
    standing: Option<Standing>,
    /// What is told before he is up to date.
    beginning: Option<Beginning>,
    rest: Option<Rest>,
}

struct Beginning {
    first: Option<Response>,
    responses: BoxStream<'static, Response>,
    feed: Arc<Feed>,
}

/// What is told to all who sent the same operation, and what this one of them knows of it already.
struct Rest {
    seat: Seat,
    cursor: Cursor,
    seen: Seen,
    failed: Vec<TrackingKey>,
    again: (Instant, Duration),
    _watched: Watched,
}

impl Events {
    /// Ready as soon as it is known whether there will be any; if not, gives the answer that says why.
    pub(super) async fn open(
        door: Door,
        operation: Operation,
        resume: Option<String>,
    ) -> Result<Self, Response> {
        let feed = Feed::beginning(resume);
        let standing = operation.charge.standing;
        let mut responses = door.execute_stream(&operation, feed.clone());
        let first = poll_fn(|cx| match responses.poll_next_unpin(cx) {
            Poll::Ready(first) => Poll::Ready(first),
            Poll::Pending if feed.is_open() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let first = match first.await {
            Some(refusal) if !feed.is_open() => return Err(refusal),
            first => first,
        };
        // The seat is taken before the beginning is told, so that nothing falls between them.
        let rest = feed.take_topic().map(|topic| Rest {
            seat: door.audiences().join(&door, operation, topic.subject),
            cursor: Cursor {
                log: 0,
                position: Position::default(),
            },
            seen: Seen::default(),
            failed: Vec::new(),
            again: (Instant::now(), AGAIN),
            _watched: topic.watched,
        });
        feed.go();
        Ok(Self {
            door,
            standing,
            beginning: Some(Beginning {
                first,
                responses,
                feed,
            }),
            rest,
        })
    }

    /// How much its caller may still ask for; `None` if there is no limit for him.
    pub fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// Waits for the next event; `None` when there will be no more. Nothing is lost if nobody waits any longer.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(beginning) = &mut self.beginning {
                if let Some(event) = beginning.next().await {
                    return Some(event);
                }
                let begun = beginning.feed.take_begun();
                self.beginning = None;
                let (begun, rest) = (begun?, self.rest.as_mut()?);
                let has_more = begun.has_more;
                rest.go_on_behind(begun);
                if has_more {
                    self.resume();
                    continue;
                }
            }
            let rest = self.rest.as_mut()?;
            let again = rest.again.0;
            let is_lacking = !rest.failed.is_empty();
            let item = tokio::select! {
                item = rest.seat.next() => item,
                () = async { if is_lacking { sleep_until(again).await } else { pending().await } } => {
                    let keys = std::mem::take(&mut rest.failed);
                    self.begin(Feed::again(keys));
                    continue;
                }
            };
            match item {
                Item::Event(told) => {
                    if rest.is_news(&told.event) {
                        return Some(Event {
                            payload: told.payload.clone(),
                            cursor: told.cursor.clone(),
                        });
                    }
                }
                Item::Lost => {
                    rest.seat.sit_down_again();
                    self.resume();
                }
                Item::End => return None,
            }
        }
    }

    /// Tells what happened behind what is told.
    fn resume(&mut self) {
        if let Some(rest) = &mut self.rest {
            let seen = std::mem::take(&mut rest.seen);
            let feed = Feed::resumed(rest.cursor, seen);
            self.begin(feed);
        }
    }

    /// Tells once more how things stand.
    fn begin(&mut self, feed: Arc<Feed>) {
        let Some(rest) = &self.rest else {
            return;
        };
        let responses = self
            .door
            .execute_stream(rest.seat.operation(), feed.clone());
        feed.go();
        self.beginning = Some(Beginning {
            first: None,
            responses,
            feed,
        });
    }
}

impl Beginning {
    async fn next(&mut self) -> Option<Event> {
        let response = match self.first.take() {
            Some(first) => first,
            None => self.responses.next().await?,
        };
        Some(Event {
            payload: written(&response),
            cursor: self.feed.take_told().cursor,
        })
    }
}

impl Rest {
    fn go_on_behind(&mut self, begun: feed::Begun) {
        if let Some(end) = begun.end {
            self.cursor = end;
        }
        self.seen.extend(begun.seen);
        let Some(failed) = begun.failed else {
            return;
        };
        let wait = if failed.is_empty() {
            AGAIN
        } else {
            self.again.1
        };
        self.again = (Instant::now() + wait, (wait * 2).min(LATEST_AGAIN));
        self.failed = failed;
    }

    fn is_news(&mut self, event: &live::Event) -> bool {
        if !event.is_logged {
            let is_news = !self.seen.holds(event);
            self.seen.note_event(event);
            return is_news;
        }
        if event.cursor.log == self.cursor.log && event.cursor.position <= self.cursor.position {
            return false;
        }
        self.cursor = event.cursor;
        self.failed.retain(|key| *key != event.key);
        !self.seen.holds(event)
    }
}

/// A response as JSON.
pub(super) fn written(response: &Response) -> Arc<str> {
    let text = String::from_utf8(direct::written(response));
    text.expect("JSON is text").into()
}
