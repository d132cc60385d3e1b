//! The envelope around every answer, and the table of codes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// A `meta.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u16);

impl Code {
    /// Success.
    pub const OK: Self = Self(200);
    /// Success that made something.
    pub const CREATED: Self = Self(201);
    /// No such path.
    pub const NOT_FOUND: Self = Self(404);
    /// The path has another method.
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// Over the limits.
    pub const TOO_MANY_REQUESTS: Self = Self(429);
    /// The key is wrong or missing.
    pub const INVALID_KEY: Self = Self(4001);
    /// Not understood, or a parameter is missing.
    pub const BAD_REQUEST: Self = Self(4012);
    /// The number is missing.
    pub const NUMBER_MISSING: Self = Self(4013);
    /// The number cannot be one.
    pub const NUMBER_INVALID: Self = Self(4014);
    /// The carrier is unknown, or the body is not JSON.
    pub const CARRIER_INVALID: Self = Self(4015);
    /// Created before.
    pub const EXISTS: Self = Self(4016);
    /// Never created, for calls that change something.
    pub const UNKNOWN: Self = Self(4017);
    /// Too many numbers in one call.
    pub const TOO_MANY_NUMBERS: Self = Self(4020);
    /// The quota is spent.
    pub const QUOTA_SPENT: Self = Self(4021);
    /// Never created.
    pub const NOTHING: Self = Self(4031);
    /// No carrier has such numbers.
    pub const UNDETECTED: Self = Self(4032);
    /// Not one of the eight statuses.
    pub const STATUS_INVALID: Self = Self(4033);

    /// The message of the documentation.
    pub fn message(self) -> &'static str {
        self.meaning().1
    }

    /// The type and message of the documentation; unlisted codes are worded by their class.
    fn meaning(self) -> (&'static str, &'static str) {
        let listed = MEANINGS.iter().find(|(code, ..)| *code == self.0);
        match listed {
            Some((_, kind, message)) => (kind, message),
            None if (500..600).contains(&self.0) => ("Server error", "Server error."),
            None => ("Bad Request", "Bad request."),
        }
    }
}

#[rustfmt::skip]
const MEANINGS: [(u16, &str, &str); 27] = [
    (200, "Success", "Success"),
    (201, "Created", "The request was successful and a resource was created."),
    (202, "Bad Request", "The request was successful but exceeding the limit."),
    (401, "Unauthorized", "Authentication failed or user does not have permissions for the requested operation."),
    (402, "Payment Required", "Payment required."),
    (403, "Forbidden", "Access denied."),
    (404, "Not Found", "Resource was not found."),
    (405, "Method Not Allowed", "Requested method is not supported for the specified resource."),
    (409, "Conflict", "The request could not be completed due to a conflict."),
    (429, "Too Many Requests", "Exceeded API limits. Pause requests, wait two minute, and try again."),
    (500, "Server error", "Server error."),
    (503, "Service Unavailable", "Service Unavailable."),
    (4001, "Unauthorized", "Invalid API key."),
    (4002, "Unauthorized", "API key has been deleted."),
    (4012, "Bad Request", "The request could not be understood or was missing required parameters."),
    (4013, "Bad Request", "Tracking_number is required."),
    (4014, "Bad Request", "The value of `tracking_number` is invalid."),
    (4015, "Bad Request", "The value of `carrier_code` is invalid."),
    (4016, "Bad Request", "Tracking already exists."),
    (4017, "Bad Request", "Tracking does not exist."),
    (4018, "Bad Request", "Due to overload risks this feature requires custom activation."),
    (4019, "Bad Request", "Your balance is not enough, please recharge in time."),
    (4020, "Bad Request", "Up to 200 at a time"),
    (4021, "Bad Request", "Your remaining balance is not enough, so you can not call the API request data."),
    (4031, "No Content", "The request was successful but the response is empty."),
    (4032, "No Content", "Cannot detect courier."),
    (4033, "No Content", "The value of `status` is invalid."),
];

/// An answer before it goes out.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub http: StatusCode,
    /// The `meta.code` inside; none when the body is no envelope.
    pub code: Option<Code>,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    /// An envelope under HTTP 200, as the service answers success and most refusals.
    pub fn envelope(code: Code, data: &Value) -> Self {
        let (kind, message) = code.meaning();
        Self::with_meta(code, Some(kind), Some(message), data)
    }

    /// The same with a message of its own.
    pub fn worded(code: Code, message: &'static str, data: &Value) -> Self {
        let (kind, _) = code.meaning();
        Self::with_meta(code, Some(kind), Some(message), data)
    }

    /// The same with nothing but the code in `meta`.
    pub fn terse(code: Code, data: &Value) -> Self {
        Self::with_meta(code, None, None, data)
    }

    fn with_meta(
        code: Code,
        kind: Option<&'static str>,
        message: Option<&'static str>,
        data: &Value,
    ) -> Self {
        let meta = Meta {
            code: code.0,
            kind,
            message,
        };
        Self {
            http: StatusCode::OK,
            code: Some(code),
            content_type: "application/json",
            body: write(meta, data),
        }
    }

    /// An envelope without data.
    pub fn refusal(code: Code) -> Self {
        Self::envelope(code, &json!([]))
    }

    /// The same answer under another HTTP status.
    pub fn with_http(self, http: StatusCode) -> Self {
        Self { http, ..self }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let content_type = HeaderValue::from_static(self.content_type);
        (self.http, [(header::CONTENT_TYPE, content_type)], self.body).into_response()
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    meta: Meta,
    data: &'a Value,
}

#[derive(Serialize)]
struct Meta {
    code: u16,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

fn write(meta: Meta, data: &Value) -> String {
    let text = serde_json::to_string(&Envelope { meta, data }).expect("JSON values can be written");
    // Outside of strings JSON has no slash, so this is the escaping of the service and nothing else.
    text.replace('/', "\\/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_escaped_and_chinese_stays_in_place() {
        let data = json!({"weblink": "http://www.ems.com.cn/", "place": "郑州市"});
        let text = Reply::envelope(Code::OK, &data).body;
        assert!(text.contains(r#""http:\/\/www.ems.com.cn\/""#), "{text}");
        assert!(text.contains("郑州市"));
        assert!(text.starts_with(r#"{"meta":{"code":200,"type":"Success","message":"Success"},"#));
    }

    #[test]
    fn meta_can_be_the_code_alone_or_have_other_words() {
        let data = json!([]);
        assert_eq!(
            Reply::terse(Code::OK, &data).body,
            r#"{"meta":{"code":200},"data":[]}"#
        );
        let body = Reply::worded(Code::OK, "Fine.", &data).body;
        assert!(body.contains(r#""type":"Success","message":"Fine.""#));
    }

    #[test]
    fn refusals_carry_an_empty_list() {
        let reply = Reply::refusal(Code::EXISTS);
        assert_eq!(
            reply.body,
            r#"{"meta":{"code":4016,"type":"Bad Request","message":"Tracking already exists."},"data":[]}"#
        );
    }
}
