//! What is known of revoked tokens, by their signers. It is bounded, and nobody can fill it up for the others: whoever has more
//! than his share in it, or the most of all when it is full, loses the older half of what he signed altogether, which needs no
//! room.

use std::collections::HashMap;

use super::NotForAll;
use super::entry::Entry;
use crate::auth::view_id::{Signer, ViewId};

/// How much goes into a book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Of all.
    pub(super) most: usize,
    /// Of one signer.
    pub(super) share: usize,
}

/// What is known of revoked tokens. Moments are in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Book {
    pages: HashMap<Signer, Page>,
    /// How many entries there are.
    len: usize,
}

/// The same of one signer.
#[derive(Debug, Default)]
struct Page {
    /// Until when all that he signed is revoked.
    until: Option<i64>,
    /// Tokens that he signed later.
    tokens: HashMap<Box<str>, ViewId>,
}

/// What others have to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) added: Vec<Entry>,
    /// What says nothing beside them.
    pub(super) gone: Vec<Entry>,
}

impl Page {
    fn len(&self) -> usize {
        self.tokens.len() + usize::from(self.until.is_some())
    }

    fn has_signed_later(&self, moment: i64) -> bool {
        self.until.is_none_or(|until| moment > until)
    }
}

impl Book {
    /// Whether that token is revoked.
    pub(super) fn contains(&self, id: &str, said: &ViewId) -> bool {
        let page = self.pages.get(&said.signer);
        page.is_some_and(|page| {
            !page.has_signed_later(said.signed_at) || page.tokens.contains_key(id)
        })
    }

    /// Revokes a token. What is revoked already is told again.
    pub(super) fn revoke(
        &mut self,
        id: &str,
        said: &ViewId,
        now: i64,
        room: Room,
    ) -> Result<Change, NotForAll> {
        let mut change = Change::default();
        if !self.contains(id, said)
            && let Some(signer) = self.crowder(said.signer, now, room)?
        {
            change = self.cut(signer);
        }
        let page = self.pages.entry(said.signer).or_default();
        let entry = match page.until.filter(|until| said.signed_at <= *until) {
            Some(moment) => Entry::Until {
                signer: said.signer,
                moment,
            },
            None => {
                let is_new = page.tokens.insert(id.into(), *said).is_none();
                self.len += usize::from(is_new);
                Entry::of(id, said)
            }
        };
        if !change.added.contains(&entry) {
            change.added.push(entry);
        }
        Ok(change)
    }

    /// Takes what others have revoked.
    pub(super) fn learn(&mut self, entry: &Entry, now: i64, most: usize) -> Result<(), NotForAll> {
        if self.len >= most {
            self.forget_ended(now);
        }
        let is_full = self.len >= most;
        match entry {
            Entry::Token { id, said } if self.contains(id, said) => {}
            Entry::Token { .. } if is_full => return Err(NotForAll::Full),
            Entry::Token { id, said } => {
                let page = self.pages.entry(said.signer).or_default();
                page.tokens.insert(id.clone(), *said);
                self.len += 1;
            }
            Entry::Until { signer, moment } => {
                if is_full && !self.pages.contains_key(signer) {
                    return Err(NotForAll::Full);
                }
                self.end(*signer, *moment);
            }
        }
        Ok(())
    }

    /// All that still says something; the rest is forgotten.
    pub(super) fn all(&mut self, now: i64) -> Vec<Entry> {
        self.forget_ended(now);
        let pages = self.pages.iter();
        let entries = pages.flat_map(|(signer, page)| {
            let until = page.until.map(|moment| Entry::Until {
                signer: *signer,
                moment,
            });
            let tokens = page.tokens.iter();
            until
                .into_iter()
                .chain(tokens.map(|(id, said)| Entry::of(id, said)))
        });
        entries.collect()
    }

    /// Who has to make room for one more of that signer.
    fn crowder(
        &mut self,
        signer: Signer,
        now: i64,
        room: Room,
    ) -> Result<Option<Signer>, NotForAll> {
        let has = |book: &Self| book.pages.get(&signer).map_or(0, |page| page.tokens.len());
        if self.len >= room.most || has(self) >= room.share {
            self.forget_ended(now);
        }
        if has(self) >= room.share {
            return Ok(Some(signer));
        }
        if self.len < room.most {
            return Ok(None);
        }
        let most = self.pages.iter().max_by_key(|(_, page)| page.tokens.len());
        // One entry in the place of another one is no room.
        let most = most.filter(|(_, page)| page.tokens.len() > 1);
        most.map(|(signer, _)| Some(*signer)).ok_or(NotForAll::Full)
    }

    /// Revokes the older half of what he signed, as far as it is known here, and all that he signed before.
    fn cut(&mut self, signer: Signer) -> Change {
        let page = self.pages.entry(signer).or_default();
        let mut signed: Vec<_> = page.tokens.values().map(|it| it.signed_at).collect();
        signed.sort_unstable();
        let Some(moment) = signed.get(signed.len() / 2).copied() else {
            return Change::default();
        };
        tracing::warn!(
            revoked = signed.len(),
            until = moment,
            "somebody has revoked so many view tokens that all he signed until this second are revoked"
        );
        Change {
            gone: self.end(signer, moment),
            added: vec![Entry::Until { signer, moment }],
        }
    }

    /// Revokes all that he signed until that moment. Gives what says nothing beside that.
    fn end(&mut self, signer: Signer, moment: i64) -> Vec<Entry> {
        let page = self.pages.entry(signer).or_default();
        if !page.has_signed_later(moment) {
            return Vec::new();
        }
        self.len -= page.len();
        let before = page.until.replace(moment);
        let gone = page.tokens.extract_if(|_, said| said.signed_at <= moment);
        let gone = gone.map(|(id, said)| Entry::Token { id, said });
        let before = before.map(|moment| Entry::Until { signer, moment });
        let gone = gone.chain(before).collect();
        self.len += page.len();
        gone
    }

    fn forget_ended(&mut self, now: i64) {
        self.pages.retain(|signer, page| {
            page.tokens.retain(|_, said| said.ends_at > now);
            page.until = page.until.filter(|moment| {
                let (signer, moment) = (*signer, *moment);
                Entry::Until { signer, moment }.ends_at() > now
            });
            page.len() > 0
        });
        self.len = self.pages.values().map(Page::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { most: 6, share: 4 };

    fn signer(number: u8) -> Signer {
        Signer::of(&[number; 32])
    }

    fn said(of: u8, signed_at: i64) -> ViewId {
        ViewId {
            signer: signer(of),
            signed_at,
            ends_at: signed_at + 1_000,
        }
    }

    fn token(of: u8, signed_at: i64) -> (String, ViewId) {
        (format!("{of}-{signed_at}"), said(of, signed_at))
    }

    fn revoke(book: &mut Book, of: u8, signed_at: i64) -> Result<Change, NotForAll> {
        let (id, said) = token(of, signed_at);
        book.revoke(&id, &said, 100, ROOM)
    }

    fn is_revoked(book: &Book, of: u8, signed_at: i64) -> bool {
        let (id, said) = token(of, signed_at);
        book.contains(&id, &said)
    }

    #[test]
    fn who_has_used_up_his_share_loses_the_older_half_of_what_he_signed_and_nobody_else_does() {
        let mut book = Book::default();
        revoke(&mut book, 2, 5).unwrap();
        for at in [40, 10, 30, 20] {
            let change = revoke(&mut book, 1, at).unwrap();
            assert_eq!((change.added.len(), change.gone.len()), (1, 0));
        }
        let change = revoke(&mut book, 1, 50).unwrap();
        let until = Entry::Until {
            signer: signer(1),
            moment: 30,
        };
        assert_eq!(change.added[0], until);
        assert_eq!((change.added.len(), change.gone.len()), (2, 3));
        for at in [5, 10, 11, 30, 40, 50] {
            assert!(is_revoked(&book, 1, at), "{at}");
        }
        assert!(!is_revoked(&book, 1, 45));
        assert!(is_revoked(&book, 2, 5) && !is_revoked(&book, 2, 4));
        // Nothing more is needed for one that is revoked with the others.
        let change = revoke(&mut book, 1, 12).unwrap();
        assert_eq!((change.added, change.gone), (vec![until], vec![]));
        assert_eq!(book.all(100).len(), 4);
    }

    #[test]
    fn when_it_is_full_whoever_has_the_most_makes_room_for_the_others() {
        let mut book = Book::default();
        for (of, at) in [(1, 10), (1, 20), (1, 30), (2, 10), (2, 20), (3, 10)] {
            revoke(&mut book, of, at).unwrap();
        }
        revoke(&mut book, 4, 10).unwrap();
        assert!(is_revoked(&book, 4, 10) && is_revoked(&book, 1, 15));
        assert!(!is_revoked(&book, 2, 15));
        assert!(book.all(100).len() <= ROOM.most);
    }

    #[test]
    fn where_nobody_can_make_room_nothing_is_forgotten_that_still_counts() {
        let mut book = Book::default();
        for of in 0..6 {
            revoke(&mut book, of, 10 + i64::from(of)).unwrap();
        }
        assert_eq!(revoke(&mut book, 7, 10), Err(NotForAll::Full));
        assert!((0..6).all(|of| is_revoked(&book, of, 10 + i64::from(of))));
        // Who is there already is told again.
        assert!(revoke(&mut book, 0, 10).is_ok());
        let (id, said) = token(7, 10);
        // The first has ended.
        assert!(book.revoke(&id, &said, 1_010, ROOM).is_ok());
        assert!(!is_revoked(&book, 0, 10) && is_revoked(&book, 1, 11));
    }

    #[test]
    fn what_others_revoked_is_known_until_it_has_ended() {
        let mut book = Book::default();
        let until = |moment| Entry::Until {
            signer: signer(1),
            moment,
        };
        for at in [10, 20] {
            let (id, said) = token(1, at);
            book.learn(&Entry::of(&id, &said), 0, 2).unwrap();
        }
        let (id, said) = token(2, 10);
        let other = Entry::of(&id, &said);
        assert_eq!(book.learn(&other, 0, 2), Err(NotForAll::Full));
        for moment in [15, 5] {
            book.learn(&until(moment), 0, 2).unwrap();
        }
        assert!(is_revoked(&book, 1, 15) && is_revoked(&book, 1, 20) && !is_revoked(&book, 1, 16));
        assert_eq!(book.all(1_019).len(), 2);
        assert_eq!(book.all(1_020), [until(15)]);
        assert_eq!(book.all(15 + 30 * 86_400), []);
        assert!(!is_revoked(&book, 1, 15));
    }
}
