//! The types that a client can read, and how gladly, as one header says it.

use super::accept::{Json, Stream};
use super::request::is_utf8;

/// How gladly a client reads something: the better one is greater.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Liking {
    pub(super) quality: f32,
    /// How exactly it was named.
    exactness: u8,
    /// Where it was named; what comes later is less.
    place: isize,
}

impl Liking {
    /// What counts is the range that names it most exactly.
    pub(super) fn of(json: Json, ranges: &[Range]) -> Self {
        let mut liking = Self {
            quality: 0.0,
            exactness: 0,
            place: isize::MIN,
        };
        for (range, place) in ranges.iter().zip((isize::MIN..0).rev()) {
            let exactness = range.exactness(json);
            if exactness > liking.exactness {
                liking = Self {
                    quality: range.quality,
                    exactness,
                    place,
                };
            }
        }
        liking
    }
}

/// One of the types that a client can read.
pub(super) struct Range<'a> {
    media_type: &'a str,
    subscription_spec: &'a str,
    charset: Option<&'a str>,
    pub(super) quality: f32,
}

impl<'a> Range<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self {
            media_type: parts.next().unwrap_or_default(),
            subscription_spec: "",
            charset: None,
            quality: 1.0,
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => {
                    range.quality = quality(value);
                }
                name if name.eq_ignore_ascii_case("subscriptionSpec") => {
                    range.subscription_spec = value;
                }
                name if name.eq_ignore_ascii_case("charset") => range.charset = Some(value),
                _ => {}
            }
        }
        range
    }

    fn is(&self, media_type: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type)
    }

    /// How events are sent, if it names a way.
    pub(super) fn stream(&self) -> Option<Stream> {
        if self.is("text/event-stream") {
            return Some(Stream::EventStream);
        }
        let is_known = matches!(self.subscription_spec, "1.0" | "1");
        (self.is("multipart/mixed") && is_known).then_some(Stream::Multipart)
    }

    /// How exactly it names that kind of JSON; 0 if not at all.
    fn exactness(&self, json: Json) -> u8 {
        let name = match json {
            Json::Plain => "application/json",
            Json::GraphqlResponse => "application/graphql-response+json",
        };
        if !self.charset.is_none_or(is_utf8) {
            return 0;
        }
        match self {
            range if range.is(name) => 3,
            range if range.is("application/*") => 2,
            range if range.is("*/*") => 1,
            _ => 0,
        }
    }
}

/// From 0 to 1; what is no quality is none.
pub(super) fn quality(text: &str) -> f32 {
    let quality = text.parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&quality) {
        quality
    } else {
        0.0
    }
}
