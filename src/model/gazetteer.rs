//! The countries by code and by name, out of one table.
//!
//! The table is our own: rust_iso3166, the one kept-up crate, brings 1.2 MB of subdivisions and names that are
//! written as in the standard (`Korea (Republic of)`), while civil times and the names that couriers use have to be
//! listed here anyway.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::CountryCode;
use super::text::folded;
use super::zone::Zone;

/// One country of ISO 3166-1.
pub(super) struct CountryRow {
    pub(super) code: [u8; 2],
    /// Its usual English name.
    pub(super) name: &'static str,
    /// Its civil time, if there is only one.
    pub(super) zone: Option<Zone>,
    other_names: &'static str,
}

/// In the order of their codes.
static ROWS: LazyLock<Vec<CountryRow>> = LazyLock::new(|| {
    include_str!("countries.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| row(line).expect("the table has four columns in each row"))
        .collect()
});

static BY_NAME: LazyLock<HashMap<String, &'static CountryRow>> = LazyLock::new(|| {
    ROWS.iter()
        .flat_map(|row| row.names().map(move |name| (key(name), row)))
        .collect()
});

impl CountryRow {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let others = self.other_names.split('|').filter(|name| !name.is_empty());
        std::iter::once(self.name).chain(others)
    }
}

/// The row of a code in upper case.
pub(super) fn by_code(code: [u8; 2]) -> Option<&'static CountryRow> {
    let index = ROWS.binary_search_by_key(&code, |row| row.code).ok()?;
    Some(&ROWS[index])
}

/// The row of a country that exists, which every `CountryCode` is.
pub(super) fn of(code: CountryCode) -> &'static CountryRow {
    by_code(code.letters()).expect("a code is made only of a row of the table")
}

/// The country that everybody calls so.
pub(super) fn by_name(name: &str) -> Option<&'static CountryRow> {
    BY_NAME.get(&key(name)).copied()
}

fn row(line: &'static str) -> Option<CountryRow> {
    let mut columns = line.split('\t');
    Some(CountryRow {
        code: columns.next()?.as_bytes().try_into().ok()?,
        zone: match columns.next()? {
            "-" => None,
            zone => Some(Zone::named(zone)),
        },
        name: columns.next()?,
        other_names: columns.next()?,
    })
}

/// What two spellings of a name have in common: `St. Lucia` is `Saint Lucia`, `The Gambia` is `Gambia`.
fn key(name: &str) -> String {
    let name = folded(name);
    if !name.split(' ').any(|word| matches!(word, "the" | "st")) {
        return name;
    }
    let words: Vec<&str> = name
        .split(' ')
        .filter(|word| *word != "the")
        .map(|word| if word == "st" { "saint" } else { word })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_country_once_and_in_order() {
        assert_eq!(ROWS.len(), 249);
        assert!(ROWS.is_sorted_by(|one, next| one.code < next.code));
    }

    #[test]
    fn no_name_belongs_to_two_countries() {
        let names: Vec<_> = ROWS.iter().flat_map(CountryRow::names).collect();
        assert_eq!(names.len(), BY_NAME.len());
        assert!(!BY_NAME.contains_key(""));
    }

    #[test]
    fn every_civil_time_is_in_the_bundled_database() {
        let zones: Vec<_> = ROWS.iter().filter_map(|row| row.zone.as_ref()).collect();
        assert_eq!(zones.len(), 222);
        for zone in zones {
            assert!(zone.is_known(), "{}", zone.name());
        }
    }

    #[test]
    fn countries_with_several_civil_times_have_none_and_china_keeps_beijing_time() {
        for code in [
            "US", "CA", "AU", "RU", "BR", "MX", "ID", "ES", "PT", "KZ", "NZ",
        ] {
            assert!(
                of(CountryCode::parse(code).unwrap()).zone.is_none(),
                "{code}"
            );
        }
        let china = of(CountryCode::parse("CN").unwrap());
        assert_eq!(china.zone.as_ref().unwrap().name(), "Asia/Shanghai");
    }
}
