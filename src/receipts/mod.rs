//! Which messages were received already, so that a repeat is known as one and a seal is not used for anything else.
//!
//! It knows neither what messages say nor how they arrive: a receipt is two digests. Without a Redis, and while it is away,
//! a process remembers for itself.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::redis_link::{Link, Script};

/// How many receipts a process remembers. Beyond that, those go first that were not asked for the longest.
const MAX_RECEIPTS: u64 = 100_000;

/// What is kept of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    name: [u8; 32],
    content: [u8; 32],
}

impl Receipt {
    /// Of a message with this name, which has been received if the name was, and this content.
    pub fn of(name: &str, content: &[u8]) -> Self {
        Self {
            name: Sha256::digest(name).into(),
            content: Sha256::digest(content).into(),
        }
    }
}

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is the first of its name.
    First,
    /// It was received before.
    Repeated,
    /// Another one of its name was received before.
    Other,
}

/// The receipts of a process, and of all replicas if they share a Redis. Clones share them.
#[derive(Debug, Clone)]
pub struct Receipts {
    memory: Cache<[u8; 32], [u8; 32]>,
    kept: Duration,
    fleet: Option<(Link, Arc<Script>)>,
}

impl Receipts {
    /// Remembered by this process alone, for so long.
    pub fn in_memory(kept: Duration) -> Self {
        Self::with_room(MAX_RECEIPTS, kept)
    }

    fn with_room(most: u64, kept: Duration) -> Self {
        let memory = Cache::builder()
            .max_capacity(most)
            .time_to_live(kept)
            // The usual policy may turn away what is new.
            .eviction_policy(EvictionPolicy::lru());
        Self {
            memory: memory.build(),
            kept,
            fleet: None,
        }
    }

    /// Remembered by all replicas of the account.
    pub fn shared(kept: Duration, link: Link) -> Self {
        let script = Arc::new(Script::new(&[include_str!("note.lua")]));
        Self {
            fleet: Some((link, script)),
            ..Self::in_memory(kept)
        }
    }

    /// Notes a receipt here, at once.
    pub fn note(&self, receipt: &Receipt) -> Standing {
        let known = self.memory.entry(receipt.name).or_insert(receipt.content);
        if known.is_fresh() {
            Standing::First
        } else if known.into_value() == receipt.content {
            Standing::Repeated
        } else {
            Standing::Other
        }
    }

    /// Whether a message of this name is known here, whatever it said.
    pub fn are_there_of(&self, receipt: &Receipt) -> bool {
        self.memory.contains_key(&receipt.name)
    }

    /// Notes receipts for all replicas; tells what they know of each, in their order. While Redis is away, and after 150 ms,
    /// all of them are the first.
    pub async fn note_for_all(&self, receipts: &[Receipt]) -> Vec<Standing> {
        let alone = || vec![Standing::First; receipts.len()];
        let Some((link, script)) = self.fleet.as_ref().filter(|_| !receipts.is_empty()) else {
            return alone();
        };
        // Numbers of parcels can be guessed, so that a digest alone would tell of which parcel it is.
        let token = |digest: &[u8]| link.token(&hex(digest));
        let key = |receipt: &Receipt| link.key(&format!("receipt:{}", token(&receipt.name)));
        let content = |receipt: &Receipt| token(&receipt.content).into_bytes();
        let names: Vec<_> = receipts.iter().map(key).collect();
        let contents: Vec<_> = receipts.iter().map(content).collect();
        let mut args = vec![self.kept.as_millis().max(1).to_string().into_bytes()];
        args.extend(contents.iter().cloned());
        let known: Vec<Option<Vec<u8>>> = match link.run(script, &names, &args).await {
            Ok(known) => known,
            Err(_) => return alone(),
        };
        let standings = contents.iter().zip(known).map(|(content, known)| {
            known.map_or(Standing::First, |known| match known == *content {
                true => Standing::Repeated,
                false => Standing::Other,
            })
        });
        standings.collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A text takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_as_one_and_other_content_of_the_same_name_as_well() {
        let receipts = Receipts::in_memory(Duration::from_secs(60));
        let note = |name, content: &str| receipts.note(&Receipt::of(name, content.as_bytes()));
        assert_eq!(note("a", "1"), Standing::First);
        assert_eq!(note("b", "1"), Standing::First);
        assert_eq!(note("a", "1"), Standing::Repeated);
        assert_eq!(note("a", "2"), Standing::Other);
        assert_eq!(note("a", "1"), Standing::Repeated);
    }

    #[test]
    fn where_there_is_no_room_the_newest_is_remembered_and_what_was_not_asked_for_the_longest_is_not()
     {
        let receipts = Receipts::with_room(10, Duration::from_secs(60));
        let note = |name: u32| {
            let standing = receipts.note(&Receipt::of(&name.to_string(), b"1"));
            receipts.memory.run_pending_tasks();
            standing
        };
        assert!((0..10).all(|name| note(name) == Standing::First));
        for _ in 0..5 {
            // Often asked for, and yet older.
            assert!((0..10).all(|name| note(name) == Standing::Repeated));
        }
        assert_eq!(note(10), Standing::First);
        assert_eq!(note(10), Standing::Repeated);
        assert_eq!(note(0), Standing::First);
    }
}
