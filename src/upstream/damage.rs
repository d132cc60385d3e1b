//! Random damage to payloads: what is there is dropped, emptied or given another type.

use proptest::prelude::*;
use serde_json::{Value, json};

/// One place, counted in the order of the document, and what is put there; `None` takes it away.
pub(super) type Damage = (usize, Option<Value>);

/// How many damages a payload gets.
pub(super) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(one_damage(), 1..12)
}

/// A value after all damages, which can hit it as a whole, too.
pub(super) fn damaged(value: Value, damages: &[Damage]) -> Value {
    damaged_inside(json!({ "it": value }), damages)["it"].take()
}

/// A list or an object after all damages, which hit only what is in it.
pub(super) fn damaged_inside(mut value: Value, damages: &[Damage]) -> Value {
    for damage in damages {
        apply(&mut value, damage);
    }
    value
}

/// 400 cases, or what the environment variable `PROPTEST_CASES` says.
pub(super) fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig {
            cases: 400,
            ..config
        },
    }
}

fn one_damage() -> impl Strategy<Value = Damage> {
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
