//! Whose document is judged next: clients take turns, and each client's own are served first come first served.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::model::ClientId;

/// How many may wait in all, and how many of them for one client.
const MOST: usize = 1_024;
const MOST_OF_ONE: usize = MOST / 4;

/// The turns. Clones share them.
#[derive(Clone)]
pub(super) struct Turns(Arc<Mutex<State>>);

/// Whoever has it may judge a document; then it is somebody else's.
pub(super) struct Turn(Turns);

/// Too many wait already, of this client or of all.
#[derive(Debug)]
pub(super) struct Full;

struct State {
    /// How many may judge now.
    free: usize,
    waiting: HashMap<ClientId, VecDeque<oneshot::Sender<Turn>>>,
    /// Who is next: everybody who waits, once.
    clients: VecDeque<ClientId>,
    /// How many wait, those included that have gone since.
    count: usize,
}

impl Turns {
    /// So many may judge at a time.
    pub(super) fn new(judges: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: judges,
            waiting: HashMap::new(),
            clients: VecDeque::new(),
            count: 0,
        })))
    }

    /// Waits for this client's turn.
    pub(super) async fn take(&self, client: &ClientId) -> Result<Turn, Full> {
        let waits = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(self.clone()));
            }
            state.join(client)?
        };
        // Those who are turned away while they wait have no turn to lose.
        waits.await.map_err(|_| Full)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn join(&mut self, client: &ClientId) -> Result<oneshot::Receiver<Turn>, Full> {
        if self.count >= MOST || self.of(client) >= MOST_OF_ONE {
            self.forget_gone();
        }
        if self.count >= MOST || self.of(client) >= MOST_OF_ONE {
            return Err(Full);
        }
        let (turn, waits) = oneshot::channel();
        let own = self.waiting.entry(client.clone()).or_default();
        if own.is_empty() {
            self.clients.push_back(client.clone());
        }
        own.push_back(turn);
        self.count += 1;
        Ok(waits)
    }

    fn of(&self, client: &ClientId) -> usize {
        self.waiting.get(client).map_or(0, VecDeque::len)
    }

    fn forget_gone(&mut self) {
        self.waiting.retain(|_, own| {
            own.retain(|waits| !waits.is_closed());
            !own.is_empty()
        });
        let waiting = &self.waiting;
        self.clients.retain(|client| waiting.contains_key(client));
        self.count = waiting.values().map(VecDeque::len).sum();
    }

    /// Who is next; his client is last from now on.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let client = self.clients.pop_front()?;
        let own = self.waiting.get_mut(&client)?;
        let next = own.pop_front()?;
        self.count -= 1;
        match own.is_empty() {
            true => drop(self.waiting.remove(&client)),
            false => self.clients.push_back(client),
        }
        Some(next)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = loop {
            let mut state = self.0.state();
            match state.next() {
                Some(next) if next.is_closed() => {}
                Some(next) => break next,
                None => {
                    state.free += 1;
                    return;
                }
            }
        };
        // If he goes just now, the turn comes back and is passed on from there.
        let _ = next.send(Turn(self.0.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;

    fn client(name: &str) -> ClientId {
        ClientId::named(name)
    }

    /// Somebody who has begun to wait.
    fn waiting(turns: &Turns, name: &'static str) -> BoxFuture<'static, Result<Turn, Full>> {
        let turns = turns.clone();
        let mut waits = async move { turns.take(&client(name)).await }.boxed();
        assert!((&mut waits).now_or_never().is_none());
        waits
    }

    #[tokio::test]
    async fn who_wants_one_thing_does_not_wait_for_all_of_who_wants_many() {
        let turns = Turns::new(1);
        let first = turns.take(&client("many")).await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for name in ["many", "many", "many", "one", "other"] {
            let (turns, served) = (turns.clone(), served.clone());
            tasks.push(tokio::spawn(async move {
                let _turn = turns.take(&client(name)).await.unwrap();
                served.lock().unwrap().push(name);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        let served = served.lock().unwrap().clone();
        assert_eq!(served, ["many", "one", "other", "many", "many"]);
    }

    #[tokio::test]
    async fn nobody_takes_more_than_a_quarter_of_the_places_and_who_goes_gives_his_back() {
        let turns = Turns::new(1);
        let held = turns.take(&client("a")).await.unwrap();
        let mut all = Vec::new();
        for name in ["a", "b", "c", "d"] {
            for _ in 0..MOST_OF_ONE {
                all.push(waiting(&turns, name));
            }
            assert!(matches!(turns.take(&client(name)).await, Err(Full)));
        }
        assert!(matches!(turns.take(&client("e")).await, Err(Full)));
        all.truncate(MOST_OF_ONE);
        drop(waiting(&turns, "e"));
        drop(all);
        drop(held);
        let wait = Duration::from_secs(5);
        let taken = tokio::time::timeout(wait, turns.take(&client("e"))).await;
        assert!(taken.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_turn_of_who_went_is_passed_on() {
        let turns = Turns::new(1);
        let held = turns.take(&client("a")).await.unwrap();
        let gone = waiting(&turns, "b");
        let stays = waiting(&turns, "c");
        // It has its turn, and goes without having looked.
        drop(held);
        drop(gone);
        assert!(stays.now_or_never().unwrap().is_ok());
    }
}
