//! The playground: a page to explore the schema with, embedded into the binary when it is built.
//!
//! It knows nothing of the schema; the page finds `/graphql` on its own origin by itself.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::iter;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, VARY,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;
use futures_util::stream;
use rust_embed::RustEmbed;

use super::coding::Coding;
use super::tag;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/playground"]
struct Files;

/// Where the parcels that the page shows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// A sandbox that makes them up; the page says so.
    Simulated,
    /// The operator's own TrackingMore account.
    Live,
}

/// One file of the page with the headers that it is served with.
#[derive(Clone)]
struct File {
    content: Content,
    content_type: String,
    etag: String,
    cache_control: &'static str,
}

/// A file as it is embedded.
#[derive(Clone)]
enum Content {
    Plain(Bytes),
    /// As Vite left it.
    Gzip(Bytes),
}

/// How everything begins that gzip has packed, and nothing else that a page is made of.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How much of a packed file is unpacked at a time, for a client that cannot.
const PIECE: usize = 16 * 1024;

/// Routes for the page at `/` and its files below `/assets/`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(data: DataKind) -> Router<S> {
    let index = index(data);
    let page = |headers: HeaderMap| async move { respond(index, &headers) };
    Router::new()
        .route("/", get(page))
        .route("/assets/{*path}", get(asset))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match find(&format!("assets/{path}")) {
        Some(file) => respond(file, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn index(data: DataKind) -> File {
    let word = match data {
        DataKind::Simulated => "simulated",
        DataKind::Live => "live",
    };
    let mut file = find("index.html").expect("build.rs always leaves an index.html");
    let Content::Plain(page) = &file.content else {
        unreachable!("only assets are packed")
    };
    let page = String::from_utf8_lossy(page).replace(
        r#"name="parcelgraph-data" content="unknown""#,
        &format!(r#"name="parcelgraph-data" content="{word}""#),
    );
    file.content = Content::Plain(page.into());
    file.etag = format!("\"{word}-{}", &file.etag[1..]);
    file
}

fn find(path: &str) -> Option<File> {
    let file = Files::get(path)?;
    let hash = u128::from_be_bytes(*file.metadata.sha256_hash().first_chunk()?);
    let mut content_type = file.metadata.mimetype().to_owned();
    if content_type.starts_with("text/") {
        content_type += "; charset=utf-8";
    }
    Some(File {
        content: Content::of(match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        }),
        content_type,
        etag: format!("\"{hash:032x}\""),
        // Vite writes a hash into the names of the files below this folder, so they never change.
        cache_control: if path.starts_with("assets/immutable/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        },
    })
}

impl Content {
    fn of(bytes: Bytes) -> Self {
        match bytes.starts_with(&GZIP) {
            true => Self::Gzip(bytes),
            false => Self::Plain(bytes),
        }
    }

    /// As this client takes it.
    fn respond(self, request: &HeaderMap) -> Response {
        match self {
            Self::Plain(bytes) => bytes.into_response(),
            Self::Gzip(bytes) if Coding::Gzip.is_read(request) => (
                [(CONTENT_ENCODING, "gzip"), (VARY, "Accept-Encoding")],
                bytes,
            )
                .into_response(),
            Self::Gzip(bytes) => ([(VARY, "Accept-Encoding")], unpacked(bytes)).into_response(),
        }
    }
}

/// Piece by piece, so that no client has all of a large file kept for it.
fn unpacked(bytes: Bytes) -> Body {
    let mut text = GzDecoder::new(Cursor::new(bytes));
    let mut next = move || {
        let mut piece = vec![0; PIECE];
        let length = text.read(&mut piece)?;
        piece.truncate(length);
        std::io::Result::Ok((length > 0).then_some(piece))
    };
    Body::from_stream(stream::iter(iter::from_fn(move || next().transpose())))
}

fn respond(file: File, request: &HeaderMap) -> Response {
    let known = tag::is_known(request, &file.etag);
    let headers = [
        // Weak, because packed and unpacked it is another row of bytes.
        (ETAG, format!("W/{}", file.etag)),
        (CACHE_CONTROL, file.cache_control.to_owned()),
        (CONTENT_SECURITY_POLICY, policy(request)),
        (X_FRAME_OPTIONS, "DENY".to_owned()),
        // Whoever opens the page from another one has no hold on its window.
        (CROSS_ORIGIN_OPENER_POLICY, "same-origin".to_owned()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let content = file.content.respond(request);
    (headers, [(CONTENT_TYPE, file.content_type)], content).into_response()
}

/// What the page may do: run its own scripts and ask its own host, and nothing else. Its editor writes styles into the page
/// as it goes, which no hash can name beforehand.
fn policy(request: &HeaderMap) -> String {
    let host = request.get(HOST).and_then(|host| host.to_str().ok());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    // Some browsers do not take sockets for something of the page's own host.
    let sockets = host.filter(|host| host.bytes().all(is_plain));
    let sockets = sockets.map(|host| format!(" ws://{host} wss://{host}"));
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
         img-src 'self' data:; connect-src 'self'{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        sockets.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::to_bytes;
    use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn body_of(file: &File) -> &str {
        let Content::Plain(page) = &file.content else {
            panic!("the page is packed")
        };
        std::str::from_utf8(page).expect("the page is text")
    }

    fn asking_with(etag: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            IF_NONE_MATCH,
            etag.parse().expect("a tag is a header value"),
        )])
    }

    #[test]
    fn the_page_knows_whether_its_data_is_simulated() {
        let simulated = index(DataKind::Simulated);
        let live = index(DataKind::Live);
        assert!(body_of(&simulated).contains(r#"name="parcelgraph-data" content="simulated""#));
        assert!(body_of(&live).contains(r#"name="parcelgraph-data" content="live""#));
        assert_ne!(simulated.etag, live.etag);
    }

    #[test]
    fn every_file_that_the_page_names_is_there() {
        let index = index(DataKind::Live);
        let named: Vec<_> = body_of(&index)
            .split('"')
            .filter_map(|word| word.strip_prefix("./"))
            .collect();
        assert!(named.len() >= 3, "{named:?}");
        for path in named {
            assert!(find(path).is_some(), "{path}");
        }
    }

    #[test]
    fn the_page_has_no_inline_script_and_asks_no_other_origin() {
        let index = index(DataKind::Live);
        for script in body_of(&index).split("<script").skip(1) {
            assert!(script.contains("src=\"./") && script.contains("></script>"));
        }
        assert!(!body_of(&index).contains("://"));
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let index = index(DataKind::Live);
        for etag in [index.etag.clone(), format!("\"other\", W/{}", index.etag)] {
            let response = respond(index.clone(), &asking_with(&etag));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        }
        let response = respond(index, &asking_with("\"other\""));
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_packed_file_is_unpacked_for_who_cannot_do_it() {
        let text = "parcel ".repeat(PIECE);
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        let packed = Bytes::from(packed.finish().unwrap());
        for (accepted, body) in [
            ("gzip", &packed[..]),
            ("br, GZIP;q=0.5", &packed),
            ("br, gzip; q=0.0", text.as_bytes()),
            ("gzip;q=much", text.as_bytes()),
            ("x-gzip", text.as_bytes()),
            ("", text.as_bytes()),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, accepted.parse().unwrap())]);
            let response = Content::of(packed.clone()).respond(&headers);
            assert_eq!(response.headers()[VARY], "Accept-Encoding");
            let is_packed = response.headers().contains_key(CONTENT_ENCODING);
            assert_eq!(is_packed, body == &packed[..], "{accepted}");
            let sent = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert!(sent == body, "{accepted}");
        }
    }

    #[test]
    fn only_files_with_a_hash_in_their_name_are_kept_for_ever() {
        for path in Files::iter() {
            let file = find(&path).expect("every listed file is there");
            let immutable = file.cache_control.ends_with("immutable");
            assert_eq!(immutable, path.starts_with("assets/immutable/"), "{path}");
        }
    }
    #[test]
    fn no_host_can_add_to_what_the_page_may_do() {
        for (host, sockets) in [
            (
                "127.0.0.1:8080",
                " ws://127.0.0.1:8080 wss://127.0.0.1:8080;",
            ),
            ("[::1]:80", " ws://[::1]:80 wss://[::1]:80;"),
            ("a; script-src *", ";"),
            ("a b", ";"),
        ] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            let policy = policy(&headers);
            let expected = format!("connect-src 'self'{sockets}");
            assert!(policy.contains(&expected), "{policy}");
            assert_eq!(policy.matches("script-src").count(), 1);
        }
    }
}
