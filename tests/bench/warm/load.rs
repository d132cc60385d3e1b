//! Clients who ask again as soon as they have their answers.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::cpu::Spent;
use super::http::Line;
use super::process::Process;
use super::questions::Asking;

/// What came of it.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    pub answered: usize,
    pub took: Duration,
    /// What the server's process spent meanwhile.
    pub cpu: Duration,
    pub delays: Vec<Duration>,
}

impl Outcome {
    /// What the server spent on each request, in microseconds.
    pub fn each_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered as f64
    }

    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }
}

/// Asks for so long over so many connections. Every answer has to be as long as it is known to be.
pub async fn press(
    server: &Process,
    path: &str,
    asking: &Rc<Asking>,
    length: usize,
    connections: usize,
    window: Duration,
) -> Outcome {
    let mut lines = Vec::new();
    for _ in 0..connections {
        let mut line = Line::open(server.address()).await.unwrap();
        ask(&mut line, &asking.next(path), length).await;
        lines.push(line);
    }
    let before = Spent::by(server.id());
    let begun = Instant::now();
    let everybody = LocalSet::new();
    let clients = lines.into_iter().map(|mut line| {
        let (asking, path) = (asking.clone(), path.to_owned());
        everybody.spawn_local(async move {
            let mut delays = Vec::new();
            while begun.elapsed() < window {
                let request = asking.next(&path);
                let sent = Instant::now();
                ask(&mut line, &request, length).await;
                delays.push(sent.elapsed());
            }
            delays
        })
    });
    let clients: Vec<_> = clients.collect();
    everybody.await;
    let took = begun.elapsed();
    let cpu = Spent::by(server.id()).since(&before);
    let mut delays = Vec::new();
    for client in clients {
        delays.extend(client.await.unwrap());
    }
    Outcome {
        answered: delays.len(),
        took,
        cpu,
        delays,
    }
}

async fn ask(line: &mut Line, request: &[u8], length: usize) {
    let answer = line.ask(request).await.unwrap();
    assert_eq!(answer.len(), length, "{}", String::from_utf8_lossy(answer));
}
