//! Objects that stay text until it is known what of them is wanted.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::Failure;

/// A JSON object as it was written. A tree takes up to twenty times the memory of its text, so that only those fields are built
/// that somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct Written(Option<Box<RawValue>>);

impl Written {
    /// Reads what should be an object, where `null` stands for none; nothing comes of anything else.
    pub(super) fn of(text: Option<&RawValue>) -> Option<Self> {
        let text = text.filter(|text| text.get() != "null");
        let is_object = text.is_none_or(|text| text.get().starts_with('{'));
        is_object.then(|| Self(text.map(ToOwned::to_owned)))
    }

    /// Its fields of these names. Of those that are there twice, the last.
    pub fn pick(&self, is_meant: impl Fn(&str) -> bool) -> serde_json::Result<Map<String, Value>> {
        match &self.0 {
            Some(text) => {
                serde_json::Deserializer::from_str(text.get()).deserialize_map(Pick(is_meant))
            }
            None => Ok(Map::new()),
        }
    }
}

#[cfg(test)]
impl From<&Value> for Written {
    fn from(object: &Value) -> Self {
        Self::of(Some(&serde_json::value::to_raw_value(object).unwrap())).unwrap()
    }
}

/// Says that one of its fields stands for nothing that could be built.
pub(super) fn unreadable(name: &str, error: &serde_json::Error) -> Failure {
    Failure::bad_input(format!("{name} cannot be read: {error} of its text"))
}

/// Builds fields whose names are meant.
struct Pick<F>(F);

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Pick<F> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
        let mut picked = Map::new();
        while let Some(name) = all.next_key::<String>()? {
            if (self.0)(&name) {
                picked.insert(name, all.next_value()?);
            } else {
                all.next_value::<IgnoredAny>()?;
            }
        }
        Ok(picked)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(text: &str) -> Option<Written> {
        Written::of(Some(serde_json::from_str(text).unwrap()))
    }

    #[test]
    fn only_objects_are_taken_and_null_is_none() {
        for text in ["5", "[]", "\"{}\"", "true"] {
            assert!(written(text).is_none(), "{text}");
        }
        for nothing in [written("null"), written("{}"), Written::of(None)] {
            assert!(nothing.unwrap().pick(|_| true).unwrap().is_empty());
        }
    }

    #[test]
    fn only_what_is_meant_is_built() {
        let deep = ["[".repeat(1_000), "]".repeat(1_000)].concat();
        let text = format!(r#"{{"a":1,"deep":{deep},"large":1e999,"a":{{"b":[2]}}}}"#);
        let object = written(&text).unwrap();
        let picked = object.pick(|name| name == "a").unwrap();
        assert_eq!(Value::Object(picked), json!({ "a": { "b": [2] } }));
        for name in ["deep", "large"] {
            assert!(object.pick(|meant| meant == name).is_err());
        }
    }
}
