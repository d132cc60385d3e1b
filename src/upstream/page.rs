//! The answer to a list call.

use serde_json::Value;
use thiserror::Error;

use super::envelope::{odd_data, or_nothing};
use super::reader::{Fields, is_nothing};
use super::tracking::{named, tracking};
use super::{Call, Error};
use crate::model::{Tracking, TrackingKey};

/// One page of trackings, in the service's order, which it does not document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Each item in its place, or why it cannot be read; one bad item spoils only itself.
    pub items: Vec<Result<Tracking, ItemError>>,
    /// How many trackings match on all pages.
    pub total: Option<u64>,
    /// Which page this is, from 1.
    pub page: Option<u32>,
    /// How many items a page holds.
    pub limit: Option<u32>,
}

/// An item that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the answer about {} cannot be read: {reason}", about(key.as_ref()))]
pub struct ItemError {
    /// Which parcel it is about; `None` if it names none.
    pub key: Option<TrackingKey>,
    /// Which field, without its content.
    pub reason: String,
}

fn about(key: Option<&TrackingKey>) -> String {
    key.map_or_else(|| "some parcel".to_owned(), TrackingKey::to_string)
}

impl Page {
    /// A page of a list in which nothing matches.
    fn nothing() -> Self {
        Self {
            total: Some(0),
            ..Self::default()
        }
    }

    /// Reads what a list call gave. Nothing found is an empty page, whether the service sends no items or code 4031.
    pub(super) fn read(call: Call, data: Result<Value, Error>) -> Result<Self, Error> {
        let data = or_nothing(data)?;
        if is_nothing(&data) {
            return Ok(Self::nothing());
        }
        let Some(fields) = data.as_object().map(Fields::new) else {
            return Err(odd_data(call, &data));
        };
        // Taking this for an empty page would declare existing parcels missing.
        if !fields.has("items") {
            return Err(Error::undecodable(call, "`data` has no `items`"));
        }
        let items = fields.list("items");
        let items = items.map_err(|mismatch| Error::undecodable(call, mismatch))?;
        Ok(Self {
            items: items.iter().map(item).collect(),
            total: fields.number("total"),
            page: fields.number("page"),
            limit: fields.number("limit"),
        })
    }

    /// The one item of a realtime answer, if there is any. One that names a parcel goes before others.
    pub(super) fn only(self, call: Call) -> Result<Option<Tracking>, Error> {
        let is_nameless = |item: &Result<_, ItemError>| {
            let error = item.as_ref().err();
            error.is_some_and(|error| error.key.is_none())
        };
        let only = self.items.into_iter().min_by_key(is_nameless).transpose();
        only.map_err(|error| Error::undecodable(call, error.reason))
    }
}

fn item(item: &Value) -> Result<Tracking, ItemError> {
    let Some((key, fields)) = named(item) else {
        return Err(ItemError {
            key: None,
            reason: "an item without number and carrier".to_owned(),
        });
    };
    tracking(key.clone(), fields).map_err(|mismatch| ItemError {
        key: Some(key),
        reason: mismatch.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(data: Value) -> Result<Page, Error> {
        Page::read(Call::List, Ok(data))
    }

    #[test]
    fn a_bad_item_spoils_only_itself_and_keeps_its_place() {
        let page = read(json!({"total": "4", "items": [
            "noise",
            {"tracking_number": "RN123456789CN", "carrier_code": "china-post", "origin_info": "lost"},
            {"tracking_number": "RN123456791CN"},
            {"tracking_number": "RN123456790CN", "carrier_code": "china-post", "status": "transit"},
        ]}))
        .unwrap();
        assert_eq!(page.total, Some(4));
        let told = page.items.iter().map(|item| match item {
            Ok(tracking) => tracking.status.as_str().to_owned(),
            Err(error) => error.to_string(),
        });
        let nameless =
            "the answer about some parcel cannot be read: an item without number and carrier";
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                nameless,
                "the answer about RN123456789CN of china-post cannot be read: `origin_info` is a text instead of an object",
                nameless,
                "transit",
            ]
        );
    }

    #[test]
    fn nothing_is_an_empty_page() {
        for (nothing, total) in [
            (json!([]), Some(0)),
            (json!(null), Some(0)),
            (json!({"items": []}), None),
            (json!({"items": null}), None),
        ] {
            let page = read(nothing).unwrap();
            assert_eq!((page.items, page.total), (vec![], total));
        }
    }

    #[test]
    fn data_without_items_is_not_an_empty_page() {
        for wrong in [
            json!({"total": "56"}),
            json!({"items": 7}),
            json!([1]),
            json!("text"),
        ] {
            let refusal = read(wrong.clone()).unwrap_err();
            assert!(matches!(refusal, Error::Undecodable { .. }), "{wrong}");
        }
    }

    #[test]
    fn an_only_item_that_cannot_be_read_is_not_taken_for_none() {
        let only = |data| read(data).unwrap().only(Call::Realtime);
        assert_eq!(only(json!({"items": []})), Ok(None));
        assert!(only(json!({"items": [{}]})).is_err());
        let lost =
            json!({"tracking_number": "RN123456789CN", "carrier_code": "dhl", "origin_info": 1});
        assert!(only(json!({ "items": [lost] })).is_err());
        let whole = json!({"tracking_number": "RN123456789CN", "carrier_code": "dhl"});
        assert!(matches!(only(json!({ "items": [{}, whole] })), Ok(Some(_))));
    }
}
