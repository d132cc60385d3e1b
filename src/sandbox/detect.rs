//! `POST /carriers/detect`: guess whose a number is.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::carriers::{CARRIERS, Carrier};
use super::countries::{Country, Language};
use super::directory;
use super::envelope::{Code, Reply};
use super::form::Form;
use super::numbers::{self, Likeness};
use super::quota;

/// The carriers with such numbers, the likeliest first, or 4032. Costs a fifth of a number either way.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let form = Form::of(arrival)?;
    let number = form.text("tracking_number").ok_or(Code::NUMBER_MISSING)?;
    if !numbers::is_valid(&number) {
        return Err(Code::NUMBER_INVALID);
    }
    account.quota.pay(quota::DETECTION)?;
    let language = Language::asked(form.text("lang").as_deref().unwrap_or("en"));
    let candidates = candidates(&number.to_ascii_uppercase());
    if candidates.is_empty() {
        return Err(Code::UNDETECTED);
    }
    let rows = candidates
        .iter()
        .map(|carrier| json!({"name": directory::name(carrier, language), "code": carrier.code}));
    Ok(Reply::envelope(Code::OK, &rows.collect::<Value>()))
}

/// Guesses by length alone are told only when nothing fits better.
fn candidates(number: &str) -> Vec<&'static Carrier> {
    let mut found: Vec<(Likeness, &Carrier)> = CARRIERS
        .iter()
        .filter_map(|carrier| Some((carrier.format.likeness(number)?, carrier)))
        .collect();
    if found
        .iter()
        .any(|(likeness, _)| *likeness > Likeness::Length)
    {
        found.retain(|(likeness, _)| *likeness > Likeness::Length);
    }
    found.sort_by_key(|(likeness, _)| Reverse(*likeness));
    if found.is_empty() {
        return post_of(number).into_iter().collect();
    }
    found.into_iter().map(|(_, carrier)| carrier).collect()
}

/// The post of the country that a postal number names.
fn post_of(number: &str) -> Option<&'static Carrier> {
    let (_, country) = numbers::s10_parts(number)?;
    Carrier::find(Country::find(country)?.post?)
}
