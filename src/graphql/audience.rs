//! Subscribers who sent the same operation: what all of them are told is executed and written down once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::StreamExt;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, WeakSender};
use tokio::task::JoinHandle;

use super::door::Door;
use super::events::written;
use super::feed::Feed;
use super::operation::Operation;
use crate::auth::{Caller, Scopes};
use crate::live::{self, Subject};

/// How many events one of them may leave unread; after that he reads them by himself.
const UNREAD: usize = 32;

/// Those with the same are told the same: the same operation, for those who may see the same. Where somebody goes on makes
/// no difference any more once he is up to date.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    text: Arc<str>,
    name: Option<String>,
    variables: String,
    scopes: Scopes,
    /// Which parcels each may see was found out when he came.
    shows_view_token: bool,
}

impl Key {
    fn of(operation: &Operation, caller: &Caller) -> Self {
        let variables = serde_json::to_string(&operation.lasting_variables());
        Self {
            text: operation.text.clone(),
            name: operation.name.clone(),
            variables: variables.expect("variables are plain data"),
            scopes: caller.scopes,
            shows_view_token: caller.grant.is_some(),
        }
    }
}

/// All audiences of this process.
#[derive(Debug, Default)]
pub(super) struct Audiences {
    open: Mutex<HashMap<Key, Weak<Audience>>>,
    overtaken: AtomicU64,
}

/// How those stand who are told of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudienceFigures {
    /// How many events the slowest of them has not read yet.
    pub unread: u64,
    /// How often one of them had left so many unread that he had to go back for them.
    pub overtaken: u64,
}

/// One audience. It breaks up when its last subscriber leaves.
#[derive(Debug)]
struct Audience {
    key: Key,
    operation: Arc<Operation>,
    all: Arc<Audiences>,
    /// The task alone has it to itself, so that everybody hears its end.
    sender: WeakSender<Item>,
    teller: JoinHandle<()>,
}

/// What an audience is told.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// An event.
    Event(Arc<Told>),
    /// Something was lost.
    Lost,
    /// There will be nothing more.
    End,
}

/// An event, written down.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) event: Arc<live::Event>,
    pub(super) payload: Arc<str>,
    /// `None` as long as it has no place.
    pub(super) cursor: Option<Arc<str>>,
}

/// One subscriber's place in an audience.
#[derive(Debug)]
pub(super) struct Seat {
    audience: Arc<Audience>,
    receiver: Receiver<Item>,
}

impl Audiences {
    /// Takes a seat among those with the same operation.
    pub(super) fn join(
        self: &Arc<Self>,
        door: &Door,
        operation: Operation,
        subject: Arc<Subject>,
    ) -> Seat {
        let key = Key::of(&operation, door.caller());
        let mut open = self.open();
        // If nobody tells it anything any more it breaks up here, after the lock is free.
        let known = open.get(&key).and_then(Weak::upgrade);
        let listening = known.as_ref().and_then(|audience| {
            let receiver = audience.listen()?;
            Some((receiver, audience.clone()))
        });
        let (receiver, audience) = listening.unwrap_or_else(|| {
            let (audience, receiver) = self.gather(key.clone(), door, operation, subject);
            let audience = Arc::new(audience);
            open.insert(key, Arc::downgrade(&audience));
            (receiver, audience)
        });
        drop(open);
        Seat { audience, receiver }
    }

    fn gather(
        self: &Arc<Self>,
        key: Key,
        door: &Door,
        operation: Operation,
        subject: Arc<Subject>,
    ) -> (Audience, Receiver<Item>) {
        let teller = Sender::new(UNREAD);
        let (sender, receiver) = (teller.downgrade(), teller.subscribe());
        let operation = Arc::new(operation);
        let (door, told) = (door.clone(), operation.clone());
        // It follows from now on, not only when the task runs.
        let mut follower = door.follow(&subject);
        let tell = async move {
            loop {
                let feed = Feed::rest(follower);
                let mut responses = door.execute_stream(&told, feed.clone());
                while let Some(response) = responses.next().await {
                    let told = feed.take_told();
                    let Some(event) = told.event else {
                        // The operation itself cannot be carried out any more.
                        return;
                    };
                    let told = Told {
                        event,
                        payload: written(&response),
                        cursor: told.cursor,
                    };
                    // Nobody may be there at the moment.
                    let _ = teller.send(Item::Event(Arc::new(told)));
                }
                follower = door.follow(&subject);
                let _ = teller.send(Item::Lost);
            }
        };
        let audience = Audience {
            key,
            operation,
            all: self.clone(),
            sender,
            teller: tokio::spawn(tell),
        };
        (audience, receiver)
    }

    /// How they stand.
    pub(super) fn figures(&self) -> AudienceFigures {
        let open: Vec<_> = self.open().values().cloned().collect();
        let senders = open.iter().filter_map(Weak::upgrade);
        let unread = senders.filter_map(|audience| Some(audience.sender.upgrade()?.len()));
        AudienceFigures {
            unread: unread.max().unwrap_or(0) as u64,
            overtaken: self.overtaken.load(Ordering::Relaxed),
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Key, Weak<Audience>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Audience {
    /// Hears what is told from here on; `None` if there will be nothing more.
    fn listen(&self) -> Option<Receiver<Item>> {
        Some(self.sender.upgrade()?.subscribe())
    }
}

impl Drop for Audience {
    fn drop(&mut self) {
        self.teller.abort();
        let mut open = self.all.open();
        // Another one may have gathered meanwhile.
        if open
            .get(&self.key)
            .is_some_and(|audience| audience.strong_count() == 0)
        {
            open.remove(&self.key);
        }
    }
}

impl Seat {
    /// Waits for what the audience is told next.
    pub(super) async fn next(&mut self) -> Item {
        match self.receiver.recv().await {
            Ok(item) => item,
            Err(RecvError::Lagged(_)) => {
                let overtaken = &self.audience.all.overtaken;
                overtaken.fetch_add(1, Ordering::Relaxed);
                Item::Lost
            }
            Err(RecvError::Closed) => Item::End,
        }
    }

    /// Listens from here on, whatever was not read.
    pub(super) fn sit_down_again(&mut self) {
        // Who hears no end by himself hears it now.
        if let Some(receiver) = self.audience.listen() {
            self.receiver = receiver;
        }
    }

    /// What one of the audience subscribed with; where he began may be another place.
    pub(super) fn operation(&self) -> &Operation {
        &self.audience.operation
    }
}
