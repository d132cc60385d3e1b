//! A call as it came in, read in full before anything is decided about it.

use axum::body::to_bytes;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::{HeaderMap, Uri};
use serde_json::Value;

use super::carriers::Carrier;
use super::envelope::Code;
use super::log::Endpoint;
use super::numbers;

/// The largest body that is read; a larger one counts as unreadable.
const MOST_BODY_BYTES: usize = 1 << 20;

/// One received call.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Which door it came to.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: String,
    /// The address, for its query.
    pub uri: Uri,
    /// The path with the query, as sent.
    pub path: String,
    /// The variable parts of the path, decoded.
    pub segments: Vec<String>,
    /// The key it carries.
    pub key: Option<String>,
    /// Its `Lang` header.
    pub lang: Option<String>,
    /// Its `Content-Type` header.
    pub content_type: Option<String>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// How much memory the log spends on it, roughly in bytes.
    pub size: usize,
}

impl Arrival {
    /// Reads a request to its end.
    pub async fn read(endpoint: Endpoint, request: Request) -> Self {
        let (mut parts, body) = request.into_parts();
        let Path(segments) = Path::<Vec<String>>::from_request_parts(&mut parts, &())
            .await
            .unwrap_or(Path(Vec::new()));
        let lang = header(&parts.headers, "Lang");
        let content_type = header(&parts.headers, "Content-Type");
        let kept = [&lang, &content_type].map(|header| header.as_ref().map_or(0, String::len));
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let body = to_bytes(body, MOST_BODY_BYTES).await.unwrap_or_default();
        Self {
            endpoint,
            method: parts.method.to_string(),
            path: path.to_owned(),
            segments,
            key: header(&parts.headers, "Trackingmore-Api-Key"),
            json: serde_json::from_slice(&body).ok(),
            // A parsed body takes several times its text.
            size: 256 + path.len() + kept.iter().sum::<usize>() + 4 * body.len(),
            lang,
            content_type,
            uri: parts.uri,
        }
    }

    /// The parcel that its path names, whatever follows.
    pub fn parcel(&self) -> Result<(&str, &'static Carrier), Code> {
        let [code, number, ..] = self.segments.as_slice() else {
            return Err(Code::BAD_REQUEST);
        };
        if !numbers::is_valid(number) {
            return Err(Code::NUMBER_INVALID);
        }
        let carrier = Carrier::find(code).ok_or(Code::CARRIER_INVALID)?;
        Ok((number, carrier))
    }

    /// The value of a query parameter, still encoded.
    fn query(&self, name: &str) -> Option<&str> {
        let pairs = self.uri.query()?.split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// How many numbers (or orders, or rows of a batch) it is about.
    pub fn numbers(&self) -> usize {
        match self.endpoint {
            Endpoint::List => {
                let listed = self.query("numbers").or(self.query("orders")).unwrap_or("");
                // Clients may or may not encode the commas.
                let commas = listed.replace("%2C", ",").replace("%2c", ",");
                commas
                    .split(',')
                    .filter(|number| !number.is_empty())
                    .count()
            }
            Endpoint::Single
            | Endpoint::Post
            | Endpoint::Realtime
            | Endpoint::Update
            | Endpoint::Delete
            | Endpoint::ChangeCarrier
            | Endpoint::Detect => 1,
            Endpoint::Batch
            | Endpoint::UpdateMore
            | Endpoint::DeleteMore
            | Endpoint::StopUpdating
            | Endpoint::Remote
            | Endpoint::CostTime => rows(self.json.as_ref()),
            Endpoint::AirCargo => {
                let listed = self.json.as_ref().and_then(|body| body.get("track_number"));
                rows(listed).max(usize::from(listed.is_some_and(Value::is_string)))
            }
            Endpoint::UserInfo
            | Endpoint::StatusNumber
            | Endpoint::Carriers
            | Endpoint::NoSuchPath
            | Endpoint::WrongMethod => 0,
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

fn rows(body: Option<&Value>) -> usize {
    body.and_then(Value::as_array).map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_batches_count_as_numbers() {
        let numbers = |endpoint, json| {
            let json = Some(json);
            let arrival = Arrival {
                endpoint,
                json,
                ..Arrival::default()
            };
            arrival.numbers()
        };
        assert_eq!(numbers(Endpoint::Batch, json!([{}, {}, 7])), 3);
        assert_eq!(numbers(Endpoint::Remote, json!({})), 0);
        let cargo = |listed| numbers(Endpoint::AirCargo, json!({ "track_number": listed }));
        assert_eq!(cargo(json!("172-28891936")), 1);
        assert_eq!(cargo(json!(["172-28891936", "020-11112222"])), 2);
        assert_eq!(numbers(Endpoint::Update, json!({})), 1);
    }

    #[test]
    fn numbers_are_counted_with_plain_and_encoded_commas() {
        for (query, count) in [
            ("numbers=a,b", 2),
            ("page=1&numbers=a%2Cb%2cc", 3),
            ("page=1", 0),
            ("orders=1", 1),
        ] {
            let arrival = Arrival {
                uri: format!("/v2/trackings/get?{query}").parse().unwrap(),
                ..Arrival::default()
            };
            assert_eq!(arrival.numbers(), count, "{query}");
        }
    }
}
