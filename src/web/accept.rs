//! What a client can read, as it says in `Accept`.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::range::{Liking, Range};

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

impl Json {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Plain => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// How a single answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As a body of JSON.
    Json(Json),
    /// As the only event of a stream.
    Stream(Stream),
}

/// What a client can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// How a single answer is sent; `None` if it can read none.
    pub(super) answer: Option<Form>,
    /// As what JSON it is told that a request was refused, whether it can read that or not.
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
        let ranges: Vec<_> = texts
            .flat_map(|text| text.split(','))
            .filter(|range| !range.trim().is_empty())
            .map(Range::parse)
            .collect();
        if ranges.is_empty() {
            return Self {
                answer: Some(Form::Json(Json::Plain)),
                json: Json::Plain,
                events: None,
            };
        }
        let plain = Liking::of(Json::Plain, &ranges);
        let typed = Liking::of(Json::GraphqlResponse, &ranges);
        let (json, liking) = match typed > plain {
            true => (Json::GraphqlResponse, typed),
            false => (Json::Plain, plain),
        };
        let mut stream: Option<(Stream, f32)> = None;
        for range in &ranges {
            let best = stream.map_or(0.0, |(_, quality)| quality);
            if let Some(named) = range.stream()
                && range.quality > best
            {
                stream = Some((named, range.quality));
            }
        }
        let answer = match stream {
            Some((named, quality)) if quality > liking.quality => Some(Form::Stream(named)),
            _ => (liking.quality > 0.0).then_some(Form::Json(json)),
        };
        Self {
            answer,
            json,
            events: stream.map(|(named, _)| named),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> (Option<Stream>, Option<Stream>) {
        let headers = values.iter().map(|value| (ACCEPT, value.parse().unwrap()));
        let accepted = Accepted::of(&headers.collect());
        let answer = match accepted.answer {
            Some(Form::Stream(stream)) => Some(stream),
            _ => None,
        };
        (answer, accepted.events)
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
            ("application/json;q=0, */*", GraphqlResponse),
            ("*/*, application/graphql-response+json", GraphqlResponse),
            ("application/json;q=0.5, */*;q=0.9", GraphqlResponse),
            ("application/*;q=0.5, application/json;q=0.5", Plain),
            ("text/html, */*;q=0.8", Plain),
            (
                "application/json;charset=latin1, application/graphql-response+json;charset=UTF-8",
                GraphqlResponse,
            ),
        ] {
            let headers = [(ACCEPT, value.parse().unwrap())].into_iter().collect();
            let accepted = Accepted::of(&headers);
            assert_eq!(accepted.answer, Some(Form::Json(json)), "{value}");
            assert_eq!(accepted.json, json, "{value}");
        }
    }

    #[test]
    fn who_can_read_nothing_that_is_written_here_gets_nothing() {
        for value in [
            "text/html",
            "image/*",
            "application/xml, text/*;q=0.5",
            "*/*;q=0",
            "application/json;q=0",
            "application/json;q=-1",
            "application/json;q=NaN",
            "application/json;charset=utf-16",
            "multipart/mixed",
            ";",
        ] {
            let headers = [(ACCEPT, value.parse().unwrap())].into_iter().collect();
            assert_eq!(Accepted::of(&headers).answer, None, "{value}");
        }
    }
}
