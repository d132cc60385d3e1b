//! Messages that the service sends by itself when it finds a change.
//!
//! The signature is the HMAC-SHA256 of the time's decimal text under the e-mail with which the account's owner logs in, and
//! covers nothing else. Time is real here, not simulated, because whoever receives it compares it with his own clock.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::columns::Shape;
use super::parcel::Parcel;
use super::payload::tracking;

/// How often a message is repeated that was not answered with one of the 200s.
const REPEATS: u32 = 14;

/// How long after the first attempt the second is made; each further one takes twice as long.
const FIRST_DELAY: Duration = Duration::from_secs(30);

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many messages may wait; more are lost.
const MAX_WAITING: usize = 10_000;

/// How many messages are under way at once.
const MAX_UNDER_WAY: usize = 100;

/// The `verifyInfo` of a message that is signed at a time.
pub fn seal(email: &str, at: Timestamp) -> Value {
    let time = at.as_second();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(email.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(time.to_string().as_bytes());
    let digest = mac.finalize().into_bytes();
    let signature = digest.iter().fold(String::new(), |mut text, byte| {
        // A text takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    });
    json!({ "timeStr": time, "signature": signature })
}

/// A message about a parcel, as it stands at a simulated time.
pub fn message(parcel: &Parcel, now: Timestamp, verify_info: Value) -> String {
    let message = json!({
        "meta": { "code": 200, "type": "Success", "message": "Success" },
        "data": tracking(parcel, now, Shape::Webhook),
        "verifyInfo": verify_info,
    });
    message.to_string()
}

/// Brings messages to where they are to go.
#[derive(Debug)]
pub struct Courier {
    address: Mutex<Option<Url>>,
    /// The latest and the earliest second at which messages about the parcels of a number were signed.
    signed: Mutex<HashMap<String, (i64, i64)>>,
    bag: mpsc::Sender<(Url, String)>,
}

impl Courier {
    /// A courier, and what he is to deliver.
    pub fn new() -> (Self, mpsc::Receiver<(Url, String)>) {
        let (bag, messages) = mpsc::channel(MAX_WAITING);
        let courier = Self {
            address: Mutex::default(),
            signed: Mutex::default(),
            bag,
        };
        (courier, messages)
    }

    /// From now on messages go there, or nowhere.
    pub fn goes_to(&self, address: Option<Url>) {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Whether messages go anywhere.
    pub fn address(&self) -> Option<Url> {
        let address = self.address.lock();
        address.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the next message about the parcels of a number is signed: now, or before all others. The service finds a change
    /// of a parcel every few hours, so that no two messages about it have the same time; here many can come in one second.
    pub fn signs_at(&self, number: &str, now: Timestamp) -> Timestamp {
        let now = now.as_second();
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match signed.get_mut(&number.to_ascii_uppercase()) {
            None => {
                signed.insert(number.to_ascii_uppercase(), (now, now));
                now
            }
            Some((latest, _)) if *latest < now => {
                *latest = now;
                now
            }
            Some((_, earliest)) => {
                *earliest -= 1;
                *earliest
            }
        };
        Timestamp::from_second(at).unwrap_or_default()
    }

    /// Sends a message without waiting.
    pub fn send(&self, address: Url, message: String) {
        // What finds no room is lost, as it is where nobody answers for days.
        let _ = self.bag.try_send((address, message));
    }
}

/// Delivers messages as they come.
pub async fn deliver_all(mut messages: mpsc::Receiver<(Url, String)>) {
    let Ok(client) = Client::builder().no_proxy().timeout(PATIENCE).build() else {
        return;
    };
    let mut under_way = JoinSet::new();
    while let Some((address, message)) = messages.recv().await {
        while under_way.len() >= MAX_UNDER_WAY {
            under_way.join_next().await;
        }
        under_way.spawn(deliver(client.clone(), address, message));
        while under_way.try_join_next().is_some() {}
    }
}

async fn deliver(client: Client, address: Url, message: String) {
    for attempt in 0..=REPEATS {
        let request = client
            .post(address.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(message.clone());
        let answer = request.send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        sleep(FIRST_DELAY * 2_u32.pow(attempt)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seal_is_that_of_the_documentations_rule() {
        // As openssl computes it: printf 1524000645 | openssl dgst -sha256 -hmac user@example.com
        let seal = seal("user@example.com", Timestamp::constant(1_524_000_645, 0));
        assert_eq!(
            seal["signature"],
            "86c2af85d21da247f3db60362d0ec6093bc4dbbed7eb682e8de2d9917b997caa"
        );
    }

    #[test]
    fn no_two_messages_about_a_parcel_are_signed_with_the_same_time() {
        let (courier, _) = Courier::new();
        let at = |number, second| {
            let now = Timestamp::constant(second, 0);
            courier.signs_at(number, now).as_second()
        };
        let times = [100, 100, 100, 101, 101, 90].map(|now| at("a", now));
        assert_eq!(times, [100, 99, 98, 101, 97, 96]);
        assert_eq!(at("b", 100), 100);
        assert_eq!(at("A", 100), 95);
    }
}
