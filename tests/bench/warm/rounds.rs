//! The same question to each server in turn, again and again.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::contest::Contest;
use super::load::{self, Outcome};
use super::questions::{Asking, Pick, Question};
use super::stage::DOOR;

const ROUNDS: usize = 5;

/// What came of all rounds.
#[derive(Debug, Default)]
pub struct Rounds {
    name: String,
    prepared: Vec<Outcome>,
    plain: Vec<Outcome>,
    own: Vec<Outcome>,
}

/// What each server is asked.
pub struct Match<'a> {
    pub contest: &'a Contest,
    pub window: Duration,
    pub question: Question,
    pub pick: Pick,
}

impl Match<'_> {
    pub async fn hold(&self, what: &str, connections: usize) -> Rounds {
        let Contest {
            stage,
            prepared,
            plain,
            ..
        } = self.contest;
        let question = self.question;
        let asking = || Rc::new(Asking::new(question, self.pick));
        let (to_prepared, to_plain, to_own) = (asking(), asking(), asking());
        let length = self.contest.length(question);
        let ready = format!("/{}", question.name());
        let mut rounds = Rounds {
            name: format!("{} {what}, {connections} at once", question.name()),
            ..Rounds::default()
        };
        for _ in 0..ROUNDS {
            for (server, path, asking, outcomes) in [
                (prepared, &*ready, &to_prepared, &mut rounds.prepared),
                (plain, DOOR, &to_plain, &mut rounds.plain),
                (&stage.gateway, DOOR, &to_own, &mut rounds.own),
            ] {
                let asked = load::press(server, path, asking, length, connections, self.window);
                outcomes.push(asked.await);
            }
        }
        println!("{rounds}");
        rounds
    }
}

impl Rounds {
    /// How many times a static answer's processor time the gateway takes.
    pub fn to_prepared(&self) -> f64 {
        each_us(&self.own) / each_us(&self.prepared)
    }

    /// How many times the gateway's processor time the plain rival takes.
    pub fn to_plain(&self) -> f64 {
        each_us(&self.plain) / each_us(&self.own)
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", self.name)?;
        let rows = [
            ("static", &self.prepared),
            ("plain", &self.plain),
            ("parcelgraph", &self.own),
        ];
        for (name, outcomes) in rows {
            let per_second = median(outcomes.iter().map(Outcome::per_second));
            let delays = outcomes.iter().flat_map(|outcome| outcome.delays.clone());
            let delays: Vec<_> = delays.collect();
            let [p50, p99] = [500, 990].map(|rank| permille(&delays, rank));
            writeln!(
                f,
                "    {name:<12} {:>8.1} µs of CPU each {per_second:>8.0}/s   p50 {p50:>8.1?}   p99 {p99:>8.1?}",
                each_us(outcomes),
            )?;
        }
        write!(
            f,
            "    parcelgraph/static {:.2}   plain/parcelgraph {:.2}",
            self.to_prepared(),
            self.to_plain()
        )
    }
}

fn each_us(outcomes: &[Outcome]) -> f64 {
    median(outcomes.iter().map(Outcome::each_us))
}

/// The one in the middle.
pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// What so many of a thousand do not exceed.
pub fn permille(times: &[Duration], rank: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[(times.len() - 1) * rank / 1_000]
}
