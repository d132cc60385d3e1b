//! `PUT /trackings/{carrier_code}/{tracking_number}`: change the metadata of one tracking.

use serde_json::Value;

use super::account::Account;
use super::arrival::Arrival;
use super::change::Change;
use super::columns::Shape;
use super::envelope::{Code, Reply};
use super::form::Form;
use super::payload::tracking;

/// The changed object, without checkpoints.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let (number, carrier) = arrival.parcel()?;
    let change = Change::of(&Form::of(arrival)?)?;
    let now = account.clock.now();
    let parcel = account.world.find_mut(carrier, number);
    let parcel = parcel.ok_or(Code::UNKNOWN)?;
    change.apply(parcel);
    let row = tracking(parcel, now, Shape::Update);
    Ok(Reply::envelope(Code::OK, &Value::Object(row)))
}
