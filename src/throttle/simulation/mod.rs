//! A fleet in a simulated world, in which clocks are misjudged, messages are late or lost, replicas die, and Redis goes away,
//! stands still or forgets everything. The receiver is the judge.

mod chance;
mod judge;
mod replica;
mod store;
mod world;

use proptest::prelude::*;

use super::ledger::Rules;
use super::{Lane, Limits, Micros};
use replica::Replica;
use store::Store;
use world::{Fault, Happening, MS, SECOND, START, What, World};

const LASTS: Micros = 600 * SECOND;

const ALL: [Lane; 4] = [Lane::List, Lane::Page, Lane::Realtime, Lane::Other];

fn simulate(
    rules: &Rules,
    seed: u64,
    replicas: usize,
    faults: &[Fault],
    pause: Micros,
    answers_within: Micros,
) -> World {
    let mut world = World::new(rules.clone(), seed, replicas, pause);
    world.answers_within = answers_within;
    world.has_warm_connections = faults.is_empty();
    let mut fleet: Vec<_> = (0..replicas)
        .map(|number| Replica::new(number, rules, ALL.to_vec()))
        .collect();
    for replica in &mut fleet {
        replica.starts(&mut world);
    }
    for fault in faults {
        world.at(START + fault.at, Happening::Begins(fault.clone()));
    }
    world.run(&mut Store::default(), &mut fleet, START + LASTS);
    world
}

fn rules(replicas: usize, account_per_second: u32) -> Rules {
    let limits = Limits {
        account_per_second,
        ..Limits::default()
    };
    limits.rules(u32::try_from(replicas).expect("few"))
}

fn fault() -> impl Strategy<Value = Fault> {
    let what = prop_oneof![
        (0usize..5, 0..30 * SECOND).prop_map(|(replica, lasts)| (What::Killed(replica), lasts)),
        (0usize..5, SECOND..20 * SECOND)
            .prop_map(|(replica, lasts)| (What::CutOff(replica), lasts)),
        (SECOND..10 * SECOND).prop_map(|lasts| (What::Away, lasts)),
        (0..10 * SECOND).prop_map(|lasts| (What::Emptied, lasts)),
        (0..10 * SECOND).prop_map(|lasts| (What::Stopped, lasts)),
        Just((What::Refusal, 0)),
    ];
    (5 * SECOND..LASTS, what).prop_map(|(at, (what, lasts))| Fault { at, lasts, what })
}

/// How many cases: a few of them, or as many as the environment says.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok()).unwrap_or(6);
    ProptestConfig {
        cases,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_receiver_never_meets_more_calls_in_a_second_than_the_limits_allow(
        seed: u64,
        replicas in 1usize..=5,
        account in prop_oneof![Just(0u32), 1u32..5],
        pause in 50 * MS..3 * SECOND,
        faults in prop::collection::vec(fault(), 0..25),
    ) {
        let rules = rules(replicas, account);
        let world = simulate(&rules, seed, replicas, &faults, pause, 2 * SECOND);
        let breach = world.judge.breach(&rules);
        prop_assert!(breach.is_ok(), "{}", breach.unwrap_err());
    }
}

#[test]
fn without_faults_a_queue_uses_nearly_every_slot() {
    for replicas in [1, 2, 4] {
        let rules = rules(replicas, 0);
        let world = simulate(&rules, 1, replicas, &[], 100 * MS, 500 * MS);
        let from = 10 * SECOND;
        for (lanes, calls) in [(&ALL[..2], 1), (&ALL[2..3], 3), (&ALL[3..], 1)] {
            let made = world.judge.calls(lanes, START + from);
            let slots = (LASTS - from) as f64 / (1_050.0 * MS as f64) * f64::from(calls);
            let used = made as f64 / slots;
            println!(
                "{replicas} replicas, {lanes:?}: {:.1} % of the slots",
                used * 100.0
            );
            assert!(used >= 0.95, "{lanes:?} of {replicas} replicas: {used}");
        }
    }
}
