//! The parts of the house, as the settings want them: most are of this process alone, or shared by all replicas over a Redis.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::ready;
use gethostname::gethostname;
use tokio::runtime::Handle;

use super::source::Source;
use crate::allowance::Allowances;
use crate::auth::{Gate, OpenError};
use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::current::Dial;
use crate::graphql::{self, Rates, Trusted, Untrustworthy};
use crate::idempotency::Outcomes;
use crate::live::Live;
use crate::persisted::{Mode, Texts};
use crate::receipts::Receipts;
use crate::redis_link::{self, InvalidUrl, Link};
use crate::settings::{self, Settings, Switch};
use crate::throttle::Throttle;
use crate::tracker::{PushSettings, Tracker};
use crate::upstream::{self, BuildError, Client, Connecting, OnConnecting, Signer};
use crate::web::{self, DataKind};

const MIB: u64 = 1024 * 1024;

/// What is known of parcels: by this process, or by all replicas that share a Redis.
pub(super) fn cache(settings: &Settings, link: Option<&Link>) -> Cache {
    match link {
        None => Cache::in_memory(settings.max_parcels),
        Some(link) => Cache::shared(settings.max_parcels, link.clone()),
    }
}

/// What became of parcels: as this process tells it, or all replicas that share a Redis.
pub(super) fn live(settings: &Settings, link: Option<&Link>) -> Live {
    let (kept, parcels) = (settings.events, settings.max_parcels);
    match link {
        None => Live::in_memory(kept, parcels),
        Some(link) => Live::in_fleet(kept, parcels, link.clone()),
    }
}

/// Has the tracker take messages of the upstream. A receipt is kept for as long as its message can come again.
pub(super) fn take_pushes(
    tracker: Tracker,
    signer: Signer,
    settings: &Settings,
    link: Option<&Link>,
) -> Tracker {
    let tolerance = settings.webhook_tolerance;
    let kept = tolerance + Duration::from_secs(60 * 60);
    let receipts = match link {
        None => Receipts::in_memory(kept),
        Some(link) => Receipts::shared(kept, link.clone()),
    };
    tracker.taking_pushes(PushSettings { signer, tolerance }, receipts)
}

/// What is known of operations that are to be done once: by this process, or by all replicas.
pub(super) fn outcomes(patience: Dial, link: Option<&Link>) -> Outcomes {
    match link {
        None => Outcomes::in_memory(patience),
        Some(link) => Outcomes::in_fleet(patience, link.clone()),
    }
}

/// Who is let in. What is signed here is taken by all replicas of the account.
pub(super) fn gate(
    source: &Source,
    settings: &Settings,
    link: Option<&Link>,
) -> Result<Gate, OpenError> {
    let gate = Gate::open(&settings.access.gate(), &source.secret, link)?;
    // A sandbox has another secret each time.
    let outlive_it = source.data == DataKind::Live || settings.access.view_token_secret.is_some();
    if link.is_none() && outlive_it && gate.view_tokens().can_be_signed() {
        tracing::warn!(
            "without --redis (REDIS_URL), view tokens that are revoked count again when this process is started again, and on every other replica"
        );
    }
    Ok(gate)
}

/// How large documents may be.
pub(super) fn limits(set: &settings::Operations) -> graphql::Limits {
    graphql::Limits {
        depth: set.max_depth,
        root_fields: set.max_root_fields,
        aliases: set.max_aliases,
        directives: set.max_directives,
        tokens: set.max_tokens,
        complexity: set.max_complexity,
        kept_bytes: u64::from(set.document_cache) * MIB,
    }
}

/// How much callers may ask for.
pub(super) fn rates(settings: &Settings) -> Rates {
    Rates {
        usual: settings.access.points,
        view: settings.access.view_points,
        signer: settings.access.view_signer_points,
    }
}

/// What the HTTP side goes by.
pub(super) fn rules(settings: &Settings) -> web::Rules {
    web::Rules::new(settings.transport.clone(), settings.client_header.clone())
}

/// How many bytes finished answers may take.
pub(super) fn kept_answers(set: &settings::Operations) -> u64 {
    u64::from(set.answer_cache) * MIB
}

/// The documents that the settings say are trusted; nothing else of the app is needed to tell whether they are right.
pub fn trusted_documents(settings: &Settings) -> Result<Option<Trusted>, Untrustworthy> {
    match &settings.operations.trusted_documents {
        None | Some((_, Mode::Off)) => Ok(None),
        Some((file, mode)) => Trusted::open(file, *mode).map(Some),
    }
}

/// The documents that clients register, if they may: known to this process, or to all replicas.
pub(super) fn registered(settings: &Settings, link: Option<&Link>) -> Option<Texts> {
    match (settings.operations.persisted_queries, link) {
        (Switch::Off, _) => None,
        (Switch::On, None) => Some(Texts::in_memory()),
        (Switch::On, Some(link)) => Some(Texts::shared(link.clone())),
    }
}

/// How much callers may still ask for: this process, or all replicas together.
pub(super) fn allowances(settings: &Settings, link: Option<&Link>) -> Allowances {
    match link {
        None => Allowances::in_memory(),
        Some(link) => Allowances::shared(settings.replicas, link.clone()),
    }
}

pub(super) fn link(source: &Source, settings: &Settings) -> Result<Option<Link>, InvalidUrl> {
    let open = |address: &redis_link::Address| {
        Link::open(redis_link::Settings {
            url: address.expose().to_owned(),
            secret: source.secret.clone(),
            patience: redis_link::PATIENCE,
        })
    };
    settings.redis.as_ref().map(open).transpose()
}

pub(super) fn throttle(
    source: &Source,
    settings: &Settings,
    link: Option<&Link>,
    address: SocketAddr,
) -> Throttle {
    match (link, source.data) {
        // A replica that is started again on the same machine at the same address is the same one.
        (Some(link), _) => {
            let name = format!("{} {address}", gethostname().to_string_lossy());
            Throttle::in_fleet(&settings.limits, settings.replicas, link.clone(), name)
        }
        // A sandbox that was just opened has not been called by anybody.
        (None, DataKind::Simulated) => Throttle::new(&settings.limits),
        (None, DataKind::Live) => Throttle::after_restart(&settings.limits),
    }
}

pub(super) fn cooldown(settings: &Settings, link: Option<&Link>) -> Cooldown {
    let period = settings.tracker.realtime_cooldown;
    match link {
        Some(link) => Cooldown::shared(period, settings.replicas, link.clone()),
        None => Cooldown::in_memory(period),
    }
}

pub(super) fn client(
    source: &Source,
    settings: &Settings,
    throttle: &Throttle,
) -> Result<Client, BuildError> {
    let (throttle, here) = (throttle.clone(), Handle::current());
    Client::new(upstream::Settings {
        base_url: source.base_url.clone(),
        api_key: source.api_key.clone(),
        connect_timeout: settings.connect_timeout,
        call_timeout: settings.call_timeout,
        realtime_timeout: settings.realtime_timeout,
        on_connecting: OnConnecting::new(move |connecting| {
            // Calls leave on a thread of their own; the throttle belongs here.
            let _here = here.enter();
            match connecting {
                Connecting::Started => throttle.connection_started(),
                Connecting::Failed => throttle.connection_failed(),
                Connecting::Opened { took } => {
                    let throttle = throttle.clone();
                    let noted = here.spawn(async move { throttle.connection_opened(took).await });
                    // The note is taken even if nobody waits for it.
                    return noted.map(|told| told.unwrap_or(false)).boxed();
                }
            }
            ready(true).boxed()
        }),
    })
}
