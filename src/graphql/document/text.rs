//! Looks over the text of a document before anything parses it: how many tokens there are, and how deep brackets nest.
//!
//! Parsers walk by recursion, so that a few kilobytes of brackets could overflow a thread's stack. A text with too many
//! tokens is put away as soon as there is one too many, however long it is.

use crate::graphql::error::{ErrorCode, Failure};

/// How deep brackets of any kind may nest. The introspection of development tools takes about 15.
pub(super) const MAX_NESTING: usize = 100;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Refuses a text that is too much for a parser.
pub(super) fn check(text: &str, most_tokens: Option<u32>) -> Result<(), Failure> {
    let most = most_tokens.map_or(usize::MAX, |most| most as usize);
    let too_much = |message: String| Err(Failure::new(ErrorCode::QueryTooComplex, message));
    let mut tokens = 0;
    let mut depth = 0usize;
    for token in Tokens::of(text) {
        tokens += 1;
        match token.kind {
            TokenKind::Opening(_) => depth += 1,
            TokenKind::Closing => depth = depth.saturating_sub(1),
            _ => {}
        }
        if tokens > most {
            return too_much(format!(
                "the document has more than {most} tokens (names, values, punctuation): send less of it, or give values in variables"
            ));
        }
        if depth > MAX_NESTING {
            return too_much(format!(
                "brackets nest more than {MAX_NESTING} deep: ask for less in one operation"
            ));
        }
    }
    Ok(())
}

/// What it costs to read a text, in points: one for every hundred tokens or 4 KiB that are begun. Of a text with too many
/// tokens no more is read.
pub(super) fn price(text: &str, most_tokens: Option<u32>) -> u32 {
    let most = most_tokens.map_or(usize::MAX, |most| most as usize);
    let tokens = Tokens::of(text).take(most).count();
    let points = tokens.div_ceil(100).max(text.len().div_ceil(4_096));
    u32::try_from(points).unwrap_or(u32::MAX)
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bracket of this kind opens.
    Opening(u8),
    Closing,
    Name,
    /// A text with its quotes.
    Text,
    /// Anything else, by its first byte.
    Other(u8),
}

/// The tokens of a text, roughly: wherever the text is wrong, brackets are rather found than overlooked.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
    /// A text did not end, so that the document is wrong; from there on quotes say nothing.
    is_broken: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            is_broken: false,
        }
    }

    /// How many bytes from here on are such.
    fn run(&self, is_such: impl Fn(&u8) -> bool) -> usize {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| !is_such(byte));
        end.unwrap_or(rest.len())
    }

    /// How long the text is that begins here.
    fn text(&mut self) -> usize {
        let length = match self.is_broken {
            true => None,
            false => text_length(&self.bytes[self.at..]),
        };
        self.is_broken = length.is_none();
        length.unwrap_or(1)
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let first = *self.bytes.get(self.at)?;
            let is_name = |byte: &u8| *byte == b'_' || byte.is_ascii_alphanumeric();
            let (kind, length) = match first {
                b'{' | b'(' | b'[' => (Some(TokenKind::Opening(first)), 1),
                b'}' | b')' | b']' => (Some(TokenKind::Closing), 1),
                b'"' => (Some(TokenKind::Text), self.text()),
                b'#' => (None, self.run(|byte| !matches!(byte, b'\n' | b'\r'))),
                b' ' | b'\t' | b'\n' | b'\r' | b',' => (None, 1),
                0xEF if self.bytes[self.at..].starts_with(BYTE_ORDER_MARK) => {
                    (None, BYTE_ORDER_MARK.len())
                }
                b'.' => {
                    let next = self.bytes[self.at..].iter().take(3);
                    let dots = next.take_while(|byte| **byte == b'.').count();
                    (Some(TokenKind::Other(first)), dots)
                }
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => (Some(TokenKind::Name), self.run(is_name)),
                b'-' | b'0'..=b'9' => (
                    Some(TokenKind::Other(first)),
                    number_length(&self.bytes[self.at..]),
                ),
                0x80.. => {
                    let rest = self.bytes[self.at + 1..].iter();
                    let rest = rest.take_while(|byte| matches!(byte, 0x80..0xC0)).count();
                    (Some(TokenKind::Other(first)), 1 + rest)
                }
                _ => (Some(TokenKind::Other(first)), 1),
            };
            let start = self.at;
            self.at += length;
            if let Some(kind) = kind {
                return Some(Token {
                    kind,
                    start,
                    end: self.at,
                });
            }
        }
    }
}

/// How long the number is that begins here; at least one byte.
fn number_length(bytes: &[u8]) -> usize {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = usize::from(bytes[0] == b'-');
    // Nothing follows a zero in front.
    end += match bytes.get(end) {
        Some(b'0') => 1,
        _ => digits(end),
    };
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        match digits(end + 1 + sign) {
            0 => {}
            digits => end += 1 + sign + digits,
        }
    }
    end
}

/// How long the text is that begins here, quotes included; `None` if it does not end.
fn text_length(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\"\"\"") {
        return block_text_length(bytes);
    }
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if !matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => at += 2,
            b'\n' | b'\r' | b'\\' => return None,
            _ => at += 1,
        }
    }
}

fn block_text_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 3;
    while at < bytes.len() {
        match &bytes[at..] {
            rest if rest.starts_with(b"\"\"\"") => return Some(at + 3),
            rest if rest.starts_with(b"\\\"\"\"") => at += 4,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nesting(text: &str) -> usize {
        let (mut depth, mut deepest) = (0usize, 0);
        for token in Tokens::of(text) {
            match token.kind {
                TokenKind::Opening(_) => depth += 1,
                TokenKind::Closing => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    #[test]
    fn nesting_counts_brackets_of_every_kind_but_not_those_in_texts_and_comments() {
        for (query, deepest) in [
            ("{ a { b } }", 2),
            ("{ a(x: [[{ y: 1 }]]) }", 5),
            ("{ a(x: \"[[[[\") }", 2),
            ("{ a(x: \"\\\"[[[\") }", 2),
            ("{ a(x: \"\") { b } }", 2),
            ("{ a(x: \"\"\"[[[ \" \\\"\"\" [[[\"\"\") }", 2),
            ("# [[[[[[\n{ a }", 1),
            ("\"unfinished [[[\n[[", 5),
            ("[\"\"\" \" [[[", 4),
            ("[\"\"\" \"[[[\" [[", 6),
            ("{ a(x: \"\"\"\\\"\"\" [[[ \"\"\") { b } }", 2),
            ("}}}{", 1),
        ] {
            assert_eq!(nesting(query), deepest, "{query}");
        }
    }

    #[test]
    fn tokens_are_counted_as_the_specification_counts_them() {
        for (text, tokens) in [
            ("", 0),
            ("{ a }", 3),
            ("query($a: Int! = -1.5e+3) { a(b: $a) ...f }", 21),
            ("\u{feff}# comment { a }\n{ a, , b }", 4),
            ("{ a(b: \"\"\" one { two \"\"\", c: \"x y\") }", 11),
            ("{ a(b: [1 2 3]) @c }", 14),
            ("[1-1-1]", 5),
            ("0001 1.5.5 -0.0e-5 - 1ea", 11),
            ("！é\u{feff}！", 3),
        ] {
            assert_eq!(Tokens::of(text).count(), tokens, "{text}");
        }
    }

    #[test]
    fn a_million_tokens_are_refused_at_once() {
        let text = "a ".repeat(1_000_000);
        let refused = check(&text, Some(2_000)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::QueryTooComplex);
        assert!(refused.message.contains("more than 2000 tokens"));
        assert_eq!(check("{ a }", Some(3)), Ok(()));
        assert!(check("{ a }", Some(2)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_look_panic(text in any::<String>()) {
            let _ = check(&text, Some(50));
        }
    }
}
