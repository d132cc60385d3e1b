//! What is done with messages that were taken: shown as hints, and brought before the list.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::claims::{Claim, Weight};
use super::counts::{Counts, End};
use super::hearing::Docket;
use super::intake::Message;
use super::trust::Trust;
use crate::cache::Entry;
use crate::model::{Completeness, Testimony, Tracking, TrackingKey};
use crate::receipts::{Receipt, Receipts, Standing};
use crate::rounds::Rounds;
use crate::tracker::Calls;
use crate::tracker::coalescer::Coalescer;
use crate::tracker::lookup::Lookup;

/// How many messages are handled together, with one question to Redis.
const MAX_AT_ONCE: usize = 100;

/// The task that does it; it ends with this.
#[derive(Debug)]
pub(super) struct Work(JoinHandle<()>);

impl Work {
    pub(super) fn start(desk: Desk, waiting: mpsc::Receiver<Message>) -> Self {
        Self(tokio::spawn(async move {
            tokio::join!(
                desk.show_all(waiting),
                desk.hear_all(&desk.known),
                desk.hear_all(&desk.strangers),
            );
        }))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is to be done with a message, by what is known of its parcel.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// It says nothing new.
    Nothing,
    /// The list is asked for it, and until then nothing of it is shown.
    Ask,
    /// It is shown like this, and the list is asked for it.
    Show(Box<Tracking>),
}

/// Decides about a message. Of a parcel that may not exist nothing is shown that only a message says, and neither is what
/// tells of an earlier state than is known, or of one that the caller may have changed.
pub(super) fn step(known: Option<&Entry>, message: &Tracking) -> Step {
    let Some(entry) = known else {
        return Step::Ask;
    };
    let Some(tracking) = &entry.tracking else {
        return Step::Ask;
    };
    match entry.completeness {
        Completeness::Partial | Completeness::Doubtful => return Step::Ask,
        Completeness::Whole | Completeness::Hinted => {}
    }
    let hinted = tracking.hinted_by(message);
    if !hinted.is_news_after(tracking) {
        Step::Nothing
    } else if tracking.is_later_than(message) {
        Step::Ask
    } else {
        Step::Show(Box::new(hinted))
    }
}

/// What it means if that message is borne out. What the list says already could be sent by anybody, and so could what
/// takes an earlier message back.
pub(super) fn weight(known: Option<&Entry>, message: &Tracking) -> Weight {
    let vouched = known.filter(|entry| entry.completeness == Completeness::Whole);
    let vouched = vouched.and_then(|entry| entry.tracking.as_ref());
    match vouched.map(|tracking| tracking.judges(message)) {
        Some(Testimony::Contradicted) => Weight::News,
        Some(Testimony::BorneOut | Testimony::Overtaken) | None => Weight::Nothing,
    }
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) calls: Calls,
    pub(super) coalescer: Coalescer<Lookup>,
    pub(super) receipts: Receipts,
    pub(super) rounds: Rounds,
    pub(super) counts: Arc<Counts>,
    pub(super) alarm: Arc<Alarm>,
    pub(super) trust: Trust,
    /// What is claimed of parcels that are in the account, as far as is known.
    pub(super) known: Docket,
    /// What is claimed of parcels that nobody may ever have sent.
    pub(super) strangers: Docket,
}

impl Desk {
    /// Shows what messages say, as they come. Ends with the queue.
    async fn show_all(&self, mut waiting: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        while waiting.recv_many(&mut messages, MAX_AT_ONCE).await > 0 {
            self.show(std::mem::take(&mut messages)).await;
            self.known.came();
            self.strangers.came();
        }
    }

    async fn show(&self, messages: Vec<Message>) {
        let keys: Vec<&TrackingKey> = messages.iter().map(|m| &m.tracking.key).collect();
        let cache = &self.calls.records.cache;
        let is_whole = |_: &&TrackingKey, entry: &Entry| entry.completeness == Completeness::Whole;
        cache.fetch(&keys, is_whole).await;
        // Of what may not exist there is no end, so that nothing of it is left with all replicas.
        let (known, strange): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .partition(|message| self.knows(&message.tracking.key));
        let receipts: Vec<Receipt> = known.iter().map(|message| message.receipt).collect();
        let standings = self.receipts.note_for_all(&receipts).await;
        for (message, standing) in known.into_iter().zip(standings) {
            match standing {
                Standing::First => self.take_in(message),
                Standing::Repeated => self.counts.add(End::Known, 1),
                Standing::Other => {
                    self.alarm.replayed(&message.tracking.key);
                    self.counts.add(End::Replayed, 1);
                }
            }
        }
        strange
            .into_iter()
            .for_each(|message| self.take_in(message));
    }

    fn take_in(&self, message: Message) {
        let Message {
            tracking, arrived, ..
        } = message;
        let records = &self.calls.records;
        let known = records.cache.get(&tracking.key);
        let step = match step(known.as_ref(), &tracking) {
            Step::Show(_) if self.trust.is_lost(Instant::now()) => Step::Ask,
            step => step,
        };
        let weight = match &step {
            Step::Nothing => return self.counts.add(End::Known, 1),
            Step::Ask => Weight::Nothing,
            Step::Show(_) => weight(known.as_ref(), &tracking),
        };
        if let Step::Show(hinted) = step {
            records.absorb_hint(*hinted, arrived);
        }
        let docket = match known.and_then(|entry| entry.tracking) {
            Some(_) => &self.known,
            None => &self.strangers,
        };
        let claim = Claim {
            message: tracking,
            arrived,
            weight,
        };
        let key = claim.message.key.clone();
        let given_up = docket.claims().add(key, claim);
        self.counts.add(End::Unanswered, given_up);
    }

    /// Whether the parcel is in the account, as far as is known here.
    fn knows(&self, key: &TrackingKey) -> bool {
        let entry = self.calls.records.cache.get(key);
        entry.is_some_and(|entry| entry.tracking.is_some())
    }
}

#[cfg(test)]
#[path = "work_tests.rs"]
mod tests;
