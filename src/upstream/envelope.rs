//! The `{"meta": ..., "data": ...}` around every answer.

use jiff::Timestamp;
use serde_json::Value;

use super::exchange::Answer;
use super::quote::shortened;
use super::reader::{Fields, shape};
use super::{ApiKey, Call, Code, Error, LooksLike};

/// An answer of the service itself, success or not, but no 429.
pub(super) struct Envelope {
    /// The outcome.
    pub code: Code,
    /// The service's words.
    pub message: Option<String>,
    /// What the service's clock showed, if it says so.
    pub date: Option<Timestamp>,
    /// What the answer holds. Refusals put other shapes here than successes do.
    pub data: Value,
}

impl Envelope {
    /// The `data` of a success.
    pub fn data_of_success(self, call: Call) -> Result<Value, Error> {
        if self.code.is_success() {
            return Ok(self.data);
        }
        Err(self.refusal(call))
    }

    /// The refusal that the answer is.
    pub fn refusal(self, call: Call) -> Error {
        Error::Refused {
            call,
            code: self.code,
            message: self.message,
        }
    }
}

/// Opens what came over HTTP. The documentation reports outcomes in `meta.code` alone, so it wins over the HTTP status.
pub(super) fn open(call: Call, key: &ApiKey, answer: &Answer) -> Result<Envelope, Error> {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(Value::Object(mut envelope)) => match outcome(key, Fields::new(&envelope)) {
            Some((Code::TooManyRequests, _)) => Err(Error::TooManyRequests {
                call,
                retry_after: answer.retry_after,
            }),
            Some((code, message)) => Ok(Envelope {
                code,
                message,
                date: answer.date,
                data: envelope.remove("data").unwrap_or(Value::Null),
            }),
            None => Err(foreign(call, answer, "no meta.code")),
        },
        Ok(_) => Err(foreign(call, answer, "no envelope")),
        Err(error) => Err(garbled(call, answer, &error)),
    }
}

/// Takes "successful but empty", which is a code of its own, for the success without data that it is.
pub(super) fn or_nothing(data: Result<Value, Error>) -> Result<Value, Error> {
    match data {
        Err(Error::Refused {
            code: Code::NoContent,
            ..
        }) => Ok(Value::Null),
        data => data,
    }
}

/// A success whose `data` is nothing that could be read.
pub(super) fn odd_data(call: Call, data: &Value) -> Error {
    Error::undecodable(call, format_args!("`data` is {}", shape(data)))
}

/// The code and the words of an answer.
fn outcome(key: &ApiKey, envelope: Fields<'_>) -> Option<(Code, Option<String>)> {
    let meta = envelope.object("meta").ok()??;
    let code = meta.number::<u16>("code")?;
    Some((Code::from(code), message(key, meta)))
}

/// The service's words on an outcome, without the key that they might repeat.
pub(super) fn message(key: &ApiKey, outcome: Fields<'_>) -> Option<String> {
    let text = outcome.text("message")?;
    Some(shortened(&key.hidden_in(&text)))
}

/// An answer that the service itself did not give, as far as one can tell.
fn foreign(call: Call, answer: &Answer, reason: &str) -> Error {
    match answer.status {
        200..=299 => Error::undecodable(call, reason),
        status => Error::Http { call, status },
    }
}

fn garbled(call: Call, answer: &Answer, error: &serde_json::Error) -> Error {
    let looks_like = match answer.body.trim_ascii().first() {
        // Without a length, a body that was cut off ends like a complete one.
        Some(b'{' | b'[') if error.is_eof() => {
            return Error::Interrupted {
                call,
                reason: "the JSON ends in the middle".to_owned(),
            };
        }
        Some(b'{' | b'[') => return foreign(call, answer, &error.to_string()),
        Some(b'<') => LooksLike::Html,
        Some(_) => LooksLike::Other,
        None => LooksLike::Empty,
    };
    match answer.status {
        status @ 200..=299 => Error::NotJson {
            call,
            looks_like,
            status,
        },
        status => Error::Http { call, status },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn opened(status: u16, body: &str) -> Result<Value, Error> {
        let answer = Answer {
            date: None,
            status,
            retry_after: None,
            body: body.into(),
        };
        open(Call::List, &ApiKey::parse("0123-secret").unwrap(), &answer)?
            .data_of_success(Call::List)
    }

    fn undecodable(body: &str) -> String {
        match opened(200, body).unwrap_err() {
            Error::Undecodable { reason, .. } => reason,
            other => panic!("{other}"),
        }
    }

    fn not_json(body: &str) -> LooksLike {
        match opened(200, body).unwrap_err() {
            Error::NotJson { looks_like, .. } => looks_like,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_meta_of_nothing_but_a_code_is_enough() {
        let data = opened(200, r#"{"meta":{"code":"201"},"data":[1]}"#);
        assert_eq!(data, Ok(json!([1])));
        assert_eq!(opened(200, r#"{"meta":{"code":200}}"#), Ok(Value::Null));
    }

    #[test]
    fn the_code_in_the_envelope_wins_over_the_http_status() {
        let refusal = opened(500, r#"{"meta":{"code":4019},"data":[]}"#).unwrap_err();
        assert_eq!(refusal.upstream_code(), Some(4019));
    }

    #[test]
    fn a_failing_status_without_an_envelope_is_all_that_is_known() {
        for body in ["", "<html>", "{}", "[]", "{garbled}", "null"] {
            let expected = Error::Http {
                call: Call::List,
                status: 502,
            };
            assert_eq!(opened(502, body), Err(expected), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_named_by_its_looks() {
        assert_eq!(not_json(" \n"), LooksLike::Empty);
        assert_eq!(not_json("\n<!doctype html>"), LooksLike::Html);
        assert_eq!(not_json("Bad key"), LooksLike::Other);
    }

    #[test]
    fn json_that_is_no_envelope_is_undecodable() {
        for body in ["[]", "1", "null"] {
            assert_eq!(undecodable(body), "no envelope");
        }
        for meta in ["null", "[]", "{}", r#"{"code":null}"#, r#"{"code":70000}"#] {
            let body = format!(r#"{{"meta":{meta},"data":[]}}"#);
            assert_eq!(undecodable(&body), "no meta.code", "{body}");
        }
        assert!(undecodable(r#"{"meta";}"#).contains("line 1"));
    }

    #[test]
    fn a_refusal_repeats_neither_the_key_nor_a_long_text() {
        let message = format!(
            "{} 0123-secret is no key {}",
            "x".repeat(190),
            "y".repeat(1000)
        );
        let body = json!({"meta": {"code": 4001, "message": message}});
        let text = opened(200, &body.to_string()).unwrap_err().to_string();
        assert!(text.contains("x **** i..."), "{text}");
        assert!(!text.contains("0123"), "{text}");
    }

    #[test]
    fn half_a_json_body_was_cut_off() {
        let cut = opened(200, r#"{"meta":{"code":200},"da"#).unwrap_err();
        assert!(matches!(cut, Error::Interrupted { .. }), "{cut}");
    }

    #[test]
    fn bottomless_json_does_not_overflow_the_stack() {
        let body = format!(r#"{{"meta":{}"#, "[".repeat(1_000_000));
        assert!(undecodable(&body).contains("recursion limit"));
    }
}
