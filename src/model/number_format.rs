//! The forms of numbers whose check digit is published.

use super::CountryCode;

/// A form of number with a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// Standard S10 of the Universal Postal Union: service indicator, eight digits, check digit, country of ISO 3166-1.
    /// Weights 8 6 4 2 3 5 9 7, eleven minus the rest by eleven, where 10 counts as 0 and 11 as 5.
    UpuS10,
    /// UPS: `1Z`, fifteen letters or digits, check digit. A counts 2, B 3 and so on to H with 9, then I 0; every second
    /// character counts twice; up to the next ten.
    Ups,
    /// DHL Express waybill: nine digits and the rest of them divided by seven.
    DhlExpress,
    /// FedEx, twelve digits: weights 3 1 7, the rest by eleven, of which the last digit.
    FedEx,
    /// USPS package barcode (IMpb, Publication 199), 22 digits from 91 to 95: GS1's weights 3 and 1 from the right, up to
    /// the next ten. Twenty digits are left alone: whether two more count depends on the service.
    UspsPackage,
    /// IATA air waybill: prefix, hyphen, seven digits and the rest of them divided by seven.
    AirWaybill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Either,
    Exactly(u8),
}

impl NumberFormat {
    /// What it is called, with its article.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UpuS10 => "a postal number of the UPU's standard S10",
            Self::Ups => "a UPS number",
            Self::DhlExpress => "a DHL Express waybill number",
            Self::FedEx => "a FedEx number",
            Self::UspsPackage => "a USPS package number",
            Self::AirWaybill => "an air waybill number",
        }
    }

    /// Whether the characters are of the right kind in the right places.
    pub(super) fn fits(self, characters: &[u8]) -> bool {
        characters.len() == self.length()
            && (0..)
                .zip(characters)
                .all(|(at, character)| match self.kind(at) {
                    Kind::Letter => character.is_ascii_uppercase(),
                    Kind::Digit => character.is_ascii_digit(),
                    Kind::Either => character.is_ascii_uppercase() || character.is_ascii_digit(),
                    Kind::Exactly(only) => *character == only,
                })
            && self.has_its_own(characters)
    }

    /// Whether the check digit of characters that fit is the right one.
    pub(super) fn is_right(self, characters: &[u8]) -> bool {
        self.fits(characters) && characters[self.check_at()] == b'0' + self.check_digit(characters)
    }

    /// Characters that fit, with the check digit that is right for the others.
    pub(super) fn with_check_digit(self, characters: &[u8]) -> Vec<u8> {
        let mut fitted = characters.to_vec();
        fitted[self.check_at()] = b'0' + self.check_digit(characters);
        fitted
    }

    /// The characters with every letter in a digit's place read as the digit that it looks like, and the reverse; `None`
    /// where that changes nothing or does not make them fit.
    pub(super) fn with_lookalikes_mended(self, characters: &[u8]) -> Option<Vec<u8>> {
        if characters.len() != self.length() {
            return None;
        }
        let mended: Vec<u8> = (0..)
            .zip(characters)
            .map(|(at, character)| match self.kind(at) {
                Kind::Letter if character.is_ascii_digit() => lookalike(*character),
                Kind::Digit if character.is_ascii_uppercase() => lookalike(*character),
                Kind::Exactly(only) if lookalike(*character) == Some(only) => Some(only),
                _ => Some(*character),
            })
            .collect::<Option<_>>()?;
        (mended != characters && self.fits(&mended)).then_some(mended)
    }

    /// The characters with one of those that may be a letter or a digit read as what it looks like.
    pub(super) fn lookalikes(
        self,
        characters: &[u8],
        is_misread: fn(&u8) -> bool,
    ) -> impl Iterator<Item = Vec<u8>> {
        (0..)
            .zip(characters)
            .filter(move |(at, character)| self.kind(*at) == Kind::Either && is_misread(character))
            .filter_map(|(at, character)| {
                let mut read = characters.to_vec();
                read[at] = lookalike(*character)?;
                Some(read)
            })
    }

    fn length(self) -> usize {
        match self {
            Self::UpuS10 => 13,
            Self::Ups => 18,
            Self::DhlExpress => 10,
            Self::FedEx | Self::AirWaybill => 12,
            Self::UspsPackage => 22,
        }
    }

    fn kind(self, at: usize) -> Kind {
        match (self, at) {
            (Self::UpuS10, 0 | 1 | 11 | 12) => Kind::Letter,
            (Self::Ups, 0) => Kind::Exactly(b'1'),
            (Self::Ups, 1) => Kind::Exactly(b'Z'),
            (Self::Ups, 2..17) => Kind::Either,
            (Self::UspsPackage, 0) => Kind::Exactly(b'9'),
            (Self::AirWaybill, 3) => Kind::Exactly(b'-'),
            _ => Kind::Digit,
        }
    }

    fn has_its_own(self, characters: &[u8]) -> bool {
        match self {
            Self::UpuS10 => std::str::from_utf8(&characters[11..])
                .is_ok_and(|country| CountryCode::parse(country).is_ok()),
            Self::UspsPackage => (b'1'..=b'5').contains(&characters[1]),
            _ => true,
        }
    }

    fn check_at(self) -> usize {
        match self {
            Self::UpuS10 => 10,
            _ => self.length() - 1,
        }
    }

    fn check_digit(self, characters: &[u8]) -> u8 {
        let checked = &characters[self.checked_from()..self.check_at()];
        let digit = match self {
            Self::UpuS10 => match 11 - weighted(checked, &[8, 6, 4, 2, 3, 5, 9, 7]) % 11 {
                10 => 0,
                11 => 5,
                digit => digit,
            },
            Self::Ups => up_to_ten(weighted(checked, &[1, 2])),
            Self::DhlExpress | Self::AirWaybill => checked
                .iter()
                .fold(0, |rest, digit| (rest * 10 + value(*digit)) % 7),
            Self::FedEx => weighted(checked, &[3, 1, 7]) % 11 % 10,
            // An odd number of digits is checked, so that the last has the weight of the first.
            Self::UspsPackage => up_to_ten(weighted(checked, &[3, 1])),
        };
        u8::try_from(digit).expect("a digit is below ten")
    }

    fn checked_from(self) -> usize {
        match self {
            Self::UpuS10 | Self::Ups => 2,
            Self::AirWaybill => 4,
            Self::DhlExpress | Self::FedEx | Self::UspsPackage => 0,
        }
    }
}

fn weighted(characters: &[u8], weights: &[u32]) -> u32 {
    let weights = weights.iter().cycle();
    characters
        .iter()
        .zip(weights)
        .map(|(character, weight)| value(*character) * weight)
        .sum()
}

/// A digit's own value; a letter's as UPS counts it.
fn value(character: u8) -> u32 {
    match character {
        b'0'..=b'9' => u32::from(character - b'0'),
        letter => (u32::from(letter) + 7) % 10,
    }
}

fn up_to_ten(sum: u32) -> u32 {
    (10 - sum % 10) % 10
}

fn lookalike(character: u8) -> Option<u8> {
    const PAIRS: [(u8, u8); 5] = [
        (b'O', b'0'),
        (b'I', b'1'),
        (b'S', b'5'),
        (b'B', b'8'),
        (b'Z', b'2'),
    ];
    PAIRS.iter().find_map(|(letter, digit)| match character {
        it if it == *letter => Some(*digit),
        it if it == *digit => Some(*letter),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_right_and_no_other_check_digit_is() {
        for (format, numbers) in [
            (
                NumberFormat::UpuS10,
                &["RB123456785GB", "RB473124829US", "LS912989618CN"][..],
            ),
            (
                NumberFormat::Ups,
                &[
                    "1Z999AA10123456784",
                    "1Z12345E1512345676",
                    "1Z5R89390357567127",
                    "1Z8V92A70367203024",
                ],
            ),
            (
                NumberFormat::DhlExpress,
                &["3318810025", "8487135506", "1099255990"],
            ),
            (
                NumberFormat::FedEx,
                &["986578788855", "477179081230", "799531274483"],
            ),
            (
                NumberFormat::UspsPackage,
                &[
                    "9400111899223818218407",
                    "9505511069605048600624",
                    "9361289878700317633795",
                ],
            ),
            (
                NumberFormat::AirWaybill,
                &["020-81140743", "176-12345675", "172-28891936"],
            ),
        ] {
            for number in numbers {
                let right = number.as_bytes();
                assert!(format.is_right(right), "{number}");
                let mut others = right.to_vec();
                for digit in b'0'..=b'9' {
                    others[format.check_at()] = digit;
                    assert_eq!(format.is_right(&others), others == right, "{number}");
                    assert_eq!(format.with_check_digit(&others), right);
                }
            }
        }
    }
}
