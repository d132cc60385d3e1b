//! The rule of one limit, as a pure function of the time.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::Micros;

/// How soon to look again for an answer that may come at any moment.
pub(super) const SOON: Micros = 50_000;

/// What a limit allows: so many calls in any sliding period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limit {
    /// 0 means that there is no limit.
    pub(super) calls: u32,
    pub(super) period: Micros,
    /// For how long a call that was not answered yet may still be on its way, so that the next might catch up with it.
    pub(super) hold: Micros,
}

impl Limit {
    /// How long it takes to serve so many, if nobody else comes.
    pub(super) fn time_for(&self, calls: usize) -> Micros {
        match self.calls {
            0 => 0,
            allowed => self.period * calls.div_ceil(allowed as usize) as u64,
        }
    }

    /// How long so many in front of somebody take, once it is open.
    pub(super) fn time_behind(&self, position: usize) -> Micros {
        match self.calls {
            0 => 0,
            allowed => self.period * (position / allowed as usize) as u64,
        }
    }
}

/// The calls of the last period. It logs them instead of filling a bucket: a bucket with a burst of three lets six calls
/// into its first second.
#[derive(Debug, Clone)]
pub(super) struct Window {
    limit: Limit,
    log: BTreeSet<(Micros, u64)>,
    /// Calls without an answer.
    out: HashMap<u64, Micros>,
}

impl Window {
    /// A window in which nothing was granted yet.
    pub(super) fn new(limit: Limit) -> Self {
        Self {
            limit,
            log: BTreeSet::new(),
            out: HashMap::new(),
        }
    }

    /// Goes by another limit from now on, also for the calls that were granted.
    pub(super) fn change(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Notes as many calls at this moment as are allowed.
    pub(super) fn fill(&mut self, at: Micros) {
        self.log
            .extend((0..u64::from(self.limit.calls)).map(|call| (at, call)));
    }

    /// When the next call may leave; now or earlier means at once.
    pub(super) fn opening(&mut self, now: Micros) -> Micros {
        let Limit {
            calls,
            period,
            hold,
        } = self.limit;
        let calls = calls as usize;
        if calls == 0 {
            return now;
        }
        let is_over = |(at, _): &(Micros, u64)| at + period <= now;
        while self.log.first().is_some_and(is_over) {
            self.log.pop_first();
        }
        self.out.retain(|_, at| *at + hold > now);
        let held = self.out.values().filter(|at| **at + period <= now).count();
        if self.log.len() + held < calls {
            return now;
        }
        match self.log.len().checked_sub(calls) {
            None => now + SOON,
            Some(surplus) => {
                let frees = self.log.iter().nth(surplus);
                frees.map_or(now, |(at, _)| at + period)
            }
        }
    }

    /// Notes a call that leaves now.
    pub(super) fn grant(&mut self, call: u64, now: Micros) {
        if self.limit.calls > 0 {
            self.log.insert((now, call));
            if self.limit.hold > 0 {
                self.out.insert(call, now);
            }
        }
    }

    /// Notes that a call has been answered, so that it is not on its way any more. One that took longer than a period may have
    /// arrived only now.
    pub(super) fn answered(&mut self, call: u64, now: Micros) {
        if let Some(at) = self.out.remove(&call)
            && now >= at + self.limit.period
        {
            self.log.insert((now, call));
        }
    }

    /// Notes that a call has left only now. Says whether it may: when its slot is over, others may have had it since.
    pub(super) fn delayed(&mut self, call: u64, now: Micros) -> bool {
        if self.limit.calls == 0 {
            return true;
        }
        let mut log = self.log.iter();
        let has_slot = log.any(|(at, other)| *other == call && at + self.limit.period > now);
        self.log.retain(|(_, other)| *other != call);
        self.log.insert((now, call));
        if let Some(left) = self.out.get_mut(&call) {
            *left = now;
        }
        has_slot
    }

    /// Notes a call that others made at another moment. If more is known of it, that counts.
    #[cfg(test)]
    pub(super) fn tell(&mut self, call: u64, at: Micros) {
        let known = self.log.iter().find(|(_, other)| *other == call);
        let known = known.map_or(0, |(known, _)| *known);
        if self.limit.calls > 0 && known < at {
            self.log.remove(&(known, call));
            self.log.insert((at, call));
        }
    }

    pub(super) fn limit(&self) -> Limit {
        self.limit
    }

    /// The calls that left lately, each with its moment.
    pub(super) fn calls(&self) -> impl Iterator<Item = (Micros, u64)> {
        self.log.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PERIOD: Micros = 1_000_000;

    fn window(calls: u32, hold: Micros) -> Window {
        Window::new(Limit {
            calls,
            period: PERIOD,
            hold,
        })
    }

    proptest! {
        #[test]
        fn no_sliding_period_ever_holds_more_than_the_limit(
            calls in 1u32..5,
            pauses_ms in prop::collection::vec(0u64..700, 1..200),
        ) {
            let mut window = window(calls, 0);
            let mut now = PERIOD;
            let mut granted = Vec::new();
            for (call, pause) in pauses_ms.into_iter().enumerate() {
                now += pause * 1_000;
                if window.opening(now) <= now {
                    window.grant(call as u64, now);
                    granted.push(now);
                }
            }
            for (early, late) in granted.iter().zip(granted.iter().skip(calls as usize)) {
                prop_assert!(*late - *early >= PERIOD);
            }
        }

        /// A call arrives at any moment between its departure and its answer, or within its hold if there is none.
        #[test]
        fn the_limit_holds_at_the_receiver_although_calls_take_longer_than_a_period(
            delays_ms in prop::collection::vec((0u64..2_900, 1u64..300), 1..60),
        ) {
            let mut window = window(1, 3 * PERIOD);
            let mut now = PERIOD;
            let mut arrivals: Vec<Micros> = Vec::new();
            for (call, (delay, answer)) in delays_ms.into_iter().enumerate() {
                let call = call as u64;
                loop {
                    let opening = window.opening(now);
                    if opening <= now { break; }
                    now = opening;
                }
                window.grant(call, now);
                // What arrives within the period is allowed for by the margin in it, not by this rule.
                let delay = if delay < 1_000 { 0 } else { delay };
                arrivals.push(now + delay * 1_000);
                let answered = now + (delay + answer) * 1_000;
                window.answered(call, answered);
                now = now.max(answered);
            }
            for pair in arrivals.windows(2) {
                prop_assert!(pair[1] - pair[0] >= PERIOD, "{arrivals:?}");
            }
        }
    }

    #[test]
    fn a_call_without_an_answer_holds_the_next_one_up_but_not_for_ever() {
        let mut window = window(1, 3 * PERIOD);
        window.grant(1, PERIOD);
        assert_eq!(window.opening(2 * PERIOD - 1), 2 * PERIOD);
        assert_eq!(window.opening(2 * PERIOD), 2 * PERIOD + SOON);
        assert_eq!(window.opening(4 * PERIOD), 4 * PERIOD);
    }

    #[test]
    fn a_call_that_left_late_counts_from_then() {
        let mut window = window(1, 0);
        window.grant(1, PERIOD);
        assert!(window.delayed(1, PERIOD + 400_000));
        assert_eq!(window.opening(2 * PERIOD), 2 * PERIOD + 400_000);
    }

    #[test]
    fn a_call_whose_slot_is_over_may_not_leave_any_more() {
        let mut window = window(1, 0);
        window.grant(1, PERIOD);
        assert!(window.delayed(1, 2 * PERIOD - 1));
        assert!(!window.delayed(1, 3 * PERIOD));
    }
}
