//! The companies that carry parcels.

use super::{CarrierCode, CountryCode};

/// What the upstream says of a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Its code.
    pub code: CarrierCode,
    /// Its name in the language that was asked for.
    pub name: Option<String>,
    /// Its Chinese name; later lists have it.
    pub chinese_name: Option<String>,
    /// Its hotline.
    pub phone: Option<String>,
    /// Its web site, with its scheme.
    pub homepage: Option<String>,
    /// What it carries.
    pub kind: Option<CarrierKind>,
    /// The address of its logo, with its scheme.
    pub picture: Option<String>,
    /// The address of its own tracking page; later lists have it.
    pub tracking_page: Option<String>,
    /// Its country; later lists have it.
    pub country: Option<CountryCode>,
}

/// What a carrier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierKind {
    /// A courier: `express`.
    Express,
    /// A country's post: `globalpost`.
    Post,
    /// Something that this version does not know, as the upstream wrote it.
    Unknown(Box<str>),
}

/// A carrier that may have given a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectedCarrier {
    /// Its code.
    pub code: CarrierCode,
    /// Its name.
    pub name: Option<String>,
}
