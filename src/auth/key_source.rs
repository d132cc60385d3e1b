//! Where the keys of an issuer are.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::task::spawn_blocking;

use super::key_set::KeySet;

/// More than this is no set of keys.
const MAX_BYTES: usize = 256 * 1024;

/// How long fetching them may take in all.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the keys of an issuer are.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file, which is read again whenever it changes.
    File(PathBuf),
    /// At an address, from which they are fetched again and again.
    Url(Url),
}

impl fmt::Display for KeySource {
    /// What stands behind the path of an address may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => {
                let mut url = url.clone();
                url.set_query(None);
                url.set_fragment(None);
                url.as_str().fmt(f)
            }
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource({self})")
    }
}

impl KeySource {
    /// Loads the keys once, and tells how many there are.
    pub async fn count(&self) -> Result<usize, OpenError> {
        match self {
            Self::File(path) => KeyFile::open(path).map(|(_, keys)| keys.len()),
            Self::Url(url) => {
                let loaded = KeyAddress::new(url)?.load().await;
                let keys = loaded.map_err(OpenError::Address)?;
                Ok(keys.map_or(0, |keys| keys.len()))
            }
        }
    }
}

/// Why the gate does not open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There are no keys in the file.
    #[error("--jwks-file (JWKS_FILE): {path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: LoadError,
    },
    /// Nothing can be fetched at all.
    #[error("--jwks-url (JWKS_URL): no client can be made: {0}")]
    Client(reqwest::Error),
    /// Nothing was fetched, this once.
    #[error("--jwks-url (JWKS_URL): {0}")]
    Address(LoadError),
}

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// The address does not answer.
    #[error("no answer: {0}")]
    NoAnswer(reqwest::Error),
    /// It answers with something else.
    #[error("answered {0}, not 200")]
    Status(u16),
    /// There is far too much of it.
    #[error("more than 256 KiB")]
    TooLarge,
    /// It is no set of keys.
    #[error("not a JSON Web Key Set with a key for RS256, ES256 or EdDSA")]
    NoKeys,
    /// Reading was cut off.
    #[error("was not read to its end")]
    CutOff,
}

/// What keys can be loaded from, again and again.
pub(super) trait Load: Send + 'static {
    /// Loads them; `None` if they are those of the last time.
    fn load(&mut self) -> impl Future<Output = Result<Option<KeySet>, LoadError>> + Send;
}

/// A file, and the digest of what stood there the last time. A file may change without its time and its length.
pub(super) struct KeyFile {
    path: PathBuf,
    seen: Seen,
}

impl KeyFile {
    /// Reads it for the first time.
    pub(super) fn open(path: &Path) -> Result<(Self, KeySet), OpenError> {
        let unreadable = |reason| OpenError::File {
            path: path.to_owned(),
            reason,
        };
        let (keys, seen) = read(path, None).map_err(unreadable)?;
        let keys = keys.filter(|keys| !keys.is_empty());
        let keys = keys.ok_or_else(|| unreadable(LoadError::NoKeys))?;
        let path = path.to_owned();
        Ok((Self { path, seen }, keys))
    }
}

impl Load for KeyFile {
    async fn load(&mut self) -> Result<Option<KeySet>, LoadError> {
        // Who cannot read it may forget its keys, so that it is new to him once he can.
        let (path, seen) = (self.path.clone(), self.seen.take());
        let reading = spawn_blocking(move || read(&path, seen));
        let (keys, seen) = reading.await.map_err(|_| LoadError::CutOff)??;
        self.seen = seen;
        Ok(keys)
    }
}

type Seen = Option<[u8; 32]>;

/// Reads a file; its keys are given unless it is as it was seen before.
fn read(path: &Path, seen: Seen) -> Result<(Option<KeySet>, Seen), LoadError> {
    let mut text = Vec::new();
    let file = File::open(path)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut text)?;
    if text.len() > MAX_BYTES {
        return Err(LoadError::TooLarge);
    }
    let now = Some(Sha256::digest(&text).into());
    if now == seen {
        return Ok((None, seen));
    }
    let keys = KeySet::parse(&text).ok_or(LoadError::NoKeys)?;
    Ok((Some(keys), now))
}

/// An address, and who fetches.
pub(super) struct KeyAddress {
    url: Url,
    http: Client,
}

impl KeyAddress {
    pub(super) fn new(url: &Url) -> Result<Self, OpenError> {
        let http = Client::builder()
            .timeout(PATIENCE)
            // Whoever can redirect could name other keys.
            .redirect(Policy::none());
        let http = match url.scheme() {
            // Only on this machine.
            "http" => http.no_proxy(),
            _ => http.https_only(true),
        };
        Ok(Self {
            url: url.clone(),
            http: http.build().map_err(OpenError::Client)?,
        })
    }

    async fn fetch(&self) -> Result<Vec<u8>, LoadError> {
        let unanswered = |error: reqwest::Error| LoadError::NoAnswer(error.without_url());
        let answer = self.http.get(self.url.clone()).send().await;
        let mut answer = answer.map_err(unanswered)?;
        if answer.status() != 200 {
            return Err(LoadError::Status(answer.status().as_u16()));
        }
        let mut text = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(unanswered)? {
            if text.len() + part.len() > MAX_BYTES {
                return Err(LoadError::TooLarge);
            }
            text.extend_from_slice(&part);
        }
        Ok(text)
    }
}

impl Load for KeyAddress {
    async fn load(&mut self) -> Result<Option<KeySet>, LoadError> {
        let keys = KeySet::parse(&self.fetch().await?);
        keys.map(Some).ok_or(LoadError::NoKeys)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::SystemTime;

    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use jsonwebtoken::Algorithm;
    use tokio::net::TcpListener;

    use super::*;

    const SET: &str = include_str!("../../tests/cases/keys/jwks.json");
    const ROTATED: &str = include_str!("../../tests/cases/keys/rotated.json");

    #[tokio::test]
    async fn a_file_is_read_again_when_it_changes_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        std::fs::write(&path, SET).unwrap();
        let (mut file, keys) = KeyFile::open(&path).unwrap();
        assert_eq!(keys.find(Algorithm::RS256, Some("rsa")).len(), 1);
        assert!(file.load().await.unwrap().is_none());
        std::fs::write(&path, "half of it").unwrap();
        assert!(matches!(file.load().await, Err(LoadError::NoKeys)));
        std::fs::write(&path, ROTATED).unwrap();
        let keys = file.load().await.unwrap().unwrap();
        assert_eq!(keys.find(Algorithm::RS256, Some("other-rsa")).len(), 1);
        // Whoever has taken all keys back means it.
        std::fs::write(&path, "{\"keys\": []}").unwrap();
        assert!(file.load().await.unwrap().unwrap().is_empty());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(file.load().await, Err(LoadError::Unreadable(_))));
        // Who could not read it for long has forgotten its keys.
        for contents in [SET, SET] {
            std::fs::write(&path, contents).unwrap();
            assert!(file.load().await.unwrap().is_some());
            std::fs::rename(&path, folder.path().join("away")).unwrap();
            assert!(matches!(file.load().await, Err(LoadError::Unreadable(_))));
        }
    }

    #[tokio::test]
    async fn a_rotation_is_found_that_changes_neither_the_time_nor_the_length_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        let written = |keys: &str| {
            std::fs::write(&path, format!("{keys:10000}")).unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        };
        written(SET);
        let (mut file, _) = KeyFile::open(&path).unwrap();
        written(ROTATED);
        let keys = file.load().await.unwrap().unwrap();
        assert_eq!(keys.find(Algorithm::RS256, Some("other-rsa")).len(), 1);
    }

    #[test]
    fn a_file_without_keys_stops_the_start_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        let said = |path| KeyFile::open(path).err().unwrap().to_string();
        assert!(said(&path).starts_with("--jwks-file (JWKS_FILE): "));
        std::fs::write(&path, "{\"keys\": []}").unwrap();
        assert!(said(&path).contains("not a JSON Web Key Set with a key"));
        std::fs::write(&path, "x".repeat(MAX_BYTES + 1)).unwrap();
        assert!(said(&path).ends_with("jwks.json: more than 256 KiB"));
    }

    #[tokio::test]
    async fn an_address_gives_keys_or_a_reason_and_leads_nowhere_else() {
        let router = Router::new()
            .route("/good", get(|| async { SET }))
            .route("/large", get(|| async { "x".repeat(MAX_BYTES + 1) }))
            .route("/text", get(|| async { "keys" }))
            .route("/there", get(|| async { Redirect::temporary("/good") }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let load = async |path: &str| {
            let url = format!("http://{address}{path}").parse().unwrap();
            KeyAddress::new(&url).unwrap().load().await
        };
        assert!(load("/good").await.unwrap().is_some());
        assert!(matches!(load("/large").await, Err(LoadError::TooLarge)));
        assert!(matches!(load("/text").await, Err(LoadError::NoKeys)));
        assert!(matches!(load("/there").await, Err(LoadError::Status(307))));
        assert!(matches!(load("/none").await, Err(LoadError::Status(404))));
        server.abort();
        let _ = server.await;
        let gone = load("/good?key=5ecret").await.err().unwrap();
        assert!(!gone.to_string().contains("5ecret"));
    }

    #[test]
    fn what_stands_behind_an_address_is_not_shown() {
        let url = "https://issuer.example/keys?key=5ecret#5ecret";
        let source = KeySource::Url(url.parse().unwrap());
        assert_eq!(source.to_string(), "https://issuer.example/keys");
        assert!(!format!("{source:?}").contains("5ecret"));
    }
}
