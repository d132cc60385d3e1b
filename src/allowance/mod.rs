//! How much each caller may still ask for. It knows callers by their names and operations by what they cost, in points.
//!
//! Every caller has a bucket of points that fills at a steady rate; an operation takes out what it costs, or is refused. So in
//! any time `t` a caller spends at most `burst + per_second * t` points.
//!
//! With a Redis, that holds for all replicas together, and most operations do not wait for it. The bucket is in Redis, where a
//! script takes points out of it. Each replica borrows some of them, its *float*, spends those at once, and borrows more behind
//! its caller's back; only an operation that costs more than is left in the float waits for Redis, for 150 ms at most. All floats
//! together are a tenth of the burst at most, in whole points: where that is less than a point for each replica there are none,
//! and every operation asks Redis. What is lent leaves no room in the bucket for what comes back, so that bucket and floats
//! together never hold more than the burst. And it is lent for a few seconds only. Nobody gives it back: a replica forgets it
//! first, and then its room in the bucket fills again. So whoever was idle for that long and for what was missing to come back
//! has his whole burst in one place, and can spend all of it in one operation.
//!
//! While Redis is away, each replica has a bucket with its share of burst and rate instead, and owes the bucket in Redis what it
//! spends: it is taken out as soon as Redis is back. An operation that costs more than such a bucket holds is granted when it is
//! full, and nothing more until what it was short of has come. A loss of Redis can so give a caller one more burst, and each
//! replica can go beyond its share of that by one operation, but never another rate.

//!
//! An operation may be charged to several buckets: to that of its caller, and to one that he shares with others. All of them are
//! looked at before anything is taken. With a Redis a replica may know too late what others took from a shared bucket; who is
//! refused because of that has paid for it with his own points.

mod bucket;
mod fleet;
mod pool;
mod purse;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::time::Instant;

use crate::model::ClientId;
use crate::redis_link::Link;

use bucket::{Bucket, Flow, POINT, Price};
use fleet::Fleet;

/// How many callers are remembered. Who is not, has all of his points.
const MAX_CALLERS: u64 = 100_000;

/// What a caller may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many points come back each second.
    pub per_second: u32,
    /// How many points he can have at most.
    pub burst: u32,
}

/// The burst holds what comes back in so many seconds, unless it is set.
const BURST_SECONDS: u32 = 20;

impl Rate {
    /// So many points, of which as many can be had at once as come back in 20 seconds; `None`, no limit, for 0.
    pub fn per_second(per_second: u32) -> Option<Self> {
        (per_second > 0).then(|| Self {
            per_second,
            burst: per_second.saturating_mul(BURST_SECONDS),
        })
    }
}

/// How a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What he may ask for.
    pub rate: Rate,
    /// How many points he has left, as far as this replica knows.
    pub remaining: u32,
    /// How long it takes until he has all of them again.
    pub reset_after: Duration,
}

/// A bucket that an operation is charged to.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// Whose it is; those who share it have one name.
    pub client: &'a ClientId,
    /// How fast it fills.
    pub rate: Rate,
}

/// What comes of an operation that costs points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// They were there.
    Granted(Standing),
    /// They are not there yet.
    Exhausted {
        /// How the caller stands.
        standing: Standing,
        /// When they will be, if he asks for nothing else.
        retry_after: Duration,
    },
    /// They never will be: one operation of the caller can cost at most so many.
    TooDear {
        /// How the caller stands.
        standing: Standing,
        /// How many points there can be for one operation.
        most: u32,
    },
}

/// The points of all callers: in this process, or shared by all replicas. Clones share them.
#[derive(Debug, Clone)]
pub enum Allowances {
    /// Of this process alone.
    Memory(Memory),
    /// Of all replicas of the account.
    Shared(Fleet),
}

impl Allowances {
    /// Of this process alone.
    pub fn in_memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Of so many replicas, at the most, that share a Redis.
    pub fn shared(replicas: u32, link: Link) -> Self {
        Self::Shared(Fleet::new(replicas, link))
    }

    /// Takes out what an operation costs, which is a point at the least.
    pub async fn spend(&self, client: &ClientId, rate: Rate, cost: u32) -> Spending {
        self.spend_rest(client, rate, cost.max(1), 0).await
    }

    /// Takes out what is left of an operation's price. Who is refused is told when the whole of it will be there.
    pub async fn spend_rest(
        &self,
        client: &ClientId,
        rate: Rate,
        rest: u32,
        paid: u32,
    ) -> Spending {
        let own = [Account { client, rate }];
        let (_, spending) = self.spend_of_all(&own, rest, paid).await;
        spending
    }

    /// The same of one bucket or several, in which those that many share come last. Tells what became of it at the first that
    /// refuses it, and where that is in the list, or at the first of all.
    pub async fn spend_of_all(
        &self,
        accounts: &[Account<'_>],
        rest: u32,
        paid: u32,
    ) -> (usize, Spending) {
        let [due, paid] = [rest, paid].map(|points| u64::from(points) * POINT);
        let price = Price { due, paid };
        match self {
            Self::Memory(memory) => memory.spend(accounts, price),
            Self::Shared(fleet) => fleet.spend(accounts, price).await,
        }
    }
}

/// The buckets of this process.
#[derive(Debug, Clone)]
pub struct Memory {
    buckets: Cache<ClientId, Arc<Mutex<Bucket>>>,
    clock: Clock,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            buckets: callers(),
            clock: Clock::default(),
        }
    }
}

impl Memory {
    fn spend(&self, accounts: &[Account<'_>], price: Price) -> (usize, Spending) {
        let now = self.clock.now();
        let buckets: Vec<_> = accounts.iter().map(|it| self.bucket(it, now)).collect();
        // Nobody waits for one of them who holds one that comes later.
        let mut buckets: Vec<_> = buckets.iter().map(|bucket| lock(bucket)).collect();
        let after = accounts.iter().zip(&buckets).map(|(account, bucket)| {
            let mut bucket = **bucket;
            let taken = bucket.take(Flow::of(account.rate), now, price);
            (bucket, taken)
        });
        let after: Vec<_> = after.collect();
        let refused = after.iter().position(|(_, taken)| taken.is_err());
        if refused.is_none() {
            for (bucket, (after, _)) in buckets.iter_mut().zip(&after) {
                **bucket = *after;
            }
        }
        let place = refused.unwrap_or_default();
        let (bucket, taken) = after[place];
        (
            place,
            spending(accounts[place].rate, bucket, now, price, taken),
        )
    }

    fn bucket(&self, account: &Account<'_>, now: u64) -> Arc<Mutex<Bucket>> {
        let new = || Arc::new(Mutex::new(Bucket::full(Flow::of(account.rate), now)));
        match self.buckets.get(account.client) {
            Some(bucket) => bucket,
            None => self.buckets.get_with(account.client.clone(), new),
        }
    }
}

fn spending(
    rate: Rate,
    bucket: Bucket,
    now: u64,
    price: Price,
    taken: Result<(), Duration>,
) -> Spending {
    let flow = Flow::of(rate);
    let reset_after = bucket.time_for(flow, now, flow.capacity);
    let standing = standing(rate, bucket.level(flow, now), reset_after);
    match taken {
        Ok(()) => Spending::Granted(standing),
        Err(_) if price.whole() > flow.capacity => Spending::TooDear {
            standing,
            most: rate.burst,
        },
        Err(retry_after) => Spending::Exhausted {
            standing,
            retry_after,
        },
    }
}

fn callers<T: Send + Sync + 'static>() -> Cache<ClientId, Arc<T>> {
    let callers = Cache::builder().max_capacity(MAX_CALLERS);
    // The usual policy may turn away what is new, and would give a new caller all of his points again and again.
    callers.eviction_policy(EvictionPolicy::lru()).build()
}

fn standing(rate: Rate, level: u64, reset_after: Duration) -> Standing {
    let level = u32::try_from(level / POINT).unwrap_or(u32::MAX);
    Standing {
        rate,
        remaining: level.min(rate.burst),
        reset_after,
    }
}

/// Counts microseconds from its beginning.
#[derive(Debug, Clone, Copy)]
struct Clock(Instant);

impl Default for Clock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock {
    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 100,
    };

    #[tokio::test(start_paused = true)]
    async fn a_caller_spends_his_burst_and_then_as_fast_as_points_come_back() {
        let allowances = Allowances::in_memory();
        let client = ClientId::named("somebody");
        let spend = |cost| allowances.spend(&client, RATE, cost);
        let Spending::Granted(standing) = spend(70).await else {
            panic!("he has 100");
        };
        assert_eq!(standing.remaining, 30);
        assert_eq!(standing.reset_after, Duration::from_secs(7));
        let Spending::Exhausted {
            retry_after,
            standing,
        } = spend(50).await
        else {
            panic!("he has 30");
        };
        assert_eq!(retry_after, Duration::from_secs(2));
        assert_eq!(standing.remaining, 30);
        tokio::time::advance(retry_after).await;
        assert!(matches!(spend(50).await, Spending::Granted(_)));
        assert!(matches!(spend(0).await, Spending::Exhausted { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn what_costs_more_than_there_can_ever_be_is_told_so() {
        let allowances = Allowances::in_memory();
        let spent = allowances.spend(&ClientId::default(), RATE, 101).await;
        assert!(
            matches!(spent, Spending::TooDear { most: 100, .. }),
            "{spent:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_caller_does_not_spend_the_points_of_another() {
        let allowances = Allowances::in_memory();
        for name in ["one", "other"] {
            let spent = allowances.spend(&ClientId::named(name), RATE, 100).await;
            assert!(matches!(spent, Spending::Granted(_)));
        }
    }
    #[tokio::test(start_paused = true)]
    async fn what_many_share_is_spent_by_all_of_them_and_nothing_is_taken_where_one_bucket_refuses()
    {
        let allowances = Allowances::in_memory();
        let names = ["one", "two", "all"].map(ClientId::named);
        let shared = Rate {
            per_second: 10,
            burst: 150,
        };
        let spend = async |who: usize, cost| {
            let account = |client, rate| Account { client, rate };
            let accounts = [account(&names[who], RATE), account(&names[2], shared)];
            allowances.spend_of_all(&accounts, cost, 0).await
        };
        assert!(matches!(spend(0, 100).await, (0, Spending::Granted(_))));
        let (place, refused) = spend(1, 60).await;
        let Spending::Exhausted {
            standing,
            retry_after,
        } = refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!((place, standing.remaining), (1, 50));
        assert_eq!(retry_after, Duration::from_secs(1));
        // Neither has taken anything.
        let (place, granted) = spend(1, 50).await;
        let Spending::Granted(standing) = granted else {
            panic!("{granted:?}");
        };
        assert_eq!((place, standing.remaining), (0, 50));
        // The own one is told where both refuse.
        assert!(matches!(
            spend(0, 60).await,
            (0, Spending::Exhausted { .. })
        ));
    }
}
