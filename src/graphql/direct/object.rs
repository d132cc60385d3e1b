//! One definition of an object, for the schema and the library as well as for what is written directly.

use std::borrow::Cow;

use super::{Step, Writer, Written};

/// What may be selected of an object.
#[derive(Debug)]
pub(in crate::graphql) struct Table {
    /// The name of its type.
    pub(in crate::graphql) name: fn() -> Cow<'static, str>,
    pub(in crate::graphql) places: &'static [Place],
}

/// A field.
#[derive(Debug)]
pub(in crate::graphql) struct Place {
    /// The name of its method; the field's is the same in camel case.
    pub(in crate::graphql) method: &'static str,
    /// What may be selected of its value.
    pub(in crate::graphql) below: fn() -> Option<&'static Table>,
}

/// An object whose fields can be written.
pub(in crate::graphql) trait Object: Written {
    const TABLE: &'static Table;

    /// Writes the value of the field at that place of the table.
    fn write_field<'s>(&self, place: usize, step: &'s Step, to: &mut Writer<'s>);
}

impl Table {
    /// The place of the field of that name.
    pub(super) fn place_of(&self, name: &str) -> Option<(usize, &'static Place)> {
        let mut places = self.places.iter().enumerate();
        places.find(|(_, place)| is_camel_case(name, place.method))
    }
}

/// Whether one is the other in camel case.
fn is_camel_case(name: &str, method: &str) -> bool {
    let mut words = method.split('_');
    let mut rest = words.next().and_then(|word| name.strip_prefix(word));
    for word in words {
        rest = rest.and_then(|rest| {
            let (first, others) = word.split_at_checked(1)?;
            let rest = rest.strip_prefix(first.to_ascii_uppercase().as_str())?;
            rest.strip_prefix(others)
        });
    }
    rest == Some("")
}

/// Defines an object as the library's `Object` does, which stands above the `impl` as usual, but with methods that wait for
/// nothing. One that needs more than the object has takes a `&Sight<'_>` in place of a context, and behind it the arguments.
macro_rules! object {
    (
        @define $this:ident
        $(#[$($about:tt)*])*
        impl $(<$($life:lifetime),+>)? $Type:ident $(<$($its:lifetime),+>)? {
            $(
                $(#[$($note:tt)*])*
                $reach:vis fn $field:ident(
                    &$own:ident
                    $(, $sight:ident: &$Sight:ty $(, $(#[$($said:tt)*])* $argument:ident: $Argument:ty)*)?
                    $(,)?
                ) -> $Value:ty $body:block
            )+
        }
    ) => {
        $(#[$($about)*])*
        impl $(<$($life),+>)? $Type $(<$($its),+>)? {
            $(
                $(#[$($note)*])*
                $reach async fn $field(
                    &$own
                    $(, context: &::async_graphql::Context<'_> $(, $(#[$($said)*])* $argument: $Argument)*)?
                ) -> $Value {
                    $crate::graphql::direct::object!(@seen $Value, $body $(, context, $sight, $Sight)?)
                }
            )+
        }

        impl $(<$($life),+>)? $crate::graphql::direct::Object for $Type $(<$($its),+>)? {
            const TABLE: &'static $crate::graphql::direct::Table = &$crate::graphql::direct::Table {
                name: <Self as ::async_graphql::OutputType>::type_name,
                places: &[$(
                    $crate::graphql::direct::Place {
                        method: stringify!($field),
                        below: <$Value as $crate::graphql::direct::Written>::table,
                    }
                ),+],
            };

            #[allow(clippy::redundant_closure_call, reason = "bodies may end early")]
            fn write_field<'s>(
                &$this,
                place: usize,
                step: &'s $crate::graphql::direct::Step,
                to: &mut $crate::graphql::direct::Writer<'s>,
            ) {
                #[allow(non_camel_case_types, reason = "they are the fields")]
                enum Field { $($field),+ }
                $(
                    if place == Field::$field as usize {
                        $(
                            let $sight: &$Sight = to.sight();
                            $(
                                let $argument: $Argument = match step.argument(stringify!($argument)) {
                                    Ok(given) => given,
                                    Err(wrong) => return to.refuse(wrong.into_server_error(to.place())),
                                };
                            )*
                        )?
                        let value: $Value = (|| -> $Value { $body })();
                        return $crate::graphql::direct::Written::write(&value, step.below(), to);
                    }
                )+
            }
        }

        impl $(<$($life),+>)? $crate::graphql::direct::Written for $Type $(<$($its),+>)? {
            fn table() -> Option<&'static $crate::graphql::direct::Table> {
                Some(<Self as $crate::graphql::direct::Object>::TABLE)
            }

            fn write<'s>(
                &self,
                selected: &'s $crate::graphql::direct::Selected,
                to: &mut $crate::graphql::direct::Writer<'s>,
            ) {
                to.object(self, selected);
            }
        }
    };
    (@seen $Value:ty, $body:block) => { $body };
    (@seen $Value:ty, $body:block, $context:ident, $sight:ident, $Sight:ty) => {
        $crate::graphql::direct::seen(
            $context,
            |$sight: &$Sight| -> $Value { $body },
        ).await
    };
    // `self` is that of whoever wrote the bodies: the first of them has it.
    (
        @first { $($all:tt)+ }
        $(#[$($note:tt)*])* $reach:vis fn $field:ident(&$this:ident $($more:tt)*) $($others:tt)*
    ) => {
        $crate::graphql::direct::object!(@define $this $($all)+);
    };
    (
        $(#[$($about:tt)*])*
        impl $(<$($life:lifetime),+>)? $Type:ident $(<$($its:lifetime),+>)? { $($fields:tt)+ }
    ) => {
        $crate::graphql::direct::object!(
            @first {
                $(#[$($about)*])*
                impl $(<$($life),+>)? $Type $(<$($its),+>)? { $($fields)+ }
            }
            $($fields)+
        );
    };
}

pub(in crate::graphql) use object;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_names_in_camel_case() {
        for (name, method) in [
            ("id", "id"),
            ("lastEventLocalTime", "last_event_local_time"),
            ("trackingNumber", "tracking_number"),
        ] {
            assert!(is_camel_case(name, method), "{name}");
        }
        for (name, method) in [
            ("tracking", "tracking_number"),
            ("trackingnumber", "tracking_number"),
            ("tracking_number", "tracking_number"),
            ("trackingNumbers", "tracking_number"),
            ("", "id"),
        ] {
            assert!(!is_camel_case(name, method), "{name}");
        }
    }
}
