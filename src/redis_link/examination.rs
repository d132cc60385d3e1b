//! A look at a Redis, by somebody who wants to know whether it is right for replicas.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, InfoDict, RedisError, RedisResult};
use thiserror::Error;
use tokio::time::Instant;

use super::address::Address;
use super::fault::Fault;
use super::route::{Again, Route};
use super::script::Script;
use super::seal::Seal;

/// How often a round trip is measured; the quickest counts, because the others wait for something else as well.
const ROUND_TRIPS: u32 = 5;

/// For how long the mark stays that shows that Redis takes what is written.
const MARK_MS: u32 = 1_000;

/// How often one node may point to another.
const STEPS: u32 = 8;

/// What is to be known of a Redis that can be used. Things that it does not tell are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// As it writes it.
    pub version: Option<String>,
    /// How long a question and its answer take.
    pub round_trip: Duration,
    /// What it throws away when its memory is full.
    pub policy: Option<String>,
    /// How many percent of its memory are used; `None` also where it may take all.
    pub fullness: Option<u64>,
    /// What is left of it after a restart.
    pub memory: Memory,
    /// Whether it is a node of a cluster.
    pub is_in_cluster: bool,
    /// How far its clock is ahead of this machine's.
    pub ahead: SignedDuration,
}

/// What is left of what Redis knows when it is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Everything: each change is written down.
    Log,
    /// What it knew some time ago.
    Snapshots,
    /// Nothing.
    None,
    /// It does not tell.
    Unknown,
}

/// Why a Redis cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unusable {
    /// There is no connection, or it broke.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// It does not know who that is.
    #[error("the login is refused: {0}")]
    Login(String),
    /// Its user may not do what is needed.
    #[error("the login may not do what is needed: {0}")]
    Forbidden(String),
    /// It says that it cannot serve at present, or not at all.
    #[error("it refuses what is needed: {0}")]
    Refused(String),
    /// Its nodes point to each other.
    #[error("no node of the cluster has the account's slot")]
    Astray,
}

impl From<RedisError> for Unusable {
    fn from(error: RedisError) -> Self {
        let why = error.to_string();
        match error.code() {
            Some("NOPERM") => Self::Forbidden(why),
            Some("WRONGPASS" | "NOAUTH") => Self::Login(why),
            _ if error.kind() == ErrorKind::AuthenticationFailed => Self::Login(why),
            Some(_) => Self::Refused(why),
            None => Self::Unreachable(why),
        }
    }
}

/// Connects once, tries what replicas need and looks around. Takes as long as Redis does. The secret is the account's, whose
/// keys one node of a cluster has.
pub async fn examine(address: &Address, secret: &[u8]) -> Result<Examination, Unusable> {
    let seal = Seal::new(secret);
    let mut route = Route::new(address.clone());
    for _ in 0..STEPS {
        match look_at(route.next(), &seal).await {
            Ok(examination) => return Ok(examination),
            Err(error) if error.code() == Some("MOVED") => {
                if route.lost(&Fault::from(error)) == Again::Later {
                    break;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Unusable::Astray)
}

async fn look_at(address: &Address, seal: &Seal) -> RedisResult<Examination> {
    let client = Client::open(address.connection().clone())?;
    let patient = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let connecting = client.get_multiplexed_async_connection_with_config(&patient);
    let mut connection = connecting.await?;
    try_what_is_needed(&client, &mut connection, seal).await?;
    let (round_trip, ahead) = clock(&mut connection).await?;
    // Who may not ask for this is no worse for it.
    let asked = redis::cmd("INFO").query_async(&mut connection).await;
    let info: InfoDict = asked.unwrap_or_else(|_| InfoDict::new(""));
    let text = |name: &str| info.get::<String>(name);
    let number = |name: &str| text(name)?.parse().ok();
    Ok(Examination {
        version: text("redis_version"),
        round_trip,
        policy: text("maxmemory_policy"),
        fullness: fullness(number("used_memory"), number("maxmemory")),
        memory: match text("aof_enabled").as_deref() {
            Some("1") => Memory::Log,
            _ => snapshots(&mut connection).await,
        },
        is_in_cluster: text("cluster_enabled").as_deref() == Some("1"),
        ahead,
    })
}

/// What every replica does: it writes, runs scripts, tells the others and hears them.
async fn try_what_is_needed(
    client: &Client,
    connection: &mut MultiplexedConnection,
    seal: &Seal,
) -> RedisResult<()> {
    let mark = seal.key("mark");
    let mut set = redis::cmd("SET");
    set.arg(&mark).arg("doctor").arg("PX").arg(MARK_MS);
    set.query_async::<()>(connection).await?;
    let script = Script::new(&["return redis.call('GET', KEYS[1])"]);
    script.run_on(connection, &[mark], &[]).await?;
    let mut hearing = client.get_async_pubsub().await?;
    hearing.psubscribe(seal.key("news:*")).await?;
    let mut publish = redis::cmd("PUBLISH");
    // No replica takes it for one of the others' letters.
    publish.arg(seal.key("news:doctor")).arg("");
    publish.query_async::<()>(connection).await
}

/// The quickest of some round trips, and how far Redis's clock is ahead by it.
async fn clock(connection: &mut MultiplexedConnection) -> RedisResult<(Duration, SignedDuration)> {
    let mut best = (Duration::MAX, SignedDuration::ZERO);
    for _ in 0..ROUND_TRIPS {
        let asked = Instant::now();
        let (seconds, micros): (i64, i64) = redis::cmd("TIME").query_async(connection).await?;
        let round_trip = asked.elapsed();
        let here = Timestamp::now().as_duration() - half(round_trip);
        let there = SignedDuration::from_secs(seconds) + SignedDuration::from_micros(micros);
        if round_trip < best.0 {
            best = (round_trip, there - here);
        }
    }
    Ok(best)
}

fn half(time: Duration) -> SignedDuration {
    SignedDuration::try_from(time / 2).unwrap_or(SignedDuration::ZERO)
}

fn fullness(used: Option<u64>, most: Option<u64>) -> Option<u64> {
    used?.saturating_mul(100).checked_div(most?)
}

/// Whether it writes down now and then what it knows, which only its settings tell.
async fn snapshots(connection: &mut MultiplexedConnection) -> Memory {
    let mut ask = redis::cmd("CONFIG");
    ask.arg("GET").arg("save");
    match ask.query_async::<Vec<String>>(connection).await.as_deref() {
        Ok([_, save]) if save.is_empty() => Memory::None,
        Ok([_, _]) => Memory::Snapshots,
        _ => Memory::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unusable(answer: &str) -> Unusable {
        let value = redis::parse_redis_value(format!("{answer}\r\n").as_bytes());
        let error = value.and_then(redis::Value::extract_error);
        error.unwrap_err().into()
    }

    #[test]
    fn why_a_redis_is_of_no_use_is_told_apart() {
        for (answer, expected) in [
            ("-WRONGPASS invalid username-password pair", "the login is"),
            ("-NOAUTH Authentication required.", "the login is"),
            ("-NOPERM User me has no permissions", "the login may not"),
            ("-READONLY You can't write against", "it refuses"),
            ("-OOM command not allowed", "it refuses"),
            ("HTTP/1.1 400 Bad Request", "no connection"),
        ] {
            let told = unusable(answer).to_string();
            assert!(told.starts_with(expected), "{answer}: {told}");
        }
    }

    #[test]
    fn a_redis_without_a_bound_is_never_full() {
        assert_eq!(fullness(Some(5), Some(0)), None);
        assert_eq!(fullness(Some(5), None), None);
        assert_eq!(fullness(Some(5), Some(10)), Some(50));
    }
}
