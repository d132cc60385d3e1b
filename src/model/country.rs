//! Countries: ISO codes where they are certain, and the names as the upstream writes them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Text, gazetteer, stated};

/// A text that is no country's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a country code: give the two letters of ISO 3166-1, such as US")]
pub struct InvalidCountryCode;

/// A country's ISO 3166-1 alpha-2 code, in upper case. There are 249.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// Reads a code as people type it; blanks around it and its case do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidCountryCode> {
        let letters: [u8; 2] = text
            .trim()
            .as_bytes()
            .try_into()
            .map_err(|_| InvalidCountryCode)?;
        gazetteer::by_code(letters.map(|letter| letter.to_ascii_uppercase()))
            .map(|row| Self(row.code))
            .ok_or(InvalidCountryCode)
    }

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a code is two ASCII letters")
    }

    /// The country's usual English name, such as `South Korea`.
    pub fn english_name(self) -> &'static str {
        gazetteer::of(self).name
    }

    pub(super) fn letters(self) -> [u8; 2] {
        self.0
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country as the upstream names it, with its code where the name leaves no doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    name: Text,
    code: Option<CountryCode>,
}

impl Country {
    /// The country that the upstream calls so: `China`, `Hong Kong [CN]`; `None` for blank text.
    ///
    /// In `Hong Kong [CN]` the bracket is the state that the place belongs to, while couriers and ISO have a code for
    /// the place itself, HK. So the name before the bracket wins, and the bracket counts only where that name is
    /// unknown. Names that two countries answer to (`Congo`, `Korea`, `Virgin Islands`) get no code.
    pub fn named(name: &str) -> Option<Self> {
        let name = stated(name)?;
        let code = code_of(&name);
        Some(Self {
            name: name.into(),
            code,
        })
    }

    pub(super) fn text_mut(&mut self) -> &mut Text {
        &mut self.name
    }

    /// The country of a code, under its English name, for answers that give nothing but a code.
    pub fn coded(code: CountryCode) -> Self {
        Self {
            name: code.english_name().into(),
            code: Some(code),
        }
    }

    /// The name as the upstream writes it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The code, if the name leaves no doubt.
    pub fn code(&self) -> Option<CountryCode> {
        self.code
    }
}

/// Splits `Hong Kong [CN]` into the name and what is in the bracket at its end.
pub(super) fn split_bracket(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim().strip_suffix([']', ')', '］', '）', '】'])?;
    let (name, bracket) = inner.rsplit_once(['[', '(', '［', '（', '【'])?;
    Some((name.trim(), bracket.trim()))
}

fn code_of(name: &str) -> Option<CountryCode> {
    code_of_plain(name).or_else(|| {
        let (name, bracket) = split_bracket(name)?;
        code_of_plain(name).or_else(|| code_of_plain(bracket))
    })
}

fn code_of_plain(name: &str) -> Option<CountryCode> {
    CountryCode::parse(name)
        .ok()
        .or_else(|| gazetteer::by_name(name).map(|row| CountryCode(row.code)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(name: &str) -> String {
        let country = Country::named(name).unwrap();
        assert_eq!(country.name(), name.trim());
        country
            .code()
            .map(|code| code.as_str().to_owned())
            .unwrap_or_default()
    }

    #[test]
    fn only_codes_of_the_standard_are_codes() {
        assert_eq!(CountryCode::parse(" us ").unwrap().as_str(), "US");
        for bad in ["", "U", "USA", "UK", "XX", "EU", "ZZ", "1A", "é", "u s"] {
            assert_eq!(CountryCode::parse(bad), Err(InvalidCountryCode), "{bad}");
        }
    }

    #[test]
    fn a_coded_country_bears_its_english_name_which_names_it_again() {
        let letters = || b'A'..=b'Z';
        let pairs = letters().flat_map(|one| letters().map(move |two| [one, two]));
        let codes: Vec<_> = pairs
            .filter_map(|pair| CountryCode::parse(std::str::from_utf8(&pair).unwrap()).ok())
            .collect();
        assert_eq!(codes.len(), 249);
        for code in codes {
            let country = Country::coded(code);
            assert_eq!(country.name(), code.english_name());
            assert_eq!(Country::named(country.name()), Some(country));
        }
    }

    #[test]
    fn names_that_couriers_and_standards_write_have_their_code() {
        for (name, expected) in [
            ("China", "CN"),
            ("United States", "US"),
            ("United States of America", "US"),
            ("U.S.A.", "US"),
            ("United Kingdom", "GB"),
            ("UK", "GB"),
            ("Russia", "RU"),
            ("Russian Federation", "RU"),
            ("South Korea", "KR"),
            ("Korea, Republic of", "KR"),
            ("Korea (the Republic of)", "KR"),
            ("Korea (the Democratic People's Republic of)", "KP"),
            ("Vietnam", "VN"),
            ("Viet Nam", "VN"),
            ("Czech Republic", "CZ"),
            ("Czechia", "CZ"),
            ("Taiwan", "TW"),
            ("Taiwan (Province of China)", "TW"),
            ("Macao", "MO"),
            ("Macau", "MO"),
            ("Turkey", "TR"),
            ("Türkiye", "TR"),
            ("UAE", "AE"),
            ("Cote D'Ivoire", "CI"),
            ("BOSNIA AND HERZEGOVINA", "BA"),
            ("Bosnia & Herzegovina", "BA"),
            ("  the   netherlands ", "NL"),
            ("Bahamas (the)", "BS"),
            ("St. Lucia", "LC"),
            ("Congo (the Democratic Republic of the)", "CD"),
            ("Virgin Islands (U.S.)", "VI"),
            ("中国", "CN"),
            ("美国", "US"),
            ("日本", "JP"),
            ("CN", "CN"),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
    }

    #[test]
    fn the_name_before_a_bracket_wins_and_the_bracket_helps_only_where_it_is_unknown() {
        assert_eq!(code("Hong Kong [CN]"), "HK");
        assert_eq!(code("Macao [CN]"), "MO");
        assert_eq!(code("Puerto Rico [US]"), "PR");
        assert_eq!(code("Azores [PT]"), "PT");
        assert_eq!(code("Somewhere (China)"), "CN");
        assert_eq!(code("Congo [CD]"), "CD");
    }

    #[test]
    fn a_name_in_doubt_stays_without_a_code() {
        for name in [
            "Congo",
            "Korea",
            "Virgin Islands",
            "Atlantis",
            "America",
            "[]",
            "(",
            "X [YY]",
        ] {
            assert_eq!(code(name), "", "{name}");
        }
        assert_eq!(Country::named("  "), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in any::<String>()) {
            let _ = CountryCode::parse(&text);
            let _ = Country::named(&text);
            let _ = Country::named(&format!("{text}[{text}]"));
        }
    }
}
