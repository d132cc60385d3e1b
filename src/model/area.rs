//! Places that couriers charge extra for.

use super::CountryCode;

/// A place that is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Area {
    /// The country.
    pub country: CountryCode,
    /// The postal code, or the city's name where a country has no postal codes.
    pub postcode: String,
    /// Only this courier, such as `dhl`.
    pub courier: Option<String>,
}

/// The couriers that call an area remote; none do if it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remoteness {
    /// Such as `ups`, `tnt`, `dhl`, `fedex`; in lower case, each once.
    pub couriers: Vec<String>,
}
