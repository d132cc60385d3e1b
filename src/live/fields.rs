//! The fields of a summary, packed into one text: every parcel that is known has a summary, and boxes of their own would
//! take more than what is in them.

use std::borrow::Cow;
use std::fmt::Write;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How one field stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Field<'a> {
    /// It has a value.
    #[serde(borrow)]
    Set(Cow<'a, str>),
    /// It has none.
    Unset,
    /// Nothing was said of it.
    Unsaid(u8),
}

/// Fields in their order. They are stored as a list: a text, null, or a number for what was not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Box<str>);

impl Fields {
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter(&self.0)
    }
}

impl<'a> FromIterator<Field<'a>> for Fields {
    /// Writes one behind the other: `5:shoes` for a value of five bytes, `-` for none, and `0?`.
    fn from_iter<T: IntoIterator<Item = Field<'a>>>(fields: T) -> Self {
        let mut packed = String::new();
        for field in fields {
            match field {
                Field::Set(text) => write!(packed, "{}:{text}", text.len()),
                Field::Unset => write!(packed, "-"),
                Field::Unsaid(kind) => write!(packed, "{kind}?"),
            }
            .expect("a text takes whatever is written");
        }
        // Copied, because an allocator may leave what is only shrunk where it is.
        Self(packed.as_str().into())
    }
}

pub(super) struct Iter<'a>(&'a str);

impl<'a> Iterator for Iter<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if let Some(rest) = self.0.strip_prefix('-') {
            self.0 = rest;
            return Some(Field::Unset);
        }
        let (number, rest) = self.0.split_at(self.0.find([':', '?'])?);
        let (mark, rest) = rest.split_at(1);
        if mark == "?" {
            self.0 = rest;
            return Some(Field::Unsaid(number.parse().ok()?));
        }
        let (text, rest) = rest.split_at_checked(number.parse().ok()?)?;
        self.0 = rest;
        Some(Field::Set(text.into()))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Vec::<Field<'de>>::deserialize(deserializer)?;
        Ok(fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As it was before fields were packed.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Plain {
        Set(Box<str>),
        Unset,
        Unsaid(u8),
    }

    fn plain() -> impl Strategy<Value = Plain> {
        prop_oneof![
            any::<String>().prop_map(|text| Plain::Set(text.into())),
            "[-:?0-9]{0,12}".prop_map(|text| Plain::Set(text.into())),
            Just(Plain::Unset),
            any::<u8>().prop_map(Plain::Unsaid),
        ]
    }

    fn field(plain: &Plain) -> Field<'_> {
        match plain {
            Plain::Set(text) => Field::Set(Cow::Borrowed(text)),
            Plain::Unset => Field::Unset,
            Plain::Unsaid(kind) => Field::Unsaid(*kind),
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_is_as_it_was_and_is_stored_as_ever(
            plain in prop::collection::vec(plain(), 0..30)
        ) {
            let fields: Vec<_> = plain.iter().map(field).collect();
            let packed: Fields = fields.iter().cloned().collect();
            prop_assert!(packed.iter().eq(fields));
            let stored = serde_json::to_string(&plain).unwrap();
            prop_assert_eq!(serde_json::to_string(&packed).unwrap(), &*stored);
            prop_assert_eq!(serde_json::from_str::<Fields>(&stored).unwrap(), packed);
        }

        #[test]
        fn only_what_is_the_same_is_packed_alike(one in plain(), other in plain()) {
            let pack = |plain: &Plain| Fields::from_iter([field(plain)]);
            prop_assert_eq!(pack(&one) == pack(&other), one == other);
        }
    }

    #[test]
    fn what_is_no_list_of_fields_is_not_read() {
        for stored in ["7", "[256]", "[-1]", "[[]]", "[true]"] {
            assert!(serde_json::from_str::<Vec<Plain>>(stored).is_err());
            assert!(serde_json::from_str::<Fields>(stored).is_err(), "{stored}");
        }
    }
}
