//! One change of one tracking, as a row of a call.

use std::fmt::Debug;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::notes::Notes;
use super::writer::Writer;
use crate::model::{Tracking, TrackingKey};
use crate::tracker::{Tracker, TrackerError, Usage};
use crate::upstream::{Call, Client, Error, RowOutcome};

/// What the upstream says of a row: done, with the tracking if it tells of it, or why not.
pub(super) type Told = Result<Option<Box<Tracking>>, TrackerError>;

/// A kind of change, and one such change.
pub(in crate::tracker) trait Write:
    Clone + Debug + Send + Sync + 'static
{
    /// What is known of a change that was made before anything else is asked.
    type Done: Clone + Debug + Send + 'static;
    /// What the caller learns of it in the end.
    type Outcome: Send + 'static;
    /// The call that carries many out.
    const CALL: Call;

    /// Which tracking is changed.
    fn key(&self) -> &TrackingKey;

    /// Who sends such rows.
    fn writer<'a>(tracker: &'a Tracker, rows: &[Self]) -> &'a Writer<Self>;

    /// Carries one out in a call of its own.
    fn send_alone(&self, client: &Client)
    -> impl Future<Output = Result<RowOutcome, Error>> + Send;

    /// Carries many out in one call; gives an outcome for each, in their order.
    fn send_together(
        client: &Client,
        rows: Vec<Self>,
    ) -> impl Future<Output = Result<Vec<RowOutcome>, Error>> + Send;

    /// Notes what is told of it, for whoever looks at the tracking from now on. `departed` is when the call left.
    fn noted(
        &self,
        notes: &Notes,
        told: Told,
        departed: Instant,
    ) -> Result<Self::Done, TrackerError>;

    /// Asks for what the answers leave open.
    fn completed(
        tracker: &Tracker,
        usage: &Usage,
        rows: &[Self],
        done: Vec<Result<Self::Done, TrackerError>>,
    ) -> impl Future<Output = Vec<Result<Self::Outcome, TrackerError>>> + Send;
}

/// How a change was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tracker) enum Form {
    /// By itself: it leaves in the call for one, unless others leave with it.
    Single,
    /// As a row of a list.
    Listed,
}

/// A change that waits for its call. No two are alike, even if they say the same.
#[derive(Debug)]
pub(in crate::tracker) struct Row<W> {
    number: u64,
    pub(super) form: Form,
    pub(super) write: Arc<W>,
}

impl<W: Write> Row<W> {
    pub(super) fn new(write: W, form: Form) -> Self {
        static ROWS: AtomicU64 = AtomicU64::new(0);
        Self {
            number: ROWS.fetch_add(1, Ordering::Relaxed),
            form,
            write: Arc::new(write),
        }
    }

    /// What is told of it. Who asked for one change alone learns of a refusal as if he had been alone in the call.
    pub(super) fn told(&self, outcome: RowOutcome) -> Told {
        match outcome {
            RowOutcome::Done(tracking) => Ok(tracking),
            RowOutcome::Unaccounted => Err(TrackerError::Unconfirmed(self.write.key().clone())),
            RowOutcome::Refused { code, message } => {
                let error = Error::Refused {
                    call: W::CALL,
                    code,
                    message,
                };
                Err(match self.form {
                    Form::Single => TrackerError::Upstream(error),
                    Form::Listed => TrackerError::RowRefused(error),
                })
            }
        }
    }
}

impl<W> Clone for Row<W> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            form: self.form,
            write: self.write.clone(),
        }
    }
}

impl<W> PartialEq for Row<W> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<W> Eq for Row<W> {}

impl<W> Hash for Row<W> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
