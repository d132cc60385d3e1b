//! Keeps a replica in its fleet, and leads it out of it and back when Redis comes and goes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::desk::Desk;
use super::fleet::{BEAT, Fleet};
use crate::redis_link::Away;

/// The task that does it. It ends with this.
#[derive(Debug)]
pub(super) struct Heart(Mutex<JoinHandle<()>>);

/// How long a replica leaves Redis alone that is there and refuses again and again.
const REFUSED: Duration = Duration::from_secs(10);

/// The topic on which a silence is spread.
pub(super) const SILENCE: &str = "silence";

impl Heart {
    pub(super) fn beat_for(desk: &Arc<Desk>) -> Self {
        let weak = Arc::downgrade(desk);
        if let Some(fleet) = &desk.fleet {
            listen(fleet, weak.clone());
        }
        let sessions = desk.fleet.as_ref().map(|fleet| fleet.link().sessions());
        Self(Mutex::new(tokio::spawn(async move {
            let Some(mut sessions) = sessions else { return };
            let mut failures = 0;
            while let Some(desk) = weak.upgrade() {
                if let Some(fleet) = &desk.fleet {
                    failures = beat(&desk, fleet, failures).await;
                }
                drop(desk);
                // Whoever is refused again and again has time for turns of its own in between.
                let pause = if failures > 1 { REFUSED } else { BEAT };
                tokio::select! {
                    () = sleep(pause) => {}
                    changed = sessions.changed() => if changed.is_err() { return },
                }
            }
        })))
    }

    /// Beats no more when this returns.
    pub(super) async fn stop(&self) {
        let mut heart = self.0.lock().await;
        heart.abort();
        // It ends at once, or was stopped before.
        let _ = (&mut *heart).await;
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        self.0.get_mut().abort();
    }
}

/// A silence that another replica met is this one's, too.
fn listen(fleet: &Fleet, desk: Weak<Desk>) {
    let link = fleet.link().clone();
    fleet.link().on(SILENCE, move |_, until| {
        let until = std::str::from_utf8(until)
            .ok()
            .and_then(|until| until.parse().ok());
        let until: Option<Instant> = until.and_then(|until| link.instant(until));
        if let (Some(until), Some(desk)) = (until, desk.upgrade()) {
            desk.close(until);
        }
    });
}

/// Lends the slots for a while, or stops to where Redis is away. Gives how often in a row Redis has refused.
async fn beat(desk: &Desk, fleet: &Fleet, failures: u32) -> u32 {
    let was_together = fleet.standing().session.is_some();
    if fleet.link().session().is_none() {
        if was_together {
            leave(desk, fleet);
        }
        return failures;
    }
    let session = fleet.link().session();
    match lend(desk, fleet).await {
        Ok(()) => 0,
        Err(Away) => {
            leave(desk, fleet);
            // Who is gone has not refused.
            let is_there = session.is_some() && fleet.link().session() == session;
            if is_there {
                failures.saturating_add(1)
            } else {
                0
            }
        }
    }
}

/// Lends the slots for a while. Who comes back from being alone stops first, and tells what he did.
async fn lend(desk: &Desk, fleet: &Fleet) -> Result<(), Away> {
    let alone = if fleet.is_together() {
        Vec::new()
    } else {
        desk.local.suspend()
    };
    let closed_until = desk.closed_until(fleet);
    let closed_until = fleet.sit_down(closed_until, &alone).await?;
    desk.local.wake();
    if let Some(until) = fleet.link().instant(closed_until)
        && until > Instant::now()
    {
        desk.close(until);
    }
    Ok(())
}

/// Keeps to the own slots from now on.
fn leave(desk: &Desk, fleet: &Fleet) {
    let standing = {
        let mut standing = fleet.standing();
        standing.session = None;
        standing.clone()
    };
    if let Some(seat) = standing.seat {
        let now = fleet.link().now().unwrap_or_default();
        let lends_for = standing.lent_until.saturating_sub(now);
        desk.local.go_alone(seat, Duration::from_micros(lends_for));
    }
}
