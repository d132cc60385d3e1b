//! Clients who ask at times that were planned before, however long the answers take.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{LocalSet, yield_now};

use super::http::Line;
use super::process::Process;
use super::questions::Asking;

/// Asks so many times a second for so long; gives how long each answer took from the moment for which it was planned.
pub async fn pace(
    server: &Process,
    path: &str,
    asking: &Rc<Asking>,
    per_second: u32,
    connections: u32,
    window: Duration,
) -> Vec<Duration> {
    let everybody = LocalSet::new();
    let begin = Instant::now() + Duration::from_millis(100);
    let period = Duration::from_secs(1) * connections / per_second;
    let turns = (window.as_secs_f64() / period.as_secs_f64()) as u32;
    let mut clients = Vec::new();
    for client in 0..connections {
        let mut line = Line::open(server.address()).await.unwrap();
        let (asking, path) = (asking.clone(), path.to_owned());
        clients.push(everybody.spawn_local(async move {
            let mut delays = Vec::new();
            for turn in 0..turns {
                let planned = begin + period * client / connections + period * turn;
                // The runtime's clock is too coarse for it.
                while Instant::now() < planned {
                    yield_now().await;
                }
                line.ask(&asking.next(&path)).await.unwrap();
                delays.push(planned.elapsed());
            }
            delays
        }));
    }
    everybody.await;
    let mut delays = Vec::new();
    for client in clients {
        delays.extend(client.await.unwrap());
    }
    delays
}
