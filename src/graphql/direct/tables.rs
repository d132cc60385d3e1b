//! What can be written, and what the schema says of it.

use std::sync::LazyLock;

use async_graphql::registry::{MetaTypeName, Registry};

use super::{Object, Table};
use crate::graphql::anomaly::TrackingAnomalyKind;
use crate::graphql::carrier::{Carrier, CarrierKind};
use crate::graphql::freshness::{FreshnessStaleReason, TrackingSource};
use crate::graphql::status::{TimePrecision, TimeZoneSource, TrackingLegKind, TrackingStatus};
use crate::graphql::tracking::Parcel;
use crate::graphql::verification::TrackingVerification;

static PARCEL: &[&Table] = &[Parcel::TABLE];
static NODE: &[&Table] = &[Parcel::TABLE, Carrier::TABLE];

static SCHEMA: LazyLock<Registry> = LazyLock::new(crate::graphql::registry);

/// What values of that type can be, if all of it can be written. Wherever a field has such a value, it is [`super::Direct`].
pub(super) fn tables(type_name: &str) -> &'static [&'static Table] {
    match type_name {
        "Tracking" | "_Entity" => PARCEL,
        "Node" => NODE,
        _ => &[],
    }
}

/// The name of the type of a field, without its brackets.
pub(super) fn type_of_field(type_name: &str, field: &str) -> Option<&'static str> {
    let field = SCHEMA.types.get(type_name)?.field_by_name(field)?;
    Some(MetaTypeName::concrete_typename(&field.ty))
}

/// Enums, which are written as their words.
macro_rules! words {
    ($($Enum:ty),+ $(,)?) => {$(
        impl $crate::graphql::direct::Written for $Enum {
            fn write<'s>(
                &self,
                _: &'s $crate::graphql::direct::Selected,
                to: &mut $crate::graphql::direct::Writer<'s>,
            ) {
                to.word(*self);
            }
        }
    )+};
}

words![
    CarrierKind,
    FreshnessStaleReason,
    TimePrecision,
    TimeZoneSource,
    TrackingAnomalyKind,
    TrackingLegKind,
    TrackingSource,
    TrackingStatus,
    TrackingVerification,
];

#[cfg(test)]
mod tests {
    use async_graphql::registry::MetaType;

    use super::*;

    /// Every field of the schema has its place in the table of its type, and the other way round.
    #[test]
    fn tables_hold_what_the_schema_says() {
        let mut tables: Vec<&Table> = NODE.to_vec();
        let mut seen = Vec::new();
        while let Some(table) = tables.pop() {
            let name = (table.name)();
            let fields = SCHEMA.types[&*name].fields().unwrap();
            for (field, known) in fields {
                let (_, place) = table.place_of(field).unwrap();
                let below = (place.below)();
                let ty = MetaTypeName::concrete_typename(&known.ty);
                let is_object = matches!(SCHEMA.types[ty], MetaType::Object { .. });
                assert_eq!(is_object, below.is_some(), "{name}.{field}");
                if let Some(below) = below {
                    assert_eq!((below.name)(), ty, "{name}.{field}");
                    if !seen.contains(&ty) {
                        seen.push(ty);
                        tables.push(below);
                    }
                }
            }
            assert_eq!(fields.len(), table.places.len(), "{name}");
        }
        assert!(seen.len() > 5, "{seen:?}");
    }
}
