//! Replicas that begin anew one after the other, while the others read other settings.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use super::support::Process;
use super::watchers::Delays;

/// How long new settings may take to be in force, and a replica to be ready.
const DEADLINE: Duration = Duration::from_secs(10);

/// Between two looks at a replica.
const PAUSE: Duration = Duration::from_millis(10);

/// After how many changes without effect no more are made.
const HOPELESS: usize = 5;

/// All replicas, and the settings that they share.
pub struct Replicas {
    pub all: Vec<Process>,
    settings: Settings,
}

impl Replicas {
    /// Those that are started with the path of the settings.
    pub async fn with_settings(start: impl AsyncFnOnce(&str) -> Vec<Process>) -> Self {
        let settings = Settings::new();
        let path = settings.path();
        Self {
            all: start(path.to_str().unwrap()).await,
            settings,
        }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub restarts: usize,
    /// How long it took each to end.
    pub ends: Delays,
    pub bad_ends: Vec<String>,
    pub reloads: usize,
    pub without_effect: Vec<String>,
}

/// Has all replicas begin anew so many times, and reads settings again so many times meanwhile.
pub async fn roll_out(replicas: &mut Replicas, rollouts: usize, reloads: usize) -> Outcome {
    let mut outcome = Outcome::default();
    let restarts = rollouts * replicas.len();
    let Replicas { all, settings } = replicas;
    for restart in 0..restarts {
        let place = restart % all.len();
        let due = (reloads * (restart + 1) / restarts).saturating_sub(settings.written);
        let others = all.iter().enumerate().filter(|(other, _)| *other != place);
        let others: Vec<_> = others.map(|(_, replica)| Running::of(replica)).collect();
        let (ended, missed) =
            tokio::join!(begin_anew(&mut all[place]), settings.change(due, &others));
        outcome.restarts += 1;
        outcome.ends.0.push(ended.took);
        outcome.bad_ends.extend(ended.complaint);
        outcome.without_effect.extend(missed);
    }
    outcome.reloads = settings.written;
    outcome
}

struct Ended {
    took: Duration,
    complaint: Option<String>,
}

/// As a deploy does it.
async fn begin_anew(replica: &mut Process) -> Ended {
    let begun = Instant::now();
    let ended = replica.drain().await;
    let took = begun.elapsed();
    replica.restart().await;
    let url = format!("http://{}/health/ready", replica.address());
    let begun = Instant::now();
    while !reqwest::get(&url)
        .await
        .is_ok_and(|it| it.status().is_success())
    {
        assert!(begun.elapsed() < DEADLINE, "{url}");
        sleep(PAUSE).await;
    }
    Ended {
        took,
        complaint: (!ended.success()).then(|| ended.to_string()),
    }
}

/// A replica that goes on.
struct Running {
    id: u32,
    address: SocketAddr,
}

impl Running {
    fn of(replica: &Process) -> Self {
        Self {
            id: replica.id().expect("it runs"),
            address: replica.address(),
        }
    }

    /// Whether pages of that origin may ask it.
    async fn lets_in(&self, origin: &str) -> bool {
        let url = format!("http://{}/graphql?query=%7B__typename%7D", self.address);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .get(url)
            .header("graphql-require-preflight", "1")
            .header("origin", origin)
            .timeout(DEADLINE);
        let answer = request.send().await;
        answer.is_ok_and(|answer| {
            let allowed = answer.headers().get("access-control-allow-origin");
            allowed.is_some_and(|allowed| allowed == origin)
        })
    }
}

/// The file with the settings.
#[derive(Debug)]
struct Settings {
    folder: TempDir,
    /// How often it was written after the start.
    written: usize,
    /// How often that came to nothing. After some there is no point in going on.
    missed: usize,
}

impl Settings {
    fn new() -> Self {
        let settings = Self {
            folder: tempfile::tempdir().unwrap(),
            written: 0,
            missed: 0,
        };
        settings.write();
        settings
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("parcelgraph.toml")
    }

    /// Whose pages may ask now.
    fn origin(&self) -> String {
        format!("https://page{}.example", self.written)
    }

    /// Puts other settings into the place of those before, all at once.
    fn write(&self) {
        let complexity = 1_000 + self.written % 2;
        let origin = self.origin();
        let text = format!(
            "[transport]\ncors_origins = \"{origin}\"\n\n[operations]\nmax_complexity = {complexity}\n"
        );
        let new = self.folder.path().join("new.toml");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    /// Changes them so many times. Says which changes came to nothing.
    async fn change(&mut self, times: usize, replicas: &[Running]) -> Vec<String> {
        let mut missed = Vec::new();
        for _ in 0..times {
            if self.missed >= HOPELESS {
                break;
            }
            self.written += 1;
            self.write();
            for replica in replicas {
                Process::tell_to_reload(replica.id).await;
            }
            let origin = self.origin();
            for replica in replicas {
                let begun = Instant::now();
                while !replica.lets_in(&origin).await {
                    if begun.elapsed() > DEADLINE {
                        self.missed += 1;
                        missed.push(format!("{origin} at {}", replica.address));
                        break;
                    }
                    sleep(PAUSE).await;
                }
            }
        }
        missed
    }
}
