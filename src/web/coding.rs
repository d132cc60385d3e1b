//! Shorter forms of a body, for clients that can read them.

use std::io::Write;

use axum::body::Bytes;
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::task::spawn_blocking;

use super::range::quality;

/// What is shorter than that fits into one packet anyway.
pub(super) const LEAST: usize = 1024;

/// What is longer than that is coded where it keeps nobody else waiting.
const LONG: usize = 64 * 1024;

/// Levels that are fast: what they leave is not worth the time of the others.
const BROTLI_LEVEL: i32 = 4;
const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

/// How far back brotli looks, as a power of two.
const BROTLI_WINDOW: i32 = 18;

/// A way to write a body shorter. What takes least time stands first: they differ little in what they leave of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    pub(super) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// The one that a client reads most gladly; `None` if it does not say that it reads any, or likes the plain body better.
    pub(super) fn liked_best(headers: &HeaderMap) -> Option<Self> {
        let ranges: Vec<_> = ranges(headers).collect();
        let plain = ranges
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("identity"));
        let mut best = plain.map_or(0.0, |(_, quality)| *quality);
        let mut chosen = None;
        for coding in Self::ALL {
            let liking = coding.liking(&ranges);
            let is_better = match chosen {
                // What is liked as much as the plain body is shorter.
                None => liking >= best && liking > 0.0,
                Some(_) => liking > best,
            };
            if is_better {
                (chosen, best) = (Some(coding), liking);
            }
        }
        chosen
    }

    /// Whether a client says that it reads it.
    pub(super) fn is_read(self, headers: &HeaderMap) -> bool {
        let ranges: Vec<_> = ranges(headers).collect();
        self.liking(&ranges) > 0.0
    }

    /// How gladly it is read by whoever names these.
    fn liking(self, ranges: &[(&str, f32)]) -> f32 {
        let named = |name: &str| ranges.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        let range = named(self.name()).or_else(|| named("*"));
        range.map_or(0.0, |(_, quality)| *quality)
    }

    /// The body in this form.
    pub(super) async fn of(self, body: &Bytes) -> Bytes {
        if body.len() < LONG {
            return self.code(body);
        }
        let long = body.clone();
        let coded = spawn_blocking(move || self.code(&long)).await;
        coded.expect("writing into memory does not fail")
    }

    fn code(self, body: &[u8]) -> Bytes {
        let room = Vec::with_capacity(body.len() / 4);
        let coded = match self {
            Self::Brotli => brotli(body, room),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(room, Compression::new(GZIP_LEVEL));
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
        };
        coded.expect("writing into memory does not fail").into()
    }
}

fn brotli(mut body: &[u8], mut room: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_LEVEL,
        lgwin: BROTLI_WINDOW,
        size_hint: body.len(),
        ..BrotliEncoderParams::default()
    };
    brotli::BrotliCompress(&mut body, &mut room, &params).map(|_| room)
}

/// All codings that a client names.
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (&str, f32)> {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(range)
}

/// A coding that a client names, and how gladly it reads it.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    (name, weight.map_or(1.0, |(_, text)| quality(text.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_the_client_likes_best() {
        use Coding::{Brotli, Gzip, Zstd};
        for (values, coding) in [
            (&[][..], None),
            (&[""], None),
            (&["identity"], None),
            (&["gzip"], Some(Gzip)),
            (&["GZIP"], Some(Gzip)),
            (&["gzip, deflate, br, zstd"], Some(Zstd)),
            (&["gzip, deflate, br"], Some(Brotli)),
            (&["gzip, deflate", "zstd"], Some(Zstd)),
            (&["br;q=0.5, gzip;q=0.8, zstd ; Q = 0.7"], Some(Gzip)),
            (&["*"], Some(Zstd)),
            (&["*, zstd;q=0"], Some(Brotli)),
            (&["*;q=0, gzip"], Some(Gzip)),
            (&["*;q=0"], None),
            (&["gzip;q=0"], None),
            (&["gzip;q=much"], None),
            (&["identity;q=0, gzip;q=0.1"], Some(Gzip)),
            (&["identity, gzip;q=0.5"], None),
            (&["identity;q=0.5, gzip;q=0.5"], Some(Gzip)),
            (&["deflate, compress"], None),
        ] {
            let headers = values
                .iter()
                .map(|value| (ACCEPT_ENCODING, value.parse().unwrap()));
            let headers: HeaderMap = headers.collect();
            assert_eq!(Coding::liked_best(&headers), coding, "{values:?}");
        }
    }

    #[tokio::test]
    async fn a_long_body_is_coded_like_a_short_one() {
        let body = Bytes::from("a parcel, ".repeat(LONG / 5));
        for coding in Coding::ALL {
            let coded = coding.of(&body).await;
            assert!(coded.len() < body.len() / 10, "{coding:?}");
            assert_eq!(coded, coding.code(&body), "{coding:?}");
        }
    }
}
