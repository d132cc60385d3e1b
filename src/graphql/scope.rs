//! Who may ask for which fields.
//!
//! A field or a type says in its directive what its caller needs, and in another one whether view tokens may ask for it. The
//! schema shows both, the description ends with what is needed, and `Guarded` keeps to it: there is no second list.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::LazyLock;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaDirectiveInvocation, MetaType, Registry};
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{
    Context, ContextBase, ContextSelectionSet, ObjectType, OutputType, Positioned, Response,
    ServerError, ServerResult, SubscriptionType, TypeDirective, Value,
};
use futures_util::future;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::context::caller;
use super::error::{ErrorCode, Failure};
use crate::auth::{Caller, Scope, Scopes};
use crate::model::TrackingKey;

/// The names of the directives.
const REQUIRES: &str = "requiresScopes";
const FOR_VIEWS: &str = "forViewTokens";

/// The field, or whatever has the type, is only for callers who have all scopes of one of these lists. To others it is null,
/// beside an error with the code `FORBIDDEN`.
#[TypeDirective(
    name = "requiresScopes",
    location = "FieldDefinition",
    location = "Object"
)]
pub(super) fn requires(
    #[graphql(desc = "Lists of scopes, of which one has to be there with all that it names.")]
    scopes: Vec<Vec<String>>,
) {
}

/// The field is also for view tokens; of other parcels than theirs it tells them nothing.
#[TypeDirective(name = "forViewTokens", location = "FieldDefinition")]
pub(super) fn for_view_tokens() {}

/// What the directive is given where all of these are needed.
pub(super) fn all(scopes: &[Scope]) -> Vec<Vec<String>> {
    vec![scopes.iter().map(Scope::to_string).collect()]
}

/// An object that is only for those who have the scopes that its type says it needs, and each of its fields likewise.
pub(super) struct Guarded<T>(pub(super) T);

impl<T> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ObjectType> ContainerType for Guarded<T> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        match check(context, &T::type_name()) {
            Ok(()) => self.0.resolve_field(context).await,
            Err(refusal) => {
                context.add_error(refusal);
                Ok(Some(Value::Null))
            }
        }
    }

    async fn find_entity(
        &self,
        context: &Context<'_>,
        representation: &Value,
    ) -> ServerResult<Option<Value>> {
        self.0.find_entity(context, representation).await
    }
}

impl<T: ObjectType> OutputType for Guarded<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = T::create_type_info(registry);
        describe(registry, &T::type_name());
        name
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        check_type(context, field, &T::type_name())?;
        resolve_container(context, self).await
    }
}

impl<T: ObjectType> ObjectType for Guarded<T> {}

impl<T: SubscriptionType> SubscriptionType for Guarded<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = T::create_type_info(registry);
        describe(registry, &T::type_name());
        name
    }

    fn create_field_stream<'a>(
        &'a self,
        context: &'a Context<'_>,
    ) -> Option<BoxStream<'a, Response>> {
        match check(context, &T::type_name()) {
            Ok(()) => self.0.create_field_stream(context),
            Err(refusal) => {
                let refused = Response::from_errors(vec![refusal]);
                Some(stream::once(future::ready(refused)).boxed())
            }
        }
    }
}

/// Ends the description of the type and of every field that needs something with what it needs.
fn describe(registry: &mut Registry, type_name: &str) {
    let Some(MetaType::Object {
        fields,
        description,
        directive_invocations,
        ..
    }) = registry.types.get_mut(type_name)
    else {
        return;
    };
    ending(description, needed(directive_invocations));
    for field in fields.values_mut() {
        ending(&mut field.description, needed(&field.directive_invocations));
    }
}

fn ending(description: &mut Option<String>, needed: Scopes) {
    if needed == Scopes::NONE {
        return;
    }
    let needs = format!("Needs {}.", listed(needed, "`"));
    let description = description.get_or_insert_default();
    // An object is registered once for each place that gives it.
    if !description.ends_with(&needs) {
        let blank = if description.is_empty() { "" } else { " " };
        description.push_str(&format!("{blank}{needs}"));
    }
}

/// What the schema says of its objects, by their names.
type Rules = HashMap<String, Rule>;

/// What an object says of itself and of its fields.
#[derive(Default)]
struct Rule {
    needed: Scopes,
    fields: HashMap<String, FieldRule>,
}

#[derive(Clone, Copy, Default)]
struct FieldRule {
    needed: Scopes,
    is_for_views: bool,
}

/// The directives, read once: every schema of this process is the same.
static RULES: LazyLock<Rules> = LazyLock::new(|| read(&super::registry()));

fn rule_of(type_name: &str, field: &str) -> FieldRule {
    let rule = RULES.get(type_name);
    let rule = rule.and_then(|rule| rule.fields.get(field));
    rule.copied().unwrap_or_default()
}

/// What callers need who ask for that field.
pub(super) fn needed_by(type_name: &str, field: &str) -> Scopes {
    rule_of(type_name, field).needed
}

/// What callers need for whatever is of that type.
pub(super) fn needed_of(type_name: &str) -> Scopes {
    let rule = RULES.get(type_name);
    rule.map(|rule| rule.needed).unwrap_or_default()
}

fn read(registry: &Registry) -> Rules {
    let objects = registry.types.iter().filter_map(|(name, known)| {
        let MetaType::Object {
            fields,
            directive_invocations,
            ..
        } = known
        else {
            return None;
        };
        let fields = fields.iter().map(|(name, field)| {
            let directives = &field.directive_invocations;
            let rule = FieldRule {
                needed: needed(directives),
                is_for_views: directives.iter().any(|it| it.name == FOR_VIEWS),
            };
            (name.clone(), rule)
        });
        let rule = Rule {
            needed: needed(directive_invocations),
            fields: fields.collect(),
        };
        Some((name.clone(), rule))
    });
    objects.collect()
}

/// Whether the caller may have what is of that type.
pub(super) fn check_type<T>(
    context: &ContextBase<'_, T>,
    field: &Positioned<Field>,
    type_name: &str,
) -> Result<(), ServerError> {
    match refusal(caller(context), needed_of(type_name)) {
        None => Ok(()),
        Some(refusal) => Err(context.set_error_path(refusal.into_server_error(field.pos))),
    }
}

/// Whether the caller may ask for a field of that type.
fn check(context: &Context<'_>, type_name: &str) -> Result<(), ServerError> {
    let caller = caller(context);
    if caller.scopes == Scopes::ALL && caller.grant.is_none() {
        return Ok(());
    }
    let name = context.item.node.name.node.as_str();
    let rule = rule_of(type_name, name);
    let is_root = context.path_node.is_some_and(|path| path.parent.is_none());
    let refusal = if caller.grant.is_some() && is_root && !rule.is_for_views {
        Some(only_views())
    } else {
        refusal(caller, rule.needed)
    };
    match refusal {
        None => Ok(()),
        Some(refusal) => Err(context.set_error_path(refusal.into_server_error(context.item.pos))),
    }
}

/// Refuses what needs these to a caller who does not have all of them.
pub(super) fn refusal(caller: &Caller, needed: Scopes) -> Option<Failure> {
    let lacking = needed.without(caller.scopes);
    if lacking == Scopes::NONE {
        return None;
    }
    let (scopes, have) = match lacking.iter().count() {
        1 => ("scope", "it"),
        _ => ("scopes", "them"),
    };
    let listed = listed(lacking, "");
    let message = format!("this needs the {scopes} {listed}: show a token that has {have}");
    Some(forbidden(message))
}

/// Refuses a condition on what its caller may not see: the answer would tell it.
pub(super) fn check_condition(
    context: &Context<'_>,
    name: &str,
    needed: Scope,
) -> Result<(), Failure> {
    match caller(context).may(needed) {
        true => Ok(()),
        false => Err(forbidden(format!(
            "{name} needs the scope {needed}: leave it out, or show a token that has it"
        ))),
    }
}

/// Whether the caller may see that field of a tracking. What this version does not know may tell of people.
pub(super) fn may_see_field(context: &Context<'_>, field: &str) -> bool {
    let tracking = RULES.get("Tracking");
    let rule = tracking.and_then(|tracking| tracking.fields.get(field));
    let needed = rule.map_or(Scopes::from_iter([Scope::CustomerRead]), |rule| rule.needed);
    refusal(caller(context), needed).is_none()
}

/// Refuses a parcel that the caller's view token does not name. Nothing is looked up before.
pub(super) fn check_view(context: &Context<'_>, key: &TrackingKey) -> Result<(), Failure> {
    match caller(context).is_shown(key) {
        true => Ok(()),
        false => Err(only_views()),
    }
}

/// Refuses what a view token is not for, such as what takes calls of its own.
pub(super) fn check_no_view(context: &Context<'_>) -> Result<(), Failure> {
    match caller(context).grant {
        Some(_) => Err(only_views()),
        None => Ok(()),
    }
}

fn only_views() -> Failure {
    forbidden("a view token is for reading its parcels only")
}

fn forbidden(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::Forbidden, message)
}

/// What the directive names. One that says something else would open what it stands at, so that there is no schema with it.
fn needed(directives: &[MetaDirectiveInvocation]) -> Scopes {
    let ours = directives.iter().filter(|it| it.name == REQUIRES);
    let ours: Vec<_> = ours.map(|it| it.args.get("scopes")).collect();
    let lists = match ours[..] {
        [] => return Scopes::NONE,
        [Some(Value::List(lists))] => &lists[..],
        _ => panic!("@{REQUIRES} stands once, with a list"),
    };
    let [Value::List(scopes)] = lists else {
        panic!("@{REQUIRES} has one list of scopes: alternatives are not understood");
    };
    assert!(!scopes.is_empty(), "@{REQUIRES} names no scope");
    let named = scopes.iter().map(|scope| match scope {
        Value::String(scope) => scope
            .parse::<Scope>()
            .expect("@requiresScopes names scopes"),
        other => panic!("@{REQUIRES} names scopes as texts, and not {other}"),
    });
    named.collect()
}

/// Scopes as people list them, each between these marks.
fn listed(scopes: Scopes, mark: &str) -> String {
    let names: Vec<_> = scopes
        .iter()
        .map(|scope| format!("{mark}{scope}{mark}"))
        .collect();
    match &names[..] {
        [some @ .., before, last] if !some.is_empty() => {
            format!("{}, {before} and {last}", some.join(", "))
        }
        names => names.join(" and "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_listed_as_people_do() {
        for (scopes, expected) in [
            ("ops", "`ops`"),
            ("ops realtime", "`realtime` and `ops`"),
            (
                "ops realtime tracking:read",
                "`tracking:read`, `realtime` and `ops`",
            ),
        ] {
            assert_eq!(listed(scopes.parse().unwrap(), "`"), expected);
        }
    }

    #[test]
    fn what_the_directive_is_given_is_what_is_needed() {
        let scopes = [Scope::TrackingWrite, Scope::QuotaSpend];
        let directives = [requires::apply(all(&scopes))];
        assert_eq!(needed(&directives), Scopes::from_iter(scopes));
        assert_eq!(needed(&[]), Scopes::NONE);
    }
    #[test]
    fn no_directive_opens_what_it_stands_at_because_it_is_not_understood() {
        let texts = |lists: &[&[&str]]| -> Vec<Vec<String>> {
            let list = |list: &&[&str]| list.iter().map(|it| (*it).to_owned()).collect();
            lists.iter().map(list).collect()
        };
        for lists in [
            &[] as &[&[&str]],
            &[&[]],
            &[&["tracking:read", "admin"]],
            &[&["tracking:read"], &["ops"]],
        ] {
            let directives = [requires::apply(texts(lists))];
            let read = std::panic::catch_unwind(|| needed(&directives));
            assert!(read.is_err(), "{lists:?}");
        }
        let twice = [&["ops"], &["realtime"]].map(|list| requires::apply(texts(&[list])));
        assert!(std::panic::catch_unwind(|| needed(&twice)).is_err());
    }
}
