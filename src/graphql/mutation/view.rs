//! Tokens for pages that show some parcels to everybody.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};

use crate::auth::{InvalidView, NotForAll, RevokeError, Scope, ViewToken as Signed};
use crate::graphql::context::{caller, view_tokens};
use crate::graphql::date_time::DateTime;
use crate::graphql::duration::Duration;
use crate::graphql::error::{ErrorCode, Failure};
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{TrackingRef, check_count};
use crate::graphql::scope::{all, requires};
use crate::graphql::user_error::{Path, UserError};

#[derive(Default)]
pub(super) struct ViewMutation;

#[Object]
impl ViewMutation {
    /// Signs a token for pages that everybody can read. It can read and watch these parcels with the fields that are marked
    /// `@forViewTokens`, and nothing else. What needs `customer:read` is null to it, and what couriers wrote is masked. It ends
    /// no later than what its signer showed. Whether the account has the parcels is not looked up. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn create_view_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The parcels, and for how long.")] input: CreateViewTokenInput,
    ) -> Outcome<CreateViewTokenPayload> {
        create(context, input).into()
    }

    /// Ends a view token before its time: no server of the account takes it any more, and what it watches ends within
    /// seconds. Servers that share no Redis know nothing of each other, and forget it when they are started again. Who has
    /// 10,000 tokens revoked that have not ended loses the older half of what he has signed with the next one, also what he
    /// did not revoke; so does whoever has the most when there are 100,000 in all. It can be repeated. Costs no quota.
    #[graphql(directive = requires::apply(all(&[Scope::TrackingRead])))]
    async fn revoke_view_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which token.")] input: RevokeViewTokenInput,
    ) -> Outcome<RevokeViewTokenPayload> {
        revoke(context, input).await.into()
    }
}

/// What a view token is to be for.
#[derive(InputObject)]
pub(super) struct CreateViewTokenInput {
    /// The parcels, from 1 to 20.
    refs: Vec<TrackingRef>,
    /// For how long it counts, from one minute (`PT1M`) to 30 days (`P30D`).
    ttl: Duration,
}

/// Names a view token: by itself, or by its id.
#[derive(OneofObject)]
pub(super) enum RevokeViewTokenInput {
    /// The token.
    Token(String),
    /// The id that came with it.
    Id(ID),
}

/// A token for pages that everybody can read.
#[derive(SimpleObject)]
pub(super) struct ViewToken {
    /// Names it, to revoke it. It opens nothing.
    id: ID,
    /// What the page sends, as `Authorization: Bearer` or in the payload of `connection_init`. It is told only now.
    token: String,
    /// When it ends: when its time is over, or what its signer showed ends, whichever comes first.
    expires_at: DateTime,
}

impl From<Signed> for ViewToken {
    fn from(signed: Signed) -> Self {
        Self {
            id: signed.id.into(),
            token: signed.token,
            expires_at: DateTime(signed.ends_at),
        }
    }
}

/// What `createViewToken` did.
#[derive(SimpleObject)]
pub(super) struct CreateViewTokenPayload {
    /// The token; null if there are `userErrors`.
    view_token: Option<ViewToken>,
    /// Why there is no token; empty if all went well.
    user_errors: Vec<UserError>,
}

/// What `revokeViewToken` did.
#[derive(SimpleObject)]
pub(super) struct RevokeViewTokenPayload {
    /// Why the token still counts; empty if all went well.
    user_errors: Vec<UserError>,
}

fn create(
    context: &Context<'_>,
    input: CreateViewTokenInput,
) -> Result<CreateViewTokenPayload, Failure> {
    let path = Path::to("input");
    let refs = path.at("refs");
    // None of so many is looked at; the same one may be named twice.
    if check_count("refs", input.refs.len()).is_err() {
        let invalid = InvalidView::Keys(input.refs.len());
        return Ok(CreateViewTokenPayload::refused(refs, invalid));
    }
    let mut errors = Vec::new();
    let mut keys = BTreeSet::new();
    for (index, reference) in input.refs.iter().enumerate() {
        match reference.key() {
            Ok(key) => {
                keys.insert(key);
            }
            Err(invalid) => errors.push(UserError::invalid_ref(&refs.at(index), &invalid)),
        }
    }
    let signed = match errors.is_empty() {
        true => view_tokens(context).sign(keys, input.ttl.0, caller(context)),
        false => {
            return Ok(CreateViewTokenPayload {
                view_token: None,
                user_errors: errors,
            });
        }
    };
    Ok(match signed {
        Ok(signed) => CreateViewTokenPayload {
            view_token: Some(signed.into()),
            user_errors: Vec::new(),
        },
        Err(invalid) => {
            let path = match invalid {
                InvalidView::Keys(_) => refs,
                InvalidView::Time => path.at("ttl"),
            };
            CreateViewTokenPayload::refused(path, invalid)
        }
    })
}

impl CreateViewTokenPayload {
    fn refused(path: Path, invalid: InvalidView) -> Self {
        Self {
            view_token: None,
            user_errors: vec![UserError::invalid(path, invalid)],
        }
    }
}

async fn revoke(
    context: &Context<'_>,
    input: RevokeViewTokenInput,
) -> Result<RevokeViewTokenPayload, Failure> {
    let (field, text) = match &input {
        RevokeViewTokenInput::Token(token) => ("token", token.as_str()),
        RevokeViewTokenInput::Id(id) => ("id", id.as_str()),
    };
    let user_errors = match view_tokens(context).revoke(text).await {
        Ok(()) => Vec::new(),
        Err(unreadable @ RevokeError::Unreadable) => {
            let path = Path::to("input").at(field);
            vec![UserError::invalid(path, unreadable)]
        }
        Err(RevokeError::NotForAll(reason)) => {
            let code = match reason {
                NotForAll::Away => ErrorCode::Timeout,
                NotForAll::Full => ErrorCode::Throttled,
            };
            return Err(Failure::new(code, reason.to_string()));
        }
    };
    Ok(RevokeViewTokenPayload { user_errors })
}
