//! Documented payloads, damaged at random: nothing panics, and no parcel that can still be named gets lost.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture_tests::{fixture, open};
use super::{Call, Page, tracking};
use crate::model::TrackingKey;

/// One place, counted in the order of the document, and what is put there; `None` takes it away.
type Damage = (usize, Option<Value>);

fn damage() -> impl Strategy<Value = Damage> {
    let odd = prop_oneof![
        Just(None),
        Just(Some(json!(null))),
        Just(Some(json!(""))),
        Just(Some(json!([]))),
        Just(Some(json!({}))),
        Just(Some(json!("null"))),
        Just(Some(json!([[{"Date": 7}]]))),
        Just(Some(json!({"trackinfo": {"0": {}}}))),
        any::<bool>().prop_map(|flag| Some(json!(flag))),
        any::<i64>().prop_map(|number| Some(json!(number))),
        any::<f64>().prop_map(|number| Some(json!(number))),
        any::<String>().prop_map(|text| Some(json!(text))),
    ];
    (0..200_usize, odd)
}

/// Every place below a value, deepest last.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, child)| (name.clone(), child))
            .collect(),
        Value::Array(list) => (0..)
            .map(|index: usize| index.to_string())
            .zip(list)
            .collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let place = format!("{here}/{name}");
        places(child, &place, found);
        found.push(place);
    }
}

fn apply(value: &mut Value, (index, new): &Damage) {
    let mut found = Vec::new();
    places(value, "", &mut found);
    let Some(place) = found.get(index % found.len().max(1)) else {
        return;
    };
    match (new, place.rsplit_once('/')) {
        (Some(new), _) => *value.pointer_mut(place).unwrap() = new.clone(),
        (None, Some((parent, name))) => match value.pointer_mut(parent).unwrap() {
            Value::Object(object) => _ = object.remove(name),
            Value::Array(list) => _ = list.remove(name.parse().unwrap()),
            _ => unreachable!("only objects and lists have places below"),
        },
        (None, None) => unreachable!("every place starts with a slash"),
    }
}

/// The parcel that an item names, found in another way than the module finds it.
fn named(item: &Value) -> Option<TrackingKey> {
    let part = |name: &str| match &item[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    };
    TrackingKey::parse(&part("carrier_code")?, &part("tracking_number")?).ok()
}

fn two_items() -> Value {
    let item = |name: &str, path: &str| {
        let payload: Value = serde_json::from_str(&fixture(name)).unwrap();
        payload.pointer(path).unwrap().clone()
    };
    json!([
        item("trackings_realtime.200.json", "/data/items/0"),
        item("trackings_single.200.json", "/data"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_item_that_can_be_named_gets_lost(damages in prop::collection::vec(damage(), 1..12)) {
        let mut items = two_items();
        for damage in &damages {
            apply(&mut items, damage);
        }
        let items = items.as_array().unwrap();
        let page = Page::read(Call::List, Ok(json!({ "items": items }))).unwrap();
        let found: Vec<TrackingKey> = page
            .items
            .iter()
            .map(|item| item.as_ref().map_or_else(|error| error.key.clone(), |tracking| tracking.key.clone()))
            .collect();
        let expected: Vec<TrackingKey> = items.iter().filter_map(named).collect();
        prop_assert_eq!(found.len() + page.unreadable, items.len());
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_damaged_payload_makes_the_decoder_panic(
        damages in prop::collection::vec(damage(), 1..12),
        cut in 0.0..1.0_f64,
    ) {
        for name in [
            "trackings_realtime.200.json",
            "trackings_get.200.json",
            "trackings_single.200.json",
            "errors/error.4001.json",
        ] {
            let mut payload: Value = serde_json::from_str(&fixture(name)).unwrap();
            for damage in &damages {
                apply(&mut payload, damage);
            }
            let body = payload.to_string();
            let _ = Page::read(Call::List, open(Call::List, body.as_bytes()));
            let _ = open(Call::Single, body.as_bytes()).and_then(|data| tracking::single(Call::Single, &data));
            let half = (body.len() as f64 * cut) as usize;
            prop_assert!(open(Call::List, &body.as_bytes()[..half]).is_err());
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let refusal = open(Call::List, &bytes).unwrap_err();
        prop_assert!(refusal.to_string().len() < 500);
    }
}
