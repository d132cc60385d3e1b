//! Who asks for more than others while the server is late.

use std::collections::HashMap;

use super::pulse::Micros;
use crate::model::ClientId;

/// Over which time requests are counted.
const WINDOW: Micros = 1_000_000;

/// More clients than that are not told apart.
const MOST: usize = 10_000;

/// So many requests in a window are modest in any case.
const FEW: u64 = 2;

/// One of so many requests turned away are many.
const MANY: u64 = 20;

/// How many requests each client has sent lately, and what became of all.
#[derive(Debug, Default)]
pub(super) struct Askers {
    since: Micros,
    asked: HashMap<ClientId, u64>,
    all: u64,
    shed: u64,
    /// How many were taken for each client in the window before.
    fair: u64,
}

impl Askers {
    /// Notes a request, and whether its client is one of those who ask for less than half of what there is for each.
    pub(super) fn note(&mut self, client: &ClientId, now: Micros) -> bool {
        if now.saturating_sub(self.since) >= WINDOW {
            let clients = self.asked.len() as u64;
            // After a calm time nothing is known of now.
            self.fair = match now.saturating_sub(self.since) < 2 * WINDOW {
                true => (self.all - self.shed) / clients.max(1),
                false => 0,
            };
            self.asked.clear();
            (self.all, self.shed, self.since) = (0, 0, now);
        }
        self.all += 1;
        if self.asked.len() >= MOST && !self.asked.contains_key(client) {
            return false;
        }
        let own = self.asked.entry(client.clone()).or_default();
        *own += 1;
        // Bit by bit over the window, for all of it at once would make everybody late.
        let passed = now.saturating_sub(self.since);
        *own <= FEW + self.fair / 2 * passed / WINDOW
    }

    /// Notes that the request was turned away, and whether many are.
    pub(super) fn note_shed(&mut self) -> bool {
        self.shed += 1;
        self.shed * MANY >= self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_now_and_then_is_modest_beside_one_who_asks_all_the_time() {
        let [greedy, modest] = ["greedy", "modest"].map(ClientId::named);
        let mut askers = Askers::default();
        let (mut taken, mut of_modest) = (0, 0);
        for now in (0..5 * WINDOW).step_by(1_000) {
            taken += u64::from(askers.note(&greedy, now));
            // It is known from the second one on what is taken of all.
            if now >= WINDOW && now % (WINDOW / 5) == 0 {
                of_modest += u64::from(askers.note(&modest, now));
            }
        }
        assert_eq!(of_modest, 20);
        assert!(taken < 20, "{taken}");
    }

    #[test]
    fn one_in_twenty_is_many() {
        let client = ClientId::default();
        let mut askers = Askers::default();
        for _ in 0..21 {
            askers.note(&client, WINDOW);
        }
        assert!(!askers.note_shed());
        assert!(askers.note_shed());
    }

    #[test]
    fn no_more_clients_are_told_apart_than_there_is_room_for() {
        let mut askers = Askers::default();
        for nth in 0..2 * MOST {
            askers.note(&ClientId::named(format!("{nth}")), WINDOW);
        }
        assert_eq!(askers.asked.len(), MOST);
    }
}
