//! How many trackings have each status.

use jiff::Timestamp;
use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::list_query::epoch;
use super::reader::{Fields, is_nothing};
use super::{Call, Error};
use crate::model::{Status, StatusCounts};

/// Words for all trackings together, which are no status and would be counted twice. Nobody has seen them yet.
const SUMMARIES: [&str; 3] = ["total", "all", "count"];

/// Which trackings are counted. What is unset does not filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct StatusCountQuery {
    /// Only those added at this time or later, to the second.
    pub created_min: Option<Timestamp>,
    /// Only those added at this time or earlier, to the second.
    pub created_max: Option<Timestamp>,
    /// Only those whose order was placed at this time or later, to the second.
    pub ordered_min: Option<Timestamp>,
    /// Only those whose order was placed at this time or earlier, to the second.
    pub ordered_max: Option<Timestamp>,
}

impl StatusCountQuery {
    /// The query string in the documented spellings.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let filters = [
            ("created_at_min", epoch(self.created_min)),
            ("created_at_max", epoch(self.created_max)),
            ("order_created_time_min", epoch(self.ordered_min)),
            ("order_created_time_max", epoch(self.ordered_max)),
        ];
        let set = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        set.collect()
    }
}

/// Reads what the call gave. An account that has no trackings may say so with nothing at all.
pub(super) fn read(data: Result<Value, Error>) -> Result<StatusCounts, Error> {
    let data = or_nothing(data)?;
    if is_nothing(&data) {
        return Ok(StatusCounts::default());
    }
    let object = data
        .as_object()
        .ok_or_else(|| odd_data(Call::StatusCounts, &data))?;
    let fields = Fields::new(object);
    let mut counts: Vec<(Status, u64)> = Vec::with_capacity(object.len());
    for word in object.keys().filter(|word| may_be_status(word)) {
        let status = Status::parse(word);
        let is_new = counts.iter().all(|(known, _)| *known != status);
        if let Some(count) = fields.number(word).filter(|_| is_new) {
            counts.push((status, count));
        }
    }
    counts.sort_by_key(|(status, _)| place_in_life(status));
    Ok(StatusCounts { counts })
}

fn may_be_status(word: &str) -> bool {
    let word = word.trim();
    !word.is_empty()
        && SUMMARIES
            .iter()
            .all(|summary| !word.eq_ignore_ascii_case(summary))
}

fn place_in_life(status: &Status) -> usize {
    match status {
        Status::Pending => 0,
        Status::NotFound => 1,
        Status::Transit => 2,
        Status::Pickup => 3,
        Status::Delivered => 4,
        Status::Undelivered => 5,
        Status::Exception => 6,
        Status::Expired => 7,
        Status::Unknown(_) => 8,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::Code;

    fn written(data: Value) -> String {
        let counts = read(Ok(data)).unwrap().counts;
        let written: Vec<String> = counts
            .iter()
            .map(|(status, count)| format!("{} {count}", status.as_str()))
            .collect();
        written.join(", ")
    }

    #[test]
    fn counts_may_be_texts_and_unknown_statuses_pass() {
        assert_eq!(
            written(json!({"inforeceived": 9, "transit": "31", "pending": 2, "expired": 0})),
            "pending 2, transit 31, expired 0, inforeceived 9"
        );
    }

    #[test]
    fn a_count_that_is_none_spoils_only_itself() {
        let odd = json!({"pending": -1, "transit": {}, "pickup": null, "": 3, "delivered": 7, "Delivered": 8});
        assert_eq!(written(odd), "delivered 8");
    }

    #[test]
    fn a_sum_is_no_status() {
        let summed = json!({"total": 9, "ALL": "9", " Count ": 9, "transit": 7, "totalled": 2});
        assert_eq!(written(summed), "transit 7, totalled 2");
    }

    #[test]
    fn an_account_without_trackings_has_no_counts() {
        let empty = Error::Refused {
            call: Call::StatusCounts,
            code: Code::NoContent,
            message: None,
        };
        for nothing in [Ok(json!([])), Ok(json!({})), Ok(json!(null)), Err(empty)] {
            assert_eq!(read(nothing), Ok(StatusCounts::default()));
        }
        for wrong in [json!([1]), json!("5")] {
            assert!(matches!(read(Ok(wrong)), Err(Error::Undecodable { .. })));
        }
    }

    #[test]
    fn every_filter_has_its_documented_spelling() {
        let time = |second| Timestamp::from_second(second).ok();
        let query = StatusCountQuery {
            created_min: time(1),
            created_max: time(2),
            ordered_min: time(3),
            ordered_max: time(4),
        };
        let names: Vec<String> = query
            .pairs()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            names.join("&"),
            "created_at_min=1&created_at_max=2&order_created_time_min=3&order_created_time_max=4"
        );
        assert!(StatusCountQuery::default().pairs().is_empty());
    }
}
