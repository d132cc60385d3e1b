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

/// How well a number fits a carrier's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// As long as theirs, and from their country if it names one.
    Length,
    /// It begins like theirs.
    Series,
    /// It is one of theirs by all that can be seen; a longer prefix says more.
    Exact(usize),
}

impl Format {
    /// How well a number in upper case fits, if it fits at all. Check digits are not judged: the
    /// documentation's own examples have wrong ones.
    pub fn likeness(&self, number: &str) -> Option<Likeness> {
        match *self {
            Self::S10(service, country) => {
                let theirs = s10_parts(number).filter(|(_, from)| *from == country);
                theirs.map(|(kind, _)| match kind {
                    _ if kind == service => Likeness::Exact(service.len()),
                    _ if kind[..1] == service[..1] => Likeness::Series,
                    _ => Likeness::Length,
                })
            }
            Self::Digits(prefix, count) => {
                let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if number.len() != prefix.len() + count as usize {
                    return None;
                }
                let serial = number.strip_prefix(prefix);
                let head = prefix.get(..2).filter(|head| number.starts_with(*head));
                match (serial, head) {
                    (Some(serial), _) if only_digits(serial) => Some(Likeness::Exact(prefix.len())),
                    (_, Some(_)) => Some(Likeness::Series),
                    _ if only_digits(prefix) && only_digits(number) => Some(Likeness::Length),
                    _ => None,
                }
            }
        }
    }
}

/// The service letters and the country of a number in the Universal Postal Union's form.
pub fn s10_parts(number: &str) -> Option<(&str, &str)> {
    let (service, rest) = number.split_at_checked(2)?;
    let (serial, country) = rest.split_at_checked(9)?;
    let letters = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    let digits = serial.bytes().all(|byte| byte.is_ascii_digit());
    (letters(service) && digits && letters(country)).then_some((service, country))
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
    fn likeness_goes_by_prefix_and_length() {
        use Likeness::{Exact, Length, Series};
        let post = Format::S10("RY", "CN");
        let ups = Format::Digits("1Z97X17X", 10);
        let fedex = Format::Digits("7", 11);
        for (format, number, likeness) in [
            (&post, "RY123456785CN", Some(Exact(2))),
            (&post, "RN123456789CN", Some(Series)),
            (&post, "LS123456785CN", Some(Length)),
            (&post, "RY123456785DE", None),
            (&post, "RY12345678XCN", None),
            (&post, "RYé34567890CN", None),
            (&ups, "1Z97X17X1234567890", Some(Exact(8))),
            (&ups, "1Z97X17XYW06605211", Some(Series)),
            (&ups, "123456789012345678", None),
            (&fedex, "712345678901", Some(Exact(1))),
            (&fedex, "912345678901", Some(Length)),
            (&fedex, "91234567890X", None),
            (&fedex, "", None),
        ] {
            assert_eq!(format.likeness(number), likeness, "{number}");
        }
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
