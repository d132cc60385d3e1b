//! How values are written.

use std::borrow::Cow;
use std::io::Write as _;

use async_graphql::ID;
use jiff::fmt::temporal::DateTimePrinter;

use super::{Object, Selected, Table, Writer};
use crate::graphql::date_time::{self, DateTime};
use crate::graphql::outcome::Outcome;
use crate::graphql::scope::Guarded;

/// A value that can be written. It is the same that the library makes of it.
pub(in crate::graphql) trait Written {
    /// What may be selected of it, if it is an object or has some.
    fn table() -> Option<&'static Table> {
        None
    }

    /// Writes what is selected of it; of what has no fields, all.
    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>);
}

impl<T: Written + ?Sized> Written for &T {
    fn table() -> Option<&'static Table> {
        T::table()
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        T::write(self, selected, to);
    }
}

impl<T: Written> Written for Option<T> {
    fn table() -> Option<&'static Table> {
        T::table()
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        match self {
            Some(value) => value.write(selected, to),
            None => to.null(),
        }
    }
}

impl<T: Written> Written for [T] {
    fn table() -> Option<&'static Table> {
        T::table()
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        to.list(self, |entry, to| entry.write(selected, to));
    }
}

impl<T: Written> Written for Vec<T> {
    fn table() -> Option<&'static Table> {
        T::table()
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        self[..].write(selected, to);
    }
}

impl<T: Written> Written for Outcome<T> {
    fn table() -> Option<&'static Table> {
        T::table()
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        match self {
            Self::Value(value) => value.write(selected, to),
            Self::Failed(failure) => to.fail(failure.clone()),
        }
    }
}

/// What its fields need is known to those who select them, and what its type needs is asked before.
impl<T: Object> Written for Guarded<T> {
    fn table() -> Option<&'static Table> {
        Some(T::TABLE)
    }

    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        to.object(&self.0, selected);
    }
}

impl Written for str {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        to.text(self);
    }
}

impl Written for String {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        to.text(self);
    }
}

impl Written for Cow<'_, str> {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        to.text(self);
    }
}

impl Written for ID {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        to.text(self);
    }
}

impl Written for bool {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        to.raw(if *self { b"true" } else { b"false" });
    }
}

impl Written for i32 {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        write!(to.buffer(), "{self}").expect("there is room");
    }
}

impl Written for u32 {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        write!(to.buffer(), "{self}").expect("there is room");
    }
}

impl Written for DateTime {
    fn write<'s>(&self, _: &'s Selected, to: &mut Writer<'s>) {
        const PRINTER: DateTimePrinter = date_time::PRINTER;
        to.raw(b"\"");
        let printed = PRINTER.print_timestamp(&self.0, to.buffer());
        printed.expect("there is room");
        to.raw(b"\"");
    }
}
