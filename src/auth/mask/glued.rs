//! Names of scripts that put no blanks between words, which are known by what stands around them.

use std::ops::Range;

use super::letters::{is_glued, is_han, is_of_word};
use super::name::{Lead, lead, words};
use super::words::{GLUED, Sign};

/// How many letters a name has at most: behind a sign, and otherwise.
const MAX_SIGNED: usize = 12;
const MAX_LETTERS: usize = 4;

/// How many letters stand before what honours somebody.
const MAX_HONOURED: usize = 6;

/// How many words that are none may stand before a name, and how many signs and words behind it.
const MAX_LINKS: usize = 3;
const MAX_BETWEEN: usize = 6;

/// Where they are.
pub(super) fn find(letters: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in 0..letters.len() {
        if !is_glued(letters[at]) {
            continue;
        }
        let mut seen = Vec::new();
        for (end, sign) in GLUED.signs.at(letters, at) {
            // Of the words that say the same the longest counts.
            if seen.contains(&sign) {
                continue;
            }
            seen.push(sign);
            found.extend(match sign {
                Sign::Mark => behind_mark(letters, end),
                Sign::Label => behind_label(letters, end),
                Sign::Verb => before_verb(letters, at),
                Sign::Honorific => before_honorific(letters, at),
                Sign::Suffix => before_suffix(letters, at..end),
            });
        }
    }
    found
}

/// The name behind a mark.
fn behind_mark(letters: &[char], mark_end: usize) -> Option<Range<usize>> {
    let mut lead = lead(letters, mark_end);
    for _ in 0..MAX_LINKS {
        let Some(end) = GLUED.links.end(letters, lead.end) else {
            break;
        };
        let next = self::lead(letters, end);
        lead = Lead {
            end: next.end,
            is_sign: true,
        };
    }
    let start = lead.end;
    let first = *letters.get(start)?;
    if first.is_alphabetic() && !is_glued(first) {
        let words = words(letters, start).into_iter();
        let words = words.take_while(|word| lead.is_sign || letters[word.start].is_uppercase());
        return words.last().map(|word| start..word.end);
    }
    match lead.is_sign {
        true => signed(letters, start),
        false => {
            let end = end_of_name(
                letters,
                start,
                3 + usize::from(has_long_family(letters, start)),
            );
            // A family's name alone is hardly one.
            (has_family(letters, start) && end >= start + 2).then_some(start..end)
        }
    }
}

/// The name that begins behind a sign, if it is not an office.
pub(super) fn signed(letters: &[char], start: usize) -> Option<Range<usize>> {
    let end = end_of_name(letters, start, MAX_SIGNED);
    let is_name = has_family(letters, start) || !is_nobody(&letters[start..end]);
    (end > start && is_name).then_some(start..end)
}

/// The name behind a word that is something else without a colon.
fn behind_label(letters: &[char], end: usize) -> Option<Range<usize>> {
    let blanks = letters[end..].iter().take(2);
    let at = end + blanks.take_while(|it| it.is_whitespace()).count();
    if !matches!(letters.get(at), Some(':' | '：' | '=')) {
        return None;
    }
    let start = lead(letters, at).end;
    let name = signed(letters, start)?;
    // A sentence is longer than a name.
    (name.len() <= MAX_LETTERS || has_family(letters, start)).then_some(name)
}

/// The name before a word for what somebody does with a parcel.
fn before_verb(letters: &[char], verb: usize) -> Option<Range<usize>> {
    let mut end = verb;
    for _ in 0..MAX_BETWEEN {
        let before = &letters[..end];
        let adverb = GLUED.adverbs.iter().find(|word| before.ends_with(word));
        match (before.last(), adverb) {
            (Some(it), _) if it.is_whitespace() || "】]）)」\"”》".contains(*it) => end -= 1,
            (_, Some(adverb)) => end -= adverb.len(),
            _ => break,
        }
    }
    let starts = (2..=MAX_LETTERS).filter_map(|len| end.checked_sub(len));
    let mut starts = starts.take_while(|start| is_part(letters[*start]));
    starts.find_map(|start| {
        let name = &letters[start..end];
        let is_within = start > 0 && is_glued(letters[start - 1]);
        let signs = letters[..start].iter().rev().take(3);
        let signs = signs.take_while(|it| it.is_whitespace() || "【[（(「:：\"“《".contains(**it));
        let before = &letters[..start - signs.count()];
        let is_by = GLUED.by.iter().any(|word| before.ends_with(word));
        let is_name = is_by || (!is_within && has_family(letters, start));
        let is_place = GLUED.no_names.end(name, 0).is_some();
        (is_name && !is_place && !is_nobody(name)).then_some(start..end)
    })
}

/// The name before an honorific that begins there.
fn before_honorific(letters: &[char], at: usize) -> Option<Range<usize>> {
    let starts = (1..=MAX_LETTERS).filter_map(|len| at.checked_sub(len));
    let starts = starts.take_while(|start| is_part(letters[*start]));
    let starts = starts.filter(|start| {
        has_long_family(letters, *start)
            || (at - start < MAX_LETTERS && has_family(letters, *start))
    });
    starts.last().map(|start| start..at)
}

/// The name before a suffix that honours whomever it stands behind.
fn before_suffix(letters: &[char], suffix: Range<usize>) -> Option<Range<usize>> {
    let is_han_suffix = is_han(letters[suffix.start]);
    // `様々` and `様子` are words of their own.
    let next = letters.get(suffix.end);
    if is_han_suffix && next.is_some_and(|it| "々子式相".contains(*it)) {
        return None;
    }
    let mut end = suffix.start;
    for _ in 0..2 {
        let before = &letters[..end];
        let unnamed = GLUED.unnamed.iter().find(|word| before.ends_with(word));
        if let Some(unnamed) = unnamed {
            // `김철수 고객님`.
            end -= unnamed.len();
            if !letters[..end].ends_with(&[' ']) {
                return None;
            }
            end -= 1;
            let start = hangul_start(letters, end);
            let is_name = (2..=MAX_LETTERS).contains(&(end - start));
            return (is_name && has_family(letters, start)).then_some(start..end);
        }
        match before.last() {
            Some(' ' | ')' | '）' | ']' | '】') => end -= 1,
            _ => break,
        }
    }
    let is_end = |at: &usize| {
        let letter = letters[*at];
        !is_part(letter) || is_particle(letter)
    };
    let least = end.saturating_sub(MAX_HONOURED);
    let start = (least..end).rev().find(is_end).map_or(least, |at| at + 1);
    let is_short = matches!(letters.get(suffix.start), Some('씨'));
    let is_name = !is_short || has_family(letters, start);
    let needed = if is_han_suffix { 1 } else { 2 };
    (end >= start + needed && is_name).then_some(start..end)
}

fn hangul_start(letters: &[char], end: usize) -> usize {
    let before = letters[..end].iter().rev().take(MAX_HONOURED);
    end - before.take_while(|it| is_glued(**it)).count()
}

/// What stands between words in Japanese.
fn is_particle(letter: char) -> bool {
    matches!(
        letter,
        'が' | 'に' | 'を' | 'は' | 'の' | 'と' | 'へ' | 'で'
    )
}

/// Whether a name begins there, as most do.
pub(super) fn has_family(letters: &[char], at: usize) -> bool {
    let first = letters.get(at);
    let has_family = first.is_some_and(|it| GLUED.families.contains(it));
    (has_family || has_long_family(letters, at)) && GLUED.no_names.end(letters, at).is_none()
}

fn has_long_family(letters: &[char], at: usize) -> bool {
    GLUED.long_families.end(letters, at).is_some()
}

fn is_nobody(name: &[char]) -> bool {
    let contains = |word: &Vec<char>| name.windows(word.len()).any(|part| part == word);
    let last = name.last();
    last.is_none_or(|last| GLUED.offices.contains(last)) || GLUED.nobody.iter().any(contains)
}

fn end_of_name(letters: &[char], start: usize, most: usize) -> usize {
    let is_name = |at: usize| is_part(letters[at]) && GLUED.stops.end(letters, at).is_none();
    let most = letters.len().min(start + most);
    (start..most).find(|at| !is_name(*at)).unwrap_or(most)
}

/// Names of some peoples have a point within, and some were masked before.
fn is_part(letter: char) -> bool {
    is_glued(letter) && !is_of_word(letter) || matches!(letter, '·' | '*' | '＊')
}
