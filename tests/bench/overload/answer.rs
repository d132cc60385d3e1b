//! What the server answers: its head is read, and its body only counted.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use tokio::net::TcpStream;

/// As much of a head as is accepted.
const LONGEST_HEAD: usize = 8 * 1_024;

/// How much is read at once.
const CHUNK: usize = 256 * 1_024;

/// An answer, as far as anybody wants to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// How long the body is.
    pub length: usize,
    /// Whether it says when to come again.
    pub has_retry_after: bool,
    /// Whether the server ends the connection.
    pub closes: bool,
}

impl Answer {
    /// The answer at the beginning of these bytes, and how long its head is; `None` if that is not complete.
    pub fn read(bytes: &[u8]) -> io::Result<Option<(Self, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let parsed = head.parse(bytes).map_err(|error| nonsense(&error))?;
        let httparse::Status::Complete(end) = parsed else {
            let is_short = bytes.len() < LONGEST_HEAD;
            return is_short
                .then_some(None)
                .ok_or_else(|| nonsense(&"a head without an end"));
        };
        let header = |name: &str| {
            let mut headers = head.headers.iter();
            let header = headers.find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let length = header("content-length").and_then(|length| length.parse().ok());
        let answer = Self {
            status: head.code.unwrap_or_default(),
            length: length.ok_or_else(|| nonsense(&"an answer without a length"))?,
            has_retry_after: header("retry-after").is_some(),
            closes: header("connection").is_some_and(|said| said.eq_ignore_ascii_case("close")),
        };
        Ok(Some((answer, end)))
    }
}

/// Where all connections read, so that none needs memory of its own.
#[derive(Debug, Clone)]
pub struct Scratch(Rc<RefCell<Vec<u8>>>);

impl Default for Scratch {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(vec![0; CHUNK])))
    }
}

impl Scratch {
    /// Reads one answer to its end.
    pub async fn answer(&self, stream: &TcpStream) -> io::Result<Answer> {
        let mut begun = Vec::new();
        let (answer, mut read) = loop {
            let length = self.fill(stream).await?;
            let fresh = &self.0.borrow()[..length];
            let bytes = match begun.is_empty() {
                true => fresh,
                false => {
                    begun.extend_from_slice(fresh);
                    &begun
                }
            };
            match Answer::read(bytes)? {
                Some((answer, head)) => break (answer, bytes.len() - head),
                None if begun.is_empty() => begun.extend_from_slice(fresh),
                None => {}
            }
        };
        while read < answer.length {
            read += self.fill(stream).await?;
        }
        Ok(answer)
    }

    /// Reads what is there, and says how much that is.
    async fn fill(&self, stream: &TcpStream) -> io::Result<usize> {
        loop {
            stream.readable().await?;
            match stream.try_read(&mut self.0.borrow_mut()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

/// The server says what it should not.
fn nonsense(what: &impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}
