//! Real Redis processes, each on a port of its own, stopped and killed at will.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue, TlsCertificates};
use tempfile::TempDir;

/// How long a server may take to start, and nodes to find each other.
const DEADLINE: Duration = Duration::from_secs(20);

/// A `redis-server` that ends with it.
pub struct Redis {
    /// `redis://` and perhaps a password.
    scheme: String,
    port: u16,
    options: Vec<String>,
    folder: TempDir,
    server: Option<Child>,
}

impl Redis {
    /// What a guarded or locked server wants to hear.
    pub const PASSWORD: &str = "redis5ecret";

    /// Starts one that forgets everything when it ends.
    pub async fn start() -> Self {
        Self::with(&["--appendonly", "no"]).await
    }

    /// Starts one that writes everything down before it answers.
    pub async fn with_memory() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "always"]).await
    }

    /// Starts one that speaks TLS and wants a password. Who trusts the file `certificate` trusts it.
    pub async fn guarded() -> Self {
        let mut redis = Self::new(&["--requirepass", Self::PASSWORD]);
        redis.scheme = format!("rediss://:{}@", Self::PASSWORD);
        certify(redis.folder.path());
        for option in ["cert", "key", "ca-cert"] {
            let file = format!("{option}.pem");
            redis.options.extend([format!("--tls-{option}-file"), file]);
        }
        let nobody_else = ["--tls-auth-clients", "no"];
        redis.options.extend(nobody_else.map(str::to_owned));
        assert!(redis.launch().await, "port {} is taken", redis.port);
        redis
    }

    /// Starts one that wants a password.
    pub async fn locked() -> Self {
        let mut redis = Self::new(&["--requirepass", Self::PASSWORD]);
        redis.scheme = format!("redis://:{}@", Self::PASSWORD);
        assert!(redis.launch().await, "port {} is taken", redis.port);
        redis
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca-cert.pem")
    }

    /// Starts three that share the slots of a cluster.
    pub async fn cluster() -> Cluster {
        Cluster::start().await
    }

    async fn with(options: &[&str]) -> Self {
        loop {
            let mut redis = Self::new(options);
            // Another process may have taken the port since.
            if redis.launch().await {
                return redis;
            }
        }
    }

    fn new(options: &[&str]) -> Self {
        Self {
            scheme: "redis://".to_owned(),
            port: free_port(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            folder: tempfile::tempdir().unwrap(),
            server: None,
        }
    }

    pub fn url(&self) -> String {
        format!("{}127.0.0.1:{}", self.scheme, self.port)
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts it anew on the same port: empty, unless it has a memory.
    pub async fn restart(&mut self) {
        self.kill();
        assert!(self.launch().await, "port {} is taken", self.port);
    }

    /// Ends it as an operator does, so that it writes down what it knows, and starts it anew.
    pub async fn restart_gently(&mut self) {
        self.signal("-TERM");
        if let Some(mut server) = self.server.take() {
            let ended = tokio::task::spawn_blocking(move || server.wait());
            let ended = tokio::time::timeout(DEADLINE, ended).await;
            ended.expect("it ends in time").unwrap().unwrap();
        }
        assert!(self.launch().await, "port {} is taken", self.port);
    }

    /// Lets it stand still: its connections stay open, and nobody answers.
    pub fn stop_the_clock(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on where it stood.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    /// Empties it.
    pub async fn flush(&self) {
        self.ask::<()>(&["FLUSHALL"]).await;
        self.ask::<()>(&["SCRIPT", "FLUSH"]).await;
    }

    /// Sends a command of one's own.
    pub async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut connection = self.connect().await.unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await.unwrap()
    }

    async fn connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let client = if self.is_guarded() {
            let certificates = TlsCertificates {
                client_tls: None,
                root_cert: Some(std::fs::read(self.certificate())?),
            };
            Client::build_with_tls(self.url(), certificates)?
        } else {
            Client::open(self.url())?
        };
        client.get_multiplexed_async_connection().await
    }

    /// Starts the process and waits until it answers. False when it ends instead.
    async fn launch(&mut self) -> bool {
        let port = self.port.to_string();
        let (plain, tls) = if self.is_guarded() {
            ("0", port.as_str())
        } else {
            (port.as_str(), "0")
        };
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", plain, "--tls-port", tls])
            .args(["--save", "", "--loglevel", "warning"])
            .args(&self.options)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        self.server = Some(server);
        let end = Instant::now() + DEADLINE;
        while Instant::now() < end {
            if self.server.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            if let Ok(mut connection) = self.connect().await {
                let ping = redis::cmd("PING");
                if ping.query_async::<String>(&mut connection).await.is_ok() {
                    return true;
                }
            }
            pause().await;
        }
        panic!("redis-server does not answer at {}", self.url());
    }

    fn is_guarded(&self) -> bool {
        self.scheme.starts_with("rediss")
    }

    fn signal(&self, signal: &str) {
        let server = self.server.as_ref().expect("it runs");
        let id = server.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Three nodes, each with a third of the slots.
pub struct Cluster {
    pub nodes: Vec<Redis>,
}

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let bus = free_port().to_string();
            let options = ["--cluster-enabled", "yes", "--cluster-port", &bus];
            nodes.push(Redis::with(&options).await);
        }
        let cluster = Self { nodes };
        cluster.join().await;
        cluster
    }

    async fn join(&self) {
        for (epoch, (node, slots)) in
            (1..).zip(
                self.nodes
                    .iter()
                    .zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]]),
            )
        {
            let epoch = epoch.to_string();
            node.ask::<()>(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])
                .await;
            node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]])
                .await;
        }
        for other in &self.nodes[1..] {
            let (port, bus) = (other.port.to_string(), other.options[3].as_str());
            self.nodes[0]
                .ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, bus])
                .await;
        }
        let end = Instant::now() + DEADLINE;
        while !self.is_whole().await {
            assert!(Instant::now() < end, "the cluster does not come together");
            pause().await;
        }
    }

    async fn is_whole(&self) -> bool {
        for node in &self.nodes {
            let state: String = node.ask(&["CLUSTER", "INFO"]).await;
            let whole = ["cluster_state:ok", "cluster_known_nodes:3"];
            if !whole.iter().all(|line| state.contains(line)) {
                return false;
            }
        }
        true
    }

    /// Which node has that key.
    pub async fn owner(&self, key: &str) -> usize {
        let slot = self.slot(key).await;
        slot * 3 / 16_384
    }

    /// Gives the key's slot, without what is in it, to that node.
    pub async fn give(&self, key: &str, node: usize) {
        // Only an empty slot can be given away.
        self.nodes[self.owner(key).await].flush().await;
        let slot = self.slot(key).await.to_string();
        let id: String = self.nodes[node].ask(&["CLUSTER", "MYID"]).await;
        // The new owner first, so that no node points to one that does not know.
        for at in [node].into_iter().chain(0..3) {
            let given = ["CLUSTER", "SETSLOT", &slot, "NODE", &id];
            self.nodes[at].ask::<()>(&given).await;
        }
    }

    async fn slot(&self, key: &str) -> usize {
        self.nodes[0].ask(&["CLUSTER", "KEYSLOT", key]).await
    }
}

/// Puts an authority and what it says of loopback into a folder.
fn certify(folder: &Path) {
    let make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca-key.pem -out ca-cert.pem && \
        openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout key.pem -out request.pem && \
        printf 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n' > extensions && \
        openssl x509 -req -in request.pem -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile extensions -out cert.pem";
    let made = Command::new("sh")
        .args(["-c", make])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Between two looks at a process that gives no sign.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}
