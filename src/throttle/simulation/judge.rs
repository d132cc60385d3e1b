//! The receiver, who counts.

use crate::throttle::ledger::Rules;
use crate::throttle::turn::Giver;
use crate::throttle::{Lane, Micros};

#[derive(Debug, Clone, Copy)]
struct Arrival {
    at: Micros,
    left: Micros,
    lane: Lane,
    replica: usize,
    giver: Giver,
}

/// All calls that have arrived.
#[derive(Debug, Default)]
pub(super) struct Judge(Vec<Arrival>);

impl Judge {
    pub(super) fn note(
        &mut self,
        lane: Lane,
        at: Micros,
        left: Micros,
        replica: usize,
        giver: Giver,
    ) {
        self.0.push(Arrival {
            at,
            left,
            lane,
            replica,
            giver,
        });
    }

    /// How many calls left since then in the lanes.
    pub(super) fn calls(&self, lanes: &[Lane], since: Micros) -> usize {
        let counts = |call: &&Arrival| call.left >= since && lanes.contains(&call.lane);
        self.0.iter().filter(counts).count()
    }

    /// The first second in which too many calls arrived.
    pub(super) fn breach(&self, rules: &Rules) -> Result<(), String> {
        let all = [Lane::List, Lane::Page, Lane::Realtime, Lane::Other];
        for (lanes, calls) in [
            (&all[..2], rules.list.calls),
            (&all[2..3], rules.realtime.calls),
            (&all[3..], rules.other.calls),
            (&all[..], rules.account.calls),
        ] {
            let mut seen: Vec<_> = (self.0.iter())
                .filter(|call| lanes.contains(&call.lane))
                .collect();
            seen.sort_by_key(|call| call.at);
            let calls = calls as usize;
            if calls == 0 {
                continue;
            }
            for (early, late) in seen.iter().zip(&seen[calls.min(seen.len())..]) {
                let apart = late.at - early.at;
                if apart < super::world::SECOND {
                    let since = |at| (at - super::world::START) as f64 / 1e6;
                    let describe = |call: &Arrival| {
                        format!(
                            "{:?} of replica {} by {:?}, left {:.3}, arrived {:.3}",
                            call.lane,
                            call.replica,
                            call.giver,
                            since(call.left),
                            since(call.at)
                        )
                    };
                    return Err(format!(
                        "{} us between {} and {}",
                        apart,
                        describe(early),
                        describe(late)
                    ));
                }
            }
        }
        Ok(())
    }
}
