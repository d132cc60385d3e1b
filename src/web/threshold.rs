//! Where connections stand: inside, or on the threshold while there is no room. From there somebody can see whether the house
//! stands, and whoever wants more waits for a moment until there is room.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::room::{MOMENT, Place, Room};
use super::shares::Full;
use super::traffic::{Lack, Traffic};
use crate::model::ClientId;

/// How many stand on the threshold at the most.
pub(super) const STEP: usize = 64;

/// How long one may be kept from the threshold, and everybody behind him.
const INSTANT: Duration = Duration::from_millis(100);

/// The room for connections, and the threshold before it.
#[derive(Debug, Clone)]
pub(super) struct Threshold {
    room: Room,
    step: Room,
    traffic: Traffic,
}

impl Threshold {
    pub(super) fn new(places: usize, traffic: Traffic) -> Self {
        Self {
            room: Room::new(places),
            step: Room::new(STEP),
            traffic,
        }
    }

    #[cfg(test)]
    pub(super) fn of(room: Room) -> Self {
        Self {
            room,
            ..Self::new(0, Traffic::default())
        }
    }

    /// Where one of that address can stand, if he can anywhere.
    pub(super) async fn reach(&self, address: ClientId) -> Option<Standing> {
        let inside = self.room.try_place(&address);
        let (stage, place) = match inside {
            Ok(place) => (Stage::Inside, place),
            Err(_) => {
                let patience = match self.step.try_place(&address) {
                    // It is his own who would have to leave. Others are not kept waiting for that.
                    Err(Full::Share) => Duration::ZERO,
                    _ => INSTANT,
                };
                let place = self.step.place(&address, patience).await;
                let Ok(place) = place else {
                    self.traffic.note_lack(Lack::Threshold);
                    return None;
                };
                (Stage::Before, place)
            }
        };
        Some(Standing(Arc::new(Inner {
            address,
            room: self.room.clone(),
            place: Mutex::new((stage, place)),
            traffic: self.traffic.clone(),
        })))
    }
}

/// Where a connection stands. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Standing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: ClientId,
    room: Room,
    place: Mutex<(Stage, Place)>,
    traffic: Traffic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Inside,
}

impl Standing {
    fn place(&self) -> MutexGuard<'_, (Stage, Place)> {
        self.0.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_inside(&self) -> bool {
        self.place().0 == Stage::Inside
    }

    /// Comes in as soon as somebody makes room.
    pub(super) async fn come_in(&self) -> Result<(), Full> {
        if !self.is_inside() {
            let place = self.0.room.place(&self.0.address, MOMENT).await;
            let place = place.inspect_err(|_| self.0.traffic.note_lack(Lack::Connection))?;
            *self.place() = (Stage::Inside, place);
        }
        Ok(())
    }

    /// Has it rest until that is dropped: ready when somebody else has to stand here.
    pub(super) fn rest(&self) -> impl Future<Output = ()> + Send + use<> {
        self.place().1.rest()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_finds_no_room_stands_before_it_until_somebody_makes_room() {
        let [a, b, c] = ["a", "b", "c"].map(ClientId::named);
        let threshold = Threshold::new(2, Traffic::default());
        let inside = threshold.reach(a).await.unwrap();
        let busy = threshold.reach(b).await.unwrap();
        assert!(inside.is_inside() && busy.is_inside());
        let one = threshold.reach(c).await.unwrap();
        assert!(!one.is_inside());
        assert_eq!(one.come_in().await, Err(Full::All));
        let mut rest = Box::pin(inside.rest());
        assert!((&mut rest).now_or_never().is_none());
        let mut coming = Box::pin(one.come_in());
        assert!((&mut coming).now_or_never().is_none());
        assert!(rest.now_or_never().is_some());
        drop(inside);
        assert_eq!(coming.await, Ok(()));
        assert!(one.is_inside());
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_does_not_take_the_whole_threshold() {
        let [a, b] = ["a", "b"].map(ClientId::named);
        let threshold = Threshold::new(1, Traffic::default());
        let mut all = Vec::new();
        while let Some(standing) = threshold.reach(a.clone()).await {
            all.push(standing);
        }
        assert_eq!(all.len(), 1 + STEP / 2);
        assert!(threshold.reach(b).await.is_some());
    }
}
