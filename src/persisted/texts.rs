//! What clients registered: texts under their hashes, in this process and in the Redis that the replicas share.
//!
//! It is a memory, not a record: who asks for a text that was forgotten is told so, and sends it again. So nothing here is
//! ever an error.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;

use super::TextHash;
use crate::redis_link::{Link, Script};

/// The longest text that is kept, in bytes. Longer ones are sent again each time.
pub const MAX_TEXT: usize = 64 * 1024;

/// How many bytes of texts a process keeps. Beyond that, those go first that are seldom asked for.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What an entry takes besides its text.
const ENTRY: usize = 200;

/// How many texts Redis keeps, which is at most 128 MiB. Beyond that, those go first that were not used for the longest.
const MAX_SHARED: u32 = 2_000;

/// How long Redis keeps a text that nobody uses.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Redis is told once in this while that a text is still used, so that those go before it that nobody uses.
const NOTED: Duration = Duration::from_secs(60 * 60);

/// The texts that are known. Clones share them.
#[derive(Debug, Clone)]
pub struct Texts {
    memory: Cache<TextHash, Arc<Kept>>,
    fleet: Option<Arc<Fleet>>,
}

#[derive(Debug)]
struct Kept {
    text: Arc<str>,
    /// When Redis was told of its use.
    noted_at: Mutex<Instant>,
}

#[derive(Debug)]
struct Fleet {
    link: Link,
    find: Script,
    keep: Script,
}

impl Texts {
    /// Known to this process alone.
    pub fn in_memory() -> Self {
        Self::with_room(MAX_BYTES)
    }

    fn with_room(bytes: u64) -> Self {
        let weight = |_: &TextHash, kept: &Arc<Kept>| {
            u32::try_from(kept.text.len() + ENTRY).unwrap_or(u32::MAX)
        };
        Self {
            memory: Cache::builder().max_capacity(bytes).weigher(weight).build(),
            fleet: None,
        }
    }

    /// Known to all replicas of the account. While Redis is away, each knows what it has seen.
    pub fn shared(link: Link) -> Self {
        let fleet = Fleet {
            link,
            find: Script::new(&[include_str!("find.lua")]),
            keep: Script::new(&[include_str!("keep.lua")]),
        };
        Self {
            fleet: Some(Arc::new(fleet)),
            ..Self::in_memory()
        }
    }

    /// The text with this hash, if it is known. What this process does not know is asked of Redis, for 150 ms at most.
    pub async fn find(&self, hash: TextHash) -> Option<Arc<str>> {
        if let Some(kept) = self.memory.get(&hash) {
            self.note_use(hash, &kept);
            return Some(kept.text.clone());
        }
        let text = self.fleet.as_ref()?.find(hash).await?;
        self.remember(hash, text.clone());
        Some(text)
    }

    /// Whether a text would be kept: it is not too long, and this process does not know it yet.
    pub fn takes(&self, text: &str) -> bool {
        text.len() <= MAX_TEXT && !self.memory.contains_key(&TextHash::of(text))
    }

    /// Keeps a text under its hash, unless it is too long. When this is over, the other replicas know it as well.
    pub async fn keep(&self, text: Arc<str>) {
        if text.len() > MAX_TEXT {
            return;
        }
        let hash = TextHash::of(&text);
        if self.memory.contains_key(&hash) {
            return;
        }
        self.remember(hash, text.clone());
        if let Some(fleet) = &self.fleet {
            fleet.keep(hash, &text).await;
        }
    }

    fn remember(&self, hash: TextHash, text: Arc<str>) {
        let kept = Kept {
            text,
            noted_at: Mutex::new(Instant::now()),
        };
        self.memory.insert(hash, Arc::new(kept));
    }

    /// Tells Redis of a use that it has not heard of for an hour. It may have forgotten the text, so that it gets it again.
    fn note_use(&self, hash: TextHash, kept: &Arc<Kept>) {
        let Some(fleet) = &self.fleet else {
            return;
        };
        {
            let mut noted_at = kept.noted_at.lock().unwrap_or_else(PoisonError::into_inner);
            if noted_at.elapsed() < NOTED {
                return;
            }
            *noted_at = Instant::now();
        }
        let (fleet, kept) = (fleet.clone(), kept.clone());
        // It ends with the answer of Redis, or with the patience.
        tokio::spawn(async move { fleet.keep(hash, &kept.text).await });
    }
}

impl Fleet {
    async fn find(&self, hash: TextHash) -> Option<Arc<str>> {
        let args = [millis(KEPT), millis(NOTED)];
        let sealed: Option<Vec<u8>> = self
            .link
            .run(&self.find, &self.keys(hash), &args)
            .await
            .ok()?;
        let text = String::from_utf8(self.link.unseal(&sealed?)?).ok()?;
        // So that no text can stand in for another.
        (TextHash::of(&text) == hash).then(|| text.into())
    }

    async fn keep(&self, hash: TextHash, text: &str) {
        let args = [
            millis(KEPT),
            MAX_SHARED.to_string().into_bytes(),
            self.link.seal(text.as_bytes()),
        ];
        // Who does not find it there sends it again.
        let _: Result<(), _> = self.link.run(&self.keep, &self.keys(hash), &args).await;
    }

    fn keys(&self, hash: TextHash) -> [String; 2] {
        let token = self.link.token(&hash.to_string());
        [
            self.link.key(&format!("text1:{token}")),
            self.link.key("texts1"),
        ]
    }
}

fn millis(duration: Duration) -> Vec<u8> {
    duration.as_millis().to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_is_found_under_its_hash_and_under_no_other() {
        let texts = Texts::in_memory();
        texts.keep("{ a }".into()).await;
        assert_eq!(
            texts.find(TextHash::of("{ a }")).await.as_deref(),
            Some("{ a }")
        );
        assert_eq!(texts.find(TextHash::of("{ b }")).await, None);
    }

    #[tokio::test]
    async fn a_text_that_is_too_long_is_not_kept() {
        let texts = Texts::in_memory();
        for (length, is_kept) in [(MAX_TEXT, true), (MAX_TEXT + 1, false)] {
            let text = "x".repeat(length);
            texts.keep(text.as_str().into()).await;
            assert_eq!(texts.find(TextHash::of(&text)).await.is_some(), is_kept);
        }
    }

    #[tokio::test]
    async fn no_number_of_texts_takes_more_than_its_room() {
        let texts = Texts::with_room(100_000);
        for number in 0..1_000 {
            texts.keep(format!("{number:01000}").into()).await;
        }
        texts.memory.run_pending_tasks();
        assert!(texts.memory.weighted_size() <= 100_000);
        assert!(texts.memory.entry_count() > 0);
    }
}
