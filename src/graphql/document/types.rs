//! The schema, with the objects that its interfaces and unions may stand for.

use std::collections::HashMap;

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema};

pub(super) struct Types {
    pub(super) schema: Valid<Schema>,
    /// Of each interface and union, in the schema's order.
    possible: HashMap<Name, Vec<Name>>,
}

impl Types {
    pub(super) fn of(schema: Valid<Schema>) -> Self {
        let mut possible: HashMap<Name, Vec<Name>> = HashMap::new();
        // Without its place in the schema, which is none in a document.
        let placeless = |name: &Name| Name::new_unchecked(name);
        for (name, ty) in &schema.types {
            match ty {
                ExtendedType::Object(object) => {
                    for interface in &object.implements_interfaces {
                        let objects = possible.entry(interface.name.clone());
                        objects.or_default().push(placeless(name));
                    }
                }
                ExtendedType::Union(union) => {
                    let members = union.members.iter().map(|member| placeless(&member.name));
                    possible.insert(name.clone(), members.collect());
                }
                _ => {}
            }
        }
        Self { schema, possible }
    }

    /// The objects that an interface or a union may stand for; `None` if the type is neither.
    pub(super) fn possible(&self, ty: &Name) -> Option<&[Name]> {
        self.possible.get(ty).map(Vec::as_slice)
    }

    /// Whether an object is of that type.
    pub(super) fn is_a(&self, object: &Name, ty: &Name) -> bool {
        object == ty || self.possible(ty).is_some_and(|all| all.contains(object))
    }
}
