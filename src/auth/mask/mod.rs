//! Free text of couriers without what tells of people: phone numbers, mail addresses, names.
//!
//! A text is read as it is, in any language; nothing is known of where it comes from. Where a number may be a phone number it is
//! taken for one, because a number that is missing does less harm than one that everybody can read. A name is known by what
//! stands around it, or beforehand.

mod code;
mod glued;
mod known;
mod letters;
mod mail;
mod name;
mod number;
mod words;

use std::borrow::Cow;
use std::ops::Range;

pub use known::Known;

/// What stands in the place of what is not shown.
const STARS: &str = "***";

/// A text without phone numbers, mail addresses and names, and without the words that are known to tell of somebody. What was
/// masked before stays as it is.
pub fn masked<'a>(text: &'a str, known: &Known) -> Cow<'a, str> {
    let mut shown = Cow::Borrowed(text);
    // What was hidden may have hidden something else. Every round hides at least a letter, so that there is an end.
    while let Some(less) = once(&shown, known) {
        shown = Cow::Owned(less);
    }
    shown
}

/// Hides what is found; `None` if there is nothing.
fn once(text: &str, known: &Known) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut hidden = known.find(&letters);
    hidden.extend(mail::find(&letters));
    hidden.extend(number::find(&letters, &known.shown(&letters)));
    hidden.extend(code::find(&letters));
    hidden.extend(name::find(&letters));
    hidden.extend(glued::find(&letters));
    hidden.retain(|part| letters[part.clone()].iter().any(|letter| *letter != '*'));
    if hidden.is_empty() {
        return None;
    }
    hidden.sort_by_key(|part| part.start);
    let mut less = String::with_capacity(text.len());
    let mut at = 0;
    for part in joined(hidden) {
        less.extend(&letters[at..part.start]);
        less.push_str(STARS);
        at = part.end;
    }
    less.extend(&letters[at..]);
    Some(less)
}

/// Parts that meet become one.
fn joined(parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
#[path = "../mask_tests.rs"]
mod tests;
