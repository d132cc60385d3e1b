//! Where to serve, as people write it.

use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use serde::Deserialize;

use super::InvalidValue;

/// An address with a port; a host name stands for the first of its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(SocketAddr);

impl FromStr for Address {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text.to_socket_addrs() {
            Ok(mut found) => found.next().map(Self).ok_or(InvalidValue::Host),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Err(InvalidValue::Address),
            Err(_) => Err(InvalidValue::Host),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl From<Address> for SocketAddr {
    fn from(address: Address) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_numbers_or_a_name_with_a_port() {
        for (text, port) in [("127.0.0.1:8080", 8080), ("[::1]:0", 0), ("localhost:1", 1)] {
            let address = SocketAddr::from(text.parse::<Address>().unwrap());
            assert!(address.ip().is_loopback() && address.port() == port);
        }
        for bad in ["", "nowhere", "8080", "127.0.0.1", "localhost:99999"] {
            assert_eq!(bad.parse::<Address>(), Err(InvalidValue::Address), "{bad}");
        }
        // Too long to be anybody's name, so that nobody is asked for it.
        let nobody = format!("{}:80", "a".repeat(300));
        assert_eq!(nobody.parse::<Address>(), Err(InvalidValue::Host));
    }
}
