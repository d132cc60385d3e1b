//! What a replica does with its share of the points, against a model of the bucket in Redis.

use proptest::prelude::*;

use super::*;
use crate::allowance::bucket::POINT;

const RATE: Rate = Rate {
    per_second: 10,
    burst: 100,
};

const REPLICAS: usize = 3;

/// The bucket in Redis, as `take.lua` keeps it.
struct Model {
    shares: Shares,
    pool: Pool,
}

impl Model {
    fn full(shares: Shares) -> Self {
        let pool = Pool::full(shares.shared, 0);
        Self { shares, pool }
    }

    fn take(&mut self, order: Order, now: u64) -> Taken {
        let mut pool = self.pool.later(self.shares.shared, now);
        pool.level = pool.level.saturating_sub(order.owed);
        let granted = match order.need <= pool.level {
            true => pool.level.min(order.need + order.want),
            false => 0,
        };
        if granted > order.need {
            pool.lent = self.shares.floats.min(pool.lent + granted - order.need);
            pool.until = pool.at + LENT;
        }
        pool.level -= granted;
        self.pool = pool;
        Taken {
            granted,
            level: pool.level,
            lent: pool.lent,
            lent_for: pool.until.saturating_sub(pool.at),
        }
    }
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    /// What was in it some seconds ago, what was lent, and for how many seconds from then on; `None` if nothing is known of it.
    was: Option<(u64, f64, u64, f64)>,
    need: u64,
    want: u64,
    owed: u64,
    /// What is taken, left and lent.
    gives: (u64, u64, u64),
}

/// Redis has to pass the same table.
#[test]
fn the_model_of_the_bucket_in_redis_decides_as_the_table_says() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/cases/points.json")).unwrap();
    let rate = Rate {
        per_second: 1,
        ..RATE
    };
    let shares = Shares::of(rate, 1);
    let micros = |seconds: f64| (seconds * 1e6) as u64;
    for case in cases {
        let mut model = Model::full(shares);
        let mut now = 0;
        if let Some((level, ago, lent, lent_for)) = case.was {
            now = micros(ago);
            model.pool = Pool {
                level: level * POINT,
                at: 0,
                lent: lent * POINT,
                until: micros(lent_for),
            };
        }
        let order = Order {
            need: case.need * POINT,
            want: case.want * POINT,
            owed: case.owed * POINT,
            ..order(now)
        };
        let taken = model.take(order, now);
        let gives = [taken.granted, taken.level, taken.lent].map(|points| points / POINT);
        assert_eq!(<(u64, u64, u64)>::from(gives), case.gives, "{}", case.name);
    }
}

fn order(at: u64) -> Order {
    Order {
        need: 0,
        want: 0,
        owed: 0,
        held: 0,
        paid: 0,
        at,
    }
}

fn points(cost: u64) -> Price {
    Price {
        due: cost * POINT,
        paid: 0,
    }
}

/// What Redis says of a bucket with so much left.
fn taken(granted: u64, level: u64) -> Taken {
    Taken {
        granted: granted * POINT,
        level: level * POINT,
        lent: 0,
        lent_for: 0,
    }
}

/// What happens in a fleet.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody asks a replica.
    Spend { replica: usize, cost: u64 },
    /// An order reaches Redis, and the answer its replica.
    Arrive { nth: usize },
    /// Time passes.
    Wait { micros: u64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        5 => (0..REPLICAS, 1u64..60).prop_map(|(replica, cost)| Event::Spend { replica, cost }),
        5 => (0..20usize).prop_map(|nth| Event::Arrive { nth }),
        2 => (0u64..2_000_000).prop_map(|micros| Event::Wait { micros }),
        1 => (8_500_000u64..11_000_000).prop_map(|micros| Event::Wait { micros }),
    ];
    proptest::collection::vec(event, 1..200)
}

/// A fleet with the orders that are out, and what the operation costs that waits for each.
struct World {
    shares: Shares,
    model: Model,
    purses: Vec<Purse>,
    now: u64,
    out: Vec<(usize, Order, Option<u64>)>,
    granted: Vec<(u64, u64)>,
}

impl World {
    fn new(shares: Shares) -> Self {
        Self {
            shares,
            model: Model::full(shares),
            purses: (0..REPLICAS).map(|_| Purse::new(shares, 0)).collect(),
            now: 0,
            out: Vec::new(),
            granted: Vec::new(),
        }
    }

    /// Asks a replica, which may refuse only what is not there.
    fn spend(&mut self, replica: usize, cost: u64) {
        let (shares, now, cost) = (self.shares, self.now, cost * POINT);
        let purse = &mut self.purses[replica];
        let price = Price { due: cost, paid: 0 };
        match purse.spend(shares, now, price) {
            Step::Paid => self.granted.push((now, cost)),
            Step::Ask(order) => self.out.push((replica, order, Some(cost))),
            Step::Refused(_) => {
                let there = self.model.pool.level(shares.shared, now) + purse.float(now);
                assert!(there < cost, "refused though there was enough");
            }
        }
        let errand = purse.top_up(shares, now);
        self.out.extend(errand.map(|order| (replica, order, None)));
    }

    fn arrive(&mut self, nth: usize) {
        let (replica, order, cost) = self.out.remove(nth % self.out.len());
        let taken = Some(self.model.take(order, self.now));
        let paid = self.purses[replica].settle(self.shares, order, taken, self.now);
        if let (Ok(()), Some(cost)) = (paid, cost) {
            self.granted.push((self.now, cost));
        }
    }

    /// Answers of Redis are late, but not later than the patience.
    fn wait(&mut self, micros: u64) {
        let late = self.now + micros;
        while let Some(nth) = self
            .out
            .iter()
            .position(|(_, order, _)| order.at + 500_000 < late)
        {
            self.arrive(nth);
        }
        self.now = late;
    }

    fn floats(&self) -> u64 {
        self.purses.iter().map(|purse| purse.float(self.now)).sum()
    }

    fn no_time_saw_too_much(&self) {
        let burst = Flow::of(RATE).capacity;
        for (index, (from, _)) in self.granted.iter().enumerate() {
            let mut sum = 0;
            for (to, cost) in &self.granted[index..] {
                sum += cost;
                assert!(sum <= burst + (to - from) * 10, "{sum} from {from} to {to}");
            }
        }
    }
}

proptest! {
    /// Whatever the replicas are asked, and however late Redis answers.
    #[test]
    fn a_fleet_gives_no_more_than_one_bucket_would(events in events()) {
        let mut world = World::new(Shares::of(RATE, REPLICAS as u32));
        for event in events {
            match event {
                Event::Wait { micros } => world.wait(micros),
                Event::Spend { replica, cost } => world.spend(replica, cost),
                Event::Arrive { nth } if !world.out.is_empty() => world.arrive(nth),
                Event::Arrive { .. } => {}
            }
            prop_assert!(world.floats() <= world.model.pool.lent);
            let there = world.model.pool.level(world.shares.shared, world.now) + world.floats();
            prop_assert!(there <= world.shares.shared.capacity);
        }
        world.no_time_saw_too_much();
    }

    /// The time that is told does come, for whatever there can be.
    #[test]
    fn who_comes_back_when_he_was_told_has_what_he_asked_for(
        events in events(), replica in 0..REPLICAS, cost in 2u64..=100,
    ) {
        let mut world = World::new(Shares::of(RATE, REPLICAS as u32));
        for event in events {
            match event {
                Event::Wait { micros } => world.wait(micros),
                Event::Spend { replica, cost } => world.spend(replica, cost),
                Event::Arrive { nth } if !world.out.is_empty() => world.arrive(nth),
                Event::Arrive { .. } => {}
            }
        }
        while !world.out.is_empty() {
            world.arrive(0);
        }
        // The replica may have to hear once how the others spent, and who has no point yet is not told of the others.
        let mut last = Ok(());
        for _ in 0..4 {
            last = world.pay(replica, points(1)).and_then(|()| {
                world.pay(replica, Price { due: (cost - 1) * POINT, paid: POINT })
            });
            let Err(wait) = last else {
                break;
            };
            world.now += u64::try_from(wait.as_micros()).unwrap();
        }
        prop_assert_eq!(last, Ok(()));
    }
}

impl World {
    fn pay(&mut self, replica: usize, price: Price) -> Result<(), Duration> {
        let (shares, now) = (self.shares, self.now);
        match self.purses[replica].spend(shares, now, price) {
            Step::Paid => Ok(()),
            Step::Refused(wait) => Err(wait),
            Step::Ask(order) => {
                let taken = self.model.take(order, now);
                self.purses[replica].settle(shares, order, Some(taken), now)
            }
        }
    }
}

#[test]
fn who_asks_too_much_costs_redis_nothing() {
    let shares = Shares::of(RATE, 1);
    let mut purse = Purse::new(shares, 0);
    let Step::Ask(order) = purse.spend(shares, 0, points(100)) else {
        panic!("the float is empty");
    };
    assert_eq!((order.need, order.want), (100 * POINT, 10 * POINT));
    assert_eq!(purse.settle(shares, order, Some(taken(100, 0)), 0), Ok(()));
    let refused = Step::Refused(Duration::from_millis(100));
    assert_eq!(purse.spend(shares, 0, points(1)), refused);
    assert_eq!(purse.top_up(shares, 0), None);
}

/// Spends while Redis does not answer.
fn spend_alone(purse: &mut Purse, shares: Shares, cost: u64, now: u64) -> Result<(), Duration> {
    match purse.spend(shares, now, points(cost)) {
        Step::Paid => Ok(()),
        Step::Refused(wait) => Err(wait),
        Step::Ask(order) => purse.settle(shares, order, None, now),
    }
}

#[test]
fn alone_a_replica_has_its_share_and_owes_what_it_spends() {
    let shares = Shares::of(RATE, 2);
    let mut purse = Purse::new(shares, 0);
    let spend = |purse: &mut Purse, cost, now| spend_alone(purse, shares, cost, now);
    assert_eq!(spend(&mut purse, 50, 0), Ok(()));
    assert_eq!(spend(&mut purse, 1, 0), Err(Duration::from_millis(200)));
    assert_eq!(spend(&mut purse, 5, 1_000_000), Ok(()));
    let Step::Ask(order) = purse.spend(shares, 1_000_000, points(1)) else {
        panic!("Redis may be back");
    };
    assert_eq!(order.owed, 55 * POINT);
    let taken = Some(taken(6, 30));
    assert_eq!(purse.settle(shares, order, taken, 1_000_000), Ok(()));
    assert_eq!(purse.level(shares, 1_000_000), 35 * POINT);
    assert_eq!(purse.owed, 0);
}

#[test]
fn alone_a_replica_grants_what_its_share_never_holds_when_it_is_full() {
    let shares = Shares::of(RATE, 4);
    let mut purse = Purse::new(shares, 0);
    let spend = |purse: &mut Purse, cost, now| spend_alone(purse, shares, cost, now);
    assert_eq!(spend(&mut purse, 90, 0), Ok(()));
    assert_eq!(purse.owed, 90 * POINT);
    // It is short of 65, of which 2.5 come each second, and holds 25.
    let wait = Duration::from_secs(36);
    assert_eq!(spend(&mut purse, 90, 0), Err(wait));
    assert!(spend(&mut purse, 90, 35_999_999).is_err());
    assert_eq!(spend(&mut purse, 90, 36_000_000), Ok(()));
}

#[test]
fn a_late_answer_of_redis_does_not_give_a_lonely_replica_its_share_again() {
    let shares = Shares::of(RATE, 2);
    let mut purse = Purse::new(shares, 0);
    let orders = [50, 1, 50].map(|cost| match purse.spend(shares, 0, points(cost)) {
        Step::Ask(order) => order,
        step => panic!("{step:?}"),
    });
    assert_eq!(purse.settle(shares, orders[0], None, 100), Ok(()));
    let late = Some(taken(1, 99));
    assert_eq!(purse.settle(shares, orders[1], late, 100), Ok(()));
    assert!(purse.settle(shares, orders[2], None, 100).is_err());
}

#[test]
fn nothing_is_ordered_for_the_float_that_is_coming_already() {
    let shares = Shares::of(RATE, 1);
    let mut purse = with_float(shares);
    assert_eq!(purse.spend(shares, 0, points(6)), Step::Paid);
    let errand = purse.top_up(shares, 0).unwrap();
    let Step::Ask(order) = purse.spend(shares, 0, points(5)) else {
        panic!("the float has 4");
    };
    assert_eq!(
        (errand.want, order.need, order.want),
        (6 * POINT, POINT, 4 * POINT)
    );
    for order in [order, errand] {
        let taken = Taken {
            granted: order.need + order.want,
            ..taken(0, 50)
        };
        assert_eq!(purse.settle(shares, order, Some(taken), 0), Ok(()));
    }
    assert_eq!(purse.float, shares.float);
}

#[test]
fn a_float_that_is_half_empty_is_filled_once() {
    let shares = Shares::of(RATE, 1);
    let mut purse = with_float(shares);
    assert_eq!(purse.spend(shares, 0, points(5)), Step::Paid);
    assert_eq!(purse.top_up(shares, 0), None);
    assert_eq!(purse.spend(shares, 0, points(1)), Step::Paid);
    let order = purse.top_up(shares, 0).unwrap();
    assert_eq!((order.need, order.want), (0, 6 * POINT));
    assert_eq!(purse.top_up(shares, 0), None);
    assert_eq!(purse.settle(shares, order, Some(taken(6, 84)), 0), Ok(()));
    assert_eq!(purse.level(shares, 0), 94 * POINT);
    assert_eq!(purse.float, shares.float);
}

#[test]
fn a_float_that_was_not_used_is_no_longer_spent() {
    let shares = Shares::of(RATE, 1);
    let mut purse = with_float(shares);
    assert_eq!(purse.spend(shares, VALID - 1, points(1)), Step::Paid);
    let Step::Ask(order) = purse.spend(shares, VALID, points(1)) else {
        panic!("it is forgotten");
    };
    assert_eq!((order.need, order.want, order.held), (POINT, 10 * POINT, 0));
}

#[test]
fn the_smallest_burst_is_enough_for_any_number_of_replicas() {
    let rate = Rate {
        per_second: 1,
        burst: 1,
    };
    let mut world = World::new(Shares::of(rate, 4));
    for second in 0..5 {
        world.now = second * 1_000_000;
        assert_eq!(world.pay(second as usize % REPLICAS, points(1)), Ok(()));
        assert!(world.pay(0, points(1)).is_err());
    }
}

#[test]
fn who_was_idle_can_spend_his_whole_burst_at_once_and_is_told_so() {
    let shares = Shares::of(RATE, REPLICAS as u32);
    let mut world = World::new(shares);
    for replica in 0..REPLICAS {
        assert_eq!(world.pay(replica, points(10)), Ok(()));
    }
    let reset_after = world.purses[2].time_for(shares, world.now, 100 * POINT);
    world.now += u64::try_from(reset_after.as_micros()).unwrap();
    assert!(reset_after <= Duration::from_secs(11), "{reset_after:?}");
    assert_eq!(world.purses[2].level(shares, world.now), 100 * POINT);
    assert_eq!(world.pay(2, points(1)), Ok(()));
    let rest = Price {
        due: 99 * POINT,
        paid: POINT,
    };
    assert_eq!(world.pay(2, rest), Ok(()));
}

fn with_float(shares: Shares) -> Purse {
    let mut purse = Purse::new(shares, 0);
    let order = purse.top_up(shares, 0).unwrap();
    assert_eq!(purse.settle(shares, order, Some(taken(10, 90)), 0), Ok(()));
    purse
}
