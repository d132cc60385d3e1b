//! What somebody may do.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One thing that somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Scope {
    /// Look at parcels, and watch them.
    TrackingRead,
    /// Add, change and delete parcels.
    TrackingWrite,
    /// See what tells of the recipients: names, mail addresses, phone numbers.
    CustomerRead,
    /// Have a carrier asked now.
    Realtime,
    /// Ask for what costs the account's quota.
    QuotaSpend,
    /// Look at the account itself.
    AccountRead,
    /// Look at how the service runs.
    Ops,
}

impl Scope {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::TrackingRead,
        Self::TrackingWrite,
        Self::CustomerRead,
        Self::Realtime,
        Self::QuotaSpend,
        Self::AccountRead,
        Self::Ops,
    ];

    /// How tokens and the schema spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrackingRead => "tracking:read",
            Self::TrackingWrite => "tracking:write",
            Self::CustomerRead => "customer:read",
            Self::Realtime => "realtime",
            Self::QuotaSpend => "quota:spend",
            Self::AccountRead => "account:read",
            Self::Ops => "ops",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let mut all = Self::ALL.into_iter();
        let known = all.find(|scope| scope.as_str() == text);
        known.ok_or(UnknownScope { place: 1 })
    }
}

/// A word that is no scope. It is not repeated, because it may be a token in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "scope {place} is not known: there are tracking:read, tracking:write, customer:read, realtime, quota:spend, account:read and ops"
)]
pub struct UnknownScope {
    /// Which one, from 1.
    place: usize,
}

/// Any number of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// None.
    pub const NONE: Self = Self(0);

    /// All there are.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// Whether this is one of them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// These and those.
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without those.
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Each of them, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        let all = Scope::ALL.into_iter();
        all.filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let bits = scopes.into_iter().map(|scope| 1 << scope as u8);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    /// Reads words between blanks or commas.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let scopes = (1..).zip(words).map(|(place, word)| {
            let scope = word.parse();
            scope.map_err(|_| UnknownScope { place })
        });
        scopes.collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, scope) in self.iter().enumerate() {
            let blank = if nth == 0 { "" } else { " " };
            write!(f, "{blank}{scope}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        let all: Scopes = Scopes::ALL.to_string().parse().unwrap();
        assert_eq!(all, Scopes::ALL);
        assert_eq!(all.iter().count(), Scope::ALL.len());
        let some: Scopes = "realtime, tracking:read".parse().unwrap();
        assert_eq!(some.to_string(), "tracking:read realtime");
        assert!(some.contains(Scope::Realtime) && !some.contains(Scope::Ops));
        assert_eq!("".parse(), Ok(Scopes::NONE));
        let refused = "tracking:read, pg_5ecret".parse::<Scopes>().unwrap_err();
        let said = refused.to_string();
        assert!(said.starts_with("scope 2 is not known: there are tracking:read"));
        assert!(!said.contains("5ecret"));
    }
}
