//! The same question about other parcels each time, all of which are known.

use crate::contest::Contest;
use crate::options::{Bars, Options};
use crate::questions::{Pick, Question};
use crate::rounds::Match;
use crate::stage::{many, window};

const CONNECTIONS: usize = 8;

pub async fn measure(options: &Options, bars: &mut Bars) {
    let parcels = many(options);
    println!("distinct, {parcels} parcels");
    let pick = Pick::Distinct(parcels);
    let contest = Contest::open(
        options,
        parcels,
        &[(Question::Parcel, pick), (Question::Page, pick)],
    )
    .await;
    let before = contest.stage.upstream.calls();
    for (question, most, least) in [(Question::Parcel, 3.0, 2.5), (Question::Page, 10.0, 4.0)] {
        let name = question.name();
        let pair = Match {
            contest: &contest,
            window: window(options),
            question,
            pick,
        };
        let rounds = pair.hold("distinct", CONNECTIONS).await;
        let (to_prepared, to_plain) = (rounds.to_prepared(), rounds.to_plain());
        bars.hold(
            to_prepared <= most,
            &format!("{name} distinct: {to_prepared:.2} times static, at most {most}"),
        );
        bars.hold(
            to_plain >= least,
            &format!("{name} distinct: plain takes {to_plain:.2} times as much, at least {least}"),
        );
    }
    let calls = contest.stage.upstream.calls() - before;
    bars.hold(
        calls == 0,
        &format!("{calls} calls of the upstream, for all is known"),
    );
}
