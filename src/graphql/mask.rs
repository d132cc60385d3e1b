//! What couriers wrote, as the caller may see it.

use std::borrow::Cow;

use async_graphql::Context;

use super::context::caller;
use crate::auth::{Known, masked};
use crate::model::{LocalTime, Tracking, TrackingNumber};

/// A courier's words about a parcel; without what tells of people for those who may not see that.
pub(super) fn shown<'a>(context: &Context<'_>, of: &Tracking, text: &'a str) -> Cow<'a, str> {
    match caller(context).sees_masked() {
        true => masked(text, &known(of)),
        false => Cow::Borrowed(text),
    }
}

/// The same of what is about no parcel of the account.
pub(super) fn shown_of_others<'a>(context: &Context<'_>, text: &'a str) -> Cow<'a, str> {
    match caller(context).sees_masked() {
        true => masked(text, &Known::default()),
        false => Cow::Borrowed(text),
    }
}

/// A time as the courier wrote it. Where it cannot be read as one, there may be anything instead.
pub(super) fn shown_time<'a>(
    context: &Context<'_>,
    of: &Tracking,
    time: &'a LocalTime,
) -> Cow<'a, str> {
    match time.precision() {
        Some(_) => Cow::Borrowed(time.as_written()),
        None => shown(context, of, time.as_written()),
    }
}

/// An address of a courier's page. What such a page is asked for may be the recipient's postal code or phone number.
pub(super) fn shown_link<'a>(context: &Context<'_>, of: &Tracking, link: &'a str) -> Cow<'a, str> {
    let page = match caller(context).sees_masked() {
        true => link.split(['?', '#', ';']).next().unwrap_or_default(),
        false => link,
    };
    shown(context, of, page)
}

fn known(tracking: &Tracking) -> Known {
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
    // What is no number may be anything.
    let references = references.filter(|number| TrackingNumber::parse(number).is_ok());
    let own = std::iter::once(tracking.key.number.as_str());
    Known::of(people.map(String::as_str)).showing(own.chain(references))
}
