//! Addresses of web pages as carriers' lists write them.

use super::reader::Fields;

/// An address with its scheme: `//host/` and `www.host` get `https`, and anything else that no browser should follow is
/// left out.
pub(super) fn web_address(fields: Fields<'_>, field: &str) -> Option<String> {
    absolute(&fields.text(field)?)
}

fn absolute(text: &str) -> Option<String> {
    let starts_with = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let address = if starts_with("https://") || starts_with("http://") {
        text.to_owned()
    } else if starts_with("//") {
        format!("https:{text}")
    } else if starts_with("www.") {
        format!("https://{text}")
    } else {
        return None;
    };
    let (_, host) = address.split_once("//")?;
    host.starts_with(|first: char| first.is_alphanumeric() || first == '[')
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_a_scheme_and_others_are_left_out() {
        for (written, address) in [
            ("//www.dhl.com/", Some("https://www.dhl.com/")),
            ("www.dhl.com", Some("https://www.dhl.com")),
            ("WWW.dhl.com", Some("https://WWW.dhl.com")),
            ("http://www.singpost.com/", Some("http://www.singpost.com/")),
            ("HTTPS://dhl.com", Some("HTTPS://dhl.com")),
            ("//", None),
            ("https://", None),
            ("///path", None),
            ("dhl.com", None),
            ("javascript:alert(1)", None),
            ("/relative", None),
            ("ü", None),
        ] {
            assert_eq!(absolute(written).as_deref(), address, "{written}");
        }
    }
}
