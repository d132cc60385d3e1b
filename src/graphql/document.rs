//! Turns away documents that would cost far more than their bytes, before anything else looks at them.
//!
//! The library's parser and validator walk documents by recursion and follow every spread of a fragment: a few kilobytes
//! of nested brackets overflow a thread's stack, and fragments that spread each other twice double the work each time.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned, Request, ServerError};

use super::error::Failure;

/// How deep brackets of any kind may nest. The introspection of development tools takes about 15.
const MAX_NESTING: usize = 100;

/// How many fields a document may have once every fragment is put in its places.
const MAX_FIELDS: usize = 10_000;

/// Parses the document, which later steps find in the request, and refuses what is too large.
pub(super) fn check(request: &mut Request) -> Result<(), ServerError> {
    let refused = |what: String| {
        Failure::bad_input(format!("{what}; ask for less in one operation"))
            .into_server_error(Pos { line: 1, column: 1 })
    };
    if nesting(&request.query) > MAX_NESTING {
        return Err(refused(format!(
            "brackets are nested more than {MAX_NESTING} deep"
        )));
    }
    let fields = Fragments::of(request.parsed_query()?).largest_operation();
    if fields > MAX_FIELDS {
        return Err(refused(format!(
            "the operation has more than {MAX_FIELDS} fields, counting those of every fragment"
        )));
    }
    Ok(())
}

/// The deepest nesting of brackets outside texts and comments.
fn nesting(query: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut characters = query.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '{' | '(' | '[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            '"' => skip_text(&mut characters),
            '#' => {
                while characters
                    .next_if(|next| !matches!(next, '\n' | '\r'))
                    .is_some()
                {}
            }
            _ => {}
        }
    }
    deepest
}

/// Skips a text whose first quote has been read. One that does not end as it should is skipped as far as the parser reads it.
fn skip_text(characters: &mut Peekable<Chars<'_>>) {
    if characters.next_if_eq(&'"').is_none() {
        while let Some(character) = characters.next_if(|next| !matches!(next, '\n' | '\r')) {
            match character {
                '"' => return,
                '\\' => _ = characters.next(),
                _ => {}
            }
        }
        return;
    }
    if characters.next_if_eq(&'"').is_none() {
        return;
    }
    let mut quotes = 0;
    while quotes < 3 {
        match characters.next() {
            Some('"') => quotes += 1,
            Some('\\') => {
                quotes = 0;
                // `\"""` does not end a block.
                if characters.next_if_eq(&'"').is_some() && characters.next_if_eq(&'"').is_some() {
                    characters.next_if_eq(&'"');
                }
            }
            Some(_) => quotes = 0,
            None => return,
        }
    }
}

/// Counts fields, each fragment once.
struct Fragments<'a> {
    document: &'a ExecutableDocument,
    /// How many fields a fragment has; too many while it is being counted, so that a circle is refused as well.
    sizes: HashMap<&'a Name, usize>,
}

impl<'a> Fragments<'a> {
    fn of(document: &'a ExecutableDocument) -> Self {
        Self {
            document,
            sizes: HashMap::new(),
        }
    }

    fn largest_operation(mut self) -> usize {
        let operations = self.document.operations.iter();
        operations
            .map(|(_, operation)| self.fields(&operation.node.selection_set, 0))
            .max()
            .unwrap_or_default()
    }

    fn fields(&mut self, set: &'a Positioned<SelectionSet>, depth: usize) -> usize {
        if depth > MAX_NESTING {
            return usize::MAX;
        }
        let mut fields = 0usize;
        for selection in &set.node.items {
            fields = fields.saturating_add(match &selection.node {
                Selection::Field(field) => {
                    let below = self.fields(&field.node.selection_set, depth + 1);
                    below.saturating_add(1)
                }
                Selection::InlineFragment(fragment) => {
                    self.fields(&fragment.node.selection_set, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, depth + 1)
                }
            });
        }
        fields
    }

    fn fragment(&mut self, name: &'a Name, depth: usize) -> usize {
        if let Some(size) = self.sizes.get(name) {
            return *size;
        }
        // A fragment that does not exist is the validator's business.
        let Some(fragment) = self.document.fragments.get(name) else {
            return 0;
        };
        self.sizes.insert(name, usize::MAX);
        let size = self.fields(&fragment.node.selection_set, depth);
        self.sizes.insert(name, size);
        size
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
            ("\"unfinished [[[\n[[", 2),
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
        assert!(refusal(&deep).unwrap().contains("nested"));
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
        query += " fragment f60 on Query { __typename }";
        assert!(refusal(&query).unwrap().contains("fields"));
    }

    #[test]
    fn circles_and_long_chains_of_fragments_are_refused() {
        assert!(
            refusal("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }").is_some()
        );
        let chain: String = (0..5_000)
            .map(|link| format!("fragment f{link} on Query {{ ...f{} }} ", link + 1))
            .collect();
        assert!(refusal(&format!("{{ ...f0 }} {chain}")).is_some());
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
