//! Operations in which every field stands once.

use apollo_compiler::schema::ExtendedType;
use async_graphql::parser::types::{DocumentOperations, Selection as Written, SelectionSet as Set};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::graphql;
use crate::graphql::document::tests::judged;
use crate::graphql::document::worst::worst;
use crate::graphql::document::{Documents, Limits, Plan, Way};

use super::*;

fn open() -> Documents {
    Documents::read_for(Way::Plain, &graphql::sdl(), Limits::NONE)
}

fn values(documents: &Documents, plan: &Plan, given: &Json) -> Variables {
    documents.coerce(plan, &given.into()).unwrap()
}

/// What the library is given, as text without arguments.
fn written(text: &str, given: &Json) -> String {
    let documents = open();
    let document = judged(&documents, text).unwrap();
    let plan = document.operation(None).unwrap();
    let (written, _) = plan.written(&values(&documents, plan, given));
    assert!(written.fragments.is_empty());
    let DocumentOperations::Single(operation) = written.operations else {
        panic!("one operation was written");
    };
    told(&operation.node.selection_set.node)
}

fn told(set: &Set) -> String {
    let items = set.items.iter().map(|item| match &item.node {
        Written::Field(field) => {
            let field = &field.node;
            assert!(field.directives.is_empty());
            match field.selection_set.node.items.is_empty() {
                true => field.response_key().node.to_string(),
                false => format!(
                    "{} {}",
                    field.response_key().node,
                    told(&field.selection_set.node)
                ),
            }
        }
        Written::InlineFragment(fragment) => {
            let on = fragment.node.type_condition.as_ref().unwrap();
            let below = told(&fragment.node.selection_set.node);
            format!("... on {} {below}", on.node.on.node)
        }
        Written::FragmentSpread(_) => panic!("a spread was written"),
    });
    let items: Vec<_> = items.collect();
    format!("{{ {} }}", items.join(" "))
}

#[test]
fn every_field_stands_once_where_it_is_asked_for_first_with_all_that_is_asked_of_it() {
    for (text, merged) in [
        (
            "{ account { email } __typename account { phone email } }",
            "{ account { email phone } __typename }",
        ),
        (
            "{ ...f account { phone } ...f } fragment f on Query { statusCounts { total } account { balance } }",
            "{ statusCounts { total } account { balance phone } }",
        ),
        (
            "{ a: account { email } account { email } ... on Query { a: account { phone } } }",
            "{ a { email phone } account { email } }",
        ),
        (
            "{ tracking(ref: { id: \"a\" }) { ... on Node { id ... on Tracking { status } } ... on Node { ... on Carrier { code } } ...n } } fragment n on Node { id __typename }",
            "{ tracking { id status __typename } }",
        ),
        (
            "{ node(id: \"a\") { ... on Tracking { status } id ... on Carrier { code } ... on Node { ...n } } } fragment n on Node { __typename ... on Tracking { carrier { name } } ... on Carrier { code name } }",
            "{ node { ... on Carrier { id code __typename name } ... on Tracking { status id __typename carrier { name } } } }",
        ),
        (
            "{ nodes(ids: []) { ... on Carrier { code } } }",
            "{ nodes { ... on Carrier { code } } }",
        ),
        (
            "mutation { ...a ...b } fragment a on Mutation { deleteTracking(ref: { id: \"a\" }) { deletedId } } fragment b on Mutation { deleteTracking(ref: { id: \"a\" }) { userErrors { code } } }",
            "{ deleteTracking { deletedId userErrors { code } } }",
        ),
    ] {
        assert_eq!(written(text, &json!({})), merged, "{text}");
    }
}

#[test]
fn what_is_left_out_is_not_there_and_gives_no_field_its_place() {
    for (text, given, merged) in [
        (
            "{ account @skip(if: true) { email } __typename account { phone } }",
            json!({}),
            "{ __typename account { phone } }",
        ),
        (
            "{ __typename account { email @include(if: false) } }",
            json!({}),
            "{ __typename account }",
        ),
        (
            "query($a: Boolean!) { account @include(if: $a) { email } __typename account { phone } }",
            json!({ "a": false }),
            "{ __typename account { phone } }",
        ),
        (
            "query($a: Boolean!) { account @include(if: $a) { email } __typename account { phone } }",
            json!({ "a": true }),
            "{ account { email phone } __typename }",
        ),
        (
            "query($a: Boolean! = true) { ...f @skip(if: $a) __typename ...f } fragment f on Query { account { email } }",
            json!({}),
            "{ __typename account { email } }",
        ),
        (
            "query($a: Boolean!, $b: Boolean!) { account { email @skip(if: $a) @include(if: $b) phone } }",
            json!({ "a": false, "b": false }),
            "{ account { phone } }",
        ),
        (
            "query($a: Boolean!) { node(id: \"a\") { ... on Tracking @skip(if: $a) { status } } }",
            json!({ "a": true }),
            "{ node }",
        ),
    ] {
        assert_eq!(written(text, &given), merged, "{text} {given}");
    }
}

#[test]
fn errors_are_told_where_a_field_is_asked_for_first() {
    let documents = open();
    let text = "{\n  __typename\n  account { email }\n  ...f\n}\nfragment f on Query { account { phone } }";
    let document = judged(&documents, text).unwrap();
    let plan = document.operation(None).unwrap();
    let (written, _) = plan.written(&Variables::default());
    let DocumentOperations::Single(operation) = written.operations else {
        panic!("one operation was written");
    };
    let set = &operation.node.selection_set.node;
    let Written::Field(account) = &set.items[1].node else {
        panic!("a field was written");
    };
    assert_eq!((account.pos.line, account.pos.column), (3, 3));
    let phone = &account.node.selection_set.node.items[1];
    assert_eq!((phone.pos.line, phone.pos.column), (6, 33));
}

/// What lies below an interface or a union stands there for each object: two of them above each other would multiply.
#[test]
fn no_interface_or_union_lies_below_another() {
    let types = &open().0.types;
    let fields_of = |ty: &Name| match &types.schema.types[ty] {
        ExtendedType::Object(object) => object.fields.clone(),
        ExtendedType::Interface(interface) => interface.fields.clone(),
        _ => Default::default(),
    };
    let roots = types.schema.schema_definition.query.as_ref().unwrap();
    let mut found = 0;
    for ty in types.schema.types.keys() {
        for field in fields_of(ty).values() {
            let Some(objects) = types.possible(field.ty.inner_named_type()) else {
                continue;
            };
            found += 1;
            assert!(objects.len() <= 2, "{ty}.{}", field.name);
            assert_eq!(*ty, roots.name, "{ty}.{}", field.name);
        }
    }
    assert!(found >= 3);
    for interface in types.schema.types.keys() {
        if types.possible(interface).is_some() {
            for field in fields_of(interface).values() {
                assert!(types.schema.types[field.ty.inner_named_type()].is_leaf());
            }
        }
    }
}

/// How many objects the library makes of what it is given, if every list has the entries that its argument lets it have.
/// It knows neither what is the same nor what was asked for before.
struct Library<'a> {
    types: &'a Types,
    variables: &'a Variables,
}

impl Library<'_> {
    fn objects(&self, ty: &Name, set: &Set, entries: Option<u64>) -> u64 {
        let items = set.items.iter().map(|item| match &item.node {
            Written::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref().unwrap();
                let on = Name::new(on.node.on.node.as_str()).unwrap();
                self.objects(&on, &fragment.node.selection_set.node, entries)
            }
            Written::Field(field) if field.node.selection_set.node.items.is_empty() => 0,
            Written::Field(field) => {
                let field = &field.node;
                let ty = self.types.schema.type_field(ty, &field.name.node).unwrap();
                let own = field.arguments.iter().find_map(|(name, value)| {
                    let value = value.node.clone();
                    let value = value.into_const_with(|name| {
                        Ok::<_, ()>(self.variables.get(&name).cloned().unwrap_or_default())
                    });
                    match (name.node.as_str(), value.unwrap()) {
                        ("first" | "last", ConstValue::Number(number)) => number.as_u64(),
                        (_, ConstValue::List(entries)) => Some(entries.len() as u64),
                        _ => None,
                    }
                });
                let is_page = ty.ty.inner_named_type().ends_with("Connection");
                let own = own.or(is_page.then_some(20));
                let is_list = ty.ty.is_list();
                let size = own.or(entries.filter(|_| is_list));
                let (times, handed_on) = match is_list {
                    true => (size.unwrap_or(1), None),
                    false => (1, own),
                };
                let below = ty.ty.inner_named_type();
                times * (1 + self.objects(below, &field.selection_set.node, handed_on))
            }
            Written::FragmentSpread(_) => panic!("a spread was written"),
        });
        items.sum()
    }
}

/// What is carried out of a document's operations, and what they are charged for it.
fn carried_out_and_charged(documents: &Documents, text: &str, given: &Json) -> Vec<(u64, u64)> {
    let Ok(document) = judged(documents, text) else {
        return Vec::new();
    };
    let plans = document.plans.iter().map(|plan| {
        let variables = values(documents, plan, given);
        let library = Library {
            types: &documents.0.types,
            variables: &variables,
        };
        let DocumentOperations::Single(operation) = plan.written(&variables).0.operations else {
            panic!("one operation was written");
        };
        let root = match plan.kind() {
            graphql::Kind::Query => "Query",
            graphql::Kind::Mutation => "Mutation",
            graphql::Kind::Subscription => "Subscription",
        };
        let set = &operation.node.selection_set.node;
        let objects = library.objects(&Name::new(root).unwrap(), set, None);
        (
            objects,
            plan.cost(&variables) + plan.introspection() * 250 + 1,
        )
    });
    plans.collect()
}

#[test]
fn what_is_carried_out_of_the_worst_documents_is_what_was_charged() {
    let documents = open();
    let refs: Vec<_> = (0..200).map(|id| json!({ "id": id.to_string() })).collect();
    let many = |what: &str, count| what.repeat(count);
    let repeated = format!(
        "query($r: [TrackingRef!]!) {{ trackingsByRef(refs: $r) {{ {} }} }} fragment a on Tracking {{ {} }} fragment b on Tracking {{ {} }} fragment c on Tracking {{ {} }}",
        many("...a ", 10),
        many("...b ", 10),
        many("...c ", 10),
        many("checkpoints { description } ", 4)
    );
    let given = json!({ "r": refs });
    assert_eq!(
        carried_out_and_charged(&documents, &repeated, &given),
        [(400, 401)]
    );
    let mut right = 0;
    for (name, text) in worst() {
        for (objects, charged) in carried_out_and_charged(&documents, &text, &json!({})) {
            right += 1;
            assert!(objects <= charged, "{name}: {objects} for {charged}");
        }
    }
    assert!(right > 20, "{right} are right");
}

/// Selections of parcels: fields, fragments in their places and by name, with conditions and without, all of them often.
fn selections() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("id"),
        Just("status"),
        Just("__typename"),
        Just("...f"),
        Just("...g"),
        Just("...f @skip(if: $a)"),
        Just("x: status @include(if: $a)"),
        Just("id @skip(if: false)"),
    ];
    let leaf = leaf.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 5, |below| {
        let set = proptest::collection::vec(below, 1..5);
        let around = prop_oneof![
            Just("origin { carrier { code } checkpoints { description } } ... {"),
            Just("... on Tracking {"),
            Just("... on Node {\n ... on Tracking {"),
            Just("... @include(if: $a) {"),
            Just("... on Tracking @skip(if: $b) {"),
            Just("carrier { code } ... on Node { ... {"),
        ];
        (around, set).prop_map(|(around, set)| {
            let is_node = around.ends_with("Node { ... {");
            let set = set.join(" ");
            let set = if is_node { "id ...n".to_owned() } else { set };
            let closing = "}".repeat(around.matches('{').count() - around.matches('}').count());
            format!("{around} {set} {closing}")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_carried_out_of_any_document_is_what_was_charged(
        sets in proptest::collection::vec(selections(), 5),
        a in any::<bool>(),
        b in any::<bool>(),
    ) {
        let documents = OPEN.with(Clone::clone);
        let [one, two, three, f, g] = &sets[..] else { unreachable!("there are five") };
        let g = g.replace("...f", "id").replace("...g", "id");
        let f = f.replace("...f", "id");
        let text = format!(
            "query($a: Boolean!, $b: Boolean!) {{ __typename @skip(if: $a) ... @skip(if: $b) {{ __typename }} tracking(ref: {{ id: \"a\" }}) {{ {one} }} trackings(first: 7) {{ nodes {{ {two} ...f ...g }} }} nodes(ids: [\"a\", \"b\"]) {{ id ... on Tracking {{ {three} }} ...n }} tracking(ref: {{ id: \"a\" }}) {{ {three} }} }} fragment f on Tracking {{ {f} id }} fragment g on Tracking {{ {g} }} fragment n on Node {{ id }}"
        );
        let wrong = judged(&documents, &text).err().map(|refused| refused.messages());
        prop_assert_eq!(wrong, None, "{}", text);
        let given = json!({ "a": a, "b": b });
        let (objects, charged) = carried_out_and_charged(&documents, &text, &given)[0];
        prop_assert!(objects < charged, "{} for {}: {}", objects, charged, text);
        // With nothing left out it is all that was charged.
        let plain = text.replace("@skip(if: $a)", "").replace("@skip(if: $b)", "");
        let plain = plain.replace("@include(if: $a)", "").replace("@skip(if: false)", "");
        let plain = plain.replace("query($a: Boolean!, $b: Boolean!)", "query");
        let (objects, charged) = carried_out_and_charged(&documents, &plain, &json!({}))[0];
        prop_assert_eq!(objects + 1, charged, "{}", plain);
    }
}

thread_local! {
    static OPEN: Documents = open();
}
