//! Looks over the text of a document before anything parses it: how many tokens there are, and how deep brackets nest.
//!
//! Parsers walk by recursion, so that a few kilobytes of brackets could overflow a thread's stack. A text with too many
//! tokens is put away as soon as there is one too many, however long it is.

use crate::graphql::error::{ErrorCode, Failure};

/// How deep brackets of any kind may nest. The introspection of development tools takes about 15.
pub(super) const MAX_NESTING: usize = 100;

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
            let is_number = |byte: &u8| is_name(byte) || matches!(byte, b'-' | b'+' | b'.');
            let (kind, length) = match first {
                b'{' | b'(' | b'[' => (Some(TokenKind::Opening(first)), 1),
                b'}' | b')' | b']' => (Some(TokenKind::Closing), 1),
                b'"' => (Some(TokenKind::Text), self.text()),
                b'#' => (None, self.run(|byte| !matches!(byte, b'\n' | b'\r'))),
                // The last two are bytes of the byte order mark, and go on with other characters.
                b' ' | b'\t' | b'\n' | b'\r' | b',' | 0x80..0xC0 | 0xEF => (None, 1),
                b'.' => (
                    Some(TokenKind::Other(first)),
                    self.run(|byte| *byte == b'.').min(3),
                ),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => (Some(TokenKind::Name), self.run(is_name)),
                b'-' | b'0'..=b'9' => (Some(TokenKind::Other(first)), self.run(is_number)),
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
        ] {
            assert_eq!(Tokens::of(text).count(), tokens, "{text}");
        }
    }

    #[test]
    fn a_million_tokens_are_refused_at_once() {
        let text = "a ".repeat(1_000_000);
        let begun = std::time::Instant::now();
        let refused = check(&text, Some(2_000)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::QueryTooComplex);
        assert!(refused.message.contains("more than 2000 tokens"));
        assert!(begun.elapsed().as_millis() < 50);
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
