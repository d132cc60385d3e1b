//! What a subscriber is told, as far as the judge has to know it.

use serde_json::Value;

/// What all of ours subscribe to.
pub const WATCH: &str = "subscription($refs: [TrackingRef!]!, $after: String) {
    trackingUpdated(refs: $refs, after: $after) { cursor kind changes { field before after } tracking { trackingNumber title } }
}";

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub cursor: Option<String>,
    pub kind: Kind,
}

/// What is told, and of which parcel. Titles are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Snapshot {
        number: String,
        title: u32,
    },
    Changed {
        number: String,
        before: u32,
        title: u32,
    },
    /// The upstream vouches for what was pushed.
    Confirmed,
    Lagged,
    /// Anything that nobody expected.
    Other(String),
}

impl News {
    pub fn of(response: &Value) -> Self {
        let event = &response["data"]["trackingUpdated"];
        let other = || Kind::Other(response.to_string());
        Self {
            cursor: event["cursor"].as_str().map(str::to_owned),
            kind: Kind::of(event).unwrap_or_else(other),
        }
    }
}

impl Kind {
    fn of(event: &Value) -> Option<Self> {
        let number = || Some(event["tracking"]["trackingNumber"].as_str()?.to_owned());
        let title = |title: &Value| title.as_str()?.parse().ok();
        match event["kind"].as_str()? {
            "CONFIRMED" => Some(Self::Confirmed),
            "LAGGED" => Some(Self::Lagged),
            "SNAPSHOT" => Some(Self::Snapshot {
                number: number()?,
                title: title(&event["tracking"]["title"])?,
            }),
            "CHANGED" => {
                let change = event["changes"]
                    .as_array()?
                    .iter()
                    .find(|change| change["field"] == "title")?;
                let after = title(&change["after"])?;
                let is_whole = event["tracking"]["title"] == change["after"];
                is_whole.then_some(Self::Changed {
                    number: number()?,
                    before: title(&change["before"])?,
                    title: after,
                })
            }
            _ => None,
        }
    }
}
