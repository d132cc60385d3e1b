//! `POST /trackings/update`: give one tracking another carrier.

use serde_json::json;

use super::account::Account;
use super::arrival::Arrival;
use super::envelope::{Code, Reply};
use super::form::Form;

/// A useless object; the tracking has to be read again under its new carrier, where it keeps what the account
/// wrote and did. One that is there already is in the way.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let form = Form::of(arrival)?;
    let (number, carrier) = form.parcel()?;
    let other = form.carrier("update_carrier_code")?;
    let world = &mut account.world;
    if world.find(carrier, &number).is_none() {
        return Err(Code::UNKNOWN);
    }
    if world.find(other, &number).is_some() {
        return Err(Code::EXISTS);
    }
    let parcel = world.remove(carrier, &number).ok_or(Code::UNKNOWN)?;
    world.add(parcel.handed_to(other));
    Ok(Reply::envelope(Code::OK, &json!({ "Usertag": "" })))
}
