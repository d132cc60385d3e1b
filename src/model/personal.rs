//! What tells of people, kept out of logs.

use std::fmt;

use super::Change;

/// A personal text as `Debug` may print it: whether it is there, and not what it says.
pub(super) struct Personal<'a, T>(pub(super) &'a T);

/// Stands in place of a text.
#[derive(Clone)]
struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

impl<T> fmt::Debug for Personal<'_, Option<T>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map(|_| Hidden).fmt(f)
    }
}

impl<T> fmt::Debug for Personal<'_, Box<[T]>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        vec![Hidden; self.0.len()].fmt(f)
    }
}

impl fmt::Debug for Personal<'_, Change<String>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(_) => Change::Set(Hidden),
        }
        .fmt(f)
    }
}

/// Writes `Debug` for a type as deriving it would, but for its personal fields. It names every field, so that a new one
/// cannot be forgotten.
macro_rules! debug_without_content {
    ($type:ident { $($field:ident),+ ; personal $($personal:ident),+ }) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { $($field,)+ $($personal),+ } = self;
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), $field))+
                    $(.field(stringify!($personal), &$crate::model::personal::Personal($personal)))+
                    .finish()
            }
        }
    };
}
pub(super) use debug_without_content;

#[cfg(test)]
mod tests {
    use super::super::{
        Account, CourierNeeds, Metadata, NewTracking, RealtimeOptions, Tracking, TrackingChanges,
        TrackingKey,
    };
    use super::*;

    const CONTENT: &str = "Jane Doe";

    fn text() -> Option<String> {
        Some(CONTENT.to_owned())
    }

    fn set() -> Change<String> {
        Change::Set(CONTENT.to_owned())
    }

    fn needs() -> CourierNeeds {
        CourierNeeds {
            postal_code: text(),
            account_number: text(),
            ..CourierNeeds::default()
        }
    }

    fn metadata() -> Metadata {
        Metadata {
            comment: Some(CONTENT.into()),
            customer_name: Some(CONTENT.into()),
            customer_emails: [CONTENT.into()].into(),
            customer_phone: Some(CONTENT.into()),
            ..Metadata::default()
        }
    }

    fn key() -> TrackingKey {
        TrackingKey::parse("dhl", "AAAAA1").unwrap()
    }

    #[test]
    fn whoever_prints_what_tells_of_people_sees_whether_it_is_there_and_no_more() {
        let new = NewTracking {
            comment: text(),
            customer_name: text(),
            customer_email: text(),
            customer_phone: text(),
            courier_needs: needs(),
            ..NewTracking::bare(key())
        };
        let changes = TrackingChanges {
            customer_name: set(),
            customer_email: set(),
            customer_phone: set(),
            ..TrackingChanges::default()
        };
        let options = RealtimeOptions {
            comment: text(),
            courier_needs: needs(),
            ..RealtimeOptions::default()
        };
        let account = Account {
            email: text(),
            phone: text(),
            ..Account::default()
        };
        let tracking = Tracking {
            metadata: metadata(),
            ..Tracking::bare(key(), crate::model::Status::Transit)
        };
        for (printed, hidden) in [
            (format!("{:#?}", metadata()), 4),
            (format!("{new:?}"), 6),
            (format!("{changes:?}"), 3),
            (format!("{options:?}"), 3),
            (format!("{account:?}"), 2),
            (format!("{tracking:?}"), 4),
        ] {
            assert!(!printed.contains(CONTENT), "{printed}");
            assert_eq!(printed.matches("****").count(), hidden, "{printed}");
        }
    }

    #[test]
    fn what_tells_of_nobody_is_printed_as_ever() {
        let changes = TrackingChanges {
            title: Change::Set("shoes".into()),
            customer_name: Change::Clear,
            ..TrackingChanges::default()
        };
        let printed = format!("{changes:?}");
        assert!(printed.starts_with(r#"TrackingChanges { title: Set("shoes"), order_id: Keep, "#));
        assert!(printed.contains("customer_name: Clear, customer_email: Keep"));
        let unset = format!("{:?}", Metadata::default());
        assert!(unset.contains("customer_name: None, customer_emails: []"));
    }
}
