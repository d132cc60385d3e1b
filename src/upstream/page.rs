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
    /// Each item, or why it cannot be read; one bad item spoils only itself.
    pub items: Vec<Result<Tracking, ItemError>>,
    /// How many further items name no parcel.
    pub unreadable: usize,
    /// How many trackings match on all pages.
    pub total: Option<u64>,
    /// Which page this is, from 1.
    pub page: Option<u32>,
    /// How many items a page holds.
    pub limit: Option<u32>,
}

/// A parcel of which the service said something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the answer about {key} cannot be read: {reason}")]
pub struct ItemError {
    /// Which parcel.
    pub key: TrackingKey,
    /// Which field, without its content.
    pub reason: String,
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
        let mut page = Self {
            total: fields.number("total"),
            page: fields.number("page"),
            limit: fields.number("limit"),
            ..Self::default()
        };
        let items = fields.list("items");
        for item in items.map_err(|mismatch| Error::undecodable(call, mismatch))? {
            page.add(item);
        }
        Ok(page)
    }

    /// The one item of a realtime answer, if there is any.
    pub(super) fn only(self, call: Call) -> Result<Option<Tracking>, Error> {
        match self.items.into_iter().next() {
            Some(Ok(tracking)) => Ok(Some(tracking)),
            Some(Err(error)) => Err(Error::undecodable(call, error.reason)),
            None if self.unreadable > 0 => Err(Error::undecodable(
                call,
                "an item without number and carrier",
            )),
            None => Ok(None),
        }
    }

    fn add(&mut self, item: &Value) {
        let Some((key, fields)) = named(item) else {
            self.unreadable += 1;
            return;
        };
        let read = tracking(key.clone(), fields);
        self.items.push(read.map_err(|mismatch| ItemError {
            key,
            reason: mismatch.to_string(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(data: Value) -> Result<Page, Error> {
        Page::read(Call::List, Ok(data))
    }

    #[test]
    fn a_bad_item_spoils_only_itself() {
        let page = read(json!({"total": "4", "items": [
            {"tracking_number": "RN123456789CN", "carrier_code": "china-post", "origin_info": "lost"},
            {"tracking_number": "RN123456790CN", "carrier_code": "china-post", "status": "transit"},
            {"tracking_number": "RN123456791CN"},
            "noise",
        ]}))
        .unwrap();
        assert_eq!(
            (page.items.len(), page.unreadable, page.total),
            (2, 2, Some(4))
        );
        assert_eq!(
            page.items[0].as_ref().unwrap_err().to_string(),
            "the answer about RN123456789CN of china-post cannot be read: `origin_info` is a text instead of an object"
        );
        assert_eq!(page.items[1].as_ref().unwrap().status.as_str(), "transit");
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
    }
}
