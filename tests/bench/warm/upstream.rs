//! An upstream that tells of whatever parcels it is asked for, and counts.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::parcels;

/// The upstream, which serves on a thread of its own until the program ends.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    /// How long each call takes.
    delay_ms: AtomicU64,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::<Counts>::default();
        let shared = counts.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    tokio::spawn(serve(stream, shared.clone()));
                }
            })
        });
        Self { address, counts }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// How often it was called.
    pub fn calls(&self) -> u64 {
        self.counts.calls.load(Ordering::Relaxed)
    }

    /// Has each call take so long from now on.
    pub fn delay(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.counts.delay_ms.store(delay, Ordering::Relaxed);
    }
}

/// Answers calls until the other side hangs up.
async fn serve(mut stream: TcpStream, counts: Arc<Counts>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    loop {
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        counts.calls.fetch_add(1, Ordering::Relaxed);
        let body = parcels::page(asked(&String::from_utf8_lossy(&request)).into_iter());
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let delay = counts.delay_ms.load(Ordering::Relaxed);
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        stream.write_all(answer.as_bytes()).await?;
        request.clear();
    }
}

/// The parcels of a list call.
fn asked(request: &str) -> Vec<usize> {
    let numbers = request
        .split(['?', '&', ' '])
        .find_map(|pair| pair.strip_prefix("numbers="));
    let numbers = numbers.unwrap_or_default().replace("%2C", ",");
    numbers.split(',').filter_map(parcels::of_number).collect()
}
