//! What the schema says of the same.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql_value::ConstValue;
use parcelgraph::graphql;

use super::fields::{Content, places};
use super::table::{Views, table};

#[test]
fn the_schema_says_what_the_table_says() {
    let mut stated = BTreeMap::new();
    for (kind, field) in fields_of_the_schema() {
        let place = format!("{kind}.{}", field.name.node);
        let needs = needs_of(&field);
        let is_root = ["Query", "Mutation", "Subscription"].contains(&kind.as_str());
        let Some(needs) = needs.or_else(|| is_root.then(String::new)) else {
            continue;
        };
        if !needs.is_empty() {
            let description = field.description.as_ref().unwrap().node.trim();
            let says = format!("Needs `{}`.", needs.replace(' ', "` and `"));
            assert!(description.ends_with(&says), "{place}: {description}");
        }
        // The stream is not null, but each of its answers can be.
        if kind != "Subscription" && !needs.is_empty() {
            assert!(field.ty.node.nullable, "{place} has to be nullable");
        }
        stated.insert(place, needs);
    }
    let expected: BTreeMap<_, _> = table("\"\"")
        .into_iter()
        .map(|entry| (entry.place.to_owned(), entry.needs.to_owned()))
        .collect();
    assert_eq!(stated, expected);
}

#[test]
fn the_table_names_each_field_once() {
    let table = table("\"\"");
    let places: BTreeSet<_> = table.iter().map(|entry| entry.place).collect();
    assert_eq!(places.len(), table.len());
}

#[test]
fn every_field_has_one_entry() {
    let scoped = table("\"\"");
    let scoped = scoped.iter().map(|entry| entry.place.to_owned());
    let mut entries: Vec<_> = scoped.chain(places().map(|(place, _)| place)).collect();
    entries.sort_unstable();
    let fields = fields_of_the_schema().into_iter();
    let fields = fields.filter(|(kind, _)| kind != "Node");
    let mut fields: Vec<_> = fields
        .map(|(kind, field)| format!("{kind}.{}", field.name.node))
        .collect();
    fields.sort_unstable();
    assert_eq!(entries, fields);
}

#[test]
fn only_texts_are_anybodys_words() {
    let fields: BTreeMap<_, _> = fields_of_the_schema()
        .into_iter()
        .map(|(kind, field)| {
            let place = format!("{kind}.{}", field.name.node);
            (place, field.ty.node.base.to_string())
        })
        .collect();
    for (place, content) in places() {
        assert!(
            content == Content::Free || fields[&place] == "String",
            "{place}"
        );
    }
}

#[test]
fn the_schema_says_what_is_for_view_tokens() {
    let stated: BTreeSet<_> = fields_of_the_schema()
        .into_iter()
        .filter(|(_, field)| {
            let mut directives = field.directives.iter();
            directives.any(|directive| directive.node.name.node == "forViewTokens")
        })
        .map(|(kind, field)| format!("{kind}.{}", field.name.node))
        .collect();
    let table = table("\"\"");
    let expected = table.iter().filter(|entry| entry.views != Views::Nothing);
    assert_eq!(
        stated,
        expected.map(|entry| entry.place.to_owned()).collect()
    );
}

pub fn fields_of_the_schema() -> Vec<(String, FieldDefinition)> {
    let document = parse_schema(graphql::sdl()).unwrap();
    let types = document.definitions.into_iter();
    let types = types.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    let fields = types.flat_map(|TypeDefinition { name, kind, .. }| {
        let fields = match kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => Vec::new(),
        };
        let name = name.node.to_string();
        fields
            .into_iter()
            .map(move |field| (name.clone(), field.node))
    });
    fields.collect()
}

/// The scopes in a field's directive, between blanks; `None` if it has none.
fn needs_of(field: &FieldDefinition) -> Option<String> {
    let mut ours = field
        .directives
        .iter()
        .filter(|directive| directive.node.name.node == "requiresScopes");
    let directive = &ours.next()?.node;
    let lists = directive.get_argument("scopes").unwrap();
    let ConstValue::List(lists) = &lists.node else {
        panic!("{lists:?}");
    };
    let [ConstValue::List(scopes)] = &lists[..] else {
        panic!("{lists:?}");
    };
    let scopes = scopes.iter().map(|scope| match scope {
        ConstValue::String(scope) => scope.as_str(),
        other => panic!("{other}"),
    });
    Some(Vec::from_iter(scopes).join(" "))
}
