//! Free text as the upstream leaves it: blank text means that nothing was stated.

/// The trimmed text, or `None` for blank text.
pub fn stated(text: impl AsRef<str>) -> Option<String> {
    let text = text.as_ref().trim();
    (!text.is_empty()).then(|| text.to_owned())
}
