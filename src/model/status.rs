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
    /// A status that this version does not know, as the upstream wrote it. A box for the box keeps the others small, of which
    /// every checkpoint has one.
    Unknown(Box<Box<str>>),
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
            _ => Self::Unknown(Box::new(text.trim().into())),
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
pub struct Substatus(Word);

/// Every checkpoint has one, so that those that most have are in memory only once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Word {
    Documented(&'static Documented),
    Other(Box<Box<str>>),
}

/// A word and what it means.
type Documented = (&'static str, &'static str);

/// From the documentation of v2. Pages of different years disagree about `exception005` and 009 to 011, so theirs cover every
/// reading.
static DOCUMENTED: [Documented; 32] = [
    (
        "notfound001",
        "The carrier was told of it and is about to pick it up.",
    ),
    (
        "notfound002",
        "The carrier has no information for this number.",
    ),
    ("transit001", "It is on its way."),
    ("transit002", "It arrived at a hub or sorting centre."),
    ("transit003", "It arrived at the delivery facility."),
    ("transit004", "It arrived in the destination country."),
    ("transit005", "Customs cleared it."),
    ("transit006", "It was dispatched."),
    ("transit007", "It departed from the airport."),
    ("pickup001", "It is out for delivery."),
    ("pickup002", "It is ready for collection."),
    ("pickup003", "The recipient was contacted before delivery."),
    ("delivered001", "It was delivered."),
    ("delivered002", "The addressee collected it."),
    ("delivered003", "It was signed for."),
    (
        "delivered004",
        "It was left at the door or with a neighbour.",
    ),
    ("undelivered001", "There was a problem with the address."),
    ("undelivered002", "The recipient was absent."),
    ("undelivered003", "The recipient could not be found."),
    ("undelivered004", "Delivery failed for another reason."),
    ("exception001", "For too long there was no information."),
    ("exception002", "It was in transit for too long."),
    ("exception003", "For too long it was not delivered."),
    ("exception004", "Nobody claimed it."),
    (
        "exception005",
        "Something went wrong; it may have been sent back.",
    ),
    ("exception006", "Customs holds it."),
    ("exception007", "It was damaged, lost or discarded."),
    ("exception008", "It was cancelled."),
    (
        "exception009",
        "The addressee refused it, or it was returned.",
    ),
    (
        "exception010",
        "It is going back to the sender, or is there already.",
    ),
    (
        "exception011",
        "It is going back to the sender, or is there already.",
    ),
    ("expired001", "There was no update for 30 days."),
];

impl Substatus {
    /// Reads the upstream's word. The documentation prints `not found001` where the wire has `notfound001`: blanks go.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect();
        let word = || match documented(&text) {
            Some(row) => Word::Documented(row),
            None => Word::Other(Box::new(text.as_str().into())),
        };
        (!text.is_empty()).then(|| Self(word()))
    }

    /// The word as the wire has it.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Word::Documented((word, _)) => word,
            Word::Other(word) => word,
        }
    }

    /// The status that it refines, by its letters.
    pub(super) fn status(&self) -> Status {
        Status::parse(self.parts().0)
    }

    /// What it means, in a short sentence; `None` for one that is not documented.
    pub fn meaning(&self) -> Option<&'static str> {
        if let Word::Documented((_, meaning)) = self.0 {
            return Some(meaning);
        }
        let (word, number) = self.parts();
        let usual = format!("{}{:03}", word.to_ascii_lowercase(), number?);
        documented(&usual).map(|(_, meaning)| *meaning)
    }

    /// `transit004` as `transit` and 4. One client writes four digits, `exception0010`.
    fn parts(&self) -> (&str, Option<u32>) {
        let text = self.as_str();
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let word = &text[..text.len() - digits.len()];
        let number = match digits.len() {
            3 | 4 => digits.parse().ok(),
            _ => None,
        };
        (word, number)
    }
}

fn documented(word: &str) -> Option<&'static Documented> {
    DOCUMENTED
        .iter()
        .find(|(documented, _)| *documented == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn meaning(word: &str) -> Option<&'static str> {
        Substatus::parse(word).unwrap().meaning()
    }

    #[test]
    fn every_documented_substatus_has_a_meaning_and_no_other() {
        let words = [
            ("notfound", 2),
            ("transit", 7),
            ("pickup", 3),
            ("delivered", 4),
            ("undelivered", 4),
            ("exception", 11),
            ("expired", 1),
        ];
        for (word, last) in words {
            for number in 1..=last {
                let sentence = meaning(&format!("{word}{number:03}")).unwrap();
                assert!(sentence.ends_with('.'), "{sentence}");
            }
            assert_eq!(meaning(&format!("{word}{:03}", last + 1)), None);
        }
        for word in [
            "transit",
            "001",
            "transit1",
            "transit001x",
            "inforeceived001",
            "pending001",
        ] {
            assert_eq!(meaning(word), None, "{word}");
        }
    }

    #[test]
    fn a_spelling_with_four_digits_or_a_blank_means_the_same() {
        assert_eq!(meaning("exception0010"), meaning("exception010"));
        assert_eq!(meaning("exception0011"), meaning("exception011"));
        assert_eq!(meaning("Not Found001"), meaning("notfound001"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_meaning_panic(text in any::<String>(), digits in "[0-9]{0,12}") {
            if let Some(substatus) = Substatus::parse(&format!("{text}{digits}")) {
                let _ = (substatus.meaning(), substatus.status());
            }
        }
    }
}
