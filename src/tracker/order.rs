//! What somebody wants of those who share calls, and what became of it.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TrackerError;
use super::caller::Caller;
use super::desk::Delivery;
use super::route::Route;
use crate::model::ClientId;
use crate::throttle::Urgency;

/// A key that is wanted.
#[derive(Debug)]
pub(super) struct Wish<K> {
    /// Which one.
    pub(super) key: K,
    /// For whom.
    pub(super) client: ClientId,
    /// How urgently.
    pub(super) urgency: Urgency,
    /// How long it is waited for.
    pub(super) patience: Duration,
}

/// A wish that is on the list.
pub(super) struct Order<R: Route> {
    pub(super) key: R::Key,
    pub(super) waiter: Waiter<R>,
    pub(super) caller: Caller,
    pub(super) patience: Duration,
}

/// An answer that is due.
pub(super) type Waiter<R> = oneshot::Receiver<Delivery<<R as Route>::Value>>;

/// What became of wishes.
pub(super) struct Placed<R: Route> {
    /// What is waited for, in the order of the wishes.
    pub(super) orders: Vec<Order<R>>,
    /// Which of the keys that nobody waits for are not fetched, because there is no room for them now.
    pub(super) left_out: HashSet<R::Key>,
}

/// An order that was refused.
pub(super) fn refused<R: Route>(error: TrackerError) -> Waiter<R> {
    let (sender, receiver) = oneshot::channel();
    // The receiver is right here.
    let _ = sender.send(Delivery::refusal(error));
    receiver
}
