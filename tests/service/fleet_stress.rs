//! Two replicas under everything at once for a short while; `cargo bench --bench fleet` does the same with four for a minute.

use std::time::Duration;

use crate::stress::{Crowd, Judgement, Stage, Trouble, make_trouble};

const CROWD: Crowd = Crowd {
    lookers: 2,
    pagers: 1,
    writers: 2,
    refreshers: 1,
    impatient: 1,
    readers: 1,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_break_no_limit_while_one_dies_and_redis_forgets() {
    let mut stage = Stage::on_a_busy_machine(2, 100).await;
    let troubles = [Trouble::RedisAndReplicaDie, Trouble::LinkIsCut];
    stage
        .under(&CROWD, async |stage: &mut Stage| {
            make_trouble(stage, &troubles, Duration::from_secs(12), |_, _| ()).await;
        })
        .await;
    let judgement = Judgement::of(&stage.sandbox);
    let tally = stage.load.tally();
    assert!(judgement.is_clean(), "{judgement}");
    assert!(tally.failed_reads.is_empty(), "{:?}", tally.failed_reads);
    assert!(tally.with_code("NOT_FOUND") > 40, "{tally}");
}
