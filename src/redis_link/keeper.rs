//! Connects, looks every half second whether Redis is still there, and connects again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{AsyncConnectionConfig, Client, RedisResult};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::Room;
use super::address::Address;
use super::fault::Fault;
use super::patience::within;
use super::route::{Again, Route};

/// How often Redis is tried while it is away, and looked after while it is there.
const PULSE: Duration = Duration::from_millis(500);

/// How long a try may take.
const TRY: Duration = Duration::from_millis(300);

/// How often the clock is read before a session begins. One answer may be a slow one.
const SAMPLES: u32 = 3;

/// How long the mark stays that shows that Redis takes what is written.
const MARK_MS: u32 = 1_000;

/// Keeps the room connected for as long as it is polled.
pub(super) async fn keep(room: Arc<Room>, address: Address) {
    let mut route = Route::new(address.clone());
    let mut is_known_away = false;
    for number in 1.. {
        let opened = loop {
            let began = Instant::now();
            let tried = within(TRY, Opened::open(&room, route.next())).await;
            let fault = match tried.unwrap_or_else(|| Err(Fault::silent())) {
                Ok(opened) => break opened,
                Err(fault) => fault,
            };
            if route.lost(&fault) == Again::Later {
                report(&mut is_known_away, &address, &fault);
                sleep_until(began + PULSE).await;
            }
        };
        route.arrived();
        is_known_away = false;
        tracing::info!("Redis at {address} is there");
        let fault = opened.serve(&room, number).await;
        if route.lost(&fault) == Again::Later {
            report(&mut is_known_away, &address, &fault);
        }
    }
}

/// Once per outage.
fn report(is_known_away: &mut bool, address: &Address, fault: &Fault) {
    if !std::mem::replace(is_known_away, true) {
        let why = match fault {
            Fault::Away(why) | Fault::Refused(why) => why.clone(),
            Fault::Moved(node) => format!("it points to {node}, which points elsewhere"),
        };
        tracing::warn!("Redis at {address} is away, and this replica goes on alone: {why}");
    }
}

/// The two connections of a session: Redis answers no commands where it sends news.
struct Opened {
    commands: MultiplexedConnection,
    subscriptions: PubSubSink,
    news: PubSubStream,
}

impl Opened {
    async fn open(room: &Room, address: &Address) -> Result<Self, Fault> {
        let client = Client::open(address.connection().clone())?;
        // The whole try is bounded, and so is every command.
        let patient = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let commands = client.get_multiplexed_async_connection_with_config(&patient);
        let mut commands = commands.await?;
        // Who takes this owns our slot, is no copy of another, has loaded its past and has room.
        let mut mark = redis::cmd("SET");
        mark.arg(room.seal.key("mark")).arg(&room.replica);
        mark.arg("PX").arg(MARK_MS);
        mark.query_async::<()>(&mut commands).await?;
        let (mut subscriptions, news) = client.get_async_pubsub().await?.split();
        subscriptions.psubscribe(room.news_channel("*")).await?;
        let acknowledgements = room.acknowledgement_channel(&room.replica);
        subscriptions.subscribe(acknowledgements).await?;
        for _ in 0..SAMPLES {
            read_clock(room, &mut commands).await?;
        }
        Ok(Self {
            commands,
            subscriptions,
            news,
        })
    }

    /// One session from its beginning to its end.
    async fn serve(self, room: &Arc<Room>, number: u64) -> Fault {
        // A task of its own: a listener that panics ends the session and not the keeper.
        let mut reader = JoinSet::new();
        reader.spawn(read(room.clone(), self.news));
        room.sessions.begin(number, self.commands.clone());
        let fault = tokio::select! {
            fault = room.sessions.ended(number) => return fault,
            _ = reader.join_next() => Fault::Away("its news have ended".to_owned()),
            fault = look_after(room, self.commands, self.subscriptions) => fault,
        };
        room.sessions.end(number, fault.clone());
        fault
    }
}

async fn read(room: Arc<Room>, mut news: PubSubStream) {
    while let Some(message) = news.next().await {
        room.hear(message.get_channel_name(), message.get_payload_bytes());
    }
}

/// Asks for the time on one connection and for a sign of life on the other, until one of them fails.
async fn look_after(
    room: &Room,
    mut commands: MultiplexedConnection,
    mut subscriptions: PubSubSink,
) -> Fault {
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pulse.tick().await;
        let alive = async {
            tokio::try_join!(
                read_clock(room, &mut commands),
                subscriptions.ping::<redis::Value>()
            )
        };
        match within(room.patience, alive).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => return error.into(),
            None => return Fault::silent(),
        }
    }
}

async fn read_clock(room: &Room, commands: &mut MultiplexedConnection) -> RedisResult<()> {
    let asked = Instant::now();
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query_async(commands).await?;
    let told = seconds.saturating_mul(1_000_000).saturating_add(micros);
    room.clock().note(asked, Instant::now(), told);
    room.sessions.tally.hear();
    Ok(())
}
