//! Attacks on a running server. Each is answered or closed in time, nothing comes of it, and everybody else is served as if
//! there were none. It is a program of its own because it measures time, and runs alone.
#![allow(clippy::unwrap_used, missing_docs)]

mod bodies;
mod documents;
mod flood;
mod hoard;
mod pulse;
mod shot;
mod slow;
mod sockets;
mod stage;
mod support;

use std::time::Duration;

use pulse::Pulse;
use shot::Shot;
use stage::Stage;
use tokio::sync::Mutex;

/// How long a normal query may take while the server is attacked, in 99 of 100 cases.
const P99: Duration = Duration::from_millis(100);

/// Other programs have the same processors, so that one slow round proves nothing.
const ROUNDS: usize = 2;

/// How long each attack goes on that is over at once.
const VOLLEY: Duration = Duration::from_millis(300);

/// How much memory bodies may take in all, in KiB: half of what is set for them, as they are of one client, and what comes on
/// their connections meanwhile.
const MOST_OF_BODIES: u64 = 64 * 1024;

/// One test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_attack_hurts_anybody_else() {
    let _alone = ALONE.lock().await;
    let stage = Stage::open(&[]).await;
    let shots = [documents::shots(), bodies::shots()].concat();
    let mut rounds = Vec::new();
    // What the server keeps of the first time is no damage: code, buffers for so many clients, documents that were read, up to
    // the bounds of what remembers them.
    warm(&stage, &shots).await;
    for _ in 0..ROUNDS {
        rounds.push(round(&stage, &shots).await);
        if rounds.last().is_some_and(|p99| *p99 < P99) {
            break;
        }
    }
    let best = rounds.iter().min().unwrap();
    assert!(*best < P99, "a normal query took {rounds:?} (p99)");
}

/// All attacks, as they come later.
async fn warm(stage: &Stage, shots: &[Shot]) {
    println!("memory: {} KiB before any attack", stage.memory());
    let pulse = Pulse::start(stage);
    let wrong = attack(stage, shots, VOLLEY, &pulse).await;
    pulse.stop();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All attacks, one after the other.
async fn attack(stage: &Stage, shots: &[Shot], volley: Duration, pulse: &Pulse) -> Vec<String> {
    let mut wrong = Vec::new();
    for shot in shots {
        wrong.extend(shot.fire(stage.address(), volley).await);
        pulse.tell(shot.name);
    }
    wrong.extend(sockets::attack(stage.address(), volley, pulse).await);
    wrong.extend(flood::attack(stage.address(), pulse).await);
    wrong.extend(slow::attack(stage.address(), pulse).await);
    wrong
}

/// All attacks for real. Gives the p99 of normal queries meanwhile.
async fn round(stage: &Stage, shots: &[Shot]) -> Duration {
    let (calls, memory) = (stage.calls(), stage.rested().await);
    let pulse = Pulse::start(stage);
    let mut wrong = attack(stage, shots, VOLLEY, &pulse).await;
    let p99 = pulse.stop();
    if stage.calls() != calls {
        wrong.push(format!("{} calls were made", stage.calls() - calls));
    }
    wrong.extend(stage.settle(memory).await);
    wrong.extend(stage.panics());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    p99
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_operations_are_no_batch_where_ten_are() {
    let _alone = ALONE.lock().await;
    let stage = Stage::open(&["--batching"]).await;
    let batch = bodies::batch();
    let first = batch.fire(stage.address(), VOLLEY).await;
    assert!(first.is_empty(), "{}", first.join("\n"));
    let (calls, memory) = (stage.calls(), stage.rested().await);
    let wrong = batch.fire(stage.address(), VOLLEY).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stage.calls(), calls);
    assert_eq!(stage.settle(memory).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_take_no_more_memory_than_there_is_for_them() {
    let _alone = ALONE.lock().await;
    let stage = Stage::open(&["--client-header", hoard::CLIENT_HEADER]).await;
    let fresh = stage.rested().await;
    let pulse = Pulse::start(&stage);
    let wrong = hoard::attack(stage.address()).await;
    let peak = pulse.peak();
    pulse.stop();
    assert_eq!(wrong, None);
    let more = peak.saturating_sub(fresh);
    assert!(more < MOST_OF_BODIES, "{more} KiB more than at first");
    let before = stage.rested().await;
    assert_eq!(hoard::attack(stage.address()).await, None);
    assert_eq!(stage.settle(before).await, None);
}
