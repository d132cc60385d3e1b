//! What can be changed in the account.
//!
//! Concurrent changes of one kind ride in one call, each with an outcome of its own, whether they were asked for one by one
//! or as lists. Changes of one tracking are never merged and never overtake each other. What becomes of a change is noted
//! by the call itself, so that it is known even if nobody waits for it any more.

mod carrier;
mod creation;
mod deletion;
mod line;
mod notes;
mod revision;
mod row;
mod stop;
mod update;
mod writer;

use std::iter::repeat_n;
use std::sync::Arc;

use super::caller::errand;
use super::{Tracker, TrackerError, Usage};
use crate::upstream::MAX_ROWS;

pub(super) use creation::Creation;
pub(super) use deletion::Deletion;
pub(super) use line::Lines;
pub(super) use notes::Notes;
pub(super) use stop::Stop;
pub(super) use update::Update;
pub(super) use writer::Writer;

pub use carrier::Moved;
pub use revision::Changed;

use row::{Form, Write};

impl Tracker {
    /// Makes one change.
    async fn write<W: Write>(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        write: W,
    ) -> Result<W::Outcome, TrackerError> {
        let outcomes = self.carry_out(usage, vec![write], Form::Single).await;
        let outcome = outcomes.into_iter().next();
        outcome.unwrap_or(Err(TrackerError::BrokenOff))
    }

    /// Makes the changes of a list, no two of which may be about the same tracking: as many at a time as ride in a call, so
    /// that a long list leaves room for others. When a call fails as a whole, the rest is not sent.
    async fn write_many<W: Write>(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<W>,
    ) -> Vec<Result<W::Outcome, TrackerError>> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let batch = rows.by_ref().take(MAX_ROWS).collect();
            let answers = self.carry_out(usage, batch, Form::Listed).await;
            let errors = answers.iter().filter_map(|answer| answer.as_ref().err());
            let failure = errors
                .into_iter()
                .find(|error| error.ends_a_list())
                .cloned();
            outcomes.extend(answers);
            if let Some(error) = failure {
                let not_sent = TrackerError::NotSent(Box::new(error));
                outcomes.extend(repeat_n(not_sent, rows.len()).map(Err));
                break;
            }
        }
        outcomes
    }

    async fn carry_out<W: Write>(
        self: &Arc<Self>,
        usage: &Arc<Usage>,
        rows: Vec<W>,
        form: Form,
    ) -> Vec<Result<W::Outcome, TrackerError>> {
        let count = rows.len();
        let (this, usage) = (self.clone(), usage.clone());
        let work = errand(|caller| async move {
            let cache = &this.calls.records.cache;
            // What another replica knows need not be asked for after the change.
            let keys: Vec<_> = rows.iter().map(|row| row.key().clone()).collect();
            cache.fetch(&keys, |_, _| true).await;
            let writer = W::writer(&this, &rows);
            let done = writer.carry_out(&rows, form, &usage, &caller).await;
            let outcomes = W::completed(&this, &usage, &rows, done).await;
            // Whoever hears of a change may look at it on any replica.
            this.calls.records.settled(&keys).await;
            outcomes
        });
        let broken_off = || repeat_n(TrackerError::BrokenOff, count).map(Err).collect();
        work.await.unwrap_or_else(broken_off)
    }
}
