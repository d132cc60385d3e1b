//! Room for so many, half of them at most for one address. When there are more, whoever has rested longest makes room.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::shares::{Full, Shares};
use crate::model::ClientId;

/// How long those may take to make room who can.
pub(super) const MOMENT: Duration = Duration::from_millis(500);

/// Room for connections. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<Hall>);

#[derive(Debug)]
struct Hall {
    book: Mutex<Book>,
    left: Notify,
}

#[derive(Debug)]
struct Book {
    /// Which places are taken, by addresses.
    shares: Shares,
    /// Who could leave, in the order in which they came to rest.
    resting: BTreeMap<u64, Resting>,
    /// How many came to rest so far.
    rests: u64,
    /// Who waits and for whom nobody leaves yet. Those who have gone meanwhile are found out when they are looked for.
    knocking: VecDeque<Weak<Knock>>,
}

#[derive(Debug)]
struct Resting {
    address: ClientId,
    leave: oneshot::Sender<Weak<Knock>>,
}

/// Somebody who waits for a place, and for whom one has to leave.
#[derive(Debug)]
struct Knock {
    address: ClientId,
    why: Full,
}

impl Knock {
    /// Whether it helps if one of that address leaves.
    fn is_helped_by(&self, address: &ClientId) -> bool {
        self.why == Full::All || self.address == *address
    }
}

impl Room {
    pub(super) fn new(places: usize) -> Self {
        let book = Book {
            shares: Shares::new(places),
            resting: BTreeMap::new(),
            rests: 0,
            knocking: VecDeque::new(),
        };
        Self(Arc::new(Hall {
            book: Mutex::new(book),
            left: Notify::new(),
        }))
    }

    /// A place for that address, if there is one.
    pub(super) fn try_place(&self, address: &ClientId) -> Result<Place, Full> {
        let address = [address.clone()];
        self.0.book().shares.take(&address, 1)?;
        let hall = self.0.clone();
        Ok(Place { hall, address })
    }

    /// A place for that address. If there is none, somebody who rests leaves, and that is waited for as long as that.
    pub(super) async fn place(
        &self,
        address: &ClientId,
        patience: Duration,
    ) -> Result<Place, Full> {
        let mut why = match self.try_place(address) {
            Ok(place) => return Ok(place),
            Err(why) => why,
        };
        let address = address.clone();
        let knock = Arc::new(Knock { address, why });
        self.0.ask(&mut self.0.book(), Arc::downgrade(&knock));
        let waiting = async {
            loop {
                let mut left = std::pin::pin!(self.0.left.notified());
                left.as_mut().enable();
                match self.try_place(&knock.address) {
                    Ok(place) => return place,
                    Err(still) => why = still,
                }
                left.await;
            }
        };
        timeout(patience, waiting).await.map_err(|_| why)
    }
}

impl Hall {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has one who rests leave, or the next one who comes to rest.
    fn ask(&self, book: &mut Book, knock: Weak<Knock>) {
        let Some(who) = knock.upgrade() else {
            return;
        };
        let mut resting = book.resting.iter();
        let longest = resting.find(|(_, one)| who.is_helped_by(&one.address));
        let longest = longest.map(|(nth, _)| *nth);
        match longest.and_then(|nth| book.resting.remove(&nth)) {
            // Whoever rests takes himself from the book before he drops the other end.
            Some(one) => _ = one.leave.send(knock),
            None => {
                book.knocking.retain(|knock| knock.strong_count() > 0);
                book.knocking.push_back(knock);
            }
        }
    }

    /// Begins a rest, unless somebody waits for that.
    fn rest(self: Arc<Self>, address: ClientId) -> Option<Rest> {
        let mut book = self.book();
        book.knocking.retain(|knock| knock.strong_count() > 0);
        let helps = |knock: &Weak<Knock>| {
            let knock = knock.upgrade();
            knock.is_some_and(|knock| knock.is_helped_by(&address))
        };
        if let Some(place) = book.knocking.iter().position(helps) {
            book.knocking.remove(place);
            return None;
        }
        let nth = book.rests;
        book.rests += 1;
        let (leave, told) = oneshot::channel();
        book.resting.insert(nth, Resting { address, leave });
        drop(book);
        let hall = self;
        Some(Rest { hall, nth, told })
    }
}

/// The rest of somebody who leaves when his place is needed.
struct Rest {
    hall: Arc<Hall>,
    nth: u64,
    told: oneshot::Receiver<Weak<Knock>>,
}

impl Rest {
    async fn is_over(&mut self) {
        // An error cannot be: he stands in the book until he is told.
        let _ = (&mut self.told).await;
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        let mut book = self.hall.book();
        book.resting.remove(&self.nth);
        // He was told, but has something to do again: another leaves instead.
        if let Ok(knock) = self.told.try_recv() {
            self.hall.ask(&mut book, knock);
        }
    }
}

/// A place that is taken.
#[derive(Debug)]
pub(super) struct Place {
    hall: Arc<Hall>,
    address: [ClientId; 1],
}

impl Place {
    /// Has its owner rest, until that is dropped: ready when somebody needs the place, and nobody has rested longer whose
    /// place would do. Whoever has something to do must not rest any more, for he would be waited for.
    pub(super) fn rest(&self) -> impl Future<Output = ()> + Send + use<> {
        let [address] = self.address.clone();
        let rest = self.hall.clone().rest(address);
        async {
            if let Some(mut rest) = rest {
                rest.is_over().await;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hall.book().shares.give_back(&self.address, 1);
        self.hall.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt;

    use super::*;

    fn addresses() -> [ClientId; 3] {
        ["a", "b", "c"].map(ClientId::named)
    }

    /// Rests from now on; ready when it has to leave.
    fn resting(place: &Place) -> Pin<Box<impl Future<Output = ()> + use<>>> {
        let mut rest = Box::pin(place.rest());
        assert!((&mut rest).now_or_never().is_none());
        rest
    }

    #[tokio::test]
    async fn whoever_has_rested_longest_makes_room() {
        let [a, b, c] = addresses();
        let room = Room::new(2);
        let [first, second] = [&a, &b].map(|one| room.try_place(one).unwrap());
        let [older, mut younger] = [&first, &second].map(resting);
        let mut third = Box::pin(room.place(&c, MOMENT));
        assert!((&mut third).now_or_never().is_none());
        assert!(older.now_or_never().is_some());
        assert!((&mut younger).now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn whoever_is_told_to_leave_and_stays_has_the_next_one_leave() {
        let [a, b, c] = addresses();
        let room = Room::new(2);
        let [first, second] = [&a, &b].map(|one| room.try_place(one).unwrap());
        let [older, younger] = [&first, &second].map(resting);
        let mut third = Box::pin(room.place(&c, MOMENT));
        assert!((&mut third).now_or_never().is_none());
        drop(older);
        assert!(younger.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_leaves_for_those_who_have_gone() {
        let [a, b, c] = addresses();
        let room = Room::new(2);
        let [first, _second] = [&a, &b].map(|one| room.try_place(one).unwrap());
        assert_eq!(room.place(&c, MOMENT).await.unwrap_err(), Full::All);
        assert!(first.rest().now_or_never().is_none());
        let mut third = Box::pin(room.place(&c, MOMENT));
        assert!((&mut third).now_or_never().is_none());
        // Whoever comes to rest while somebody waits leaves at once.
        assert!(first.rest().now_or_never().is_some());
    }

    #[tokio::test]
    async fn one_address_has_half_of_it_and_makes_room_for_itself() {
        let [a, b, _] = addresses();
        let room = Room::new(4);
        let [own, _more] = [(); 2].map(|()| room.try_place(&a).unwrap());
        assert_eq!(room.try_place(&a).unwrap_err(), Full::Share);
        let other = room.try_place(&b).unwrap();
        let mut others = Box::pin(other.rest());
        assert!((&mut others).now_or_never().is_none());
        let mut owns = Box::pin(own.rest());
        assert!((&mut owns).now_or_never().is_none());
        let mut next = Box::pin(room.place(&a, MOMENT));
        assert!((&mut next).now_or_never().is_none());
        assert!(others.now_or_never().is_none());
        assert!(owns.now_or_never().is_some());
        drop(own);
        assert!(next.now_or_never().unwrap().is_ok());
    }
}
