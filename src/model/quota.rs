//! What calls cost.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// An amount of the account's quota. The smallest price is a tenth, so sums are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quota {
    tenths: u64,
}

impl Quota {
    /// Nothing at all.
    pub const ZERO: Self = Self::of_tenths(0);

    /// An amount in tenths of a quota.
    pub const fn of_tenths(tenths: u64) -> Self {
        Self { tenths }
    }

    /// An amount in whole quotas.
    pub const fn whole(quotas: u64) -> Self {
        Self::of_tenths(quotas.saturating_mul(10))
    }

    /// The price of so many rows that cost this much each.
    pub const fn times(self, rows: u64) -> Self {
        Self::of_tenths(self.tenths.saturating_mul(rows))
    }

    /// The amount in tenths of a quota.
    pub const fn tenths(self) -> u64 {
        self.tenths
    }

    /// The amount in quotas, for answers that know no tenths.
    pub fn as_f64(self) -> f64 {
        self.tenths as f64 / 10.0
    }
}

impl Add for Quota {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self::of_tenths(self.tenths.saturating_add(more.tenths))
    }
}

impl AddAssign for Quota {
    fn add_assign(&mut self, more: Self) {
        *self = *self + more;
    }
}

impl Sum for Quota {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

impl fmt::Display for Quota {
    /// As people write it: `20`, `0.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tenths / 10, self.tenths % 10) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, tenths) => write!(f, "{whole}.{tenths}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_detections_cost_as_much_as_one_tracking() {
        let detections: Quota = [Quota::of_tenths(2); 5].into_iter().sum();
        assert_eq!(detections, Quota::whole(1));
        assert_eq!(Quota::of_tenths(2).times(5), Quota::whole(1));
        assert_eq!((detections.as_f64(), detections.tenths()), (1.0, 10));
    }

    #[test]
    fn amounts_are_written_without_needless_zeros() {
        let mut amount = Quota::whole(20);
        assert_eq!(amount.to_string(), "20");
        amount += Quota::of_tenths(2);
        assert_eq!(amount.to_string(), "20.2");
        assert_eq!(Quota::ZERO.to_string(), "0");
    }

    #[test]
    fn no_amount_overflows() {
        let most = Quota::of_tenths(u64::MAX);
        assert_eq!(most + Quota::whole(1), most);
        assert_eq!(Quota::whole(u64::MAX).times(3), most);
    }
}
