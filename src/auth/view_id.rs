//! What names a view token, so that it can be revoked without being shown.
//!
//! An id says when its token ends, and only who signs such tokens can make one: nobody can have others remembered.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Its parts: what is random, when the token ends, and the proof. They are written with 32 letters.
const RANDOM: usize = 12;
const SAID: usize = RANDOM + size_of::<u32>();
const PROOF: usize = 8;

/// Who makes such ids, and tells them from others.
pub(super) struct Ids {
    key: [u8; 32],
}

/// What an id says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ViewId {
    /// In seconds since 1970.
    pub(super) ends_at: i64,
}

impl Ids {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The id of a new token that ends at that second.
    pub(super) fn new_id(&self, ends_at: i64) -> String {
        let mut said = [0; SAID];
        getrandom::fill(&mut said[..RANDOM]).expect("the operating system has randomness");
        let end = u32::try_from(ends_at.max(0)).unwrap_or(u32::MAX);
        said[RANDOM..].copy_from_slice(&end.to_be_bytes());
        let proof = self.mac(&said).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&said[..], &proof[..PROOF]].concat())
    }

    /// What an id says; `None` if it was not made here.
    pub(super) fn read(&self, id: &str) -> Option<ViewId> {
        let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
        let (said, proof) = bytes.split_first_chunk::<SAID>()?;
        if proof.len() != PROOF {
            return None;
        }
        self.mac(said).verify_truncated_left(proof).ok()?;
        let (_, end) = said.split_last_chunk()?;
        Some(ViewId {
            ends_at: u32::from_be_bytes(*end).into(),
        })
    }

    fn mac(&self, said: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.chain_update(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_key_makes_ids_and_each_says_its_end() {
        let (ours, theirs) = (Ids::new([1; 32]), Ids::new([2; 32]));
        let id = ours.new_id(1_800_000_000);
        assert_eq!(id.len(), 32);
        assert_ne!(id, ours.new_id(1_800_000_000));
        let ends_at = 1_800_000_000;
        assert_eq!(ours.read(&id), Some(ViewId { ends_at }));
        assert_eq!(theirs.read(&id), None);
        let mut later = URL_SAFE_NO_PAD.decode(&id).unwrap();
        later[RANDOM] += 1;
        for other in [
            URL_SAFE_NO_PAD.encode(later),
            URL_SAFE_NO_PAD.encode([7; SAID + PROOF]),
            id[..31].to_owned(),
            format!("{id}AAAA"),
            "x".repeat(22),
            "é".repeat(16),
            String::new(),
        ] {
            assert_eq!(ours.read(&other), None, "{other}");
        }
    }
}
