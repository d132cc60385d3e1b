//! Writers of two replicas against readers of both: who begins after a change was acknowledged never sees what was before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parcelgraph::cache::Entry;
use parcelgraph::graphql::Opened;
use parcelgraph::model::{Completeness, Source, Status, Tracking, TrackingKey};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::replica::{Replica, entry, key};
use crate::support::{Redis, Room};

const PARCELS: usize = 4;
const CHANGES: u64 = 300;
const READERS: usize = 4;

/// How far apart changes are: further than the replicas' clocks.
const STEP: Duration = Duration::from_millis(100);

/// What has told the others in that time has told all of them.
const PATIENCE: Duration = Duration::from_millis(140);

const QUERY: &str = "query($number: String!) { tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: $number } }) { title freshness { stale } } }";

/// The changes of each parcel are numbered; these are acknowledged at the replicas.
type Acknowledged = [[AtomicU64; PARCELS]; 2];

struct Stage {
    replicas: [Replica; 2],
    rooms: [Room; 2],
    acknowledged: Acknowledged,
    begun: Instant,
    is_over: AtomicBool,
}

impl Stage {
    async fn open(redis: &Redis) -> Arc<Self> {
        let replicas = crate::support::replica::pair(redis).await;
        let rooms = [0, 1].map(|at: usize| Room::around(replicas[at].cache.clone(), 10));
        Arc::new(Self {
            replicas,
            rooms,
            acknowledged: Default::default(),
            // So long ago that all changes are in the past, and so short that the first is still fresh.
            begun: Instant::now() - Duration::from_secs(200),
            is_over: AtomicBool::new(false),
        })
    }

    fn entry(&self, key: &TrackingKey, change: u64) -> Entry {
        let mut tracking = Tracking::bare(key.clone(), Status::Transit);
        tracking.metadata.title = Some(change.to_string().into());
        let as_of = self.begun + STEP * u32::try_from(change).unwrap();
        Entry {
            tracking: Some(Arc::new(tracking)),
            source: Source::Webhook,
            ..entry(key, Status::Transit, as_of)
        }
    }

    /// Changes a parcel as webhooks, lists, mutations and doubts do; gives from which change on answers are right.
    fn change(&self, at: usize, key: &TrackingKey, change: u64) -> u64 {
        let cache = &self.replicas[at].cache;
        let entry = self.entry(key, change);
        match change % 5 {
            1 => {
                let hinted = Completeness::Hinted;
                cache.put(
                    key,
                    Entry {
                        completeness: hinted,
                        ..entry
                    },
                );
                change
            }
            2 => {
                cache.doubt(key, entry.as_of);
                change + 1
            }
            3 if cache.get(key).is_some_and(|known| known.tracking.is_some()) => {
                let retitled = |known: &Tracking| {
                    let mut known = known.clone();
                    known.metadata.title = Some(change.to_string().into());
                    known
                };
                cache.amend(key, entry.as_of, retitled);
                change
            }
            _ => {
                cache.put(key, entry);
                change
            }
        }
    }

    async fn write(&self, parcel: usize) {
        let key = key(parcel);
        for change in 1..=CHANGES {
            let at = usize::try_from(change / 7 % 2).unwrap();
            let right = self.change(at, &key, change);
            self.acknowledged[at][parcel].fetch_max(right, Ordering::SeqCst);
            let told = Instant::now();
            self.replicas[at].cache.settled().await;
            // Later than that, nobody waits for the others.
            if told.elapsed() < PATIENCE {
                self.acknowledged[1 - at][parcel].fetch_max(right, Ordering::SeqCst);
            }
        }
    }

    async fn read(&self, at: usize, parcel: usize) {
        let acknowledged = self.acknowledged[at][parcel].load(Ordering::SeqCst);
        let room = &self.rooms[at];
        let variables = json!({ "number": key(parcel).number.as_str() });
        let Opened::Answer(answer) = room.open(&room.door, QUERY, variables).await else {
            panic!("it goes on");
        };
        let answer: Value = serde_json::from_str(&answer.to_json()).unwrap();
        let tracking = &answer["data"]["tracking"];
        // The upstream cannot be asked, so that what is doubted is told of, but not without a word.
        if tracking["freshness"]["stale"] == false {
            let title = tracking["title"].as_str().unwrap();
            let seen: u64 = title.parse().unwrap();
            assert!(
                seen >= acknowledged,
                "replica {at} told of change {seen} of parcel {parcel} after {acknowledged}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_who_begins_after_a_change_was_acknowledged_sees_what_was_before() {
    let redis = Redis::start().await;
    let stage = Stage::open(&redis).await;
    let readers = (0..READERS).map(|reader| {
        let stage = stage.clone();
        tokio::spawn(async move {
            let mut rounds = 0;
            while !stage.is_over.load(Ordering::Relaxed) {
                stage.read(reader % 2, rounds % PARCELS).await;
                rounds += 1;
                tokio::task::yield_now().await;
            }
            rounds
        })
    });
    let readers: Vec<_> = readers.collect();
    let writers = (0..PARCELS).map(|parcel| {
        let stage = stage.clone();
        tokio::spawn(async move { stage.write(parcel).await })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    stage.is_over.store(true, Ordering::Relaxed);
    let mut rounds = 0;
    for reader in readers {
        rounds += reader.await.unwrap();
    }
    assert!(rounds > 2_000, "{rounds} rounds");
    for room in &stage.rooms {
        let figures = room.door.finished_figures();
        assert!(figures.hits > 100, "{figures:?} in {rounds} rounds");
    }
}
