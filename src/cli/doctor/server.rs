//! Whether a server of these settings runs.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::finding::Finding;
use crate::cli::health::{self, Unwell};

/// What was found where it should listen.
pub(super) enum Server {
    Ready(SocketAddr),
    /// Somebody is there, and says something else, or nothing.
    Unready(SocketAddr, String),
    Nobody(String),
}

impl Server {
    /// Looks for one, for so long at the most.
    pub(super) async fn find(listen: SocketAddr, patience: Duration) -> Self {
        if listen.port() == 0 {
            return Self::Nobody("it would listen at a port that is not known before".to_owned());
        }
        let asked = timeout(patience, spawn_blocking(move || health::ask(listen))).await;
        let Ok(asked) = asked else {
            let silent = format!("somebody takes connections at {listen} and does not answer");
            return Self::Unready(listen, silent);
        };
        match asked {
            Ok(Ok(())) => Self::Ready(listen),
            Ok(Err(Unwell::Away(at, why))) if why.kind() == ErrorKind::ConnectionRefused => {
                Self::Nobody(format!("none runs at {at}"))
            }
            Ok(Err(unwell)) => Self::Unready(listen, unwell.to_string()),
            Err(broken) => Self::Unready(listen, broken.to_string()),
        }
    }

    /// What is to be said of it.
    pub(super) fn judge(&self) -> Finding {
        let what = "server";
        match self {
            Self::Ready(at) => Finding::ok(what, format_args!("the one at {at} is ready")),
            Self::Nobody(why) => Finding::ok(what, why),
            Self::Unready(_, says) => Finding::fail(
                what,
                says,
                "look into its log; if it is another program, choose another address with --listen (LISTEN)",
            ),
        }
    }

    /// Why the account is left to it.
    pub(super) fn uses_account(&self) -> Option<String> {
        match self {
            Self::Ready(at) | Self::Unready(at, _) => Some(format!(
                "the server at {at} uses the account, which may make one such call a second; with a Redis they would take turns"
            )),
            Self::Nobody(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_there_has_the_account() {
        let at: SocketAddr = ([127, 0, 0, 1], 8080).into();
        for (server, begins, uses_account) in [
            (
                Server::Ready(at),
                "ok    server: the one at 127.0.0.1:8080 is ready",
                true,
            ),
            (
                Server::Unready(
                    at,
                    "the server at 127.0.0.1:8080 is not ready: stopping".to_owned(),
                ),
                "FAIL  server: the server at 127.0.0.1:8080 is not ready: stopping -> ",
                true,
            ),
            (
                Server::Nobody("none runs".to_owned()),
                "ok    server: none runs",
                false,
            ),
        ] {
            let told = server.judge().to_string();
            assert!(told.starts_with(begins), "{told}");
            assert_eq!(server.uses_account().is_some(), uses_account);
        }
    }
}
