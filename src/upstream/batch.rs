//! What became of each row of a batch call.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::envelope::{Envelope, message, odd_data};
use super::reader::Fields;
use super::rows::{Row, rows};
use super::tracking::tracking;
use super::{ApiKey, Call, Code, Error};
use crate::model::{CarrierCode, Status, Tracking, TrackingKey, TrackingNumber};

/// The field that every row has.
const NUMBER: &str = "tracking_number";

/// What became of one row of a batch call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// The service confirms it, with what it tells of the tracking, if it tells anything. The key in there is another one
    /// if the service found a better carrier.
    Done(Option<Box<Tracking>>),
    /// The service refused this row.
    Refused {
        /// The service's code; 0 if it gave none that can be read.
        code: Code,
        /// The service's words, at most 200 characters.
        message: Option<String>,
    },
    /// The service said nothing of this row.
    Unaccounted,
}

/// Finds what the answer says of each key, in their order. Refusals that are not about rows are errors, and so are those of
/// several rows that name none of them: which of them is meant cannot be told.
pub(super) fn outcomes(
    call: Call,
    api_key: &ApiKey,
    keys: &[&TrackingKey],
    envelope: Envelope,
) -> Result<Vec<RowOutcome>, Error> {
    let refusal = match envelope.code {
        code if code.is_success() => None,
        // No source shows what a batch answers of which every row was refused.
        code if code.is_about_rows() => Some(RowOutcome::Refused {
            code,
            message: envelope.message.clone(),
        }),
        _ => return Err(envelope.refusal(call)),
    };
    let told = told(call, api_key, &envelope.data);
    let (rows, counts) = match (told, &refusal) {
        (Some(told), _) => told,
        (None, Some(_)) => (Vec::new(), Counts::default()),
        (None, None) => return Err(odd_data(call, &envelope.data)),
    };
    let found = matched(keys, rows);
    if refusal.is_some() && keys.len() > 1 && found.iter().all(Option::is_none) {
        return Err(envelope.refusal(call));
    }
    let silence = refusal.unwrap_or_else(|| match counts.mean_all(keys, &found) {
        true => RowOutcome::Done(None),
        false => RowOutcome::Unaccounted,
    });
    Ok(found
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(|| silence.clone()))
        .collect())
}

/// A row of the answer and whom it is about.
struct ToldRow {
    number: TrackingNumber,
    carrier: Option<CarrierCode>,
    outcome: RowOutcome,
}

impl ToldRow {
    fn is_about(&self, key: &TrackingKey) -> bool {
        self.number == key.number && self.carrier.as_ref() == Some(&key.carrier)
    }
}

/// What the answer says of all rows together.
#[derive(Default)]
struct Counts {
    /// Whether there are any rows at all, readable or not.
    has_rows: bool,
    submitted: Option<usize>,
    carried_out: Option<usize>,
}

impl Counts {
    /// Whether the keys that no row is about have been carried out: either there is no row at all, or the count says that
    /// everything was, these included.
    fn mean_all(&self, keys: &[&TrackingKey], found: &[Option<RowOutcome>]) -> bool {
        let Some(count) = self.carried_out else {
            return !self.has_rows;
        };
        let not_refused: HashSet<&TrackingKey> = keys
            .iter()
            .zip(found)
            .filter(|(_, outcome)| !matches!(outcome, Some(RowOutcome::Refused { .. })))
            .map(|(key, _)| *key)
            .collect();
        let is_everything = count == keys.len() || Some(count) == self.submitted;
        is_everything && count >= not_refused.len()
    }
}

/// The rows that name a number, and the counts; `None` if the data is no container.
fn told(call: Call, api_key: &ApiKey, data: &Value) -> Option<(Vec<ToldRow>, Counts)> {
    let reader = RowReader { call, api_key };
    let nothing = Map::new();
    let fields = Fields::new(data.as_object().unwrap_or(&nothing));
    let (accepted, refused) = if fields.has("trackings") || fields.has("errors") {
        // Rows in a container of an unforeseen shape cannot be read, but they are there.
        (
            fields.rows("trackings", NUMBER).ok(),
            fields.rows("errors", NUMBER).ok(),
        )
    } else {
        let mut rows = rows(data, NUMBER)?;
        rows.retain(|(name, row)| name.is_none() || row.is_object());
        (Some(rows), Some(Vec::new()))
    };
    let counts = Counts {
        has_rows: [&accepted, &refused]
            .iter()
            .any(|rows| rows.as_ref().is_none_or(|rows| !rows.is_empty())),
        submitted: fields.number("submitted"),
        carried_out: ["added", "update", "delete", "change"]
            .iter()
            .find_map(|count| fields.number(count)),
    };
    let accepted = accepted.unwrap_or_default();
    let refused = refused.unwrap_or_default();
    let accepted = accepted.into_iter().filter_map(|row| reader.accepted(row));
    let refused = refused.into_iter().filter_map(|row| reader.refused(row));
    Some((accepted.chain(refused).collect(), counts))
}

struct RowReader<'a> {
    call: Call,
    api_key: &'a ApiKey,
}

impl RowReader<'_> {
    /// A row among those that were carried out, unless a code of its own says otherwise.
    fn accepted(&self, row: Row<'_>) -> Option<ToldRow> {
        let (number, carrier, fields) = named(row.1)?;
        let code = fields.number::<u16>("code").map(Code::from);
        let outcome = match (code, &carrier) {
            (Some(code), _) if !code.is_success() => self.refusal(code, fields),
            (_, Some(carrier)) => {
                let (carrier, number) = (carrier.clone(), number.clone());
                self.done(TrackingKey { carrier, number }, fields)
            }
            _ => RowOutcome::Done(None),
        };
        Some(ToldRow {
            number,
            carrier,
            outcome,
        })
    }

    fn refused(&self, row: Row<'_>) -> Option<ToldRow> {
        let (number, carrier, fields) = named(row.1)?;
        let code = Code::from(fields.number::<u16>("code").unwrap_or_default());
        Some(ToldRow {
            number,
            carrier,
            outcome: self.refusal(code, fields),
        })
    }

    fn refusal(&self, code: Code, fields: Fields<'_>) -> RowOutcome {
        RowOutcome::Refused {
            code,
            message: message(self.api_key, fields),
        }
    }

    /// A row that gives no more than a name and an id tells nothing of the tracking, and neither does one that cannot be
    /// read. What else the rows of deleted and of stopped trackings may hold is not documented, so it is not read.
    fn done(&self, key: TrackingKey, fields: Fields<'_>) -> RowOutcome {
        let tells = matches!(self.call, Call::CreateBatch | Call::UpdateBatch);
        let told = tracking(key, fields)
            .ok()
            .filter(|told| tells && *told != nothing_but_named(told));
        RowOutcome::Done(told.map(Box::new))
    }
}

fn nothing_but_named(told: &Tracking) -> Tracking {
    Tracking {
        upstream_id: told.upstream_id.clone(),
        ..Tracking::bare(told.key.clone(), Status::parse(""))
    }
}

/// Whom a row is about, and its facts: bare, or in an object called `meta` as in the answers to deletions.
fn named(row: &Value) -> Option<(TrackingNumber, Option<CarrierCode>, Fields<'_>)> {
    let fields = Fields::new(row.as_object()?);
    let inner = fields.object("meta").ok().flatten();
    [Some(fields), inner]
        .into_iter()
        .flatten()
        .find_map(|fields| {
            let number = TrackingNumber::parse(&fields.text(NUMBER)?).ok()?;
            let carrier = fields
                .text("carrier_code")
                .and_then(|code| CarrierCode::parse(&code).ok());
            Some((number, carrier, fields))
        })
}

/// Gives the rows to the keys that they are about: first by number and carrier, then by number alone where no doubt is
/// possible, because the service may have corrected the carrier. A key that is there twice may have one row or two.
fn matched(keys: &[&TrackingKey], rows: Vec<ToldRow>) -> Vec<Option<RowOutcome>> {
    let mut places: HashMap<&TrackingKey, Vec<usize>> = HashMap::new();
    for (place, key) in keys.iter().enumerate() {
        places.entry(key).or_default().push(place);
    }
    let mut outcomes: Vec<Option<RowOutcome>> = vec![None; keys.len()];
    let mut corrected: HashMap<TrackingNumber, Vec<RowOutcome>> = HashMap::new();
    for row in rows {
        match keys.iter().find(|key| row.is_about(key)) {
            Some(key) => {
                let mut free = places[*key]
                    .iter()
                    .filter(|place| outcomes[**place].is_none());
                if let Some(place) = free.next().copied() {
                    outcomes[place] = Some(row.outcome);
                }
            }
            None => corrected.entry(row.number).or_default().push(row.outcome),
        }
    }
    let mut left: HashMap<&TrackingNumber, Vec<&TrackingKey>> = HashMap::new();
    for (key, places) in &places {
        match outcomes[places[0]].clone() {
            Some(outcome) => {
                for place in places {
                    outcomes[*place].get_or_insert_with(|| outcome.clone());
                }
            }
            None => left.entry(&key.number).or_default().push(key),
        }
    }
    for (number, keys) in left {
        if let (&[key], Some([outcome])) = (&keys[..], corrected.get(number).map(Vec::as_slice)) {
            for place in &places[key] {
                outcomes[*place] = Some(outcome.clone());
            }
        }
    }
    outcomes
}
