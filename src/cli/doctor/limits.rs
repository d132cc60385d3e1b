//! Whether what is set fits what is documented, what the system gives, and what proxies do.

use std::time::Duration;

use super::finding::Finding;
use crate::settings::{Settings, Upstream};
use crate::throttle::Limits;
use crate::web::Capacity;

/// For how long proxies wait for an answer, and keep a connection that nobody uses, unless they are told otherwise: nginx and
/// the balancers of clouds.
const OF_PROXIES: Duration = Duration::from_secs(60);

/// How many files the process needs besides those for connections.
const OTHER_FILES: usize = 512;

/// What there is to say of them, with so much room in the process.
pub(super) fn judge(settings: &Settings, room: Capacity) -> Vec<Finding> {
    let mut findings = Vec::new();
    if matches!(settings.upstream, Upstream::TrackingMore { .. }) {
        findings.extend(of_account(settings));
    }
    findings.push(files(settings, room));
    findings.push(patience(settings.tracker.patience));
    findings.push(idle(settings.transport.idle_timeout));
    findings
}

fn of_account(settings: &Settings) -> Vec<Finding> {
    let (set, documented) = (&settings.limits, Limits::default());
    let per_second = [
        ("list", set.list_per_second, documented.list_per_second),
        (
            "realtime",
            set.realtime_per_second,
            documented.realtime_per_second,
        ),
        ("other", set.other_per_second, documented.other_per_second),
    ];
    let too_high = per_second
        .into_iter()
        .filter(|(_, set, most)| *set == 0 || set > most);
    let mut findings: Vec<_> = too_high
        .map(|(lane, set, most)| {
            let set = match set {
                0 => "without a limit".to_owned(),
                set => format!("{set} a second"),
            };
            let found = format!("{lane} calls are made {set}, and {most} a second are documented");
            let advice = format!(
                "set --{lane}-per-second to {most}, unless TrackingMore has given the account more: one call too many silences all of them for two minutes"
            );
            Finding::warn("limits", found, advice)
        })
        .collect();
    if set.silence < documented.silence {
        let found = format!(
            "after a 429 nothing is called for {:?}, and 120 s are documented",
            set.silence
        );
        let advice = "set --silence to 120s: who calls before it is over starts it anew";
        findings.push(Finding::warn("limits", found, advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("limits", "none is higher than documented"));
    }
    findings
}

fn files(settings: &Settings, room: Capacity) -> Finding {
    let transport = &settings.transport;
    let subscribers = transport.max_sockets;
    let connections = transport.max_connections;
    let connections = connections.unwrap_or_else(|| subscribers.saturating_mul(4));
    let files = room.files;
    let is_short = |wanted: usize, room: usize| wanted < usize::MAX && wanted > room;
    if !is_short(subscribers, room.subscribers) && !is_short(connections, room.connections) {
        let found = format!("this process may open {files}, which is enough for what is set");
        return Finding::ok("files", found);
    }
    let (seats, places) = (
        room.subscribers.min(subscribers),
        room.connections.min(connections),
    );
    let found = format!(
        "this process may open {files}: enough for {seats} subscribers and {places} connections, where {subscribers} and {connections} are set"
    );
    let needed = connections.max(subscribers).saturating_add(OTHER_FILES);
    let advice = format!(
        "raise the hard limit of open files of the server to {needed} (LimitNOFILE in a unit, ulimits in Compose), or set --max-sockets lower"
    );
    Finding::warn("files", found, advice)
}

fn patience(patience: Duration) -> Finding {
    if patience < OF_PROXIES {
        let found = format!("callers wait {patience:?} at most, and proxies longer");
        return Finding::ok("patience", found);
    }
    Finding::warn(
        "patience",
        format_args!("callers wait {patience:?}, and most proxies give up after 60 s"),
        "set --patience lower, or the time for which the proxy waits higher (proxy_read_timeout)",
    )
}

fn idle(idle: Duration) -> Finding {
    if idle > OF_PROXIES {
        let found =
            format!("idle connections stay open for {idle:?}, longer than with most proxies");
        return Finding::ok("idle_timeout", found);
    }
    Finding::warn(
        "idle_timeout",
        format_args!(
            "idle connections are closed after {idle:?}, and most proxies use them for 60 s: some requests are sent on one that is just being closed"
        ),
        "set --idle-timeout to 75s, or have the proxy keep them for less (keepalive_timeout)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Overrides;

    const ROOM: Capacity = Capacity {
        files: 65_536,
        subscribers: 65_024,
        connections: 65_000,
    };

    fn told(set: &str, room: Capacity) -> String {
        let account = "upstream = \"trackingmore\"\ntrackingmore_api_key = \"k\"\n";
        let access = "[access]\nanonymous = \"tracking:read\"\n";
        let set: Overrides = toml::from_str(&format!("{account}{set}\n{access}")).unwrap();
        let findings = judge(&Settings::resolve(&set).unwrap(), room);
        let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn nothing_is_to_be_said_of_the_defaults() {
        let told = told("", ROOM);
        assert_eq!(told.lines().count(), 4, "{told}");
        assert!(include_str!("../../../README.md").contains(&told), "{told}");
        assert!(told.lines().all(|line| line.starts_with("ok ")), "{told}");
    }

    #[test]
    fn what_is_higher_than_documented_or_has_no_limit_is_regretted() {
        let told = told(
            "list_per_second = 2\nrealtime_per_second = 0\nother_per_second = 1\nsilence = \"60s\"",
            ROOM,
        );
        for line in [
            "warn  limits: list calls are made 2 a second, and 1 a second are documented -> set --list-per-second to 1",
            "warn  limits: realtime calls are made without a limit, and 3 a second",
            "warn  limits: after a 429 nothing is called for 60s",
        ] {
            assert!(told.contains(line), "{line} is not in\n{told}");
        }
        assert!(!told.contains("other calls"), "{told}");
    }

    #[test]
    fn files_have_to_be_enough_for_subscribers_and_connections() {
        let few = Capacity {
            files: 1_024,
            subscribers: 512,
            connections: 700,
        };
        let told = told("", few);
        assert!(
            told.contains("warn  files: this process may open 1024: enough for 512 subscribers and 700 connections, where 1000 and 4000 are set -> raise the hard limit of open files of the server to 4512"),
            "{told}"
        );
    }

    #[test]
    fn proxies_are_to_give_up_later_and_to_let_go_earlier() {
        let account = "patience = \"60s\"\n[transport]\nidle_timeout = \"60s\"";
        let told = told(account, ROOM);
        assert!(told.contains("warn  patience: callers wait 60s"), "{told}");
        assert!(
            told.contains("warn  idle_timeout: idle connections are closed after 60s"),
            "{told}"
        );
    }
}
