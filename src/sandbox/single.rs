//! `GET /trackings/{carrier_code}/{tracking_number}[/{lang}]`: one tracking.

use serde_json::Value;

use super::account::Account;
use super::arrival::Arrival;
use super::columns::Shape;
use super::countries::Language;
use super::envelope::{Code, Reply};
use super::payload::translated;

/// The tracking, or 4031 when it was never created. The language only has to look like one: it works only
/// where it was given at creation or the courier is multilingual.
pub fn answer(account: &Account, arrival: &Arrival) -> Result<Reply, Code> {
    let (number, carrier) = arrival.parcel()?;
    let language = arrival.segments.get(2);
    let is_language =
        |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if !language.is_none_or(is_language) {
        return Err(Code::BAD_REQUEST);
    }
    let parcel = account.world.find(carrier, number).ok_or(Code::NOTHING)?;
    let asked = language.map(|code| Language::asked(code));
    let row = translated(parcel, account.clock.now(), Shape::Single, asked);
    Ok(Reply::envelope(Code::OK, &Value::Object(row)))
}
