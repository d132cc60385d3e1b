//! Where Redis is. The password of an address is never shown.

use std::fmt;
use std::str::FromStr;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use reqwest::Url;
use thiserror::Error;

/// A text that is no address of a Redis. The text itself is not repeated, because it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not the address of a Redis: write it as redis://[user:password@]host[:port][/database], or with rediss:// for TLS"
)]
pub struct InvalidUrl;

/// The address of a Redis. `Display` and `Debug` mask its password.
#[derive(Clone)]
pub struct Address {
    url: Url,
    connection: ConnectionInfo,
}

impl Address {
    /// The whole address with its password, for whoever connects.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    pub(super) fn connection(&self) -> &ConnectionInfo {
        &self.connection
    }

    /// The same account on another node of the cluster, which is named as `host:port`. An empty host is this one.
    pub(super) fn on_node(&self, node: &str) -> Option<Self> {
        let (named, port) = node.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let named = named.trim_start_matches('[').trim_end_matches(']');
        let host = |own: &str| if named.is_empty() { own } else { named }.to_owned();
        let node = match self.connection.addr() {
            ConnectionAddr::Tcp(own, _) => ConnectionAddr::Tcp(host(own), port),
            ConnectionAddr::TcpTls {
                host: own,
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host: host(own),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => return None,
        };
        let mut moved = self.clone();
        moved.connection = moved.connection.set_addr(node);
        Some(moved)
    }
}

impl FromStr for Address {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let url = Url::parse(text.trim()).map_err(|_| InvalidUrl)?;
        let is_plain = url.query().is_none() && url.fragment().is_none();
        if !["redis", "rediss"].contains(&url.scheme()) || !url.has_host() || !is_plain {
            return Err(InvalidUrl);
        }
        let connection = url
            .as_str()
            .into_connection_info()
            .map_err(|_| InvalidUrl)?;
        // Commands are small and are waited for: none is held back to fill a packet.
        let tcp = connection.tcp_settings().clone().set_nodelay(true);
        Ok(Self {
            connection: connection.set_tcp_settings(tcp),
            url,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.url.clone();
        if url.password().is_some() {
            url.set_password(Some("****"))
                .expect("an address with a password can have another");
        }
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_an_address_is_not_shown() {
        let address: Address = "redis://me:5ecret@cache.example:7000/2".parse().unwrap();
        let shown = format!("{address} {address:?}");
        assert!(
            shown.contains("redis://me:****@cache.example:7000/2"),
            "{shown}"
        );
        assert!(!shown.contains("5ecret"));
        assert!(address.expose().contains("5ecret"));
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for bad in [
            "",
            "localhost:6379",
            "http://5ecret@localhost",
            "redis:///5ecret",
            "redis://",
            "redis://localhost/5ecret",
            "redis://localhost:99999",
            "rediss://localhost/#insecure",
            "unix:///run/redis.sock",
        ] {
            let refusal = bad.parse::<Address>().unwrap_err();
            assert!(!refusal.to_string().contains("5ecret"), "{bad}");
        }
    }

    #[test]
    fn a_node_of_the_cluster_is_reached_with_the_same_rights() {
        let address: Address = "redis://me:5ecret@one.example:7000".parse().unwrap();
        for (node, host, port) in [
            ("two.example:7001", "two.example", 7001),
            (":7002", "one.example", 7002),
            ("[::1]:7003", "::1", 7003),
            ("::1:7004", "::1", 7004),
        ] {
            let moved = address.on_node(node).unwrap();
            let ConnectionAddr::Tcp(on, at) = moved.connection().addr() else {
                panic!("{node}")
            };
            assert_eq!((on.as_str(), *at), (host, port));
            assert_eq!(
                moved.connection().redis_settings().password(),
                Some("5ecret")
            );
        }
        assert!(address.on_node("two.example").is_none());
    }
}
