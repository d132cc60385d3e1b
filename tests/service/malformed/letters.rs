//! The requests: one that is right of each kind, and what chance makes of a part of it.

use std::collections::HashSet;

use serde_json::json;

use crate::support::Dice;

const QUERY: &str = r#"query A($refs: [TrackingRef!]!, $n: Int = 5) { trackingsByRef(refs: $refs) { id status checkpoints { description @skip(if: false) ...c } } trackings(first: $n) { totalCount } } fragment c on Checkpoint { location }"#;

const VARIABLES: &str = r#"{"refs":[{"key":{"carrierCode":"china-ems","trackingNumber":"LS912989618CN"}},{"id":"x"}],"n":3}"#;

/// What is put in here and there.
const WORDS: [&str; 64] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "\\",
    "\"\"\"",
    ":",
    ",",
    "#",
    "$",
    "@",
    "!",
    "...",
    "=",
    "null",
    "true",
    "-0",
    "1e400",
    "99999999999999999999",
    "0.1",
    "\\u0000",
    "\\ud800",
    "\\u{110000}",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "😀",
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\t",
    " ",
    "%",
    "%00",
    "%ff",
    "&",
    "?",
    "/",
    "//",
    "..",
    ";",
    "*",
    "+",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "__typename",
    "__schema",
    "_entities",
    "content-length: 5",
    "transfer-encoding: chunked",
    "connection: upgrade",
    "expect: 100-continue",
    "HTTP/1.1",
    "application/json",
    "charset=utf-16",
    "id",
];

/// A request, and what is sent behind it where it opens a socket.
pub struct Letter {
    pub bytes: Vec<u8>,
    pub frames: Option<Vec<u8>>,
}

/// So many of them, no two alike.
pub fn letters(count: usize) -> Vec<Letter> {
    let mut chance = Chance::new();
    let kinds: [fn(&mut Chance) -> Letter; 11] = [
        head,
        method,
        path,
        content_type,
        body,
        json_body,
        query,
        variables,
        parameters,
        handshake,
        webhook,
    ];
    let (mut letters, mut known) = (Vec::new(), HashSet::new());
    for kind in kinds.iter().cycle() {
        let letter = kind(&mut chance);
        if known.insert((letter.bytes.clone(), letter.frames.clone())) {
            letters.push(letter);
        }
        if letters.len() == count {
            break;
        }
    }
    letters
}

struct Chance {
    dice: Dice,
    words: Vec<Vec<u8>>,
    /// What parts are taken from.
    pool: Vec<Vec<u8>>,
}

impl Chance {
    fn new() -> Self {
        let pool = [
            QUERY,
            VARIABLES,
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\n",
            "text/plain; charset=utf-8",
            MESSAGE,
        ];
        Self {
            dice: Dice(6),
            words: WORDS.map(|word| word.as_bytes().to_vec()).to_vec(),
            pool: pool.map(|text| text.as_bytes().to_vec()).to_vec(),
        }
    }

    /// The text with one to six changes.
    fn changed(&mut self, text: impl AsRef<[u8]>) -> Vec<u8> {
        let mut text = text.as_ref().to_vec();
        for _ in 0..=self.dice.below(6) {
            self.dice.change(&mut text, &self.pool, &self.words);
        }
        // Some are long as well.
        if self.dice.below(20) == 0 && !text.is_empty() {
            let part = text[self.dice.below(text.len())..].to_vec();
            let times = self.dice.below(200_000 / part.len());
            text.extend(part.repeat(times));
        }
        text
    }
}

fn plain(bytes: Vec<u8>) -> Letter {
    Letter {
        bytes,
        frames: None,
    }
}

fn post_to(path: &str, content_type: &[u8], body: &[u8]) -> Letter {
    let length = body.len();
    plain(
        [
            format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\ncontent-type: ").as_bytes(),
            content_type,
            b"\r\n\r\n",
            body,
        ]
        .concat(),
    )
}

fn post(body: &[u8]) -> Letter {
    post_to("/graphql", b"application/json", body)
}

fn right_body() -> String {
    format!(
        r#"{{"query":{},"variables":{VARIABLES},"operationName":"A","extensions":{{}}}}"#,
        json!(QUERY)
    )
}

fn head(chance: &mut Chance) -> Letter {
    let body = right_body();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: application/json, */*;q=0.1\r\ncontent-type: application/json; charset=utf-8\r\n\
         idempotency-key: \"a\"\r\nparcelgraph-extensions: upstream\r\nlast-event-id: x\r\nauthorization: Bearer x.y.z\r\norigin: http://localhost\r\n\
         sec-fetch-site: same-origin\r\ntraceparent: 00-1-1-00\r\ncookie: a=b\r\nconnection: keep-alive\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    plain([chance.changed(head), body.into_bytes()].concat())
}

fn method(chance: &mut Chance) -> Letter {
    const METHODS: [&str; 10] = [
        "GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PRI", "post",
    ];
    const PATHS: [&str; 8] = [
        "/graphql",
        "/",
        "/metrics",
        "/health/live",
        "/webhooks/trackingmore",
        "/assets/x",
        "*",
        "localhost:80",
    ];
    let mut method = chance.dice.one_of(&METHODS).as_bytes().to_vec();
    if chance.dice.below(2) == 0 {
        method = chance.changed(method);
    }
    let path = chance.dice.one_of(&PATHS);
    let version = *chance.dice.one_of(&[
        "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "http/1.1", "",
    ]);
    let body = chance.changed(right_body());
    let rest = format!(
        " {path} {version}\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    plain([method, rest.into_bytes(), body].concat())
}

fn path(chance: &mut Chance) -> Letter {
    const PATHS: [&str; 7] = [
        "/graphql?query={__typename}",
        "/graphql/",
        "/assets/index.js",
        "/webhooks/trackingmore?a=b",
        "http://localhost/graphql",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/health/ready",
    ];
    let path = *chance.dice.one_of(&PATHS);
    let path = chance.changed(path);
    plain(
        [
            b"GET ",
            &path[..],
            b" HTTP/1.1\r\nhost: localhost\r\ngraphql-require-preflight: 1\r\n\r\n",
        ]
        .concat(),
    )
}

fn content_type(chance: &mut Chance) -> Letter {
    const TYPES: [&str; 6] = [
        "application/json; charset=utf-8",
        "application/graphql",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/graphql-response+json",
        "text/plain",
    ];
    let kind = *chance.dice.one_of(&TYPES);
    let kind = chance.changed(kind);
    post_to("/graphql", &kind, right_body().as_bytes())
}

fn body(chance: &mut Chance) -> Letter {
    let body = chance.changed(right_body());
    post(&body)
}

/// Right JSON of a wrong shape.
fn json_body(chance: &mut Chance) -> Letter {
    let odd = [
        json!(null),
        json!(1),
        json!(-1.5),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!({ "a": { "b": null } }),
        json!(QUERY),
        json!([{ "query": QUERY }]),
        json!("\0"),
        json!(1e300),
    ];
    const NAMES: [&str; 9] = [
        "query",
        "variables",
        "operationName",
        "extensions",
        "id",
        "documentId",
        "doc_id",
        "persistedQuery",
        "Query",
    ];
    let mut body = json!({ "query": QUERY });
    for _ in 0..=chance.dice.below(4) {
        let value = chance.dice.one_of(&odd).clone();
        body[*chance.dice.one_of(&NAMES)] = match chance.dice.below(3) {
            0 => json!({ "persistedQuery": value }),
            1 => json!({ "persistedQuery": { "version": 1, "sha256Hash": value } }),
            _ => value,
        };
    }
    if chance.dice.below(8) == 0 {
        body = json!(vec![body; chance.dice.below(30)]);
    }
    post(body.to_string().as_bytes())
}

fn query(chance: &mut Chance) -> Letter {
    let query = chance.changed(QUERY);
    let query = String::from_utf8_lossy(&query);
    post(
        json!({ "query": query, "variables": {} })
            .to_string()
            .as_bytes(),
    )
}

fn variables(chance: &mut Chance) -> Letter {
    let variables = chance.changed(VARIABLES);
    let before = format!(r#"{{"query":{},"variables":"#, json!(QUERY));
    post(&[before.as_bytes(), &variables, b"}"].concat())
}

fn parameters(chance: &mut Chance) -> Letter {
    let escaped =
        |text: &[u8]| -> String { text.iter().map(|byte| format!("%{byte:02X}")).collect() };
    let (query, variables) = (chance.changed(QUERY), chance.changed(VARIABLES));
    let right = format!(
        "query={}&variables={}&operationName=A&extensions=%7B%7D",
        escaped(&query),
        escaped(&variables)
    );
    let parameters = match chance.dice.below(2) {
        0 => right.into_bytes(),
        _ => chance.changed(right),
    };
    let accept = *chance.dice.one_of(&[
        "*/*",
        "text/event-stream",
        "multipart/mixed",
        "text/html",
        "application/graphql-response+json",
    ]);
    let rest = format!(
        " HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ngraphql-require-preflight: 1\r\n\r\n"
    );
    plain([b"GET /graphql?", &parameters[..], rest.as_bytes()].concat())
}

fn handshake(chance: &mut Chance) -> Letter {
    let protocol = *chance.dice.one_of(&["graphql-transport-ws", "graphql-ws"]);
    let mut bytes = format!(
        "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: {protocol}\r\norigin: http://localhost\r\n\r\n"
    )
    .into_bytes();
    if chance.dice.below(3) == 0 {
        bytes = chance.changed(bytes);
    }
    let messages = [
        r#"{"type":"connection_init","payload":{"Authorization":"x"}}"#.to_owned(),
        format!(
            r#"{{"type":"subscribe","id":"1","payload":{{"query":{},"variables":{VARIABLES}}}}}"#,
            json!(QUERY)
        ),
        r#"{"type":"start","id":"2","payload":{"query":"{ __typename }"}}"#.to_owned(),
        r#"{"type":"ping","payload":{}}"#.to_owned(),
        r#"{"type":"complete","id":"1"}"#.to_owned(),
    ];
    let mut frames = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        // Most begin as they should, so that it comes to more.
        let message = match chance.dice.below(3) {
            0 if place > 0 => chance.changed(message),
            _ => message.as_bytes().to_vec(),
        };
        let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
        frames.extend([0x81, 0x80 | 126]);
        frames.extend(length.to_be_bytes());
        frames.extend([0; 4]);
        frames.extend(&message[..usize::from(length)]);
    }
    if chance.dice.below(3) == 0 {
        frames = chance.changed(frames);
    }
    Letter {
        bytes,
        frames: Some(frames),
    }
}

const MESSAGE: &str = r#"{"meta":{"code":200},"data":{"id":"1","tracking_number":"LS912989618CN","carrier_code":"china-ems","status":"delivered","origin_info":{"trackinfo":[{"Date":"2018-04-14 17:07:00","StatusDescription":"a","Details":"b","checkpoint_status":"transit"}]}},"verifyInfo":{"timeStr":1523700000,"signature":"0000000000000000000000000000000000000000000000000000000000000000"}}"#;

fn webhook(chance: &mut Chance) -> Letter {
    let body = chance.changed(MESSAGE);
    post_to("/webhooks/trackingmore", b"application/json", &body)
}
