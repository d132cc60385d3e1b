//! Asks a server of the same settings how it is, for whoever starts and stops it.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use thiserror::Error;

/// How long each step may take. Whoever asks has usually more patience than that for all of them.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 16 * 1024;

const QUESTION: &[u8] =
    b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Why requests had better not go to a server.
#[derive(Debug, Error)]
pub(super) enum Unwell {
    /// Nobody answers there.
    #[error("no server answers at {0}: {1}")]
    Away(SocketAddr, io::Error),
    /// It says so.
    #[error("the server at {0} is not ready: {1}")]
    NotReady(SocketAddr, String),
}

/// Asks the server that listens there whether it is ready.
pub(super) fn ask(listen: SocketAddr) -> Result<(), Unwell> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let answer = exchange(address).map_err(|error| Unwell::Away(address, error))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.starts_with("HTTP/1.1 200 ") {
        true => Ok(()),
        false => {
            let says = [head.lines().next().unwrap_or_default(), body].join(" ");
            Err(Unwell::NotReady(address, says.trim().to_owned()))
        }
    }
}

/// Where a server is found that listens everywhere.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

fn exchange(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(QUESTION)?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; QUESTION.len()];
            stream.read_exact(&mut question).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn a_server_is_well_if_it_says_so() {
        assert!(ask(answering("HTTP/1.1 200 OK\r\n\r\nready\n")).is_ok());
        for (answer, says) in [
            (
                "HTTP/1.1 503 Service Unavailable\r\n\r\nstopping\n",
                "is not ready: HTTP/1.1 503 Service Unavailable stopping",
            ),
            ("", "is not ready: "),
            ("SSH-2.0", "is not ready: SSH-2.0"),
        ] {
            let unwell = ask(answering(answer)).unwrap_err().to_string();
            assert!(unwell.contains(says), "{unwell}");
        }
        let nobody = answering("");
        let _ = ask(nobody);
        let unwell = ask(nobody).unwrap_err().to_string();
        assert!(
            unwell.starts_with("no server answers at 127.0.0.1:"),
            "{unwell}"
        );
    }

    #[test]
    fn a_server_that_listens_everywhere_is_found_here() {
        for (listen, found) in [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "::1"),
            ("10.1.2.3", "10.1.2.3"),
        ] {
            let [listen, found]: [IpAddr; 2] = [listen, found].map(|ip| ip.parse().unwrap());
            assert_eq!(reachable(listen), found);
        }
    }
}
