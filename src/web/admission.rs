//! What somebody shows of himself, over HTTP and when a socket begins, and for how long it counts.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::sleep;

use super::refused::Refused;
use crate::auth::{Caller, Credentials, Gate, Refusal};
use crate::model::ClientId;

/// How often it is looked whether a view token was revoked whose bearer is subscribed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Why a subscription ends that would have gone on.
pub(super) const LAPSED: &str =
    "the token has ended, was revoked or allows less now: subscribe again with a new one";

/// Where clients put a token when a socket begins.
const NAMES: [&str; 3] = ["authorization", "token", "authToken"];

/// Lets in whoever sent these headers.
pub(super) async fn admit(
    gate: &Gate,
    headers: &HeaderMap,
    client: ClientId,
) -> Result<Arc<Caller>, Refused> {
    let caller = gate.admit(&shown(headers)?, client).await?;
    Ok(Arc::new(caller))
}

/// What the header of a request shows.
pub(super) fn shown(headers: &HeaderMap) -> Result<Credentials, Refused> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(Credentials::None);
    };
    if values.next().is_some() {
        return Err(Refused::malformed("send the header Authorization once"));
    }
    let token = value.to_str().ok().and_then(bearer);
    Ok(Credentials::Bearer(
        token.ok_or(Refusal::Malformed)?.to_owned(),
    ))
}

/// What the payload of `connection_init` shows: a token with or without the word before it, by itself or among headers.
pub(super) fn shown_in(payload: &Map<String, Value>) -> Result<Option<Credentials>, Refusal> {
    let headers = payload.get("headers").and_then(Value::as_object);
    let fields = payload.iter().chain(headers.into_iter().flatten());
    let named = fields.filter(|(field, _)| {
        let mut names = NAMES.iter();
        names.any(|name| field.eq_ignore_ascii_case(name))
    });
    let mut shown = None;
    for (_, value) in named {
        let Some(token) = token_in(value)? else {
            continue;
        };
        if shown.is_some_and(|shown| shown != token) {
            return Err(Refusal::Ambiguous);
        }
        shown = Some(token);
    }
    Ok(shown.map(|token| Credentials::Bearer(token.to_owned())))
}

/// Pages without a token send an empty one, or null.
fn token_in(value: &Value) -> Result<Option<&str>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_str().map(str::trim).ok_or(Refusal::Malformed)?;
    match text.split_whitespace().count() {
        0 => Ok(None),
        1 => Ok(Some(text)),
        _ => bearer(text).map(Some).ok_or(Refusal::Malformed),
    }
}

fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.trim().split_once(' ')?;
    let token = token.trim();
    let is_one = !token.is_empty() && !token.contains(' ');
    (scheme.eq_ignore_ascii_case("bearer") && is_one).then_some(token)
}

/// Ready when what somebody has shown counts no more, which may be never.
pub(super) fn lapse(gate: &Gate, caller: &Caller) -> BoxFuture<'static, ()> {
    let ends_at = caller.ends_at;
    let left = move || {
        let left = ends_at.map(|end| end.duration_since(Timestamp::now()));
        left.map_or(Duration::MAX, |left| left.try_into().unwrap_or_default())
    };
    let ended: BoxFuture<'static, ()> = match (&caller.grant, ends_at) {
        (None, None) => pending().boxed(),
        (None, Some(_)) => sleep(left()).boxed(),
        (Some(grant), _) => {
            let (gate, grant) = (gate.clone(), grant.clone());
            async move {
                while !left().is_zero() && !gate.view_tokens().is_revoked(&grant.id) {
                    sleep(left().min(LOOK_AGAIN)).await;
                }
            }
            .boxed()
        }
    };
    let sent_away = gate.sent_away(caller);
    async move {
        tokio::select! {
            () = ended => {}
            () = sent_away => {}
        }
    }
    .boxed()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn token(credentials: Option<Credentials>) -> Option<String> {
        match credentials? {
            Credentials::None => None,
            Credentials::Bearer(token) => Some(token),
        }
    }

    #[test]
    fn a_token_stands_behind_one_word() {
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bEARER  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("abc", None),
            ("", None),
        ] {
            let value = HeaderValue::from_static(value);
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
            assert_eq!(token(shown(&headers).ok()).as_deref(), expected);
        }
        assert!(matches!(shown(&HeaderMap::new()), Ok(Credentials::None)));
        let mut twice = HeaderMap::new();
        for value in ["Bearer a", "Bearer b"] {
            twice.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        assert!(shown(&twice).unwrap_err().message().contains("once"));
    }

    #[test]
    fn a_socket_begins_with_a_token_wherever_clients_put_it() {
        for (payload, expected) in [
            (json!({ "Authorization": "Bearer abc" }), Ok(Some("abc"))),
            (json!({ "authorization": "abc" }), Ok(Some("abc"))),
            (json!({ "token": "abc" }), Ok(Some("abc"))),
            (json!({ "authToken": "bearer abc" }), Ok(Some("abc"))),
            (
                json!({ "headers": { "Authorization": "Bearer abc" } }),
                Ok(Some("abc")),
            ),
            (json!({}), Ok(None)),
            (json!({ "Authorization": "" }), Ok(None)),
            (json!({ "token": null, "headers": 5 }), Ok(None)),
            (
                json!({ "authorization": null, "token": "abc" }),
                Ok(Some("abc")),
            ),
            (
                json!({ "token": "", "headers": { "authorization": "abc" } }),
                Ok(Some("abc")),
            ),
            (
                json!({ "Authorization": "Bearer abc", "token": "abc" }),
                Ok(Some("abc")),
            ),
            (
                json!({ "Authorization": "Bearer abc", "token": "def" }),
                Err(Refusal::Ambiguous),
            ),
            (
                json!({ "token": "abc", "headers": { "token": "def" } }),
                Err(Refusal::Ambiguous),
            ),
            (json!({ "Authorization": 5 }), Err(Refusal::Malformed)),
            (
                json!({ "Authorization": "Basic a" }),
                Err(Refusal::Malformed),
            ),
        ] {
            let shown = shown_in(payload.as_object().unwrap());
            let shown = shown.map(token);
            assert_eq!(shown, expected.map(|it| it.map(str::to_owned)), "{payload}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_no_token_is_never_sent_away_and_who_has_one_when_it_ends() {
        let gate = Gate::open(
            &crate::auth::Settings {
                anonymous: Some(crate::auth::Scopes::ALL),
                tokens: Vec::new(),
                jwt: None,
                view_token_secret: None,
            },
            b"an account",
            None,
        );
        let gate = gate.unwrap();
        let mut caller = Caller::trusted(ClientId::default());
        assert!(lapse(&gate, &caller).now_or_never().is_none());
        caller.ends_at = Some(Timestamp::UNIX_EPOCH);
        lapse(&gate, &caller).await;
        let keys = [crate::model::TrackingKey::parse("dhl", "1234567890").unwrap()];
        let hour = Duration::from_secs(3_600);
        let views = gate.view_tokens();
        let view = views.sign(keys.into(), hour, &Caller::trusted(ClientId::default()));
        let view = view.unwrap();
        let shown = Credentials::Bearer(view.token.clone());
        let viewer = gate.admit(&shown, ClientId::default()).await.unwrap();
        let lapsed = lapse(&gate, &viewer);
        views.revoke(&view.token).await.unwrap();
        tokio::time::timeout(LOOK_AGAIN * 2, lapsed).await.unwrap();
    }
}
