//! How the lanes stand.

use super::*;

/// How a lane stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::throttle) struct LaneUse {
    pub(in crate::throttle) limit: u32,
    /// How many calls left in the last period.
    pub(in crate::throttle) used: usize,
    /// How many wait.
    pub(in crate::throttle) queued: usize,
    /// When the next may leave, if that is not at once.
    pub(in crate::throttle) opens: Option<Micros>,
    /// Until when nothing leaves, if so.
    pub(in crate::throttle) closed_until: Option<Micros>,
}

impl Rules {
    /// How a lane stands of which nothing is known.
    pub(in crate::throttle) fn idle(&self, lane: Lane) -> LaneUse {
        LaneUse {
            limit: self.limit_of(lane).calls,
            used: 0,
            queued: 0,
            opens: None,
            closed_until: None,
        }
    }
}

impl Ledger {
    /// How a lane stands.
    pub(in crate::throttle) fn standing(&mut self, lane: Lane, now: Micros) -> LaneUse {
        let opens = self.opening(lane, now).0;
        let window = &self.windows[limits_of(lane)[0]];
        LaneUse {
            limit: window.limit().calls,
            used: window.calls().count(),
            queued: self.waiting(lane),
            opens: (opens > now).then_some(opens),
            closed_until: (self.closed_until > now).then_some(self.closed_until),
        }
    }

    /// How many wait.
    fn waiting(&mut self, lane: Lane) -> usize {
        match lane {
            Lane::List => self.list_line.len() + self.page_line.len(),
            lane => self.line(lane).len(),
        }
    }
}
