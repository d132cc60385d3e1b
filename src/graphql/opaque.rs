//! Ids and cursors: texts that clients hand back and are not meant to read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Wraps a text, with a prefix that says what it is.
pub(super) fn wrap(prefix: &str, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{prefix}:{text}"))
}

/// The text that was wrapped with this prefix, or `None` if it is something else.
pub(super) fn unwrap(prefix: &str, opaque: &str) -> Option<String> {
    let decoded = URL_SAFE_NO_PAD.decode(opaque).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let text = text.strip_prefix(prefix)?.strip_prefix(':')?;
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_wrapped_comes_back_under_its_own_prefix_only(text in any::<String>()) {
            let opaque = wrap("Tracking", &text);
            prop_assert_eq!(unwrap("position", &opaque), None);
            prop_assert_eq!(unwrap("Tracking", &opaque), Some(text));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = unwrap("Tracking", &text);
        }
    }
}
