//! Queries are answered in two ways: what is only read is written directly, and the library makes the same of the same
//! definitions. Thousands of documents, made at random from the schema, have to be answered alike to the byte.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../service/support/dice.rs"]
mod dice;
mod maker;
mod parcels;
mod upstream;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use dice::Dice;
use maker::{Made, Maker};
use world::World;

/// How many documents there are, and with which number they begin.
const DOCUMENTS: usize = 10_000;
const SEED: u64 = 7;

/// How many go side by side.
const LINES: usize = 4;

/// What was made of some documents.
#[derive(Default)]
struct Tally {
    valid: usize,
    with_errors: usize,
    /// How often each field was asked for in a valid document, by type and name.
    asked: BTreeMap<(String, String), usize>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_answered_alike_in_both_ways() {
    println!("the seed is {SEED}");
    let world = Arc::new(World::open().await);
    let lines = (0..LINES).map(|line| tokio::spawn(compare(world.clone(), line)));
    let mut all = Tally::default();
    for line in lines.collect::<Vec<_>>() {
        all.add(line.await.unwrap());
    }
    println!(
        "of {DOCUMENTS} documents {} were valid, and {} of their answers told of errors",
        all.valid, all.with_errors
    );
    let glances = world.directly.finished_figures().glances;
    println!("{glances} were answered at a glance");
    assert!(glances * 20 > DOCUMENTS as u64, "{glances}");
    assert!(all.valid * 10 > DOCUMENTS * 8, "{}", all.valid);
    assert!(all.with_errors * 10 > DOCUMENTS, "{}", all.with_errors);
    let wanted = maker::fields_below(&world.schema, "Tracking");
    let missing = wanted
        .iter()
        .filter(|field| !all.asked.contains_key(*field));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "never asked for: {missing:?}");
}

async fn compare(world: Arc<World>, line: usize) -> Tally {
    let mut tally = Tally::default();
    for nth in (line..DOCUMENTS).step_by(LINES) {
        if nth % 400 == line {
            world.learn_all();
        }
        let seed = SEED << 32 | nth as u64;
        let made = Maker::new(&world, Dice(seed)).document();
        let caller = nth % world.callers.len();
        let mut answers = world.answers(caller, &made).await;
        if answers.0 != answers.1 {
            // Something may have been fetched anew in between.
            answers = world.answers(caller, &made).await;
        }
        assert!(
            answers.0 == answers.1,
            "seed {seed}, caller {caller}:\n{}\n{}\ndirectly: {}\nplainly:  {}",
            made.text,
            made.variables,
            answers.0,
            answers.1
        );
        tally.note(made, &answers.0);
    }
    tally
}

impl Tally {
    fn note(&mut self, made: Made, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap();
        if answer.get("data").is_none() {
            return;
        }
        self.valid += 1;
        self.with_errors += usize::from(answer.get("errors").is_some());
        for field in made.asked {
            *self.asked.entry(field).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.valid += other.valid;
        self.with_errors += other.with_errors;
        for (field, times) in other.asked {
            *self.asked.entry(field).or_default() += times;
        }
    }
}
