//! One client, who asks the same kind of thing again and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use super::load::{Load, WELL_KNOWN};

/// How many parcels are looked up in one operation.
const AT_ONCE: usize = 10;

/// Between two operations of who does not have to wait, and before a replica is tried again that is not there.
const PAUSE: Duration = Duration::from_millis(20);

/// Before he comes again who was told to come later.
const LATER: Duration = Duration::from_secs(1);

/// Longer than any answer may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// Parcels that nobody has asked for.
    Cold,
    /// The whole list.
    Pages,
    /// A tracking of his own.
    Change,
    /// What a courier says of a parcel.
    Realtime,
    /// The same of one of the few that others ask for, too.
    RealtimeAgain,
    /// A parcel that the replica knows.
    Cached,
}

/// One who asks.
pub struct Client {
    load: Arc<Load>,
    place: usize,
    want: Want,
    http: reqwest::Client,
    cursor: Value,
    /// Which number he created last, and how many changes he has made to it.
    change: (usize, usize),
    round: usize,
    /// In which of its lives the replica has told him of the cached parcel.
    knows: Option<u64>,
}

impl Client {
    pub fn new(load: Arc<Load>, place: usize, want: Want) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(DEADLINE);
        Self {
            load,
            place,
            want,
            http: http.build().unwrap(),
            cursor: Value::Null,
            change: (0, 0),
            round: place,
            knows: None,
        }
    }

    /// Asks one thing after the other.
    pub async fn ask_until(mut self, leaving: watch::Receiver<bool>) {
        while !*leaving.borrow() {
            let Some(life) = self.load.places[self.place].life() else {
                sleep(PAUSE).await;
                continue;
            };
            let (query, variables) = self.question();
            let wanted = match self.want {
                Want::Cold => AT_ONCE as i64,
                _ => 0,
            };
            self.load.tally().wants(self.load.now(), wanted);
            let asked = Instant::now();
            let answer = self.ask(&query, variables).await;
            let took = asked.elapsed();
            self.load.tally().wants(self.load.now(), -wanted);
            if self.load.places[self.place].life() != Some(life) {
                // The replica died meanwhile.
                self.change = (0, 0);
                continue;
            }
            let codes = self.note(answer, took, life);
            match codes.iter().any(|code| code == "THROTTLED") {
                true => sleep(LATER).await,
                false => sleep(PAUSE).await,
            }
        }
    }

    /// What he asks next.
    fn question(&mut self) -> (String, Value) {
        let named = |(carrier, number): &(String, String)| json!({ "key": { "carrierCode": carrier, "trackingNumber": number } });
        let refresh =
            "mutation($ref: TrackingRef!) { refreshTracking(ref: $ref) { userErrors { code } } }";
        self.round += 1;
        match self.want {
            Want::Cold => {
                let refs = (0..AT_ONCE).map(|_| named(&self.load.cold()));
                let refs: Vec<_> = refs.collect();
                let query =
                    "query($refs: [TrackingRef!]!) { trackingsByRef(refs: $refs) { status } }";
                (query.to_owned(), json!({ "refs": refs }))
            }
            Want::Pages => {
                let query = "query($after: String) { trackings(first: 40, after: $after) { nodes { status } pageInfo { endCursor } } }";
                (query.to_owned(), json!({ "after": self.cursor }))
            }
            Want::Change => self.next_change(),
            Want::Realtime => (
                refresh.to_owned(),
                json!({ "ref": named(&self.load.cold()) }),
            ),
            Want::RealtimeAgain => {
                let parcel = self.load.parcel(1 + self.round % (WELL_KNOWN - 1));
                (refresh.to_owned(), json!({ "ref": named(parcel) }))
            }
            Want::Cached => {
                let query = "query($ref: TrackingRef!) { tracking(ref: $ref) { status } }";
                (
                    query.to_owned(),
                    json!({ "ref": named(self.load.parcel(0)) }),
                )
            }
        }
    }

    /// Creates a tracking, changes it and deletes it again.
    fn next_change(&mut self) -> (String, Value) {
        let (mut number, step) = self.change;
        if step == 0 {
            number = self.load.next();
        }
        self.change = (number, (step + 1) % 3);
        let key = json!({ "carrierCode": "dhl", "trackingNumber": format!("STRESS{number:08}") });
        match step {
            0 => (
                "mutation($input: CreateTrackingInput!) { createTracking(input: $input) { userErrors { code } } }".to_owned(),
                json!({ "input": key }),
            ),
            1 => (
                "mutation($input: UpdateTrackingInput!) { updateTracking(input: $input) { userErrors { code } } }".to_owned(),
                json!({ "input": { "ref": { "key": key }, "title": "shoes" } }),
            ),
            _ => (
                "mutation($ref: TrackingRef!) { deleteTracking(ref: $ref) { userErrors { code } } }".to_owned(),
                json!({ "ref": { "key": key } }),
            ),
        }
    }

    async fn ask(&self, query: &str, variables: Value) -> reqwest::Result<Value> {
        let operation = json!({ "query": query, "variables": variables });
        let url = &self.load.places[self.place].url;
        let answer = self.http.post(url).json(&operation).send().await?;
        answer.json().await
    }

    /// Writes down what came of it, and gives the codes of what did not go well.
    fn note(&mut self, answer: reqwest::Result<Value>, took: Duration, life: u64) -> Vec<String> {
        let codes = match &answer {
            Ok(answer) => codes(answer),
            Err(error) => vec![format!("CONNECTION: {error:?}")],
        };
        if self.want == Want::Change && !codes.is_empty() {
            self.change = (0, 0);
        }
        if let (Want::Pages, Ok(answer)) = (self.want, &answer) {
            self.cursor = answer["data"]["trackings"]["pageInfo"]["endCursor"].clone();
        }
        let mut tally = self.load.tally();
        if self.want == Want::Cached {
            if self.knows == Some(life) {
                tally.read(self.load.now(), took, codes.clone());
            } else if codes.is_empty() {
                self.knows = Some(life);
            }
        } else {
            tally.count(self.want, codes.clone());
        }
        codes
    }
}

/// The codes of whatever did not go well.
fn codes(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    let errors = errors.map(|error| &error["extensions"]["code"]);
    let fields = answer["data"].as_object().into_iter().flatten();
    let refused = fields.filter_map(|(_, field)| field["userErrors"].as_array());
    let refused = refused.flatten().map(|error| &error["code"]);
    errors
        .chain(refused)
        .map(|code| code.as_str().unwrap_or("?").to_owned())
        .collect()
}
