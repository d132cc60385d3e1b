//! `POST /trackings/post`: create one tracking.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::arrival::Arrival;
use super::columns::Shape;
use super::countries::{Country, Language};
use super::envelope::{Code, Reply};
use super::form::Form;
use super::metadata::Metadata;
use super::parcel::Parcel;
use super::payload::tracking;
use super::quota;

/// Adds a pending parcel that then goes the journey its number decides. Costs 1 quota.
pub fn answer(account: &mut Account, arrival: &Arrival) -> Result<Reply, Code> {
    let row = create(account, &Form::of(arrival)?, Shape::Post)?;
    Ok(Reply::envelope(Code::CREATED, &Value::Object(row)))
}

/// Adds what a form describes, in an answer of this shape.
pub fn create(
    account: &mut Account,
    form: &Form,
    shape: Shape,
) -> Result<Map<String, Value>, Code> {
    let (number, carrier) = form.parcel()?;
    if account.world.find(carrier, &number).is_some() {
        return Err(Code::EXISTS);
    }
    let metadata = metadata(form)?;
    account.quota.pay(quota::NUMBER)?;
    let now = account.clock.now();
    // The country that some couriers want besides has two names.
    let asked_by_couriers = match shape {
        Shape::Batch => "specialNumberDestination",
        _ => "tracking_destination_country",
    };
    let destination = form
        .text("destination_code")
        .or_else(|| form.text(asked_by_couriers));
    let language = match form.text("lang").as_deref() {
        // Without a language the data is as the courier writes.
        None | Some("cn") => carrier.language,
        Some(_) => Language::English,
    };
    let destination = destination.as_deref().and_then(Country::find);
    let journey = Parcel::journey_of(&number);
    let parcel = Parcel::travelling(&number, carrier, now, journey, destination, language)
        .described(metadata);
    let row = tracking(&parcel, now, shape);
    account.world.add(parcel);
    Ok(row)
}

fn metadata(form: &Form) -> Result<Metadata, Code> {
    let field = |name| json!(form.text(name));
    Ok(Metadata {
        title: field("title"),
        order_id: field("order_id"),
        comment: field("comment"),
        customer_name: field("customer_name"),
        customer_email: field("customer_email"),
        customer_phone: field("customer_phone"),
        logistics_channel: field("logistics_channel"),
        order_create_time: form.order_create_time()?,
        ..Metadata::default()
    })
}
