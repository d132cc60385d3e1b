//! The gateway that is measured, in front of an upstream.

use std::rc::Rc;
use std::time::Duration;

use super::http::Line;
use super::options::Options;
use super::process::Process;
use super::questions::{Asking, LESSON, Pick, Question};
use super::upstream::Upstream;

/// Where the gateway and the plain rival take questions.
pub const DOOR: &str = "/graphql";

/// Over how many connections parcels are made known.
const TEACHERS: usize = 2;

/// What the gateway's callers may see, unless the command line says otherwise.
const SCOPES: &str = "tracking:read customer:read";

/// An upstream, and the gateway in front of it.
#[derive(Debug)]
pub struct Stage {
    pub upstream: Upstream,
    pub gateway: Process,
}

impl Stage {
    /// A gateway that knows nothing yet.
    pub async fn open(options: &Options) -> Self {
        let upstream = Upstream::start();
        let scopes = options.number("--scopes", SCOPES.to_owned());
        // More than are asked for: none has to go.
        let flags = ["--max-parcels", "1000000"];
        let gateway = Process::gateway(&upstream.url(), &scopes, &flags).await;
        Self { upstream, gateway }
    }

    /// Makes so many parcels known.
    pub async fn teach(&self, parcels: usize) {
        let asking = Rc::new(Asking::new(Question::Lesson, Pick::Distinct(parcels)));
        let mut lines = Vec::new();
        for _ in 0..TEACHERS {
            lines.push(Line::open(self.gateway.address()).await.unwrap());
        }
        let lessons = parcels.div_ceil(LESSON);
        let teachers = lines.iter_mut().enumerate().map(async |(first, line)| {
            for turn in (first..lessons).step_by(TEACHERS) {
                let answer = line.ask(&asking.request(DOOR, turn)).await.unwrap();
                let answer = String::from_utf8_lossy(answer);
                assert!(!answer.contains("errors"), "{answer}");
            }
        });
        futures_util::future::join_all(teachers).await;
    }

    /// What the gateway answers.
    pub async fn answer(&self, asking: &Asking, turn: usize) -> String {
        answer(&self.gateway, asking, turn).await
    }
}

/// What a server answers.
pub async fn answer(server: &Process, asking: &Asking, turn: usize) -> String {
    let mut line = Line::open(server.address()).await.unwrap();
    let answer = line.ask(&asking.request(DOOR, turn)).await.unwrap();
    String::from_utf8_lossy(answer).into_owned()
}

/// How many parcels are known where there are many of them; a round number.
pub fn many(options: &Options) -> usize {
    options.number("--parcels", 100_000)
}

/// How long each server is asked in each round.
pub fn window(options: &Options) -> Duration {
    Duration::from_secs_f64(options.number("--seconds", 1.0))
}
