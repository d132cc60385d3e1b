//! The common table of cases of the ledger's two twins. Times are milliseconds after an arbitrary beginning.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The beginning, in microseconds. The first slot of the first seat begins here in every plan of the table.
pub const BEGINNING: u64 = 1_800_000_000_000_000;

/// What happens to a fact's ledger, step by step.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What is shown.
    pub name: String,
    rules: Map<String, Value>,
    steps: Vec<Vec<Value>>,
}

/// One thing that is done at a moment in microseconds.
#[derive(Debug)]
pub struct Step {
    /// When.
    pub at: u64,
    /// What.
    pub deed: Deed,
    /// What the ledger says to it; empty where it says nothing.
    pub says: String,
}

/// What can be done.
#[derive(Debug)]
pub enum Deed {
    /// A call joins its line unless it is there already, and asks for its turn.
    Ask {
        /// In this lane.
        lane: String,
        /// The call's number.
        call: u64,
        /// On whose behalf.
        client: String,
        /// How long it would wait.
        patience: Option<u64>,
    },
    /// A call leaves its line.
    Leave(String, u64),
    /// A call was answered.
    Answered(String, u64),
    /// A call left only now.
    Delayed(String, u64),
    /// Nothing leaves before then.
    Close(u64),
    /// A replica sits down.
    Sit {
        /// The replica.
        name: String,
        /// Until when it lends.
        till: u64,
        /// When the fleet came together that it remembers; 0 for a new process.
        founded: u64,
        /// Who sat where then.
        holders: Vec<String>,
        /// What it did alone.
        alone: Vec<(String, u64, u64)>,
    },
    /// A replica stands up.
    Stand(String),
    /// Another limit counts from now on.
    Limit {
        /// Which one.
        name: String,
        /// How many calls it allows.
        calls: u64,
    },
}

/// All cases.
pub fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("ledger.json")).expect("the table is well-formed")
}

/// Milliseconds after the beginning, of a moment in microseconds.
pub fn after_beginning(at: u64) -> u64 {
    (at - BEGINNING) / 1_000
}

impl Case {
    /// The rules as both twins read them. There is a plan only if there are seats.
    pub fn rules(&self) -> Value {
        let of = |name: &str| self.rules.get(name).and_then(Value::as_array);
        let figure = |of: Option<&Vec<Value>>, at: usize| {
            of.map_or(0, |of| of[at].as_u64().expect("a figure"))
        };
        let mut rules = Map::new();
        for name in ["list", "realtime", "other", "account"] {
            let figure = |at| figure(of(name), at);
            let limit = json!({ "calls": figure(0), "period": figure(1) * 1_000, "hold": figure(2) * 1_000 });
            rules.insert(name.to_owned(), limit);
        }
        if let Some(plan) = of("plan") {
            let us = |at| figure(Some(plan), at) * 1_000;
            let plan = json!({
                "seats": figure(Some(plan), 0),
                "period": us(1), "tolerance": us(2), "grace": us(3), "lease": us(4),
            });
            rules.insert("plan".to_owned(), plan);
        }
        Value::Object(rules)
    }

    /// What happens.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().map(|step| {
            let at = BEGINNING + step[0].as_u64().expect("a time") * 1_000;
            let deed = step[1].as_str().expect("a deed");
            let says = step.get(2).map_or("", |says| says.as_str().expect("words"));
            Step {
                at,
                deed: read(deed, at),
                says: says.to_owned(),
            }
        })
    }
}

fn read(deed: &str, at: u64) -> Deed {
    let words: Vec<&str> = deed.split(' ').collect();
    let number = |word: &str| word.parse::<u64>().expect("a number");
    let after = |name| {
        words
            .iter()
            .position(|word| *word == name)
            .map(|at| words[at + 1])
    };
    let call = || (words[1].to_owned(), number(words[2]));
    match words[0] {
        "ask" => Deed::Ask {
            lane: call().0,
            call: call().1,
            client: after("by").unwrap_or("a").to_owned(),
            patience: after("within").map(|ms| number(ms) * 1_000),
        },
        "leave" => Deed::Leave(call().0, call().1),
        "answered" => Deed::Answered(call().0, call().1),
        "delayed" => Deed::Delayed(call().0, call().1),
        "limit" => Deed::Limit {
            name: call().0,
            calls: call().1,
        },
        "close" => Deed::Close(at + number(words[1]) * 1_000),
        "sit" => Deed::Sit {
            name: words[1].to_owned(),
            till: BEGINNING + after("till").map(number).expect("till when") * 1_000,
            founded: after("founded").map_or(0, |ms| BEGINNING + number(ms) * 1_000),
            holders: after("with").map_or(Vec::new(), |names| {
                names.split(',').map(str::to_owned).collect()
            }),
            alone: (words
                .get(
                    words
                        .iter()
                        .position(|word| *word == "alone")
                        .map_or(words.len(), |at| at + 1)..,
                )
                .unwrap_or_default()
                .chunks(3))
            .map(|call| {
                (
                    call[0].to_owned(),
                    number(call[1]),
                    BEGINNING + number(call[2]) * 1_000,
                )
            })
            .collect(),
        },
        "stand" => Deed::Stand(words[1].to_owned()),
        other => panic!("nobody knows how to {other}"),
    }
}
