//! Free text as the upstream leaves it: blank text means that nothing was stated.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The trimmed text, or `None` for blank text.
pub fn stated(text: impl AsRef<str>) -> Option<String> {
    let text = text.as_ref().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A text as two people would call it the same: its words in lower case with one blank between them, without
/// diacritics and punctuation. Full-width letters are letters, `&` is `and`, and `U.S.A.` is one word.
pub(super) fn folded(text: &str) -> String {
    let mut words = Words {
        text: String::with_capacity(text.len()),
        has_gap: false,
    };
    if text.is_ascii() {
        text.chars().for_each(|character| words.push(character));
    } else {
        DecomposingNormalizerBorrowed::new_nfkd()
            .normalize_iter(text.chars())
            .for_each(|character| words.push(character));
    }
    words.text
}

struct Words {
    text: String,
    has_gap: bool,
}

impl Words {
    fn push(&mut self, character: char) {
        match character {
            '.' | '\'' | '’' | '\u{300}'..='\u{36f}' => {}
            '&' => {
                self.has_gap = true;
                "and".chars().for_each(|letter| self.push(letter));
                self.has_gap = true;
            }
            _ if character.is_alphanumeric() => {
                if self.has_gap && !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.has_gap = false;
                self.text.extend(character.to_lowercase());
            }
            _ => self.has_gap = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_blanks_diacritics_and_punctuation_do_not_make_another_text() {
        for (text, same) in [
            ("  Côte d'Ivoire ", "cote divoire"),
            ("CURAÇAO", "curacao"),
            ("Trinidad&Tobago", "trinidad and tobago"),
            ("U.S.A.", "usa"),
            ("ＣＨＩＮＡ", "china"),
            ("刚果（金）", "刚果 金"),
            ("Arrived -- at\tfacility!", "arrived at facility"),
            ("...", ""),
        ] {
            assert_eq!(folded(text), same);
        }
    }

    proptest! {
        #[test]
        fn what_was_folded_stays_so(text in any::<String>()) {
            let once = folded(&text);
            prop_assert_eq!(once.trim(), &once);
            prop_assert!(!once.contains("  "));
        }
    }
}
