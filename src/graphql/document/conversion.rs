//! Writes an operation in the terms of the library that carries it out.

use std::cell::Cell;
use std::collections::HashMap;

use apollo_compiler::ast::{
    Argument, Directive, DirectiveList, InputValueDefinition, OperationType, Type, Value,
    VariableDefinition,
};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};
use async_graphql::parser::types as target;
use async_graphql::{Name as TargetName, Positioned};
use async_graphql_value::{Number, Value as TargetValue};

use super::place::Places;

/// About how many bytes a node takes, with what it takes in those around it; a selection is three or four of them.
const NODE_WEIGHT: usize = 90;

/// An operation that was collected, and about how many bytes that takes.
pub(super) fn operation(
    schema: &Schema,
    operation: &Node<Operation>,
    places: &Places,
) -> (target::ExecutableDocument, usize) {
    let writer = Writer {
        schema,
        places,
        bytes: Cell::new(0),
    };
    let variables = operation.variables.iter();
    let definition = target::OperationDefinition {
        ty: match operation.operation_type {
            OperationType::Query => target::OperationType::Query,
            OperationType::Mutation => target::OperationType::Mutation,
            OperationType::Subscription => target::OperationType::Subscription,
        },
        variable_definitions: variables
            .map(|variable| writer.variable(variable))
            .collect(),
        directives: writer.directives(&operation.directives),
        selection_set: writer.set(&operation.selection_set, operation.location()),
    };
    let written = target::ExecutableDocument {
        operations: target::DocumentOperations::Single(
            writer.placed(definition, operation.location()),
        ),
        fragments: HashMap::new(),
    };
    (written, writer.bytes.get())
}

struct Writer<'a> {
    schema: &'a Schema,
    places: &'a Places,
    /// How many bytes were written, more or less.
    bytes: Cell<usize>,
}

impl Writer<'_> {
    fn placed<T>(&self, node: T, span: Option<SourceSpan>) -> Positioned<T> {
        self.weigh(1);
        Positioned::new(node, self.places.of_span(span))
    }

    fn weigh(&self, nodes: usize) {
        self.bytes.set(self.bytes.get() + nodes * NODE_WEIGHT);
    }

    fn name(&self, name: &Name) -> Positioned<TargetName> {
        self.weigh(name.len() / NODE_WEIGHT);
        self.placed(self::name(name), name.location())
    }

    fn condition(&self, on: &Name) -> Positioned<target::TypeCondition> {
        let condition = target::TypeCondition { on: self.name(on) };
        self.placed(condition, on.location())
    }

    fn variable(
        &self,
        variable: &Node<VariableDefinition>,
    ) -> Positioned<target::VariableDefinition> {
        let default = variable.default_value.as_ref().and_then(|value| {
            let constant = self.value(&variable.ty, value).into_const()?;
            Some(self.placed(constant, value.location()))
        });
        let definition = target::VariableDefinition {
            name: self.name(&variable.name),
            var_type: self.placed(ty(&variable.ty), variable.ty.location()),
            directives: self.directives(&variable.directives),
            default_value: default,
        };
        self.placed(definition, variable.location())
    }

    fn set(
        &self,
        set: &SelectionSet,
        span: Option<SourceSpan>,
    ) -> Positioned<target::SelectionSet> {
        let items = set
            .selections
            .iter()
            .filter_map(|selection| self.selection(selection));
        let set = target::SelectionSet {
            items: items.collect(),
        };
        self.placed(set, span)
    }

    fn selection(&self, selection: &Selection) -> Option<Positioned<target::Selection>> {
        let (selection, span) = match selection {
            Selection::Field(field) => {
                let span = field.location();
                (
                    target::Selection::Field(self.placed(self.field(field), span)),
                    span,
                )
            }
            Selection::InlineFragment(fragment) => {
                let span = fragment.location();
                let written = target::InlineFragment {
                    type_condition: fragment
                        .type_condition
                        .as_ref()
                        .map(|on| self.condition(on)),
                    directives: self.directives(&fragment.directives),
                    selection_set: self.set(&fragment.selection_set, span),
                };
                (
                    target::Selection::InlineFragment(self.placed(written, span)),
                    span,
                )
            }
            // What was collected has none.
            Selection::FragmentSpread(_) => return None,
        };
        Some(self.placed(selection, span))
    }

    fn field(&self, field: &Node<Field>) -> target::Field {
        target::Field {
            alias: field.alias.as_ref().map(|alias| self.name(alias)),
            name: self.name(&field.name),
            arguments: self.arguments(&field.definition.arguments, &field.arguments),
            directives: self.directives(&field.directives),
            selection_set: self.set(&field.selection_set, field.location()),
        }
    }

    fn directives(&self, directives: &DirectiveList) -> Vec<Positioned<target::Directive>> {
        let write = |directive: &Node<Directive>| {
            let definition = self.schema.directive_definitions.get(&directive.name);
            let definitions = definition.map_or(&[][..], |definition| &definition.arguments);
            let written = target::Directive {
                name: self.name(&directive.name),
                arguments: self.arguments(definitions, &directive.arguments),
            };
            self.placed(written, directive.location())
        };
        directives.iter().map(write).collect()
    }

    fn arguments(
        &self,
        definitions: &[Node<InputValueDefinition>],
        arguments: &[Node<Argument>],
    ) -> Vec<(Positioned<TargetName>, Positioned<TargetValue>)> {
        let write = |argument: &Node<Argument>| {
            let mut definitions = definitions.iter();
            let definition = definitions.find(|definition| definition.name == argument.name);
            let written = match definition {
                Some(definition) => self.value(&definition.ty, &argument.value),
                None => value(&argument.value),
            };
            let written = self.placed(written, argument.value.location());
            (self.name(&argument.name), written)
        };
        arguments.iter().map(write).collect()
    }

    fn value(&self, ty: &Type, value: &Value) -> TargetValue {
        self.weigh(nodes(value));
        value_of(self.schema, ty, value)
    }
}

fn name(name: &Name) -> TargetName {
    TargetName::new(name)
}

fn ty(ty: &Type) -> target::Type {
    let base = match ty {
        Type::Named(of) | Type::NonNullNamed(of) => target::BaseType::Named(name(of)),
        Type::List(of) | Type::NonNullList(of) => target::BaseType::List(Box::new(self::ty(of))),
    };
    target::Type {
        base,
        nullable: !ty.is_non_null(),
    }
}

/// A value where this type is wanted; it may name variables.
pub(super) fn value_of(schema: &Schema, ty: &Type, value: &Value) -> TargetValue {
    let wanted = match (ty, value) {
        (Type::List(of) | Type::NonNullList(of), Value::List(entries)) => {
            let entries = entries.iter();
            return TargetValue::List(entries.map(|entry| value_of(schema, of, entry)).collect());
        }
        (Type::List(of) | Type::NonNullList(of), _) => return value_of(schema, of, value),
        (Type::Named(name) | Type::NonNullNamed(name), _) => name,
    };
    match (schema.types.get(wanted), value) {
        (Some(ExtendedType::InputObject(ty)), Value::Object(fields)) => {
            let write = |(key, it): &(Name, Node<Value>)| {
                let written = match ty.fields.get(key) {
                    Some(field) => value_of(schema, &field.ty, it),
                    None => self::value(it),
                };
                (name(key), written)
            };
            TargetValue::Object(fields.iter().map(write).collect())
        }
        // It may have more digits than any number here.
        (_, Value::Int(digits)) if wanted == "ID" => {
            TargetValue::String(digits.as_str().to_owned())
        }
        (_, Value::Int(digits)) if wanted == "Float" => fraction(digits.as_str()),
        _ => self::value(value),
    }
}

/// A value of which no type is known; it may name variables.
pub(super) fn value(value: &Value) -> TargetValue {
    match value {
        Value::Null => TargetValue::Null,
        Value::Variable(variable) => TargetValue::Variable(name(variable)),
        Value::Enum(word) => TargetValue::Enum(name(word)),
        Value::String(text) => TargetValue::String(text.clone()),
        Value::Boolean(truth) => TargetValue::Boolean(*truth),
        Value::Int(digits) => match digits.as_str().parse::<i64>() {
            Ok(whole) => TargetValue::Number(Number::from(whole)),
            Err(_) => TargetValue::String(digits.as_str().to_owned()),
        },
        Value::Float(digits) => fraction(digits.as_str()),
        Value::List(entries) => {
            TargetValue::List(entries.iter().map(|entry| self::value(entry)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            TargetValue::Object(
                fields
                    .map(|(key, it)| (name(key), self::value(it)))
                    .collect(),
            )
        }
    }
}

/// What is too large for a number stays as its digits.
fn fraction(digits: &str) -> TargetValue {
    let number = digits.parse().ok().and_then(Number::from_f64);
    number.map_or_else(
        || TargetValue::String(digits.to_owned()),
        TargetValue::Number,
    )
}

/// About how many bytes a value takes.
pub(super) fn weight(value: &Value) -> usize {
    nodes(value) * NODE_WEIGHT
}

/// About how many nodes a value takes, names of fields included.
fn nodes(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / NODE_WEIGHT,
        Value::List(entries) => entries.iter().fold(1, |sum, entry| sum + nodes(entry)),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields.fold(1, |sum, (name, value)| {
                sum + 1 + name.len() / NODE_WEIGHT + nodes(value)
            })
        }
        _ => 1,
    }
}

#[cfg(test)]
#[path = "conversion_tests.rs"]
mod tests;
