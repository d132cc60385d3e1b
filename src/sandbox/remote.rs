//! `POST /trackings/remote`: which addresses are in remote areas, courier by courier.

use serde_json::{Map, Value, json};

use super::arrival::Arrival;
use super::countries::Country;
use super::dice;
use super::envelope::{Code, Reply};
use super::form::Form;

/// The couriers that surcharge remote areas, in the order of answers.
const COURIERS: [&str; 4] = ["ups", "tnt", "dhl", "fedex"];

/// The documented examples: country, postcode as it is compared, couriers.
const KNOWN: [(&str, &str, &[&str]); 2] = [
    ("JP", "7621094", &["ups", "tnt"]),
    ("NZ", "PAPAAROHA", &["tnt"]),
];

/// A row per address and courier to which it is remote; what is remote to none goes back as it came. So does
/// what lies in a country, or asks for a courier, of which the service does not know.
pub fn answer(arrival: &Arrival) -> Result<Reply, Code> {
    let forms = Form::rows(arrival)?;
    let mut remote = Vec::new();
    let mut other = Vec::new();
    for form in &forms {
        let rows = rows(form)?;
        match rows.is_empty() {
            true => other.push(as_sent(form)),
            false => remote.extend(rows),
        }
    }
    let data = json!({ "submitted": forms.len(), "other": other, "remote": remote });
    let message = "The request was successful.";
    Ok(Reply::worded(Code::OK, message, &data))
}

fn rows(form: &Form) -> Result<Vec<Value>, Code> {
    let country = form.text("country").ok_or(Code::BAD_REQUEST)?;
    let postcode = form.text("postcode").ok_or(Code::BAD_REQUEST)?;
    let Some(country) = Country::named(&country) else {
        return Ok(Vec::new());
    };
    let company = form.text("company");
    let asked = |courier: &&str| {
        let only = company.as_deref();
        only.is_none_or(|only| only.eq_ignore_ascii_case(courier))
    };
    let couriers = COURIERS.into_iter().filter(asked);
    let rows = couriers.filter(|courier| is_remote(country, &postcode, courier));
    Ok(rows
        .map(|courier| {
            json!({
                "far_express_company": courier,
                "two_code": country.iso,
                "far_country": country.name,
                "far_city_postcode": postcode,
            })
        })
        .collect())
}

/// Whether a courier charges more there. Blanks, hyphens and case do not make another address.
fn is_remote(country: &Country, postcode: &str, courier: &str) -> bool {
    let plain = postcode.replace([' ', '-'], "").to_uppercase();
    let known = KNOWN
        .iter()
        .find(|(iso, postcode, _)| *iso == country.iso && *postcode == plain);
    match known {
        Some((.., couriers)) => couriers.contains(&courier),
        None => dice::roll(&format!("{} {plain}", country.iso), courier, 4) == 0,
    }
}

fn as_sent(form: &Form) -> Value {
    let fields = ["country", "postcode", "company"];
    let sent = fields.map(|name| Some((name.to_owned(), form.sent(name)?.clone())));
    Value::Object(sent.into_iter().flatten().collect::<Map<String, Value>>())
}
