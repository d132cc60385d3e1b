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

/// The same for scripts that put no blanks between words. Longer words come before those that they begin with.
pub(super) struct Glued {
    pub(super) marks: Vec<Vec<char>>,
    pub(super) labels: Vec<Vec<char>>,
    pub(super) verbs: Vec<Vec<char>>,
    pub(super) adverbs: Vec<Vec<char>>,
    pub(super) by: Vec<Vec<char>>,
    pub(super) links: Vec<Vec<char>>,
    pub(super) stops: Vec<Vec<char>>,
    /// Behind the name of a family.
    pub(super) honorifics: Vec<Vec<char>>,
    /// Behind any name, and what is honoured besides people.
    pub(super) suffixes: Vec<Vec<char>>,
    pub(super) unnamed: Vec<Vec<char>>,
    pub(super) nobody: Vec<Vec<char>>,
    pub(super) offices: HashSet<char>,
    pub(super) families: HashSet<char>,
    pub(super) long_families: Vec<Vec<char>>,
    pub(super) no_names: Vec<Vec<char>>,
}

pub(super) static GLUED: LazyLock<Glued> = LazyLock::new(|| Glued {
    marks: longest_first([han::MARKS, kana_hangul::MARKS]),
    labels: longest_first([han::LABELS]),
    verbs: longest_first([han::VERBS]),
    adverbs: longest_first([han::ADVERBS]),
    by: longest_first([han::BY]),
    links: longest_first([han::LINKS, kana_hangul::LINKS]),
    stops: longest_first([han::STOPS, kana_hangul::STOPS]),
    honorifics: longest_first([han::HONORIFICS]),
    suffixes: longest_first([kana_hangul::HONORIFICS]),
    unnamed: longest_first([kana_hangul::NOBODY]),
    nobody: longest_first([han::NOBODY]),
    offices: han::OFFICES.chars().collect(),
    families: [han::FAMILIES, kana_hangul::FAMILIES]
        .into_iter()
        .flat_map(str::chars)
        .filter(|letter| letter.is_alphabetic())
        .collect(),
    long_families: longest_first([han::LONG_FAMILIES]),
    no_names: longest_first([han::NO_NAMES]),
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
