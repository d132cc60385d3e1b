//! The common table of cases, run through the ledger in memory. `tests/service/ledger.rs` runs it through Redis.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::ledger::{Ledger, Rules, Ticket, Verdict};
use super::seats::{Chart, Seats};
use super::{Lane, Micros};
use crate::model::ClientId;

#[path = "../../tests/cases/table.rs"]
mod table;

use table::{Case, Deed, after_beginning};

/// A ledger and who has joined its lines.
struct Twin {
    ledger: Ledger,
    rules: Value,
    waiting: HashSet<Ticket>,
}

impl Twin {
    fn new(case: &Case) -> Self {
        let mut rules = case.rules();
        let has_seats = rules.get("plan").is_some();
        let no_plan = json!({ "seats": 1, "period": 0, "tolerance": 0, "grace": 0, "lease": 0 });
        rules["plan"] = rules.get("plan").cloned().unwrap_or(no_plan);
        let plan = read(&rules).plan;
        let mut ledger = Ledger::new(read(&rules));
        let founded = case.steps().next().map_or(0, |first| first.at);
        ledger.seat(has_seats.then(|| Seats::new(plan, founded)));
        Self {
            ledger,
            rules,
            waiting: HashSet::new(),
        }
    }

    fn does(&mut self, deed: Deed, now: Micros) -> String {
        match deed {
            Deed::Ask {
                lane,
                call,
                client,
                patience,
            } => {
                let ticket = ticket(&lane, call);
                self.ask(ticket, &client, patience.unwrap_or(Micros::MAX), now)
            }
            Deed::Leave(lane, call) => {
                self.waiting.remove(&ticket(&lane, call));
                self.ledger.leave(ticket(&lane, call));
                String::new()
            }
            Deed::Answered(lane, call) => {
                self.ledger.answered(ticket(&lane, call), now);
                String::new()
            }
            Deed::Delayed(lane, call) => {
                self.ledger.delayed(ticket(&lane, call), now);
                String::new()
            }
            Deed::Close(until) => {
                self.ledger.close(until);
                String::new()
            }
            Deed::Sit {
                name,
                till,
                founded,
                holders,
                alone,
            } => {
                let chart = Chart {
                    founded,
                    holders,
                    beat: 0,
                };
                let alone = alone.iter();
                let alone: Vec<_> = alone
                    .map(|(lane, call, at)| (ticket(lane, *call), *at))
                    .collect();
                let seat = self.ledger.sit_down(&name, till, &chart, &alone, now);
                seat.map_or("no seat".to_owned(), |seat| format!("seat {seat}"))
            }
            Deed::Stand(name) => {
                self.ledger.stand_up(&name);
                String::new()
            }
            Deed::Limit { name, calls } => {
                self.rules[&name]["calls"] = calls.into();
                self.ledger.change(read(&self.rules));
                String::new()
            }
        }
    }

    fn ask(&mut self, ticket: Ticket, client: &str, patience: Micros, now: Micros) -> String {
        if !self.waiting.contains(&ticket) {
            let joined = (self.ledger).join(ticket, &ClientId::named(client), patience, now);
            if let Err(wait) = joined {
                return format!("full {}", wait / 1_000);
            }
            self.waiting.insert(ticket);
        }
        match self.ledger.turn(ticket, now) {
            Verdict::Go => {
                self.waiting.remove(&ticket);
                "go".to_owned()
            }
            Verdict::Wait { until, position: 0 } => format!("wait {}", after_beginning(until)),
            Verdict::Wait { until, position } => {
                format!("wait {} behind {position}", after_beginning(until))
            }
            Verdict::Closed { until } => format!("closed {}", after_beginning(until)),
        }
    }
}

fn read(rules: &Value) -> Rules {
    serde_json::from_value(rules.clone()).unwrap()
}

fn ticket(lane: &str, number: u64) -> Ticket {
    let lane = match lane {
        "list" => Lane::List,
        "page" => Lane::Page,
        "realtime" => Lane::Realtime,
        _ => Lane::Other,
    };
    Ticket { lane, number }
}

#[test]
fn the_ledger_in_memory_decides_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in table::cases() {
        let mut twin = Twin::new(&case);
        for (number, step) in (1..).zip(case.steps()) {
            let deed = format!("{:?}", step.deed);
            let said = twin.does(step.deed, step.at);
            if said != step.says {
                let name = &case.name;
                let says = step.says;
                wrong.push(format!(
                    "{name}: step {number}: {deed}: {said:?}, not {says:?}"
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
