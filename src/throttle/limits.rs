//! What the account may do, and what that means for the rules.

use std::time::Duration;

use super::Micros;
use super::ledger::Rules;
use super::seats::Plan;
use super::window::Limit;

/// For how long an unanswered call may still be on its way.
const HOLD: Micros = 3_000_000;

/// How much longer than its period a replica that is alone keeps away from the others' calls: a call leaves up to 100 ms late
/// in its slot, and up to 400 ms later if its connection takes so long, which the others do not hear of; and two clocks differ.
const GUARD: Micros = 520_000;

/// How old a turn may be when it arrives from Redis; an older one is given anew. The rest of the margin is for the call's way.
pub(super) const PUNCTUAL: Duration = Duration::from_millis(10);

/// How late in its slot a call may leave where slots have owners.
const TOLERANCE: Micros = 100_000;

/// For how long a fleet that comes together waits for its members; they look for Redis twice a second.
const GRACE: Micros = 1_500_000;

/// After how long a replica that is not heard of any more has lost its seat.
const LEASE: Micros = 300_000_000;

/// What the account may do. The defaults are the documented figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// List calls per second; 0 switches the limit off.
    pub list_per_second: u32,
    /// Realtime calls per second; 0 switches the limit off.
    pub realtime_per_second: u32,
    /// All other calls per second; 0 switches the limit off.
    pub other_per_second: u32,
    /// Calls of all kinds together per second; 0 means that there is no such limit.
    pub account_per_second: u32,
    /// How long to call nothing after a 429; 0 switches the silence off.
    pub silence: Duration,
    /// What is added to every second, because calls do not arrive at the distance at which they left.
    pub margin: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list_per_second: 1,
            realtime_per_second: 3,
            other_per_second: 1,
            account_per_second: 0,
            silence: Duration::from_secs(120),
            margin: Duration::from_millis(50),
        }
    }
}

impl Limits {
    /// Each as it is set or as it is documented, whichever lets less through.
    pub fn no_looser_than_documented(&self) -> Self {
        let documented = Self::default();
        let least = |set: u32, documented: u32| match set {
            0 => documented,
            set => set.min(documented),
        };
        Self {
            list_per_second: least(self.list_per_second, documented.list_per_second),
            realtime_per_second: least(self.realtime_per_second, documented.realtime_per_second),
            other_per_second: least(self.other_per_second, documented.other_per_second),
            account_per_second: self.account_per_second,
            silence: self.silence.max(documented.silence),
            margin: self.margin.max(documented.margin),
        }
    }

    /// The rules for so many replicas at the most.
    pub(super) fn rules(&self, replicas: u32) -> Rules {
        let period = micros(Duration::from_secs(1) + self.margin);
        self.rules_of(Plan {
            seats: replicas.max(1),
            period: period + GUARD,
            tolerance: TOLERANCE,
            grace: GRACE,
            lease: LEASE,
        })
    }

    /// The rules for replicas that sit like that, which says what the margin is.
    pub(super) fn rules_of(&self, plan: Plan) -> Rules {
        let period = plan.period - GUARD;
        let limit = |calls, period, hold| Limit {
            calls,
            period,
            hold,
        };
        Rules {
            list: limit(self.list_per_second, period, HOLD),
            // A courier takes his time, so that an answer says nothing of when the call arrived.
            realtime: limit(self.realtime_per_second, period, 0),
            other: limit(self.other_per_second, period, HOLD),
            account: limit(self.account_per_second, period, 0),
            plan,
        }
    }
}

pub(super) fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}
