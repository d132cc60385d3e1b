//! What the specification wants beside what apollo-compiler checks: variables within lists and objects, variables whose
//! default is null, `@oneOf`, fields of objects that are given twice, and the texts of scalars of our own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use apollo_compiler::ast::{
    Argument, DirectiveList, InputValueDefinition, Type, Value, VariableDefinition,
};
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};
use async_graphql::Value as ConstValue;

use super::merging::{merged, same_arguments};
use super::parts::{Part, parts};
use super::place::Places;
use super::plan::Need;
use super::verdict::{Errors, Refused};
use super::{conversion, scalar};

/// What variables need beside what their types say.
pub(super) type Needs = HashMap<Name, Need>;

/// Whether all that was found is judged here instead: a subscription may ask for its field twice under one name.
pub(super) fn are_ours(found: &DiagnosticList) -> bool {
    let mut found = found.iter();
    found.all(|error| {
        error
            .error
            .to_string()
            .ends_with("can only have one root field")
    })
}

/// Finds what else is wrong with a document. For each operation, in order, gives what its variables need beside what
/// their types say.
pub(super) fn check(
    schema: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    text: &str,
    places: &Places,
) -> Result<Vec<Needs>, Arc<Refused>> {
    let mut errors = Errors::default();
    let operations = document.operations.iter().map(|operation| {
        let variables = operation.variables.iter();
        let mut rules = Rules {
            schema,
            variables: variables
                .map(|variable| (&variable.name, variable))
                .collect(),
            needs: HashMap::new(),
            text,
            places,
            errors: &mut errors,
        };
        rules.operation(document, operation);
        rules.needs
    });
    let needs = operations.collect();
    errors.into_result()?;
    Ok(needs)
}

struct Rules<'a> {
    schema: &'a Schema,
    variables: HashMap<&'a Name, &'a Node<VariableDefinition>>,
    needs: Needs,
    text: &'a str,
    places: &'a Places,
    errors: &'a mut Errors,
}

/// What happens where nothing is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Otherwise {
    Default,
    Nothing,
}

impl Otherwise {
    fn of(definition: &InputValueDefinition) -> Self {
        match definition.default_value {
            Some(_) => Self::Default,
            None => Self::Nothing,
        }
    }
}

impl Rules<'_> {
    fn operation(&mut self, document: &ExecutableDocument, operation: &Node<Operation>) {
        let roots = operation
            .root_fields(document)
            .map(|field| field.response_key());
        if operation.is_subscription() && roots.collect::<HashSet<_>>().len() > 1 {
            self.refuse(
                "a subscription has one root field: send several subscriptions",
                operation.location(),
            );
        }
        for variable in &operation.variables {
            if let Some(default) = &variable.default_value {
                self.value(&variable.ty, Otherwise::Nothing, default);
            }
        }
        self.arguments_of_merged(document, &[&operation.selection_set]);
        self.directives(&operation.directives);
        for part in parts(document, &operation.selection_set) {
            self.directives(part.directives());
            if let Part::Selection(Selection::Field(field)) = part {
                self.arguments(&field.definition.arguments, &field.arguments);
            }
        }
    }

    /// Fields that become one must have the same arguments; lists of which one is longer than the other are not the same.
    fn arguments_of_merged(&mut self, document: &ExecutableDocument, sets: &[&SelectionSet]) {
        for fields in merged(document, sets) {
            let mut others = fields[1..].iter();
            if let Some(other) = others.find(|other| !same_arguments(self.text, fields[0], other)) {
                let key = other.response_key();
                let message = format!(
                    "the fields {key} have the same name and different arguments: give one an alias"
                );
                self.refuse(message, other.name.location());
            }
            let sets: Vec<_> = fields.iter().map(|field| &field.selection_set).collect();
            if sets.iter().any(|set| !set.selections.is_empty()) {
                self.arguments_of_merged(document, &sets);
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        let schema = self.schema;
        for directive in directives.iter() {
            if let Some(definition) = schema.directive_definitions.get(&directive.name) {
                self.arguments(&definition.arguments, &directive.arguments);
            }
        }
    }

    fn arguments(
        &mut self,
        definitions: &[Node<InputValueDefinition>],
        arguments: &[Node<Argument>],
    ) {
        for argument in arguments {
            let definition = definitions
                .iter()
                .find(|definition| definition.name == argument.name);
            if let Some(definition) = definition {
                self.value(&definition.ty, Otherwise::of(definition), &argument.value);
            }
        }
    }

    fn value(&mut self, ty: &Type, otherwise: Otherwise, value: &Node<Value>) {
        match (ty, &**value) {
            (_, Value::Variable(name)) => self.variable(ty, otherwise, name, value.location()),
            (_, Value::Null) => {}
            (Type::List(of) | Type::NonNullList(of), Value::List(entries)) => {
                for entry in entries {
                    self.value(of, Otherwise::Nothing, entry);
                }
            }
            (Type::List(of) | Type::NonNullList(of), _) => {
                self.value(of, Otherwise::Nothing, value)
            }
            (Type::Named(name) | Type::NonNullNamed(name), given) => {
                match (self.schema.types.get(name), given) {
                    (Some(ExtendedType::InputObject(ty)), Value::Object(fields)) => {
                        self.object(ty, fields, value.location())
                    }
                    (Some(ExtendedType::Scalar(ty)), given) if !ty.is_built_in() => {
                        self.within_anything(value);
                        // A variable within it stands for anything.
                        let constant = conversion::value(given)
                            .into_const_with(|_| Ok::<_, ()>(ConstValue::Null));
                        let wrong = constant
                            .ok()
                            .and_then(|constant| scalar::wrong(name, &constant));
                        if let Some(wrong) = wrong {
                            self.refuse(wrong, value.location());
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn object(
        &mut self,
        ty: &InputObjectType,
        fields: &[(Name, Node<Value>)],
        span: Option<SourceSpan>,
    ) {
        self.fields_once(fields);
        for (name, value) in fields {
            if let Some(field) = ty.fields.get(name) {
                self.value(&field.ty, Otherwise::of(field), value);
            }
        }
        if !ty.directives.has("oneOf") {
            return;
        }
        let choices: Vec<_> = ty.fields.keys().map(|name| name.as_str()).collect();
        let choices = choices.join(", ");
        match fields {
            [(name, value)] => match &**value {
                Value::Null => {
                    self.refuse(
                        format!(
                            "{name} must not be null: {} has exactly one of {choices}",
                            ty.name
                        ),
                        span,
                    );
                }
                // Whether it has a value is known when it has one.
                Value::Variable(variable) => self.need(variable, Need::Choice),
                _ => {}
            },
            _ => self.refuse(
                format!("{} has exactly one of {choices}: give one of them", ty.name),
                span,
            ),
        }
    }

    /// Where any value may stand any variable may, but it has to be one, and no field is given twice.
    fn within_anything(&mut self, value: &Node<Value>) {
        match &**value {
            Value::Variable(name) if !self.variables.contains_key(name) => self.refuse(
                format!("the variable ${name} is not declared: declare it with a type"),
                value.location(),
            ),
            Value::List(entries) => entries.iter().for_each(|entry| self.within_anything(entry)),
            Value::Object(fields) => {
                self.fields_once(fields);
                for (_, value) in fields {
                    self.within_anything(value);
                }
            }
            _ => {}
        }
    }

    fn fields_once(&mut self, fields: &[(Name, Node<Value>)]) {
        let mut seen = HashSet::new();
        for (name, _) in fields {
            if !seen.insert(name) {
                self.refuse(
                    format!("the field {name} is given twice: leave one out"),
                    name.location(),
                );
            }
        }
    }

    fn need(&mut self, variable: &Name, need: Need) {
        let known = self.needs.entry(variable.clone()).or_insert(need);
        *known = need.max(*known);
    }

    /// Whether a variable may stand here (section 5.8.5 of the specification).
    fn variable(&mut self, ty: &Type, otherwise: Otherwise, name: &Name, span: Option<SourceSpan>) {
        // One that is not declared has been told already.
        let Some(declared) = self.variables.get(name) else {
            return;
        };
        let default = declared.default_value.as_ref();
        let has_value =
            default.is_some_and(|value| !value.is_null()) || otherwise == Otherwise::Default;
        let may_be_null = ty.is_non_null() && !declared.ty.is_non_null();
        let is_allowed = match may_be_null {
            true => has_value && declared.ty.is_assignable_to(&ty.clone().nullable()),
            false => declared.ty.is_assignable_to(ty),
        };
        if !is_allowed {
            let message = format!(
                "the variable ${name} of the type {} cannot stand where {ty} is wanted",
                declared.ty
            );
            self.refuse(message, span);
        } else if may_be_null {
            // Only when it has a value it is known whether that is null.
            self.need(name, Need::NotNull);
        }
    }

    fn refuse(&mut self, message: impl Into<String>, span: Option<SourceSpan>) {
        self.errors.push(message, self.places.of_span(span));
    }
}
