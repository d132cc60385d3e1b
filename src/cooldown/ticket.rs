//! Tickets for the end of an asking. They are sealed and not stored, so that every replica can read those of the others, and
//! nobody can make one up.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::{ENDS_KEPT, Micros, micros, name_of};
use crate::model::TrackingKey;
use crate::redis_link::{Link, Seal};

/// How far the clocks of two replicas may lie apart.
const DOUBT: Micros = 50_000;

/// What is written before everything else, so that nothing else that is sealed passes for a ticket.
const KIND: &str = "ticket1";

/// Why a ticket is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidTicket {
    /// It was not given by this account's servers.
    #[error(
        "there is no such ticket: use the id that refreshTracking gave, and without Redis ask the server that gave it"
    )]
    Unknown,
    /// What became of it is forgotten.
    #[error("this ticket is more than 15 minutes old: ask for the tracking, or refresh it again")]
    Expired,
}

/// Stands for the end of an asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What clients hand back.
    pub id: String,
    /// Which parcel.
    pub key: TrackingKey,
    /// The asking ends at this moment or later, in microseconds on the clock that counts.
    pub since: u64,
}

/// Who seals them.
#[derive(Debug, Clone)]
pub(super) enum Tickets {
    Own(Arc<Seal>),
    Fleet(Link),
}

impl Tickets {
    pub(super) fn give(&self, key: &TrackingKey, since: Micros) -> Ticket {
        let since = match self {
            Self::Own(_) => since,
            Self::Fleet(_) => since.saturating_sub(DOUBT),
        };
        let text = format!("{KIND} {} {since}", name_of(key));
        let sealed = match self {
            Self::Own(seal) => seal.seal(text.as_bytes()),
            Self::Fleet(link) => link.seal(text.as_bytes()),
        };
        Ticket {
            id: URL_SAFE_NO_PAD.encode(sealed),
            key: key.clone(),
            since,
        }
    }

    pub(super) fn read(&self, id: &str, now: Micros) -> Result<Ticket, InvalidTicket> {
        let (key, since) = self.unseal(id).ok_or(InvalidTicket::Unknown)?;
        if since.saturating_add(micros(ENDS_KEPT)) < now {
            return Err(InvalidTicket::Expired);
        }
        let id = id.to_owned();
        Ok(Ticket { id, key, since })
    }

    fn unseal(&self, id: &str) -> Option<(TrackingKey, Micros)> {
        let sealed = URL_SAFE_NO_PAD.decode(id).ok()?;
        let text = match self {
            Self::Own(seal) => seal.unseal(&sealed),
            Self::Fleet(link) => link.unseal(&sealed),
        }?;
        let text = String::from_utf8(text).ok()?;
        let mut words = text.strip_prefix(KIND)?.strip_prefix(' ')?.split(' ');
        let (carrier, number) = words.next()?.split_once('/')?;
        let key = TrackingKey::parse(carrier, number).ok()?;
        Some((key, words.next()?.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets() -> Tickets {
        Tickets::Own(Arc::new(Seal::new(b"an account")))
    }

    #[test]
    fn a_ticket_is_read_where_it_was_given_and_nowhere_else() {
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        let ticket = tickets().give(&key, 1_000_000);
        assert_eq!(tickets().read(&ticket.id, 2_000_000), Ok(ticket.clone()));
        assert!(!ticket.id.contains("1234567890"));
        let others = Tickets::Own(Arc::new(Seal::new(b"another account")));
        let mut changed = ticket.id.clone();
        changed.replace_range(20..21, if &changed[20..21] == "A" { "B" } else { "A" });
        for (tickets, id) in [
            (others, ticket.id.as_str()),
            (tickets(), &changed),
            (tickets(), ""),
            (tickets(), "no ticket"),
        ] {
            assert_eq!(tickets.read(id, 2_000_000), Err(InvalidTicket::Unknown));
        }
    }

    #[test]
    fn a_ticket_expires_when_ends_are_forgotten() {
        let key = TrackingKey::parse("dhl", "1234567890").unwrap();
        let ticket = tickets().give(&key, 0);
        let kept = micros(ENDS_KEPT);
        assert!(tickets().read(&ticket.id, kept).is_ok());
        assert_eq!(
            tickets().read(&ticket.id, kept + 1),
            Err(InvalidTicket::Expired)
        );
    }
}
