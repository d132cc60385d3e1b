//! Texts as JSON, escaped as `serde_json` does it, but eight bytes at a time: most texts have nothing to escape, and looking
//! for it would cost more than anything else. The library for this (`json-escape-simd`) reads behind the end of the text.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes a text between quotation marks.
pub(super) fn write(text: &str, to: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    to.reserve(rest.len() + 2);
    to.push(b'"');
    while let Some(at) = first_special(rest) {
        to.extend_from_slice(&rest[..at]);
        escape(rest[at], to);
        rest = &rest[at + 1..];
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

/// Where the first byte is that cannot stay as it is.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let mut chunks = bytes.chunks_exact(8);
    for (nth, chunk) in chunks.by_ref().enumerate() {
        let found = specials(u64::from_le_bytes(chunk.try_into().expect("it has eight")));
        if found != 0 {
            return Some(nth * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let rest = chunks.remainder();
    let at = rest.iter().position(|byte| is_special(*byte))?;
    Some(bytes.len() - rest.len() + at)
}

/// The high bit of every byte that is special, up to the first of them; what is above it may be wrong.
fn specials(bytes: u64) -> u64 {
    let are_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    let controls = bytes.wrapping_sub(ONES * 0x20) & !bytes;
    let quotes = are_zero(bytes ^ (ONES * u64::from(b'"')));
    let strokes = are_zero(bytes ^ (ONES * u64::from(b'\\')));
    (controls | quotes | strokes) & HIGHS
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(byte: u8, to: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            to.extend_from_slice(b"\\u00");
            to.push(HEX[usize::from(byte >> 4)]);
            return to.push(HEX[usize::from(byte & 15)]);
        }
    };
    to.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut to = Vec::new();
        write(text, &mut to);
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn every_character_is_escaped_as_serde_json_does_it_wherever_it_stands() {
        for character in (0..0x180).filter_map(char::from_u32) {
            for before in 0..17 {
                let text = format!("{}{character}\"b", "ä".repeat(before));
                assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
                let text = format!("{}{character}", "a".repeat(before));
                assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
            }
        }
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in "(?s)([ -~]|.|[\\x00-\\x22\\\\]|€){0,60}") {
            prop_assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
