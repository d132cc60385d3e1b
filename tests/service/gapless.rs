//! Everybody is told everything once and in order, whatever dies; `cargo bench --bench live` does the same with a thousand
//! subscribers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::watchers::{Flow, Requests, Stage, Transport, Watch};

/// How long parcels change at the most.
const LONGEST: Duration = Duration::from_secs(12);

const PARCELS: usize = 20;

/// Six for every parcel on each of two replicas; a third of them over SSE. A fourth of them hang up every now and then.
fn watches() -> impl Iterator<Item = Watch> {
    (0..4 * PARCELS).map(|number| Watch {
        parcels: (number..number + 3)
            .map(|parcel| parcel % PARCELS)
            .collect(),
        transport: match number % 3 {
            0 => Transport::Sse,
            _ => Transport::WebSocket,
        },
        home: number % 2,
        stay: (number % 4 == 0).then_some(Duration::from_millis(1_500 + 10 * number as u64)),
    })
}

async fn stage() -> Stage {
    let mut stage = Stage::open(2, PARCELS, &["--poll-interval", "100ms"]).await;
    stage.gather(watches()).await;
    stage
}

async fn everything_was_told(stage: &Stage) {
    stage.settle().await;
    let judgement = stage.judge();
    assert!(judgement.is_clean(), "{judgement}");
    assert!(stage.driver.events() >= PARCELS, "{judgement}");
    assert!(judgement.reconnects > 0, "{judgement}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_out_of_order_while_a_replica_dies_and_redis_begins_anew() {
    let mut stage = stage().await;
    let Stage {
        driver,
        replicas,
        redis,
        ..
    } = &mut stage;
    let begun = Instant::now();
    let drive = driver.drive(|made| made >= 1_000 || begun.elapsed() > LONGEST);
    let trouble = async {
        sleep(Duration::from_secs(1)).await;
        replicas[0].kill().await;
        replicas[0].restart().await;
        redis.restart_gently().await;
    };
    tokio::join!(drive, trouble);
    everything_was_told(&stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_fails_no_request_and_leaves_no_gap() {
    let mut stage = stage().await;
    let parcel = stage.driver.board.reference(0);
    let query = "query($ref: TrackingRef!) { tracking(ref: $ref) { title } }";
    let requests = Requests::start(&Flow {
        replicas: stage.addresses(),
        per_second: 50,
        lines: 5,
        body: json!({ "query": query, "variables": { "ref": parcel } }).to_string(),
    });
    let Stage {
        driver, replicas, ..
    } = &mut stage;
    let is_over = AtomicBool::new(false);
    let drive = driver.drive(|_| is_over.load(Ordering::Relaxed));
    let deploy = async {
        for replica in replicas {
            sleep(Duration::from_secs(1)).await;
            let ended = replica.drain().await;
            assert!(ended.success(), "it ended with {ended}");
            replica.restart().await;
        }
        sleep(Duration::from_secs(1)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(deploy, drive);
    let score = requests.score();
    drop(requests);
    assert_eq!((score.failed, score.reasons), (0, Vec::new()));
    assert!(score.answered > 0);
    everything_was_told(&stage).await;
}
