//! Tracking numbers: what is accepted, and how each carrier's own look.

use super::dice;

/// The longest number that is accepted; the documented pattern names no bound, but memory has one.
const LONGEST: usize = 100;

/// How a carrier numbers its parcels.
#[derive(Debug, PartialEq, Eq)]
pub enum Format {
    /// The Universal Postal Union's form: two letters, eight digits, a check digit, the country.
    S10(&'static str, &'static str),
    /// A prefix and so many digits.
    Digits(&'static str, u32),
}

impl Format {
    /// The number that belongs to a seed.
    pub fn number(&self, seed: &str) -> String {
        match *self {
            Self::S10(service, country) => {
                let serial = dice::roll(seed, "serial", 100_000_000) as u32;
                format!("{service}{serial:08}{}{country}", s10_check_digit(serial))
            }
            Self::Digits(prefix, count) => (0..count).fold(prefix.to_owned(), |number, place| {
                // Couriers' serials do not begin with a zero.
                let low = u64::from(number.is_empty());
                let digit = low + dice::roll(seed, &place.to_string(), 10 - low);
                format!("{number}{digit}")
            }),
        }
    }
}

/// Whether the service takes this as a tracking number: `^[0-9A-Za-z-_]{5,}$`.
pub fn is_valid(number: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (5..=LONGEST).contains(&number.len()) && number.bytes().all(allowed)
}

/// The check digit of an S10 serial of eight digits (UPU standard S10).
fn s10_check_digit(serial: u32) -> u32 {
    let weights = [7, 9, 5, 3, 2, 4, 6, 8];
    let (sum, _) = weights.iter().fold((0, serial), |(sum, rest), weight| {
        (sum + weight * (rest % 10), rest / 10)
    });
    match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s10_check_digits_are_right() {
        // The standard's own example, and numbers that the documentation shows.
        for (serial, digit) in [(47312482, 9), (91298961, 8), (5034957, 5)] {
            assert_eq!(s10_check_digit(serial), digit, "{serial}");
        }
    }

    #[test]
    fn formats_give_numbers_of_their_shape() {
        let postal = Format::S10("RY", "CN").number("x");
        assert_eq!(
            (postal.len(), &postal[..2], &postal[11..]),
            (13, "RY", "CN")
        );
        assert_eq!(Format::Digits("1Z", 16).number("x").len(), 18);
        assert!(!Format::Digits("", 10).number("x").starts_with('0'));
    }

    #[test]
    fn only_letters_digits_hyphens_and_underscores_make_a_number() {
        assert!(is_valid("ab-_5"));
        for wrong in ["", "abcd", "LS 912989618", "LS912989618CN!", "编号编号编号"] {
            assert!(!is_valid(wrong), "{wrong}");
        }
        assert!(!is_valid(&"1".repeat(101)));
    }
}
