//! The keys of an issuer as they are now.
//!
//! One task loads them, so that there is never more than one request for them. Callers read what it has loaded, and wait for it
//! only when a token names a key that is not there.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::key_set::KeySet;
use super::key_source::{KeyAddress, KeyFile, Load, LoadError};
use super::{KeySource, OpenError, Refusal};

/// How long a caller waits for keys: as long as one attempt to fetch them may take, and a little.
const WAIT: Duration = Duration::from_secs(6);

/// How long keys count that cannot be loaded any more.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often keys are loaded.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// After an attempt that gave some.
    fresh: Duration,
    /// After one that failed, and between two attempts in any case.
    least: Duration,
}

/// A file costs next to nothing to look at.
const OF_FILE: Pace = Pace {
    fresh: Duration::from_secs(1),
    least: Duration::from_secs(1),
};

/// Issuers publish a new key long before they use it, and who does not is asked again for its sake.
const OF_ADDRESS: Pace = Pace {
    fresh: Duration::from_secs(10 * 60),
    least: Duration::from_secs(10),
};

/// The keys of an issuer as they are now.
pub(super) struct Keyring {
    shown: watch::Receiver<Shown>,
    /// Has room for one wish, because all wishes are the same.
    wishes: mpsc::Sender<()>,
    pace: Pace,
    task: JoinHandle<()>,
}

/// What the task shows.
#[derive(Clone)]
struct Shown {
    keys: Option<KeySet>,
    /// When the last attempt ended; `None` before the first.
    tried: Option<Instant>,
    attempts: u64,
}

impl Keyring {
    pub(super) fn open(source: &KeySource) -> Result<Self, OpenError> {
        match source {
            KeySource::File(path) => {
                let (file, keys) = KeyFile::open(path)?;
                Ok(Self::start(file, Some(keys), OF_FILE))
            }
            KeySource::Url(url) => Ok(Self::start(KeyAddress::new(url)?, None, OF_ADDRESS)),
        }
    }

    fn start(load: impl Load, keys: Option<KeySet>, pace: Pace) -> Self {
        let (show, shown) = watch::channel(Shown {
            tried: keys.as_ref().map(|_| Instant::now()),
            keys,
            attempts: 0,
        });
        let (wishes, wished) = mpsc::channel(1);
        Self {
            shown,
            wishes,
            pace,
            task: tokio::spawn(keep(load, pace, show, wished)),
        }
    }

    /// Whether there are none that count: they were never loaded, or not for a day, or the issuer has none.
    pub(super) fn is_empty(&self) -> bool {
        let shown = self.shown.borrow();
        shown.keys.as_ref().is_none_or(KeySet::is_empty)
    }

    /// The keys that may have signed a token.
    pub(super) async fn find(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
    ) -> Result<Vec<DecodingKey>, Refusal> {
        let found = |shown: &Shown| match &shown.keys {
            None => Err(Refusal::KeysUnavailable),
            Some(keys) => match keys.find(algorithm, id) {
                keys if keys.is_empty() => Err(Refusal::UnknownKey),
                keys => Ok(keys),
            },
        };
        let mut shown = self.shown.clone();
        let (outcome, attempts, tried) = {
            let now = shown.borrow();
            (found(&now), now.attempts, now.tried)
        };
        let may_try = tried.is_none_or(|tried| tried.elapsed() >= self.pace.least);
        if outcome.is_ok() || !may_try {
            return outcome;
        }
        // Where there is no room, the same is wished already.
        let _ = self.wishes.try_send(());
        let newer = shown.wait_for(|shown| shown.attempts > attempts);
        match timeout(WAIT, newer).await {
            Ok(Ok(newer)) => found(&newer),
            _ => outcome,
        }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Loads keys for as long as somebody may want them.
async fn keep(
    mut source: impl Load,
    pace: Pace,
    show: watch::Sender<Shown>,
    mut wished: mpsc::Receiver<()>,
) {
    let mut state = State::Known;
    let read = show.borrow().tried;
    let mut loaded = read.unwrap_or_else(Instant::now);
    let mut next = read.map(|read| read + pace.fresh);
    loop {
        if let Some(next) = next {
            tokio::select! {
                () = sleep_until(next) => {}
                wish = wished.recv() => {
                    if wish.is_none() {
                        return;
                    }
                    let tried = show.borrow().tried;
                    // Wished for while it was on its way.
                    if tried.is_some_and(|tried| tried.elapsed() < pace.least) {
                        continue;
                    }
                }
            }
        }
        let outcome = source.load().await;
        let now = Instant::now();
        state = tell(&outcome, state);
        next = Some(now + outcome.as_ref().map_or(pace.least, |_| pace.fresh));
        if outcome.is_ok() {
            loaded = now;
        }
        show.send_modify(|shown| {
            match outcome {
                Ok(Some(keys)) => shown.keys = Some(keys),
                Ok(None) => {}
                Err(_) if loaded.elapsed() >= LONGEST => shown.keys = None,
                Err(_) => {}
            }
            shown.tried = Some(now);
            shown.attempts += 1;
        });
    }
}

/// How it stands with the keys, as the log was told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Known,
    /// The issuer publishes none.
    None,
    /// They cannot be loaded.
    Away,
}

/// Writes into the log what an operator has to know, once for each outage.
fn tell(outcome: &Result<Option<KeySet>, LoadError>, before: State) -> State {
    let state = match outcome {
        Err(_) => State::Away,
        Ok(Some(keys)) if keys.is_empty() => State::None,
        Ok(Some(_)) => State::Known,
        // A file that is as it was tells nothing new; behind an outage it is read as new.
        Ok(None) if before == State::None => State::None,
        Ok(None) => State::Known,
    };
    match (outcome, before) {
        _ if state == before => {}
        (Err(reason), _) => {
            tracing::warn!(%reason, "the keys of the tokens' issuer cannot be loaded; those that are known count for a day");
        }
        (Ok(_), _) if state == State::None => {
            tracing::error!(
                "the issuer of tokens publishes no key for RS256, ES256 or EdDSA: none of its tokens is taken"
            );
        }
        (Ok(_), _) => tracing::info!("the keys of the tokens' issuer are loaded again"),
    }
    state
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::{advance, sleep};

    use super::*;

    const SET: &[u8] = include_bytes!("../../tests/cases/keys/jwks.json");
    const ROTATED: &[u8] = include_bytes!("../../tests/cases/keys/rotated.json");

    /// An issuer that publishes what it is told to, or nothing.
    #[derive(Clone, Default)]
    struct Issuer(Arc<Mutex<Desk>>);

    #[derive(Default)]
    struct Desk {
        keys: Option<&'static [u8]>,
        requests: usize,
    }

    impl Issuer {
        fn publish(&self, keys: Option<&'static [u8]>) {
            self.0.lock().unwrap().keys = keys;
        }

        fn requests(&self) -> usize {
            self.0.lock().unwrap().requests
        }
    }

    impl Load for Issuer {
        async fn load(&mut self) -> Result<Option<KeySet>, LoadError> {
            sleep(Duration::from_millis(100)).await;
            let mut issuer = self.0.lock().unwrap();
            issuer.requests += 1;
            let keys = issuer.keys.ok_or(LoadError::Status(503))?;
            KeySet::parse(keys).map(Some).ok_or(LoadError::NoKeys)
        }
    }

    fn keyring(keys: Option<&'static [u8]>) -> (Issuer, Keyring) {
        let issuer = Issuer::default();
        issuer.publish(keys);
        let keyring = Keyring::start(issuer.clone(), None, OF_ADDRESS);
        (issuer, keyring)
    }

    async fn find(keyring: &Keyring, id: &str) -> Result<usize, Refusal> {
        let found = keyring.find(Algorithm::RS256, Some(id)).await;
        found.map(|keys| keys.len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_callers_at_the_start_wait_for_one_request() {
        let (issuer, keyring) = keyring(Some(SET));
        let asking = (0..100).map(|_| find(&keyring, "rsa"));
        let answers = futures_util::future::join_all(asking).await;
        assert!(answers.iter().all(|answer| *answer == Ok(1)));
        sleep(Duration::from_secs(60)).await;
        assert_eq!(issuer.requests(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_new_is_fetched_for_its_token_and_an_unknown_one_at_most_every_ten_seconds()
     {
        let (issuer, keyring) = keyring(Some(SET));
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
        issuer.publish(Some(ROTATED));
        assert_eq!(find(&keyring, "other-rsa").await, Err(Refusal::UnknownKey));
        assert_eq!(issuer.requests(), 1);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(find(&keyring, "other-rsa").await, Ok(1));
        assert_eq!(find(&keyring, "rsa").await, Err(Refusal::UnknownKey));
        assert_eq!(issuer.requests(), 2);
        let end = Instant::now() + Duration::from_secs(100);
        while Instant::now() < end {
            assert_eq!(find(&keyring, "nobody").await, Err(Refusal::UnknownKey));
            advance(Duration::from_millis(200)).await;
        }
        assert!(issuer.requests() <= 13, "{}", issuer.requests());
    }

    #[tokio::test(start_paused = true)]
    async fn keys_count_for_ten_minutes_and_a_day_while_they_cannot_be_fetched() {
        let (issuer, keyring) = keyring(Some(SET));
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
        sleep(Duration::from_secs(601)).await;
        assert_eq!(issuer.requests(), 2);
        issuer.publish(None);
        sleep(Duration::from_secs(23 * 60 * 60)).await;
        let start = Instant::now();
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
        assert_eq!(start.elapsed(), Duration::ZERO);
        sleep(Duration::from_secs(2 * 60 * 60)).await;
        assert_eq!(find(&keyring, "rsa").await, Err(Refusal::KeysUnavailable));
        issuer.publish(Some(SET));
        sleep(Duration::from_secs(11)).await;
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_issuer_that_never_answers_is_waited_for_in_vain_but_not_for_ever() {
        struct Silent;
        impl Load for Silent {
            async fn load(&mut self) -> Result<Option<KeySet>, LoadError> {
                std::future::pending().await
            }
        }
        let keyring = Keyring::start(Silent, None, OF_ADDRESS);
        let start = Instant::now();
        assert_eq!(find(&keyring, "rsa").await, Err(Refusal::KeysUnavailable));
        assert_eq!(start.elapsed(), WAIT);
    }

    #[tokio::test(start_paused = true)]
    async fn an_issuer_that_takes_all_its_keys_back_is_believed_and_one_that_answers_nonsense_is_not()
     {
        let (issuer, keyring) = keyring(Some(SET));
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
        issuer.publish(Some(b"maintenance"));
        sleep(Duration::from_secs(601)).await;
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
        issuer.publish(Some(br#"{"keys": []}"#));
        sleep(Duration::from_secs(11)).await;
        assert_eq!(find(&keyring, "rsa").await, Err(Refusal::UnknownKey));
        issuer.publish(Some(SET));
        sleep(Duration::from_secs(11)).await;
        assert_eq!(find(&keyring, "rsa").await, Ok(1));
    }
}
