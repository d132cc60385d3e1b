//! Judges by the subscribers' own logs whether everybody was told everything, once and in order.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use super::delays::Delays;
use super::driver::Board;
use super::watcher::{Entry, Log, Told, Watcher};

/// What the logs come to.
#[derive(Debug, Default)]
pub struct Judgement {
    pub deliveries: usize,
    pub lost: usize,
    pub doubled: usize,
    pub disordered: usize,
    /// Changes of something else than the title before.
    pub torn: usize,
    pub lagged: usize,
    /// Snapshots for subscribers who had a cursor.
    pub snapshots: usize,
    /// What nobody expected.
    pub others: usize,
    pub reasons: Vec<String>,
    pub reconnects: usize,
    pub delays: Delays,
}

impl Judgement {
    /// Of all that was told so far, compared with what the account knows.
    pub fn of(watchers: &[Watcher], board: &Board) -> Self {
        let mut judgement = Self::default();
        for watcher in watchers {
            watcher.read(|log| {
                judgement.hear(log, &watcher.watch.parcels, |parcel| board.title(parcel));
                let told = log
                    .entries
                    .iter()
                    .filter(|entry| matches!(entry.told, Told::Change { .. }));
                let delays = told.filter_map(|entry| {
                    let given = board.given_at(entry.parcel, entry.title)?;
                    Some(entry.at.saturating_duration_since(given))
                });
                judgement.delays.0.extend(delays);
            });
        }
        judgement
    }

    pub fn is_clean(&self) -> bool {
        let bad = [
            self.lost,
            self.doubled,
            self.disordered,
            self.torn,
            self.lagged,
            self.snapshots,
            self.others,
        ];
        bad.iter().sum::<usize>() == 0
    }

    fn hear(&mut self, log: &Log, parcels: &[usize], title: impl Fn(usize) -> u32) {
        self.lagged += log.lagged;
        self.others += log.others;
        self.reasons.extend(log.reasons.iter().cloned());
        self.reconnects += log.reconnects;
        let mut of_parcel = HashMap::<_, Vec<_>>::new();
        for entry in &log.entries {
            of_parcel.entry(entry.parcel).or_default().push(*entry);
        }
        for parcel in parcels {
            let entries = of_parcel.remove(parcel).unwrap_or_default();
            self.follow(&entries, title(*parcel));
        }
    }

    /// One parcel, as one subscriber saw it, which has that title now.
    fn follow(&mut self, entries: &[Entry], now: u32) {
        let mut last = None;
        let mut missing = BTreeSet::new();
        for entry in entries {
            match (entry.told, last) {
                (Told::Beginning, _) => last = Some(entry.title),
                (Told::Again, _) => self.snapshots += 1,
                (Told::Change { before }, Some(known)) => {
                    self.deliveries += 1;
                    if entry.title > known {
                        missing.extend(known + 1..entry.title);
                        last = Some(entry.title);
                    } else if missing.remove(&entry.title) {
                        self.disordered += 1;
                    } else {
                        self.doubled += 1;
                    }
                    if before + 1 != entry.title {
                        self.torn += 1;
                    }
                }
                (Told::Change { .. }, None) => self.disordered += 1,
            }
        }
        let untold = now - last.unwrap_or(0).min(now);
        self.lost += missing.len() + untold as usize;
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} deliveries: {} lost, {} doubled, {} out of order, {} torn, {} lagged, {} snapshots, {} others, {} reconnects",
            self.deliveries,
            self.lost,
            self.doubled,
            self.disordered,
            self.torn,
            self.lagged,
            self.snapshots,
            self.others,
            self.reconnects
        )?;
        for reason in self.reasons.iter().take(10) {
            writeln!(f, "  {reason}")?;
        }
        write!(f, "{}", self.delays)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn verdict(told: &[(Told, u32)], now: u32) -> Judgement {
        let at = Instant::now();
        let entry = |(told, title): &(Told, u32)| Entry {
            at,
            parcel: 0,
            title: *title,
            told: *told,
        };
        let mut judgement = Judgement::default();
        judgement.follow(&told.iter().map(entry).collect::<Vec<_>>(), now);
        judgement
    }

    fn change(title: u32) -> (Told, u32) {
        (Told::Change { before: title - 1 }, title)
    }

    #[test]
    fn everything_once_and_in_order_is_clean() {
        assert!(verdict(&[(Told::Beginning, 3), change(4), change(5)], 5).is_clean());
    }

    #[test]
    fn a_judge_finds_what_is_lost_doubled_out_of_order_and_told_again() {
        let begins = (Told::Beginning, 0);
        assert_eq!(verdict(&[], 1).lost, 1);
        assert_eq!(verdict(&[begins, change(1)], 3).lost, 2);
        assert_eq!(verdict(&[begins, change(2)], 2).lost, 1);
        assert_eq!(verdict(&[begins, change(1), change(1)], 1).doubled, 1);
        let swapped = verdict(&[begins, change(2), change(1)], 2);
        assert_eq!((swapped.disordered, swapped.lost), (1, 0));
        assert_eq!(verdict(&[begins, (Told::Again, 0)], 0).snapshots, 1);
        assert_eq!(
            verdict(&[begins, (Told::Change { before: 3 }, 1)], 1).torn,
            1
        );
    }
}
