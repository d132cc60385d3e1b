//! Names of scripts that put blanks between words, which are known by what stands around them.

use std::collections::HashSet;
use std::ops::Range;

use super::glued;
use super::letters::{end_of_folded, folded, is_glued, is_of_word};
use super::words::{AND, BEHIND, Before, LINKS, MARKS, NOBODY, OFFICES, PARTICLES, PLAIN, STOPS};

/// How many words a name has at most, and how many are read behind a mark.
const MAX_NAME: usize = 4;
const MAX_WORDS: usize = 10;

/// How many words of a name may stand before what its owner has done.
const MAX_BEFORE: usize = 4;

/// How many blanks and signs may stand before a name.
const MAX_SIGNS: usize = 40;

/// Where they are.
pub(super) fn find(letters: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in 0..letters.len() {
        let is_within = at.checked_sub(1).is_some_and(|at| is_of_word(letters[at]));
        // No mark is of a script that puts no blanks between words.
        if is_within || !letters[at].is_alphabetic() || is_glued(letters[at]) {
            continue;
        }
        let first = folded(letters[at]);
        for mark in MARKS.get(&first).into_iter().flatten() {
            if let Some(end) = end_of_mark(letters, at, &mark.text) {
                found.extend(words_behind(letters, at..end, mark.before));
            }
        }
        for mark in BEHIND.get(&first).into_iter().flatten() {
            if end_of_mark(letters, at, mark).is_some() {
                found.extend(words_before(letters, at));
            }
        }
    }
    found
}

/// What stands before a name: signs, and how certain they make it.
pub(super) struct Lead {
    pub(super) end: usize,
    /// Whether there is more than blanks.
    pub(super) is_sign: bool,
}

pub(super) fn lead(letters: &[char], start: usize) -> Lead {
    let mut lead = Lead {
        end: start,
        is_sign: false,
    };
    for letter in letters[start..].iter().take(MAX_SIGNS) {
        match letter {
            letter if letter.is_whitespace() => {}
            ':' | '：' | '=' | '(' | '（' | '[' | '【' | '「' | '“' | '"' | '<' | '《' => {
                lead.is_sign = true;
            }
            // A name behind a dash is no more certain than one behind a blank.
            '-' | '–' | '—' => {}
            _ => break,
        }
        lead.end += 1;
    }
    lead
}

/// The name behind a mark.
fn words_behind(letters: &[char], mark: Range<usize>, before: Before) -> Option<Range<usize>> {
    let has_dot = before == Before::Title && letters.get(mark.end) == Some(&'.');
    let mut lead = lead(letters, mark.end + usize::from(has_dot));
    let shouts = letters[mark].iter().all(|it| !it.is_lowercase());
    let mut words = words(letters, lead.end);
    if let Some(link) = words.first().filter(|word| among(&LINKS, letters, word)) {
        let next = self::lead(letters, link.end);
        lead = Lead {
            end: next.end,
            is_sign: lead.is_sign || next.is_sign,
        };
        words = self::words(letters, lead.end);
    }
    let needs_capital = match (before, lead.is_sign) {
        (_, true) | (Before::Name, false) => false,
        (Before::Label, false) => return None,
        (Before::Role | Before::Title, false) => true,
    };
    if letters.get(lead.end).is_some_and(|it| is_glued(*it)) {
        let is_name = !needs_capital || glued::has_family(letters, lead.end);
        return glued::signed(letters, lead.end).filter(|_| is_name);
    }
    // Behind `front desk` may stand who sits there.
    let nobody = words.iter();
    let nobody = nobody
        .take_while(|word| among(&NOBODY, letters, word))
        .count();
    let words = &words[nobody..];
    let needs_capital = needs_capital || nobody > 0;
    let taken = taken(letters, words, needs_capital, shouts);
    let is_office = !lead.is_sign && taken.iter().any(|word| among(&OFFICES, letters, word));
    match (taken.first(), taken.last()) {
        (Some(first), Some(last)) if !is_office => Some(first.start..last.end),
        _ => None,
    }
}

/// The words from the first one on that are a name, or several.
fn taken(
    letters: &[char],
    words: &[Range<usize>],
    needs_capital: bool,
    shouts: bool,
) -> Vec<Range<usize>> {
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut left = MAX_NAME;
    for (nth, word) in words.iter().enumerate() {
        let is_capital = letters[word.start].is_uppercase();
        let is_small = letters[word.start].is_lowercase();
        let next = words.get(nth + 1);
        let goes_on = next.is_some_and(|next| letters[next.start].is_uppercase());
        if !taken.is_empty() && goes_on && among(&AND, letters, word) {
            left = MAX_NAME;
            continue;
        }
        let is_particle = !taken.is_empty() && among(&PARTICLES, letters, word);
        let is_shouted = letters[word.clone()].iter().all(|it| !it.is_lowercase());
        let is_stop = among(&STOPS, letters, word) && (!is_capital || (shouts && is_shouted));
        let is_other = is_stop || among(&PLAIN, letters, word) || is_mark(letters, word);
        if left == 0 || ((is_other || (is_small && needs_capital)) && !is_particle) {
            break;
        }
        left -= 1;
        taken.push(word.clone());
    }
    taken
}

/// The name before what its owner has done: `Max Mustermann hat unterschrieben`.
fn words_before(letters: &[char], mark: usize) -> Option<Range<usize>> {
    let mut name: Option<Range<usize>> = None;
    let mut end = mark;
    for _ in 0..MAX_BEFORE {
        let before = letters[..end].iter().rev();
        end -= before.take_while(|it| **it == ' ').take(2).count();
        let before = letters[..end].iter().rev();
        let start = end - before.take_while(|it| is_of_name(**it)).count();
        let word = start..end;
        if word.is_empty() || !letters[start].is_uppercase() {
            break;
        }
        let lists = [&NOBODY, &OFFICES, &STOPS, &PLAIN];
        if lists.iter().any(|list| among(list, letters, &word)) {
            break;
        }
        let end_of_name = name.map_or(word.end, |name| name.end);
        name = Some(start..end_of_name);
        end = start;
    }
    name
}

/// The words from there on, with one blank between them; none of those that were masked.
pub(super) fn words(letters: &[char], start: usize) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = start;
    while words.len() < MAX_WORDS && at < letters.len() {
        let rest = letters[at..].iter();
        let len = rest.take_while(|letter| is_of_name(**letter)).count();
        let word = at..at + len;
        if !letters[word.clone()].iter().any(|it| it.is_alphabetic()) {
            break;
        }
        at = word.end;
        let is_short = is_short(letters, &word);
        words.push(word);
        // An initial, `Mrs.`, or `SMITH,JOHN`.
        if letters.get(at).is_some_and(|it| matches!(it, '.' | ',')) {
            let is_joined = letters.get(at + 1).is_some_and(|it| it.is_alphabetic());
            if !is_joined && !is_short {
                break;
            }
            at += 1;
        }
        if letters.get(at) == Some(&' ') {
            at += 1;
        }
        // `Jane & John`.
        if letters.get(at).is_some_and(|it| matches!(it, '&' | '/')) {
            at += 1 + usize::from(letters.get(at + 1) == Some(&' '));
        }
    }
    words
}

/// Whether a dot behind a word does not end a sentence.
fn is_short(letters: &[char], word: &Range<usize>) -> bool {
    word.len() == 1 || marks_of(letters, word).any(|before| before == Before::Title)
}

/// Whether something else begins with a word.
fn is_mark(letters: &[char], word: &Range<usize>) -> bool {
    marks_of(letters, word).any(|before| before != Before::Title)
}

fn marks_of(letters: &[char], word: &Range<usize>) -> impl Iterator<Item = Before> {
    let marks = MARKS.get(&folded(letters[word.start]));
    let marks = marks
        .into_iter()
        .flatten()
        .filter(|mark| end_of_folded(letters, word.start, &mark.text) == Some(word.end));
    marks.map(|mark| mark.before)
}

fn among(list: &HashSet<String>, letters: &[char], word: &Range<usize>) -> bool {
    let word: String = letters[word.clone()]
        .iter()
        .flat_map(|it| it.to_lowercase())
        .collect();
    list.contains(&word)
}

/// The end of a mark that begins here and does not go on as another word.
fn end_of_mark(letters: &[char], start: usize, mark: &[char]) -> Option<usize> {
    let end = end_of_folded(letters, start, mark)?;
    (!letters.get(end).is_some_and(|it| is_of_word(*it))).then_some(end)
}

fn is_of_name(letter: char) -> bool {
    is_of_word(letter) || matches!(letter, '\'' | '’' | '-' | '*')
}
