//! The table of cases that Redis has to pass as well.

use serde::Deserialize;

use super::book::{Book, Rules, Stage, Verdict};
use super::{Micros, Spent};

#[derive(Deserialize)]
struct Case {
    name: String,
    rules: Rules,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    at: Micros,
    #[serde(rename = "do")]
    done: Vec<String>,
    #[serde(default)]
    says: Vec<serde_json::Value>,
}

fn says(verdict: Verdict) -> Vec<serde_json::Value> {
    match verdict {
        Verdict::Granted => vec!["granted".into()],
        Verdict::Elsewhere(Stage::Waiting) => vec!["elsewhere".into(), "waiting".into()],
        Verdict::Elsewhere(Stage::Asking) => vec!["elsewhere".into(), "asking".into()],
        Verdict::CoolingDown { until } => vec!["cooling".into(), until.into()],
        Verdict::NotYet { until } => vec!["not yet".into(), until.into()],
    }
}

#[test]
fn the_book_decides_as_the_table_says() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../tests/cases/cooldown.json")).unwrap();
    for case in cases {
        let mut book = Book::new(case.rules);
        for step in case.steps {
            let words: Vec<&str> = step.done.iter().map(String::as_str).collect();
            let said = match words[..] {
                ["claim", name, holder] => says(book.claim(name, holder, step.at)),
                ["look", name] => says(book.look(name, step.at)),
                ["renew", name, holder] => {
                    vec![i64::from(book.renew(name, holder, step.at)).into()]
                }
                ["depart", name, holder] => {
                    let departs = book.depart(name, holder, step.at);
                    vec![if departs { step.at } else { 0 }.into()]
                }
                ["finish", name, holder, "call"] => {
                    book.end(name, holder, Spent::Call);
                    Vec::new()
                }
                ["finish", name, holder, "nothing"] => {
                    book.end(name, holder, Spent::Nothing);
                    Vec::new()
                }
                ["tell", name, at] => {
                    book.tell(name, at.parse().unwrap(), step.at);
                    Vec::new()
                }
                _ => panic!("{}: {words:?}", case.name),
            };
            assert_eq!(said, step.says, "{}, at {}: {words:?}", case.name, step.at);
        }
    }
}

#[test]
fn what_has_cooled_down_is_forgotten() {
    let mut book = Book::new(Rules {
        cooldown: 100,
        lease: 10,
        grace: 0,
    });
    for at in 0..1_000 {
        book.note(&at.to_string(), at);
    }
    assert_eq!(book.departures().len(), 100);
}
