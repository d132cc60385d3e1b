//! A kind of call that answers for many keys at once.

use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;

use tokio::time::Instant;

use super::usage::Load;
use super::{Calls, TrackerError};
use crate::model::Quota;
use crate::throttle::{Lane, Turn};

/// What somebody got for a key.
pub(super) type Outcome<R> = Result<<R as Route>::Value, TrackerError>;

/// How a call is made, and what may ride in it.
pub(super) trait Route: Debug + Send + Sync + 'static {
    /// What is asked for.
    type Key: Clone + Eq + Hash + Debug + Send + Sync + 'static;
    /// What is answered for each key.
    type Value: Clone + Debug + Send + 'static;
    /// The lane in which such calls wait for their turns.
    const LANE: Lane;
    /// Whether replicas put together what they want. The keys have names then.
    const POOLED: bool = false;

    /// How many keys a call takes.
    fn seats(&self) -> usize;

    /// Whether one more key may leave with those that are in already.
    fn fits(&self, batch: &[Self::Key], key: &Self::Key) -> bool;

    /// What each key costs.
    fn quota(&self) -> Quota;

    /// What depends on a call that has left.
    fn stake(&self) -> Stake {
        match self.quota() {
            Quota::ZERO => Stake::Nothing,
            _ => Stake::Quota,
        }
    }

    /// How much a call with these in it carries.
    fn load(&self, _keys: &[Self::Key]) -> Load {
        match self.seats() {
            1 => Load::One,
            _ => Load::Many,
        }
    }

    /// Makes a call with its turn; gives an answer for every key, in their order.
    fn call(
        &self,
        calls: &Calls,
        keys: &[Self::Key],
        turn: Turn,
    ) -> impl Future<Output = Result<Vec<Outcome<Self>>, TrackerError>> + Send
    where
        Self: Sized;

    /// What a key is called in the pool.
    fn name(&self, _key: &Self::Key) -> Option<String> {
        None
    }

    /// The key of that name.
    fn key(&self, _name: &str) -> Option<Self::Key> {
        None
    }

    /// The moment of what is known of a key.
    fn known(&self, _calls: &Calls, _key: &Self::Key) -> Option<Instant> {
        None
    }

    /// Brings in what other replicas have learned of keys; gives what answers for them.
    fn bring_in(
        &self,
        _calls: &Calls,
        _keys: &[Self::Key],
    ) -> impl Future<Output = Vec<(Self::Key, Outcome<Self>)>> + Send
    where
        Self: Sized,
    {
        async { Vec::new() }
    }
}

/// What depends on a call that has left, so that somebody has to learn what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stake {
    /// Nothing: it can be asked again.
    Nothing,
    /// Quota that it may have spent.
    Quota,
    /// A change of the account, for which there is one waiter.
    Change,
}
