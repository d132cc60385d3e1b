//! `POST /trackings/batch`: create up to 40 trackings.

use serde_json::{Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::columns::Shape;
use super::envelope::{Code, Reply};
use super::form::Form;
use super::post::create;

/// Creates row by row, so that the second of two equal rows exists already. A refused row costs nothing and
/// does not stop the others; the call is a success even when every row was refused.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let forms = Form::rows(arrival)?;
    let mut trackings = Vec::new();
    let mut errors = Vec::new();
    for form in &forms {
        match create(account, form, Shape::Batch) {
            Ok(row) => trackings.push(Value::Object(row)),
            Err(code) => errors.push(form.refused(code)),
        }
    }
    let data = json!({
        "submitted": forms.len(),
        "added": trackings.len(),
        "trackings": trackings,
        "errors": errors,
    });
    Ok(Reply::envelope(Code::CREATED, &data))
}
