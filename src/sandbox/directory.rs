//! `GET /carriers`: every carrier that the service knows.

use serde_json::{Value, json};

use super::arrival::Arrival;
use super::carriers::{CARRIERS, Carrier, Kind};
use super::countries::Language;
use super::dice;
use super::envelope::{Code, Reply};

/// All at once, named in the language of the `Lang` header. The `meta` is the code alone.
pub fn answer(arrival: &Arrival) -> Result<Reply, Code> {
    let language = Language::asked(arrival.lang.as_deref().unwrap_or("en"));
    let rows: Vec<Value> = CARRIERS.iter().map(|one| row(one, language)).collect();
    Ok(Reply::terse(Code::OK, &json!(rows)))
}

/// The name in a language. Brands stay themselves in all but Chinese, and there is one Chinese name for both
/// scripts.
pub fn name(carrier: &Carrier, language: Language) -> &'static str {
    match (language, carrier.chinese_name) {
        (Language::English, _) | (_, "") => carrier.name,
        (Language::Chinese, name) => name,
    }
}

fn row(carrier: &Carrier, language: Language) -> Value {
    let roll = |purpose, sides| dice::roll(carrier.code, purpose, sides);
    let mut row = json!({
        "name": name(carrier, language),
        "code": carrier.code,
        "phone": carrier.phone,
        "homepage": homepage(carrier),
        "type": match carrier.kind {
            Kind::Express => "express",
            Kind::Post => "globalpost",
        },
        "picture": picture(carrier),
    });
    if !carrier.chinese_name.is_empty() {
        row["name_cn"] = json!(carrier.chinese_name);
    }
    // These two came later and not for all.
    if roll("track url", 3) == 0 {
        row["track_url"] = json!(format!("{}track?number=******", carrier.weblink));
    }
    if roll("country", 2) == 0 {
        row["country_code"] = json!(carrier.country().iso);
    }
    row
}

/// The site in one of the spellings of the documentation and the captures.
fn homepage(carrier: &Carrier) -> String {
    let bare = carrier.weblink.trim_start_matches("http:");
    let host = bare.trim_matches('/');
    match dice::roll(carrier.code, "homepage", 8) {
        0 => String::new(),
        1 | 2 if host.starts_with("www.") => host.to_owned(),
        3..=5 => bare.to_owned(),
        _ => carrier.weblink.to_owned(),
    }
}

fn picture(carrier: &Carrier) -> String {
    let icons = "//cdn.trackingmore.com/images/icons/express";
    match carrier.kind {
        Kind::Express => format!("{icons}/{}.png", carrier.code),
        Kind::Post => {
            let logo = 1000 + 10 * dice::roll(carrier.code, "picture", 2000);
            format!("{icons}/companylogo/{logo}.jpg")
        }
    }
}
