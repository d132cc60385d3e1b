//! Lists of rows, in all the containers that the service may put them into.

use serde_json::Value;

use super::reader::is_nothing;

/// A row and the name under which it was found, if it was in an object.
pub(super) type Row<'a> = (Option<&'a str>, &'a Value);

/// The rows of a list. PHP writes lists with gaps as objects, and some lists are documented by nobody, so that an object
/// stands for the list of its values, or for a list of one if it has the field that marks a row. None for all that means
/// nothing, `None` for what is no container.
pub(super) fn rows<'a>(value: &'a Value, mark: &str) -> Option<Vec<Row<'a>>> {
    match value {
        Value::Array(list) => Some(list.iter().map(|row| (None, row)).collect()),
        Value::Object(object) if object.contains_key(mark) => Some(vec![(None, value)]),
        Value::Object(object) => Some(
            object
                .iter()
                .map(|(name, row)| (Some(name.as_str()), row))
                .collect(),
        ),
        nothing if is_nothing(nothing) => Some(Vec::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_rows_come_as_objects_too() {
        let found = |value: Value| {
            rows(&value, "mark").map(|rows| {
                rows.into_iter()
                    .map(|(name, row)| (name.map(str::to_owned), row.clone()))
                    .collect::<Vec<_>>()
            })
        };
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(found(json!([7])), Some(vec![(None, json!(7))]));
        assert_eq!(found(json!({"3": 7})), Some(vec![(named("3"), json!(7))]));
        let lone = json!({"mark": 1});
        assert_eq!(found(lone.clone()), Some(vec![(None, lone)]));
        for nothing in [json!(null), json!(""), json!([]), json!({})] {
            assert_eq!(found(nothing), Some(vec![]));
        }
        assert_eq!(found(json!("lost")), None);
    }
}
