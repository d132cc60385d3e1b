//! The end of the server: everybody is told, leaves in his turn, and is waited for.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::Settings;
use super::doorway::{Doorway, Peer};
use super::guest::Waits;
use super::seats;
use super::threshold::Threshold;
use super::traffic::Traffic;

/// How long connections that stay open between requests are still served: each is closed with its next answer, so that
/// hardly any is closed in the moment in which its client sends a request.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// Tells everybody that the server is to stop.
#[derive(Debug)]
pub struct Drain {
    told: watch::Sender<bool>,
    traffic: Traffic,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            told: watch::Sender::new(false),
            traffic: Traffic::default(),
        }
    }
}

impl Drain {
    /// For somebody who is to be told, and to be waited for until he drops it.
    pub fn stop(&self) -> Stop {
        Stop {
            told: self.told.subscribe(),
            traffic: self.traffic.clone(),
        }
    }

    /// Serves until `stop` is ready. Then nobody new is let in; it returns when all have gone, or after `patience`.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        settings: Settings,
        stop: impl Future<Output = ()> + Send + 'static,
        patience: Duration,
    ) -> io::Result<()> {
        seats::tell(&settings);
        let places = settings.connections(seats::files_for_connections());
        let threshold = Threshold::new(places, self.traffic.clone());
        let connections = Self {
            traffic: self.traffic.clone(),
            ..Self::default()
        };
        let waits = Waits::of(&settings);
        let doorway = Doorway::new(listener, threshold, waits, connections.stop());
        let service = router.into_make_service_with_connect_info::<Peer>();
        let (telling, told) = oneshot::channel();
        let this = Arc::new(self);
        let drain = this.clone();
        let server = axum::serve(doorway, service).with_graceful_shutdown(async move {
            stop.await;
            drain.told.send_replace(true);
            connections.told.send_replace(true);
            // The receiver lives until the server has ended.
            let _ = telling.send(());
            // The library would close a connection without looking whether a request has arrived on it.
            connections.told.closed().await;
        });
        let all_gone = async {
            server.await?;
            // Sockets are no business of the server's any more.
            this.told.closed().await;
            Ok(())
        };
        let too_late = async {
            // An error means that the server has ended by itself.
            let _ = told.await;
            sleep(patience).await;
        };
        tokio::select! {
            ended = all_gone => ended,
            () = too_late => Ok(()),
        }
    }
}

/// Whether the server is to stop, and where it is counted who comes till then. Who holds one is waited for.
#[derive(Debug, Clone)]
pub struct Stop {
    told: watch::Receiver<bool>,
    traffic: Traffic,
}

impl Stop {
    /// Whether the server is to stop.
    pub fn is_told(&self) -> bool {
        *self.told.borrow()
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Ready when it is.
    pub async fn told(&mut self) {
        // An error means that the server is gone already.
        let _ = self.told.wait_for(|is_told| *is_told).await;
    }
}
