//! What a deploy costs: each of two replicas ends and begins anew while requests and events go on. And what the death of the one
//! that polls costs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parcelgraph::sandbox::Endpoint;
use serde_json::json;
use tokio::time::sleep;

use super::options::{Bars, Options};
use super::watchers::{Flow, Line, Requests, Stage, Transport, Watch};

const PARCELS: usize = 300;
const SUBSCRIBERS: usize = 1_000;
const REQUESTS_PER_SECOND: u32 = 200;
const LINES: u32 = 20;

/// How long everything goes on before and after each end.
const CALM: Duration = Duration::from_secs(4);

/// How long nobody may poll.
const LATEST_POLL: Duration = Duration::from_secs(5);

/// How long is waited for it at all.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often the one that polls dies.
const DEATHS: usize = 3;

pub async fn measure(options: &Options, bars: &mut Bars) {
    println!(
        "drain: {REQUESTS_PER_SECOND} requests per second and {SUBSCRIBERS} subscribers on 2 replicas"
    );
    let mut stage = Stage::open(2, PARCELS, &["--poll-interval", "200ms"]).await;
    let with_sse = options.number("--with-sse", true);
    stage
        .gather((0..SUBSCRIBERS).map(|number| watch(number, with_sse)))
        .await;
    deploy(&mut stage, bars).await;
    for _ in 0..DEATHS {
        die(&mut stage, bars).await;
    }
}

fn watch(number: usize, with_sse: bool) -> Watch {
    Watch {
        parcels: (number..number + 3)
            .map(|parcel| parcel % PARCELS)
            .collect(),
        transport: match with_sse && number.is_multiple_of(5) {
            true => Transport::Sse,
            false => Transport::WebSocket,
        },
        home: number % 2,
        stay: None,
    }
}

async fn deploy(stage: &mut Stage, bars: &mut Bars) {
    let parcel = stage.driver.board.reference(0);
    let query = "query($ref: TrackingRef!) { tracking(ref: $ref) { trackingNumber title } }";
    let requests = Requests::start(&Flow {
        replicas: stage.addresses(),
        per_second: REQUESTS_PER_SECOND,
        lines: LINES,
        body: json!({ "query": query, "variables": { "ref": parcel } }).to_string(),
    });
    let Stage {
        driver, replicas, ..
    } = stage;
    let mut took = Vec::new();
    let is_over = AtomicBool::new(false);
    let deploy = async {
        for replica in replicas.iter_mut() {
            sleep(CALM).await;
            let begun = Instant::now();
            let ended = replica.drain().await;
            took.push(begun.elapsed());
            bars.hold(
                ended.success(),
                &format!("a replica that was drained ended with {ended}"),
            );
            replica.restart().await;
        }
        sleep(CALM).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let drive = driver.drive(|_| is_over.load(Ordering::Relaxed));
    tokio::join!(deploy, drive);
    let score = requests.score();
    drop(requests);
    stage.settle().await;
    let judgement = stage.judge();
    println!("  the replicas ended within {took:.1?}");
    println!(
        "  {} requests answered, {} connections, {}",
        score.answered, score.opened, score.delays
    );
    println!("  {} events\n{judgement}", stage.driver.events());
    bars.hold(
        score.failed == 0,
        &format!("{} requests failed {:?}", score.failed, score.reasons),
    );
    bars.hold(
        judgement.is_clean(),
        "all subscribers went on without a gap",
    );
}

/// The replica that polls is killed.
async fn die(stage: &mut Stage, bars: &mut Bars) {
    sleep(CALM).await;
    let mut polling = None;
    for (place, replica) in stage.replicas.iter().enumerate() {
        let mut line = Line::open(replica.address()).await.unwrap();
        let metrics = line.get("/metrics").await.unwrap();
        if metrics
            .lines()
            .any(|line| line == "parcelgraph_poller_is_polling 1")
        {
            polling = Some(place);
        }
    }
    let place = polling.unwrap_or_else(|| {
        println!("  nobody says that he polls");
        0
    });
    stage.replicas[place].kill().await;
    let (begun, before) = (Instant::now(), polls(stage));
    while polls(stage) == before && begun.elapsed() < DEADLINE {
        sleep(Duration::from_millis(2)).await;
    }
    let took = begun.elapsed();
    stage.replicas[place].restart().await;
    bars.hold(
        took <= LATEST_POLL,
        &format!(
            "{took:.2?} from the death of replica {place} to the next poll, at most {LATEST_POLL:?}"
        ),
    );
}

fn polls(stage: &Stage) -> u64 {
    stage.sandbox.stats().calls[&Endpoint::List]
}
