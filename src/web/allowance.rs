//! Tells in headers how much a caller may still ask for, as draft-ietf-httpapi-ratelimit-headers (10) has them.

use axum::http::{HeaderName, HeaderValue};

use crate::graphql::Standing;

/// How much he may ask for: so many points at once, which come back in so many seconds.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How much of it is left, and in how many seconds he has all of it again.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The headers for somebody who stands like that; none where there is no limit.
pub(super) fn headers(
    standing: Option<Standing>,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    standing.into_iter().flat_map(written)
}

fn written(standing: Standing) -> [(HeaderName, HeaderValue); 2] {
    let rate = standing.rate;
    let window = rate.burst.div_ceil(rate.per_second.max(1));
    let reset = standing.reset_after.as_millis().div_ceil(1_000);
    let policy = format!("\"points\";q={};w={window}", rate.burst);
    let limit = format!("\"points\";r={};t={reset}", standing.remaining);
    [(POLICY, policy), (LIMIT, limit)].map(|(name, value)| {
        let value = HeaderValue::from_str(&value);
        (name, value.expect("digits and quotes can be sent"))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::graphql::Rate;

    #[test]
    fn a_standing_is_written_as_the_draft_has_it() {
        let standing = Standing {
            rate: Rate {
                per_second: 500,
                burst: 10_000,
            },
            remaining: 9_990,
            reset_after: Duration::from_millis(20),
        };
        let [policy, limit] =
            written(standing).map(|(name, value)| (name, value.to_str().unwrap().to_owned()));
        assert_eq!(policy, (POLICY, "\"points\";q=10000;w=20".to_owned()));
        assert_eq!(limit, (LIMIT, "\"points\";r=9990;t=1".to_owned()));
    }
}
