//! One request and its whole answer, before anybody looks inside.

use std::error::Error as _;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::quote::shortened;
use super::{Call, Error};

/// What most answers stay below, full pages of lists among them.
const ORDINARY_BODY: usize = 4 * 1024 * 1024;

/// The longest body that is read; the list of all carriers, the longest of them, stays well below.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The longest page of a list that is read: 2000 trackings may hold 33 KB each, which is more than 150 checkpoints.
const LONGEST_LIST: usize = 64 * 1024 * 1024;

/// A longer wait than this is taken for a mistake.
const LONGEST_RETRY_AFTER: u64 = 3600;

/// What came back over HTTP.
pub(super) struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    /// What the service's clock showed, if it says so.
    pub date: Option<Timestamp>,
    pub body: Vec<u8>,
}

/// Sends a request once and reads the answer to its end, all within the deadline.
pub(super) async fn exchange(
    call: Call,
    request: RequestBuilder,
    deadline: Duration,
) -> Result<Answer, Error> {
    let failed = |error| failure(call, deadline, error);
    let response = request.timeout(deadline).send().await.map_err(failed)?;
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let date = date(response.headers());
    if status == StatusCode::TOO_MANY_REQUESTS {
        // Whatever the body says, or even if it never comes, the limits were broken.
        return Err(Error::TooManyRequests { call, retry_after });
    }
    Ok(Answer {
        status: status.as_u16(),
        retry_after,
        date,
        body: body(call, response, failed).await?,
    })
}

async fn body(
    call: Call,
    mut response: Response,
    failed: impl Fn(reqwest::Error) -> Error,
) -> Result<Vec<u8>, Error> {
    let longest = match call {
        Call::List => LONGEST_LIST,
        _ => LONGEST_BODY,
    };
    let too_long = || Error::undecodable(call, format_args!("more than {longest} bytes"));
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).map_err(|_| too_long())?;
    if announced > longest {
        return Err(too_long());
    }
    // What is only announced gets no more room than an ordinary page.
    let mut body = Vec::with_capacity(announced.min(ORDINARY_BODY));
    while let Some(chunk) = response.chunk().await.map_err(&failed)? {
        if body.len() + chunk.len() > longest {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failure(call: Call, deadline: Duration, error: reqwest::Error) -> Error {
    // A slow connection is unreachable rather than late: like a request that cannot be made, it has sent nothing yet.
    if error.is_builder() {
        Error::Unsendable {
            call,
            reason: root_cause(&error),
        }
    } else if error.is_connect() {
        Error::Unreachable {
            call,
            reason: root_cause(&error),
        }
    } else if error.is_timeout() {
        Error::TimedOut {
            call,
            after: deadline,
        }
    } else {
        Error::Interrupted {
            call,
            reason: root_cause(&error),
        }
    }
}

/// The innermost reason says what happened; only the outermost one would name the address.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = match error.source() {
        Some(cause) => cause,
        None => return "no reason given".to_owned(),
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    shortened(&cause.to_string())
}

/// Seconds only: the form with a date would need a clock that agrees with the service's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: u64 = seconds.trim().parse().ok()?;
    (1..=LONGEST_RETRY_AFTER)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_clock_is_read_from_its_date() {
        for (text, shows) in [
            (
                "Wed, 21 Oct 2026 07:28:00 GMT",
                "2026-10-21T07:28:00Z".parse().ok(),
            ),
            ("yesterday", None),
        ] {
            let headers = HeaderMap::from_iter([(DATE, text.parse().unwrap())]);
            assert_eq!(date(&headers), shows, "{text}");
        }
    }

    #[test]
    fn only_a_sane_number_of_seconds_counts_as_retry_after() {
        for (text, seconds) in [
            ("120", Some(120)),
            (" 3600 ", Some(3600)),
            ("0", None),
            ("3601", None),
            ("-5", None),
            ("99999999999999999999", None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers), expected, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
