//! From JSON to the account.

use serde_json::Value;

use super::envelope::odd_data;
use super::reader::{Fields, is_nothing};
use super::{Call, Error};
use crate::model::Account;

/// Reads the `data` of the call for the account.
pub(super) fn read(data: &Value) -> Result<Account, Error> {
    let call = Call::Account;
    if is_nothing(data) {
        return Err(Error::NothingReturned { call });
    }
    let fields = data
        .as_object()
        .map(Fields::new)
        .ok_or_else(|| odd_data(call, data))?;
    Ok(Account {
        email: fields.text("email"),
        registered_at: fields.epoch_or_text("regtime"),
        phone: fields.text("phone"),
        balance: fields.decimal("money"),
        trackings_left: whole(fields, "track_number").or_else(|| {
            // One client reads it there; no other source knows the object.
            let plan = fields.object("plan").ok()??;
            whole(plan, "remaining_order")
        }),
    })
}

/// Detecting carriers costs tenths, so what is left may be no whole number.
fn whole(fields: Fields<'_>, field: &str) -> Option<u64> {
    fields.number(field).or_else(|| {
        let left = fields.decimal(field)?.floor();
        (0.0..1e15).contains(&left).then_some(left as u64)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn phones_times_and_amounts_come_as_numbers_or_as_texts() {
        for data in [
            json!({"regtime": "1469097290", "phone": "8612345678910", "money": "12.5", "track_number": "9999"}),
            json!({"regtime": 1469097290, "phone": 8612345678910_u64, "money": 12.5, "track_number": 9999}),
        ] {
            let account = read(&data).unwrap();
            assert_eq!(account.registered_at, "2016-07-21T10:34:50Z".parse().ok());
            assert_eq!(account.phone.as_deref(), Some("8612345678910"));
            assert_eq!(
                (account.balance, account.trackings_left),
                (Some(12.5), Some(9999))
            );
        }
    }

    #[test]
    fn the_plan_counts_only_where_the_number_is_missing() {
        let left = |data| read(&data).unwrap().trackings_left;
        let plan = json!({"remaining_order": "42"});
        assert_eq!(left(json!({ "plan": plan })), Some(42));
        assert_eq!(left(json!({"plan": plan, "track_number": 7})), Some(7));
        assert_eq!(left(json!({"plan": [], "track_number": null})), None);
        assert_eq!(left(json!({"plan": "gold"})), None);
    }

    #[test]
    fn a_broken_number_of_trackings_is_rounded_down() {
        let left = |value| {
            read(&json!({ "track_number": value }))
                .unwrap()
                .trackings_left
        };
        assert_eq!(left(json!(99.8)), Some(99));
        assert_eq!(left(json!("99.8")), Some(99));
        for odd in [json!(-1), json!(-0.5), json!(1e300), json!("many")] {
            assert_eq!(left(odd), None);
        }
    }

    #[test]
    fn an_empty_account_is_no_account() {
        let refusal = read(&json!([])).unwrap_err();
        assert!(matches!(refusal, Error::NothingReturned { .. }));
        let refusal = read(&json!([1])).unwrap_err();
        assert!(matches!(refusal, Error::Undecodable { .. }));
        assert_eq!(read(&json!({})), Ok(Account::default()));
    }
}
