//! What goes wrong while the crowd asks.

use std::time::Duration;

use tokio::time::sleep;

use super::stage::Stage;

/// How long everything goes well between two troubles.
const CALM: Duration = Duration::from_secs(3);

/// Kinds of trouble.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// A replica is killed and started again.
    ReplicaDies,
    /// Redis stands still and goes on.
    RedisStands,
    /// Redis is killed and started again, empty.
    RedisDies,
    /// One replica's connections to Redis are cut.
    LinkIsCut,
    /// A replica is killed and started again while Redis is away.
    ReplicaDiesAlone,
    /// One replica's Redis answers late.
    LinkIsSlow,
    /// Redis and the replica that remembers most are gone at the same time.
    RedisAndReplicaDie,
    /// All replicas are killed and started again one after the other.
    AllDieInTurn,
}

impl Trouble {
    pub const ALL: [Self; 8] = [
        Self::ReplicaDies,
        Self::RedisStands,
        Self::RedisDies,
        Self::LinkIsCut,
        Self::ReplicaDiesAlone,
        Self::LinkIsSlow,
        Self::RedisAndReplicaDie,
        Self::AllDieInTurn,
    ];

    /// Makes the trouble and mends it.
    pub async fn happen(self, stage: &mut Stage) {
        let last = stage.replicas.len() - 1;
        let seconds = |seconds| sleep(Duration::from_secs(seconds));
        match self {
            Self::ReplicaDies => {
                stage.kill(last).await;
                seconds(3).await;
                stage.restart(last).await;
            }
            Self::RedisStands => {
                stage.redis.stop_the_clock();
                seconds(3).await;
                stage.redis.go_on();
            }
            Self::RedisDies => {
                stage.redis.kill();
                seconds(4).await;
                stage.redis.restart().await;
            }
            Self::LinkIsCut => {
                stage.proxy.cut();
                seconds(4).await;
                stage.proxy.mend();
            }
            Self::ReplicaDiesAlone => {
                stage.redis.kill();
                seconds(1).await;
                stage.kill(0).await;
                stage.restart(0).await;
                seconds(3).await;
                stage.redis.restart().await;
            }
            Self::LinkIsSlow => {
                stage.proxy.delay(Duration::from_millis(120));
                seconds(2).await;
                stage.proxy.delay(Duration::from_millis(400));
                seconds(2).await;
                stage.proxy.mend();
            }
            Self::RedisAndReplicaDie => {
                stage.kill(0).await;
                stage.redis.kill();
                stage.redis.restart().await;
                seconds(1).await;
                stage.restart(0).await;
            }
            Self::AllDieInTurn => {
                for replica in 0..stage.replicas.len() {
                    stage.kill(replica).await;
                    stage.restart(replica).await;
                }
            }
        }
    }
}

/// Makes one trouble after the other, over and over, for as long as there is time. `told` hears of each before it comes.
pub async fn make_trouble(
    stage: &mut Stage,
    troubles: &[Trouble],
    time: Duration,
    told: impl Fn(&Stage, Trouble),
) {
    let end = tokio::time::Instant::now() + time;
    for trouble in troubles.iter().cycle() {
        sleep(CALM).await;
        if tokio::time::Instant::now() >= end {
            return;
        }
        told(stage, *trouble);
        trouble.happen(stage).await;
    }
}
