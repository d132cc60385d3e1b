//! Names of bodies, by which clients say what they have already.

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;

/// Whether the client has the body of that name. Whoever coded it on its way may have called it weak.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let mut tags = texts.flat_map(|text| text.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_known_under_its_name_only() {
        for (values, is_known) in [
            (&[][..], false),
            (&["\"a\""], true),
            (&["W/\"a\""], true),
            (&["\"b\", \"a\""], true),
            (&["\"b\"", "\"a\""], true),
            (&["*"], true),
            (&["\"b\""], false),
            (&["a"], false),
            (&["\"a"], false),
        ] {
            let headers = values
                .iter()
                .map(|value| (IF_NONE_MATCH, value.parse().unwrap()));
            let headers = headers.collect();
            assert_eq!(super::is_known(&headers, "\"a\""), is_known, "{values:?}");
        }
    }
}
