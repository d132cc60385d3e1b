//! The JSON of a body: one object, or an array of some, in which no name may be there twice.

use std::collections::HashMap;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::graphql::Request;

/// The JSON of a body.
pub(super) enum Body<'a> {
    /// What should be one request.
    One(Fields<'a>),
    /// What should be several: the first of them, and how many there are.
    Many(Vec<Fields<'a>>, usize),
}

impl<'a> Body<'a> {
    /// Reads a body. Of several requests so many are kept, and the others only counted.
    pub(super) fn read(json: &'a str, most: usize) -> serde_json::Result<Self> {
        let mut json = serde_json::Deserializer::from_str(json);
        let body = Reader { most }.deserialize(&mut json)?;
        json.end()?;
        Ok(body)
    }
}

/// What should be a request. A name that is there twice would be read in one way by some and in another by others, and so
/// pass whoever looks at requests on their way.
pub(super) enum Fields<'a> {
    /// It has these fields that a request may have.
    Object(HashMap<&'static str, &'a RawValue>),
    /// It has a field of that name twice.
    Twice(&'static str),
    /// It is no object.
    None,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // One of several holds none itself.
        match (Reader { most: 0 }).deserialize(deserializer)? {
            Body::One(fields) => Ok(fields),
            Body::Many(..) => Ok(Self::None),
        }
    }
}

struct Reader {
    /// How many of several requests are kept.
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Body<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body<'de>, A::Error> {
        let (mut fields, mut twice) = (HashMap::new(), None);
        while let Some(name) = map.next_key::<String>()? {
            let mut known = Request::FIELDS.into_iter();
            let Some(name) = known.find(|known| *known == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if fields.insert(name, map.next_value()?).is_some() {
                twice.get_or_insert(name);
            }
        }
        Ok(Body::One(
            twice.map_or(Fields::Object(fields), Fields::Twice),
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Body<'de>, A::Error> {
        let mut requests = Vec::new();
        while requests.len() < self.most
            && let Some(fields) = all.next_element()?
        {
            requests.push(fields);
        }
        let mut count = requests.len();
        while all.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Body::Many(requests, count))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }

    fn visit_unit<E>(self) -> Result<Body<'de>, E> {
        Ok(Body::One(Fields::None))
    }
}
