//! Parcels of which nobody has heard, many in one operation.

use std::time::Duration;

use futures_util::future::join_all;

use crate::contest::Contest;
use crate::http::Line;
use crate::options::{Bars, Options};
use crate::questions::{Asking, Pick, Question};
use crate::rounds::Match;
use crate::stage::{DOOR, window};

const CONNECTIONS: usize = 8;

/// So many ask for the same ones at the same time.
const CROWD: usize = 64;
const CROWDS: usize = 20;

/// How long the upstream takes then.
const DELAY: Duration = Duration::from_millis(5);

/// Parcels for which nothing else has asked.
const OTHERS: usize = 1_000_000;

pub async fn measure(options: &Options, bars: &mut Bars) {
    println!("cold");
    let (question, pick) = (Question::Aliases, Pick::Cold);
    let contest = Contest::open(options, 0, &[(question, pick)]).await;
    let pair = Match {
        contest: &contest,
        window: window(options),
        question,
        pick,
    };
    let rounds = pair.hold("cold", CONNECTIONS).await;
    let ratio = rounds.to_plain();
    bars.hold(
        ratio >= 2.0,
        &format!("C cold: plain takes {ratio:.2} times as much, at least 2"),
    );
    calls(&contest, bars).await;
    crowds(&contest, bars).await;
}

/// How often the upstream is called for one operation.
async fn calls(contest: &Contest, bars: &mut Bars) {
    let asking = Asking::new(Question::Aliases, Pick::Cold);
    let mut line = Line::open(contest.stage.gateway.address()).await.unwrap();
    let before = contest.stage.upstream.calls();
    for turn in 0..CROWDS {
        let request = asking.request(DOOR, OTHERS + turn);
        line.ask(&request).await.unwrap();
    }
    let calls = contest.stage.upstream.calls() - before;
    bars.hold(
        calls == CROWDS as u64,
        &format!(
            "{calls} calls for {CROWDS} operations with 20 cold parcels each, at most one for each"
        ),
    );
}

/// How often it is called for many who ask at once.
async fn crowds(contest: &Contest, bars: &mut Bars) {
    let asking = Asking::new(Question::Aliases, Pick::Cold);
    let upstream = &contest.stage.upstream;
    upstream.delay(DELAY);
    let mut lines = Vec::new();
    for _ in 0..CROWD {
        let line = Line::open(contest.stage.gateway.address()).await;
        lines.push(line.unwrap());
    }
    let before = upstream.calls();
    for turn in 0..CROWDS {
        let request = asking.request(DOOR, 2 * OTHERS + turn);
        let asked = lines.iter_mut().map(async |line| {
            line.ask(&request).await.unwrap();
        });
        join_all(asked).await;
    }
    let calls = upstream.calls() - before;
    upstream.delay(Duration::ZERO);
    bars.hold(
        calls == CROWDS as u64,
        &format!("{calls} calls for {CROWDS} crowds of {CROWD} who ask for the same cold parcels, at most one for each"),
    );
}
