//! Everything that clients ask for, one after the other and again and again.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::stage::{PARCELS, WATCHED};
use super::watchers::Board;

/// Those behind the watched ones that are asked for often, and those that change. The others are cold.
const WARM: usize = 500;
const CHANGING: usize = 50;
const COLD: usize = WATCHED + WARM + CHANGING;

/// How many parcels one list has.
const LISTED: usize = 20;

/// Every so many-th request is the last of its connection.
const LAST: usize = 20;

const ONE: &str = "query One($ref: TrackingRef!) { tracking(ref: $ref) { trackingNumber status title checkpoints { localTime description } } }";

/// What is asked in which turn.
const TURNS: [Kind; 32] = {
    use Kind::*;
    [
        Repeated,
        Distinct,
        Repeated,
        Compressed,
        Distinct,
        ByGet,
        Repeated,
        List,
        Distinct,
        Repeated,
        Cold,
        Repeated,
        Distinct,
        Compressed,
        NewDocument,
        Repeated,
        Distinct,
        ByGet,
        Change,
        Repeated,
        Wrong,
        Distinct,
        Repeated,
        List,
        Unknown,
        Repeated,
        Distinct,
        Stranger,
        Page,
        Repeated,
        TooLarge,
        Realtime,
    ]
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The same parcel.
    Repeated,
    /// The same, compressed.
    Compressed,
    /// One of many parcels that are known.
    Distinct,
    /// The same by GET.
    ByGet,
    /// Some of them at once, others each time.
    List,
    /// A page of the account's list.
    Page,
    /// One that has been forgotten since.
    Cold,
    /// One that the account does not have.
    Unknown,
    /// A document that nobody has sent before.
    NewDocument,
    /// A mutation.
    Change,
    /// A call of the carrier.
    Realtime,
    /// A document that is not valid.
    Wrong,
    /// Somebody whose token does not count.
    Stranger,
    /// A body that is larger than any may be.
    TooLarge,
}

/// Requests as they are written on the wire.
#[derive(Debug)]
pub struct Questions {
    refs: Vec<Value>,
    host: SocketAddr,
}

impl Questions {
    pub fn about(board: &Board, host: SocketAddr) -> Self {
        let refs = (0..PARCELS).map(|parcel| board.reference(parcel));
        Self {
            refs: refs.collect(),
            host,
        }
    }

    /// The request of that turn.
    pub fn request(&self, turn: usize) -> String {
        let warm = self.one_of(WATCHED, WARM, turn);
        let of = |parcel: &Value| json!({ "ref": parcel });
        match kind(turn) {
            Kind::Repeated => self.post(turn, "", ONE, &of(&self.refs[WATCHED])),
            Kind::Compressed => {
                let coding = ["gzip", "br", "zstd"][turn / TURNS.len() % 3];
                let accepts = format!("Accept-Encoding: {coding}\r\n");
                let refs = &self.refs[WATCHED..WATCHED + LISTED];
                self.post(turn, &accepts, &list(""), &json!({ "refs": refs }))
            }
            Kind::Distinct => self.post(turn, "", ONE, &of(warm)),
            Kind::ByGet => {
                let [query, variables] = [ONE, &of(warm).to_string()].map(escaped);
                format!(
                    "GET /graphql?query={query}&variables={variables} HTTP/1.1\r\nHost: {}\r\nGraphQL-Require-Preflight: 1\r\n{}\r\n",
                    self.host,
                    connection(turn)
                )
            }
            Kind::List => {
                let first = WATCHED + turn % (WARM - LISTED);
                let refs = &self.refs[first..first + LISTED];
                self.post(turn, "", &list(""), &json!({ "refs": refs }))
            }
            Kind::Page => self.post(
                turn,
                "",
                "{ trackings(first: 20) { nodes { trackingNumber } } }",
                &json!({}),
            ),
            Kind::Cold => self.post(turn, "", ONE, &of(self.one_of(COLD, PARCELS - COLD, turn))),
            Kind::Unknown => {
                let number = format!("SOAK{turn:010}");
                let stranger = json!({ "key": { "carrierCode": "dhl", "trackingNumber": number } });
                self.post(turn, "", ONE, &of(&stranger))
            }
            Kind::NewDocument => {
                let name = format!("Turn{turn}");
                self.post(turn, "", &list(&name), &json!({ "refs": [warm] }))
            }
            Kind::Change => {
                let parcel = self.one_of(WATCHED + WARM, CHANGING, turn);
                let input = json!({ "ref": parcel, "orderId": turn.to_string() });
                let mutation = "mutation($input: UpdateTrackingInput!) { updateTracking(input: $input) { userErrors { message } } }";
                self.post(turn, "", mutation, &json!({ "input": input }))
            }
            Kind::Realtime => {
                let parcel = self.one_of(WATCHED + WARM, CHANGING, turn);
                let mutation = "mutation($ref: TrackingRef!) { refreshTracking(ref: $ref) { ticket { reason } } }";
                self.post(turn, "", mutation, &of(parcel))
            }
            Kind::Wrong => {
                let query = format!("{{ nothing{turn} {{ of the kind }} ");
                self.post(turn, "", &query, &json!({}))
            }
            Kind::Stranger => {
                let token = format!("Authorization: Bearer nobody{turn}\r\n");
                self.post(turn, &token, ONE, &of(warm))
            }
            Kind::TooLarge => format!(
                "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 10000000\r\n\r\n",
                self.host
            ),
        }
    }

    /// Whether an answer is what was asked for in that turn.
    pub fn is_good(&self, turn: usize, status: u16, body: &str) -> bool {
        let is_whole =
            || status == 200 && body.contains("\"data\":{") && !body.contains("\"errors\"");
        match kind(turn) {
            Kind::Compressed => status == 200 && !body.starts_with('{'),
            Kind::Unknown => status == 200 && body.contains("NOT_FOUND"),
            Kind::Change => is_whole() && body.contains("\"userErrors\":[]"),
            Kind::Wrong => body.contains("\"errors\"") && !body.contains("\"data\":{"),
            Kind::Stranger => status == 401,
            Kind::TooLarge => status == 413,
            _ => is_whole(),
        }
    }

    /// One of so many parcels, another each time.
    fn one_of(&self, first: usize, count: usize, turn: usize) -> &Value {
        &self.refs[first + turn * 7_919 % count]
    }

    fn post(&self, turn: usize, headers: &str, query: &str, variables: &Value) -> String {
        let body = json!({ "query": query, "variables": variables }).to_string();
        format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{headers}{}Content-Length: {}\r\n\r\n{body}",
            self.host,
            connection(turn),
            body.len()
        )
    }
}

fn kind(turn: usize) -> Kind {
    TURNS[turn % TURNS.len()]
}

fn connection(turn: usize) -> &'static str {
    match turn.is_multiple_of(LAST) {
        true => "Connection: close\r\n",
        false => "",
    }
}

fn list(name: &str) -> String {
    format!(
        "query {name}($refs: [TrackingRef!]!) {{ trackingsByRef(refs: $refs) {{ trackingNumber status lastEvent checkpoints {{ description }} }} }}"
    )
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
