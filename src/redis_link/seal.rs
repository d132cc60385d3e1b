//! What Redis gets to see: keys under the account's own tag, and bytes that only the account's replicas can read.

use std::fmt;

use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How many random bytes make two seals of one text differ.
const NONCE: usize = 16;

/// What seals for one account. Every replica has the account's secret anyway, so there is no further key to set.
pub struct Seal {
    prefix: String,
    key: [u8; 32],
}

impl Seal {
    /// For whoever has the secret.
    pub fn new(secret: &[u8]) -> Self {
        let tag = derived(secret, "parcelgraph account");
        Self {
            prefix: format!("pg1:{{{}}}:", hex(&tag[..8])),
            key: derived(secret, "parcelgraph sealed"),
        }
    }

    /// The braces keep all keys of an account in one slot of a cluster.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The name that a key or a channel of this account was made of.
    pub(super) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.prefix)
    }

    /// Encrypts. Two seals of one text differ.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random();
        let mut sealed = nonce.to_vec();
        sealed.extend(self.encrypted(&[b"sealed", &nonce], plain));
        sealed
    }

    /// Decrypts. None for what was not sealed with this secret, or was changed.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, encrypted) = sealed.split_at_checked(NONCE)?;
        self.decrypted(&[b"sealed", nonce], encrypted)
    }

    pub(super) fn token(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.encrypted(&[b"token"], text.as_bytes()))
    }

    pub(super) fn text(&self, token: &str) -> Option<String> {
        let encrypted = URL_SAFE_NO_PAD.decode(token).ok()?;
        String::from_utf8(self.decrypted(&[b"token"], &encrypted)?).ok()
    }

    fn encrypted(&self, headers: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        self.cipher()
            .encrypt(headers, plain)
            .expect("two headers are few enough")
    }

    fn decrypted(&self, headers: &[&[u8]], encrypted: &[u8]) -> Option<Vec<u8>> {
        self.cipher().decrypt(headers, encrypted).ok()
    }

    fn cipher(&self) -> Aes128Siv {
        Aes128Siv::new(&self.key.into())
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}

/// So many bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn derived(secret: &[u8], purpose: &str) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_comes_back_and_does_not_show() {
        let seal = Seal::new(b"key");
        for plain in [&b""[..], b"x", b"LS912989618CN to Jane Doe, 1 Main Street"] {
            let (one, two) = (seal.seal(plain), seal.seal(plain));
            assert_ne!(one, two);
            // A single letter may come up by chance.
            let shows = one
                .windows(4)
                .any(|part| plain.windows(4).any(|word| word == part));
            assert!(!shows);
            assert_eq!(seal.unseal(&one).as_deref(), Some(plain));
        }
    }

    #[test]
    fn equal_texts_have_equal_tokens_that_can_be_read_back() {
        let seal = Seal::new(b"key");
        let token = seal.token("china-ems/LS912989618CN");
        assert_eq!(token, seal.token("china-ems/LS912989618CN"));
        assert_ne!(token, seal.token("china-ems/LS912989618CM"));
        assert!(!token.contains("LS91"));
        assert_eq!(
            seal.text(&token).as_deref(),
            Some("china-ems/LS912989618CN")
        );
    }

    #[test]
    fn nobody_reads_what_belongs_to_another_account_or_was_changed() {
        let (ours, theirs) = (Seal::new(b"ours"), Seal::new(b"theirs"));
        assert_ne!(ours.key("lane"), theirs.key("lane"));
        let mut sealed = ours.seal(b"hello");
        assert_eq!(theirs.unseal(&sealed), None);
        assert_eq!(theirs.text(&ours.token("hello")), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(ours.unseal(&sealed), None);
        for alien in [&b""[..], b"short", &[0; 64]] {
            assert_eq!(ours.unseal(alien), None);
        }
        assert_eq!(ours.text("no token"), None);
    }

    #[test]
    fn all_keys_of_an_account_share_one_hash_tag() {
        let seal = Seal::new(b"key");
        let key = seal.key("lane:list");
        let (tag, name) = key.strip_prefix("pg1:{").unwrap().split_once('}').unwrap();
        assert!(tag.len() == 16 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(name, ":lane:list");
        assert_eq!(seal.name(&key), Some("lane:list"));
        assert_eq!(seal.name("pg1:{0}:lane"), None);
    }
}
