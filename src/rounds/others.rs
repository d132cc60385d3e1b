//! What the other replicas watch, as they tell it in Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::topic::{Elsewhere, Topic};
use crate::redis_link::{Away, Link, Script};

/// How long what was read of a replica does, although it watches something else since.
const DOES_FOR: Duration = Duration::from_secs(1);

/// A replica's topics, as they were read.
#[derive(Debug, Clone)]
struct Told {
    version: String,
    topics: Arc<[Topic]>,
    read: Instant,
}

/// Remembers what was read, so that nothing is read again that has not changed. As much is kept as all replicas may watch.
#[derive(Debug)]
pub(super) struct Others {
    watchers: Script,
    known: Mutex<HashMap<String, Told>>,
}

impl Default for Others {
    fn default() -> Self {
        Self {
            watchers: Script::new(&[include_str!("scripts/watchers.lua")]),
            known: Mutex::default(),
        }
    }
}

impl Others {
    /// Reads what has changed. What Redis does not tell now is as it was: a replica that cannot reach it is soon on its own.
    pub(super) async fn read(
        &self,
        link: &Link,
        watchers: &str,
        topics: impl Fn(&str) -> String,
    ) -> Elsewhere {
        let known = self.known().clone();
        let keys = [watchers.to_owned()];
        let told: Result<Vec<(String, String)>, Away> = link.run(&self.watchers, &keys, &[]).await;
        let Ok(told) = told else {
            return together(&known);
        };
        let mut now = HashMap::new();
        for (replica, version) in told {
            if replica == link.replica() {
                continue;
            }
            let before = known.get(&replica);
            let told = match before {
                Some(told) if told.does_for(&version) => told.clone(),
                _ => match (topics_at(link, &topics(&replica)).await, before) {
                    (Ok(topics), _) => Told {
                        version,
                        topics,
                        read: Instant::now(),
                    },
                    (Err(Away), Some(told)) => told.clone(),
                    (Err(Away), None) => continue,
                },
            };
            now.insert(replica, told);
        }
        let elsewhere = together(&now);
        *self.known() = now;
        elsewhere
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Told>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    /// Whether it need not be read again, now that this is the version.
    fn does_for(&self, version: &str) -> bool {
        self.version == version || self.read.elapsed() < DOES_FOR
    }
}

fn together(known: &HashMap<String, Told>) -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    for topic in known.values().flat_map(|told| told.topics.iter()) {
        match topic {
            Topic::Parcel(key) => elsewhere.parcels.push(key.clone()),
            Topic::Everything => elsewhere.everything = true,
        }
    }
    elsewhere
}

async fn topics_at(link: &Link, key: &str) -> Result<Arc<[Topic]>, Away> {
    let mut members = redis::cmd("SMEMBERS");
    members.arg(key);
    let tokens: Vec<String> = link.ask(&members).await?;
    let topics = tokens.iter();
    Ok(topics
        .filter_map(|token| Topic::of_token(token, link))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_read_does_for_a_second_and_what_has_not_changed_for_ever() {
        let told = Told {
            version: "1".to_owned(),
            topics: Arc::new([Topic::Everything]),
            read: Instant::now(),
        };
        assert!(told.does_for("1") && told.does_for("2"));
        tokio::time::advance(DOES_FOR).await;
        assert!(told.does_for("1") && !told.does_for("2"));
    }
}
