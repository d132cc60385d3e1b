//! Those who are there beside the crowd: whoever looks whether the server is well, and a client who asks for little.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::Client;
use super::crowd::Crowd;
use super::shared::delays::Delays;
use super::tally::Fate;

/// Where the modest client comes from.
const MODEST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 99);

/// How often he asks.
const MODEST_PERIOD: Duration = Duration::from_millis(50);

/// How often it is looked whether the server is well, and how its figures stand.
const HEALTH_PERIOD: Duration = Duration::from_millis(100);
const FIGURES_PERIOD: Duration = Duration::from_secs(1);

/// What one of them saw.
#[derive(Debug, Default)]
pub struct Seen {
    pub good: Delays,
    /// Answers that told him to come again.
    pub shed: usize,
    pub failures: Vec<String>,
}

/// What all of them saw.
#[derive(Debug)]
pub struct Views {
    pub live: Seen,
    pub ready: Seen,
    pub figures: Seen,
    pub modest: Seen,
}

/// All of them at work.
pub struct Onlookers {
    is_over: Arc<AtomicBool>,
    /// In the order in which `Views` has them.
    threads: [JoinHandle<Seen>; 4],
}

/// What one of them does.
struct Habit {
    server: SocketAddr,
    address: Ipv4Addr,
    period: Duration,
    requests: Vec<Vec<u8>>,
    /// How long a good answer is; whatever its length, if that is not known.
    length: Option<usize>,
    /// Whether he connects anew each time, as those do who look after servers.
    is_stranger: bool,
}

impl Onlookers {
    pub fn start(crowd: &Crowd) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let guests = crowd.guests();
        let look = |path, period| Habit {
            server: guests.server,
            address: Ipv4Addr::LOCALHOST,
            period,
            requests: vec![format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()],
            length: None,
            is_stranger: true,
        };
        let modest = Habit {
            server: guests.server,
            address: MODEST,
            period: MODEST_PERIOD,
            requests: guests.requests.iter().rev().cloned().collect(),
            length: Some(guests.length),
            is_stranger: false,
        };
        let habits = [
            look("/health/live", HEALTH_PERIOD),
            look("/health/ready", HEALTH_PERIOD),
            look("/metrics", FIGURES_PERIOD),
            modest,
        ];
        let threads = habits.map(|habit| {
            let is_over = is_over.clone();
            thread::spawn(move || habit.follow(&is_over))
        });
        Self { is_over, threads }
    }

    /// Lets them go, and says what they saw.
    pub async fn leave(self) -> Views {
        self.is_over.store(true, Ordering::Relaxed);
        let views = tokio::task::spawn_blocking(|| self.threads.map(|it| it.join().unwrap()));
        let [live, ready, figures, modest] = views.await.unwrap();
        Views {
            live,
            ready,
            figures,
            modest,
        }
    }
}

impl Habit {
    fn follow(self, is_over: &AtomicBool) -> Seen {
        let mut client = Client::new(self.server, self.address);
        let mut seen = Seen::default();
        let mut planned = Instant::now();
        for turn in 0_usize.. {
            // Whoever was answered late leaves out what he has missed meanwhile.
            while planned < Instant::now() {
                planned += self.period;
            }
            thread::sleep(planned.saturating_duration_since(Instant::now()));
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            let sent = Instant::now();
            let request = &self.requests[turn % self.requests.len()];
            let answer = client.ask(request);
            let length = self.length.or(answer.as_ref().ok().map(|it| it.length));
            match Fate::of(&answer, length.unwrap_or_default()) {
                Fate::Accepted => seen.good.0.push(sent.elapsed()),
                Fate::Shed => seen.shed += 1,
                Fate::Failed(why) => seen.failures.push(why),
            }
            if self.is_stranger {
                client.leave();
            }
        }
        seen
    }
}
