//! What would change with other settings, and when.

use std::fmt;

use super::{Overrides, Settings, Upstream};

/// What is made once at the start; everything else may be changed at any time.
const AT_START: [&str; 29] = [
    "listen",
    "upstream",
    "sandbox_speed",
    "upstream_url",
    "trackingmore_api_key",
    "slot_margin",
    "poll_interval",
    "connect_timeout",
    "call_timeout",
    "realtime_timeout",
    "redis",
    "replicas",
    "webhook_email",
    "webhook_tolerance",
    "max_parcels",
    "events",
    "events_age",
    "drain",
    "access.view_token_secret",
    "transport.head_timeout",
    "transport.idle_timeout",
    "transport.max_body",
    "transport.body_memory",
    "transport.max_sockets",
    "transport.max_connections",
    "transport.playground",
    "telemetry.log_format",
    "telemetry.otlp_endpoint",
    "telemetry.trace_sampling",
];

/// A setting that has another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it is called in the settings file.
    pub name: String,
    /// Its value so far; what is secret is not shown.
    pub from: String,
    /// Its value from then on.
    pub to: String,
    /// When that is.
    pub when: When,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// As soon as the settings are read again.
    AtOnce,
    /// When the process is started again.
    AtStart,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, from, to, .. } = self;
        match from == to {
            true => write!(f, "{name} = {to} (another one)")?,
            false => write!(f, "{name} = {to} (was {from})")?,
        }
        match self.when {
            When::AtOnce => Ok(()),
            When::AtStart => f.write_str(", after a restart"),
        }
    }
}

/// What is different, in the order in which settings are shown.
pub fn changes(before: &Settings, after: &Settings) -> Vec<Change> {
    let (was, is) = (before.to_string(), after.to_string());
    let hidden = hidden(before, after);
    let lines = |shown: &'_ str| -> Vec<_> {
        let lines = shown.lines().filter_map(|line| line.split_once(" = "));
        lines.map(|(name, _)| name.to_owned()).collect()
    };
    let gone = lines(&was).into_iter();
    let gone = gone.filter(|name| value_of(name, &is).is_none());
    let names = lines(&is).into_iter().chain(gone);
    let changes = names.filter_map(|name| {
        let value = |shown| value_of(&name, shown).unwrap_or("none").to_owned();
        let (from, to) = (value(&was), value(&is));
        let is_other = from != to || hidden.contains(&name.as_str());
        is_other.then(|| Change {
            when: when(&name),
            name,
            from,
            to,
        })
    });
    changes.collect()
}

fn when(name: &str) -> When {
    match AT_START.contains(&name) {
        true => When::AtStart,
        false => When::AtOnce,
    }
}

fn value_of<'a>(name: &str, shown: &'a str) -> Option<&'a str> {
    let mut lines = shown.lines().filter_map(|line| line.split_once(" = "));
    lines
        .find(|(named, _)| *named == name)
        .map(|(_, value)| value)
}

/// What has another value that is not shown, or not all of it.
fn hidden(before: &Settings, after: &Settings) -> Vec<&'static str> {
    let key = |settings: &Settings| match &settings.upstream {
        Upstream::Sandbox { .. } => None,
        Upstream::TrackingMore { api_key, .. } => Some(api_key.clone()),
    };
    let jwt_secret = |settings: &Settings| {
        let jwt = settings.access.jwt.as_ref();
        jwt.and_then(|jwt| jwt.secret.clone())
    };
    let redis = |settings: &Settings| {
        let address = settings.redis.as_ref();
        address.map(|address| address.expose().to_owned())
    };
    let hidden = [
        ("trackingmore_api_key", key(before) != key(after)),
        ("redis", redis(before) != redis(after)),
        (
            "webhook_email",
            before.webhook_signer != after.webhook_signer,
        ),
        ("access.tokens", before.access.tokens != after.access.tokens),
        ("access.jwt_secret", jwt_secret(before) != jwt_secret(after)),
        (
            "access.view_token_secret",
            before.access.view_token_secret != after.access.view_token_secret,
        ),
    ];
    let hidden = hidden.into_iter().filter(|(_, is_other)| *is_other);
    hidden.map(|(name, _)| name).collect()
}

impl Overrides {
    /// These, but for what is made once at the start, which is as it was then.
    pub fn started_as(self, then: &Self) -> Self {
        let then = then.clone();
        let mut these = self;
        macro_rules! keep {
            ($($($field:ident).+),+ $(,)?) => {
                $(these.$($field).+ = then.$($field).+;)+
            };
        }
        keep!(
            listen,
            upstream,
            sandbox_speed,
            upstream_url,
            trackingmore_api_key,
            slot_margin,
            poll_interval,
            connect_timeout,
            call_timeout,
            realtime_timeout,
            redis,
            replicas,
            webhook_email,
            webhook_tolerance,
            max_parcels,
            events,
            events_age,
            drain,
            access.view_token_secret,
            transport.head_timeout,
            transport.idle_timeout,
            transport.max_body,
            transport.body_memory,
            transport.max_sockets,
            transport.max_connections,
            transport.playground,
            telemetry.log_format,
            telemetry.otlp_endpoint,
            telemetry.trace_sampling,
        );
        these
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Overrides {
        toml::from_str(text).unwrap()
    }

    fn settings(set: &Overrides) -> Settings {
        Settings::resolve(set).unwrap()
    }

    /// An account, and everything that is made at the start and has a value of its own.
    const STARTED: &str = r#"
        upstream = "trackingmore"
        trackingmore_api_key = "one"
        [access]
        anonymous = "tracking:read"
        view_token_secret = "a secret of thirty-two bytes or more"
    "#;

    /// The same with another value for each.
    const OTHER: &str = r#"
        listen = "127.0.0.1:81"
        upstream = "trackingmore"
        upstream_url = "http://127.0.0.1:82/v2"
        trackingmore_api_key = "two"
        slot_margin = "60ms"
        poll_interval = "1s"
        connect_timeout = "1s"
        call_timeout = "1s"
        realtime_timeout = "1s"
        redis = "redis://127.0.0.1:83"
        replicas = 2
        webhook_email = "shop@example.com"
        webhook_tolerance = "1s"
        max_parcels = 5
        events = 2001
        events_age = "1s"
        drain = "1s"
        [access]
        anonymous = "tracking:read"
        view_token_secret = "another secret of thirty-two bytes"
        [transport]
        head_timeout = "1s"
        idle_timeout = "1s"
        max_body = "1MiB"
        body_memory = "64MiB"
        max_sockets = 5
        max_connections = 6
        playground = "on"
        [telemetry]
        log_format = "json"
        otlp_endpoint = "http://127.0.0.1:84"
        trace_sampling = 0.5
    "#;

    #[test]
    fn what_is_made_at_the_start_stays_until_then() {
        let (started, other) = (read(STARTED), read(OTHER));
        let wanted = changes(&settings(&started), &settings(&other));
        let names: Vec<_> = wanted.iter().map(|change| change.name.as_str()).collect();
        // These cannot change while there is an account.
        let expected = AT_START
            .iter()
            .filter(|name| !["upstream", "sandbox_speed"].contains(name));
        assert_eq!(names, expected.copied().collect::<Vec<_>>());
        assert!(wanted.iter().all(|change| change.when == When::AtStart));
        let kept = other.started_as(&started);
        assert_eq!(changes(&settings(&started), &settings(&kept)), []);
    }

    #[test]
    fn the_sandbox_stays_what_it_is() {
        let started = Overrides::default();
        let wanted = read(&("sandbox_speed = 5\n".to_owned() + "[operations]\nmax_depth = 3"));
        let told: Vec<_> = changes(&settings(&started), &settings(&wanted));
        let told: Vec<_> = told.iter().map(Change::to_string).collect();
        assert_eq!(
            told,
            [
                "sandbox_speed = 5 (was 60), after a restart",
                "operations.max_depth = 3 (was 12)"
            ]
        );
        let kept = settings(&wanted.started_as(&started));
        assert_eq!(changes(&settings(&started), &kept).len(), 1);
    }

    #[test]
    fn what_is_secret_changes_without_being_shown() {
        let row = |sha256: &str| {
            let sha256 = sha256.repeat(64);
            let row = format!("name = \"shop\", scopes = \"ops\", sha256 = \"{sha256}\"");
            settings(&read(&format!("[access]\ntokens = [{{ {row} }}]")))
        };
        let told = changes(&row("a"), &row("b"));
        let told: Vec<_> = told.iter().map(Change::to_string).collect();
        assert_eq!(told, ["access.tokens = shop (another one)"]);
    }
}
