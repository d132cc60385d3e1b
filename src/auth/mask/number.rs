//! Phone numbers: 7 digits and more, however they are grouped and whatever letters they touch, that are no date.
//!
//! A number is not told from others by its looks: `HK13800138000` may be a parcel or a phone. Which numbers are the parcel's own
//! is known beforehand.

use std::ops::Range;

use super::letters::digit;

/// How many digits a phone number has at least.
const LEAST: usize = 7;

/// How many digits of groups belong to one number at most (E.164).
const MOST: usize = 15;

/// How many signs may stand between two groups of one number, as in `(030) - 12345`.
const MAX_SIGNS: usize = 3;

/// Where they are, besides those that are shown.
pub(super) fn find(letters: &[char], shown: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if let Some(shown) = shown.iter().find(|shown| shown.contains(&at)) {
            at = shown.end;
        } else if digit(letters, at).is_none() {
            at += 1;
        } else if let Some(end) = moment(letters, at) {
            at = end;
        } else {
            let groups = groups(letters, at, shown);
            at = groups.last().map_or(at + 1, |group| group.end);
            found.extend(numbers(letters, &groups));
        }
    }
    found
}

/// Groups of digits that may belong together, from one that begins here.
fn groups(letters: &[char], start: usize, shown: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut next = start;
    loop {
        let end = end_of_digits(letters, next);
        groups.push(next..end);
        let signs = letters[end..].iter().take_while(|sign| is_sign(**sign));
        let signs = match letters.get(end) {
            // `138,0013` is one number, `Room 12, 450000` is not.
            Some(sign) if is_joint(*sign) => 1,
            _ => signs.count(),
        };
        next = end + signs;
        let is_near = (1..=MAX_SIGNS).contains(&signs) && digit(letters, next).is_some();
        let is_shown = shown.iter().any(|shown| shown.contains(&next));
        if !is_near || is_shown || moment(letters, next).is_some() {
            return groups;
        }
        // `100024 2 pieces` is a postal code and a count.
        let is_count = letters[end] == ' ' && end_of_digits(letters, next) == next + 1;
        if is_count && signs == 1 && groups.len() == 1 && groups[0].len() > 3 {
            return groups;
        }
    }
}

/// The phone numbers among groups. More digits than one number has are several of them.
fn numbers(letters: &[char], groups: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut taken: Vec<Range<usize>> = Vec::new();
    for group in groups {
        let sum: usize = taken.iter().map(Range::len).sum();
        if sum + group.len() > MOST {
            found.extend(number(letters, &taken));
            taken.clear();
        }
        taken.push(group.clone());
    }
    found.extend(number(letters, &taken));
    found
}

/// A number of these groups, with the signs that belong to it.
fn number(letters: &[char], groups: &[Range<usize>]) -> Option<Range<usize>> {
    let (first, last) = (groups.first()?, groups.last()?);
    let sum: usize = groups.iter().map(Range::len).sum();
    if sum < LEAST || is_compact_date(letters, groups) || is_zip(letters, groups) {
        return None;
    }
    let mut start = first.start;
    // The bracket around the first group belongs to it, one around all of them does not.
    let closes = letters[first.end..last.end]
        .iter()
        .any(|it| matches!(it, ')' | '）'));
    if closes && start > 0 && matches!(letters[start - 1], '(' | '（') {
        start -= 1;
    }
    if start > 0 && matches!(letters[start - 1], '+' | '＋') {
        start -= 1;
    }
    Some(start..last.end)
}

/// The end of a date or a time of day that begins here.
fn moment(letters: &[char], start: usize) -> Option<usize> {
    let parts = |signs: &[char]| {
        let mut parts = Vec::new();
        let mut at = start;
        loop {
            let end = end_of_digits(letters, at);
            parts.push(at..end);
            let goes_on = letters.get(end).is_some_and(|sign| signs.contains(sign));
            // Neither a date nor a time has more than three parts.
            if !goes_on || parts.len() > 3 || digit(letters, end + 1).is_none() {
                return parts;
            }
            at = end + 1;
        }
    };
    let is_within = |part: &Range<usize>, least, most| {
        let value = value(letters, part);
        part.len() <= 2 && (least..=most).contains(&value)
    };
    let is_year =
        |part: &Range<usize>| part.len() == 4 && (1990..=2099).contains(&value(letters, part));
    let time = parts(&[':', '：']);
    if let [hours, minutes, ..] = time.as_slice()
        && is_within(hours, 0, 24)
        && is_within(minutes, 0, 59)
        && minutes.len() == 2
    {
        return Some(time.get(2).unwrap_or(minutes).end);
    }
    for sign in ['-', '.', '/'] {
        let date = parts(&[sign]);
        // Digits that are glued to it are of something else.
        let [first, second, third] = date.as_slice() else {
            continue;
        };
        let is_date = is_year(first) && is_within(second, 1, 12) && is_within(third, 1, 31)
            || is_year(third) && is_within(first, 1, 31) && is_within(second, 1, 31);
        if is_date {
            return Some(third.end);
        }
    }
    None
}

/// `20260226`, and the same with a time behind it.
fn is_compact_date(letters: &[char], groups: &[Range<usize>]) -> bool {
    let [group] = groups else {
        return false;
    };
    let part = |from, to| value(letters, &(group.start + from..group.start + to));
    let is_day = |len| {
        group.len() >= len
            && (1990..=2099).contains(&part(0, 4))
            && (1..=12).contains(&part(4, 6))
            && (1..=31).contains(&part(6, 8))
    };
    match group.len() {
        8 => is_day(8),
        14 => is_day(14) && part(8, 10) < 24 && part(10, 12) < 60 && part(12, 14) < 60,
        _ => false,
    }
}

/// `CA 90001-1234`.
fn is_zip(letters: &[char], groups: &[Range<usize>]) -> bool {
    let [first, second] = groups else {
        return false;
    };
    let before = letters[..first.start].iter().rev().copied();
    let before: Vec<_> = before.take(3).collect();
    let is_state = |state: &[char]| state.iter().all(char::is_ascii_uppercase);
    let is_behind_state =
        matches!(before.as_slice(), [' ', state @ ..] if state.len() == 2 && is_state(state));
    first.len() == 5 && second.len() == 4 && letters[first.end] == '-' && is_behind_state
}

fn end_of_digits(letters: &[char], start: usize) -> usize {
    let digits = (start..letters.len()).take_while(|at| digit(letters, *at).is_some());
    start + digits.count()
}

/// As long as it fits, which it does where it matters.
fn value(letters: &[char], part: &Range<usize>) -> u32 {
    let digits = part.clone().filter_map(|at| digit(letters, at));
    digits.fold(0, |value: u32, digit| {
        value.saturating_mul(10).saturating_add(digit)
    })
}

fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2010}'
            ..='\u{2015}' | '.' | '/' | '(' | ')' | '（' | '）'
    )
}

/// A sign that stands between two digits of one number only where nothing else does.
fn is_joint(letter: char) -> bool {
    matches!(letter, '_' | '·' | '•' | ',' | '，' | '、')
}
