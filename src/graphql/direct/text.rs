//! Texts as JSON, escaped as `serde_json` does it. Most have nothing to escape, and to look for it byte by byte would cost more
//! than anything else. The library for this (`json-escape-simd`) reads behind the end of the text.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes a text between quotation marks.
pub(super) fn write(text: &str, to: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    to.reserve(rest.len() + 2);
    to.push(b'"');
    if is_plain(rest) {
        to.extend_from_slice(rest);
        return to.push(b'"');
    }
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        to.extend_from_slice(&rest[..at]);
        escape(rest[at], to);
        rest = &rest[at + 1..];
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

/// Whether nothing has to be escaped. All of it is looked at, many bytes at a time, which takes less than to stop in time.
fn is_plain(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<16>();
    let in_chunks = chunks.iter();
    let in_chunks = in_chunks.fold(false, |found, chunk| found | has_special(chunk));
    // The last bytes are looked at together with some before them.
    let in_rest = match (bytes.last_chunk::<16>(), bytes.last_chunk::<8>()) {
        _ if rest.is_empty() => false,
        (Some(last), _) => has_special(last),
        (None, Some(last)) => {
            has_special(last) || bytes.first_chunk::<8>().is_some_and(has_special)
        }
        (None, None) => rest.iter().any(|byte| is_special(*byte)),
    };
    !(in_chunks || in_rest)
}

#[inline]
fn has_special<const N: usize>(bytes: &[u8; N]) -> bool {
    let found = bytes.iter();
    found.fold(false, |found, byte| found | is_special(*byte))
}

const fn is_special(byte: u8) -> bool {
    // All three are looked at in any case, so that it can be done for many bytes at once.
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
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
