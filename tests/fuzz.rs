//! A few seconds at each door of `parcelgraph::fuzz`: what is written there rightly, and the same changed at random, always
//! in the same way. `tests/fuzz/run` does it for as long as it is told, looks where its changes lead, and keeps what ends the
//! whole process.
#![allow(clippy::unwrap_used)]

#[path = "service/support/dice.rs"]
mod dice;

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dice::Dice;
use parcelgraph::fuzz::{DOORS, Door};

/// How long each door is tried.
const TIME: Duration = Duration::from_secs(5);

/// No input of this size may take longer, also on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest input, in bytes.
const MAX_INPUT: usize = 16 * 1024;

#[test]
fn no_query_breaks_the_reader() {
    knock("query");
}

#[test]
fn no_body_breaks_the_reader() {
    knock("request");
}

#[test]
fn no_frames_break_the_reader() {
    knock("frames");
}

#[test]
fn no_answer_breaks_the_reader() {
    knock("answer");
}

#[test]
fn no_time_breaks_the_reader() {
    knock("time");
}

#[test]
fn no_message_breaks_the_reader() {
    knock("message");
}

#[test]
fn every_door_has_seeds_and_words() {
    for (name, _) in DOORS {
        assert!(!seeds(name).is_empty(), "{name} has no seeds");
        assert!(words(name).len() > 10, "{name} has no words");
    }
}

fn knock(name: &str) {
    let door = DOORS.iter().find(|(known, _)| *known == name).unwrap().1;
    let (mut pool, words) = (seeds(name), words(name));
    for seed in &pool {
        try_one(name, door, seed);
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let begin = Instant::now();
    let mut tried = pool.len();
    while begin.elapsed() < TIME {
        let mut input = dice.one_of(&pool).clone();
        for _ in 0..=dice.below(8) {
            dice.change(&mut input, &pool, &words);
        }
        input.truncate(MAX_INPUT);
        try_one(name, door, &input);
        tried += 1;
        // Some of what was changed is changed further.
        if dice.below(16) == 0 && pool.len() < 2_000 {
            pool.push(input);
        }
    }
    println!("{name}: {tried} inputs");
}

fn try_one(name: &str, door: Door, input: &[u8]) {
    let begin = Instant::now();
    let outcome = catch_unwind(|| door(input));
    let text = String::from_utf8_lossy(input);
    assert!(outcome.is_ok(), "{name} fails on {input:?}: {text}");
    let took = begin.elapsed();
    assert!(took < PATIENCE, "{name} takes {took:?} for {text}");
}

/// What stands in the files that `tests/fuzz/run` begins with.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let files = match name {
        "query" => files("playground/examples", ".graphql"),
        "answer" => files("tests/fixtures", ".json"),
        "message" => files("tests/fixtures", ".json"),
        _ => Vec::new(),
    };
    let files = files.iter().map(|file| fs::read(file).unwrap());
    let lines = fs::read(format!("tests/fuzz/seeds/{name}.txt")).unwrap_or_default();
    let lines = lines.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    let all = files.chain(lines).filter(|seed| !seed.is_empty());
    let all =
        all.filter(|seed| name != "message" || seed.windows(10).any(|it| it == b"verifyInfo"));
    all.collect()
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.to_string_lossy().ends_with(ending));
    let mut files: Vec<_> = files.collect();
    // A folder has no order of its own.
    files.sort();
    files
}

/// The words of a libFuzzer dictionary.
fn words(name: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(format!("tests/fuzz/words/{name}.dict")).unwrap();
    let quoted = text
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(plain).collect()
}

/// A word without its escapes, of which there are `\\`, `\"` and `\x` with two digits.
fn plain(word: &str) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::new(), word.as_bytes());
    while let [first, after @ ..] = rest {
        (rest, _) = match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = str::from_utf8(&digits).unwrap();
                (after, plain.push(u8::from_str_radix(digits, 16).unwrap()))
            }
            (b'\\', [escaped, after @ ..]) => (after, plain.push(*escaped)),
            _ => (after, plain.push(*first)),
        };
    }
    plain
}
