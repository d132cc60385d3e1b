//! The words that stand around names, numbers and codes, in the languages that couriers write. They are listed by script.

mod cyrillic;
mod han;
mod kana_hangul;
mod latin;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::letters::folded_text;

/// What a word says of what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// A name, as behind `signed by`.
    Name,
    /// A name, or something else that happens to somebody, as behind `courier`.
    Role,
    /// A name behind a colon or in brackets only.
    Label,
    /// A name, written with a capital, as behind `Mr`.
    Title,
}

/// Words that a name stands behind.
pub(super) struct Mark {
    /// In small letters without accents.
    pub(super) text: Vec<char>,
    pub(super) before: Before,
}

/// By their first letters.
pub(super) static MARKS: LazyLock<HashMap<char, Vec<Mark>>> = LazyLock::new(|| {
    let mut marks: HashMap<char, Vec<Mark>> = HashMap::new();
    for (texts, before) in [
        (latin::NAMES, Before::Name),
        (cyrillic::NAMES, Before::Name),
        (latin::ROLES, Before::Role),
        (cyrillic::ROLES, Before::Role),
        (latin::LABELS, Before::Label),
        (cyrillic::LABELS, Before::Label),
        (OTHER_LABELS, Before::Label),
        (latin::TITLES, Before::Title),
        (cyrillic::TITLES, Before::Title),
    ] {
        for text in folded_texts(texts) {
            let mark = Mark { text, before };
            marks.entry(mark.text[0]).or_default().push(mark);
        }
    }
    marks
});

/// Words that a name stands before, by their first letters.
pub(super) static BEHIND: LazyLock<HashMap<char, Vec<Vec<char>>>> =
    LazyLock::new(|| by_first([latin::BEHIND, cyrillic::BEHIND]));

/// Words that a code stands behind, by their first letters.
pub(super) static CODES: LazyLock<HashMap<char, Vec<Vec<char>>>> =
    LazyLock::new(|| by_first([latin::CODES, han::CODES, kana_hangul::CODES]));

/// Who receives parcels and is nobody in particular.
pub(super) static NOBODY: LazyLock<HashSet<String>> =
    LazyLock::new(|| set([latin::NOBODY, cyrillic::NOBODY]));

/// Words of which one is enough to tell an office from a person.
pub(super) static OFFICES: LazyLock<HashSet<String>> =
    LazyLock::new(|| set([latin::OFFICES, cyrillic::OFFICES]));

/// Words that end a name, or stand where one could.
pub(super) static STOPS: LazyLock<HashSet<String>> =
    LazyLock::new(|| set([latin::STOPS, cyrillic::STOPS]));

/// Words that are no name though they may be written with a capital.
pub(super) static PLAIN: LazyLock<HashSet<String>> = LazyLock::new(|| set([latin::PLAIN, ""]));

/// Small words within names.
pub(super) static PARTICLES: LazyLock<HashSet<String>> =
    LazyLock::new(|| set([latin::PARTICLES, ""]));

/// What stands between two names.
pub(super) static AND: LazyLock<HashSet<String>> = LazyLock::new(|| set([latin::AND, "и"]));

/// What may stand between a mark and the name.
pub(super) static LINKS: LazyLock<HashSet<String>> = LazyLock::new(|| set([latin::LINKS, ""]));

/// What a word says of a name before it or behind it, in a script that puts no blanks between words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// One follows.
    Mark,
    /// One follows behind a colon.
    Label,
    /// One stands before, of somebody who does something with a parcel.
    Verb,
    /// That of a family stands before.
    Honorific,
    /// Any stands before, or what is honoured besides people.
    Suffix,
}

/// Words of such a script by their first letters, the longer ones before those that they begin with.
pub(super) struct Starts<T>(HashMap<char, Vec<(Vec<char>, T)>>);

impl<T: Copy> Starts<T> {
    fn of(words: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut starts: HashMap<char, Vec<(Vec<char>, T)>> = HashMap::new();
        for (list, what) in words {
            for word in list.split_whitespace() {
                let word: Vec<char> = word.chars().collect();
                starts.entry(word[0]).or_default().push((word, what));
            }
        }
        for words in starts.values_mut() {
            words.sort_by_key(|(word, _)| Reverse(word.len()));
        }
        Self(starts)
    }

    /// The words that begin here: where each ends, and what it is. The longest come first.
    pub(super) fn at(&self, letters: &[char], start: usize) -> impl Iterator<Item = (usize, T)> {
        let rest = letters.get(start..).unwrap_or_default();
        let words = rest.first().and_then(|first| self.0.get(first));
        let words = words.into_iter().flatten();
        let words = words.filter(|(word, _)| rest.starts_with(word));
        words.map(move |(word, what)| (start + word.len(), *what))
    }

    /// The end of the longest word that begins here.
    pub(super) fn end(&self, letters: &[char], start: usize) -> Option<usize> {
        self.at(letters, start).next().map(|(end, _)| end)
    }
}

/// The same for scripts that put no blanks between words.
pub(super) struct Glued {
    pub(super) signs: Starts<Sign>,
    pub(super) links: Starts<()>,
    pub(super) stops: Starts<()>,
    pub(super) long_families: Starts<()>,
    pub(super) no_names: Starts<()>,
    /// What stands before something is looked for seldom. Longer words come before those that they end with.
    pub(super) adverbs: Vec<Vec<char>>,
    pub(super) by: Vec<Vec<char>>,
    pub(super) unnamed: Vec<Vec<char>>,
    pub(super) nobody: Vec<Vec<char>>,
    pub(super) offices: HashSet<char>,
    pub(super) families: HashSet<char>,
}

pub(super) static GLUED: LazyLock<Glued> = LazyLock::new(|| Glued {
    signs: Starts::of([
        (han::MARKS, Sign::Mark),
        (kana_hangul::MARKS, Sign::Mark),
        (han::LABELS, Sign::Label),
        (han::VERBS, Sign::Verb),
        (han::HONORIFICS, Sign::Honorific),
        (kana_hangul::HONORIFICS, Sign::Suffix),
    ]),
    links: Starts::of([(han::LINKS, ()), (kana_hangul::LINKS, ())]),
    stops: Starts::of([(han::STOPS, ()), (kana_hangul::STOPS, ())]),
    long_families: Starts::of([(han::LONG_FAMILIES, ())]),
    no_names: Starts::of([(han::NO_NAMES, ())]),
    adverbs: longest_first([han::ADVERBS]),
    by: longest_first([han::BY]),
    unnamed: longest_first([kana_hangul::NOBODY]),
    nobody: longest_first([han::NOBODY]),
    offices: han::OFFICES.chars().collect(),
    families: [han::FAMILIES, kana_hangul::FAMILIES]
        .into_iter()
        .flat_map(str::chars)
        .filter(|letter| letter.is_alphabetic())
        .collect(),
});

/// Arabic, Hebrew, Thai.
const OTHER_LABELS: &str = "المستلم, السائق, الاسم, مندوب التوصيل, נמען, שליח, ผู้รับ, พนักงานจัดส่ง";

fn texts(list: &str) -> impl Iterator<Item = &str> {
    let texts = list.split([',', '\n']).map(str::trim);
    texts.filter(|text| !text.is_empty())
}

fn folded_texts(list: &str) -> impl Iterator<Item = Vec<char>> {
    texts(list).map(|text| folded_text(text.chars()))
}

fn by_first<const N: usize>(lists: [&str; N]) -> HashMap<char, Vec<Vec<char>>> {
    let mut all: HashMap<char, Vec<Vec<char>>> = HashMap::new();
    for text in lists.into_iter().flat_map(folded_texts) {
        all.entry(text[0]).or_default().push(text);
    }
    all
}

fn set<const N: usize>(lists: [&str; N]) -> HashSet<String> {
    let words = lists.into_iter().flat_map(str::split_whitespace);
    words.map(str::to_owned).collect()
}

fn longest_first<const N: usize>(lists: [&str; N]) -> Vec<Vec<char>> {
    let words = lists.into_iter().flat_map(str::split_whitespace);
    let mut words: Vec<Vec<char>> = words.map(|word| word.chars().collect()).collect();
    words.sort_by_key(|word| Reverse(word.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_names_a_word_twice() {
        for (list, separators) in [
            (han::MARKS, " \n"),
            (han::LABELS, " \n"),
            (han::VERBS, " \n"),
            (han::STOPS, " \n"),
            (han::NOBODY, " \n"),
            (han::NO_NAMES, " \n"),
            (han::LONG_FAMILIES, " \n"),
            (han::FAMILIES, ""),
            (han::OFFICES, ""),
            (kana_hangul::MARKS, " \n"),
            (kana_hangul::STOPS, " \n"),
            (kana_hangul::NOBODY, " \n"),
            (kana_hangul::FAMILIES, ""),
            (latin::NAMES, ",\n"),
            (latin::ROLES, ",\n"),
            (latin::LABELS, ",\n"),
            (latin::TITLES, ",\n"),
            (latin::CODES, ",\n"),
            (cyrillic::NAMES, ",\n"),
            (cyrillic::ROLES, ",\n"),
            (cyrillic::LABELS, ",\n"),
        ] {
            let words: Vec<&str> = match separators {
                "" => list.split("").collect(),
                signs => list.split(|it| signs.contains(it)).collect(),
            };
            let words = words.into_iter().map(str::trim);
            let mut words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            words.sort_unstable();
            let twice = words.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None);
        }
    }
}
