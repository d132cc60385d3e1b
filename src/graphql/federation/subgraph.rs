//! The schema as a supergraph is composed of it.

use std::sync::LazyLock;

use apollo_compiler::ast::{Definition, Document};

/// The version of the specification.
const LINK: &str =
    r#"extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])"#;

/// The one entity, and what names it.
const KEYS: &str =
    r#"type Tracking @key(fields: "id") @key(fields: "carrierCode trackingNumber") { id: ID! }"#;

/// What a gateway adds by itself.
const OF_THE_GATEWAY: [&str; 5] = ["_Any", "_Entity", "_Service", "_entities", "_service"];

static SUBGRAPH: LazyLock<String> = LazyLock::new(|| {
    let mut schema = parsed(crate::graphql::sdl());
    schema.definitions.retain(is_ours);
    let keys = parsed(KEYS.to_owned());
    for definition in &mut schema.definitions {
        let Definition::ObjectTypeDefinition(object) = definition else {
            continue;
        };
        let object = object.make_mut();
        let is_ours = |name: &str| !OF_THE_GATEWAY.contains(&name);
        object.fields.retain(|field| is_ours(&field.name));
        let same = |entity: &&Definition| entity.name() == Some(&object.name);
        if let Some(Definition::ObjectTypeDefinition(entity)) = keys.definitions.iter().find(same) {
            object.directives.extend(entity.directives.iter().cloned());
        }
    }
    format!("{schema}\n{LINK}\n")
});

fn parsed(text: String) -> Document {
    let document = Document::parse(text, "schema.graphql");
    document.expect("the schema is one")
}

/// The schema with the keys of its entities, without the fields that are there for the gateway.
pub(crate) fn sdl() -> String {
    SUBGRAPH.clone()
}

fn is_ours(definition: &Definition) -> bool {
    let name = definition.name();
    name.is_none_or(|name| !OF_THE_GATEWAY.contains(&name.as_str()))
}
