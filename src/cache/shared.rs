//! What the replicas of an account know together: each has its own shelf, and whatever one learns the others hear.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Entry;
use super::news::{self, ParcelNews};
use super::room::{MAX_AT_ONCE, OnNews, OnOutdated, Room, TOPIC};
use super::shelf::{Session, Shelf};
use crate::model::TrackingKey;
use crate::redis_link::{Away, Link, PATIENCE};

/// How long Redis is left alone that does not take something although it is there.
const PAUSE: Duration = Duration::from_millis(500);

/// The shelf's link to the others, and the task that tells them.
#[derive(Debug)]
pub(super) struct Shared {
    room: Arc<Room>,
    teller: JoinHandle<()>,
}

impl Shared {
    /// Starts to listen and to tell.
    pub(super) fn start(link: Link, shelf: Shelf) -> Self {
        let room = Arc::new(Room::new(link, shelf));
        let listener = Arc::downgrade(&room);
        room.link.on(TOPIC, move |sender, text| {
            if let Some(room) = listener.upgrade() {
                room.hear(sender, text);
            }
        });
        let teller = tokio::spawn(keep_telling(room.clone()));
        Self { room, teller }
    }

    /// The present session with Redis, if there is one.
    pub(super) fn session(&self) -> Option<Session> {
        self.room.link.session()
    }

    /// Puts into the outbox what was learned of a parcel.
    pub(super) fn tell(&self, key: &TrackingKey, news: ParcelNews) {
        self.room.outbox.put(key, news);
    }

    /// Puts into the outbox that lists and figures are out of date.
    pub(super) fn tell_outdated(&self) {
        self.room.outbox.put_outdated();
    }

    pub(super) fn on_news(&self, heard: OnNews) {
        // Who came first stays.
        let _ = self.room.on_news.set(heard);
    }

    pub(super) fn on_outdated(&self, heard: OnOutdated) {
        let _ = self.room.on_outdated.set(heard);
    }

    /// Brings in what the fleet knows of those parcels that are not known here, or not well. Gives how many are known well by
    /// that.
    pub(super) async fn fetch<W: AsRef<TrackingKey>>(
        &self,
        wanted: &[W],
        is_good: impl Fn(&W, &Entry) -> bool,
    ) -> usize {
        let Some(session) = self.room.link.session() else {
            return 0;
        };
        let is_missing = |wanted: &&W| {
            let known = self.room.shelf.get_in_step((*wanted).as_ref(), session);
            !known.is_some_and(|entry| is_good(wanted, &entry))
        };
        let wanted: Vec<_> = wanted.iter().filter(is_missing).collect();
        if wanted.is_empty() {
            return 0;
        }
        // What is here already does not become good by being brought in.
        let is_good = |wanted: &&&W| {
            let known = self.room.shelf.get((**wanted).as_ref());
            known.is_some_and(|entry| is_good(wanted, &entry))
        };
        let before = wanted.iter().filter(is_good).count();
        let mut missing: Vec<&TrackingKey> = wanted.iter().map(|one| (*one).as_ref()).collect();
        // One parcel may be wanted for several things.
        missing.sort_unstable();
        missing.dedup();
        for keys in missing.chunks(MAX_AT_ONCE) {
            // What it does not know, the upstream does.
            if self.room.look(keys, session).await.is_err() {
                break;
            }
        }
        let good = wanted.iter().filter(is_good).count();
        good.saturating_sub(before)
    }

    /// Ready when all replicas have heard what was told before, and at the latest after the patience. At once while Redis
    /// is away.
    pub(super) async fn settled(&self) {
        let mut sessions = self.room.link.sessions();
        let settle = async {
            tokio::select! {
                () = self.room.outbox.all_sent() => {}
                _ = sessions.wait_for(Option::is_none) => return,
            }
            // Each replica hears everything in the order in which it was sent, and so this last.
            let nothing = news::write(&[], |_| None).unwrap_or_default();
            let _ = self.room.link.tell(TOPIC, nothing.as_bytes()).await;
        };
        let _ = timeout(PATIENCE, settle).await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.teller.abort();
    }
}

/// Tells what is in the outbox, for as long as there is somebody who hears of it.
async fn keep_telling(room: Arc<Room>) {
    let mut sessions = room.link.sessions();
    loop {
        let Ok(session) = sessions.wait_for(Option::is_some).await.map(|is| *is) else {
            return;
        };
        // Whatever others told meanwhile was not heard.
        room.lists_are_outdated();
        while let Some(present) = room.link.session()
            && session == Some(present)
        {
            let batch = tokio::select! {
                batch = room.outbox.take(MAX_AT_ONCE) => batch,
                _ = sessions.changed() => continue,
            };
            match room.send(&batch, present).await {
                Ok(()) => room.outbox.note_sent(&batch),
                Err(Away) => {
                    room.outbox.put_back(batch);
                    let _ = timeout(PAUSE, sessions.changed()).await;
                }
            }
        }
    }
}
