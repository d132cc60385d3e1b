use proptest::prelude::*;
use serde_json::json;

use super::super::damage::{cases, damaged, damages};
use super::super::fixture_tests::fixture;
use super::*;

fn signer() -> Signer {
    Signer::parse("user@example.com").unwrap()
}

fn example() -> Value {
    serde_json::from_str(&fixture("webhook.transit.json")).unwrap()
}

fn open(body: &Value) -> Result<Push, InvalidPush> {
    signer().open(body.to_string().as_bytes())
}

fn complaint(body: &Value) -> String {
    open(body).unwrap_err().to_string()
}

#[test]
fn the_documented_example_is_read_and_dated() {
    let push = open(&example()).unwrap();
    assert_eq!(push.tracking.key.name(), "china-ems/LS912989618CN");
    assert_eq!(push.tracking.status.as_str(), "transit");
    assert_eq!(push.tracking.destination.unwrap().checkpoints.len(), 7);
    assert_eq!(push.signed_at.as_second(), 1_524_000_645);
}

#[test]
fn every_documented_signature_opens_its_message_written_as_a_number_or_as_digits() {
    let vectors: Value = serde_json::from_str(&fixture("webhook.signature_vectors.json")).unwrap();
    for vector in vectors["vectors"].as_array().unwrap() {
        let signer = Signer::parse(vector["email"].as_str().unwrap()).unwrap();
        let time = &vector["timeStr"];
        for time in [time.clone(), json!(time.to_string())] {
            let mut body = example();
            body["verifyInfo"] = json!({ "timeStr": time, "signature": vector["signature"] });
            assert!(signer.open(body.to_string().as_bytes()).is_ok(), "{body}");
        }
    }
}

#[test]
fn a_signature_of_another_time_or_another_account_is_forged() {
    let bad: Value = serde_json::from_str(&fixture("webhook.bad_signature.json")).unwrap();
    assert_eq!(open(&bad), Err(InvalidPush::Forged));
    let mut another_time = example();
    another_time["verifyInfo"]["timeStr"] = json!(1_524_000_646);
    assert_eq!(open(&another_time), Err(InvalidPush::Forged));
    let somebody = Signer::parse("other@example.com").unwrap();
    let body = example().to_string();
    assert_eq!(somebody.open(body.as_bytes()), Err(InvalidPush::Forged));
}

#[test]
fn what_is_wrong_is_said_without_the_content() {
    let with = |place: &str, value: Value| {
        let mut body = example();
        *body.pointer_mut(place).unwrap() = value;
        complaint(&body)
    };
    for (place, value, says) in [
        ("/verifyInfo", json!(null), "`verifyInfo` is missing"),
        (
            "/verifyInfo",
            json!("5ecret"),
            "a text instead of an object",
        ),
        ("/verifyInfo/timeStr", json!("5ecret"), "timeStr"),
        ("/verifyInfo/timeStr", json!("9999999999999"), "timeStr"),
        ("/verifyInfo/timeStr", json!(-1), "timeStr"),
        ("/verifyInfo/signature", json!("5ecret"), "64 hexadecimal"),
        (
            "/verifyInfo/signature",
            json!("ä".repeat(32)),
            "64 hexadecimal",
        ),
        ("/data", json!(["5ecret"]), "number and carrier"),
        ("/data/carrier_code", json!(""), "number and carrier"),
        ("/data/origin_info", json!("5ecret"), "`origin_info`"),
    ] {
        let complaint = with(place, value);
        assert!(complaint.contains(says), "{place}: {complaint}");
        assert!(!complaint.contains("5ecret"), "{complaint}");
    }
    let refusal = signer().open(b"{\"5ecret\":").unwrap_err().to_string();
    assert!(refusal.contains("line 1, column 10"), "{refusal}");
}

#[test]
fn bottomless_bodies_and_bytes_that_are_no_text_are_malformed() {
    let bottomless = [b'['; 200_000];
    for body in [&bottomless[..], &[0xff, 0xfe], b"", b"null", b"[]", b"7"] {
        let refusal = signer().open(body);
        assert!(matches!(refusal, Err(InvalidPush::Malformed(_))));
    }
}

#[test]
fn an_address_needs_two_sides_and_never_shows() {
    let signer = Signer::parse(" user@example.com\n").unwrap();
    assert_eq!(signer, self::signer());
    assert_eq!(format!("{signer:?}"), "****");
    for bad in ["", " ", "user", "@example.com", "user@", "a b@c", "a@b\0"] {
        assert_eq!(Signer::parse(bad), Err(InvalidSigner), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_damage_makes_a_message_of_something_else_or_breaks_the_reader(
        damages in damages(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let body = damaged(example(), &damages);
        if let Ok(push) = open(&body) {
            prop_assert_eq!(&body["verifyInfo"]["signature"], &example()["verifyInfo"]["signature"]);
            prop_assert_eq!(push.signed_at.as_second(), 1_524_000_645);
        }
        prop_assert!(signer().open(&bytes).is_err());
    }
}
