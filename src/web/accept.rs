//! What a client can read, as it says in `Accept`.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// How events are sent over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// GraphQL over SSE, in distinct connections mode.
    EventStream,
    /// Apollo's protocol for subscriptions over HTTP.
    Multipart,
}

/// As what JSON is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Json {
    /// As `application/json`, whose status says nothing of the operation.
    #[default]
    Plain,
    /// As `application/graphql-response+json`, whose status says whether the operation was executed.
    GraphqlResponse,
}

/// What a client can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// How a single answer is sent; `None` is for JSON.
    pub(super) answer: Option<Stream>,
    /// As what JSON is sent.
    pub(super) json: Json,
    /// How events are sent, if they can be at all.
    pub(super) events: Option<Stream>,
}

impl Accepted {
    /// Events are only for whoever names one of the ways in which they are sent; single answers are JSON for whoever can
    /// read that as gladly.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let (mut json, mut kind): (f32, Json) = (0.0, Json::default());
        let mut stream: Option<(Stream, f32)> = None;
        for range in texts.flat_map(|text| text.split(',')) {
            let range = Range::parse(range);
            if let Some(named) = range.stream() {
                let best = stream.map_or(0.0, |(_, quality)| quality);
                if range.quality > best {
                    stream = Some((named, range.quality));
                }
            } else if let Some(named) = range.json()
                && range.quality > json
            {
                (json, kind) = (range.quality, named);
            }
        }
        Self {
            answer: stream.and_then(|(named, quality)| (quality > json).then_some(named)),
            json: kind,
            events: stream.map(|(named, _)| named),
        }
    }
}

/// One of the types that a client can read.
struct Range<'a> {
    media_type: &'a str,
    subscription_spec: &'a str,
    quality: f32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let mut range = Self {
            media_type: parts.next().unwrap_or_default(),
            subscription_spec: "",
            quality: 1.0,
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => {
                    range.quality = value.parse().unwrap_or(0.0);
                }
                name if name.eq_ignore_ascii_case("subscriptionSpec") => {
                    range.subscription_spec = value;
                }
                _ => {}
            }
        }
        range
    }

    fn is(&self, media_type: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type)
    }

    fn stream(&self) -> Option<Stream> {
        if self.is("text/event-stream") {
            return Some(Stream::EventStream);
        }
        let is_known = matches!(self.subscription_spec, "1.0" | "1");
        (self.is("multipart/mixed") && is_known).then_some(Stream::Multipart)
    }

    fn json(&self) -> Option<Json> {
        if self.is("application/graphql-response+json") {
            return Some(Json::GraphqlResponse);
        }
        let names = ["application/json", "application/*", "*/*"];
        names
            .into_iter()
            .any(|name| self.is(name))
            .then_some(Json::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> (Option<Stream>, Option<Stream>) {
        let headers = values.iter().map(|value| (ACCEPT, value.parse().unwrap()));
        let accepted = Accepted::of(&headers.collect());
        (accepted.answer, accepted.events)
    }

    #[test]
    fn events_are_sent_as_the_client_says() {
        use Stream::{EventStream, Multipart};
        for (values, answer, events) in [
            (&[][..], None, None),
            (&["*/*"], None, None),
            (&["application/json"], None, None),
            (&["text/event-stream"], Some(EventStream), Some(EventStream)),
            (
                &["Text/Event-Stream;charset=utf-8"],
                Some(EventStream),
                Some(EventStream),
            ),
            // Apollo Client.
            (
                &["multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"],
                None,
                Some(Multipart),
            ),
            (
                &["multipart/mixed; subscriptionSpec=\"1.0\""],
                Some(Multipart),
                Some(Multipart),
            ),
            (
                &["multipart/mixed;deferSpec=20220824,application/json"],
                None,
                None,
            ),
            (
                &[
                    "text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0",
                    "*/*;q=0.1",
                ],
                Some(Multipart),
                Some(Multipart),
            ),
            (
                &["text/event-stream;q=0.5, application/json"],
                None,
                Some(EventStream),
            ),
            (&["text/event-stream;q=0, */*"], None, None),
            (&["text/event-stream;q=much"], None, None),
            (&["", ";", "nonsense"], None, None),
        ] {
            assert_eq!(accepted(values), (answer, events), "{values:?}");
        }
    }

    #[test]
    fn json_is_what_the_client_names_first_of_what_it_likes_best() {
        use Json::{GraphqlResponse, Plain};
        for (value, json) in [
            ("*/*", Plain),
            ("application/json, application/graphql-response+json", Plain),
            (
                "application/graphql-response+json, application/json",
                GraphqlResponse,
            ),
            (
                "application/json;q=0.9, application/graphql-response+json",
                GraphqlResponse,
            ),
            ("application/graphql-response+json;q=0, */*", Plain),
        ] {
            let headers = [(ACCEPT, value.parse().unwrap())].into_iter().collect();
            assert_eq!(Accepted::of(&headers).json, json, "{value}");
        }
    }
}
