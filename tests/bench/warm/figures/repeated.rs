//! The same question about the same parcels.

use std::rc::Rc;

use crate::contest::Contest;
use crate::load;
use crate::options::{Bars, Options};
use crate::questions::{Asking, Pick, Question};
use crate::rounds::Match;
use crate::stage::{DOOR, window};

const PARCELS: usize = 1_000;

/// So many ask at once; the bars are for those in the middle.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
const JUDGED: usize = 8;

pub async fn measure(options: &Options, bars: &mut Bars) {
    println!("repeated");
    let askings = [Question::Parcel, Question::Page].map(|question| (question, Pick::Repeated));
    let contest = Contest::open(options, PARCELS, &askings).await;
    let lengths = [Question::Parcel, Question::Page].map(|question| contest.length(question));
    println!(
        "  an answer to A has {} bytes, to B {}",
        lengths[0], lengths[1]
    );
    for (question, most) in [(Question::Parcel, 1.5), (Question::Page, 1.3)] {
        let name = question.name();
        let pair = Match {
            contest: &contest,
            window: window(options),
            question,
            pick: Pick::Repeated,
        };
        for connections in CONNECTIONS {
            let rounds = pair.hold("repeated", connections).await;
            if connections == JUDGED {
                let ratio = rounds.to_prepared();
                bars.hold(
                    ratio <= most,
                    &format!("{name} repeated: {ratio:.2} times static, at most {most}"),
                );
            }
        }
    }
    by_get(&contest, options).await;
}

/// How it is for clients who ask by GET.
async fn by_get(contest: &Contest, options: &Options) {
    let asking = Rc::new(Asking::by_get(Question::Parcel, Pick::Repeated));
    let length = contest.length(Question::Parcel);
    let gateway = &contest.stage.gateway;
    let outcome = load::press(gateway, DOOR, &asking, length, JUDGED, window(options)).await;
    println!(
        "  A repeated by GET: {:.1} µs of CPU each",
        outcome.each_us()
    );
}
