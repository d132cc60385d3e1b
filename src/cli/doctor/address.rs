//! Whether a name has an address, and whether this machine trusts anybody at all.

use std::env;

use reqwest::{Client, Url};
use tokio::net::lookup_host;

use super::finding::Finding;
use crate::upstream::is_loopback;

/// What names the proxy by which others are called.
const OF_HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const OF_HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// What names the hosts that are called without it.
const EXCEPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Nobody told its address in time.
pub(super) fn unknown(base_url: &Url) -> Finding {
    none(
        base_url.host_str().unwrap_or_default(),
        "no name server answers",
    )
}

/// Looks TrackingMore's name up. Behind a proxy that is the proxy's business.
pub(super) async fn look_up(base_url: &Url) -> Finding {
    let what = "address";
    let host = base_url.host_str().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let port = base_url.port_or_known_default().unwrap_or(443);
    if !is_loopback(base_url)
        && let Some(proxy) = proxy(base_url.scheme(), host)
    {
        return Finding::ok(
            what,
            format_args!("{host} is called by the proxy of {proxy}"),
        );
    }
    let found: Result<Vec<_>, _> = lookup_host((host, port)).await.map(Iterator::collect);
    match found.as_deref() {
        Ok([first, ..]) => Finding::ok(what, format_args!("{host} is {}", first.ip())),
        Ok([]) => none(host, "it has none"),
        Err(error) => none(host, &error.to_string()),
    }
}

/// The variable that names the proxy of a host, if it has one.
fn proxy(scheme: &str, host: &str) -> Option<&'static str> {
    let set = |name: &&str| env::var(name).ok().filter(|value| !value.is_empty());
    let except = EXCEPT.iter().find_map(set).unwrap_or_default();
    let is_left_out = except.split(',').map(str::trim).any(|name| {
        let name = name.trim_start_matches('.');
        let above = host.strip_suffix(name);
        name == "*"
            || !name.is_empty() && above.is_some_and(|it| it.is_empty() || it.ends_with('.'))
    });
    let names = if scheme == "https" { OF_HTTPS } else { OF_HTTP };
    let named = names.into_iter().find(|name| set(name).is_some());
    named.filter(|_| !is_left_out)
}

fn none(host: &str, why: &str) -> Finding {
    Finding::fail(
        "address",
        format_args!("no address is known of {host}: {why}"),
        "check --upstream-url (UPSTREAM_URL), and the name server of this machine or container",
    )
}

/// Whether there are certificates by which others are trusted.
pub(super) fn certificates() -> Finding {
    let what = "certificates";
    match Client::builder().build() {
        Ok(_) => Finding::ok(what, "this machine has some by which it trusts others"),
        Err(_) => Finding::fail(
            what,
            "this machine has none by which it could trust anybody",
            "install the package ca-certificates, or name a bundle with SSL_CERT_FILE",
        ),
    }
}
