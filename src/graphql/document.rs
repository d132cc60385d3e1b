//! Turns away documents that would cost far more than their bytes, before anything else looks at them.
//!
//! The library's parser and validator walk documents by recursion and follow every spread of a fragment: a few kilobytes
//! of nested brackets overflow a thread's stack, and fragments that spread each other twice double the work each time.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned, Request, ServerError};

use super::error::Failure;

/// How deep brackets of any kind may nest. The introspection of development tools takes about 15.
const MAX_NESTING: usize = 100;

/// How many fields, spreads and inline fragments a document may have once every fragment is put in its places.
const MAX_SELECTIONS: usize = 10_000;

/// Parses the document, which later steps find in the request, and refuses what is too large.
pub(super) fn check(request: &mut Request) -> Result<(), ServerError> {
    let refused = |what: &str, most: usize| {
        let message = format!("{what} more than {most}; ask for less in one operation");
        Failure::bad_input(message).into_server_error(Pos { line: 1, column: 1 })
    };
    if nesting(&request.query) > MAX_NESTING {
        return Err(refused("the depth of brackets is", MAX_NESTING));
    }
    let extent = Measure::of(request.parsed_query()?).extent();
    if extent.height > MAX_NESTING {
        return Err(refused(
            "with every fragment in its places, the depth of fields is",
            MAX_NESTING,
        ));
    }
    if extent.selections > MAX_SELECTIONS {
        return Err(refused(
            "with every fragment in its places, the number of fields is",
            MAX_SELECTIONS,
        ));
    }
    Ok(())
}

/// The deepest nesting of brackets outside texts and comments.
fn nesting(query: &str) -> usize {
    let bytes = query.as_bytes();
    let (mut depth, mut deepest, mut at) = (0usize, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'(' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            b'"' => at += text_length(&bytes[at..]) - 1,
            b'#' => {
                let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
                at += bytes[at..].iter().position(is_end).unwrap_or(0);
            }
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// How long the text is that begins here, quotes included. What looks like one and does not end is passed over as the
/// parser does: an open block text counts as an empty text, an open text as a lone quote.
fn text_length(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\"\"\"") {
        return block_text_length(bytes).unwrap_or(2);
    }
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            b'\n' | b'\r' => break,
            _ => at += 1,
        }
    }
    1
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

/// How much there is to walk, with every fragment in its places.
#[derive(Debug, Clone, Copy, Default)]
struct Extent {
    /// Fields, spreads and inline fragments.
    selections: usize,
    /// How deep they nest.
    height: usize,
}

impl Extent {
    const ENDLESS: Self = Self {
        selections: usize::MAX,
        height: usize::MAX,
    };

    /// One selection with this below it.
    fn on_top_of(self, sum: Self) -> Self {
        let selections = self.selections.saturating_add(1);
        Self {
            selections: sum.selections.saturating_add(selections),
            height: sum.height.max(self.height.saturating_add(1)),
        }
    }
}

/// Measures a document, each fragment once. Fragments that nothing spreads count as well: the validator walks them, too.
struct Measure<'a> {
    document: &'a ExecutableDocument,
    /// Endless while a fragment is being measured, so that a circle is endless.
    fragments: HashMap<&'a Name, Extent>,
}

impl<'a> Measure<'a> {
    fn of(document: &'a ExecutableDocument) -> Self {
        Self {
            document,
            fragments: HashMap::new(),
        }
    }

    fn extent(mut self) -> Extent {
        let operations = self.document.operations.iter();
        let sets: Vec<_> = operations
            .map(|(_, operation)| &operation.node.selection_set)
            .collect();
        let operations: Vec<_> = sets.into_iter().map(|set| self.set(set, 0)).collect();
        let names = self.document.fragments.keys();
        let fragments: Vec<_> = names.map(|name| self.fragment(name, 0)).collect();
        let largest = |largest: Extent, extent: Extent| Extent {
            selections: largest.selections.max(extent.selections),
            height: largest.height.max(extent.height),
        };
        operations
            .into_iter()
            .chain(fragments)
            .fold(Extent::default(), largest)
    }

    fn set(&mut self, set: &'a Positioned<SelectionSet>, depth: usize) -> Extent {
        if depth > MAX_NESTING {
            return Extent::ENDLESS;
        }
        let mut sum = Extent::default();
        for selection in &set.node.items {
            let below = match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set, depth + 1),
                Selection::InlineFragment(fragment) => {
                    self.set(&fragment.node.selection_set, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, depth + 1)
                }
            };
            sum = below.on_top_of(sum);
        }
        sum
    }

    fn fragment(&mut self, name: &'a Name, depth: usize) -> Extent {
        if let Some(extent) = self.fragments.get(name) {
            return *extent;
        }
        // A fragment that does not exist is the validator's business.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Extent::default();
        };
        self.fragments.insert(name, Extent::ENDLESS);
        let extent = self.set(&fragment.node.selection_set, depth);
        self.fragments.insert(name, extent);
        extent
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(query: &str) -> Option<String> {
        check(&mut Request::new(query))
            .err()
            .map(|error| error.message)
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
    fn brackets_that_would_overflow_the_parser_are_refused() {
        let deep = format!(
            "{{ tracking(ref: {}{}) {{ status }} }}",
            "[".repeat(2_000),
            "]".repeat(2_000)
        );
        assert!(refusal(&deep).unwrap().contains("depth of brackets"));
    }

    #[test]
    fn fragments_that_double_each_other_are_refused_in_no_time() {
        let mut query = "query { ...f0 }".to_owned();
        for level in 0..60 {
            query += &format!(
                " fragment f{level} on Query {{ ...f{0} ...f{0} }}",
                level + 1
            );
        }
        assert!(refusal(&query).unwrap().contains("number of fields"));
        query += " fragment f60 on Query { __typename }";
        assert!(refusal(&query).unwrap().contains("number of fields"));
    }

    #[test]
    fn circles_and_long_chains_of_fragments_are_refused() {
        assert!(
            refusal("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }").is_some()
        );
        let chain: String = (0..5_000)
            .map(|link| format!("fragment f{link} on Query {{ ...f{} }} ", link + 1))
            .collect();
        for start in ["{ ...f0 }", "{ __typename }", "{ ...f4999 ...f4998 ...f0 }"] {
            let refusal = refusal(&format!("{start} {chain}")).unwrap();
            assert!(refusal.contains("depth of fields"), "{start}: {refusal}");
        }
        let backwards: String = (0..300).rev().map(|link| format!("...f{link} ")).collect();
        assert!(refusal(&format!("{{ {backwards} }} {chain}")).is_some());
    }

    #[test]
    fn what_people_write_passes() {
        let aliases: String = (0..1_000)
            .map(|alias| format!("a{alias}: __typename "))
            .collect();
        assert_eq!(
            refusal(&format!(
                "{{ {aliases} ...f ...f }} fragment f on Query {{ __typename }}"
            )),
            None
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in any::<String>()) {
            let _ = refusal(&text);
        }
    }
}
