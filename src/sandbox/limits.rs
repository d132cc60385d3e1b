//! The account's limits, judged at the receiver in exact sliding windows.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use super::log::Endpoint;

/// At most so many calls in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many calls a window may hold.
    pub calls: usize,
    /// The length of the window; zero switches the limit off.
    pub window: Duration,
}

impl Limit {
    /// A limit that holds in any sliding second.
    pub const fn per_second(calls: usize) -> Self {
        Self {
            calls,
            window: Duration::from_secs(1),
        }
    }

    /// No limit.
    pub const OFF: Self = Self {
        calls: 0,
        window: Duration::ZERO,
    };
}

/// What the account may do, by default as documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `GET /trackings/get`.
    pub list: Limit,
    /// `POST /trackings/realtime`.
    pub realtime: Limit,
    /// Every other call, all together.
    pub other: Limit,
    /// How long the account is refused after it broke a limit; zero refuses only the one call.
    pub silence: Duration,
    /// Whether a 429 in `meta` also comes as HTTP 429 instead of 200.
    pub http_429: bool,
}

impl Limits {
    /// No limits and no silence.
    pub const OFF: Self = Self {
        list: Limit::OFF,
        realtime: Limit::OFF,
        other: Limit::OFF,
        silence: Duration::ZERO,
        http_429: false,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            list: Limit::per_second(1),
            realtime: Limit::per_second(3),
            other: Limit::per_second(1),
            silence: Duration::from_secs(120),
            http_429: false,
        }
    }
}

/// A way in which a caller broke the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenLimit {
    /// Too many list calls in a window.
    List,
    /// Too many realtime calls in a window.
    Realtime,
    /// Too many other calls in a window.
    Other,
    /// A call while the account was to be silent.
    CallInSilence,
    /// A list call with more than 40 numbers or orders, or a batch with more than 40 rows.
    TooManyNumbers,
}

impl BrokenLimit {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::Realtime,
        Self::Other,
        Self::CallInSilence,
        Self::TooManyNumbers,
    ];
}

/// The doorkeeper: one lane per limit, and the silence that closes them all.
#[derive(Debug)]
pub struct Gate {
    limits: Limits,
    list: VecDeque<Duration>,
    realtime: VecDeque<Duration>,
    other: VecDeque<Duration>,
    silent_until: Duration,
}

impl Gate {
    /// A gate at which nobody has called yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            list: VecDeque::new(),
            realtime: VecDeque::new(),
            other: VecDeque::new(),
            silent_until: Duration::ZERO,
        }
    }

    /// Lets a call in or says which limit it broke. Refused calls take no room in the window.
    pub fn admit(&mut self, endpoint: Endpoint, at: Duration) -> Result<(), BrokenLimit> {
        if at < self.silent_until {
            return Err(BrokenLimit::CallInSilence);
        }
        let (lane, limit, broken) = match endpoint {
            Endpoint::List => (&mut self.list, self.limits.list, BrokenLimit::List),
            Endpoint::Realtime => (
                &mut self.realtime,
                self.limits.realtime,
                BrokenLimit::Realtime,
            ),
            _ => (&mut self.other, self.limits.other, BrokenLimit::Other),
        };
        while lane
            .front()
            .is_some_and(|first| at.saturating_sub(*first) >= limit.window)
        {
            lane.pop_front();
        }
        if limit.window.is_zero() {
            return Ok(());
        }
        if lane.len() >= limit.calls {
            self.fall_silent(at);
            return Err(broken);
        }
        lane.push_back(at);
        Ok(())
    }

    /// Begins the silence, unless one is under way.
    pub fn fall_silent(&mut self, at: Duration) {
        if at >= self.silent_until {
            self.silent_until = at.saturating_add(self.limits.silence);
        }
    }

    /// How much of the silence is left.
    pub fn silence_left(&self, at: Duration) -> Duration {
        self.silent_until.saturating_sub(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_window_slides_and_its_far_edge_is_open() {
        let mut gate = Gate::new(Limits::default());
        for at in [0, 400, 800, 1000, 1400, 1800] {
            assert_eq!(gate.admit(Endpoint::Realtime, ms(at)), Ok(()), "at {at}");
        }
        assert_eq!(
            gate.admit(Endpoint::Realtime, ms(1999)),
            Err(BrokenLimit::Realtime)
        );
    }

    #[test]
    fn post_and_single_share_a_lane_and_the_others_do_not() {
        let mut gate = Gate::new(Limits::default());
        assert_eq!(gate.admit(Endpoint::List, ms(0)), Ok(()));
        assert_eq!(gate.admit(Endpoint::Realtime, ms(0)), Ok(()));
        assert_eq!(gate.admit(Endpoint::Post, ms(0)), Ok(()));
        assert_eq!(
            gate.admit(Endpoint::Single, ms(10)),
            Err(BrokenLimit::Other)
        );
    }

    #[test]
    fn calls_in_silence_do_not_extend_it() {
        let mut gate = Gate::new(Limits::default());
        assert_eq!(gate.admit(Endpoint::List, ms(0)), Ok(()));
        assert_eq!(gate.admit(Endpoint::List, ms(500)), Err(BrokenLimit::List));
        for at in [600, 60_000, 120_499] {
            assert_eq!(
                gate.admit(Endpoint::Post, ms(at)),
                Err(BrokenLimit::CallInSilence)
            );
        }
        assert_eq!(gate.silence_left(ms(120_499)), ms(1));
        assert_eq!(gate.admit(Endpoint::List, ms(120_500)), Ok(()));
    }

    #[test]
    fn a_window_of_zero_switches_the_limit_off() {
        let mut gate = Gate::new(Limits::OFF);
        assert!((0..1000).all(|_| gate.admit(Endpoint::List, ms(0)).is_ok()));
    }
}
