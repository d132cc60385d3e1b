//! The states of the United States: their letters, postal areas and civil times.

use super::zone::Zone;

/// A state, or a territory that the postal service treats as one.
pub(super) struct UsState {
    pub(super) letters: &'static str,
    /// Its civil time, if the whole state keeps one: by law, and by custom too. Phenix City in Alabama and Kenton in
    /// Oklahoma follow their neighbours, the Navajo Nation in Arizona moves its clocks, so these three have none.
    pub(super) zone: Option<Zone>,
    areas: &'static [(u16, u16)],
}

impl UsState {
    /// Whether a postal area, the first three digits of a ZIP code, lies in it.
    pub(super) fn has_area(&self, area: u16) -> bool {
        self.areas
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&area))
    }
}

/// The state of two letters, in any case.
pub(super) fn lettered(letters: &str) -> Option<&'static UsState> {
    STATES
        .iter()
        .find(|state| state.letters.eq_ignore_ascii_case(letters))
}

/// The postal area of a ZIP code such as `98056` or `98056-1234`.
pub(super) fn postal_area(code: &str) -> Option<u16> {
    let (zip, extension) = code.split_once('-').unwrap_or((code, "0000"));
    let is_number = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    (is_number(zip, 5) && is_number(extension, 4))
        .then(|| zip[..3].parse().ok())
        .flatten()
}

const EASTERN: &str = "America/New_York";
const CENTRAL: &str = "America/Chicago";
const MOUNTAIN: &str = "America/Denver";
const PACIFIC: &str = "America/Los_Angeles";

const fn whole(letters: &'static str, zone: &'static str, areas: &'static [(u16, u16)]) -> UsState {
    UsState {
        letters,
        zone: Some(Zone::named(zone)),
        areas,
    }
}

const fn divided(letters: &'static str, areas: &'static [(u16, u16)]) -> UsState {
    UsState {
        letters,
        zone: None,
        areas,
    }
}

static STATES: [UsState; 53] = [
    divided("AK", &[(995, 999)]),
    divided("AL", &[(350, 369)]),
    whole("AR", CENTRAL, &[(716, 729)]),
    divided("AZ", &[(850, 865)]),
    whole("CA", PACIFIC, &[(900, 961)]),
    whole("CO", MOUNTAIN, &[(800, 816)]),
    whole("CT", EASTERN, &[(60, 69)]),
    whole("DC", EASTERN, &[(200, 200), (202, 205)]),
    whole("DE", EASTERN, &[(197, 199)]),
    divided("FL", &[(320, 349)]),
    whole("GA", EASTERN, &[(300, 319), (398, 399)]),
    whole("HI", "Pacific/Honolulu", &[(967, 968)]),
    whole("IA", CENTRAL, &[(500, 528)]),
    divided("ID", &[(832, 838)]),
    whole("IL", CENTRAL, &[(600, 629)]),
    divided("IN", &[(460, 479)]),
    divided("KS", &[(660, 679)]),
    divided("KY", &[(400, 427)]),
    whole("LA", CENTRAL, &[(700, 714)]),
    whole("MA", EASTERN, &[(10, 27), (55, 55)]),
    whole("MD", EASTERN, &[(206, 219)]),
    whole("ME", EASTERN, &[(39, 49)]),
    divided("MI", &[(480, 499)]),
    whole("MN", CENTRAL, &[(550, 567)]),
    whole("MO", CENTRAL, &[(630, 658)]),
    whole("MS", CENTRAL, &[(386, 397)]),
    whole("MT", MOUNTAIN, &[(590, 599)]),
    whole("NC", EASTERN, &[(270, 289)]),
    divided("ND", &[(580, 588)]),
    divided("NE", &[(680, 693)]),
    whole("NH", EASTERN, &[(30, 38)]),
    whole("NJ", EASTERN, &[(70, 89)]),
    whole("NM", MOUNTAIN, &[(870, 884)]),
    divided("NV", &[(889, 898)]),
    whole("NY", EASTERN, &[(5, 5), (63, 63), (100, 149)]),
    whole("OH", EASTERN, &[(430, 459)]),
    divided("OK", &[(730, 749)]),
    divided("OR", &[(970, 979)]),
    whole("PA", EASTERN, &[(150, 196)]),
    whole("PR", "America/Puerto_Rico", &[(6, 7), (9, 9)]),
    whole("RI", EASTERN, &[(28, 29)]),
    whole("SC", EASTERN, &[(290, 299)]),
    divided("SD", &[(570, 577)]),
    divided("TN", &[(370, 385)]),
    divided("TX", &[(733, 733), (750, 799), (885, 885)]),
    whole("UT", MOUNTAIN, &[(840, 847)]),
    whole("VA", EASTERN, &[(201, 201), (220, 246)]),
    whole("VI", "America/St_Thomas", &[(8, 8)]),
    whole("VT", EASTERN, &[(50, 54), (56, 59)]),
    whole("WA", PACIFIC, &[(980, 994)]),
    whole("WI", CENTRAL, &[(530, 549)]),
    whole("WV", EASTERN, &[(247, 268)]),
    whole("WY", MOUNTAIN, &[(820, 831)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_listed_once_with_zones_that_exist() {
        assert!(STATES.is_sorted_by(|one, next| one.letters < next.letters));
        for state in &STATES {
            assert!(
                state.zone.as_ref().is_none_or(Zone::is_known),
                "{}",
                state.letters
            );
        }
    }

    #[test]
    fn states_with_several_civil_times_have_none() {
        for letters in [
            "TX", "FL", "TN", "IN", "KY", "AZ", "OR", "ID", "ND", "SD", "NE", "KS", "MI", "AK",
            "NV",
        ] {
            assert!(lettered(letters).unwrap().zone.is_none(), "{letters}");
        }
    }

    #[test]
    fn only_a_zip_code_has_a_postal_area() {
        assert_eq!(postal_area("98056"), Some(980));
        assert_eq!(postal_area("00501-1234"), Some(5));
        for bad in ["", "9805", "980561", "98056-", "98056-12", "é8056", "9805a"] {
            assert_eq!(postal_area(bad), None, "{bad}");
        }
    }
}
