//! `POST /trackings/notupdate`: stop asking the couriers about up to 40 trackings.

use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::envelope::{Code, Reply};
use super::form::Form;

/// The stopped ones, also those that were so before. Rows that name nothing are not told of.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let forms = Form::rows(arrival)?;
    let now = account.clock.now();
    let mut trackings: Vec<Value> = Vec::new();
    for (number, carrier) in forms.iter().filter_map(|form| form.parcel().ok()) {
        if let Some(parcel) = account.world.find_mut(carrier, &number) {
            parcel.stop_updating(now);
            trackings.push(json!({
                "tracking_number": parcel.number,
                "carrier_code": carrier.code,
            }));
        }
    }
    let data = json!({
        "submitted": forms.len(),
        "change": trackings.len(),
        "trackings": trackings,
    });
    Ok(Reply::envelope(Code::OK, &data))
}
