//! `POST /trackings/delete`: delete up to 40 trackings.

use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::envelope::{Code, Reply};
use super::form::Form;

/// The deleted ones, each wrapped in a `meta` of its own. Rows that name nothing are not told of.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let forms = Form::rows(arrival)?;
    let named = forms.iter().filter_map(|form| form.parcel().ok());
    let deleted = named.filter_map(|(number, carrier)| account.world.remove(carrier, &number));
    let trackings: Vec<Value> = deleted
        .map(|parcel| {
            let meta = json!({
                "tracking_number": parcel.number,
                "carrier_code": parcel.carrier.code,
            });
            json!({ "meta": meta })
        })
        .collect();
    let data = json!({
        "submitted": forms.len(),
        "delete": trackings.len(),
        "trackings": trackings,
    });
    Ok(Reply::envelope(Code::OK, &data))
}
