//! A network that fails at will.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Stands on loopback before a server and passes on what it is told to. It lives in a thread of its own, so that it sees time
/// as it passes whatever a test does to its own clock.
pub struct Proxy {
    url: String,
    weather: watch::Sender<Weather>,
    _life: oneshot::Sender<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum Weather {
    Fair,
    Slow(Duration),
    Swallowing,
    Cut,
}

impl Proxy {
    /// Before the server of that address; `url` is the same address with the proxy's port.
    pub async fn before(url: &str) -> Self {
        let (scheme, host) = url.split_once("://").expect("an address");
        let server = host.split('/').next().unwrap().to_owned();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, observed) = watch::channel(Weather::Fair);
        let (life, end) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, server, observed) => {}
                    _ = end => {}
                }
            });
        });
        Self {
            url: format!("{scheme}://{address}"),
            weather,
            _life: life,
        }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Ends all connections, and new ones as soon as they are made.
    pub fn cut(&self) {
        self.weather.send_replace(Weather::Cut);
    }

    /// Whether there are no connections.
    pub fn is_idle(&self) -> bool {
        // Who lets them in watches the weather, too.
        self.weather.receiver_count() == 1
    }

    /// Lets every round trip take so much longer.
    pub fn delay(&self, round_trip: Duration) {
        self.weather.send_replace(Weather::Slow(round_trip));
    }

    /// Takes connections and all that is sent, and passes nothing on.
    pub fn swallow(&self) {
        self.weather.send_replace(Weather::Swallowing);
    }

    /// Passes everything on from now on.
    pub fn mend(&self) {
        self.weather.send_replace(Weather::Fair);
    }
}

async fn accept(
    listener: std::net::TcpListener,
    server: String,
    weather: watch::Receiver<Weather>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (server, mut weather) = (server.clone(), weather.clone());
        tokio::spawn(async move {
            let observed = weather.clone();
            tokio::select! {
                _ = weather.wait_for(|weather| *weather == Weather::Cut) => {}
                _ = connect(client, &server, observed) => {}
            }
        });
    }
}

async fn connect(
    client: TcpStream,
    server: &str,
    weather: watch::Receiver<Weather>,
) -> std::io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        _ = pump(from_client, to_server, weather.clone()) => {}
        _ = pump(from_server, to_client, weather) => {}
    }
    Ok(())
}

/// One direction, which takes half of a delay. What is on its way is overtaken by nothing.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: watch::Receiver<Weather>,
) -> std::io::Result<()> {
    let (sent, mut on_the_way) = mpsc::unbounded_channel();
    let read = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = from.read(&mut buffer).await?;
            if length == 0 {
                return Ok(());
            }
            let due = match *weather.borrow() {
                Weather::Fair => Instant::now(),
                Weather::Slow(round_trip) => Instant::now() + round_trip / 2,
                Weather::Swallowing | Weather::Cut => continue,
            };
            let _ = sent.send((due, buffer[..length].to_vec()));
        }
    };
    let write = async {
        while let Some((due, bytes)) = on_the_way.recv().await {
            sleep_until(due).await;
            to.write_all(&bytes).await?;
        }
        Ok(())
    };
    tokio::select! {
        outcome = read => outcome,
        outcome = write => outcome,
    }
}
