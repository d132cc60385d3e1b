//! All lanes together, under a paused clock.

use super::*;

async fn turn(throttle: &Throttle, lane: Lane, patience: Duration) -> Result<Turn, NoTurn> {
    throttle.turn(lane, &ClientId::default(), patience).await
}

async fn leave(throttle: &Throttle, lane: Lane) {
    let turn = turn(throttle, lane, PATIENCE).await.unwrap();
    turn.spent_on(async {}).await.unwrap();
}

const PATIENCE: Duration = Duration::from_secs(15);

async fn seconds_of_turns(throttle: &Throttle, lane: Lane, calls: usize) -> Vec<f64> {
    let start = Instant::now();
    let mut seconds = Vec::new();
    for _ in 0..calls {
        turn(throttle, lane, PATIENCE).await.unwrap();
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds
}

#[tokio::test(start_paused = true)]
async fn realtime_turns_never_exceed_three_in_any_second() {
    let throttle = Throttle::new(&Limits::default());
    let seconds = seconds_of_turns(&throttle, Lane::Realtime, 10).await;
    for (early, late) in seconds.iter().zip(&seconds[3..]) {
        assert!(late - early >= 1.0499, "{seconds:?}");
    }
    assert!(seconds[2] < 0.001 && seconds[9] < 3.2, "{seconds:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_first_call_keeps_its_distance_from_the_last_of_the_process_before() {
    for lane in [Lane::List, Lane::Page, Lane::Realtime, Lane::Other] {
        let throttle = Throttle::after_restart(&Limits::default());
        let seconds = seconds_of_turns(&throttle, lane, 1).await;
        assert!(seconds[0] >= 1.0499, "{lane:?}: {seconds:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_does_not_wait_for_another() {
    let throttle = Throttle::new(&Limits::default());
    assert!(seconds_of_turns(&throttle, Lane::List, 2).await[1] >= 1.05);
    assert!(seconds_of_turns(&throttle, Lane::Other, 1).await[0] < 0.001);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_zero_is_no_limit() {
    let throttle = Throttle::new(&Limits {
        list_per_second: 0,
        ..Limits::default()
    });
    assert!(seconds_of_turns(&throttle, Lane::List, 1_000).await[999] < 0.001);
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nobody_gets_a_turn_for_120_seconds() {
    let throttle = Throttle::new(&Limits::default());
    throttle.close(None);
    tokio::time::advance(Duration::from_secs(119)).await;
    let refusal = turn(&throttle, Lane::Realtime, PATIENCE).await.unwrap_err();
    let NoTurn::Closed { retry_after } = refusal else {
        panic!("{refusal}")
    };
    assert!(retry_after <= Duration::from_secs(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    turn(&throttle, Lane::Realtime, PATIENCE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_learn_of_the_silence_at_once() {
    let throttle = Throttle::new(&Limits::default());
    turn(&throttle, Lane::List, PATIENCE).await.unwrap();
    let start = Instant::now();
    let (turn, ()) = tokio::join!(turn(&throttle, Lane::List, PATIENCE), async {
        tokio::task::yield_now().await;
        throttle.close(Some(Duration::from_secs(300)));
    });
    assert_eq!(
        turn.unwrap_err(),
        NoTurn::Closed {
            retry_after: Duration::from_secs(300)
        }
    );
    assert!(start.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn who_stops_waiting_costs_nobody_a_slot() {
    let throttle = Throttle::new(&Limits::default());
    turn(&throttle, Lane::List, PATIENCE).await.unwrap();
    for _ in 0..50 {
        let given_up = tokio::time::timeout(
            Duration::from_millis(1),
            turn(&throttle, Lane::List, PATIENCE),
        )
        .await;
        assert!(given_up.is_err());
    }
    let start = Instant::now();
    turn(&throttle, Lane::List, PATIENCE).await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(1_010));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_for_its_connection_counts_from_then() {
    let throttle = Throttle::new(&Limits::default());
    let start = Instant::now();
    leave(&throttle, Lane::List).await;
    throttle.connection_started();
    tokio::time::advance(Duration::from_millis(400)).await;
    throttle.connection_opened(Duration::from_millis(400)).await;
    leave(&throttle, Lane::List).await;
    let second = start.elapsed();
    assert!(second >= Duration::from_millis(1_450), "{second:?}");
    leave(&throttle, Lane::List).await;
    let third = start.elapsed() - second;
    assert!(third < Duration::from_millis(1_100), "{third:?}");
}

#[tokio::test(start_paused = true)]
async fn no_call_catches_up_with_one_whose_connection_takes_longer_than_a_slot() {
    let throttle = Throttle::new(&Limits::default());
    let start = Instant::now();
    leave(&throttle, Lane::List).await;
    throttle.connection_started();
    let opening = async {
        tokio::time::sleep(Duration::from_millis(2_600)).await;
        let _ = throttle
            .connection_opened(Duration::from_millis(2_600))
            .await;
    };
    let (second, ()) = tokio::join!(turn(&throttle, Lane::List, PATIENCE), opening);
    second.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(2_600 + 1_050));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_holds_nobody_up() {
    let throttle = Throttle::new(&Limits::default());
    throttle.connection_started();
    let failing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        throttle.connection_failed();
    };
    let (turn, ()) = tokio::join!(seconds_of_turns(&throttle, Lane::List, 1), failing);
    assert!((turn[0] - 0.3).abs() < 0.01, "{turn:?}");
}

#[tokio::test(start_paused = true)]
async fn connections_of_one_lane_do_not_hold_up_calls_of_another_that_had_left_before() {
    let throttle = Throttle::new(&Limits::default());
    leave(&throttle, Lane::List).await;
    let start = Instant::now();
    for _ in 0..3 {
        tokio::time::advance(Duration::from_millis(150)).await;
        throttle.connection_started();
        tokio::time::advance(Duration::from_millis(150)).await;
        throttle.connection_opened(Duration::from_millis(150)).await;
    }
    leave(&throttle, Lane::List).await;
    assert!(start.elapsed() < Duration::from_millis(1_060));
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_longer_than_his_patience_is_refused_at_once() {
    let throttle = Throttle::new(&Limits::default());
    let impatient = (0..5).map(|_| turn(&throttle, Lane::Other, Duration::from_secs(2)));
    let turns = futures_util::future::join_all(impatient).await;
    let refused: Vec<_> = turns
        .iter()
        .filter_map(|turn| turn.as_ref().err())
        .collect();
    let full = NoTurn::Full {
        retry_after: Duration::from_millis(2_100),
    };
    assert_eq!(refused, [&full, &full, &full]);
}

#[tokio::test(start_paused = true)]
async fn pages_take_every_other_slot_at_the_most() {
    let throttle = Throttle::new(&Limits::default());
    turn(&throttle, Lane::List, PATIENCE).await.unwrap();
    let start = Instant::now();
    let pages = futures_util::future::join_all(
        (0..7).map(|_| async { turn(&throttle, Lane::Page, PATIENCE).await.map(drop) }),
    );
    let batches = async {
        tokio::task::yield_now().await;
        seconds_of_turns(&throttle, Lane::List, 3).await
    };
    let (pages, batches) = tokio::join!(pages, batches);
    assert!(pages.iter().all(Result::is_ok), "{pages:?}");
    // Slots open every 1.05 s: a page, a batch, a page, a batch and so on.
    for (batch, slot) in batches.iter().zip([2.0, 4.0, 6.0]) {
        assert!((batch - slot * 1.05).abs() < 0.1, "{batches:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(11));
}
