//! Where connections come in.

use std::collections::VecDeque;
use std::future::pending;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

use super::arrival::Visit;
use super::client::of_address;
use super::drain::Stop;
use super::guest::{Guest, Waits};
use super::line::Line;
use super::shares::Full;
use super::threshold::{Standing, Threshold};
use crate::model::ClientId;

/// How many failures in a row are those of single clients that gave up before they were let in.
const MAX_FAILURES: usize = 1_000;

/// Lets clients in until the server is to stop.
pub(super) struct Doorway {
    /// `None` once it is closed.
    listener: Option<TcpListener>,
    /// Who has been let in and has no place yet.
    knocking: Option<(TcpStream, SocketAddr)>,
    /// Who had knocked before it was closed.
    last: VecDeque<(TcpStream, SocketAddr)>,
    threshold: Threshold,
    waits: Waits,
    /// `None` once nobody comes any more.
    stop: Option<Stop>,
}

impl Doorway {
    pub(super) fn new(
        listener: TcpListener,
        threshold: Threshold,
        waits: Waits,
        stop: Stop,
    ) -> Self {
        Self {
            listener: Some(listener),
            knocking: None,
            last: VecDeque::new(),
            threshold,
            waits,
            stop: Some(stop),
        }
    }

    /// Lets in who has knocked, and nobody else.
    fn close(&mut self) {
        let Some(listener) = self.listener.take() else {
            return;
        };
        // The system is asked directly, because it knows of connections that the runtime has not heard of yet.
        let Ok(listener) = listener.into_std() else {
            return;
        };
        self.last.extend(self.knocking.take());
        for (stream, peer) in queued(|| listener.accept()) {
            let stream = stream.set_nonblocking(true).map(|()| stream);
            if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                self.last.push_back((stream, peer));
            }
        }
    }

    async fn next(&mut self) -> Comer {
        loop {
            let Some(stop) = &mut self.stop else {
                return pending().await;
            };
            if let Some(listener) = &mut self.listener {
                // It is left in the middle when the server is to stop.
                let accepting = async {
                    let knocking = match &mut self.knocking {
                        Some((_, peer)) => *peer,
                        none => none.insert(Listener::accept(listener).await).1,
                    };
                    self.threshold.reach(of_address(knocking.ip())).await
                };
                tokio::select! {
                    biased;
                    () = stop.told() => self.close(),
                    standing = accepting => {
                        let knocking = self.knocking.take();
                        // Whoever finds nowhere to stand is sent away by the system.
                        if let (Some((stream, peer)), Some(_)) = (knocking, &standing) {
                            let stop = stop.clone();
                            return Comer { stream, peer, standing, stop };
                        }
                    }
                }
            } else if let Some((stream, peer)) = self.last.pop_front() {
                // They are the last, so that they need no place.
                let (standing, stop) = (None, stop.clone());
                return Comer {
                    stream,
                    peer,
                    standing,
                    stop,
                };
            } else {
                self.stop = None;
            }
        }
    }
}

/// Somebody who is let in.
struct Comer {
    stream: TcpStream,
    peer: SocketAddr,
    standing: Option<Standing>,
    stop: Stop,
}

/// Whoever is accepted until nobody is left. One that has gone meanwhile does not keep those behind him out.
fn queued<T>(mut accept: impl FnMut() -> io::Result<T>) -> Vec<T> {
    let (mut all, mut failures) = (Vec::new(), 0);
    while failures < MAX_FAILURES {
        match accept() {
            Ok(one) => {
                all.push(one);
                failures = 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => failures += 1,
        }
    }
    all
}

impl Listener for Doorway {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        let Comer {
            stream,
            peer,
            standing,
            stop,
        } = self.next().await;
        let line = Line::new(stream, stop.clone(), standing.clone());
        (Guest::new(line, standing, self.waits, stop), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        let listener = self.listener.as_ref();
        listener.map_or(Err(ErrorKind::NotConnected.into()), TcpListener::local_addr)
    }
}

/// Who is at the other end of a connection. Clones share it.
#[derive(Clone)]
pub(super) struct Peer(Arc<Inner>);

pub(super) struct Inner {
    /// What he is called who has this address.
    pub(super) client: ClientId,
    pub(super) visit: Visit,
    /// Where it stands; `None` for the last ones.
    standing: Option<Standing>,
}

impl Deref for Peer {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    /// Comes in as soon as somebody makes room.
    pub(super) async fn come_in(&self) -> Result<(), Full> {
        match &self.standing {
            Some(standing) => standing.come_in().await,
            None => Ok(()),
        }
    }

    pub(super) fn is_outside(&self) -> bool {
        let mut standing = self.standing.iter();
        standing.any(|standing| !standing.is_inside())
    }
}

impl Connected<IncomingStream<'_, Doorway>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doorway>) -> Self {
        Self(Arc::new(Inner {
            client: of_address(stream.remote_addr().ip()),
            visit: stream.io().visit().clone(),
            standing: stream.io().standing().cloned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::web::traffic::Traffic;
    use crate::web::{Drain, Settings};

    #[test]
    fn one_that_has_gone_does_not_keep_those_behind_him_out() {
        let mut results = VecDeque::from([
            Ok(1),
            Err(ErrorKind::ConnectionAborted),
            Ok(2),
            Err(ErrorKind::WouldBlock),
            Ok(3),
        ]);
        let accept = || results.pop_front().unwrap().map_err(io::Error::from);
        assert_eq!(queued(accept), [1, 2]);
        let always = || Err::<(), _>(ErrorKind::Other.into());
        assert!(queued(always).is_empty());
    }

    #[tokio::test]
    async fn whoever_knocked_before_the_end_is_let_in_and_nobody_after() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let waits = Waits::of(&Settings::default());
        let mut doorway = Doorway::new(
            listener,
            Threshold::new(10, Traffic::default()),
            waits,
            Drain::default().stop(),
        );
        let _before = TcpStream::connect(address).await.unwrap();
        // The drain is gone, which is an end as well.
        let accepted = timeout(Duration::from_secs(20), Listener::accept(&mut doorway)).await;
        assert!(accepted.is_ok());
        assert!(TcpStream::connect(address).await.is_err());
        let nobody = timeout(Duration::from_millis(50), Listener::accept(&mut doorway)).await;
        assert!(nobody.is_err());
    }
}
