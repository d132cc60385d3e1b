//! What comes over the network.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::{SettingError, Size, Span, Switch, Upstream};
use crate::web::{Hosts, Origins, Settings as Transport};

/// The largest body that can be set, in bytes: every one that is under way may take its whole size of memory.
const LARGEST_BODY: u64 = 64 << 20;

/// How many of the largest bodies there has to be room for: each takes its size twice until it is read, and one address has
/// half of the room at most.
const LEAST_BODIES: usize = 4;

/// What may be set about it, in the table `transport` of the settings file.
#[derive(Args, Deserialize, Default, Clone, Debug)]
#[serde(deny_unknown_fields, default)]
pub struct TransportOverrides {
    /// How long the head of a request may take to arrive [default: 5s]
    #[arg(long, env = "HEAD_TIMEOUT", value_name = "TIME")]
    pub head_timeout: Option<Span>,
    /// How long its body may take behind that; what it asks for has a deadline of its own, the patience [default: 10s]
    #[arg(long, env = "REQUEST_TIMEOUT", value_name = "TIME")]
    pub request_timeout: Option<Span>,
    /// For how long a connection may stay open on which nobody asks; longer than a proxy in front keeps its own open [default: 75s]
    #[arg(long, env = "IDLE_TIMEOUT", value_name = "TIME")]
    pub idle_timeout: Option<Span>,
    /// How long a WebSocket's client may take to send connection_init [default: 3s]
    #[arg(long, env = "INIT_TIMEOUT", value_name = "TIME")]
    pub init_timeout: Option<Span>,
    /// The largest body of a request, up to 64MiB, and the largest message on a WebSocket, up to 16MiB; 0 for no limit of bodies [default: 256KiB]
    #[arg(long, env = "MAX_BODY", value_name = "SIZE")]
    pub max_body: Option<Size>,
    /// How much memory all requests of over 4 KiB may take that are not read yet, half of it those of one address; 0 for no limit [default: 32MiB, or four of the largest bodies]
    #[arg(long, env = "BODY_MEMORY", value_name = "SIZE")]
    pub body_memory: Option<Size>,
    /// Whether one request may hold several operations, as a JSON array [default: off]
    #[arg(long, env = "BATCHING", value_name = "SWITCH", num_args = 0..=1, default_missing_value = "on")]
    pub batching: Option<Switch>,
    /// How many operations that may be; 0 for no limit [default: 10]
    #[arg(long, env = "MAX_BATCH", value_name = "OPERATIONS")]
    pub max_batch: Option<u32>,
    /// How many subscribers there may be, over WebSockets and HTTP; 0 for as many as the system has files for [default: 1000]
    #[arg(long, env = "MAX_SOCKETS", value_name = "SUBSCRIBERS")]
    pub max_sockets: Option<u32>,
    /// How many operations one WebSocket may have under way; 0 for no limit [default: 32]
    #[arg(long, env = "SOCKET_OPERATIONS", value_name = "OPERATIONS")]
    pub socket_operations: Option<u32>,
    /// How many connections may be open; 0 for as many as the system has files for [default: four for each subscriber]
    #[arg(long, env = "MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    pub max_connections: Option<u32>,
    /// How late the server may be with what it has taken on before it turns requests away (503), and goes on to until it is in time; 0 for as late as it likes [default: 100ms]
    #[arg(long, env = "SHED_AFTER", value_name = "TIME")]
    pub shed_after: Option<Span>,
    /// The names of this server, such as "shop.example *.shop.example", or * for any; localhost and addresses are always right [default: none on loopback, else any]
    #[arg(long, env = "HOSTS", value_name = "HOSTS")]
    pub hosts: Option<String>,
    /// Whose pages may ask from a browser, such as "https://shop.example https://*.shop.example", or * for all [default: nobody's]
    #[arg(long, env = "CORS_ORIGINS", value_name = "ORIGINS")]
    pub cors_origins: Option<String>,
    /// Whether the playground is served [default: on in the sandbox, else off]
    #[arg(long, env = "PLAYGROUND", value_name = "SWITCH")]
    pub playground: Option<Switch>,
    /// Whether answers and files of over 1 KiB are sent compressed to clients that can read that [default: on]
    #[arg(long, env = "COMPRESSION", value_name = "SWITCH")]
    pub compression: Option<Switch>,
    /// For how long an answer to a GET may be used without asking again, though never past the end of its freshness; whoever keeps it does not hear of changes meanwhile [default: 0s]
    #[arg(long, env = "ANSWER_MAX_AGE", value_name = "TIME")]
    pub answer_max_age: Option<Span>,
}

impl TransportOverrides {
    /// These, and those below where these say nothing.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            head_timeout: self.head_timeout.or(below.head_timeout),
            request_timeout: self.request_timeout.or(below.request_timeout),
            idle_timeout: self.idle_timeout.or(below.idle_timeout),
            init_timeout: self.init_timeout.or(below.init_timeout),
            max_body: self.max_body.or(below.max_body),
            body_memory: self.body_memory.or(below.body_memory),
            batching: self.batching.or(below.batching),
            max_batch: self.max_batch.or(below.max_batch),
            max_sockets: self.max_sockets.or(below.max_sockets),
            socket_operations: self.socket_operations.or(below.socket_operations),
            max_connections: self.max_connections.or(below.max_connections),
            shed_after: self.shed_after.or(below.shed_after),
            hosts: self.hosts.or(below.hosts),
            cors_origins: self.cors_origins.or(below.cors_origins),
            playground: self.playground.or(below.playground),
            compression: self.compression.or(below.compression),
            answer_max_age: self.answer_max_age.or(below.answer_max_age),
        }
    }

    /// Puts defaults under what was set; with what is wrong of it.
    pub(super) fn resolve(
        &self,
        upstream: Option<&Upstream>,
        listen: SocketAddr,
    ) -> (Transport, Vec<SettingError>) {
        let usual = Transport::default();
        let mut wrong = Vec::new();
        let mut time = |name, value: Option<Span>, usual| {
            let time = value.map_or(usual, Duration::from);
            if time.is_zero() {
                wrong.push(SettingError::ZeroTime(name));
            }
            time
        };
        let head_timeout = time("head-timeout", self.head_timeout, usual.head_timeout);
        let request_timeout = time(
            "request-timeout",
            self.request_timeout,
            usual.request_timeout,
        );
        let idle_timeout = time("idle-timeout", self.idle_timeout, usual.idle_timeout);
        let init_timeout = time("init-timeout", self.init_timeout, usual.init_timeout);
        let origins = self.cors_origins.as_deref().map(str::parse::<Origins>);
        let origins = origins.transpose().unwrap_or_else(|invalid| {
            wrong.push(SettingError::Origins(invalid));
            None
        });
        let hosts = match self.hosts.as_deref().map(str::parse::<Hosts>) {
            Some(Ok(hosts)) => hosts,
            Some(Err(invalid)) => {
                wrong.push(SettingError::Hosts(invalid));
                Hosts::own()
            }
            // Nobody calls it anything else than what it is, unless a page lies about itself.
            None if listen.ip().to_canonical().is_loopback() => Hosts::own(),
            None => Hosts::Any,
        };
        if self
            .max_body
            .is_some_and(|size| size.bytes() > LARGEST_BODY)
        {
            wrong.push(SettingError::MaxBody);
        }
        let max_body = limit(self.max_body.map(Size::bytes)).unwrap_or(usual.max_body);
        // Bodies without a limit may be as large as there is room for.
        let least_memory = match max_body {
            usize::MAX => 0,
            max_body => max_body.saturating_mul(LEAST_BODIES),
        };
        let body_memory = limit(self.body_memory.map(Size::bytes));
        if body_memory.is_some_and(|memory| memory < least_memory) {
            wrong.push(SettingError::BodyMemory);
        }
        let transport = Transport {
            head_timeout,
            request_timeout,
            idle_timeout,
            init_timeout,
            max_body,
            body_memory: body_memory.unwrap_or(usual.body_memory.max(least_memory)),
            takes_batches: self.batching == Some(Switch::On),
            max_batch: limit(self.max_batch.map(u64::from)).unwrap_or(usual.max_batch),
            max_sockets: limit(self.max_sockets.map(u64::from)).unwrap_or(usual.max_sockets),
            socket_operations: limit(self.socket_operations.map(u64::from))
                .unwrap_or(usual.socket_operations),
            max_connections: limit(self.max_connections.map(u64::from)),
            shed_after: self.shed_after.map_or(usual.shed_after, Duration::from),
            hosts,
            origins: origins.unwrap_or_default(),
            has_playground: match self.playground {
                Some(switch) => switch == Switch::On,
                None => matches!(upstream, Some(Upstream::Sandbox { .. })),
            },
            compresses: self.compression != Some(Switch::Off),
            max_age: self.answer_max_age.map_or(usual.max_age, Duration::from),
        };
        (transport, wrong)
    }
}

/// A number that is set; 0 is for none.
fn limit(set: Option<u64>) -> Option<usize> {
    let limit = |set| match usize::try_from(set) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(number) => number,
    };
    set.map(limit)
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No limit is written as it is set.
        let number = |limit: usize| if limit == usize::MAX { 0 } else { limit };
        let switch = |is_on| if is_on { "on" } else { "off" };
        let max_body = Size::of(number(self.max_body));
        let body_memory = Size::of(number(self.body_memory));
        writeln!(f, "transport.head_timeout = {:?}", self.head_timeout)?;
        writeln!(f, "transport.request_timeout = {:?}", self.request_timeout)?;
        writeln!(f, "transport.idle_timeout = {:?}", self.idle_timeout)?;
        writeln!(f, "transport.init_timeout = {:?}", self.init_timeout)?;
        writeln!(f, "transport.max_body = {max_body}")?;
        writeln!(f, "transport.body_memory = {body_memory}")?;
        writeln!(f, "transport.batching = {}", switch(self.takes_batches))?;
        writeln!(f, "transport.max_batch = {}", number(self.max_batch))?;
        writeln!(f, "transport.max_sockets = {}", number(self.max_sockets))?;
        writeln!(
            f,
            "transport.socket_operations = {}",
            number(self.socket_operations)
        )?;
        match self.max_connections {
            Some(limit) => writeln!(f, "transport.max_connections = {}", number(limit))?,
            None => writeln!(f, "transport.max_connections = four times max_sockets")?,
        }
        writeln!(f, "transport.shed_after = {:?}", self.shed_after)?;
        writeln!(f, "transport.hosts = {}", self.hosts)?;
        writeln!(f, "transport.cors_origins = {}", self.origins)?;
        writeln!(f, "transport.playground = {}", switch(self.has_playground))?;
        writeln!(f, "transport.compression = {}", switch(self.compresses))?;
        writeln!(f, "transport.answer_max_age = {:?}", self.max_age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where only this machine can ask.
    fn here() -> SocketAddr {
        ([127, 0, 0, 1], 8080).into()
    }

    #[test]
    fn only_where_others_can_ask_any_name_will_do() {
        for (listen, hosts, expected) in [
            ("127.0.0.1:1", None, "localhost"),
            ("[::1]:1", None, "localhost"),
            ("127.0.0.1:1", Some("Shop.example"), "shop.example"),
            ("127.0.0.1:1", Some("*"), "*"),
            ("0.0.0.0:1", None, "*"),
            (
                "10.0.0.7:1",
                Some("a.example *.b.example"),
                "a.example *.b.example",
            ),
        ] {
            let hosts = hosts.map(str::to_owned);
            let set = TransportOverrides {
                hosts,
                ..TransportOverrides::default()
            };
            let (transport, wrong) = set.resolve(None, listen.parse().unwrap());
            assert_eq!(wrong, []);
            assert_eq!(transport.hosts.to_string(), expected, "{listen}");
        }
    }

    #[test]
    fn zero_is_for_no_limit_and_is_written_so() {
        let set = TransportOverrides {
            max_body: Some("0".parse().unwrap()),
            max_sockets: Some(0),
            batching: Some(Switch::On),
            max_batch: Some(0),
            ..TransportOverrides::default()
        };
        let (transport, wrong) = set.resolve(None, here());
        assert_eq!(wrong, []);
        assert_eq!(transport.max_batch, usize::MAX);
        assert_eq!(
            (transport.max_body, transport.max_sockets),
            (usize::MAX, usize::MAX)
        );
        let written = transport.to_string();
        for line in [
            "max_body = 0\n",
            "max_sockets = 0\n",
            "batching = on\n",
            "max_batch = 0\n",
        ] {
            assert!(written.contains(line), "{written}");
        }
    }

    #[test]
    fn how_many_operations_a_batch_may_have_is_shown_whether_there_are_batches_or_not() {
        for batching in [None, Some(Switch::Off), Some(Switch::On)] {
            let set = TransportOverrides {
                batching,
                max_batch: Some(3),
                ..TransportOverrides::default()
            };
            let written = set.resolve(None, here()).0.to_string();
            assert!(written.contains("max_batch = 3\n"), "{written}");
        }
    }

    #[test]
    fn there_is_room_for_the_largest_bodies() {
        for (body, memory, room) in [
            (None, None, Ok(32)),
            (Some("64MiB"), None, Ok(256)),
            (Some("0"), None, Ok(32)),
            (Some("16MiB"), Some("64MiB"), Ok(64)),
            (Some("0"), Some("1MiB"), Ok(1)),
            (Some("16MiB"), Some("63MiB"), Err(SettingError::BodyMemory)),
            (None, Some("1000"), Err(SettingError::BodyMemory)),
        ] {
            let set = TransportOverrides {
                max_body: body.map(|size| size.parse().unwrap()),
                body_memory: memory.map(|size| size.parse().unwrap()),
                ..TransportOverrides::default()
            };
            let (transport, wrong) = set.resolve(None, here());
            let got = match wrong.into_iter().next() {
                None => Ok(transport.body_memory >> 20),
                Some(wrong) => Err(wrong),
            };
            assert_eq!(got, room, "{body:?} {memory:?}");
        }
    }

    #[test]
    fn the_playground_is_on_for_simulated_parcels_only() {
        let set = TransportOverrides::default();
        let sandbox = Upstream::Sandbox { speed: 1.0 };
        assert!(set.resolve(Some(&sandbox), here()).0.has_playground);
        assert!(!set.resolve(None, here()).0.has_playground);
    }

    #[test]
    fn bodies_have_64_mib_at_the_most_unless_they_have_no_limit() {
        for (size, wrong) in [
            ("64MiB", vec![]),
            ("0", vec![]),
            ("65MiB", vec![SettingError::MaxBody]),
        ] {
            let set = TransportOverrides {
                max_body: Some(size.parse().unwrap()),
                ..TransportOverrides::default()
            };
            assert_eq!(set.resolve(None, here()).1, wrong, "{size}");
        }
    }

    #[test]
    fn times_of_nothing_and_pages_of_nowhere_are_refused() {
        let set = TransportOverrides {
            init_timeout: Some("0".parse().unwrap()),
            hosts: Some("http://shop".to_owned()),
            cors_origins: Some("shop".to_owned()),
            ..TransportOverrides::default()
        };
        let (_, wrong) = set.resolve(None, here());
        assert_eq!(wrong.len(), 3);
        assert_eq!(wrong[0], SettingError::ZeroTime("init-timeout"));
        let said = wrong[2].to_string();
        assert!(said.starts_with("--hosts (HOSTS): \"http://shop\""));
        assert!(
            wrong[1]
                .to_string()
                .starts_with("--cors-origins (CORS_ORIGINS): \"shop\"")
        );
    }
}
