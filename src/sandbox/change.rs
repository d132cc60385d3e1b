//! A change of what the account wrote on a tracking.

use serde_json::{Value, json};

use super::envelope::Code;
use super::form::Form;
use super::parcel::Parcel;
use super::status::Status;

/// What is to become of a tracking; what is absent stays, and `""` empties a field.
pub struct Change {
    title: Option<String>,
    order_id: Option<String>,
    customer_name: Option<String>,
    customer_email: Option<String>,
    customer_phone: Option<String>,
    logistics_channel: Option<String>,
    destination_code: Option<String>,
    archived: Option<bool>,
    ruling: Option<Ruling>,
}

/// Who says the status from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ruling {
    /// The account, this one.
    ByHand(Status),
    /// The couriers again.
    Automatic,
}

impl Change {
    /// The change that a form asks for. 4033 for a status that cannot be set, 4012 for a field of a wrong type.
    pub fn of(form: &Form) -> Result<Self, Code> {
        Ok(Self {
            title: text(form, "title")?,
            order_id: text(form, "order_id")?,
            customer_name: text(form, "customer_name")?,
            customer_email: text(form, "customer_email")?,
            customer_phone: text(form, "customer_phone")?,
            logistics_channel: text(form, "logistics_channel")?,
            destination_code: text(form, "destination_code")?,
            archived: archived(form)?,
            ruling: ruling(form)?,
        })
    }

    /// The same without the phone, which only the change of a single tracking knows.
    pub fn without_phone(self) -> Self {
        Self {
            customer_phone: None,
            ..self
        }
    }

    /// Carries it out.
    pub fn apply(self, parcel: &mut Parcel) {
        let metadata = &mut parcel.metadata;
        let fields = [
            (&mut metadata.title, self.title),
            (&mut metadata.order_id, self.order_id),
            (&mut metadata.customer_name, self.customer_name),
            (&mut metadata.customer_email, self.customer_email),
            (&mut metadata.customer_phone, self.customer_phone),
            (&mut metadata.logistics_channel, self.logistics_channel),
        ];
        for (field, text) in fields {
            if let Some(text) = text {
                *field = json!(text);
            }
        }
        if let Some(code) = self.destination_code {
            metadata.destination_code = Some(code.to_ascii_uppercase());
        }
        if let Some(archived) = self.archived {
            metadata.archived = archived;
        }
        match self.ruling {
            Some(Ruling::ByHand(status)) => parcel.rule(Some(status)),
            Some(Ruling::Automatic) => parcel.rule(None),
            None => {}
        }
    }
}

fn text(form: &Form, name: &str) -> Result<Option<String>, Code> {
    match form.sent(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(_) | Value::Number(_)) => Ok(Some(form.text(name).unwrap_or_default())),
        Some(_) => Err(Code::BAD_REQUEST),
    }
}

/// Documented as the words `true` and `false`; one client sends booleans.
fn archived(form: &Form) -> Result<Option<bool>, Code> {
    match form.sent("archived") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(archived)) => Ok(Some(*archived)),
        Some(Value::String(word)) if word == "true" => Ok(Some(true)),
        Some(Value::String(word)) if word == "false" => Ok(Some(false)),
        Some(_) => Err(Code::BAD_REQUEST),
    }
}

/// Documented as numbers; the vendor's own PHP client sends them as text.
fn ruling(form: &Form) -> Result<Option<Ruling>, Code> {
    if matches!(form.sent("status"), None | Some(Value::Null)) {
        return Ok(None);
    }
    match form.text("status").as_deref() {
        Some("4") => Ok(Some(Ruling::ByHand(Status::Delivered))),
        Some("7") => Ok(Some(Ruling::ByHand(Status::Exception))),
        Some("8") => Ok(Some(Ruling::Automatic)),
        _ => Err(Code::STATUS_INVALID),
    }
}
