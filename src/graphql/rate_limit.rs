//! What an operation costs its caller, and how much he may still ask for.

use async_graphql::{Context, SimpleObject, Value, value};
use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::date_time::DateTime;
use super::error::{ErrorCode, Failure};
use crate::allowance::{Account, Allowances, Rate, Spending, Standing};
use crate::auth::Caller;
use crate::model::whole_seconds;

/// How much callers may ask for; `None` where there is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// Everybody, each by himself.
    pub usual: Option<Rate>,
    /// Who shows a view token.
    pub view: Option<Rate>,
    /// All together who show view tokens of one signer.
    pub signer: Option<Rate>,
}

impl Rates {
    /// What a caller's operations are charged to: his own points, and for view tokens those of whoever signed them.
    fn accounts<'a>(&self, caller: &'a Caller) -> Vec<Account<'a>> {
        let own = match (&caller.grant, caller.points_per_second) {
            (Some(_), _) => self.view,
            (None, Some(per_second)) => Rate::per_second(per_second),
            (None, None) => self.usual,
        };
        let own = own.map(|rate| Account {
            client: &caller.client,
            rate,
        });
        let shared = caller.grant.as_ref().zip(self.signer);
        let shared = shared.map(|(grant, rate)| Account {
            client: &grant.signer,
            rate,
        });
        own.into_iter().chain(shared).collect()
    }
}

/// The points of all callers, and how many come back. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Tariff {
    pub(super) allowances: Allowances,
    pub(super) rates: Rates,
}

/// What an operation cost its caller.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Charge {
    pub(super) cost: u32,
    /// How he stands; `None` if there is no limit for him.
    pub(super) standing: Option<Standing>,
}

/// What everybody pays to have his request read.
const ENTRY: u32 = 1;

impl Tariff {
    /// Has the caller pay the first point, before anything of his request is read. Who has none has his answer.
    pub(super) async fn admit(&self, caller: &Caller) -> Result<Charge, Box<Answer>> {
        self.charge(caller, Charge::default(), ENTRY).await
    }

    /// Has the caller pay all of what his operation costs. Who cannot pay has his answer, and has paid nothing.
    pub(super) async fn charge_whole(
        &self,
        caller: &Caller,
        cost: u32,
    ) -> Result<Charge, Box<Answer>> {
        self.charge(caller, Charge::default(), cost.max(ENTRY))
            .await
    }

    /// Has the caller pay the rest of what his operation costs. Who cannot pay has his answer.
    pub(super) async fn charge(
        &self,
        caller: &Caller,
        paid: Charge,
        cost: u32,
    ) -> Result<Charge, Box<Answer>> {
        if cost <= paid.cost {
            return Ok(paid);
        }
        let accounts = self.rates.accounts(caller);
        if accounts.is_empty() {
            let standing = None;
            return Ok(Charge { cost, standing });
        }
        let rest = cost - paid.cost;
        let spending = self.allowances.spend_of_all(&accounts, rest, paid.cost);
        let (place, spending) = spending.await;
        let Account { client, rate } = accounts[place];
        let whose = match *client == caller.client {
            true => "",
            false => " to all view tokens of whoever signed this one",
        };
        let (failure, standing) = match spending {
            Spending::Granted(standing) => {
                let standing = Some(standing);
                return Ok(Charge { cost, standing });
            }
            Spending::Exhausted {
                standing,
                retry_after,
            } => {
                let has = match paid.cost {
                    0 => format!("no points are left{whose}"),
                    _ => format!(
                        "this operation costs {cost} points, {} are left{whose}",
                        standing.remaining
                    ),
                };
                let message = format!(
                    "{has}, and {} come back each second: try again in {} s",
                    rate.per_second,
                    whole_seconds(retry_after)
                );
                let failure = Failure::new(ErrorCode::Throttled, message);
                (failure.with_retry_after(retry_after), standing)
            }
            Spending::TooDear { standing, most } => {
                let message = format!(
                    "this operation costs {cost} points, and none may cost more than {most}{whose}: ask for less in one operation"
                );
                (Failure::new(ErrorCode::QueryTooComplex, message), standing)
            }
        };
        let charge = Charge {
            cost,
            standing: Some(standing),
        };
        Err(Box::new(Answer::from(failure).charged(charge)))
    }
}

impl Charge {
    /// The same in the `extensions` of an answer.
    pub(super) fn extension(&self) -> Value {
        let standing = self.standing.as_ref();
        value!({
            "requested": self.cost,
            "limit": standing.map(|standing| standing.rate.burst),
            "remaining": standing.map(|standing| standing.remaining),
            "restoreRate": standing.map(|standing| standing.rate.per_second),
        })
    }
}

/// How much the caller may still ask for. Every operation costs points, one at the least, and points come back with time.
#[derive(SimpleObject)]
pub(super) struct RateLimit {
    /// How many points the caller can have at most.
    limit: u32,
    /// How many points this operation cost.
    cost: u32,
    /// How many points are left after it, as far as the server that answers knows.
    remaining: u32,
    /// When the caller has all of his points again, if he asks for nothing else.
    reset_at: DateTime,
}

/// How the caller of this operation stands; `None` if there is no limit for him.
pub(super) fn rate_limit(context: &Context<'_>) -> Option<RateLimit> {
    let Charge { cost, standing } = context.data_opt().copied().unwrap_or_default();
    let standing: Standing = standing?;
    let wait = SignedDuration::try_from(standing.reset_after).unwrap_or(SignedDuration::MAX);
    let reset_at = Timestamp::now().saturating_add(wait);
    Some(RateLimit {
        limit: standing.rate.burst,
        cost,
        remaining: standing.remaining,
        reset_at: DateTime(reset_at.unwrap_or(Timestamp::MAX)),
    })
}
