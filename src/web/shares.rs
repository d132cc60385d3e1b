//! How much of something is taken, and by whom: half of it at most by one owner.

use std::collections::HashMap;

use crate::model::ClientId;

/// What is taken of something of which there is so much.
#[derive(Debug)]
pub(super) struct Shares {
    all: usize,
    taken: usize,
    of_owners: HashMap<ClientId, usize>,
}

/// Why there is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// All is taken.
    All,
    /// The caller or his address has as much as one may have.
    Share,
}

impl Shares {
    pub(super) fn new(all: usize) -> Self {
        Self {
            all,
            taken: 0,
            of_owners: HashMap::new(),
        }
    }

    /// How much is taken.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Takes so much, for all of these owners.
    pub(super) fn take(&mut self, owners: &[ClientId], amount: usize) -> Result<(), Full> {
        let most = half(self.all);
        let own = |owner| self.of_owners.get(owner).copied().unwrap_or_default();
        let mut with_it = owners.iter().map(|owner| amount.saturating_add(own(owner)));
        if with_it.any(|share| share > most) {
            return Err(Full::Share);
        }
        if self.taken.saturating_add(amount) > self.all {
            return Err(Full::All);
        }
        self.taken += amount;
        for owner in owners {
            *self.of_owners.entry(owner.clone()).or_default() += amount;
        }
        Ok(())
    }

    /// Gives back what was taken for these owners.
    pub(super) fn give_back(&mut self, owners: &[ClientId], amount: usize) {
        self.taken -= amount;
        for owner in owners {
            if let Some(own) = self.of_owners.get_mut(owner) {
                *own -= amount;
                if *own == 0 {
                    self.of_owners.remove(owner);
                }
            }
        }
    }
}

/// As much as one may have of so much.
pub(super) const fn half(all: usize) -> usize {
    all.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_half_at_most_and_all_together_no_more_than_there_is() {
        let [one, other, third] = ["a", "b", "c"].map(|name| [ClientId::named(name)]);
        let mut shares = Shares::new(10);
        for (owner, amount, outcome) in [
            (&one, 6, Err(Full::Share)),
            (&one, 3, Ok(())),
            (&one, 3, Err(Full::Share)),
            (&one, 2, Ok(())),
            (&other, 4, Ok(())),
            (&third, 2, Err(Full::All)),
            (&third, usize::MAX, Err(Full::Share)),
            (&third, 1, Ok(())),
        ] {
            assert_eq!(shares.take(owner, amount), outcome);
        }
        for (owner, amount) in [(&one, 5), (&other, 4), (&third, 1)] {
            shares.give_back(owner, amount);
        }
        assert_eq!(shares.taken(), 0);
        assert!(shares.of_owners.is_empty());
    }
}
