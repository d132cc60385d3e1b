//! Codes that open a locker or a door, or have a parcel handed over.

use std::ops::Range;

use super::letters::{end_of_folded, folded, is_of_word};
use super::words::CODES;

/// How many letters and digits such a code has at most, and how many signs may stand before it.
const MAX_CODE: usize = 12;
const MAX_SIGNS: usize = 8;

/// What may stand between the word and the code.
const LINKS: &[&str] = &[
    "is", "ist", "est", "es", "no", "nr", "number", "是", "为", "為",
];

/// Where they are.
pub(super) fn find(letters: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in 0..letters.len() {
        let is_within = at.checked_sub(1).is_some_and(|at| is_of_word(letters[at]));
        if is_within && is_of_word(letters[at]) {
            continue;
        }
        let marks = CODES.get(&folded(letters[at]));
        let ends = marks.into_iter().flatten();
        let ends = ends.filter_map(|mark| end_of_folded(letters, at, mark));
        found.extend(ends.filter_map(|end| behind(letters, end)));
    }
    found
}

/// The code behind a word that ends there.
fn behind(letters: &[char], end: usize) -> Option<Range<usize>> {
    let mut start = without_signs(letters, end);
    for link in LINKS {
        let link: Vec<_> = link.chars().collect();
        let after = end_of_folded(letters, start, &link);
        let after = after.filter(|at| !letters.get(*at).is_some_and(|it| is_of_word(*it)));
        if let Some(after) = after {
            start = without_signs(letters, after);
        }
    }
    let rest = letters[start..].iter().take(MAX_CODE);
    let is_part = |it: &char| it.is_ascii_alphanumeric() || *it == '-';
    let code = &letters[start..start + rest.take_while(|it| is_part(it)).count()];
    let is_code = code.iter().filter(|it| it.is_ascii_digit()).count() >= 3;
    is_code.then_some(start..start + code.len())
}

fn without_signs(letters: &[char], start: usize) -> usize {
    let rest = letters[start..].iter().take(MAX_SIGNS);
    let signs = rest.take_while(|it| it.is_whitespace() || ":：=#-\"“【[(（".contains(**it));
    start + signs.count()
}
