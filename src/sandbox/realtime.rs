//! `POST /trackings/realtime`: ask the courier now.

use serde_json::json;

use super::account::Account;
use super::arrival::Arrival;
use super::columns::Shape;
use super::countries::Language;
use super::envelope::{Code, Reply};
use super::form::Form;
use super::parcel::Parcel;
use super::payload::translated;
use super::quota;
use super::script::Script;

/// A list of one. Costs 1 quota. A number that nobody created is looked up all the same, and not found.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let form = Form::of(arrival)?;
    let (number, carrier) = form.parcel()?;
    form.order_create_time()?;
    account.quota.pay(quota::NUMBER)?;
    let now = account.clock.now();
    let stranger = || Parcel::scripted(&number, carrier, now, Script::unknown(now));
    let asked = form.text("lang").map(|lang| Language::asked(&lang));
    let mut row = match account.world.find(carrier, &number) {
        Some(parcel) => translated(parcel, now, Shape::Realtime, asked),
        None => translated(&stranger(), now, Shape::Realtime, asked),
    };
    if let Some(echo) = form.text("order_create_time") {
        row.insert("order_create_time".to_owned(), json!(echo));
    }
    Ok(Reply::envelope(Code::OK, &json!({ "items": [row] })))
}
