//! Which trackings a list call asks for.

use jiff::Timestamp;

use super::size::at_most;
use super::{Call, Error};
use crate::model::{Language, Status, TrackingNumber, stated};

/// How many numbers or orders one list call may name, as documented.
pub const MAX_NUMBERS: usize = 40;

/// How many trackings one page may hold, as documented.
pub const MAX_PAGE_SIZE: u32 = 2000;

/// What the service itself assumes, as documented.
const DEFAULT_PAGE_SIZE: u32 = 100;

/// A page of the account's trackings. What is unset does not filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ListQuery {
    /// Which page, from 1; 0 is taken for 1.
    pub page: u32,
    /// How many trackings, at most [`MAX_PAGE_SIZE`]; 0 is taken for the documented default of 100.
    pub limit: u32,
    /// At most [`MAX_NUMBERS`]. The service takes no carriers here, so one number may give several trackings.
    pub numbers: Vec<TrackingNumber>,
    /// Only this status.
    pub status: Option<Status>,
    /// Only archived trackings, or only others.
    pub archived: Option<bool>,
    /// Only those added at this time or later, to the second.
    pub created_min: Option<Timestamp>,
    /// Only those added at this time or earlier, to the second.
    pub created_max: Option<Timestamp>,
    /// Only those that the service asked about by itself at this time or later, to the second.
    pub updated_min: Option<Timestamp>,
    /// Only those that the service asked about by itself at this time or earlier, to the second.
    pub updated_max: Option<Timestamp>,
    /// Only those whose order was placed at this time or later, to the second.
    pub ordered_min: Option<Timestamp>,
    /// Only those whose order was placed at this time or earlier, to the second.
    pub ordered_max: Option<Timestamp>,
    /// At most [`MAX_NUMBERS`] of the shop's order ids. The service splits them at commas, so none may hold one.
    pub orders: Vec<String>,
    /// The language of the checkpoints, where the courier offers several.
    pub language: Option<Language>,
}

impl ListQuery {
    /// The query string in the documented spellings. A query beyond the documented sizes is an [`Error::TooLarge`].
    pub(super) fn pairs(&self) -> Result<Vec<(&'static str, String)>, Error> {
        at_most(MAX_NUMBERS, Call::List, "numbers", self.numbers.len())?;
        at_most(MAX_NUMBERS, Call::List, "orders", self.orders.len())?;
        at_most(
            MAX_PAGE_SIZE as usize,
            Call::List,
            "trackings on a page",
            self.limit as usize,
        )?;
        let limit = match self.limit {
            0 => DEFAULT_PAGE_SIZE,
            limit => limit,
        };
        let status = self.status.as_ref().map(Status::as_str);
        let filters = [
            ("numbers", stated(self.joined_numbers())),
            ("status", status.and_then(stated)),
            (
                "archived",
                self.archived.map(|archived| archived.to_string()),
            ),
            ("created_at_min", epoch(self.created_min)),
            ("created_at_max", epoch(self.created_max)),
            // The documentation spells the fields of an answer otherwise.
            ("update_time_min", epoch(self.updated_min)),
            ("update_time_max", epoch(self.updated_max)),
            ("order_created_time_min", epoch(self.ordered_min)),
            ("order_created_time_max", epoch(self.ordered_max)),
            ("orders", stated(self.orders.join(","))),
            ("lang", self.language.map(|code| code.as_str().to_owned())),
        ];
        let mut pairs = vec![
            ("page", self.page.max(1).to_string()),
            // Always sent, because documentation and SDK disagree about the default.
            ("limit", limit.to_string()),
        ];
        pairs.extend(
            filters
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        Ok(pairs)
    }

    fn joined_numbers(&self) -> String {
        let numbers: Vec<&str> = self.numbers.iter().map(TrackingNumber::as_str).collect();
        numbers.join(",")
    }
}

/// A time as the service's filters write it.
pub(super) fn epoch(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.as_second().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(index: usize) -> TrackingNumber {
        TrackingNumber::parse(&format!("RN{index:09}CN")).unwrap()
    }

    #[test]
    fn page_and_limit_are_always_said() {
        let pairs = ListQuery::default().pairs().unwrap();
        assert_eq!(pairs, [("page", "1".into()), ("limit", "100".into())]);
    }

    #[test]
    fn every_filter_has_its_documented_spelling() {
        let query = ListQuery {
            page: 2,
            limit: 2000,
            numbers: vec![number(1), number(2)],
            status: Some(Status::Transit),
            archived: Some(false),
            created_min: Some(Timestamp::UNIX_EPOCH),
            created_max: Some("2018-04-16T14:30:02.9+08:00".parse().unwrap()),
            updated_min: Timestamp::from_second(1).ok(),
            updated_max: Timestamp::from_second(2).ok(),
            ordered_min: Timestamp::from_second(3).ok(),
            ordered_max: Timestamp::from_second(4).ok(),
            orders: vec!["ORDER-1001".into(), "1002".into()],
            language: Language::parse("cn").ok(),
        };
        let pairs = query.pairs().unwrap();
        let written: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            written.join("&"),
            "page=2&limit=2000&numbers=RN000000001CN,RN000000002CN&status=transit&archived=false\
             &created_at_min=0&created_at_max=1523860202&update_time_min=1&update_time_max=2\
             &order_created_time_min=3&order_created_time_max=4&orders=ORDER-1001,1002&lang=cn"
        );
    }

    #[test]
    fn forty_numbers_go_and_forty_one_do_not() {
        let query = |count| ListQuery {
            numbers: (0..count).map(number).collect(),
            ..ListQuery::default()
        };
        assert!(query(MAX_NUMBERS).pairs().is_ok());
        assert_eq!(
            query(41).pairs().unwrap_err().to_string(),
            "GET /trackings/get would ask for 41 numbers, but 40 is the most; split the request"
        );
        let many_orders = ListQuery {
            orders: vec!["ORDER-1001".into(); 41],
            ..ListQuery::default()
        };
        assert!(matches!(
            many_orders.pairs(),
            Err(Error::TooLarge { given: 41, .. })
        ));
        let long_page = ListQuery {
            limit: MAX_PAGE_SIZE + 1,
            ..ListQuery::default()
        };
        assert!(matches!(
            long_page.pairs(),
            Err(Error::TooLarge { given: 2001, .. })
        ));
    }
}
