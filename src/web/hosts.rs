//! Under which names the server is asked for.
//!
//! A page whose name its owner lets point to this machine is of the same origin as what answers there, as far as browsers
//! know. Only the name by which it asks gives it away.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use thiserror::Error;

use super::cors::is_host;
use super::refused::Refused;
use crate::graphql::ErrorCode;

const REFUSAL: &str = "this server is not known under the name in the header Host: ask for it as localhost or by its address, or have \
    its operator name it with --hosts";

/// The names of this server, besides those of the machine itself and addresses, which point nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosts {
    /// Whatever it is called.
    Any,
    /// These only.
    Named(Arc<[Name]>),
}

/// A name, or all below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// In small letters.
    text: String,
    reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Itself,
    Below,
}

/// A text that names no host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no host: write shop.example, *.shop.example or *, without a scheme or a port")]
pub struct InvalidHost(String);

impl Hosts {
    /// None but the machine's own.
    pub fn own() -> Self {
        Self::Named(Arc::new([]))
    }

    /// Whether a request with these headers is for this server. One without a host comes from no browser.
    fn are_meant(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        hosts.all(|host| host.to_str().is_ok_and(|host| self.have(host)))
    }

    fn have(&self, host: &str) -> bool {
        let Self::Named(names) = self else {
            return true;
        };
        let host = without_port(host).to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let address = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        address.unwrap_or(host).parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || names.iter().any(|name| name.fits(host))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

impl Name {
    fn fits(&self, host: &str) -> bool {
        match self.reach {
            Reach::Itself => host == self.text,
            Reach::Below => {
                let before = host.strip_suffix(self.text.as_str());
                before.is_some_and(|before| before.len() > 1 && before.ends_with('.'))
            }
        }
    }
}

impl FromStr for Name {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let (name, reach) = match text.strip_prefix("*.") {
            Some(below) => (below, Reach::Below),
            None => (text, Reach::Itself),
        };
        if name.is_empty() || !is_host(name) {
            return Err(InvalidHost(text.to_owned()));
        }
        let text = name.to_ascii_lowercase();
        Ok(Self { text, reach })
    }
}

impl FromStr for Hosts {
    type Err = InvalidHost;

    /// Reads names between blanks or commas.
    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        if words.clone().any(|word| word == "*") {
            return Ok(Self::Any);
        }
        Ok(Self::Named(
            words.map(Name::from_str).collect::<Result<_, _>>()?,
        ))
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = match self {
            Self::Any => return f.write_str("*"),
            Self::Named(names) if names.is_empty() => return f.write_str("localhost"),
            Self::Named(names) => names,
        };
        for (nth, name) in names.iter().enumerate() {
            let blank = if nth == 0 { "" } else { " " };
            let star = match name.reach {
                Reach::Itself => "",
                Reach::Below => "*.",
            };
            write!(f, "{blank}{star}{}", name.text)?;
        }
        Ok(())
    }
}

/// Refuses requests that are for another server.
pub(super) fn check(hosts: &Hosts, headers: &HeaderMap) -> Result<(), Refused> {
    if hosts.are_meant(headers) {
        return Ok(());
    }
    let refused = Refused::new(StatusCode::MISDIRECTED_REQUEST, REFUSAL);
    Err(refused.coded(ErrorCode::Forbidden))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_machine_itself_and_what_is_named_is_meant() {
        let hosts: Hosts = "Shop.example, *.shop.example".parse().unwrap();
        for (host, is_own, is_named) in [
            ("localhost:8080", true, true),
            ("LOCALHOST", true, true),
            ("localhost.:80", true, true),
            ("shop.localhost", true, true),
            ("127.0.0.1:8080", true, true),
            ("127.9.9.9", true, true),
            ("[::1]:8080", true, true),
            ("[::1]", true, true),
            ("10.0.0.7:8080", true, true),
            ("shop.example", false, true),
            ("SHOP.example:443", false, true),
            ("eu.shop.example", false, true),
            (".shop.example", false, false),
            ("evilshop.example", false, false),
            ("evil.example:8080", false, false),
            ("localhost.evil.example", false, false),
            ("evillocalhost", false, false),
            ("127.0.0.1.evil.example", false, false),
            ("127.1", false, false),
            ("", false, false),
        ] {
            assert_eq!(Hosts::own().have(host), is_own, "{host}");
            assert_eq!(hosts.have(host), is_named, "{host}");
            assert!(Hosts::Any.have(host));
        }
        assert_eq!(hosts.to_string(), "shop.example *.shop.example");
    }

    #[test]
    fn of_several_hosts_all_have_to_be_meant() {
        let mut headers = HeaderMap::new();
        assert!(Hosts::own().are_meant(&headers));
        headers.append(HOST, HeaderValue::from_static("localhost"));
        assert!(Hosts::own().are_meant(&headers));
        headers.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(!Hosts::own().are_meant(&headers));
    }

    #[test]
    fn what_is_no_host_is_told_so() {
        for text in [
            "https://shop.example",
            "shop.example:443",
            "*.",
            "a.*.example",
            "shop.example/",
        ] {
            let invalid = text.parse::<Hosts>().unwrap_err().to_string();
            assert!(invalid.contains("is no host"), "{invalid}");
        }
        assert_eq!("* shop.example".parse(), Ok(Hosts::Any));
    }
}
