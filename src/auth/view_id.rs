//! What names a view token, so that it can be revoked without being shown.
//!
//! An id says who signed its token, when, and when it ends, and only who signs such tokens can make one: nobody can have others
//! remembered, and each signer has a share of his own of what is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Its parts: what is random, when the token was signed and when it ends, who signed it, and the proof. They are written with 44
/// letters.
const RANDOM: usize = 8;
const MOMENT: usize = size_of::<u32>();
const SIGNER: usize = 9;
const SAID: usize = RANDOM + 2 * MOMENT + SIGNER;
const PROOF: usize = 8;

/// Who signed a token. Nobody can tell who it is, only that it is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Signer([u8; SIGNER]);

impl Signer {
    /// With the beginning of a digest that nobody else can make.
    pub(super) fn of(digest: &[u8; 32]) -> Self {
        let (first, _) = digest.split_first_chunk().expect("it is shorter");
        Self(*first)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// In 12 letters.
    pub(super) fn written(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// What an id says. Moments are in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViewId {
    pub(super) signer: Signer,
    pub(super) signed_at: i64,
    pub(super) ends_at: i64,
}

impl ViewId {
    /// What an id says that is known to have been made here.
    pub(super) fn said(id: &str) -> Option<Self> {
        Self::of(&URL_SAFE_NO_PAD.decode(id).ok()?)
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != SAID + PROOF {
            return None;
        }
        let (_, rest) = bytes.split_first_chunk::<RANDOM>()?;
        let (signed, rest) = rest.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (signer, _) = rest.split_first_chunk()?;
        Some(Self {
            signer: Signer(*signer),
            signed_at: u32::from_be_bytes(*signed).into(),
            ends_at: u32::from_be_bytes(*end).into(),
        })
    }
}

/// Who makes such ids, and tells them from others.
pub(super) struct Ids {
    key: [u8; 32],
}

impl Ids {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The id of a new token.
    pub(super) fn new_id(&self, of: &ViewId) -> String {
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).expect("the operating system has randomness");
        let moment = |at: i64| u32::try_from(at.max(0)).unwrap_or(u32::MAX).to_be_bytes();
        let (signed, end) = (moment(of.signed_at), moment(of.ends_at));
        let said = [&random[..], &signed, &end, &of.signer.0].concat();
        let proof = self.mac(&said).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&said[..], &proof[..PROOF]].concat())
    }

    /// What an id says; `None` if it was not made here.
    pub(super) fn read(&self, id: &str) -> Option<ViewId> {
        let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
        let said = ViewId::of(&bytes)?;
        let (text, proof) = bytes.split_first_chunk::<SAID>()?;
        self.mac(text).verify_truncated_left(proof).ok()?;
        Some(said)
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
    fn only_who_has_the_key_makes_ids_and_each_says_its_signer_and_its_moments() {
        let (ours, theirs) = (Ids::new([1; 32]), Ids::new([2; 32]));
        let said = ViewId {
            signer: Signer([7; SIGNER]),
            signed_at: 1_790_000_000,
            ends_at: 1_800_000_000,
        };
        let id = ours.new_id(&said);
        assert_eq!(id.len(), 44);
        assert_ne!(id, ours.new_id(&said));
        assert_eq!(ours.read(&id), Some(said));
        assert_eq!(ViewId::said(&id), Some(said));
        assert_eq!(theirs.read(&id), None);
        let bytes = URL_SAFE_NO_PAD.decode(&id).unwrap();
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(ours.read(&URL_SAFE_NO_PAD.encode(other)), None, "{at}");
        }
        for other in [
            URL_SAFE_NO_PAD.encode([7; SAID + PROOF]),
            id[..43].to_owned(),
            format!("{id}AAAA"),
            "x".repeat(22),
            "é".repeat(22),
            String::new(),
        ] {
            assert_eq!(ours.read(&other), None, "{other}");
        }
    }

    #[test]
    fn a_signer_is_read_as_he_is_written() {
        let signer = Signer([7; SIGNER]);
        assert_eq!(signer.written().len(), 12);
        assert_eq!(Signer::parse(&signer.written()), Some(signer));
        assert_eq!(Signer::parse("short"), None);
    }
}
