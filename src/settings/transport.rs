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

/// How many operations a batch may have.
const BATCH: usize = 10;

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
    /// For how long a connection may stay open on which nobody asks [default: 60s]
    #[arg(long, env = "IDLE_TIMEOUT", value_name = "TIME")]
    pub idle_timeout: Option<Span>,
    /// How long a WebSocket's client may take to send connection_init [default: 3s]
    #[arg(long, env = "INIT_TIMEOUT", value_name = "TIME")]
    pub init_timeout: Option<Span>,
    /// The largest body of a request, up to 64MiB, and the largest message on a WebSocket, up to 16MiB; 0 for no limit of bodies [default: 256KiB]
    #[arg(long, env = "MAX_BODY", value_name = "SIZE")]
    pub max_body: Option<Size>,
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
    /// The names of this server, such as "shop.example *.shop.example", or * for any; localhost and addresses are always right [default: none on loopback, else any]
    #[arg(long, env = "HOSTS", value_name = "HOSTS")]
    pub hosts: Option<String>,
    /// Whose pages may ask from a browser, such as "https://shop.example https://*.shop.example", or * for all [default: nobody's]
    #[arg(long, env = "CORS_ORIGINS", value_name = "ORIGINS")]
    pub cors_origins: Option<String>,
    /// Whether the playground is served [default: on in the sandbox, else off]
    #[arg(long, env = "PLAYGROUND", value_name = "SWITCH")]
    pub playground: Option<Switch>,
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
            batching: self.batching.or(below.batching),
            max_batch: self.max_batch.or(below.max_batch),
            max_sockets: self.max_sockets.or(below.max_sockets),
            socket_operations: self.socket_operations.or(below.socket_operations),
            max_connections: self.max_connections.or(below.max_connections),
            hosts: self.hosts.or(below.hosts),
            cors_origins: self.cors_origins.or(below.cors_origins),
            playground: self.playground.or(below.playground),
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
        let max_batch = limit(self.max_batch.map(u64::from)).unwrap_or(BATCH);
        let transport = Transport {
            head_timeout,
            request_timeout,
            idle_timeout,
            init_timeout,
            max_body: limit(self.max_body.map(Size::bytes)).unwrap_or(usual.max_body),
            max_batch: (self.batching == Some(Switch::On)).then_some(max_batch),
            max_sockets: limit(self.max_sockets.map(u64::from)).unwrap_or(usual.max_sockets),
            socket_operations: limit(self.socket_operations.map(u64::from))
                .unwrap_or(usual.socket_operations),
            max_connections: limit(self.max_connections.map(u64::from)),
            hosts,
            origins: origins.unwrap_or_default(),
            has_playground: match self.playground {
                Some(switch) => switch == Switch::On,
                None => matches!(upstream, Some(Upstream::Sandbox { .. })),
            },
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
        let max_batch = self.max_batch.map_or(BATCH, number);
        writeln!(f, "transport.head_timeout = {:?}", self.head_timeout)?;
        writeln!(f, "transport.request_timeout = {:?}", self.request_timeout)?;
        writeln!(f, "transport.idle_timeout = {:?}", self.idle_timeout)?;
        writeln!(f, "transport.init_timeout = {:?}", self.init_timeout)?;
        writeln!(f, "transport.max_body = {max_body}")?;
        writeln!(
            f,
            "transport.batching = {}",
            switch(self.max_batch.is_some())
        )?;
        writeln!(f, "transport.max_batch = {max_batch}")?;
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
        writeln!(f, "transport.hosts = {}", self.hosts)?;
        writeln!(f, "transport.cors_origins = {}", self.origins)?;
        writeln!(f, "transport.playground = {}", switch(self.has_playground))
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
        assert_eq!(transport.max_batch, Some(usize::MAX));
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
