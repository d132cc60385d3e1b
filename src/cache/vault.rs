//! What is stored of parcels in Redis, for all replicas: sealed, and only the latest.

use std::time::Duration;

use tokio::time::Instant;

use super::Entry;
use super::news::{self, News, ParcelNews};
use crate::model::{Completeness, TrackingKey};
use crate::redis_link::{Away, Link, Script};

/// The name that parcels have there begins with the version of what is stored.
const VERSION: &str = "t1";

/// After this time without news a parcel is forgotten.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// That there is no such parcel is not believed for longer than that anyway, and there are many numbers.
const MISS_KEPT: Duration = Duration::from_secs(60);

/// What is of a moment so far ahead is of nobody's clock. The script tolerates less, and overwrites it.
const TOLERANCE: Duration = Duration::from_secs(2);

/// How a parcel is stored: its moment, the sealed entry, and whether it was doubted since.
type Fields = Option<Vec<Option<Vec<u8>>>>;

#[derive(Debug)]
pub(super) struct Vault {
    link: Link,
    look: Script,
    store: Script,
}

impl Vault {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            look: Script::new(&[include_str!("look.lua")]),
            store: Script::new(&[include_str!("store.lua")]),
        }
    }

    /// What is stored of each parcel, in their order.
    pub(super) async fn look<'a>(
        &self,
        keys: impl Iterator<Item = &'a TrackingKey> + Clone,
    ) -> Result<Vec<Option<ParcelNews>>, Away> {
        let names: Vec<_> = keys.clone().map(|key| self.name(key)).collect();
        let found: Vec<Fields> = self.link.run(&self.look, &names, &[]).await?;
        let found = keys.zip(found).map(|(key, fields)| self.read(key, fields?));
        Ok(found.collect())
    }

    /// Stores news unless something later is stored; gives that instead, in their order.
    pub(super) async fn store(
        &self,
        parcels: &[(TrackingKey, ParcelNews)],
    ) -> Result<Vec<Option<ParcelNews>>, Away> {
        let names: Vec<_> = parcels.iter().map(|(key, _)| self.name(key)).collect();
        let mut args = Vec::new();
        for (key, news) in parcels {
            let at = |instant| self.link.at(instant);
            let (as_of, entry) = match news {
                ParcelNews::Doubted(as_of) => (*as_of, Vec::new()),
                ParcelNews::Learned(entry) => {
                    let line = News::Parcel(key.clone(), news.clone());
                    let text = news::write(&[line], at).ok_or(Away)?;
                    (entry.as_of, self.link.seal(text.as_bytes()))
                }
            };
            args.push(at(as_of).ok_or(Away)?.to_string().into_bytes());
            args.push(entry);
            let kept = match news {
                ParcelNews::Learned(entry) if entry.tracking.is_none() => MISS_KEPT,
                _ => KEPT,
            };
            args.push(kept.as_millis().to_string().into_bytes());
        }
        let instead: Vec<Fields> = self.link.run(&self.store, &names, &args).await?;
        let instead = parcels.iter().zip(instead).map(|((key, _), fields)| {
            let unclear = || ParcelNews::Doubted(Instant::now());
            Some(self.read(key, fields?).unwrap_or_else(unclear))
        });
        Ok(instead.collect())
    }

    fn name(&self, key: &TrackingKey) -> String {
        let token = self.link.token(&key.name());
        self.link.key(&format!("{VERSION}:{token}"))
    }

    /// What the fields say. An entry that cannot be read is as good as a doubt.
    fn read(&self, key: &TrackingKey, fields: Vec<Option<Vec<u8>>>) -> Option<ParcelNews> {
        let [moment, sealed, doubt] = fields.try_into().ok()?;
        let moment = str::from_utf8(&moment?).ok()?.parse().ok()?;
        let as_of = self.link.instant(moment)?;
        if as_of > Instant::now() + TOLERANCE {
            return None;
        }
        let Some(entry) = sealed.and_then(|sealed| self.unseal(key, &sealed)) else {
            return Some(ParcelNews::Doubted(as_of));
        };
        let completeness = match doubt {
            Some(_) => Completeness::Doubtful,
            None => entry.completeness,
        };
        Some(ParcelNews::Learned(Entry {
            as_of,
            completeness,
            ..entry
        }))
    }

    fn unseal(&self, key: &TrackingKey, sealed: &[u8]) -> Option<Entry> {
        let text = self.link.unseal(sealed)?;
        match news::read(&text, |at| self.link.instant(at)).pop()? {
            News::Parcel(named, ParcelNews::Learned(entry)) if named == *key => Some(entry),
            _ => None,
        }
    }
}
