//! The gateway and its rivals, in front of the same upstream and with the same answers.

use std::fs;
use std::path::Path;

use super::options::Options;
use super::process::Process;
use super::questions::{Asking, Pick, Question};
use super::rivals;
use super::stage::{Stage, answer};

/// How many answers are compared to the last byte.
const COMPARED: usize = 20;

/// The gateway and its rivals.
#[derive(Debug)]
pub struct Contest {
    pub stage: Stage,
    pub prepared: Process,
    pub plain: Process,
    folder: tempfile::TempDir,
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
        let prepared = rivals::start(rivals::PREPARED, &prepared);
        let plain = [&*stage.upstream.url(), &parcels.to_string()];
        let plain = rivals::start(rivals::PLAIN, &plain);
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
