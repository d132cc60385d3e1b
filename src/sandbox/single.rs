//! `GET /trackings/{carrier_code}/{tracking_number}[/{lang}]`: one tracking.

use serde_json::Value;

use super::account::Account;
use super::arrival::Arrival;
use super::carriers::Carrier;
use super::countries::Language;
use super::envelope::{Code, Reply};
use super::numbers;
use super::payload::{Shape, translated};

/// The tracking, or 4031 when it was never created. The language only has to look like one: it works only
/// where it was given at creation or the courier is multilingual.
pub fn answer(account: &Account, arrival: &Arrival) -> Result<Reply, Code> {
    let [code, number, language @ ..] = arrival.segments.as_slice() else {
        return Err(Code::BAD_REQUEST);
    };
    let is_language =
        |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if !numbers::is_valid(number) {
        return Err(Code::NUMBER_INVALID);
    }
    let carrier = Carrier::find(code).ok_or(Code::CARRIER_INVALID)?;
    if !language.iter().all(is_language) {
        return Err(Code::BAD_REQUEST);
    }
    let parcel = account.world.find(carrier, number).ok_or(Code::NOTHING)?;
    let asked = language.first().map(|code| Language::asked(code));
    let row = translated(parcel, account.clock.now(), Shape::Single, asked);
    Ok(Reply::envelope(Code::OK, &Value::Object(row)))
}
