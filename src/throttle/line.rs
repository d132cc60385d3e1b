//! A line in which clients take turns, and each client's own are served first come first served. No clocks here.
//!
//! It is start-time fair queueing with a price of one for everything: what a client wants gets the next rank behind his last,
//! but never one that was served already, and the lowest rank comes first. Whoever wants a thousand things is a thousand
//! ranks deep; who comes later and wants one gets the first rank that is not served yet.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::model::ClientId;

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody who asked.
    Person,
    /// Work of our own, which takes what people leave.
    Background,
}

/// Where something stands; the lowest is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    urgency: Urgency,
    rank: u64,
    /// Among equals, who came first.
    arrival: u64,
}

/// Things that wait, each once.
#[derive(Debug)]
pub struct Line<T> {
    waiting: BTreeMap<Place, T>,
    places: HashMap<T, Place>,
    /// The last rank that each client was given, as long as it is not served.
    last: HashMap<ClientId, u64>,
    served: u64,
    arrivals: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            places: HashMap::new(),
            last: HashMap::new(),
            served: 0,
            arrivals: 0,
        }
    }
}

impl<T: Clone + Eq + Hash> Line<T> {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether it waits here.
    pub fn holds(&self, item: &T) -> bool {
        self.places.contains_key(item)
    }

    /// Joins the line on behalf of a client. What waits already keeps its place, unless only background work wanted it.
    pub fn join(&mut self, item: T, client: &ClientId, urgency: Urgency) {
        match self.places.get(&item) {
            Some(place) if place.urgency <= urgency => return,
            Some(_) => self.leave(&item),
            None => {}
        }
        let place = self.next_place(client, urgency);
        if urgency == Urgency::Person {
            self.last.insert(client.clone(), place.rank);
        }
        self.arrivals += 1;
        self.waiting.insert(place, item.clone());
        self.places.insert(item, place);
    }

    /// How many would be served before something that this client wants now.
    pub fn ahead_of(&self, client: &ClientId, urgency: Urgency) -> usize {
        let place = self.next_place(client, urgency);
        self.waiting.range(..place).count()
    }

    /// How many are served before it; `None` if it does not wait here.
    pub fn position(&self, item: &T) -> Option<usize> {
        let place = *self.places.get(item)?;
        Some(self.waiting.range(..place).count())
    }

    /// Who is served next.
    pub fn first(&self) -> Option<&T> {
        self.waiting.first_key_value().map(|(_, item)| item)
    }

    /// Serves it, whether it is its turn or not; says whether it waited here.
    pub fn serve(&mut self, item: &T) -> bool {
        let Some(place) = self.places.get(item) else {
            return false;
        };
        if place.urgency == Urgency::Person {
            self.served = self.served.max(place.rank);
            if self.last.len() > 2 * self.waiting.len() {
                // Who has been served all that he wanted is as good as new.
                let served = self.served;
                self.last.retain(|_, rank| *rank > served);
            }
        }
        self.leave(item);
        true
    }

    /// Takes it out of the line without having been served.
    pub fn leave(&mut self, item: &T) {
        if let Some(place) = self.places.remove(item) {
            self.waiting.remove(&place);
        }
        if self.waiting.is_empty() {
            // Nobody is owed anything.
            self.last.clear();
            self.served = 0;
        }
    }

    /// Takes out whatever is not wanted any more.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&T) -> bool) {
        let unwanted: Vec<T> = self
            .places
            .keys()
            .filter(|item| !is_wanted(item))
            .cloned()
            .collect();
        unwanted.iter().for_each(|item| self.leave(item));
    }

    /// All that wait, the next first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.values()
    }

    fn next_place(&self, client: &ClientId, urgency: Urgency) -> Place {
        let rank = match urgency {
            Urgency::Person => {
                let last = self.last.get(client).copied().unwrap_or_default();
                last.max(self.served) + 1
            }
            Urgency::Background => 0,
        };
        Place {
            urgency,
            rank,
            arrival: self.arrivals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str) -> ClientId {
        ClientId::named(name)
    }

    fn serve(line: &mut Line<usize>, count: usize) -> Vec<usize> {
        let mut served = Vec::new();
        while served.len() < count
            && let Some(item) = line.first().copied()
        {
            line.serve(&item);
            served.push(item);
        }
        served
    }

    #[test]
    fn who_wants_one_thing_is_not_behind_somebody_who_wants_a_thousand() {
        let mut line = Line::default();
        for item in 0..1_000 {
            line.join(item, &client("greedy"), Urgency::Person);
        }
        assert_eq!(serve(&mut line, 40), (0..40).collect::<Vec<_>>());
        assert_eq!(line.ahead_of(&client("modest"), Urgency::Person), 1);
        line.join(5_000, &client("modest"), Urgency::Person);
        assert_eq!(serve(&mut line, 2), [40, 5_000]);
    }

    #[test]
    fn two_who_want_much_are_served_by_turns() {
        let mut line = Line::default();
        for item in 0..6 {
            line.join(item, &client("a"), Urgency::Person);
        }
        for item in 10..13 {
            line.join(item, &client("b"), Urgency::Person);
        }
        assert_eq!(serve(&mut line, 9), [0, 10, 1, 11, 2, 12, 3, 4, 5]);
    }

    #[test]
    fn nobody_saves_up_turns_by_having_been_away() {
        let mut line = Line::default();
        for item in 0..100 {
            line.join(item, &client("a"), Urgency::Person);
        }
        serve(&mut line, 50);
        for item in 200..203 {
            line.join(item, &client("b"), Urgency::Person);
        }
        assert_eq!(serve(&mut line, 6), [50, 200, 51, 201, 52, 202]);
    }

    #[test]
    fn background_work_comes_last_and_a_person_lifts_it() {
        let mut line = Line::default();
        line.join(1, &client(""), Urgency::Background);
        line.join(2, &client(""), Urgency::Background);
        line.join(3, &client("a"), Urgency::Person);
        line.join(2, &client("a"), Urgency::Person);
        line.join(2, &client("b"), Urgency::Background);
        assert_eq!(serve(&mut line, 9), [3, 2, 1]);
    }

    #[test]
    fn what_leaves_is_not_served_and_positions_close_up() {
        let mut line = Line::default();
        for item in 0..4 {
            line.join(item, &client("a"), Urgency::Person);
        }
        line.leave(&1);
        assert_eq!(line.position(&1), None);
        assert_eq!(line.position(&3), Some(2));
        line.retain(|item| *item > 2);
        assert_eq!(serve(&mut line, 9), [3]);
    }
}
