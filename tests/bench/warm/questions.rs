//! What is asked, and how it is written on the wire.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::parcels;

/// Of how many parcels a page of a list consists.
pub const PAGE: usize = 50;

/// How many aliases one operation has.
pub const ALIASES: usize = 20;

/// How many parcels are made known at once.
pub const LESSON: usize = 200;

/// What both legs of a parcel's journey show on a shop's page.
const SHOWN: &str = "trackingNumber carrierCode status substatus lastEvent lastEventLocalTime \
    origin { checkpoints { localTime description location status } } \
    destination { checkpoints { localTime description location status } }";

/// A question, with as many parcels as it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// A: one parcel.
    Parcel,
    /// B: a page of parcels with all their checkpoints.
    Page,
    /// C: parcels by aliases.
    Aliases,
    /// That which makes parcels known.
    Lesson,
}

impl Question {
    pub fn name(self) -> &'static str {
        match self {
            Self::Parcel => "A",
            Self::Page => "B",
            Self::Aliases => "C",
            Self::Lesson => "lesson",
        }
    }

    pub fn parcels(self) -> usize {
        match self {
            Self::Parcel => 1,
            Self::Page => PAGE,
            Self::Aliases => ALIASES,
            Self::Lesson => LESSON,
        }
    }

    fn query(self) -> String {
        match self {
            Self::Parcel => {
                format!("query Parcel($ref: TrackingRef!) {{ tracking(ref: $ref) {{ {SHOWN} }} }}")
            }
            Self::Page => "query Page($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { trackingNumber carrierCode status \
                lastEvent checkpoints { localTime description location status } } }"
                .to_owned(),
            Self::Aliases => {
                let (mut variables, mut fields) = (String::new(), String::new());
                for place in 0..ALIASES {
                    write!(variables, "$r{place}: TrackingRef! ").unwrap();
                    write!(fields, "p{place}: tracking(ref: $r{place}) {{ ...Shown }} ").unwrap();
                }
                format!("query Aliases({variables}) {{ {fields} }} fragment Shown on Tracking {{ {SHOWN} }}")
            }
            Self::Lesson => "query Lesson($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { status } }".to_owned(),
        }
    }

    fn variables(self, parcels: impl Iterator<Item = usize>) -> String {
        let refs = parcels.enumerate().map(|(place, parcel)| {
            let (carrier, number) = (parcels::carrier(parcel), parcels::number(parcel));
            let reference =
                format!(r#"{{"key":{{"carrierCode":"{carrier}","trackingNumber":"{number}"}}}}"#);
            match self {
                Self::Parcel => format!(r#""ref":{reference}"#),
                Self::Page | Self::Lesson => reference,
                Self::Aliases => format!(r#""r{place}":{reference}"#),
            }
        });
        let refs = refs.collect::<Vec<_>>().join(",");
        match self {
            Self::Page | Self::Lesson => format!(r#"{{"refs":[{refs}]}}"#),
            Self::Parcel | Self::Aliases => format!("{{{refs}}}"),
        }
    }
}

/// Which parcels each request is about.
#[derive(Debug, Clone, Copy)]
pub enum Pick {
    /// The same ones.
    Repeated,
    /// Others of so many that are known, and each of them once before any comes again; lists do not come again.
    Distinct(usize),
    /// Such as nobody has asked for.
    Cold,
}

/// By which method a question is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// Requests, one after the other.
#[derive(Debug)]
pub struct Asking {
    pub question: Question,
    pick: Pick,
    method: Method,
    /// The document as it stands in JSON, or in an address.
    query: String,
    turn: AtomicUsize,
}

impl Asking {
    pub fn new(question: Question, pick: Pick) -> Self {
        Self {
            question,
            pick,
            method: Method::Post,
            query: Value::from(question.query()).to_string(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Sent in the address.
    pub fn by_get(question: Question, pick: Pick) -> Self {
        Self {
            method: Method::Get,
            query: escaped(&question.query()),
            ..Self::new(question, pick)
        }
    }

    /// The next request, for a server that takes questions at this path.
    pub fn next(&self, path: &str) -> Vec<u8> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.request(path, turn)
    }

    pub fn request(&self, path: &str, turn: usize) -> Vec<u8> {
        let variables = self.question.variables(self.parcels(turn));
        let query = &self.query;
        match self.method {
            Method::Get => {
                let variables = escaped(&variables);
                format!("GET {path}?query={query}&variables={variables} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ngraphql-require-preflight: 1\r\n\r\n")
            }
            Method::Post => {
                let body = format!(r#"{{"query":{query},"variables":{variables}}}"#);
                let length = body.len();
                format!("POST {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
            }
        }
        .into_bytes()
    }

    fn parcels(&self, turn: usize) -> impl Iterator<Item = usize> {
        let count = self.question.parcels();
        let (first, step, known) = match self.pick {
            Pick::Repeated => (0, 1, usize::MAX),
            Pick::Cold => (parcels::STRANGERS + turn * count, 1, usize::MAX),
            Pick::Distinct(known) => {
                // No divisor of a round number, so that each pass comes to all of them, in another order.
                let pass = turn * count / known;
                (turn * count, 7_921 + 10 * pass, known)
            }
        };
        (first..first + count).map(move |place| place * step % known)
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
