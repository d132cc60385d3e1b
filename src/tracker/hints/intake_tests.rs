use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::upstream::Signer;

const EMAIL: &str = "user@example.com";
const HOUR: i64 = 60 * 60;

/// A door with room for so many messages, and what comes through it.
fn door(room: usize) -> (Intake, mpsc::Receiver<Message>) {
    let (queue, waiting) = mpsc::channel(room);
    let tolerance = Duration::from_secs(60 * 60);
    let intake = Intake {
        settings: PushSettings {
            signer: Signer::parse(EMAIL).unwrap(),
            tolerance,
        },
        receipts: Receipts::in_memory(tolerance),
        seals: Seals::new(tolerance),
        alarm: Arc::default(),
        queue,
    };
    (intake, waiting)
}

/// A message that was signed so many seconds ago.
fn message(ago: i64, data: &Value) -> Vec<u8> {
    let age = SignedDuration::from_secs(ago);
    signed(Timestamp::now() - age, data)
}

/// A message that was signed at that time.
fn signed(at: Timestamp, data: &Value) -> Vec<u8> {
    let time = at.as_second().to_string();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(EMAIL.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    let signature = mac.finalize().into_bytes();
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let seal = json!({ "timeStr": time, "signature": signature });
    json!({ "data": data, "verifyInfo": seal })
        .to_string()
        .into()
}

fn parcel(number: u64, status: &str) -> Value {
    json!({ "tracking_number": format!("{number:010}"), "carrier_code": "dhl", "status": status })
}

#[test]
fn a_message_is_taken_for_as_long_as_is_tolerated_and_a_little_ahead() {
    let (door, mut waiting) = door(10);
    for (at, ago) in (0..).zip([0, HOUR - 60, -240]) {
        let taken = door.take(&message(ago, &parcel(at, "transit")));
        assert_eq!(taken, Ok(Taken::New), "{ago} s ago");
        assert_eq!(
            waiting.try_recv().unwrap().tracking.status.as_str(),
            "transit"
        );
    }
    for ago in [HOUR + 60, 1_000 * HOUR, -360, -1_000 * HOUR] {
        let refusal = door.take(&message(ago, &parcel(7, "transit")));
        assert!(matches!(refusal, Err(PushError::Untimely { .. })), "{ago}");
    }
    assert!(waiting.try_recv().is_err());
}

#[test]
fn fourteen_repeats_are_one_message_and_other_content_under_the_same_seal_is_refused() {
    let (door, mut waiting) = door(100);
    let first = message(9, &parcel(1, "transit"));
    assert_eq!(door.take(&first), Ok(Taken::New));
    for _ in 0..14 {
        assert_eq!(door.take(&first), Ok(Taken::Repeated));
    }
    let seal: Value = serde_json::from_slice::<Value>(&first).unwrap()["verifyInfo"].clone();
    let under_the_seal = |data| json!({ "data": data, "verifyInfo": seal }).to_string();
    let other = under_the_seal(parcel(1, "delivered"));
    assert_eq!(door.take(other.as_bytes()), Err(PushError::Replayed));
    // Several parcels can change in one second.
    let neighbour = under_the_seal(parcel(2, "delivered"));
    assert_eq!(door.take(neighbour.as_bytes()), Ok(Taken::New));
    assert_eq!(waiting.len(), 2);
    assert!(waiting.try_recv().is_ok());
}

#[test]
fn what_finds_no_room_is_taken_when_it_comes_again() {
    let (door, mut waiting) = door(1);
    let (first, second) = (parcel(1, "transit"), parcel(2, "transit"));
    let (first, second) = (message(0, &first), message(0, &second));
    assert_eq!(door.take(&first), Ok(Taken::New));
    let overloaded = PushError::Overloaded { retry_after: SOON };
    assert_eq!(door.take(&second), Err(overloaded));
    waiting.try_recv().unwrap();
    assert_eq!(door.take(&second), Ok(Taken::New));
}

#[test]
fn one_seal_does_for_a_thousand_parcels_and_their_repeats() {
    let (door, waiting) = door(10_000);
    let signed_at = Timestamp::now();
    let under_the_seal = |number| signed(signed_at, &parcel(number, "transit"));
    for number in 0..1_000 {
        assert_eq!(door.take(&under_the_seal(number)), Ok(Taken::New));
    }
    for number in 1_000..1_010 {
        assert_eq!(door.take(&under_the_seal(number)), Err(PushError::Worn));
    }
    assert_eq!(door.take(&under_the_seal(7)), Ok(Taken::Repeated));
    assert_eq!(
        door.take(&message(9, &parcel(1_000, "transit"))),
        Ok(Taken::New)
    );
    assert_eq!(waiting.len(), 1_001);
}
