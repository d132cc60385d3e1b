//! Where a checkpoint says that it happened, as far as that decides what its clocks show.

use super::country::split_bracket;
use super::gazetteer::{self, CountryRow};
use super::us_state::{self, UsState};
use super::zone::Zone;
use super::{CarrierCode, CountryCode};

/// A place as far as its clocks are concerned.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// All its clocks show the same.
    In(&'static Zone),
    /// A known country or state with several civil times.
    Divided,
    /// The text does not tell, or leaves doubt.
    Unknown,
}

/// Between which countries a parcel travels, which settles many a doubt.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub(super) origin: Option<CountryCode>,
    pub(super) destination: Option<CountryCode>,
    pub(super) carrier: &'a CarrierCode,
}

impl Ends<'_> {
    /// The country of a domestic parcel.
    pub(super) fn only(self) -> Option<CountryCode> {
        self.origin.filter(|code| self.destination == Some(*code))
    }

    fn any(self, is_it: impl Fn(&str) -> bool) -> bool {
        [self.origin, self.destination]
            .iter()
            .flatten()
            .any(|code| is_it(code.as_str()))
    }

    fn is_american(self) -> bool {
        self.carrier.as_str() == "usps" || self.any(|code| code == "US")
    }
}

/// Longer texts are no places, and nobody shall pay for reading them.
const MAX_LENGTH: usize = 200;

/// Countries that are also called like places in the United States which carriers pass: Georgia, Jamaica in New York,
/// Lebanon in Tennessee, Holland in Michigan.
const NAMESAKES: &[&str] = &["CU", "GE", "JE", "JM", "JO", "LB", "PE"];
const NAMESAKE_NAMES: &[&str] = &["holland"];

/// Countries whose own regions are written with two letters too: Perth, WA is Australian, Catania, CT is Italian,
/// Bogota, DC is Colombian.
const COUNTRIES_WITH_LETTERED_REGIONS: &[&str] =
    &["AU", "BR", "CH", "CO", "ES", "IN", "IT", "MX", "VE"];
/// Letters that stand for a state of the United States and for such a region; those that are also a country's code
/// (CA, DE, IL) are looked up.
const LETTERS_OF_REGIONS_ABROAD: &[&str] = &["CT", "DC", "MI", "OR", "RI", "UT", "VT", "WA"];

/// Reads a courier's words for a place. Only what leaves no doubt counts: a country by its name (as the whole text,
/// behind a comma or in a bracket; never by two letters), or a place in the United States that ends in its state.
pub(super) fn of(location: &str, ends: Ends<'_>) -> Place {
    let location = location.trim().trim_end_matches(['.', ',']);
    if location.is_empty() || location.len() > MAX_LENGTH {
        return Place::Unknown;
    }
    if let Some(state) = state_in(location, ends) {
        return of_zone(state.zone.as_ref());
    }
    match country_in(location, ends) {
        Some(country) => of_zone(country.zone.as_ref()),
        None => Place::Unknown,
    }
}

fn of_zone(zone: Option<&'static Zone>) -> Place {
    zone.map_or(Place::Divided, Place::In)
}

/// `CHINA`, `ZHENGZHOU EMS,CHINA`, `Seoul, Korea, Republic of`, `Shenzhen (China)`, `Hong Kong [CN]`.
fn country_in(location: &str, ends: Ends<'_>) -> Option<&'static CountryRow> {
    let behind_commas = location
        .rmatch_indices([',', '，'])
        .take(2)
        .map(|(at, comma)| &location[at + comma.len()..]);
    let bracketed = split_bracket(location).map(|(_, bracket)| bracket);
    behind_commas
        .chain([location])
        .flat_map(|part| [Some(part), split_bracket(part).map(|(name, _)| name)])
        .chain([bracketed])
        .flatten()
        // A two-letter name is a code, and codes are ambiguous here; Chinese names have more bytes.
        .filter(|name| name.trim().len() > 2)
        .find_map(|name| country_named(name, ends))
}

fn country_named(name: &str, ends: Ends<'_>) -> Option<&'static CountryRow> {
    let country = gazetteer::by_name(name)?;
    let code = |known: &str| known.as_bytes() == country.code;
    let has_namesake = name.is_ascii()
        && (NAMESAKES.iter().any(|namesake| code(namesake))
            || NAMESAKE_NAMES.contains(&name.trim().to_ascii_lowercase().as_str()));
    (!has_namesake || (ends.any(code) && !ends.is_american())).then_some(country)
}

/// `RENTON, WA 98056`, `ISC NEW YORK, NY`, `Seattle, WA, US`. A postal code of the state proves it; without one the
/// letters must mean nothing elsewhere, or the parcel must travel where they can mean nothing else.
fn state_in(location: &str, ends: Ends<'_>) -> Option<&'static UsState> {
    if let Some((place, country)) = location.rsplit_once(',')
        && is_america(country)
    {
        return ends_in_state(place.trim()).map(|(state, _)| state);
    }
    let (state, proof) = ends_in_state(location)?;
    match proof {
        Proof::PostalCode => Some(state),
        Proof::Letters => (is_unique(state) || is_settled(state, ends)).then_some(state),
    }
}

enum Proof {
    PostalCode,
    Letters,
}

fn ends_in_state(place: &str) -> Option<(&'static UsState, Proof)> {
    let (rest, last) = place.rsplit_once([' ', ','])?;
    if let Some(area) = us_state::postal_area(last) {
        let (_, letters) = rest.trim_end().rsplit_once([' ', ','])?;
        let state = us_state::lettered(letters).filter(|state| state.has_area(area))?;
        return Some((state, Proof::PostalCode));
    }
    // `DES MOINES IA` might be anything, and in `TORONTO, ON, CA` the last letters are a country's.
    let city = rest.trim_end().strip_suffix(',').unwrap_or(rest);
    let is_behind_a_comma = place[..place.len() - last.len()].trim_end().ends_with(',');
    let before = city.rsplit(',').next().unwrap_or_default().trim();
    let is_city = before.len() > 2 && before.chars().any(char::is_alphabetic);
    (is_behind_a_comma && is_city)
        .then(|| us_state::lettered(last))
        .flatten()
        .map(|state| (state, Proof::Letters))
}

fn is_unique(state: &UsState) -> bool {
    CountryCode::parse(state.letters).is_err()
        && !LETTERS_OF_REGIONS_ABROAD.contains(&state.letters)
}

fn is_settled(state: &UsState, ends: Ends<'_>) -> bool {
    ends.is_american()
        && !ends
            .any(|code| code == state.letters || COUNTRIES_WITH_LETTERED_REGIONS.contains(&code))
}

fn is_america(name: &str) -> bool {
    let name = name.trim();
    name.eq_ignore_ascii_case("US")
        || (name.len() > 2 && gazetteer::by_name(name).is_some_and(|row| row.code == *b"US"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone_between(origin: &str, destination: &str, location: &str) -> String {
        let carrier = CarrierCode::parse("china-ems").unwrap();
        let ends = Ends {
            origin: CountryCode::parse(origin).ok(),
            destination: CountryCode::parse(destination).ok(),
            carrier: &carrier,
        };
        match of(location, ends) {
            Place::In(zone) => zone.name().to_owned(),
            Place::Divided => "divided".to_owned(),
            Place::Unknown => String::new(),
        }
    }

    #[test]
    fn a_country_is_known_by_its_name_alone_behind_a_comma_or_in_a_bracket() {
        for (location, zone) in [
            ("CHINA", "Asia/Shanghai"),
            ("ZHENGZHOU EMS,CHINA", "Asia/Shanghai"),
            ("中国", "Asia/Shanghai"),
            ("深圳，中国", "Asia/Shanghai"),
            ("Hong Kong", "Asia/Hong_Kong"),
            ("Hong Kong [CN]", "Asia/Hong_Kong"),
            ("Kwai Chung, HONG KONG.", "Asia/Hong_Kong"),
            ("SINGAPORE", "Asia/Singapore"),
            ("日本", "Asia/Tokyo"),
            ("Shenzhen (China Mainland)", "Asia/Shanghai"),
            ("Shenzhen (China)", "Asia/Shanghai"),
            ("INCHEON, KOREA, REPUBLIC OF", "Asia/Seoul"),
            ("Leipzig, Germany", "Europe/Berlin"),
            ("UNITED STATES", "divided"),
            ("美国", "divided"),
            ("Moscow, Russian Federation", "divided"),
        ] {
            assert_eq!(zone_between("", "", location), zone, "{location}");
        }
    }

    #[test]
    fn two_letters_are_never_a_country() {
        for location in [
            "CN",
            "DE",
            "HAIFA, IL",
            "BERLIN, DE",
            "Shenzhen [CN]",
            "X, UK",
            "TORONTO, ON, CA",
        ] {
            assert_eq!(zone_between("CN", "DE", location), "", "{location}");
        }
        assert_eq!(zone_between("CN", "US", "TORONTO, ON, CA"), "");
    }

    #[test]
    fn a_place_that_ends_in_its_state_has_the_state_s_time() {
        for (location, zone) in [
            ("RENTON, WA 98056", "America/Los_Angeles"),
            ("Renton, wa 98056-1234", "America/Los_Angeles"),
            ("SAN JOSE CA 95101", "America/Los_Angeles"),
            ("ISC NEW YORK, NY", "America/New_York"),
            ("ISC NEW YORK,NY", "America/New_York"),
            ("Seattle, WA, US", "America/Los_Angeles"),
            ("Seattle, WA, United States", "America/Los_Angeles"),
            ("SAN JUAN, PR 00926", "America/Puerto_Rico"),
            ("HONOLULU, HI", "Pacific/Honolulu"),
            ("DALLAS, TX 75201", "divided"),
            ("WINDOW ROCK, AZ 86515", "divided"),
            ("DES MOINES IA NETWORK DISTRIBUTION CENTER", ""),
            ("DES MOINES IA", ""),
            ("CAGLIARI, CA 09124", ""),
            ("NY", ""),
            (", NY", ""),
            ("NY, NY", ""),
        ] {
            assert_eq!(zone_between("", "", location), zone, "{location}");
        }
    }

    #[test]
    fn letters_that_mean_something_elsewhere_count_only_where_the_parcel_leaves_no_doubt() {
        assert_eq!(zone_between("", "", "LOS ANGELES, CA"), "");
        assert_eq!(
            zone_between("CN", "US", "LOS ANGELES, CA"),
            "America/Los_Angeles"
        );
        assert_eq!(zone_between("CA", "US", "TORONTO, CA"), "");
        assert_eq!(zone_between("AU", "US", "PERTH, WA"), "");
        assert_eq!(
            zone_between("CN", "US", "SEATTLE, WA"),
            "America/Los_Angeles"
        );
        assert_eq!(zone_between("DE", "US", "BERLIN, DE"), "");
        assert_eq!(zone_between("CN", "DE", "BERLIN, DE"), "");
    }

    #[test]
    fn a_country_with_american_namesakes_counts_only_on_its_own_parcels() {
        assert_eq!(zone_between("CN", "US", "ATLANTA, GEORGIA"), "");
        assert_eq!(zone_between("GE", "US", "GEORGIA"), "");
        assert_eq!(zone_between("CN", "GE", "GEORGIA"), "Asia/Tbilisi");
        assert_eq!(zone_between("CN", "US", "HOLLAND"), "");
    }
}
