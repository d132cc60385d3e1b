//! A small world of parcels, those who ask about them, and the two doors at which they do.

use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use jiff::Timestamp;
use parcelgraph::auth::{self, Caller, Gate, Grant, Scope, Scopes};
use parcelgraph::cache::{Cache, Entry};
use parcelgraph::cooldown::Cooldown;
use parcelgraph::graphql::{self, Door, Opened, Request, door};
use parcelgraph::idempotency::Outcomes;
use parcelgraph::live::{Kept, Live};
use parcelgraph::model::{ClientId, Completeness, Source, Tracking, TrackingKey};
use parcelgraph::rounds::Rounds;
use parcelgraph::throttle::{Limits, Throttle};
use parcelgraph::tracker::{Settings, Tracker};
use parcelgraph::upstream::{self as service, ApiKey, Client, OnConnecting};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::maker::Made;
use crate::{parcels, upstream};

const DEADLINE: Duration = Duration::from_secs(5);

pub struct World {
    pub schema: Valid<Schema>,
    pub callers: Vec<Arc<Caller>>,
    pub parcels: Vec<Arc<Tracking>>,
    cache: Cache,
    pub directly: Door,
    plainly: Door,
}

impl World {
    pub async fn open() -> Self {
        let client = Client::new(service::Settings {
            base_url: upstream::open().await.parse().unwrap(),
            api_key: ApiKey::parse("unused").unwrap(),
            connect_timeout: DEADLINE,
            call_timeout: DEADLINE,
            realtime_timeout: DEADLINE,
            on_connecting: OnConnecting::default(),
        });
        let settings = Settings {
            patience: DEADLINE,
            poll_interval: Duration::ZERO,
            realtime_cooldown: Duration::ZERO,
        };
        let kept = Kept {
            events: 1,
            age: DEADLINE,
        };
        let limits = Limits {
            list_per_second: 0,
            realtime_per_second: 0,
            other_per_second: 0,
            ..Limits::default()
        };
        let cache = Cache::in_memory(1_000);
        let tracker = Tracker::start(
            &settings,
            client.unwrap(),
            Throttle::new(&limits),
            Cooldown::in_memory(settings.realtime_cooldown),
            cache.clone(),
            Live::in_memory(kept, 1),
            Rounds::alone(),
        );
        let everybody = auth::Settings {
            anonymous: Some(Scopes::ALL),
            tokens: Vec::new(),
            jwt: None,
            view_token_secret: None,
        };
        let gate = Gate::open(&everybody, b"an account", None).unwrap();
        let outcomes = Outcomes::in_memory(DEADLINE);
        let views = gate.view_tokens().clone();
        let door = door(Arc::new(tracker), outcomes, views, graphql::Limits::NONE);
        let parcels = parcels::parcels(24);
        Self {
            schema: Schema::parse_and_validate(graphql::sdl(), "schema.graphql").unwrap(),
            callers: callers(&parcels),
            parcels,
            cache,
            directly: door.clone(),
            plainly: door.plainly(),
        }
    }

    /// A parcel that the account does not have, as is known.
    pub fn missing() -> TrackingKey {
        parcels::key(999)
    }

    /// Everything becomes known as of now.
    pub fn learn_all(&self) {
        for (nth, parcel) in self.parcels.iter().enumerate() {
            self.learn(&parcel.key, Some(parcel.clone()), nth);
        }
        self.learn(&Self::missing(), None, 0);
    }

    fn learn(&self, key: &TrackingKey, tracking: Option<Arc<Tracking>>, nth: usize) {
        let sources = [
            Source::Created,
            Source::List,
            Source::Realtime,
            Source::Webhook,
        ];
        let as_of = Instant::now();
        let entry = Entry {
            tracking,
            as_of,
            aging_since: as_of,
            fetched_at: Timestamp::from_second(1_700_000_000 + nth as i64).unwrap(),
            source: sources[nth % sources.len()],
            completeness: Completeness::Whole,
        };
        self.cache.put(key, entry);
    }

    /// What the caller is answered in both ways.
    pub async fn answers(&self, caller: usize, made: &Made) -> (String, String) {
        let caller = &self.callers[caller];
        let directly = answer(&self.directly, caller, made).await;
        let plainly = answer(&self.plainly, caller, made).await;
        (in_order(&directly), in_order(&plainly))
    }
}

/// Those who may do everything, may not see people, hold a view token, or may do little.
fn callers(parcels: &[Arc<Tracking>]) -> Vec<Arc<Caller>> {
    let with = |scopes: &[Scope]| {
        let scopes = scopes.iter().copied().collect();
        Caller::with(ClientId::default(), scopes)
    };
    let half = parcels.iter().step_by(2);
    let view = Caller {
        grant: Some(Arc::new(Grant {
            id: "a view".to_owned(),
            keys: half.map(|parcel| parcel.key.clone()).collect(),
            signer: ClientId::default(),
        })),
        ..with(&[Scope::TrackingRead])
    };
    let callers = [
        with(&Scope::ALL),
        with(&[Scope::TrackingRead]),
        view,
        with(&[Scope::TrackingRead, Scope::CustomerRead]),
        with(&Scope::ALL),
        with(&[Scope::CustomerRead]),
    ];
    callers.into_iter().map(Arc::new).collect()
}

async fn answer(door: &Door, caller: &Arc<Caller>, made: &Made) -> String {
    let request = json!({ "query": made.text, "variables": made.variables });
    let request = Request::from_json(&request).unwrap();
    let door = door.clone().serving(caller.clone());
    match door.prepare(request).await {
        Ok(operation) => match door.open(operation).await {
            Opened::Answer(answer) => answer.to_json().into_owned(),
            Opened::Events(_) => panic!("nobody subscribed"),
        },
        Err(answer) => answer.to_json().into_owned(),
    }
}

/// The data as it is, but for ages, which grow. The errors come in any order, and the library tells them once for each place
/// where a field is asked for that is one in the answer: of those the first one counts.
fn in_order(answer: &str) -> String {
    let Some((data, errors)) = answer.rsplit_once(",\"errors\":") else {
        return without_ages(answer);
    };
    let errors: Vec<Value> = serde_json::from_str(errors.strip_suffix('}').unwrap()).unwrap();
    let mut told: Vec<_> = errors
        .into_iter()
        .map(|it| (it["path"].to_string(), it))
        .collect();
    told.sort_by_key(|(path, _)| path.clone());
    told.dedup_by_key(|(path, _)| path.clone());
    let told: Vec<_> = told.into_iter().map(|(_, error)| error).collect();
    format!("{},\"errors\":{}}}", without_ages(data), json!(told))
}

fn without_ages(answer: &str) -> String {
    let mut parts = answer.split("\"ageSeconds");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once(':').unwrap();
        let rest = rest.trim_start_matches(|it: char| it.is_ascii_digit());
        shown += &format!("\"ageSeconds{key}:0{rest}");
    }
    shown
}
