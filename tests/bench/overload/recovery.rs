//! How it is when nobody else asks, and how soon it is like that again.

use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::client::Client;
use super::crowd::Crowd;
use super::shared::delays::Delays;
use super::tally::Fate;

/// Where whoever tries it comes from.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 98);

/// How many questions show how it is.
const USUAL: usize = 300;

/// So many good answers in a row mean that all is as usual.
const IN_A_ROW: usize = 20;

/// How much longer than the slowest of a hundred a usual answer may take.
const TOLERANCE: u32 = 2;

/// After that it is not waited for any longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(2);

/// How long answers take usually.
pub async fn usual(crowd: &Crowd) -> Delays {
    let mut trial = Trial::of(crowd);
    let tried = spawn_blocking(move || {
        let answers = (0..USUAL).filter_map(|_| trial.ask());
        answers.collect()
    });
    let usual = Delays(tried.await.unwrap());
    assert!(usual.0.len() > USUAL / 2, "it is not well even so: {usual}");
    usual
}

/// How long it takes from now until so many in a row are answered as usual; `None` if they never are.
pub async fn watch(crowd: &Crowd, usual: &Delays) -> Option<Duration> {
    let begun = Instant::now();
    let slowest = usual.percentile(99) * TOLERANCE;
    let mut trial = Trial::of(crowd);
    let watch = move || {
        let mut in_a_row = 0;
        while begun.elapsed() < DEADLINE {
            match trial.ask() {
                Some(took) if took <= slowest => in_a_row += 1,
                _ => in_a_row = 0,
            }
            if in_a_row == IN_A_ROW {
                return Some(begun.elapsed());
            }
            thread::sleep(PAUSE);
        }
        None
    };
    spawn_blocking(watch).await.unwrap()
}

struct Trial {
    client: Client,
    requests: Vec<Vec<u8>>,
    length: usize,
    turn: usize,
}

impl Trial {
    fn of(crowd: &Crowd) -> Self {
        let guests = crowd.guests();
        Self {
            client: Client::new(guests.server, ADDRESS),
            requests: guests.requests.clone(),
            length: guests.length,
            turn: 0,
        }
    }

    /// How long a good answer took.
    fn ask(&mut self) -> Option<Duration> {
        let begun = Instant::now();
        self.turn += 1;
        let request = &self.requests[self.turn % self.requests.len()];
        let answer = self.client.ask(request);
        let is_good = Fate::of(&answer, self.length) == Fate::Accepted;
        is_good.then(|| begun.elapsed())
    }
}
