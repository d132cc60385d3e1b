//! Which pages may ask. Browsers tell where a page is from; other clients tell nothing.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// Tells how the page that asks is related to this host, where browsers send it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Whether the page that asks was served by this host. Clients that are no browsers send no origin.
pub(super) fn is_same(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let Some(origin) = text(ORIGIN) else {
        return true;
    };
    let (Some((scheme, origin)), Some(host)) = (origin.split_once("://"), text(HOST)) else {
        return false;
    };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    // Proxies may name the port that browsers leave out.
    let [origin, host] = [origin, host].map(|host| host.strip_suffix(port).unwrap_or(host));
    !host.is_empty() && origin.eq_ignore_ascii_case(host)
}

/// Whether something on a page of another host asks in a way that tells no origin, as images do.
pub(super) fn is_foreign_fetch(headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    matches!(site, Some(site) if site != b"same-origin" && site != b"none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_of_this_host_however_that_is_written() {
        for (origin, host, is_own) in [
            ("https://example.com", "example.com", true),
            ("https://example.com", "Example.COM", true),
            ("https://example.com", "example.com:443", true),
            ("http://example.com", "example.com:80", true),
            ("http://[::1]", "[::1]:80", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://example.com", "example.com:443", false),
            ("https://example.com:8443", "example.com", false),
            ("https://example.com.evil.example", "example.com", false),
            ("null", "null", false),
            ("https://", "", false),
            ("file://", "example.com", false),
        ] {
            let headers = [(ORIGIN, origin), (HOST, host)];
            let headers = headers.map(|(name, value)| (name, value.parse().unwrap()));
            let headers = HeaderMap::from_iter(headers);
            assert_eq!(is_same(&headers), is_own, "{origin} at {host}");
        }
    }
}
