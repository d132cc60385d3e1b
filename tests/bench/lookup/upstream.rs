//! An upstream that gives every call the same answer, as soon as it is told to, and knows when the answer had been sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The upstream. It serves one connection after the other.
pub struct Upstream {
    base_url: String,
    go: mpsc::Sender<()>,
    calls: UnboundedReceiver<()>,
    sent: UnboundedReceiver<Instant>,
}

impl Upstream {
    /// Starts on a thread of its own.
    pub fn answering(body: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v2", listener.local_addr().unwrap());
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let (go, gone) = mpsc::channel();
        let (called, calls) = unbounded_channel();
        let (sending, sent) = unbounded_channel();
        let line = Line {
            answer: [head.as_bytes(), body].concat(),
            called,
            gone,
            sending,
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                line.serve(stream.unwrap());
            }
        });
        Self {
            base_url,
            go,
            calls,
            sent,
        }
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns when a call has arrived.
    pub async fn called(&mut self) {
        self.calls.recv().await.unwrap();
    }

    /// Answers it. Gives the moment at which the last byte was about to leave.
    pub async fn answer(&mut self) -> Instant {
        self.go.send(()).unwrap();
        self.sent.recv().await.unwrap()
    }
}

/// The thread's side of it.
struct Line {
    answer: Vec<u8>,
    called: UnboundedSender<()>,
    gone: mpsc::Receiver<()>,
    sending: UnboundedSender<Instant>,
}

impl Line {
    /// Answers calls until the other side hangs up or nobody gives the word any more.
    fn serve(&self, mut stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut request = Vec::new();
        let mut part = [0; 4_096];
        while let Ok(length @ 1..) = stream.read(&mut part) {
            request.extend_from_slice(&part[..length]);
            if !request.ends_with(b"\r\n\r\n") {
                continue;
            }
            request.clear();
            if self.called.send(()).is_err() || self.gone.recv().is_err() {
                return;
            }
            let (most, last) = self.answer.split_at(self.answer.len() - 1);
            stream.write_all(most).unwrap();
            let now = Instant::now();
            stream.write_all(last).unwrap();
            let _ = self.sending.send(now);
        }
    }
}
