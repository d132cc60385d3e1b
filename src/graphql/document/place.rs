//! Where things stand in a document.

use apollo_compiler::parser::SourceSpan;
use async_graphql::Pos;

/// Turns places in bytes into lines and columns, which count characters.
#[derive(Debug)]
pub(super) struct Places {
    /// Where lines begin.
    lines: Vec<usize>,
    /// Where bytes are that only go on with a character.
    rests: Vec<usize>,
}

impl Places {
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut lines, mut rests) = (vec![0], Vec::new());
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
                b'\n' | b'\r' => lines.push(at + 1),
                0x80..0xC0 => rests.push(at),
                _ => {}
            }
        }
        Self { lines, rests }
    }

    /// The line and the column of a byte, both from 1.
    pub(super) fn at(&self, offset: usize) -> Pos {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let rests = |end: usize| self.rests.partition_point(|rest| *rest < end);
        Pos {
            line,
            column: offset - start - (rests(offset) - rests(start)) + 1,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        (self.lines.len() + self.rests.len()) * size_of::<usize>()
    }

    /// The beginning of something that was parsed; the beginning of all for what has no place.
    pub(super) fn of_span(&self, span: Option<SourceSpan>) -> Pos {
        self.at(span.map_or(0, |span| span.offset()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_every_kind_of_line_end_is_one() {
        let text = "a\r\nbü€c\rd\n\ne";
        let places = Places::of(text);
        for (what, line, column) in [
            ('a', 1, 1),
            ('b', 2, 1),
            ('€', 2, 3),
            ('c', 2, 4),
            ('d', 3, 1),
            ('e', 5, 1),
        ] {
            let place = places.at(text.find(what).unwrap());
            assert_eq!((place.line, place.column), (line, column), "{what}");
        }
    }
}
