//! Which operation it is, and what its answer may show.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::auth::{Caller, Grant, Scopes};
use crate::graphql::operation::Operation;
use crate::graphql::request::Sent;

/// Two callers who ask the same question, and may see the same, have the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct Question {
    asked: Asked,
    /// They also say whether couriers' texts are masked; for views these always are.
    scopes: Scopes,
    view: Option<View>,
}

/// What is asked. It may be asked in many ways, each of which is a question of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asked {
    /// In these bytes.
    Sent(Sent),
    /// By an operation of which only that is known.
    Operation {
        text: Arc<str>,
        name: Option<String>,
        /// As JSON, coerced.
        variables: Vec<u8>,
    },
}

/// About how many bytes a parcel's key takes.
const KEY_WEIGHT: usize = 110;

/// The parcels of a view token. Whose it is does not matter.
#[derive(Debug, Clone)]
struct View(Arc<Grant>);

impl Question {
    /// What a caller asks by these bytes.
    pub(super) fn sent(sent: &Sent, caller: &Caller) -> Self {
        Self::of_caller(Asked::Sent(sent.clone()), caller)
    }

    /// The question of a caller. `None` if it cannot be told from others.
    pub(super) fn of(operation: &Operation, caller: &Caller) -> Option<Self> {
        let asked = match &operation.sent {
            Some(sent) => return Some(Self::sent(sent, caller)),
            None => Asked::Operation {
                text: operation.text.clone(),
                name: operation.name.clone(),
                variables: serde_json::to_vec(&operation.variables).ok()?,
            },
        };
        Some(Self::of_caller(asked, caller))
    }

    fn of_caller(asked: Asked, caller: &Caller) -> Self {
        Self {
            asked,
            scopes: caller.scopes,
            view: caller.grant.clone().map(View),
        }
    }

    /// About how many bytes it takes. Its text counts, for nobody else may keep that any more.
    pub(super) fn weight(&self) -> usize {
        let keys = self.view.as_ref().map_or(0, |view| view.0.keys.len());
        let asked = match &self.asked {
            Asked::Sent(Sent::Body(bytes) | Sent::Address(bytes)) => bytes.len(),
            Asked::Operation {
                text,
                name,
                variables,
            } => text.len() + variables.len() + name.as_ref().map_or(0, String::len),
        };
        asked + keys * KEY_WEIGHT
    }
}

impl PartialEq for View {
    fn eq(&self, other: &Self) -> bool {
        self.0.keys == other.0.keys
    }
}

impl Eq for View {}

impl Hash for View {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.keys.hash(hasher);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::auth::{Entry, Scope};
    use crate::graphql::document::{Documents, Limits, Trust};
    use crate::graphql::request::Request;
    use crate::model::{ClientId, TrackingKey};

    async fn asked(query: &str, variables: serde_json::Value, caller: &Caller) -> Question {
        let documents = Documents::open(&crate::graphql::sdl(), Limits::NONE);
        let request = Request {
            variables: (&variables).into(),
            ..Request::default()
        };
        let text = query.into();
        let client = ClientId::default();
        let mut counting = documents.tallies().begin(std::time::Instant::now());
        let trust = Trust::Stranger;
        let operation = Operation::read(&documents, request, &text, trust, &client, &mut counting);
        Question::of(&operation.await.unwrap(), caller).unwrap()
    }

    fn viewing(id: &str, numbers: &[usize]) -> Caller {
        let key = |number: &usize| TrackingKey::parse("dhl", &format!("{number:010}")).unwrap();
        let keys: BTreeSet<_> = numbers.iter().map(key).collect();
        Caller {
            grant: Some(Arc::new(Grant {
                id: id.to_owned(),
                keys,
                signer: ClientId::default(),
            })),
            entry: Entry::View,
            ..Caller::with(
                ClientId::default(),
                Scopes::from_iter([Scope::TrackingRead]),
            )
        }
    }

    #[tokio::test]
    async fn what_may_be_seen_tells_questions_apart_and_who_asks_does_not() {
        let query = "query A($id: ID!) { node(id: $id) { id } }";
        let one = serde_json::json!({ "id": "a" });
        let reading = Scopes::from_iter([Scope::TrackingRead]);
        let who = |name: &str, scopes| Caller::with(ClientId::named(name), scopes);
        let asked = |query, id: &serde_json::Value, caller| {
            let id = id.clone();
            async move { asked(query, id, &caller).await }
        };
        let usual = asked(query, &one, who("a", reading)).await;
        assert_eq!(usual, asked(query, &one, who("b", reading)).await);
        assert_ne!(usual, asked(query, &one, who("a", Scopes::ALL)).await);
        assert_ne!(usual, asked(query, &one, viewing("1", &[1])).await);
        let two = serde_json::json!({ "id": "b" });
        assert_ne!(usual, asked(query, &two, who("a", reading)).await);
        let other = "query A($id: ID!) { node(id: $id) { __typename } }";
        assert_ne!(usual, asked(other, &one, who("a", reading)).await);
        let view = asked(query, &one, viewing("1", &[1, 2])).await;
        assert_eq!(view, asked(query, &one, viewing("2", &[2, 1])).await);
        assert_ne!(view, asked(query, &one, viewing("1", &[1])).await);
        assert_ne!(view, asked(query, &one, viewing("1", &[1, 3])).await);
    }
}
