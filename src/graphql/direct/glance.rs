//! Queries that name parcels and ask for nothing else. Where all of these are at hand, and may be shown as they are, the answer
//! is written at once; what is in any way not so simple is left to the library, which also knows what is wrong with it.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Value as Constant, Variables};
use async_graphql_value::Value;

use super::marks::{Known, Mark};
use super::sight::Sight;
use super::writer::Writer;
use super::{Object, Written};
use crate::auth::{Caller, Scopes};
use crate::graphql::reference::{MAX_REFS, NodeId, TrackingRef};
use crate::graphql::scope::{Guarded, needed_by, needed_of, refusal};
use crate::graphql::tracking::Parcel;
use crate::model::TrackingKey;
use crate::tracker::{Reading, Tracker, Usage};

/// What begins every response, and what ends one without errors.
const BEGINNING: &[u8] = b"{\"data\":";
const END: &[u8] = b"}}";

/// So many bytes are set aside beforehand at the most.
const MOST: usize = 256 * 1024;

/// About how many bytes a part of a value takes.
const NODE: usize = 100;

/// How many bytes more are set aside than the last response had.
const SPARE: usize = 1_024;

/// Such a query, ready to be answered.
#[derive(Debug)]
pub(in crate::graphql) struct Glance {
    roots: Box<[Root]>,
    /// How long the last response was, in bytes: the next one is about as long.
    length: AtomicUsize,
}

/// A field of it.
#[derive(Debug)]
struct Root {
    /// What stands before its value.
    opening: Box<str>,
    needed: Scopes,
    names: Names,
    given: Value,
    /// Which of the selections that were read is its own.
    place: usize,
}

/// How a field names parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Ref,
    Refs,
    Id,
    Ids,
}

impl Glance {
    /// Reads a query in whose selections there are marks; `None` if it is not so simple.
    pub(super) fn read(set: &SelectionSet) -> Option<Self> {
        let roots = set.items.iter().enumerate().map(|(nth, item)| {
            let Selection::Field(field) = &item.node else {
                return None;
            };
            Root::read(nth, &field.node)
        });
        let roots: Option<Box<[_]>> = roots.collect();
        let roots = roots.filter(|roots| !roots.is_empty())?;
        Some(Self {
            roots,
            length: AtomicUsize::new(0),
        })
    }

    /// The response, if it can be told at a glance. The marks are those of the same query.
    pub(in crate::graphql) fn answer(
        &self,
        fixed: &[Known],
        variables: &Variables,
        (caller, tracker, usage): (&Caller, &Tracker, &Usage),
    ) -> Option<Vec<u8>> {
        let may_ask = |root: &Root| refusal(caller, root.needed).is_none();
        if caller.grant.is_some() || !self.roots.iter().all(may_ask) {
            return None;
        }
        let sight = Sight::new(caller, tracker, usage);
        let room = self.length.load(Ordering::Relaxed).min(MOST) + SPARE;
        let mut writer = Writer::with_room(&sight, room);
        writer.raw(BEGINNING);
        let mut parcels = 0;
        for root in &self.roots {
            parcels += root.write(fixed, variables, &mut writer)?;
        }
        writer.raw(END);
        let (mut json, refusals) = writer.finish();
        if !refusals.is_empty() || sight.lacks_something() {
            return None;
        }
        tracker.note_at_hand(parcels);
        self.length.store(json.len(), Ordering::Relaxed);
        if json.capacity() > 2 * json.len() {
            json.shrink_to_fit();
        }
        Some(json)
    }

    pub(super) fn weight(&self) -> usize {
        let roots = self.roots.iter();
        let roots =
            roots.map(|root| size_of::<Root>() + root.opening.len() + nodes(&root.given) * NODE);
        roots.sum()
    }
}

impl Root {
    fn read(nth: usize, field: &Field) -> Option<Self> {
        let (names, argument) = match field.name.node.as_str() {
            "tracking" => (Names::Ref, "ref"),
            "trackingsByRef" => (Names::Refs, "refs"),
            "node" => (Names::Id, "id"),
            "nodes" => (Names::Ids, "ids"),
            _ => return None,
        };
        let [(name, given)] = &field.arguments[..] else {
            return None;
        };
        if name.node != argument || !field.directives.is_empty() {
            return None;
        }
        let Mark::Fixed(place) = Mark::of(&field.selection_set.node)? else {
            return None;
        };
        let brace = if nth == 0 { '{' } else { ',' };
        let key = &field.response_key().node;
        let needed = needed_by("Query", &field.name.node).with(needed_of("Tracking"));
        Some(Self {
            opening: format!("{brace}\"{key}\":").into(),
            needed,
            names,
            given: given.node.clone(),
            place,
        })
    }

    /// Writes the field, if all of its parcels are at hand; gives how many these are.
    fn write<'s>(
        &self,
        fixed: &'s [Known],
        variables: &Variables,
        to: &mut Writer<'s>,
    ) -> Option<usize> {
        let mut known = fixed.get(self.place)?.iter();
        let (_, selected) = known.find(|(table, _)| (table.name)() == (Parcel::TABLE.name)())?;
        to.raw(self.opening.as_bytes());
        let given = Given::of(&self.given, variables)?;
        if matches!(self.names, Names::Ref | Names::Id) {
            let reading = read(&self.key(given)?, to.sight())?;
            reading.tracking.read_ahead();
            Guarded(Parcel::from(reading)).write(selected, to);
            return Some(1);
        }
        let given = given.entries()?;
        if given.len() > MAX_REFS {
            return None;
        }
        let sight = to.sight();
        let readings = given.iter().map(|given| read(&self.key(*given)?, sight));
        let readings: Vec<_> = readings.collect::<Option<_>>()?;
        for reading in &readings {
            reading.tracking.read_ahead();
        }
        to.list(readings, |reading, to| {
            Guarded(Parcel::from(reading)).write(selected, to);
        });
        Some(given.len())
    }

    fn key(&self, given: Given<'_>) -> Option<TrackingKey> {
        match self.names {
            Names::Ref | Names::Refs => TrackingRef::key_in(given),
            Names::Id | Names::Ids => match NodeId::parse(given.text()?)? {
                NodeId::Tracking(key) => Some(key),
                NodeId::Carrier(_) => None,
            },
        }
    }
}

/// Of how many parts a value consists.
fn nodes(value: &Value) -> usize {
    match value {
        Value::List(entries) => entries.iter().map(nodes).sum::<usize>() + 1,
        Value::Object(fields) => fields.values().map(nodes).sum::<usize>() + 1,
        _ => 1,
    }
}

fn read(key: &TrackingKey, sight: &Sight) -> Option<Reading> {
    sight.tracker().at_hand(sight.usage(), key)
}

/// What is given to an argument: in the document, where variables may stand in it, or by one of these.
#[derive(Debug, Clone, Copy)]
pub(in crate::graphql) enum Given<'a> {
    Written(&'a Value, &'a Variables),
    Known(&'a Constant),
}

impl<'a> Given<'a> {
    fn of(value: &'a Value, variables: &'a Variables) -> Option<Self> {
        match value {
            Value::Variable(name) => variables.get(name).map(Self::Known),
            value => Some(Self::Written(value, variables)),
        }
    }

    /// The only field of an object, if it has that name.
    pub(in crate::graphql) fn only(self, name: &str) -> Option<Self> {
        let fields = match self {
            Self::Written(Value::Object(fields), _) => fields.len(),
            Self::Known(Constant::Object(fields)) => fields.len(),
            _ => return None,
        };
        self.field(name).filter(|_| fields == 1)
    }

    pub(in crate::graphql) fn field(self, name: &str) -> Option<Self> {
        match self {
            Self::Written(Value::Object(fields), variables) => {
                Self::of(fields.get(name)?, variables)
            }
            Self::Known(Constant::Object(fields)) => fields.get(name).map(Self::Known),
            _ => None,
        }
    }

    fn entries(self) -> Option<Vec<Self>> {
        match self {
            Self::Written(Value::List(entries), variables) => {
                let entries = entries.iter();
                entries.map(|entry| Self::of(entry, variables)).collect()
            }
            Self::Known(Constant::List(entries)) => Some(entries.iter().map(Self::Known).collect()),
            _ => None,
        }
    }

    pub(in crate::graphql) fn text(self) -> Option<&'a str> {
        match self {
            Self::Written(Value::String(text), _) | Self::Known(Constant::String(text)) => {
                Some(text)
            }
            _ => None,
        }
    }
}
