//! A connection on which one question is asked after the other, with as little work as can be.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer takes as long.
const DEADLINE: Duration = Duration::from_secs(20);

/// A whole page has room in it.
const ROOM: usize = 256 * 1024;

#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// Up to where the buffer holds what was read.
    read: usize,
}

/// How an answer's body is told from what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunks,
}

impl Line {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            bytes: vec![0; ROOM],
            read: 0,
        })
    }

    /// Sends a request and gives the body of the answer, which has to be a good one.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<&[u8]> {
        let body = timeout(DEADLINE, self.exchange(request)).await??;
        Ok(&self.bytes[body])
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Range<usize>> {
        self.stream.write_all(request).await?;
        self.read = 0;
        let (begin, framing) = loop {
            self.fill().await?;
            if let Some(found) = head(&self.bytes[..self.read])? {
                break found;
            }
        };
        match framing {
            Framing::Length(length) => {
                while self.read < begin + length {
                    self.fill().await?;
                }
                Ok(begin..begin + length)
            }
            Framing::Chunks => self.chunks(begin).await,
        }
    }

    /// Reads chunks to the last one, and moves them together.
    async fn chunks(&mut self, begin: usize) -> io::Result<Range<usize>> {
        let (mut end, mut next) = (begin, begin);
        loop {
            let Some(line) = find(&self.bytes[next..self.read], b"\r\n") else {
                self.fill().await?;
                continue;
            };
            let size = std::str::from_utf8(&self.bytes[next..next + line]);
            let size = size
                .ok()
                .and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
            let size = size.ok_or_else(|| nonsense("a chunk without a size"))?;
            let from = next + line + 2;
            while self.read < from + size + 2 {
                self.fill().await?;
            }
            if size == 0 {
                return Ok(begin..end);
            }
            self.bytes.copy_within(from..from + size, end);
            end += size;
            next = from + size + 2;
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.read == self.bytes.len() {
            self.bytes.resize(2 * self.read, 0);
        }
        match self.stream.read(&mut self.bytes[self.read..]).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.read += length;
                Ok(())
            }
        }
    }
}

/// Where the body begins and where it ends, if the head is complete.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, Framing)>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    if !head.starts_with("HTTP/1.1 200") {
        return Err(nonsense(&String::from_utf8_lossy(bytes)));
    }
    let mut framing = Framing::Chunks;
    for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            let length = value.trim().parse();
            framing = Framing::Length(length.map_err(|_| nonsense(value))?);
        }
    }
    Ok(Some((end + 4, framing)))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// The server says what it should not.
fn nonsense(said: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, said.to_owned())
}
