//! Which operations have the same answer as long as the parcels that they ask for stay the same.

use std::collections::HashSet;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, OperationType, Selection, SelectionSet};

/// What says the same to callers of one kind until the parcel, or the list of carriers, changes. What is not listed may be
/// another thing at any moment.
const LASTING: &[(&str, &[&str])] = &[
    ("Query", &["tracking", "trackingsByRef", "node", "nodes"]),
    ("Node", &["id"]),
    (
        "Tracking",
        &[
            "id",
            "trackingNumber",
            "carrierCode",
            "carrier",
            "status",
            "upstreamStatus",
            "substatus",
            "substatusMeaning",
            "anomalies",
            "checkpoints",
            "origin",
            "destination",
            "originCountry",
            "destinationCountry",
            "lastEvent",
            "lastEventLocalTime",
            "transitDays",
            "idleDays",
            "serviceCode",
            "signedBy",
            "title",
            "orderId",
            "orderTime",
            "comment",
            "customerName",
            "customerEmails",
            "customerPhone",
            "logisticsChannel",
            "archived",
            "updating",
            "createdAt",
            "updatedAt",
            "verification",
            "freshness",
        ],
    ),
    (
        "Freshness",
        &[
            "fetchedAt",
            "source",
            "stale",
            "staleReason",
            "nextRefreshAt",
        ],
    ),
    ("TrackingAnomaly", &["kind", "message"]),
    (
        "TrackingLeg",
        &[
            "carrier",
            "referenceNumber",
            "weblink",
            "phone",
            "milestones",
            "checkpoints",
        ],
    ),
    (
        "TrackingMilestones",
        &[
            "received",
            "dispatched",
            "departedAirport",
            "arrivedAbroad",
            "customsClearance",
            "arrivedDestination",
        ],
    ),
    (
        "Checkpoint",
        &[
            "localTime",
            "precision",
            "timeZone",
            "timeZoneSource",
            "instant",
            "description",
            "location",
            "status",
            "substatus",
            "substatusMeaning",
            "milestone",
            "leg",
        ],
    ),
    ("Country", &["code", "name"]),
    (
        "Carrier",
        &[
            "id",
            "code",
            "name",
            "chineseName",
            "phone",
            "homepage",
            "logo",
            "trackingPage",
            "kind",
            "country",
        ],
    ),
];

/// Whether an operation asks for nothing else.
pub(super) fn lasts(document: &ExecutableDocument, operation: &Operation) -> bool {
    if operation.operation_type != OperationType::Query {
        return false;
    }
    let mut spread = HashSet::new();
    let mut sets = vec![&operation.selection_set];
    while let Some(set) = sets.pop() {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if is_lasting(set, &field.name) => {
                    sets.push(&field.selection_set);
                }
                Selection::Field(_) => return false,
                Selection::InlineFragment(fragment) => sets.push(&fragment.selection_set),
                Selection::FragmentSpread(named) => {
                    let fragment = document.fragments.get(&named.fragment_name);
                    let is_new = spread.insert(&named.fragment_name);
                    sets.extend(fragment.filter(|_| is_new).map(|it| &it.selection_set));
                }
            }
        }
    }
    true
}

fn is_lasting(set: &SelectionSet, field: &str) -> bool {
    field == "__typename" || is_listed(&set.ty, field)
}

fn is_listed(type_name: &str, field: &str) -> bool {
    let mut types = LASTING.iter();
    let listed = types.find(|(name, _)| *name == type_name);
    listed.is_some_and(|(_, fields)| fields.contains(&field))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use apollo_compiler::Schema;
    use apollo_compiler::schema::ExtendedType;
    use apollo_compiler::validation::Valid;

    use super::*;

    /// What is below the same roots and may be another thing at any moment.
    const PASSING: [(&str, &str); 2] = [
        ("Freshness", "ageSeconds"),
        ("Freshness", "realtimeAllowedAt"),
    ];

    fn schema() -> Valid<Schema> {
        Schema::parse_and_validate(crate::graphql::sdl(), "schema.graphql").unwrap()
    }

    /// The fields of a type, each with the name of its own type.
    fn fields<'a>(schema: &'a Schema, name: &str) -> Vec<(&'a str, &'a str)> {
        let fields = match &schema.types[name] {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => return Vec::new(),
        };
        let fields = fields.iter();
        fields
            .map(|(name, field)| (name.as_str(), field.ty.inner_named_type().as_str()))
            .collect()
    }

    /// The types that an object of this type may be.
    fn objects<'a>(schema: &'a Schema, name: &'a str) -> Vec<&'a str> {
        let implementers = schema.implementers_map();
        let implementers = implementers.get(name);
        let objects = implementers.into_iter().flat_map(|they| &they.objects);
        let known = objects.map(|object| schema.types[object].name().as_str());
        known.chain([name]).collect()
    }

    #[test]
    fn of_every_field_below_these_roots_it_is_known_whether_it_lasts() {
        let schema = schema();
        let roots = LASTING.iter().find(|(name, _)| *name == "Query").unwrap().1;
        let below = fields(&schema, "Query").into_iter();
        let below = below.filter(|(field, _)| roots.contains(field));
        let mut waiting: Vec<&str> = below.map(|(_, ty)| ty).collect();
        let mut seen = BTreeSet::from(["Query"]);
        while let Some(name) = waiting.pop() {
            for name in objects(&schema, name) {
                if !seen.insert(name) {
                    continue;
                }
                for (field, ty) in fields(&schema, name) {
                    let passes = PASSING.contains(&(name, field));
                    assert!(
                        is_listed(name, field) != passes,
                        "{name}.{field}: say in LASTING or in PASSING whether it may be another thing at any moment"
                    );
                    waiting.push(ty);
                }
            }
        }
        for (name, listed) in LASTING {
            assert!(seen.contains(name), "{name} is not below these roots");
            let fields = fields(&schema, name);
            for listed in *listed {
                let is_there = fields.iter().any(|(field, _)| field == listed);
                assert!(is_there, "there is no {name}.{listed}");
            }
        }
    }

    #[test]
    fn one_field_that_passes_makes_the_answer_pass() {
        let schema = schema();
        for (text, lasting) in [
            ("{ node(id: 1) { id __typename } __typename }", true),
            ("{ nodes(ids: []) { ... on Tracking { status } } }", true),
            (
                "{ node(id: 1) { ...A } } fragment A on Tracking { carrier { name } }",
                true,
            ),
            (
                "{ node(id: 1) { ...A } } fragment A on Tracking { freshness { stale } }",
                true,
            ),
            (
                "{ node(id: 1) { ...A } } fragment A on Tracking { freshness { ageSeconds } }",
                false,
            ),
            (
                "{ node(id: 1) { ... on Tracking { a: freshness { b: realtimeAllowedAt } } } }",
                false,
            ),
            ("{ node(id: 1) { id } rateLimit { cost } }", false),
            (
                "{ node(id: 1) { id } ... { trackings { totalCount } } }",
                false,
            ),
            ("{ __schema { queryType { name } } }", false),
            ("mutation { node: __typename }", false),
            ("subscription { __typename }", false),
        ] {
            let document = ExecutableDocument::parse(&schema, text, "document.graphql").unwrap();
            let operation = document.operations.iter().next().unwrap();
            assert_eq!(lasts(&document, operation), lasting, "{text}");
        }
    }
}
