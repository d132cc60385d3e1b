use std::time::Instant;

use tokio::time::timeout;

use super::*;

const AFTER: Duration = Duration::from_millis(250);

fn late(now: Micros, late_by: Micros, late_for: Micros) -> Felt {
    Felt {
        now,
        late_by,
        late_for,
        late_times: TIMES,
    }
}

#[tokio::test]
async fn being_late_for_a_moment_turns_nobody_away() {
    let inner = Shedding::start().0;
    let client = ClientId::default();
    let judged = |felt| inner.judge(felt, AFTER, &client);
    assert_eq!(judged(late(1_000, 0, 0)), Ok(()));
    assert_eq!(judged(late(250_000, 249_000, 249_000)), Ok(()));
    let pause = Felt {
        late_times: 1,
        ..late(9_000_000, 5_000_000, 5_000_000)
    };
    assert_eq!(judged(pause), Ok(()));
    assert_eq!(judged(late(9_000_001, 11_000, 250_000)), Err(Late));
}

#[tokio::test]
async fn who_is_late_all_the_time_gets_strict_and_is_lenient_again_a_second_later() {
    let inner = Shedding::start().0;
    let [greedy, modest] = ["greedy", "modest"].map(ClientId::named);
    let judged = |felt, client| inner.judge(felt, AFTER, client);
    for _ in 0..100 {
        let _ = judged(late(2_000_000, 6_000, 250_000), &greedy);
    }
    assert_eq!(judged(late(2_000_001, 6_000, 250_000), &greedy), Err(Late));
    assert_eq!(judged(late(2_000_001, 4_000, 250_000), &greedy), Ok(()));
    assert_eq!(judged(late(2_000_001, 6_000, 250_000), &modest), Ok(()));
    assert_eq!(judged(late(2_000_001, 11_000, 250_000), &modest), Err(Late));
    // It has caught up and remembers, though not for longer because it is late for a moment, without a queue.
    for now in [2_400_000, 2_900_000] {
        assert_eq!(judged(late(now, 6_000, 0), &greedy), Err(Late));
    }
    assert_eq!(judged(late(3_000_002, 6_000, 0), &greedy), Ok(()));
}

#[tokio::test]
async fn a_server_at_work_is_felt_to_be_late_and_one_that_rests_is_not() {
    let shedding = Shedding::start();
    let felt = || shedding.0.pulse.felt();
    assert_eq!(felt().late_by, 0);
    tokio::task::yield_now().await;
    // Nobody else has a turn meanwhile.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(60) {}
    assert!(felt().late_by >= 50_000);
    assert!(felt().late_for >= 50_000);
    let rests = async {
        while felt().late_for > 5_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), rests).await.unwrap();
}

#[tokio::test]
async fn without_a_measure_nobody_is_turned_away() {
    let shedding = Shedding::start();
    assert_eq!(shedding.admit(&ClientId::default(), Duration::ZERO), Ok(()));
    assert_eq!(shedding.count(), 0);
}
