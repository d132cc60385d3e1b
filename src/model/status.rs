//! Where a parcel stands, as the upstream documents it.

/// The eight documented statuses, and whatever comes later as its raw text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Status {
    /// Added to the account, not asked about yet.
    Pending,
    /// The carrier has no information yet.
    NotFound,
    /// On its way.
    Transit,
    /// Out for delivery, or waiting to be collected.
    Pickup,
    /// Delivered.
    Delivered,
    /// A delivery attempt failed; carriers normally try again.
    Undelivered,
    /// Returned, held by customs, lost, damaged and the like.
    Exception,
    /// In transit for too long without a result: 30 days express, 60 days postal.
    Expired,
    /// A status that this version does not know, as the upstream wrote it.
    Unknown(Box<str>),
}

impl Status {
    /// Reads the upstream's word; an unknown one passes through. Case does not matter.
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "notfound" => Self::NotFound,
            "transit" => Self::Transit,
            "pickup" => Self::Pickup,
            "delivered" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "exception" => Self::Exception,
            "expired" => Self::Expired,
            _ => Self::Unknown(text.trim().into()),
        }
    }

    /// The upstream's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::NotFound => "notfound",
            Self::Transit => "transit",
            Self::Pickup => "pickup",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Exception => "exception",
            Self::Expired => "expired",
            Self::Unknown(raw) => raw,
        }
    }
}

/// The finer state, such as `transit004`. The list grows and its meanings changed over the years, so it stays a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Substatus(Box<str>);

impl Substatus {
    /// Reads the upstream's word. The documentation prints `not found001` where the wire has `notfound001`: blanks go.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect();
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The word as the wire has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_word_is_read_and_written_alike() {
        for word in [
            "pending",
            "notfound",
            "transit",
            "pickup",
            "delivered",
            "undelivered",
            "exception",
            "expired",
        ] {
            let status = Status::parse(word);
            assert!(!matches!(status, Status::Unknown(_)));
            assert_eq!(status.as_str(), word);
        }
    }

    #[test]
    fn a_status_of_tomorrow_keeps_its_text() {
        assert_eq!(Status::parse("InfoReceived").as_str(), "InfoReceived");
    }

    #[test]
    fn the_blank_that_only_the_documentation_prints_is_dropped() {
        assert_eq!(
            Substatus::parse("not found001").unwrap().as_str(),
            "notfound001"
        );
        assert_eq!(Substatus::parse(" "), None);
    }
}
