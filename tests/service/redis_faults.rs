//! Redis that dies, stands still, forgets, is cut off or is slow, and two replicas that go on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parcelgraph::sandbox::{Endpoint, Fault, FaultKind};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::stress::{Crowd, Judgement, Stage, Trouble};
use crate::support::{House, SEED, until};

/// How much longer a cached read may take because of Redis.
const LONGER: Duration = Duration::from_millis(250);

/// In what time replicas share again, and as much again as a busy machine needs.
const RECOVERY: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_millis(500);

/// A list call of replicas that share waits for no more than one slot; one of a replica that is alone for twice its share.
const SHARED_GAP_MS: f64 = 2_000.0;

/// Reads only.
const READERS: Crowd = Crowd {
    lookers: 0,
    pagers: 0,
    writers: 0,
    refreshers: 0,
    impatient: 0,
    readers: 1,
};

/// A server without any Redis that is read at the same time on the same machine.
struct Control {
    leaving: watch::Sender<bool>,
    reading: JoinHandle<Duration>,
}

impl Control {
    fn start(house: Arc<House>) -> Self {
        let leaving = watch::Sender::new(false);
        let left = leaving.subscribe();
        let look = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
        let reading = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !*left.borrow() {
                let asked = Instant::now();
                house.ask(&look).await;
                slowest = slowest.max(asked.elapsed());
                sleep(Duration::from_millis(20)).await;
            }
            slowest
        });
        Self { leaving, reading }
    }

    /// The slowest of its reads.
    async fn slowest(self) -> Duration {
        self.leaving.send_replace(true);
        self.reading.await.unwrap()
    }
}

/// Asks for so many parcels that nobody has asked for.
fn cold(stage: &Stage, parcels: usize) -> String {
    let parcels = (0..parcels).map(|_| stage.load.cold());
    let refs = parcels.map(|(carrier, number)| {
        format!("{{ key: {{ carrierCode: \"{carrier}\", trackingNumber: \"{number}\" }} }}")
    });
    let refs = refs.collect::<Vec<_>>().join(" ");
    format!("{{ trackingsByRef(refs: [{refs}]) {{ status }} }}")
}

fn lists(stage: &Stage) -> u64 {
    stage.sandbox.stats().calls[&Endpoint::List]
}

/// What one replica asks for is known to the other, and every slot is everybody's.
async fn share(stage: &Stage) {
    let look = cold(stage, 1);
    let seen = stage.replicas[0].ask(&look).await;
    let before = lists(stage);
    assert_eq!(stage.replicas[1].ask(&look).await, seen);
    assert_eq!(lists(stage), before, "the other had to ask again: {seen}");
    let calls = stage.sandbox.calls().len();
    let questions = [cold(stage, 40), cold(stage, 40), cold(stage, 40)];
    let asked = questions
        .iter()
        .map(|question| stage.replicas[1].ask(question));
    for answer in join_all(asked).await {
        assert_eq!(answer.get("errors"), None, "{answer}");
    }
    let full: Vec<_> = stage.sandbox.calls().split_off(calls);
    let gaps = full.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
    for gap in gaps {
        assert!(
            gap < SHARED_GAP_MS,
            "{gap} ms between calls that share slots"
        );
    }
}

/// Nobody who reads what is cached notices, nothing is asked of the account that is not allowed, and soon all is as before.
async fn goes_unnoticed(trouble: Trouble) {
    let mut stage = Stage::on_a_busy_machine(2, 400).await;
    let control = Arc::new(House::open().await);
    let load = stage.load.clone();
    let mut mended = Instant::now();
    stage
        .under(&READERS, async |stage: &mut Stage| {
            until("the parcel to be known", || load.tally().reads.len() > 100).await;
            let before = load.tally().slowest_reads(Duration::ZERO, Duration::MAX);
            let p99 = before[before.len() / 100];
            let control = Control::start(control.clone());
            let begins = load.now();
            trouble.happen(stage).await;
            mended = Instant::now();
            sleep_until(mended + RECOVERY).await;
            let slowest = load.tally().slowest_reads(begins, Duration::MAX)[0];
            let allowed = p99.max(control.slowest().await) + LONGER;
            assert!(slowest <= allowed, "{trouble:?}: {slowest:?} > {allowed:?}");
        })
        .await;
    assert!(load.tally().reads.len() > 200);
    let failed = load.tally().failed_reads.clone();
    assert!(failed.is_empty(), "{trouble:?}: {failed:?}");
    sleep_until(mended + RECOVERY + SLACK).await;
    share(&stage).await;
    let judgement = Judgement::of(&stage.sandbox);
    assert!(judgement.is_clean(), "{trouble:?}: {judgement}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_stands_still_goes_unnoticed() {
    goes_unnoticed(Trouble::RedisStands).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_dies_and_comes_back_empty_goes_unnoticed() {
    goes_unnoticed(Trouble::RedisDies).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_whose_connections_are_cut_goes_unnoticed() {
    goes_unnoticed(Trouble::LinkIsCut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_whose_redis_is_slow_goes_unnoticed() {
    goes_unnoticed(Trouble::LinkIsSlow).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_when_redis_dies_is_answered_within_his_patience() {
    let mut stage = Stage::on_a_busy_machine(2, 400).await;
    stage.replicas[0].ask(&cold(&stage, 1)).await;
    let questions: Vec<_> = (0..4).map(|_| cold(&stage, 30)).collect();
    let asked = Instant::now();
    let (replicas, redis) = (&stage.replicas, &mut stage.redis);
    let asks = questions.iter().enumerate();
    let waiting = join_all(asks.map(|(number, question)| replicas[number % 2].ask(question)));
    let dies = async {
        sleep(Duration::from_millis(300)).await;
        redis.kill();
    };
    let (answers, ()) = tokio::join!(waiting, dies);
    for answer in answers {
        assert_eq!(answer.get("errors"), None, "{answer}");
    }
    assert!(
        asked.elapsed() < Duration::from_secs(16),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(stage.sandbox.stats().total_broken_limits(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_had_in_hand_when_it_died_is_fetched_by_another() {
    let mut stage = Stage::on_a_busy_machine(2, 20).await;
    let hangs = Fault::new(FaultKind::Slow { delay_ms: 60_000 });
    stage.sandbox.fault(hangs.on(Endpoint::List));
    let look = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    let replicas = stage.replicas.split_first_mut().unwrap();
    let (dies, lives) = (replicas.0, &replicas.1[0]);
    let sandbox = &stage.sandbox;
    let carried = dies.start_to_ask(&look);
    until("the call", || sandbox.stats().calls[&Endpoint::List] == 1).await;
    let killed = async {
        // The other has joined the flight by now, or joins it after the death: the lease is the same.
        dies.kill().await;
        Instant::now()
    };
    let (answer, killed) = tokio::join!(lives.ask(&look), killed);
    assert_eq!(answer["data"]["tracking"]["status"], "TRANSIT", "{answer}");
    assert!(
        killed.elapsed() > Duration::from_secs(1),
        "it waited for the lease"
    );
    assert!(
        killed.elapsed() < Duration::from_secs(8),
        "{:?}",
        killed.elapsed()
    );
    assert_eq!(sandbox.stats().calls[&Endpoint::List], 2);
    assert_eq!(sandbox.stats().total_broken_limits(), 0);
    carried.abort();
}
