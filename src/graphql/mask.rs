//! What couriers wrote, as the caller may see it.

use std::borrow::Cow;

use super::tracking::Parcel;
use crate::auth::{Caller, Known, masked};
use crate::model::{LocalTime, Tracking, TrackingNumber};

/// A courier's words about a parcel; without what tells of people for those who may not see that.
pub(super) fn shown<'a>(caller: &Caller, of: &Parcel, text: &'a str) -> Cow<'a, str> {
    match caller.sees_masked() {
        true => masked(text, of.known()),
        false => Cow::Borrowed(text),
    }
}

/// The same where it is not known in which parcel's answer they stand.
pub(super) fn shown_knowing<'a>(
    caller: &Caller,
    of: Option<&Tracking>,
    text: &'a str,
) -> Cow<'a, str> {
    match caller.sees_masked() {
        true => masked(text, &of.map(known).unwrap_or_default()),
        false => Cow::Borrowed(text),
    }
}

/// A time as the courier wrote it. Where it cannot be read as one, there may be anything instead.
pub(super) fn shown_time<'a>(caller: &Caller, of: &Parcel, time: &'a LocalTime) -> Cow<'a, str> {
    match time.precision() {
        Some(_) => Cow::Borrowed(time.as_written()),
        None => shown(caller, of, time.as_written()),
    }
}

/// An address of a courier's page. What such a page is asked for may be the recipient's postal code or phone number.
pub(super) fn shown_link<'a>(caller: &Caller, of: &Parcel, link: &'a str) -> Cow<'a, str> {
    let page = match caller.sees_masked() {
        true => link.split(['?', '#', ';']).next().unwrap_or_default(),
        false => link,
    };
    shown(caller, of, page)
}

/// What is known of a parcel beforehand.
pub(super) fn known(tracking: &Tracking) -> Known {
    let metadata = &tracking.metadata;
    let people = [
        &metadata.customer_name,
        &metadata.customer_phone,
        &tracking.signed_by,
    ];
    let people = people
        .into_iter()
        .flatten()
        .chain(&metadata.customer_emails);
    let legs = [&tracking.origin, &tracking.destination]
        .into_iter()
        .flatten();
    let references = legs.filter_map(|leg| leg.reference_number.as_deref());
    // What is no number may be anything, and digits alone may be a phone number.
    let references = references.filter(|number| {
        let may_be_phone = !number.contains(char::is_alphabetic)
            && (10..=13).contains(&number.chars().filter(char::is_ascii_digit).count());
        TrackingNumber::parse(number).is_ok() && !may_be_phone
    });
    let own = std::iter::once(tracking.key.number.as_str());
    Known::of(people.map(AsRef::as_ref)).showing(own.chain(references))
}
