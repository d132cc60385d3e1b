//! What replicas tell each other: who listens to which topic, and whose acknowledgements are waited for.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::watch;

/// What is done with a message: it gets the sender's replica and the message.
type Heard = Arc<dyn Fn(&str, &[u8]) + Send + Sync>;

/// The listeners of this replica, and its own messages that are not acknowledged yet.
#[derive(Default)]
pub(super) struct News {
    heard: RwLock<HashMap<&'static str, Vec<Heard>>>,
    open: Mutex<HashMap<u64, watch::Sender<HashSet<String>>>>,
    last: AtomicU64,
}

impl News {
    pub(super) fn on(&self, topic: &'static str, heard: Heard) {
        let mut all = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(topic).or_default().push(heard);
    }

    pub(super) fn hear(&self, topic: &str, letter: &Letter) {
        let all = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        let listeners = all.get(topic).cloned().unwrap_or_default();
        // A listener may register another one.
        drop(all);
        for heard in listeners {
            heard(&letter.sender, &letter.text);
        }
    }

    /// A message that wants acknowledgements, from now until the receipt is dropped.
    pub(super) fn expect(&self) -> Receipt<'_> {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (acknowledged, replicas) = watch::channel(HashSet::new());
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(number, acknowledged);
        Receipt {
            news: self,
            number,
            replicas,
        }
    }

    pub(super) fn acknowledged(&self, number: u64, by: String) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(acknowledged) = open.get(&number) {
            acknowledged.send_modify(|replicas| {
                replicas.insert(by);
            });
        }
    }
}

/// Waits for acknowledgements of one message.
pub(super) struct Receipt<'a> {
    news: &'a News,
    pub(super) number: u64,
    replicas: watch::Receiver<HashSet<String>>,
}

impl Receipt<'_> {
    /// Ready when so many replicas have acknowledged.
    pub(super) async fn signed_by(&mut self, count: usize) {
        // The sender lives in the news until this is dropped.
        let _ = self.replicas.wait_for(|by| by.len() >= count).await;
    }
}

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        let mut open = self.news.open.lock();
        open.as_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut())
            .remove(&self.number);
    }
}

/// What travels: who sent it, its number when it wants to be acknowledged (0 when not), and the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) sender: String,
    pub(super) number: u64,
    pub(super) text: Vec<u8>,
}

impl Letter {
    /// The sender in so many bytes, the number in eight, and the rest is text.
    const SENDER: usize = 16;

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.sender.as_bytes().to_vec();
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(&self.text);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sender, rest) = bytes.split_at_checked(Self::SENDER)?;
        let (number, text) = rest.split_first_chunk()?;
        Some(Self {
            sender: String::from_utf8(sender.to_vec()).ok()?,
            number: u64::from_be_bytes(*number),
            text: text.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Duration, timeout};

    fn letter(text: &str) -> Letter {
        Letter {
            sender: "0123456789abcdef".to_owned(),
            number: 7,
            text: text.into(),
        }
    }

    #[test]
    fn a_letter_arrives_as_it_was_sent() {
        for text in ["", "two words"] {
            let sent = letter(text);
            assert_eq!(Letter::from_bytes(&sent.to_bytes()), Some(sent));
        }
        assert_eq!(Letter::from_bytes(b"0123456789abcdef1234567"), None);
    }

    #[test]
    fn every_listener_of_the_topic_hears_it() {
        let news = News::default();
        let heard = Arc::new(Mutex::new(Vec::new()));
        for topic in ["one", "one", "two"] {
            let heard = heard.clone();
            news.on(
                topic,
                Arc::new(move |_, text| heard.lock().unwrap().push((topic, text.to_vec()))),
            );
        }
        news.hear("one", &letter("x"));
        news.hear("none", &letter("y"));
        let x = ("one", b"x".to_vec());
        assert_eq!(*heard.lock().unwrap(), [x.clone(), x]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_replica_signs_once_however_often_it_writes() {
        let news = News::default();
        let mut receipt = news.expect();
        news.acknowledged(receipt.number, "one".to_owned());
        news.acknowledged(receipt.number, "one".to_owned());
        let both = timeout(Duration::from_secs(1), receipt.signed_by(2));
        assert!(both.await.is_err());
        news.acknowledged(receipt.number, "two".to_owned());
        receipt.signed_by(2).await;
        drop(receipt);
        assert!(news.open.lock().unwrap().is_empty());
    }
}
