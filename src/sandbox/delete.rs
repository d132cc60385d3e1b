//! `DELETE /trackings/{carrier_code}/{tracking_number}`: delete one tracking.

use serde_json::json;

use super::account::Account;
use super::arrival::Arrival;
use super::envelope::{Code, Reply};

/// Nothing, as a list. What it cost is not given back.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let (number, carrier) = arrival.parcel()?;
    let gone = account.world.remove(carrier, number);
    gone.ok_or(Code::UNKNOWN)?;
    Ok(Reply::envelope(Code::OK, &json!([])))
}
