//! Values of variables, read as the specification wants it before anything is carried out.

use std::fmt;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{EnumType, ExtendedType, InputObjectType};
use apollo_compiler::validation::Valid;
use async_graphql::{Name, Pos, Value as ConstValue, Variables};
use async_graphql_value::Number;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::plan::{Declared, Need};
use super::scalar;
use super::verdict::{Errors, Refused};

/// Reads the values of all variables that are declared. What nobody declared is left alone.
pub(super) fn coerce(
    schema: &Valid<Schema>,
    declared: &[Declared],
    given: &Map<String, Value>,
) -> Result<Variables, Arc<Refused>> {
    let mut variables = Variables::default();
    let mut reader = Reader {
        schema,
        errors: Errors::default(),
        place: Pos::default(),
    };
    for variable in declared {
        reader.place = variable.place;
        let path = Path::Variable(&variable.name);
        let given = given.get(variable.name.as_str());
        let value = match (given, &variable.default) {
            (Some(value), _) => reader.value(&path, &variable.ty, value),
            (None, Some(default)) => Some(default.clone()),
            (None, None) if variable.ty.is_non_null() => {
                reader.refuse(&path, "is required: give it in variables")
            }
            (None, None) => None,
        };
        let is_null = value.as_ref().map(|value| *value == ConstValue::Null);
        let missing = match (variable.need, is_null) {
            _ if variable.ty.is_non_null() => None,
            (Need::Choice, None | Some(true)) => {
                Some("must not be null or left out: it is given as the only one of several choices")
            }
            (Need::NotNull, Some(true)) => {
                Some("must not be null: it is given where null cannot be")
            }
            _ => None,
        };
        if let Some(missing) = missing {
            reader.refuse::<()>(&path, missing);
        }
        if let Some(value) = value {
            variables.insert(variable.name.clone(), value);
        }
    }
    reader.errors.into_result()?;
    Ok(variables)
}

struct Reader<'a> {
    schema: &'a Schema,
    errors: Errors,
    place: Pos,
}

/// Which part of a variable's value is meant.
enum Path<'a> {
    Variable(&'a str),
    Field(&'a Path<'a>, &'a str),
    Entry(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "${name}"),
            Self::Field(of, name) => write!(f, "{of}.{name}"),
            Self::Entry(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

/// Every reading gives `None` where it has told an error.
impl Reader<'_> {
    fn value(&mut self, path: &Path<'_>, ty: &Type, value: &Value) -> Option<ConstValue> {
        match (ty, value) {
            (Type::NonNullNamed(_) | Type::NonNullList(_), Value::Null) => {
                self.refuse(path, format!("must not be null: it is of the type {ty}"))
            }
            (_, Value::Null) => Some(ConstValue::Null),
            (Type::List(of) | Type::NonNullList(of), Value::Array(entries)) => {
                let mut read = Vec::with_capacity(entries.len());
                for (index, entry) in entries.iter().enumerate() {
                    let entry = self.value(&Path::Entry(path, index), of, entry);
                    // The others are read all the same, so that all errors are told that are told at all.
                    if entry.is_none() && self.errors.is_full() {
                        return None;
                    }
                    read.push(entry);
                }
                let read: Option<Vec<_>> = read.into_iter().collect();
                read.map(ConstValue::List)
            }
            (Type::List(of) | Type::NonNullList(of), entry) => {
                let entry = self.value(path, of, entry)?;
                Some(ConstValue::List(vec![entry]))
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => {
                match self.schema.types.get(name) {
                    Some(ExtendedType::InputObject(ty)) => self.object(path, ty, value),
                    Some(ExtendedType::Enum(ty)) => self.word(path, ty, value),
                    _ => self.scalar(path, name, value),
                }
            }
        }
    }

    fn object(
        &mut self,
        path: &Path<'_>,
        ty: &InputObjectType,
        value: &Value,
    ) -> Option<ConstValue> {
        let Value::Object(given) = value else {
            return self.refuse(path, format!("must be an object of the type {}", ty.name));
        };
        let mut fields = IndexMap::new();
        let mut is_right = true;
        for (name, field) in &ty.fields {
            let path = Path::Field(path, name);
            let value = match given.get(name.as_str()) {
                Some(value) => self.value(&path, &field.ty, value),
                // What carries the operation out knows the defaults.
                None if !field.is_required() => continue,
                None => self.refuse(
                    &path,
                    format!("is required: it is of the type {}", field.ty),
                ),
            };
            match value {
                Some(value) => drop(fields.insert(Name::new(name), value)),
                None => is_right = false,
            }
        }
        let unknown = given
            .keys()
            .find(|key| !ty.fields.contains_key(key.as_str()));
        if let Some(unknown) = unknown {
            let unknown: String = unknown.chars().take(50).collect();
            return self.refuse(
                path,
                format!("has a field \"{unknown}\", which {} does not know", ty.name),
            );
        }
        if ty.directives.has("oneOf") && (given.len() != 1 || given.values().any(Value::is_null)) {
            let choices: Vec<_> = ty.fields.keys().map(|name| name.as_str()).collect();
            return self.refuse(
                path,
                format!(
                    "must have exactly one of {}, and not null",
                    choices.join(", ")
                ),
            );
        }
        is_right.then_some(ConstValue::Object(fields))
    }

    fn word(&mut self, path: &Path<'_>, ty: &EnumType, value: &Value) -> Option<ConstValue> {
        let word = value.as_str().filter(|word| ty.values.contains_key(*word));
        match word {
            Some(word) => Some(ConstValue::Enum(Name::new(word))),
            None => {
                let words: Vec<_> = ty.values.keys().map(|name| name.as_str()).collect();
                self.refuse(path, format!("must be one of {}", words.join(", ")))
            }
        }
    }

    fn scalar(&mut self, path: &Path<'_>, name: &str, value: &Value) -> Option<ConstValue> {
        let (read, wanted) = match name {
            "Int" => (
                int(value),
                "a whole number between -2147483648 and 2147483647",
            ),
            "Float" => (
                value
                    .as_f64()
                    .and(constant(value))
                    .filter(|_| value.is_number()),
                "a number",
            ),
            "String" => (constant(value).filter(|_| value.is_string()), "a text"),
            "Boolean" => (
                constant(value).filter(|_| value.is_boolean()),
                "true or false",
            ),
            "ID" => (id(value), "a text or a whole number"),
            _ => {
                let value = constant(value)?;
                return match scalar::wrong(name, &value) {
                    None => Some(value),
                    Some(wrong) => self.refuse(path, format!("is wrong: {wrong}")),
                };
            }
        };
        read.or_else(|| self.refuse(path, format!("must be {wanted}")))
    }

    fn refuse<T>(&mut self, path: &Path<'_>, why: impl fmt::Display) -> Option<T> {
        self.errors
            .push(format!("the variable {path} {why}"), self.place);
        None
    }
}

fn constant(value: &Value) -> Option<ConstValue> {
    ConstValue::from_json(value.clone()).ok()
}

/// JSON does not tell 1.0 from 1.
fn whole(value: &Value) -> Option<i64> {
    let whole = |number: f64| number.fract() == 0.0 && number.abs() < 9e15;
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| whole(*number))
            .map(|number| number as i64)
    })
}

fn int(value: &Value) -> Option<ConstValue> {
    let number = i32::try_from(whole(value)?).ok()?;
    Some(ConstValue::Number(Number::from(number)))
}

fn id(value: &Value) -> Option<ConstValue> {
    match value {
        Value::String(text) => Some(ConstValue::String(text.clone())),
        Value::Number(number) if number.is_i64() || number.is_u64() => {
            Some(ConstValue::String(number.to_string()))
        }
        // Others that are whole are written as JavaScript writes them.
        Value::Number(number) => {
            let number = number.as_f64().filter(|number| number.fract() == 0.0)?;
            let digits = if number.abs() < 1e21 {
                format!("{}", number + 0.0)
            } else {
                format!("{number:e}").replace('e', "e+")
            };
            Some(ConstValue::String(digits))
        }
        _ => None,
    }
}
