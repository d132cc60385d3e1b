//! Who is asking: for fairness, and for whom outcomes are kept.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue};

use super::Rules;
use super::reception::peer;
use crate::model::ClientId;

/// Whoever sent a request.
pub(super) fn of(head: &Parts, rules: &Rules) -> ClientId {
    let header = rules.client_header.as_ref();
    let named = header.and_then(|header| named(head.headers.get(header)?));
    named.unwrap_or_else(|| address_of(&head.extensions))
}

/// From where a request came, whoever sent it.
pub(super) fn address_of(extensions: &Extensions) -> ClientId {
    let address = peer(extensions).map(|peer| peer.client.clone());
    address.unwrap_or_default()
}

/// The client that a header names: the first of its list, which is the farthest from here in `X-Forwarded-For`.
fn named(value: &HeaderValue) -> Option<ClientId> {
    let value = String::from_utf8_lossy(value.as_bytes());
    let name = value.split(',').next()?.trim();
    if name.is_empty() {
        return None;
    }
    let with_port = || Some(name.parse::<SocketAddr>().ok()?.ip());
    if let Some(address) = name.parse().ok().or_else(with_port) {
        return Some(of_address(address));
    }
    Some(ClientId::of_kind("name", name))
}

/// Who has an IPv6 address has the whole network around it.
pub(super) fn of_address(address: IpAddr) -> ClientId {
    match address.to_canonical() {
        IpAddr::V4(address) => ClientId::named(format!("address {address}")),
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            ClientId::named(format!("network {}", Ipv6Addr::from_bits(network)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> Option<String> {
        let client = named(&HeaderValue::from_str(value).unwrap())?;
        Some(client.as_str().to_owned())
    }

    #[test]
    fn the_first_of_a_list_is_who_asked() {
        assert_eq!(name("shop-7").as_deref(), Some("name shop-7"));
        for list in ["203.0.113.9, 10.0.0.1", " 203.0.113.9 ", "203.0.113.9:4711"] {
            assert_eq!(name(list).as_deref(), Some("address 203.0.113.9"), "{list}");
        }
        for nobody in ["", " ", ",10.0.0.1"] {
            assert_eq!(name(nobody), None);
        }
    }

    #[test]
    fn who_changes_his_address_within_his_network_stays_the_same() {
        let home = name("2001:db8:1:2::1");
        assert_eq!(home.as_deref(), Some("network 2001:db8:1:2::"));
        for same in ["2001:db8:1:2:ffff::9", "[2001:db8:1:2::7]:443"] {
            assert_eq!(name(same), home);
        }
        assert_ne!(name("2001:db8:1:3::1"), home);
        assert_eq!(name("::ffff:192.0.2.1"), name("192.0.2.1"));
    }
}
