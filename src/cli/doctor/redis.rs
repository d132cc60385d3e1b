//! Whether the Redis is one that replicas can share.

use std::time::Duration;

use super::finding::Finding;
use crate::redis_link::{Examination, Memory, PATIENCE, Unusable};
use crate::throttle::Seated;

/// A turn that is longer than 10 ms on its way is given anew, and is on its way for more than one round trip.
const FAR: Duration = Duration::from_millis(5);

/// The first version with `ZADD GT` and `XTRIM MINID`.
const OLDEST: (u32, u32) = (6, 2);

/// How many percent of its memory may be used without anybody thinking of it.
const NEARLY_FULL: u64 = 90;

/// How long a seat is kept for somebody who is not heard of.
const KEPT: &str = "5 minutes";

/// Why it cannot be used, and what to do.
pub(super) fn unusable(why: &Unusable) -> Finding {
    let advice = match why {
        Unusable::Unreachable(_) => {
            "check that it runs, the host and port of --redis (REDIS_URL), what is between (network policy, firewall), and whether it wants TLS (rediss://) with a certificate that this machine trusts (SSL_CERT_FILE)"
        }
        Unusable::Login(_) => {
            "put its user and password into REDIS_URL: redis://USER:PASSWORD@HOST"
        }
        Unusable::Forbidden(_) => {
            "let the user do what replicas do: +@all -@admin -@dangerous +info ~pg1:* &*"
        }
        Unusable::Refused(_) => {
            "name the primary, not a copy of it; give it memory and a disk to write on, and time to load what it knew"
        }
        Unusable::Astray => "mend the cluster: `redis-cli --cluster check HOST:PORT`",
    };
    Finding::fail("redis", why, advice)
}

/// What is to be said of one that can.
pub(super) fn judge(at: &str, seen: &Examination) -> Vec<Finding> {
    vec![kind(at, seen), policy(seen), memory(seen)]
}

fn kind(at: &str, seen: &Examination) -> Finding {
    let version = seen.version.as_deref();
    let kind = match seen.is_in_cluster {
        true => "in a cluster",
        false => "one server",
    };
    let away = seen.round_trip.as_secs_f64() * 1_000.0;
    let found = format!(
        "{} at {at}, {kind}, {away:.2} ms a round trip",
        version.unwrap_or("an unknown version")
    );
    if version
        .and_then(number)
        .is_some_and(|number| number < OLDEST)
    {
        return Finding::fail("redis", found, "use Redis 6.2 or newer, or Valkey");
    }
    let advice = "bring it nearer: it has to be in the same data centre";
    if seen.round_trip >= PATIENCE {
        return Finding::fail("redis", format_args!("{found}: it counts as away"), advice);
    }
    if seen.round_trip > FAR {
        let found = format!("{found}: turns are lost on their way");
        return Finding::warn("redis", found, advice);
    }
    Finding::ok("redis", found)
}

/// The first two parts of a version.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

fn policy(seen: &Examination) -> Finding {
    let what = "redis maxmemory-policy";
    match (seen.policy.as_deref(), seen.fullness) {
        (Some("noeviction"), Some(percent)) if percent >= NEARLY_FULL => Finding::warn(
            what,
            format_args!(
                "noeviction, and {percent} % of its memory are used: when it is full, it counts as away"
            ),
            "raise maxmemory, or set --events and --max-parcels lower",
        ),
        (Some("noeviction"), _) => Finding::ok(what, "noeviction"),
        (Some(policy), _) => Finding::warn(
            what,
            format_args!(
                "{policy}: when its memory is full, it forgets idempotency keys and cooldowns"
            ),
            "set maxmemory-policy to noeviction",
        ),
        (None, _) => Finding::ok(what, "it does not tell; noeviction is right"),
    }
}

fn memory(seen: &Examination) -> Finding {
    let what = "redis persistence";
    match seen.memory {
        Memory::Log => Finding::ok(what, "an append-only file"),
        Memory::Snapshots => Finding::ok(
            what,
            "snapshots: what was written since the last of them is lost with a crash",
        ),
        Memory::Unknown => Finding::ok(what, "it does not tell"),
        Memory::None => Finding::warn(
            what,
            "none: a restart forgets idempotency keys, revoked view tokens and cooldowns",
            "set appendonly to yes",
        ),
    }
}

/// What is to be said of the seats that the replicas share.
pub(super) fn seats(seated: &[Seated], replicas: u32) -> Vec<Finding> {
    let what = "replicas";
    let taken = seated.len();
    let silent = seated
        .iter()
        .filter_map(|seat| Some((&seat.name, seat.silent_for?)));
    let mut findings: Vec<_> = silent
        .map(|(name, silence)| {
            let seconds = silence.as_secs();
            Finding::warn(
                what,
                format_args!("nothing was heard of {name:?} for {seconds} s, so its slots stay free for {KEPT}"),
                "start it again on the same host at the same address, or wait",
            )
        })
        .collect();
    if taken > replicas as usize {
        let found = format!("{taken} are seated, and --replicas (REPLICAS) says {replicas}");
        let advice = "set --replicas alike for all of them, to the most that ever run at once";
        findings.push(Finding::warn(what, found, advice));
    } else {
        findings.push(Finding::ok(
            what,
            format_args!("{taken} of {replicas} are seated"),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn seen() -> Examination {
        Examination {
            version: Some("7.2.4".to_owned()),
            round_trip: Duration::from_micros(240),
            policy: Some("noeviction".to_owned()),
            fullness: None,
            memory: Memory::Log,
            is_in_cluster: false,
            ahead: SignedDuration::ZERO,
        }
    }

    fn told(change: impl FnOnce(&mut Examination)) -> String {
        let mut seen = seen();
        change(&mut seen);
        let findings = judge("redis://me:****@cache:6379", &seen);
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn one_that_is_right_is_told_in_three_lines() {
        assert_eq!(
            told(|_| ()),
            "ok    redis: 7.2.4 at redis://me:****@cache:6379, one server, 0.24 ms a round trip\n\
             ok    redis maxmemory-policy: noeviction\n\
             ok    redis persistence: an append-only file"
        );
    }

    #[test]
    fn old_and_far_ones_are_of_no_use() {
        for (version, fits) in [
            ("6.2.0", true),
            ("6.0.16", false),
            ("10.0", true),
            ("new", true),
        ] {
            let told = told(|seen| seen.version = Some(version.to_owned()));
            assert_eq!(told.starts_with("ok"), fits, "{told}");
        }
        for (ms, begins) in [(5, "ok"), (8, "warn"), (150, "FAIL")] {
            let told = told(|seen| seen.round_trip = Duration::from_millis(ms));
            assert!(told.starts_with(begins), "{told}");
        }
    }

    #[test]
    fn one_that_forgets_is_regretted() {
        for (line, told) in [
            (
                "warn  redis maxmemory-policy: allkeys-lru",
                told(|seen| seen.policy = Some("allkeys-lru".to_owned())),
            ),
            (
                "warn  redis maxmemory-policy: noeviction, and 95 %",
                told(|seen| seen.fullness = Some(95)),
            ),
            (
                "warn  redis persistence: none",
                told(|seen| seen.memory = Memory::None),
            ),
        ] {
            assert!(told.contains(line), "{line} is not in\n{told}");
        }
    }

    #[test]
    fn the_readme_shows_what_is_said() {
        let mut seen = seen();
        seen.round_trip = Duration::from_micros(210);
        seen.policy = Some("allkeys-lru".to_owned());
        let findings = judge("redis://app:****@cache:6379", &seen);
        assert!(findings.iter().all(Finding::is_shown), "{findings:?}");
    }

    #[test]
    fn seats_are_counted_and_the_silent_named() {
        let seat = |name: &str, silent_for| Seated {
            name: name.to_owned(),
            silent_for,
        };
        let (one, two) = (
            seat("one", None),
            seat("two", Some(Duration::from_secs(40))),
        );
        let told = |seated: &[Seated]| seats(seated, 2)[0].to_string();
        assert_eq!(told(&[]), "ok    replicas: 0 of 2 are seated");
        assert!(
            told(&[one.clone(), two])
                .starts_with("warn  replicas: nothing was heard of \"two\" for 40 s")
        );
        let three = [one.clone(), one.clone(), one];
        assert!(
            told(&three)
                .starts_with("warn  replicas: 3 are seated, and --replicas (REPLICAS) says 2")
        );
    }
}
