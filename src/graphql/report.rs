//! What answers say about themselves in their `extensions`.

use std::str::FromStr;

use thiserror::Error;

/// What an answer may say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Extension {
    /// What it cost the upstream.
    Upstream,
    /// What it cost the caller.
    Cost,
}

impl Extension {
    const ALL: [Self; 2] = [Self::Upstream, Self::Cost];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Cost => "cost",
        }
    }
}

/// Any number of extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report(u8);

/// A text that names something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "answers have the extensions upstream and cost: name one of them, or both with a comma between them"
)]
pub struct UnknownExtension;

impl Report {
    /// Whether this is any of them.
    pub const fn tells_something(self) -> bool {
        self.0 != 0
    }

    /// Whether this is one of them.
    pub const fn tells(self, extension: Extension) -> bool {
        self.0 & (1 << extension as u8) != 0
    }
}

impl FromIterator<Extension> for Report {
    fn from_iter<I: IntoIterator<Item = Extension>>(extensions: I) -> Self {
        let bits = extensions.into_iter().map(|extension| 1 << extension as u8);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl FromStr for Report {
    type Err = UnknownExtension;

    /// Reads names with commas between them.
    fn from_str(text: &str) -> Result<Self, UnknownExtension> {
        let names = text.split(',').map(str::trim);
        let extension = |name: &str| {
            let mut all = Extension::ALL.into_iter();
            let known = all.find(|extension| extension.as_str() == name);
            known.ok_or(UnknownExtension)
        };
        names.map(extension).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_named_in_a_list() {
        for (text, upstream, cost) in [
            ("upstream", true, false),
            ("cost", false, true),
            ("upstream, cost", true, true),
            ("cost,upstream,cost", true, true),
        ] {
            let report: Report = text.parse().unwrap();
            assert_eq!(report.tells(Extension::Upstream), upstream, "{text}");
            assert_eq!(report.tells(Extension::Cost), cost, "{text}");
        }
        for text in ["", "costs", "upstream cost", "upstream,"] {
            assert_eq!(text.parse::<Report>(), Err(UnknownExtension), "{text}");
        }
    }
}
