//! Clients that open a WebSocket and then send what nobody should.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::pulse::Pulse;
use crate::support::{Frame, Opcode, closing_code, frame, handshake, text};

/// How long the server may take to close.
const DEADLINE: Duration = Duration::from_secs(1);

/// The same where it waits for something that never comes.
const INIT: Duration = Duration::from_secs(4);

/// How long it may take until there is room for a socket, and how often it is tried.
const ROOM: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

const MODERN: &str = "graphql-transport-ws";

const FRAME_64_MB: u64 = 64 << 20;

/// What is sent: at first this, then that again and again.
struct Provocation {
    name: &'static str,
    first: Vec<u8>,
    again: Vec<u8>,
    deadline: Duration,
    codes: &'static [u16],
}

/// Each of them; tells what was wrong about how the server took it.
pub async fn attack(address: SocketAddr, volley: Duration, pulse: &Pulse) -> Vec<String> {
    let mut wrong = Vec::new();
    for provocation in provocations() {
        let (begin, mut outcome, mut times) = (Instant::now(), None, 0);
        while outcome.is_none() && (times == 0 || begin.elapsed() < volley) {
            outcome = provocation.send(address).await;
            times += 1;
        }
        println!("{}: {times} times", provocation.name);
        wrong.extend(outcome);
        pulse.tell(provocation.name);
    }
    wrong
}

fn provocations() -> Vec<Provocation> {
    let (last, not_last) = (Frame::Last, Frame::NotLast);
    let init = text(r#"{"type":"connection_init"}"#);
    let kilobyte = frame(Opcode::Continuation, not_last, 1_024, &[b'x'; 1_024]);
    let behind_init = |bytes: Vec<u8>| [init.clone(), bytes].concat();
    let opening = frame(Opcode::Text, not_last, 1, b"{");
    let whole = frame(Opcode::Text, last, FRAME_64_MB, &[]);
    let megabyte = vec![b'x'; 1 << 20];
    let garbage: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 3) as u8 | 0x70)
        .collect();
    let subscribe = |id: &str| {
        text(&format!(
            r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{{ __typename }}"}}}}"#
        ))
    };
    let once = |name, first, codes| Provocation {
        name,
        first,
        again: Vec::new(),
        deadline: DEADLINE,
        codes,
    };
    let ever = |name, first, again, codes| Provocation {
        name,
        first,
        again,
        deadline: DEADLINE,
        codes,
    };
    vec![
        ever(
            "a frame of 64 MB",
            behind_init(whole.clone()),
            megabyte.clone(),
            &[1009],
        ),
        ever("a frame of 64 MB at once", whole, megabyte.clone(), &[1009]),
        once(
            "a frame that is announced as endless",
            frame(Opcode::Text, last, u64::MAX >> 1, b"{"),
            &[1002, 1009],
        ),
        ever(
            "fragments without end",
            behind_init(opening.clone()),
            kilobyte,
            &[1009],
        ),
        Provocation {
            name: "empty fragments without end",
            first: opening,
            again: frame(Opcode::Continuation, not_last, 0, &[]).repeat(100),
            deadline: INIT,
            codes: &[4408],
        },
        once("garbage", garbage.clone(), &[1002]),
        once(
            "garbage behind the beginning",
            behind_init(garbage),
            &[1002],
        ),
        once(
            "bytes that are no frames",
            behind_init(b"GET / HTTP/1.1\r\n\r\n".to_vec()),
            &[1002],
        ),
        once(
            "a ping of 1,000 bytes",
            frame(Opcode::Ping, last, 1_000, &[0; 1_000]),
            &[1002],
        ),
        once(
            "no UTF-8",
            behind_init(frame(Opcode::Text, last, 2, b"\xff\xfe")),
            &[1007],
        ),
        once("no JSON", behind_init(text("}")), &[4400]),
        once(
            "100,000 brackets",
            behind_init(text(&"[".repeat(100_000))),
            &[4400],
        ),
        once(
            "100,000 braces in a payload",
            behind_init(text(&format!(
                r#"{{"type":"ping","payload":{}"#,
                r#"{"a":"#.repeat(20_000)
            ))),
            &[4400],
        ),
        once(
            "an id of 200 KB",
            behind_init(subscribe(&"x".repeat(200_000))),
            &[4400],
        ),
        once("an operation before the beginning", subscribe("1"), &[4401]),
        once("two beginnings", behind_init(init.clone()), &[4429]),
        Provocation {
            name: "nothing but pings",
            first: Vec::new(),
            again: text(r#"{"type":"ping"}"#).repeat(10),
            deadline: INIT,
            codes: &[4408],
        },
    ]
}

/// A socket, as soon as there is room for one: those of the attack before are still being closed.
pub async fn opened(address: SocketAddr) -> Result<TcpStream, String> {
    let opening = async {
        loop {
            match handshake(address, MODERN).await {
                Err(head) if is_full(&head) => sleep(PAUSE).await,
                outcome => return outcome,
            }
        }
    };
    let opened = timeout(ROOM, opening).await;
    opened.unwrap_or_else(|_| Err("there is no room for a socket".to_owned()))
}

/// Whether that is the head of a refusal because so many are there already.
fn is_full(head: &str) -> bool {
    ["HTTP/1.1 429", "HTTP/1.1 503"]
        .iter()
        .any(|full| head.starts_with(full))
}

impl Provocation {
    async fn send(&self, address: SocketAddr) -> Option<String> {
        let stream = match opened(address).await {
            Ok(stream) => stream,
            Err(why) => return Some(format!("{}: {why}", self.name)),
        };
        let (mut reading, mut writing) = stream.into_split();
        let begin = Instant::now();
        let send = async {
            let mut sent = writing.write_all(&self.first).await;
            while sent.is_ok() && !self.again.is_empty() {
                sent = writing.write_all(&self.again).await;
            }
            std::future::pending().await
        };
        let closing = async {
            tokio::select! {
                code = closing_code(&mut reading) => code,
                () = send => unreachable!("it goes on for ever"),
            }
        };
        // Longer than the deadline, so that a late end can still be told from none.
        let closed = timeout(self.deadline * 5, closing).await;
        let took = begin.elapsed();
        let name = self.name;
        match closed {
            // What lies in the system's buffers unread makes a closed connection forget its last words.
            Ok(None) if took <= self.deadline => None,
            Ok(Some(code)) if self.codes.contains(&code) && took <= self.deadline => None,
            Ok(code) => Some(format!(
                "{name}: closed with {code:?} after {took:?}, not with one of {:?} within {:?}",
                self.codes, self.deadline
            )),
            Err(_) => Some(format!("{name}: not closed after {took:?}")),
        }
    }
}
