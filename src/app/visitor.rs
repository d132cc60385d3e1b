//! Somebody who looks at what the settings name before a server does, or beside it.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::time::{Instant, timeout};

use super::parts;
use super::source::Source;
use crate::model::{Account, ClientId};
use crate::redis_link::{Away, InvalidUrl, Link};
use crate::settings::{Settings, Upstream};
use crate::throttle::{Lane, NoTurn, Seated, Throttle};
use crate::upstream::{BuildError, Error, Kind};

/// Whoever looks at an account. He is no replica of it: he has no seat among them, and takes turns with them.
pub struct Visitor {
    settings: Settings,
    source: Source,
    link: Option<Link>,
}

/// What the account said.
#[derive(Debug)]
pub struct Told {
    /// What TrackingMore says of it.
    pub account: Result<Account, Error>,
    /// What TrackingMore's clock showed then, if it says so.
    pub date: Option<Timestamp>,
    /// What this machine's clock showed when the answer was there.
    pub here: Timestamp,
    /// How long the answer took.
    pub took: Duration,
}

/// Why an account was not asked.
#[derive(Debug, Error)]
pub enum NotAsked {
    /// Nothing can be asked at all.
    #[error(transparent)]
    Client(#[from] BuildError),
    /// It is not known whose turn it is.
    #[error("{0}")]
    Away(#[from] Away),
    /// It is the turn of others.
    #[error(transparent)]
    Turn(#[from] NoTurn),
}

impl Visitor {
    /// Somebody who looks at the account of the settings; `None` if the parcels are simulated, which are another account in
    /// every process.
    pub async fn of(settings: &Settings) -> Result<Option<Self>, InvalidUrl> {
        if matches!(settings.upstream, Upstream::Sandbox { .. }) {
            return Ok(None);
        }
        let Ok(source) = Source::open(&settings.upstream).await else {
            return Ok(None);
        };
        let link = parts::link(&source, settings)?;
        Ok(Some(Self {
            settings: settings.clone(),
            source,
            link,
        }))
    }

    /// What the account's replicas have in common.
    pub fn secret(&self) -> &[u8] {
        &self.source.secret
    }

    /// Who has seats among the replicas, if they share a Redis. Waits for Redis for so long.
    pub async fn seated(&self, patience: Duration) -> Result<Vec<Seated>, Away> {
        self.throttle(patience).await?.seated().await
    }

    /// Asks what TrackingMore says of the account, which costs no quota, when it is his turn. Without a Redis he is taken to
    /// be the only one who calls. He waits so long for his turn, and as long for the answer.
    pub async fn ask(&self, patience: Duration) -> Result<Told, NotAsked> {
        let throttle = self.throttle(patience).await?;
        let settings = Settings {
            call_timeout: self.settings.call_timeout.min(patience),
            ..self.settings.clone()
        };
        let client = parts::client(&self.source, &settings, &throttle)?;
        let asked = async {
            let me = ClientId::default();
            let turn = throttle.turn(Lane::Other, &me, patience).await?;
            let begun = Instant::now();
            let (account, date) = turn.spent_on(client.account_and_date()).await?;
            Ok(Told {
                account,
                date,
                here: Timestamp::now(),
                took: begun.elapsed(),
            })
        };
        let told = asked.await;
        if let Ok(told) = &told
            && let Err(error) = &told.account
            && error.kind() == Kind::TooManyRequests
        {
            throttle.close_for_all(error.retry_after()).await;
        }
        throttle.end_visit().await;
        told
    }

    async fn throttle(&self, patience: Duration) -> Result<Throttle, Away> {
        // What is set may be what is wrong, and others would have to keep silent for it.
        let limits = &self.settings.limits.no_looser_than_documented();
        let Some(link) = &self.link else {
            // Somebody else may have called just now.
            return Ok(Throttle::after_restart(limits));
        };
        let mut sessions = link.sessions();
        let reached = timeout(patience, sessions.wait_for(Option::is_some)).await;
        reached.map_err(|_| Away)?.map_err(|_| Away)?;
        Throttle::visiting(limits, self.settings.replicas, link.clone())
    }
}
