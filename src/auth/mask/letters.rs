//! Letters: which belong together, and which are the same however they are written.

/// Letters of scripts that put no blanks between words, or glue words to others.
pub(super) fn is_glued(letter: char) -> bool {
    is_han(letter) || matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}')
}

pub(super) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Letters of scripts that put blanks between words.
pub(super) fn is_of_word(letter: char) -> bool {
    (letter.is_alphabetic() && !is_glued(letter)) || is_accent(letter)
}

/// What is written above or below a letter and is none.
pub(super) fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}')
}

/// The small letter without its accent: couriers leave them out.
pub(super) fn folded(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    if is_glued(letter) {
        return letter;
    }
    let small = letter.to_lowercase().next().unwrap_or(letter);
    match small {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' | 'ă' | 'ā' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' => 'e',
        'ğ' => 'g',
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'ī' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ő' | 'ō' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ț' => 't',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ё' => 'е',
        small => small,
    }
}

/// The same for a text.
pub(super) fn folded_text(text: impl IntoIterator<Item = char>) -> Vec<char> {
    let letters = text.into_iter().filter(|it| !is_accent_of_latin(*it));
    letters.map(folded).collect()
}

/// The end of a text that begins here, whatever its case and its accents. It is given as it is folded.
pub(super) fn end_of_folded(letters: &[char], start: usize, text: &[char]) -> Option<usize> {
    let mut at = start;
    for expected in text {
        let letter = *letters.get(at)?;
        let is_same = folded(letter) == *expected || (*expected == ' ' && letter.is_whitespace());
        if !is_same {
            return None;
        }
        at += 1;
        at += accents(letters, at);
    }
    Some(at)
}

fn accents(letters: &[char], at: usize) -> usize {
    let rest = letters[at..].iter();
    rest.take_while(|it| is_accent_of_latin(**it)).count()
}

fn is_accent_of_latin(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// The value of a digit as it is written in Latin, Arabic and Persian texts, and of a wide one.
pub(super) fn digit(letters: &[char], at: usize) -> Option<u32> {
    let letter = *letters.get(at)?;
    for zero in ['0', '\u{660}', '\u{6f0}', '\u{ff10}'] {
        let value = (letter as u32).wrapping_sub(zero as u32);
        if value < 10 {
            return Some(value);
        }
    }
    None
}
