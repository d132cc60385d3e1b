//! Mail addresses.

use std::ops::Range;

/// How long what stands for the sign may be, and how many blanks may be on each side of it.
const MAX_SIGN: usize = 4;

/// Where they are.
pub(super) fn find(letters: &[char]) -> Vec<Range<usize>> {
    let signs = (0..letters.len()).filter_map(|at| sign(letters, at));
    let addresses = signs.filter_map(|sign| {
        let before = letters[..sign.start].iter().rev();
        let start = sign.start - before.take_while(|letter| is_part(**letter)).count();
        let after = letters[sign.end..].iter();
        let end = sign.end + after.take_while(|letter| is_part(**letter)).count();
        (start < sign.start && sign.end < end).then_some(start..end)
    });
    addresses.collect()
}

/// The sign between the parts of an address that is here: `@`, or `[at]` with or without blanks.
fn sign(letters: &[char], at: usize) -> Option<Range<usize>> {
    match letters[at] {
        '@' | '＠' => Some(at..at + 1),
        '[' | '(' | '{' | '<' => {
            let within = letters[at + 1..].iter().take(MAX_SIGN);
            let len = within
                .take_while(|it| !matches!(it, ']' | ')' | '}' | '>'))
                .count();
            let closes = letters.get(at + 1 + len)?;
            let word: String = letters[at + 1..at + 1 + len].iter().collect();
            if !matches!(closes, ']' | ')' | '}' | '>') || !word.trim().eq_ignore_ascii_case("at") {
                return None;
            }
            let blanks = |it: &&char| **it == ' ';
            let before = letters[..at].iter().rev().take(MAX_SIGN);
            let after = letters[at + len + 2..].iter().take(MAX_SIGN);
            let start = at - before.take_while(blanks).count();
            Some(start..at + len + 2 + after.take_while(blanks).count())
        }
        _ => None,
    }
}

/// Texts in Chinese and Japanese go on right behind an address.
fn is_part(letter: char) -> bool {
    letter < '\u{2e80}' && letter.is_alphanumeric() || "._%+-'".contains(letter)
}
