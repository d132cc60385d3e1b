//! Sends changes of strangers in full calls.

use std::marker::PhantomData;

use futures_util::future::{join, join_all};
use tokio::time::sleep_until;

use super::line::{Lines, Place};
use super::notes::Notes;
use super::row::{Form, Row, Write};
use crate::model::Quota;
use crate::throttle::{Lane, Turn, Urgency};
use crate::tracker::caller::Caller;
use crate::tracker::coalescer::Coalescer;
use crate::tracker::route::{Route, Stake};
use crate::tracker::usage::Load;
use crate::tracker::{Calls, TrackerError, Usage};

/// How many changes of one tracking may wait for each other, so that memory is bounded even where no limit makes anybody
/// wait.
const MAX_IN_LINE: usize = 100;

/// Where changes of one kind wait for their calls.
#[derive(Debug)]
pub(in crate::tracker) struct Writer<W: Write> {
    coalescer: Coalescer<Writing<W>>,
    lines: Lines,
    calls: Calls,
}

type Done<W> = Result<<W as Write>::Done, TrackerError>;

impl<W: Write> Writer<W> {
    /// Sends at most so many rows in a call.
    pub(in crate::tracker) fn new(
        calls: &Calls,
        notes: &Notes,
        lines: &Lines,
        seats: usize,
    ) -> Self {
        let writing = Writing {
            notes: notes.clone(),
            seats,
            kind: PhantomData,
        };
        Self {
            coalescer: Coalescer::new(calls.clone(), writing),
            lines: lines.clone(),
            calls: calls.clone(),
        }
    }

    /// Has rows carried out with the next free calls; gives an outcome for each, in their order. What has not left when the
    /// caller's patience ends, or when he hangs up, is not sent. What has left is waited for to its end.
    pub(super) async fn carry_out(
        &self,
        rows: &[W],
        form: Form,
        usage: &Usage,
        caller: &Caller,
    ) -> Vec<Done<W>> {
        let queued = rows.iter().enumerate().map(|(index, write)| {
            let place = self.lines.join(write.key());
            (index, place, Row::new(write.clone(), form))
        });
        let (first, behind): (Vec<_>, Vec<_>) = queued.partition(|(_, place, _)| place.is_first());
        let first = async {
            let indices: Vec<_> = first.iter().map(|(index, ..)| *index).collect();
            let (_places, rows): (Vec<_>, Vec<_>) = first
                .into_iter()
                .map(|(_, place, row)| (place, row))
                .unzip();
            let done = self.sent(rows, usage, caller).await;
            indices.into_iter().zip(done).collect::<Vec<_>>()
        };
        let behind = join_all(
            behind
                .into_iter()
                .map(|(index, mut place, row)| async move {
                    if let Err(refusal) = self.waited_for(&mut place, caller).await {
                        return (index, Err(refusal));
                    }
                    let mut done = self.sent(vec![row], usage, caller).await;
                    (index, done.pop().unwrap_or(Err(TrackerError::BrokenOff)))
                }),
        );
        let (mut done, behind) = join(first, behind).await;
        done.extend(behind);
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, done)| done).collect()
    }

    async fn sent(&self, rows: Vec<Row<W>>, usage: &Usage, caller: &Caller) -> Vec<Done<W>> {
        let urgency = Urgency::Person;
        let fetched = self.coalescer.fetch_for(rows, urgency, usage, caller).await;
        fetched.into_iter().map(|(_, done)| done).collect()
    }

    /// Waits for earlier changes of the same tracking, as long as the caller does. Who would wait in vain is told at once.
    async fn waited_for(&self, place: &mut Place, caller: &Caller) -> Result<(), TrackerError> {
        let patience = self.calls.patience.get();
        let wait = self
            .calls
            .throttle
            .time_for(Lane::Other, place.in_front + 1);
        let full = TrackerError::LineFull {
            retry_after: wait.max(patience),
        };
        if wait >= patience || place.in_front >= MAX_IN_LINE {
            return Err(full);
        }
        tokio::select! {
            () = place.becomes_first() => Ok(()),
            () = sleep_until(caller.asked + patience) => Err(full),
            () = caller.hangs_up() => Err(full),
        }
    }
}

/// The way of one kind of change.
#[derive(Debug)]
struct Writing<W> {
    notes: Notes,
    seats: usize,
    kind: PhantomData<W>,
}

impl<W: Write> Route for Writing<W> {
    type Key = Row<W>;
    type Value = W::Done;
    const LANE: Lane = Lane::Other;

    fn seats(&self) -> usize {
        self.seats
    }

    fn fits(&self, batch: &[Row<W>], _: &Row<W>) -> bool {
        batch.len() < self.seats
    }

    fn quota(&self) -> Quota {
        W::CALL.quota_per_row().unwrap_or_default()
    }

    fn stake(&self) -> Stake {
        Stake::Change
    }

    fn load(&self, rows: &[Row<W>]) -> Load {
        match rows {
            [row] if row.form == Form::Single => Load::One,
            _ => Load::Many,
        }
    }

    async fn call(
        &self,
        calls: &Calls,
        rows: &[Row<W>],
        turn: Turn,
    ) -> Result<Vec<Done<W>>, TrackerError> {
        let client = &calls.client;
        let departed = turn.given();
        let answer = match rows {
            [row] if row.form == Form::Single => {
                let told = turn.spent_on(row.write.send_alone(client)).await?;
                told.map(|told| vec![told])
            }
            rows => {
                let rows = rows.iter().map(|row| W::clone(&row.write)).collect();
                turn.spent_on(W::send_together(client, rows)).await?
            }
        };
        let noted = |row: &Row<W>, told| row.write.noted(&self.notes, told, departed);
        match calls.heeding_change(answer) {
            Ok(told) => {
                let told = rows.iter().zip(told);
                Ok(told.map(|(row, told)| noted(row, row.told(told))).collect())
            }
            // What is certain to be about a row, or may have been done for each.
            Err(error) if rows.len() == 1 || error.leaves_a_doubt() => {
                let told = rows.iter().map(|row| noted(row, Err(error.clone())));
                Ok(told.collect())
            }
            Err(error) => Err(error),
        }
    }
}
