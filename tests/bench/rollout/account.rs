//! The account: a sandbox without limits, which this program serves in a process of its own.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use parcelgraph::sandbox::{self, Limits, Sandbox};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Says that the program is to be it.
pub const FLAG: &str = "--account";

/// How long it may take to start.
const DEADLINE: Duration = Duration::from_secs(30);

/// A sandbox in a process, which ends with it.
#[derive(Debug)]
pub struct Account {
    /// It ends as well when nobody holds its standard input any more.
    _child: Child,
    address: SocketAddr,
}

impl Account {
    pub async fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(FLAG)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
        Self {
            _child: child,
            address: said.expect("it starts").parse().unwrap(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its API.
    pub fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// The key that its callers have to show.
    pub fn api_key() -> String {
        sandbox::Settings::default().api_key
    }
}

/// Serves an account with so many parcels until nobody holds the standard input any more.
pub fn serve(parcels: usize) {
    let sandbox = Sandbox::start_on_thread(sandbox::Settings {
        speed: 0.0,
        parcels,
        quota: 1_000_000,
        limits: Limits::OFF,
        ..sandbox::Settings::default()
    });
    let sandbox = sandbox.unwrap();
    println!("{}", sandbox.address());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    sandbox.stop();
}
