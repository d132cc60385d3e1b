//! The servers, in front of the same upstream and with the same answers.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::http::Line;
use super::options::Options;
use super::process::Process;
use super::questions::{Asking, LESSON, Pick, Question};
use super::rivals;
use super::upstream::Upstream;

/// Where the gateway and the plain rival take questions.
pub const DOOR: &str = "/graphql";

/// Over how many connections parcels are made known.
const TEACHERS: usize = 2;

/// How many answers are compared to the last byte.
const COMPARED: usize = 20;

/// What the gateway's callers may see, unless the command line says otherwise.
const SCOPES: &str = "tracking:read customer:read";

/// An upstream, and the gateway in front of it.
#[derive(Debug)]
pub struct Stage {
    pub upstream: Upstream,
    pub gateway: Process,
}

/// The gateway and its rivals.
#[derive(Debug)]
pub struct Contest {
    pub stage: Stage,
    pub prepared: Process,
    pub plain: Process,
    folder: tempfile::TempDir,
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

impl Contest {
    /// Servers that know so many parcels, and that answer these questions alike.
    pub async fn open(options: &Options, parcels: usize, asked: &[(Question, Pick)]) -> Self {
        let askings = asked
            .iter()
            .map(|(question, pick)| Asking::new(*question, *pick));
        let askings: Vec<_> = askings.collect();
        let stage = Stage::open(options).await;
        stage.teach(parcels).await;
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for asking in &askings {
            let answer = stage.answer(asking, 0).await;
            fs::write(folder.path().join(asking.question.name()), answer).unwrap();
        }
        let prepared = [folder.path().to_str().unwrap()];
        let prepared = Process::rival(rivals::PREPARED, &prepared).await;
        let plain = [&*stage.upstream.url(), &parcels.to_string()];
        let plain = Process::rival(rivals::PLAIN, &plain).await;
        let contest = Self {
            stage,
            prepared,
            plain,
            folder,
        };
        for asking in &askings {
            contest.compare(asking).await;
        }
        contest
    }

    /// Makes sure that what is compared is the same.
    async fn compare(&self, asking: &Asking) {
        for turn in 0..COMPARED {
            let own = self.stage.answer(asking, turn).await;
            assert!(!own.contains(r#""errors""#), "{own}");
            assert_eq!(own, answer(&self.plain, asking, turn).await);
        }
    }

    /// How long the answers to a question are.
    pub fn length(&self, question: Question) -> usize {
        let file: &Path = &self.folder.path().join(question.name());
        usize::try_from(file.metadata().unwrap().len()).unwrap()
    }
}

async fn answer(server: &Process, asking: &Asking, turn: usize) -> String {
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
