//! What is known of a parcel beforehand.

use std::ops::Range;

use super::letters::{digit, end_of_folded, folded, folded_text, is_glued};
use super::words::{NOBODY, OFFICES, PARTICLES, STOPS};

/// How many digits of a phone number tell which it is, and how many it has at least.
const TELLING: usize = 7;
const LEAST: usize = 5;

/// How many signs may stand between two digits or letters that belong together.
const MAX_SIGNS: usize = 3;

/// What is known of a parcel: who has to do with it, and which numbers are its own.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Folded, and without blanks.
    words: Vec<Vec<char>>,
    /// Of scripts that put no blanks between words.
    glued: Vec<Vec<char>>,
    phones: Vec<Vec<u32>>,
    /// Folded, and without signs.
    numbers: Vec<Vec<char>>,
}

impl Known {
    /// With texts that tell of somebody: names, mail addresses, phone numbers. Each of their words is hidden wherever it stands.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = Self::default();
        for text in texts {
            known.add(text);
        }
        known
    }

    /// With numbers that are shown though they may look like phone numbers: those of the parcel itself.
    pub fn showing<'a>(mut self, numbers: impl IntoIterator<Item = &'a str>) -> Self {
        for number in numbers {
            let letters = number.chars().filter(|it| it.is_alphanumeric());
            let letters = folded_text(letters);
            if letters.len() >= LEAST {
                self.numbers.push(letters);
            }
        }
        self
    }

    fn add(&mut self, text: &str) {
        let letters: Vec<_> = text.chars().collect();
        let digits: Vec<_> = (0..letters.len())
            .filter_map(|at| digit(&letters, at))
            .collect();
        if digits.len() >= LEAST {
            let telling = digits.len().saturating_sub(TELLING);
            self.phones.push(digits[telling..].to_vec());
        }
        // Behind the sign of a mail address stands nobody's name.
        let text = text.split(['@', '＠']).next().unwrap_or_default();
        let words: Vec<&str> = text
            .split(|it: char| !it.is_alphabetic() && !('\u{300}'..='\u{36f}').contains(&it))
            .filter(|word| !word.is_empty())
            .collect();
        let lower = |word: &str| word.to_lowercase();
        let is_nobody = |word: &&str| {
            let word = lower(word);
            NOBODY.contains(&word) || OFFICES.contains(&word) || STOPS.contains(&word)
        };
        if words.iter().all(is_nobody) {
            return;
        }
        for word in words {
            let small = lower(word);
            if word.chars().count() < 2 || STOPS.contains(&small) || PARTICLES.contains(&small) {
                continue;
            }
            self.add_word(word);
        }
    }

    fn add_word(&mut self, word: &str) {
        let letters: Vec<_> = word.chars().collect();
        if letters.iter().all(|it| is_glued(*it)) {
            // Behind a family's name stands one that others call him by.
            if (3..=4).contains(&letters.len()) {
                self.glued.push(letters[1..].to_vec());
            }
            self.glued.push(letters);
            return;
        }
        let spelt: String = word.to_lowercase();
        let spelt = [
            ('ä', "ae"),
            ('ö', "oe"),
            ('ü', "ue"),
            ('ß', "ss"),
            ('ø', "oe"),
            ('å', "aa"),
        ]
        .iter()
        .fold(spelt, |text, (letter, spelt)| text.replace(*letter, spelt));
        let spelt = folded_text(spelt.chars());
        let folded = folded_text(letters);
        if spelt != folded {
            self.words.push(spelt);
        }
        self.words.push(folded);
    }

    /// Where something stands that is known to tell of somebody.
    pub(super) fn find(&self, letters: &[char]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for at in 0..letters.len() {
            let glued = self.glued.iter();
            let mut glued = glued.filter(|name| letters[at..].starts_with(name));
            found.extend(glued.next().map(|name| at..at + name.len()));
            if is_start(letters, at) {
                let ends = self.words.iter();
                let ends = ends.filter_map(|word| end_of_folded(letters, at, word));
                found.extend(ends.filter(|end| is_end(letters, *end)).map(|end| at..end));
            }
        }
        if !self.phones.is_empty() {
            let all = 0..letters.len();
            let digits: Vec<_> = all
                .filter_map(|at| Some((at, digit(letters, at)?)))
                .collect();
            for phone in &self.phones {
                found.extend(runs(letters, &digits, phone));
            }
        }
        found
    }

    /// Where numbers stand that are those of the parcel.
    pub(super) fn shown(&self, letters: &[char]) -> Vec<Range<usize>> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let all = 0..letters.len();
        let signs: Vec<_> = all
            .filter(|at| letters[*at].is_alphanumeric())
            .map(|at| (at, folded(letters[at])))
            .collect();
        let numbers = self.numbers.iter();
        let found = numbers.flat_map(|number| runs(letters, &signs, number));
        let is_whole = |part: &Range<usize>| {
            let before = part.start.checked_sub(1).map(|at| letters[at]);
            let after = letters.get(part.end).copied();
            let goes_on = |it: char| it.is_alphanumeric() && !is_glued(it);
            !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
        };
        found.filter(is_whole).collect()
    }
}

/// Where these stand in a row, with few signs between them.
fn runs<T: PartialEq>(letters: &[char], all: &[(usize, T)], wanted: &[T]) -> Vec<Range<usize>> {
    let windows = all.windows(wanted.len());
    let found = windows.filter(|window| {
        let is_same = window.iter().zip(wanted).all(|((_, its), it)| its == it);
        is_same
            && window.windows(2).all(|pair| {
                let between = pair[0].0 + 1..pair[1].0;
                between.len() <= MAX_SIGNS
                    && letters[between].iter().all(|it| !it.is_alphanumeric())
            })
    });
    let ends = found.filter_map(|window| Some((window.first()?.0, window.last()?.0)));
    ends.map(|(first, last)| first..last + 1).collect()
}

fn is_start(letters: &[char], at: usize) -> bool {
    let goes_on = |it: char| it.is_alphanumeric() && !is_glued(it);
    goes_on(letters[at]) && !at.checked_sub(1).is_some_and(|at| goes_on(letters[at]))
}

fn is_end(letters: &[char], end: usize) -> bool {
    !letters
        .get(end)
        .is_some_and(|it| it.is_alphanumeric() && !is_glued(*it))
}
