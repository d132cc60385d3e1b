//! Documented payloads, damaged at random: nothing panics, and what can still be named does not get lost.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::answer_tests::ANSWERS;
use super::batch::outcomes;
use super::damage::{cases, damaged, damaged_inside, damages};
use super::envelope::Envelope;
use super::fixture_tests::{fixture, key_of_tests, open};
use super::fuzz::{areas, lanes, read_as_everything, waybills};
use super::{
    Call, Code, Error, Page, RowOutcome, account, air_cargo, area, carrier, status_count, tracking,
    transit,
};
use crate::model::{CarrierCode, Remoteness, Status, TrackingKey};

fn part(name: &str, pointer: &str) -> Value {
    let payload: Value = serde_json::from_str(&fixture(name)).unwrap();
    payload.pointer(pointer).unwrap().clone()
}

fn key(carrier: &str, number: &str) -> TrackingKey {
    TrackingKey::parse(carrier, number).unwrap()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

/// The parcel that an item names, found in another way than the module finds it.
fn named(item: &Value) -> Option<TrackingKey> {
    let (carrier, number) = (&item["carrier_code"], &item["tracking_number"]);
    TrackingKey::parse(&text(carrier)?, &text(number)?).ok()
}

fn rows(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn read_batch(call: Call, keys: &[TrackingKey], data: Value) -> Result<Vec<RowOutcome>, Error> {
    let keys: Vec<&TrackingKey> = keys.iter().collect();
    let envelope = Envelope {
        date: None,
        code: Code::Success,
        message: None,
        data,
    };
    outcomes(call, &key_of_tests(), &keys, envelope)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_item_that_can_be_named_gets_lost(damages in damages()) {
        let items = json!([
            part("trackings_realtime.200.json", "/data/items/0"),
            part("trackings_single.200.json", "/data"),
        ]);
        let items = damaged_inside(items, &damages);
        let page = Page::read(Call::List, Ok(json!({ "items": items }))).unwrap();
        let found: Vec<Option<TrackingKey>> = page
            .items
            .iter()
            .map(|item| item.as_ref().map_or_else(|error| error.key.clone(), |tracking| Some(tracking.key.clone())))
            .collect();
        let expected: Vec<Option<TrackingKey>> = rows(&items).iter().map(named).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_tracking_without_checkpoints_fails_while_it_has_a_name(damages in damages(), created in any::<bool>()) {
        let name = if created { "trackings_post.201.json" } else { "trackings_put.200.json" };
        let data = damaged(part(name, "/data"), &damages);
        let expected = named(&data);
        prop_assert_eq!(tracking::single(Call::Update, &data).ok().map(|told| told.key), expected);
    }

    #[test]
    fn every_row_that_a_batch_names_is_accounted_for(damages in damages(), deleted in any::<bool>()) {
        let (name, call, keys) = match deleted {
            true => (
                "trackings_delete.200.json",
                Call::DeleteBatch,
                vec![key("ups", "1Z97X17XYW06605211"), key("wishpost", "83041096445"), key("dhl", "12345")],
            ),
            false => (
                "trackings_batch.partial.201.json",
                Call::CreateBatch,
                vec![
                    key("singapore-post", "RP893531375SG"), key("china-ems", "LK894734223CN"),
                    key("no-such-carrier", "83041096445"), key("dhl", "12345"),
                ],
            ),
        };
        let data = damaged(part(name, "/data"), &damages);
        let is_container = data.is_object() || data.is_array() || text(&data).is_none_or(|text| text.trim().is_empty());
        let outcomes = match read_batch(call, &keys, data.clone()) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                prop_assert!(!is_container || data.is_boolean() || data.is_number(), "{error}");
                return Ok(());
            }
        };
        prop_assert_eq!(outcomes.len(), keys.len());
        let is_named = |list: &Value, key: &TrackingKey| {
            rows(list).iter().any(|row| named(row).or_else(|| named(&row["meta"])).as_ref() == Some(key))
        };
        for (key, outcome) in keys.iter().zip(&outcomes) {
            let (accepted, refused) = (is_named(&data["trackings"], key), is_named(&data["errors"], key));
            match outcome {
                RowOutcome::Done(_) => prop_assert!(accepted || !refused),
                RowOutcome::Refused { .. } => prop_assert!(!accepted),
                RowOutcome::Unaccounted => prop_assert!(!accepted && !refused),
            }
        }
    }

    #[test]
    fn no_waybill_gets_lost_by_damage_to_another(damages in damages()) {
        let whole = part("trackings_aircargo.200.json", "/data/172-28891936");
        let damaged = damaged(whole.clone(), &damages);
        let read = |second: &Value| {
            let data = json!({"172-28891936": whole, "999-12345678": second});
            air_cargo::answer(&waybills(), Ok(data)).unwrap()
        };
        let (before, after) = (read(&whole), read(&damaged));
        prop_assert_eq!(&after[0], &before[0]);
        if let Ok(Some(waybill)) = &after[1] {
            prop_assert_eq!(&waybill.number, &waybills()[1]);
        }
    }

    #[test]
    fn no_carrier_with_a_usable_code_gets_lost(damages in damages()) {
        let mut list = part("carriers.200.json", "/data");
        list.as_array_mut().unwrap().push(json!({"code": "ups"}));
        let list = damaged_inside(list, &damages);
        let code = |row: &Value| CarrierCode::parse(&text(&row["code"])?).ok();
        let expected: Vec<CarrierCode> = rows(&list).iter().filter_map(code).collect();
        let found = carrier::list(&list).map(|found| found.into_iter().map(|carrier| carrier.code).collect());
        prop_assert_eq!(found.unwrap_or_else(|_| Vec::new()), expected.clone());
        let detected = carrier::detected(Ok(list)).unwrap();
        prop_assert_eq!(detected.into_iter().map(|carrier| carrier.code).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_transit_time_gets_lost_by_damage_to_another(damages in damages(), first in any::<bool>()) {
        let mut rows = part("trackings_costtime.200.json", "/data");
        let before = transit::answer(&lanes(), Ok(rows.clone())).unwrap();
        let (hit, spared) = if first { (0, 1) } else { (1, 0) };
        rows[hit] = damaged(rows[hit].take(), &damages);
        let after = transit::answer(&lanes(), Ok(rows)).unwrap();
        prop_assert_eq!(&after[spared], &before[spared]);
        let shares = after[hit].iter().flat_map(|time| [time.days_0_to_7, time.days_over_60]).flatten();
        for share in shares {
            prop_assert!((0.0..=1.0).contains(&share));
        }
    }

    #[test]
    fn no_remote_area_gets_lost_by_damage_to_another(damages in damages()) {
        let mut data = part("trackings_remote.200.json", "/data");
        data["remote"][2] = damaged(data["remote"][2].take(), &damages);
        let found = area::answer(&areas(), Ok(data)).unwrap();
        let couriers = |found: &Option<Remoteness>| found.as_ref().map(|area| area.couriers.len());
        prop_assert_eq!(couriers(&found[0]), Some(2));
        // Whatever the damage, "not remote" is no answer.
        prop_assert!(matches!(couriers(&found[1]), Some(1) | None));
    }

    #[test]
    fn no_fact_of_the_account_gets_lost_by_damage_to_another(damages in damages()) {
        let whole = part("trackings_getuserinfo.200.json", "/data");
        let damaged = damaged(whole.clone(), &damages);
        let before = account::read(&whole).unwrap();
        let Ok(after) = account::read(&damaged) else {
            prop_assert!(!damaged.is_object());
            return Ok(());
        };
        let is_whole = |field: &str| damaged[field] == whole[field];
        prop_assert!(!is_whole("email") || after.email == before.email);
        prop_assert!(!is_whole("regtime") || after.registered_at == before.registered_at);
        prop_assert!(!is_whole("phone") || after.phone == before.phone);
        prop_assert!(!is_whole("money") || after.balance == before.balance);
        prop_assert!(!is_whole("track_number") || after.trackings_left == before.trackings_left);
    }

    #[test]
    fn no_count_gets_lost_by_damage_to_another(damages in damages()) {
        let whole = part("trackings_getstatusnumber.200.json", "/data");
        let damaged = damaged(whole.clone(), &damages);
        let Ok(counts) = status_count::read(Ok(damaged.clone())) else {
            prop_assert!(!damaged.is_object());
            return Ok(());
        };
        for (word, count) in whole.as_object().unwrap() {
            if damaged[word] == *count {
                let expected = (Status::parse(word), count.as_u64().unwrap());
                prop_assert!(counts.counts.contains(&expected), "{word}");
            }
        }
    }

    #[test]
    fn no_damaged_payload_makes_a_decoder_panic(
        name in prop::sample::select(ANSWERS.map(|(name, ..)| name).to_vec()),
        damages in damages(),
        cut in 0.0..1.0_f64,
    ) {
        let payload: Value = serde_json::from_str(&fixture(name)).unwrap();
        let body = damaged(payload, &damages).to_string();
        read_as_everything(body.as_bytes());
        let half = (body.len() as f64 * cut) as usize;
        prop_assert!(open(Call::List, &body.as_bytes()[..half]).is_err());
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let refusal = open(Call::List, &bytes).unwrap_err();
        prop_assert!(refusal.to_string().len() < 500);
    }
}
