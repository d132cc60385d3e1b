//! The `{"meta": ..., "data": ...}` around every answer.

use serde_json::Value;

use super::error::shortened;
use super::exchange::Answer;
use super::reader::Fields;
use super::{ApiKey, Call, Code, Error, LooksLike};

/// Gives the `data` of a success. The documentation reports outcomes in `meta.code` alone, so it wins over the HTTP
/// status; `data` is looked at only after it, because refusals put other shapes there.
pub(super) fn open(call: Call, key: &ApiKey, answer: &Answer) -> Result<Value, Error> {
    let parsed = serde_json::from_slice::<Value>(&answer.body);
    match parsed {
        Ok(Value::Object(mut envelope)) => match outcome(key, Fields::new(&envelope)) {
            Some((code, _)) if code.is_success() => {
                Ok(envelope.remove("data").unwrap_or(Value::Null))
            }
            Some((Code::TooManyRequests, _)) => Err(Error::TooManyRequests {
                call,
                retry_after: answer.retry_after,
            }),
            Some((code, message)) => Err(Error::Refused {
                call,
                code,
                message,
            }),
            None => Err(foreign(call, answer, "no meta.code")),
        },
        Ok(_) => Err(foreign(call, answer, "no envelope")),
        Err(error) => Err(garbled(call, answer, &error)),
    }
}

/// The code and the service's words, which might repeat the key that it did not like.
fn outcome(key: &ApiKey, envelope: Fields<'_>) -> Option<(Code, Option<String>)> {
    let meta = envelope.object("meta").ok()??;
    let code = meta.number::<u16>("code")?;
    let message = meta
        .text("message")
        .map(|text| shortened(&key.hidden_in(&text)));
    Some((Code::from(code), message))
}

/// An answer that the service itself did not give, as far as one can tell.
fn foreign(call: Call, answer: &Answer, reason: &str) -> Error {
    match answer.status {
        200..=299 => Error::Undecodable {
            call,
            reason: reason.to_owned(),
        },
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
            status,
            retry_after: None,
            body: body.into(),
        };
        open(Call::List, &ApiKey::parse("0123-secret").unwrap(), &answer)
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
