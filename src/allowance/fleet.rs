//! Points that all replicas share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use moka::sync::Cache;
use tokio::task::JoinHandle;

use super::bucket::Price;
use super::purse::{LENT, Order, Purse, Shares, Step, Taken};
use super::{Account, Clock, Rate, Spending, Standing, callers, lock, standing};
use crate::model::ClientId;
use crate::redis_link::{Link, Script};

/// What this replica has of the callers' points, and the way to the rest of them. Clones share it.
#[derive(Debug, Clone)]
pub struct Fleet {
    replicas: u32,
    purses: Cache<ClientId, Arc<Mutex<Purse>>>,
    clock: Clock,
    link: Link,
    script: Arc<Script>,
}

impl Fleet {
    pub(super) fn new(replicas: u32, link: Link) -> Self {
        Self {
            replicas,
            purses: callers(),
            clock: Clock::default(),
            link,
            script: Arc::new(Script::new(&[include_str!("take.lua")])),
        }
    }

    pub(super) async fn spend(&self, accounts: &[Account<'_>], price: Price) -> (usize, Spending) {
        for (place, account) in accounts.iter().enumerate() {
            if let Some(refused) = self.look(account, price) {
                return (place, refused);
            }
        }
        let mut first = None;
        for (place, account) in accounts.iter().enumerate() {
            let spending = self.take(account, price).await;
            if !matches!(spending, Spending::Granted(_)) {
                return (place, spending);
            }
            first.get_or_insert(spending);
        }
        (0, first.expect("an operation is charged to somebody"))
    }

    /// Refuses what is known here to be too much. Nothing is taken.
    fn look(&self, account: &Account<'_>, price: Price) -> Option<Spending> {
        let (rate, now) = (account.rate, self.clock.now());
        let shares = Shares::of(rate, self.replicas);
        let purse = self.purse(account, shares, now);
        let purse = lock(&purse);
        let standing = || standing_of(&purse, shares, rate, now);
        if price.whole() > shares.shared.capacity {
            return Some(Spending::TooDear {
                standing: standing(),
                most: rate.burst,
            });
        }
        let retry_after = purse.refusal(shares, now, price)?;
        Some(Spending::Exhausted {
            standing: standing(),
            retry_after,
        })
    }

    fn purse(&self, account: &Account<'_>, shares: Shares, now: u64) -> Arc<Mutex<Purse>> {
        match self.purses.get(account.client) {
            Some(purse) => purse,
            None => self.purses.get_with(account.client.clone(), || {
                Arc::new(Mutex::new(Purse::new(shares, now)))
            }),
        }
    }

    async fn take(&self, account: &Account<'_>, price: Price) -> Spending {
        let Account { client, rate } = *account;
        let shares = Shares::of(rate, self.replicas);
        let now = self.clock.now();
        let purse = self.purse(account, shares, now);
        let step = lock(&purse).spend(shares, now, price);
        let paid = match step {
            Step::Paid => Ok(()),
            Step::Refused(wait) => Err(wait),
            Step::Ask(order) => {
                let paid = self.send(client, shares, &purse, order).await;
                // It can only have ended with a fault of ours, for which nobody is turned away.
                paid.unwrap_or(Ok(()))
            }
        };
        let now = self.clock.now();
        let (errand, standing) = {
            let mut purse = lock(&purse);
            let errand = purse.top_up(shares, now);
            (errand, standing_of(&purse, shares, rate, now))
        };
        if let Some(order) = errand {
            self.send(client, shares, &purse, order);
        }
        match paid {
            Ok(()) => Spending::Granted(standing),
            Err(retry_after) => Spending::Exhausted {
                standing,
                retry_after,
            },
        }
    }

    /// Has a task of its own send an order and take what comes of it, also for a caller who does not wait. It ends with the
    /// answer of Redis, or with the patience.
    fn send(
        &self,
        client: &ClientId,
        shares: Shares,
        purse: &Arc<Mutex<Purse>>,
        order: Order,
    ) -> JoinHandle<Result<(), Duration>> {
        let (fleet, client, purse) = (self.clone(), client.clone(), purse.clone());
        tokio::spawn(async move {
            let taken = fleet.ask(&client, shares, order).await;
            lock(&purse).settle(shares, order, taken, fleet.clock.now())
        })
    }

    /// `None` if Redis is away.
    async fn ask(&self, client: &ClientId, shares: Shares, order: Order) -> Option<Taken> {
        // Names of callers can be addresses.
        let token = self.link.token(client.as_str());
        let keys = [self.link.key(&format!("points2:{token}"))];
        let flow = shares.shared;
        let args = [
            flow.capacity,
            flow.per_second,
            order.need,
            order.want,
            order.owed,
            shares.floats,
            LENT,
        ];
        let args = args.map(|number| number.to_string().into_bytes());
        let said: Result<(u64, u64, u64, u64), _> = self.link.run(&self.script, &keys, &args).await;
        let (granted, level, lent, lent_for) = said.ok()?;
        Some(Taken {
            granted,
            level,
            lent,
            lent_for,
        })
    }
}

fn standing_of(purse: &Purse, shares: Shares, rate: Rate, now: u64) -> Standing {
    let reset_after = purse.time_for(shares, now, shares.shared.capacity);
    standing(rate, purse.level(shares, now), reset_after)
}
