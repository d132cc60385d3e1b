//! Doors through which tests throw bytes at whatever reads what strangers wrote: `tests/fuzz.rs` for seconds,
//! `tests/fuzz/run` for as long as it takes. Behind each is what the service itself reads with; that nothing panics,
//! overflows or hangs is all that is asked of it. They are no part of what the crate offers.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::Value;

use crate::graphql::Judge;
use crate::model::{Checkpoint, Leg, LocalTime, Status, Text, Tracking, TrackingKey, stated};
use crate::upstream::{Signer, read_as_everything};
use crate::{sandbox, web};

/// Who signs messages.
const EMAIL: &str = "user@example.com";

/// A door.
pub type Door = fn(&[u8]);

/// All of them with their names.
pub const DOORS: [(&str, Door); 6] = [
    ("query", query),
    ("request", request),
    ("frames", frames),
    ("answer", answer),
    ("time", time),
    ("message", message),
];

/// The text of a document.
pub fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = judge().document(&text);
}

/// The body of a request, or the parameters of its address.
pub fn request(bytes: &[u8]) {
    for request in web::read_anything(bytes) {
        let text = request.query.unwrap_or_default();
        let _ = judge().variables(&text, &request.variables);
    }
}

fn judge() -> &'static Judge {
    static JUDGE: LazyLock<Judge> = LazyLock::new(Judge::open);
    &JUDGE
}

/// What a client sends over a WebSocket.
pub fn frames(bytes: &[u8]) {
    web::read_frames(bytes);
}

/// An answer of TrackingMore.
pub fn answer(bytes: &[u8]) {
    for tracking in read_as_everything(bytes) {
        look_at(&tracking);
    }
}

/// A courier's time, and behind a bar a place.
pub fn time(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (time, place) = text.split_once('|').unwrap_or((&text, ""));
    let checkpoint = Checkpoint {
        time: LocalTime::parse(time),
        description: None,
        location: stated(place).map(Text::from),
        status: None,
        substatus: None,
        milestone: None,
    };
    let mut tracking = bare();
    tracking.origin = Some(Leg {
        checkpoints: [checkpoint.clone(), checkpoint].into(),
        ..Leg::default()
    });
    look_at(&tracking);
}

/// A message of TrackingMore, as it is and with the signature that it should have.
pub fn message(bytes: &[u8]) {
    let signer = Signer::parse(EMAIL).expect("it is an address");
    let mut bodies = vec![bytes.to_vec()];
    if let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) {
        body.insert(
            "verifyInfo".to_owned(),
            sandbox::seal(EMAIL, Timestamp::UNIX_EPOCH),
        );
        bodies.push(Value::Object(body).to_string().into_bytes());
    }
    for body in bodies {
        if let Ok(push) = signer.open(&body) {
            look_at(&push.tracking);
            let hinted = bare().hinted_by(&push.tracking);
            hinted.judges(&push.tracking);
            look_at(&hinted);
        }
    }
}

fn bare() -> Tracking {
    let key = TrackingKey::parse("china-ems", "LK894734223CN").expect("it is a key");
    Tracking::bare(key, Status::Pending)
}

/// Does with a tracking what is done with those that are asked for.
fn look_at(tracking: &Tracking) {
    for entry in tracking.timeline() {
        let zone = tracking.zone_of(entry.checkpoint);
        let _ = (zone.name(), zone.instant(), zone.source());
    }
    let _: Vec<_> = tracking.anomalies().iter().map(|it| it.message()).collect();
    let stored = serde_json::to_vec(tracking).expect("it is plain data");
    let read: Tracking = serde_json::from_slice(&stored).expect("it was stored");
    assert_eq!(*tracking, read, "what is stored is what comes back");
}
