//! Room in memory for what clients send until it is read: so many bytes for all, half of them at most for one address. What
//! is small takes no room: a connection of HTTP/1 has as much of it in any case.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::timeout;

use super::room::MOMENT;
use super::shares::{Full, Shares, half};
use crate::model::ClientId;

/// How many times its own length something takes: once as it came, and once as what is read of it.
const COPIES: usize = 2;

/// What is small, in bytes.
pub(super) const SMALL: usize = 4 * 1024;

/// The room. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Hold(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shares: Mutex<Shares>,
    left: Notify,
    /// The most bytes that one load may have.
    most: usize,
    /// So many of them take no room.
    small: usize,
}

impl Hold {
    /// Room for so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self::beyond(SMALL, bytes)
    }

    fn beyond(small: usize, bytes: usize) -> Self {
        Self(Arc::new(Inner {
            shares: Mutex::new(Shares::new(bytes)),
            left: Notify::new(),
            most: half(bytes) / COPIES,
            small,
        }))
    }

    /// Something of that address, of which nothing has come yet.
    pub(super) fn load(&self, address: ClientId) -> Load {
        Load {
            hold: self.0.clone(),
            address: [address],
            length: 0,
            taken: 0,
        }
    }
}

impl Inner {
    fn shares(&self) -> MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is taken of the room for one thing, until this is dropped.
#[derive(Debug)]
pub(super) struct Load {
    hold: Arc<Inner>,
    address: [ClientId; 1],
    /// How long it is by now.
    length: usize,
    taken: usize,
}

impl Load {
    /// How long it may be if there is nothing else.
    pub(super) fn most(&self) -> usize {
        self.hold.most
    }

    /// Takes room for so many bytes more, if there is some.
    pub(super) fn try_grow(&mut self, bytes: usize) -> Result<(), Full> {
        let length = self.length.saturating_add(bytes);
        if length > self.hold.small {
            let more = length.saturating_mul(COPIES) - self.taken;
            self.hold.shares().take(&self.address, more)?;
            self.taken += more;
        }
        self.length = length;
        Ok(())
    }

    /// The same. If there is none, others are waited for who are done in a moment.
    pub(super) async fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let Err(mut why) = self.try_grow(bytes) else {
            return Ok(());
        };
        let hold = self.hold.clone();
        let waiting = async {
            loop {
                let mut left = std::pin::pin!(hold.left.notified());
                left.as_mut().enable();
                match self.try_grow(bytes) {
                    Ok(()) => return,
                    Err(still) => why = still,
                }
                left.await;
            }
        };
        timeout(MOMENT, waiting).await.map_err(|_| why)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if self.taken > 0 {
            self.hold.shares().give_back(&self.address, self.taken);
            self.hold.left.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_room_waits_for_a_moment_until_others_are_done() {
        let hold = Hold::beyond(0, 400);
        let [one, other, third] = ["a", "b", "c"].map(|name| hold.load(ClientId::named(name)));
        let [mut one, mut other, mut third] = [one, other, third];
        assert_eq!(one.most(), 100);
        for load in [&mut one, &mut other] {
            for half in [40, 60] {
                assert_eq!(load.grow(half).await, Ok(()));
            }
        }
        assert_eq!(one.grow(1).await, Err(Full::Share));
        assert_eq!(third.grow(1).await, Err(Full::All));
        assert_eq!(third.try_grow(1), Err(Full::All));
        let mut growing = Box::pin(third.grow(100));
        assert!((&mut growing).now_or_never().is_none());
        drop(one);
        assert_eq!(growing.now_or_never(), Some(Ok(())));
        drop((other, third));
        assert_eq!(hold.0.shares().taken(), 0);
    }

    #[test]
    fn what_is_small_takes_no_room_until_it_is_not() {
        let hold = Hold::beyond(50, 400);
        let mut load = hold.load(ClientId::default());
        for (bytes, taken) in [(50, 0), (10, 120), (40, 200)] {
            assert_eq!(load.try_grow(bytes), Ok(()));
            assert_eq!(hold.0.shares().taken(), taken);
        }
        assert_eq!(load.try_grow(1), Err(Full::Share));
        drop(load);
        assert_eq!(hold.0.shares().taken(), 0);
    }
}
