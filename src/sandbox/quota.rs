//! What the account can still pay for.

use super::envelope::Code;

/// The price of a create or a realtime call for one number.
pub const NUMBER: Price = Price(5);

/// The price of asking whose a number is: five calls cost as much as one number.
pub const DETECTION: Price = Price(1);

/// The price of one air waybill.
pub const WAYBILL: Price = Price(100);

/// A price, in fifths of a number: the smallest that is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price(u64);

impl Price {
    /// The price of so many at once.
    pub fn times(self, count: usize) -> Self {
        Self(self.0.saturating_mul(count as u64))
    }
}

/// What is left, in fifths of a number, so that prices below one add up exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(u64);

impl Quota {
    /// Enough for so many numbers; what is below a fifth is rounded, what is below zero is nothing.
    pub fn of(numbers: f64) -> Self {
        // The cast stops at both ends and takes what is no number as nothing.
        Self((numbers * NUMBER.0 as f64).round() as u64)
    }

    /// Takes a price, or nothing and 4021 when it is more than what is left.
    pub fn pay(&mut self, price: Price) -> Result<(), Code> {
        self.0 = self.0.checked_sub(price.0).ok_or(Code::QUOTA_SPENT)?;
        Ok(())
    }

    /// How many numbers it is enough for, with the fraction that is left over.
    pub fn left(self) -> f64 {
        self.0 as f64 / NUMBER.0 as f64
    }

    /// How many whole numbers it is enough for.
    pub fn whole(self) -> u64 {
        self.0 / NUMBER.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_detections_cost_one_number() {
        let mut quota = Quota::of(10_000.0);
        assert_eq!(quota.pay(DETECTION), Ok(()));
        assert_eq!((quota.left(), quota.whole()), (9_999.8, 9_999));
        (0..4).for_each(|_| quota.pay(DETECTION).unwrap());
        assert_eq!(quota, Quota::of(9_999.0));
    }

    #[test]
    fn what_is_not_enough_is_left_alone() {
        let mut quota = Quota::of(39.8);
        assert_eq!(quota.pay(WAYBILL.times(2)), Err(Code::QUOTA_SPENT));
        assert_eq!(quota.left(), 39.8);
    }

    #[test]
    fn absurd_amounts_become_nothing_or_the_most() {
        assert_eq!(Quota::of(-1.0), Quota(0));
        assert_eq!(Quota::of(f64::NAN), Quota(0));
        assert_eq!(Quota::of(f64::INFINITY), Quota(u64::MAX));
    }
}
