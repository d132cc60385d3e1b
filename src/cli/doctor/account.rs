//! Whether TrackingMore can be reached, takes the key, and has quota left for it.

use super::finding::Finding;
use crate::app::{NotAsked, Told};
use crate::throttle::NoTurn;
use crate::upstream::{Error, Kind};

/// How many trackings are so few that somebody should know.
const FEW: u64 = 100;

/// What the account said, or why it was not asked.
pub(super) fn judge(asked: &Result<Told, NotAsked>) -> Vec<Finding> {
    match asked {
        Ok(told) => match &told.account {
            Ok(account) => vec![
                Finding::ok("key", "TrackingMore takes it"),
                quota(account.trackings_left),
            ],
            Err(error) => vec![failed(error)],
        },
        Err(NotAsked::Client(error)) => vec![Finding::fail("trackingmore", error, "")],
        Err(NotAsked::Away(_) | NotAsked::Turn(NoTurn::Apart { .. })) => vec![Finding::warn(
            "key",
            "it was not tried: without Redis nobody knows whose turn it is to call",
            "mend what is said of Redis, and try again",
        )],
        Err(NotAsked::Turn(why @ NoTurn::Closed { .. })) => vec![Finding::warn(
            "key",
            format_args!("it was not tried: {why}"),
            "wait until then; if it comes again, find out who else calls with this key",
        )],
        Err(NotAsked::Turn(why @ NoTurn::Full { .. })) => vec![Finding::warn(
            "key",
            format_args!("it was not tried: {why}"),
            "the replicas have every turn at the moment: try again later",
        )],
    }
}

/// A server uses the account, and an account may make one such call a second.
pub(super) fn left_alone(why: &str) -> Finding {
    Finding::ok("key", format_args!("it was not tried: {why}"))
}

fn quota(left: Option<u64>) -> Finding {
    let advice = "recharge the account at TrackingMore";
    match left {
        None => Finding::ok("quota", "TrackingMore does not tell what is left"),
        Some(0) => Finding::fail("quota", "none is left: nothing new can be tracked", advice),
        Some(left) if left < FEW => Finding::warn(
            "quota",
            format_args!("enough for {left} more trackings"),
            advice,
        ),
        Some(left) => Finding::ok("quota", format_args!("enough for {left} more trackings")),
    }
}

fn failed(error: &Error) -> Finding {
    let found = error.to_string();
    let found = found
        .rsplit_once("; ")
        .map_or(found.as_str(), |(found, _)| found);
    let (what, advice) = match error.kind() {
        Kind::BadKey => (
            "key",
            "compare TRACKINGMORE_API_KEY with the key in TrackingMore's dashboard, which has to be one for version 2 of the API",
        ),
        Kind::Forbidden => (
            "key",
            "look into TrackingMore's dashboard whether the account may use the API from this address",
        ),
        Kind::Quota => ("quota", "recharge the account at TrackingMore"),
        Kind::TooManyRequests => (
            "key",
            "find out who else calls with this key; all replicas call nothing for two minutes now",
        ),
        Kind::TimedOut => (
            "trackingmore",
            "try again; if it comes again, look at what is between this machine and TrackingMore",
        ),
        Kind::Unavailable if is_about_certificates(error) => (
            "trackingmore",
            "install the package ca-certificates, or name the bundle with the certificate of a proxy that reads along with SSL_CERT_FILE",
        ),
        Kind::Unavailable => (
            "trackingmore",
            "check --upstream-url (UPSTREAM_URL), and that this machine may call it (firewall, network policy, HTTPS_PROXY)",
        ),
        _ => (
            "trackingmore",
            "check --upstream-url (UPSTREAM_URL): what answers there is not version 2 of the API",
        ),
    };
    Finding::fail(what, found, advice)
}

fn is_about_certificates(error: &Error) -> bool {
    matches!(error, Error::Unreachable { reason, .. } if reason.contains("certificate"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::model::Account;
    use crate::upstream::{Call, Code};

    fn told(account: Result<Account, Error>) -> String {
        let told = Told {
            account,
            date: None,
            here: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
        };
        lines(&Ok(told))
    }

    fn lines(asked: &Result<Told, NotAsked>) -> String {
        let findings = judge(asked);
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn a_key_is_taken_and_its_quota_told() {
        for (left, line) in [
            (Some(9_120), "ok    quota: enough for 9120"),
            (Some(99), "warn  quota: enough for 99"),
            (Some(0), "FAIL  quota: none is left"),
            (None, "ok    quota: TrackingMore does not tell"),
        ] {
            let account = Account {
                trackings_left: left,
                ..Account::default()
            };
            let told = told(Ok(account));
            assert!(
                told.starts_with("ok    key: TrackingMore takes it\n"),
                "{told}"
            );
            assert!(told.contains(line), "{told}");
        }
        assert!(quota(Some(9_120)).is_shown());
    }

    #[test]
    fn a_failure_says_what_to_do() {
        let call = Call::Account;
        for (error, begins, advice) in [
            (
                Error::Refused {
                    call,
                    code: Code::from(4001),
                    message: None,
                },
                "FAIL  key: GET /trackings/getuserinfo was refused with code 4001 -> ",
                "compare TRACKINGMORE_API_KEY",
            ),
            (
                Error::TooManyRequests {
                    call,
                    retry_after: None,
                },
                "FAIL  key: ",
                "who else calls with this key",
            ),
            (
                Error::Unreachable {
                    call,
                    reason: "invalid peer certificate: UnknownIssuer".to_owned(),
                },
                "FAIL  trackingmore: ",
                "ca-certificates",
            ),
            (
                Error::Unreachable {
                    call,
                    reason: "connection refused".to_owned(),
                },
                "FAIL  trackingmore: ",
                "UPSTREAM_URL",
            ),
            (
                Error::Http { call, status: 404 },
                "FAIL  trackingmore: ",
                "not version 2",
            ),
        ] {
            let told = told(Err(error));
            assert!(told.starts_with(begins) && told.contains(advice), "{told}");
        }
    }

    #[test]
    fn whose_turn_it_is_not_does_not_call() {
        let retry_after = Duration::from_secs(100);
        for (why, says) in [
            (
                NotAsked::Turn(NoTurn::Closed { retry_after }),
                "ends in 100 s",
            ),
            (NotAsked::Turn(NoTurn::Full { retry_after }), "in 100 s"),
            (NotAsked::Away(crate::redis_link::Away), "without Redis"),
        ] {
            let told = lines(&Err(why));
            assert!(told.starts_with("warn  key: it was not tried"), "{told}");
            assert!(told.contains(says), "{told}");
        }
    }
}
