//! A connection that is read with no more memory than what is not complete yet.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a server may take to answer whoever has just come, and to take what is sent.
const DEADLINE: Duration = Duration::from_secs(20);

/// How much is read at once.
const CHUNK: usize = 4 * 1024;

/// Who comes, as a proxy tells it: nobody may have more than his share.
static COMERS: AtomicUsize = AtomicUsize::new(0);

/// The header that names the client of a connection.
pub fn forwarded_for() -> String {
    let number = COMERS.fetch_add(1, Ordering::Relaxed);
    format!("X-Forwarded-For: 192.0.2.{}", number % 200)
}

/// A TCP connection, and what was read of it but not used.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Wire {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = in_time(TcpStream::connect(address)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            unread: Vec::new(),
        })
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        in_time(self.stream.write_all(bytes)).await
    }

    /// What was read and not used.
    pub fn unread(&self) -> &[u8] {
        &self.unread
    }

    /// Notes that so many bytes were used.
    pub fn used(&mut self, count: usize) {
        self.unread.drain(..count);
        if self.unread.is_empty() {
            self.unread = Vec::new();
        }
    }

    /// Waits for more to read. An end is an error, since no side may end what it has not said it would. Nothing is lost if
    /// nobody waits any longer.
    pub async fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; CHUNK];
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => {
                    self.unread.extend_from_slice(&chunk[..length]);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the other side has ended it already.
    pub fn is_ended(&self) -> bool {
        let mut chunk = [0; 1];
        let read = self.stream.try_read(&mut chunk);
        !matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Reads an HTTP response up to its body.
    pub async fn head(&mut self) -> io::Result<Head> {
        loop {
            let text = String::from_utf8_lossy(&self.unread);
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let (length, head) = (head.len() + 4, Head::parse(head)?);
                self.used(length);
                return Ok(head);
            }
            in_time(self.read()).await?;
        }
    }

    /// Reads so many bytes.
    pub async fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < count {
            in_time(self.read()).await?;
        }
        let bytes = self.unread[..count].to_vec();
        self.used(count);
        Ok(bytes)
    }
}

/// The first lines of an HTTP response.
#[derive(Debug)]
pub struct Head {
    pub status: u16,
    lines: String,
}

impl Head {
    fn parse(lines: &str) -> io::Result<Self> {
        let status = lines
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Ok(Self {
            status: status.ok_or_else(|| nonsense(lines))?,
            lines: lines.to_ascii_lowercase(),
        })
    }

    /// What a header says, in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut headers = self.lines.lines().filter_map(|line| line.split_once(':'));
        let header = headers.find(|(header, _)| *header == name);
        header.map(|(_, value)| value.trim())
    }
}

/// The other side says what the protocol does not provide for.
pub fn nonsense(said: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, said.to_owned())
}

/// What has to happen within the deadline.
pub async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(DEADLINE, work).await?
}
