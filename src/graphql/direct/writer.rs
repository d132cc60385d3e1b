//! A value on its way to JSON.

use async_graphql::resolver_utils::EnumType;
use async_graphql::{PathSegment, Pos, ServerError};

use super::selected::{Selected, Step};
use super::sight::Sight;
use super::{Object, text};
use crate::graphql::error::Failure;
use crate::graphql::scope::refusal;

/// How large most values are, in bytes.
const USUAL: usize = 2_048;

/// Writes one value, with what goes wrong in it.
pub(in crate::graphql) struct Writer<'s> {
    sight: &'s Sight<'s>,
    json: Vec<u8>,
    /// Where it is.
    path: Vec<Segment<'s>>,
    refusals: Vec<Refusal>,
}

#[derive(Clone, Copy)]
enum Segment<'s> {
    Field(&'s Step),
    Entry(usize),
}

/// An error somewhere in the value.
pub(super) struct Refusal {
    pub(super) within: Vec<PathSegment>,
    pub(super) error: ServerError,
}

impl<'s> Writer<'s> {
    pub(super) fn new(sight: &'s Sight<'s>) -> Self {
        Self::with_room(sight, USUAL)
    }

    /// One that has room for so many bytes before it needs more.
    pub(super) fn with_room(sight: &'s Sight<'s>, room: usize) -> Self {
        Self {
            sight,
            json: Vec::with_capacity(room),
            path: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<u8>, Vec<Refusal>) {
        (self.json, self.refusals)
    }

    pub(in crate::graphql) fn sight(&self) -> &'s Sight<'s> {
        self.sight
    }

    /// An object with its fields that are selected, in that order. What the caller may not see is null.
    pub(in crate::graphql) fn object<T: Object>(&mut self, object: &T, selected: &'s Selected) {
        let Some((first, others)) = selected.steps().split_first() else {
            return self.raw(b"{}");
        };
        self.field(object, first);
        for step in others {
            self.field(object, step);
        }
        self.json.push(b'}');
    }

    fn field<T: Object>(&mut self, object: &T, step: &'s Step) {
        self.raw(step.opening());
        let Some(place) = step.place() else {
            return;
        };
        self.path.push(Segment::Field(step));
        match refusal(self.sight.caller(), step.needed()) {
            None => object.write_field(place, step, self),
            Some(refusal) => self.fail(refusal),
        }
        self.path.pop();
    }

    pub(super) fn list<T>(
        &mut self,
        entries: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Self),
    ) {
        self.json.push(b'[');
        for (index, entry) in entries.into_iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            self.path.push(Segment::Entry(index));
            write(entry, self);
            self.path.pop();
        }
        self.json.push(b']');
    }

    /// Null, beside an error that says why.
    pub(in crate::graphql) fn fail(&mut self, failure: Failure) {
        let error = failure.into_server_error(self.place());
        self.refuse(error);
    }

    /// The same for an error that the library has told.
    pub(in crate::graphql) fn refuse(&mut self, error: ServerError) {
        self.null();
        let within = self.path.iter().map(|segment| match segment {
            Segment::Field(step) => PathSegment::Field(step.key().to_owned()),
            Segment::Entry(index) => PathSegment::Index(*index),
        });
        let within = within.collect();
        self.refusals.push(Refusal { within, error });
    }

    /// Where the field stands that is written.
    pub(in crate::graphql) fn place(&self) -> Pos {
        let mut path = self.path.iter().rev();
        let step = path.find_map(|segment| match segment {
            Segment::Field(step) => Some(step.pos()),
            Segment::Entry(_) => None,
        });
        step.unwrap_or_default()
    }

    pub(super) fn null(&mut self) {
        self.raw(b"null");
    }

    pub(super) fn text(&mut self, text: &str) {
        text::write(text, &mut self.json);
    }

    /// A word of an enum, which has nothing to escape.
    pub(super) fn word<T: EnumType>(&mut self, word: T) {
        let mut items = T::items().iter();
        let item = items.find(|item| item.value == word);
        self.raw(b"\"");
        self.raw(item.map_or("", |item| item.name).as_bytes());
        self.raw(b"\"");
    }

    pub(super) fn raw(&mut self, json: &[u8]) {
        self.json.extend_from_slice(json);
    }

    /// To write JSON that has no need of escapes.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.json
    }
}
