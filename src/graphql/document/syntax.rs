//! Where apollo-parser reads otherwise than the specification: it does not know descriptions of operations, fragments and
//! variables, minds commas where it looks ahead, and passes over names among arguments that no value follows. And where
//! graphql-js reads fewer digits of a character.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use apollo_compiler::ast;

use super::place::Places;
use super::text::{MAX_NESTING, Token, TokenKind, Tokens};
use super::verdict::{Errors, Refused};

/// A document of which all brackets and tokens were counted before, as far as it can be read.
pub(super) fn parse(
    text: &str,
    most_tokens: Option<u32>,
    places: &Places,
) -> Result<ast::Document, Arc<Refused>> {
    let mended = mend(text, places)?;
    // Blanks between tokens count as tokens there, and so does the end.
    let most = most_tokens.map_or(usize::MAX, |most| 2 * most as usize + 2);
    let syntax = ast::Document::parser()
        .recursion_limit(MAX_NESTING * 2)
        .token_limit(most)
        .parse_ast(mended, "document.graphql");
    syntax.map_err(|wrong| Arc::new(Refused::of(&wrong.errors, places)))
}

/// What an opened bracket holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Variables,
    /// Arguments, or the fields of an object: names with values.
    Named,
    List,
    Selections,
}

/// The text as the parser understands it, with everything in its place, or what it would pass over.
fn mend<'a>(text: &'a str, places: &Places) -> Result<Cow<'a, str>, Arc<Refused>> {
    let mut errors = Errors::default();
    let mut descriptions = Vec::new();
    let mut gaps = Vec::new();
    let mut open: Vec<Holds> = Vec::new();
    let mut tokens = Tokens::of(text).peekable();
    let mut before: Option<Token> = None;
    while let Some(token) = tokens.next() {
        let next = tokens.peek();
        let is_after = |marks: &[u8]| {
            let mark = before.map(|before| before.kind);
            matches!(mark, Some(TokenKind::Other(mark)) if marks.contains(&mark))
        };
        match token.kind {
            TokenKind::Opening(bracket) => open.push(match (bracket, open.last()) {
                (b'(', None) => Holds::Variables,
                (b'(', _) => Holds::Named,
                (b'[', _) => Holds::List,
                // The default value of a variable is an object, too.
                (_, Some(Holds::Named | Holds::List | Holds::Variables)) => Holds::Named,
                _ => Holds::Selections,
            }),
            TokenKind::Closing => drop(open.pop()),
            TokenKind::Name if open.last() == Some(&Holds::Named) => {
                let has_value = next.is_some_and(|next| next.kind == TokenKind::Other(b':'));
                if !has_value && !is_after(b":$@") {
                    let name: String = text[token.start..token.end].chars().take(50).collect();
                    errors.push(
                        format!("syntax error: a colon and a value are missing behind {name}"),
                        places.at(token.start),
                    );
                }
            }
            TokenKind::Text => {
                if has_long_escape(&text[token.start..token.end]) {
                    errors.push(
                        "syntax error: \\u{...} has more than eight digits: leave out zeros in front",
                        places.at(token.start),
                    );
                }
                let describes = next.is_some_and(|next| match (open.last(), next.kind) {
                    (None, TokenKind::Name) => {
                        let word = &text[next.start..next.end];
                        matches!(word, "query" | "mutation" | "subscription" | "fragment")
                    }
                    (Some(Holds::Variables), TokenKind::Other(b'$')) => !is_after(b"=:"),
                    _ => false,
                });
                if describes {
                    descriptions.push(token);
                }
            }
            _ => {}
        }
        gaps.push(before.map_or(0, |before| before.end)..token.start);
        before = Some(token);
    }
    gaps.push(before.map_or(0, |before| before.end)..text.len());
    errors.into_result()?;
    let is_right = |token: &Token| is_right_text(&text[token.start..token.end]);
    if !descriptions.iter().all(is_right) {
        descriptions.clear();
    }
    let descriptions = descriptions.into_iter().map(|token| token.start..token.end);
    let gaps = gaps.into_iter().filter(|gap| !is_blank(&text[gap.clone()]));
    Ok(without(text, descriptions.chain(gaps).collect()))
}

/// Whether nothing is ignored here that the parser would mind: commas, or comments between them.
fn is_blank(ignored: &str) -> bool {
    !ignored.contains([',', '#'])
}

/// Whether it is a text by the specification. If a description is none the parser says so.
fn is_right_text(described: &str) -> bool {
    let alone = format!("{{ a(b: {described}) }}");
    ast::Document::parse(alone, "description.graphql").is_ok()
}

/// Whether a text names a character by more digits than graphql-js reads.
fn has_long_escape(text: &str) -> bool {
    if text.starts_with("\"\"\"") {
        return false;
    }
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = rest.get(at + 2..).unwrap_or_default();
        let escape = &text.as_bytes()[text.len() - rest.len() - 1..];
        if let Some(digits) = escape.strip_prefix(b"u{") {
            let digits = digits.iter().take_while(|byte| byte.is_ascii_hexdigit());
            if digits.take(9).count() > 8 {
                return true;
            }
        }
    }
    false
}

/// Puts blanks where these are.
fn without(text: &str, mut passages: Vec<Range<usize>>) -> Cow<'_, str> {
    if passages.is_empty() {
        return Cow::Borrowed(text);
    }
    passages.sort_unstable_by_key(|passage| passage.start);
    let mut mended = String::with_capacity(text.len());
    let mut end = 0;
    for passage in passages {
        mended += &text[end..passage.start];
        let blank = |byte| match byte {
            b'\n' | b'\r' => char::from(byte),
            _ => ' ',
        };
        mended.extend(text[passage.clone()].bytes().map(blank));
        end = passage.end;
    }
    mended += &text[end..];
    Cow::Owned(mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> Option<String> {
        mend(text, &Places::of(text)).ok().map(Cow::into_owned)
    }

    #[test]
    fn descriptions_are_blanks_for_the_parser_and_everything_else_stays_in_its_place() {
        let text = "\"one\" query Q(\"two\" $a: A = \"three\" $b: B) { c(d: \"four\") } \"\"\"fi\nve\"\"\" fragment f on C { d }";
        let blank = "      query Q(      $a: A = \"three\" $b: B) { c(d: \"four\") }      \n      fragment f on C { d }";
        assert_eq!(mended(text).unwrap(), blank);
        assert_eq!(
            mended("\"\\x\" query { a }").unwrap(),
            "\"\\x\" query { a }"
        );
    }

    #[test]
    fn names_without_values_are_found_among_arguments_and_fields_of_objects() {
        for text in [
            "{ a(b b: 1) }",
            "{ a(b: 1 c) }",
            "{ a(b: { c d: 1 }) }",
            "{ a(b: [{ c }]) }",
            "{ a @skip(if if: true) }",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
        for text in [
            "query Q($a: [A!] = [B C], $d: D = { e: F }) { a(b: C, d: $e, f: [G H { i: J }]) @skip(if: true) }",
            "{ a { b c(d: true) { e } } }",
        ] {
            assert_eq!(mended(text), Some(text.replace(',', " ")));
        }
    }

    #[test]
    fn commas_and_comments_are_blanks_for_the_parser_but_not_in_texts() {
        let text = "{,a # é, \"b\r\n, c(d: \"e, #\", f: \"\"\", # \"\"\")}\u{feff},# end";
        let blank = format!(
            "{{ a{}\r\n  c(d: \"e, #\"  f: \"\"\", # \"\"\")}}{0}",
            " ".repeat(9)
        );
        assert_eq!(mended(text).unwrap(), blank);
    }
}
