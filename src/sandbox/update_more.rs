//! `POST /trackings/updatemore`: change the metadata of up to 40 trackings.

use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::change::Change;
use super::envelope::{Code, Reply};
use super::form::Form;

/// No source shows the answer; it is taken to look like those of the other batches. A refused row does not
/// stop the others.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let forms = Form::rows(arrival)?;
    let mut trackings = Vec::new();
    let mut errors = Vec::new();
    for form in &forms {
        match change(account, form) {
            Ok(row) => trackings.push(row),
            Err(code) => errors.push(form.refused(code)),
        }
    }
    let data = json!({
        "submitted": forms.len(),
        "update": trackings.len(),
        "trackings": trackings,
        "errors": errors,
    });
    Ok(Reply::envelope(Code::OK, &data))
}

fn change(account: &mut Account, form: &Form) -> Result<Value, Code> {
    let (number, carrier) = form.parcel()?;
    let change = Change::of(form)?.without_phone();
    let parcel = account.world.find_mut(carrier, &number);
    let parcel = parcel.ok_or(Code::UNKNOWN)?;
    change.apply(parcel);
    Ok(json!({
        "id": parcel.id,
        "tracking_number": parcel.number,
        "carrier_code": carrier.code,
    }))
}
