//! Where what is learned here and what is heard from the others come together.
//!
//! Moments are compared on Redis's clock. Replicas may read it differently by less than a call to the upstream takes, so
//! that what was read before a change is never taken for later than it.

use std::fmt;
use std::sync::OnceLock;

use super::Stored;
use super::news::{self, News, ParcelNews};
use super::outbox::{Batch, Outbox};
use super::shelf::{Session, Shelf, Teller};
use super::vault::Vault;
use crate::model::TrackingKey;
use crate::redis_link::{Away, Link};

/// Where replicas tell each other what they learned.
pub(super) const TOPIC: &str = "cache";

/// How many parcels are told or asked for at once. A list call's answer has forty.
pub(super) const MAX_AT_ONCE: usize = 100;

/// How often at once it is tried to be the last who says something of a parcel.
const MOST_ROUNDS: usize = 3;

pub(super) type OnNews = Box<dyn Fn(&TrackingKey, &Stored) + Send + Sync>;
pub(super) type OnOutdated = Box<dyn Fn() + Send + Sync>;

/// What is known, what is to be told, and who wants to hear.
pub(super) struct Room {
    pub(super) link: Link,
    pub(super) shelf: Shelf,
    vault: Vault,
    pub(super) outbox: Outbox,
    pub(super) on_news: OnceLock<OnNews>,
    pub(super) on_outdated: OnceLock<OnOutdated>,
}

impl Room {
    pub(super) fn new(link: Link, shelf: Shelf) -> Self {
        Self {
            vault: Vault::new(link.clone()),
            link,
            shelf,
            outbox: Outbox::default(),
            on_news: OnceLock::new(),
            on_outdated: OnceLock::new(),
        }
    }

    /// Stores news and tells them to all. Where the fleet knew better, both are put together and stored once more.
    pub(super) async fn send(&self, batch: &Batch, session: Session) -> Result<(), Away> {
        let mut told: Vec<_> = batch
            .is_outdated
            .then_some(News::Outdated)
            .into_iter()
            .collect();
        let mut parcels = batch.parcels.clone();
        for _ in 0..MOST_ROUNDS {
            if parcels.is_empty() {
                break;
            }
            let instead = self.vault.store(&parcels).await?;
            let mut better = Vec::new();
            for ((key, news), instead) in parcels.into_iter().zip(instead) {
                match instead {
                    None => {
                        self.shelf.note_in_step(&key, session);
                        told.push(News::Parcel(key, news));
                    }
                    Some(instead) => match self.put_together(&key, news, &instead, session) {
                        Some(both) => better.push((key, both)),
                        // Who stored it may not have come to tell it; it may have been this replica, before an outage.
                        None => told.push(News::Parcel(key, instead)),
                    },
                }
            }
            parcels = better;
        }
        for (key, news) in parcels {
            self.outbox.put(&key, news);
        }
        if told.is_empty() {
            return Ok(());
        }
        let text = news::write(&told, |instant| self.link.at(instant)).ok_or(Away)?;
        self.link.publish(TOPIC, text.as_bytes()).await
    }

    /// Takes in what the fleet knows in place of what was to be told; gives what is to be told then, if anything.
    fn put_together(
        &self,
        key: &TrackingKey,
        ours: ParcelNews,
        theirs: &ParcelNews,
        session: Session,
    ) -> Option<ParcelNews> {
        let better = self.take_in(key, theirs.clone(), Some(session));
        let ParcelNews::Learned(ours) = ours else {
            return better;
        };
        let stored = self
            .shelf
            .put(key, ours, Teller::Fleet(Some(session)), |_| ());
        self.pass_on(key, &stored);
        match theirs {
            ParcelNews::Learned(theirs) if stored.now.says_the_same_as(theirs) => None,
            _ => Some(ParcelNews::Learned(stored.now)),
        }
    }

    /// Brings in what is stored of parcels. What was forgotten there is told again.
    pub(super) async fn look(&self, keys: &[&TrackingKey], session: Session) -> Result<(), Away> {
        let found = self.vault.look(keys.iter().copied()).await?;
        for (&key, news) in keys.iter().zip(found) {
            let better = match news {
                Some(news) => self.take_in(key, news, Some(session)),
                None => {
                    // It was forgotten there.
                    self.shelf.note_in_step(key, session);
                    self.shelf.get(key).map(ParcelNews::Learned)
                }
            };
            if let Some(better) = better {
                self.outbox.put(key, better);
            }
        }
        Ok(())
    }

    /// Takes in a message of another replica.
    pub(super) fn hear(&self, sender: &str, text: &[u8]) {
        if sender == self.link.replica() {
            return;
        }
        let session = self.link.session();
        for news in news::read(text, |at| self.link.instant(at)) {
            match news {
                News::Outdated => self.lists_are_outdated(),
                News::Parcel(key, news) => {
                    if let Some(better) = self.take_in(&key, news, session) {
                        self.outbox.put(&key, better);
                    }
                }
            }
        }
    }

    /// Takes in what another replica knows; gives what it should know, if that is more.
    fn take_in(
        &self,
        key: &TrackingKey,
        news: ParcelNews,
        session: Option<Session>,
    ) -> Option<ParcelNews> {
        let teller = Teller::Fleet(session);
        match news {
            ParcelNews::Learned(theirs) => {
                let stored = self.shelf.put(key, theirs.clone(), teller, |_| ());
                self.pass_on(key, &stored);
                let is_known = stored.now.says_the_same_as(&theirs);
                (!is_known).then_some(ParcelNews::Learned(stored.now))
            }
            ParcelNews::Doubted(as_of) => {
                self.shelf.doubt(key, as_of, teller, |_| ());
                None
            }
        }
    }

    fn pass_on(&self, key: &TrackingKey, stored: &Stored) {
        if let Some(heard) = self.on_news.get() {
            heard(key, stored);
        }
    }

    /// Says here that lists and figures are out of date.
    pub(super) fn lists_are_outdated(&self) {
        if let Some(heard) = self.on_outdated.get() {
            heard();
        }
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("link", &self.link)
            .field("outbox", &self.outbox)
            .finish_non_exhaustive()
    }
}
