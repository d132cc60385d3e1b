//! How somebody reads answers, and what may be kept of them on their way.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::accept::Json;
use super::coding::{Coding, LEAST};
use super::settings::Settings;
use super::tag;
use crate::auth::{Caller, Entry};
use crate::graphql::Page;

/// On what an answer depends besides its address.
const DEPENDS_ON: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, authorization, parcelgraph-extensions");

/// Who reads an answer.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    headers: &'a HeaderMap,
    audience: Audience,
    /// The shorter form that he likes best.
    coding: Option<Coding>,
    /// For how long an answer is used without asking again, at the most.
    max_age: Duration,
}

/// Who may keep an answer that lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// Nobody: it is an answer to this body.
    Nobody,
    /// Whoever asked.
    Himself,
    /// Everybody who asks likewise without showing anything.
    All,
}

impl<'a> Reader<'a> {
    /// Somebody who sent a body.
    pub(super) fn of_body(headers: &'a HeaderMap, settings: &Settings) -> Self {
        Self {
            headers,
            audience: Audience::Nobody,
            coding: Coding::liked_best(headers).filter(|_| settings.compresses),
            max_age: settings.max_age,
        }
    }

    /// Somebody whose whole question is in the address.
    pub(super) fn of_address(headers: &'a HeaderMap, settings: &Settings, who: &Caller) -> Self {
        let audience = match who.entry {
            Entry::Anonymous => Audience::All,
            Entry::Token(_) | Entry::Jwt | Entry::View => Audience::Himself,
        };
        // Nobody keeps it for longer than he may have it.
        let left = |end: Timestamp| end.duration_since(Timestamp::now());
        let left = who
            .ends_at
            .map(|end| left(end).try_into().unwrap_or_default());
        let usual = Self::of_body(headers, settings);
        Self {
            audience,
            max_age: usual.max_age.min(left.unwrap_or(Duration::MAX)),
            ..usual
        }
    }

    /// Whether others are given this answer for a while, without asking here.
    pub(super) fn is_shared(self) -> bool {
        self.audience == Audience::All && !self.max_age.is_zero()
    }

    /// A body of JSON.
    pub(super) async fn json(self, status: StatusCode, json: Json, body: Bytes) -> Response {
        let coding = self.coding_of(&body);
        let coded = match coding {
            Some(coding) => coding.of(&body).await,
            None => body,
        };
        let mut response = written(json, coding, coded);
        *response.status_mut() = status;
        response
    }

    /// An answer that lasts.
    pub(super) async fn page(self, json: Json, page: &Arc<Page>) -> Response {
        let coding = self.coding_of(page.body());
        if self.audience == Audience::Nobody {
            return written(json, coding, coded(page, coding).await);
        }
        let tag = tag_of(page, json, coding);
        let mut response = match tag::is_known(self.headers, &tag) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => written(json, coding, coded(page, coding).await),
        };
        let headers = response.headers_mut();
        let tag = HeaderValue::from_str(&tag);
        headers.insert(ETAG, tag.expect("digits and quotes can be sent"));
        headers.insert(CACHE_CONTROL, self.terms(page.lasts_for()));
        headers.insert(VARY, DEPENDS_ON);
        response
    }

    fn coding_of(self, body: &Bytes) -> Option<Coding> {
        self.coding.filter(|_| body.len() >= LEAST)
    }

    /// On which terms an answer may be kept that lasts so long.
    fn terms(self, lasts_for: Duration) -> HeaderValue {
        let audience = match self.audience {
            Audience::All => "public",
            Audience::Himself | Audience::Nobody => "private",
        };
        let terms = match self.max_age.min(lasts_for).as_secs() {
            0 => format!("{audience}, no-cache"),
            seconds => format!("{audience}, max-age={seconds}"),
        };
        HeaderValue::from_str(&terms).expect("words and digits can be sent")
    }
}

/// The page's body in that form, which is made once.
async fn coded(page: &Arc<Page>, coding: Option<Coding>) -> Bytes {
    let Some(coding) = coding else {
        return page.body().clone();
    };
    if let Some(form) = page.form(coding as usize) {
        return form.clone();
    }
    let form = coding.of(page.body()).await;
    page.keep_form(coding as usize, &form);
    form
}

/// The name of what is sent: no two responses have the same that differ in their bytes or in their type.
fn tag_of(page: &Page, json: Json, coding: Option<Coding>) -> String {
    let kind = match json {
        Json::Plain => "",
        Json::GraphqlResponse => "-typed",
    };
    let (dash, coding) = match coding {
        Some(coding) => ("-", coding.name()),
        None => ("", ""),
    };
    format!("\"{}{kind}{dash}{coding}\"", page.tag())
}

fn written(json: Json, coding: Option<Coding>, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(json.content_type());
    headers.insert(CONTENT_TYPE, kind);
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, coding.header());
        headers.insert(VARY, ACCEPT_ENCODING.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scopes;
    use crate::model::ClientId;

    #[test]
    fn nobody_keeps_an_answer_for_longer_than_it_lasts() {
        let headers = HeaderMap::new();
        let who = |entry| Caller {
            entry,
            ..Caller::with(ClientId::default(), Scopes::ALL)
        };
        for (entry, max_age, lasts_for, terms) in [
            (Entry::Anonymous, 0, 90, "public, no-cache"),
            (
                Entry::Token(crate::auth::Mark([0; 32])),
                0,
                90,
                "private, no-cache",
            ),
            (Entry::View, 60, 90, "private, max-age=60"),
            (Entry::Jwt, 60, 30, "private, max-age=30"),
            (Entry::Anonymous, 60, 0, "public, no-cache"),
            (Entry::Anonymous, 60, 1, "public, max-age=1"),
        ] {
            let settings = Settings {
                max_age: Duration::from_secs(max_age),
                ..Settings::default()
            };
            let reader = Reader::of_address(&headers, &settings, &who(entry));
            let lasts_for = Duration::from_secs(lasts_for);
            assert_eq!(reader.terms(lasts_for), terms);
        }
    }

    #[test]
    fn nobody_keeps_an_answer_for_longer_than_his_token_counts() {
        let settings = Settings {
            max_age: Duration::from_secs(60),
            ..Settings::default()
        };
        let ending = |seconds: i64| Caller {
            entry: Entry::Jwt,
            ends_at: Some(Timestamp::now() + jiff::SignedDuration::from_secs(seconds)),
            ..Caller::with(ClientId::default(), Scopes::ALL)
        };
        let headers = HeaderMap::new();
        for (left, most) in [(600, 60), (30, 30), (0, 0), (-5, 0)] {
            let reader = Reader::of_address(&headers, &settings, &ending(left));
            let max_age = reader.max_age.as_secs_f64().ceil();
            assert!((max_age - f64::from(most)).abs() < 2.0, "{left}: {max_age}");
            assert!(!reader.is_shared());
        }
    }
}
