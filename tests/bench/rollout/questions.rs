//! What is asked through the proxy.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::stage::{PARCELS, SPARE};
use super::watchers::Board;

/// How many parcels one list has.
const LISTED: usize = 10;

/// What is asked, in this order and again and again.
const TURNS: [Kind; 20] = {
    use Kind::{ByGet, Change, List, Page, Parcel};
    [
        Parcel, ByGet, List, Parcel, ByGet, Change, Parcel, List, ByGet, Parcel, Parcel, List,
        ByGet, Parcel, List, Change, Parcel, ByGet, List, Page,
    ]
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One parcel.
    Parcel,
    /// The same by GET.
    ByGet,
    /// Some parcels by reference.
    List,
    /// A page of the account's list.
    Page,
    /// A mutation of a parcel that nobody watches.
    Change,
}

/// Requests as they are written on the wire.
#[derive(Debug)]
pub struct Questions {
    refs: Vec<Value>,
    host: SocketAddr,
}

impl Questions {
    pub fn about(board: &Board, host: SocketAddr) -> Self {
        let refs = (0..PARCELS + SPARE).map(|parcel| board.reference(parcel));
        Self {
            refs: refs.collect(),
            host,
        }
    }

    /// The request of that turn.
    pub fn request(&self, turn: usize) -> String {
        let parcel = &self.refs[turn % PARCELS];
        let host = self.host;
        match TURNS[turn % TURNS.len()] {
            Kind::Parcel => self.post(
                "query($ref: TrackingRef!) { tracking(ref: $ref) { trackingNumber status title checkpoints { description } } }",
                &json!({ "ref": parcel }),
            ),
            Kind::List => {
                let first = turn % (PARCELS - LISTED);
                let refs = &self.refs[first..first + LISTED];
                self.post(
                    "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { trackingNumber status } }",
                    &json!({ "refs": refs }),
                )
            }
            Kind::Page => self.post("{ trackings(first: 20) { nodes { trackingNumber } } }", &json!({})),
            Kind::Change => {
                let parcel = &self.refs[PARCELS + turn % SPARE];
                let input = json!({ "ref": parcel, "orderId": turn.to_string() });
                self.post(
                    "mutation($input: UpdateTrackingInput!) { updateTracking(input: $input) { userErrors { message } } }",
                    &json!({ "input": input }),
                )
            }
            Kind::ByGet => {
                let query = "query($ref:TrackingRef!){tracking(ref:$ref){trackingNumber status}}";
                let variables = json!({ "ref": parcel }).to_string();
                let [query, variables] = [query, &variables].map(escaped);
                format!(
                    "GET /graphql?query={query}&variables={variables} HTTP/1.1\r\nHost: {host}\r\nGraphQL-Require-Preflight: 1\r\n\r\n"
                )
            }
        }
    }

    /// Whether an answer is what was asked for in that turn.
    pub fn is_good(&self, _turn: usize, status: u16, body: &str) -> bool {
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        let refused = &answer["data"]["updateTracking"]["userErrors"];
        status == 200
            && answer["data"].is_object()
            && answer.get("errors").is_none()
            && refused.as_array().is_none_or(Vec::is_empty)
    }

    fn post(&self, query: &str, variables: &Value) -> String {
        let body = json!({ "query": query, "variables": variables }).to_string();
        format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        )
    }
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
