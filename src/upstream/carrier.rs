//! Carriers: the list of all, and the ones that may have given a number.

use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::reader::{Fields, is_nothing};
use super::request::Body;
use super::rows::{Row, rows};
use super::web_address::web_address;
use super::{Call, Code, Error};
use crate::model::{
    Carrier, CarrierCode, CarrierKind, CountryCode, DetectedCarrier, Language, TrackingNumber,
};

/// Asks for the carriers that may have given a number.
pub(super) fn question(number: &TrackingNumber, language: Option<Language>) -> Value {
    Body::default()
        .text("tracking_number", Some(number.as_str()))
        .language(language)
        .into()
}

/// Reads the candidates in the service's order, the likeliest first. That there is none is an answer, too.
pub(super) fn detected(data: Result<Value, Error>) -> Result<Vec<DetectedCarrier>, Error> {
    let data = match or_nothing(data) {
        Err(Error::Refused {
            code: Code::CarrierNotDetected,
            ..
        }) => return Ok(Vec::new()),
        data => data?,
    };
    let rows = rows_of(Call::Detect, &data)?;
    Ok(rows.into_iter().filter_map(candidate).collect())
}

/// Reads the list of all carriers. Rows without a usable code are left out, but a list in which no row is usable is no
/// answer: it would be kept for a day.
pub(super) fn list(data: &Value) -> Result<Vec<Carrier>, Error> {
    let call = Call::Carriers;
    if is_nothing(data) {
        return Err(Error::NothingReturned { call });
    }
    let rows = rows_of(call, data)?;
    let carriers: Vec<Carrier> = rows.into_iter().filter_map(carrier).collect();
    if carriers.is_empty() {
        return Err(Error::undecodable(call, "no row has a usable `code`"));
    }
    Ok(carriers)
}

fn rows_of(call: Call, data: &Value) -> Result<Vec<Row<'_>>, Error> {
    rows(data, "code").ok_or_else(|| odd_data(call, data))
}

fn named<'a>((_, row): Row<'a>) -> Option<(CarrierCode, Fields<'a>)> {
    let fields = Fields::new(row.as_object()?);
    let code = CarrierCode::parse(&fields.text("code")?).ok()?;
    Some((code, fields))
}

fn candidate(row: Row<'_>) -> Option<DetectedCarrier> {
    let (code, fields) = named(row)?;
    let name = fields.text("name");
    Some(DetectedCarrier { code, name })
}

fn carrier(row: Row<'_>) -> Option<Carrier> {
    let (code, fields) = named(row)?;
    Some(Carrier {
        code,
        name: fields.text("name"),
        chinese_name: fields.text("name_cn"),
        phone: fields.text("phone"),
        homepage: web_address(fields, "homepage"),
        kind: fields.text("type").map(|word| kind(&word)),
        picture: web_address(fields, "picture"),
        tracking_page: web_address(fields, "track_url"),
        country: fields
            .text("country_code")
            .and_then(|code| CountryCode::parse(&code).ok()),
    })
}

fn kind(word: &str) -> CarrierKind {
    match word.to_ascii_lowercase().as_str() {
        "express" => CarrierKind::Express,
        "globalpost" => CarrierKind::Post,
        _ => CarrierKind::Unknown(word.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(found: &[DetectedCarrier]) -> Vec<&str> {
        found
            .iter()
            .map(|candidate| candidate.code.as_str())
            .collect()
    }

    #[test]
    fn a_bad_row_spoils_only_itself() {
        let rows = json!([
            {"code": "dhl", "type": "drone", "country_code": "de", "track_url": "javascript:alert(1)", "phone": 18002255345_u64},
            {"code": "a b"}, {"name": "nameless"}, 7, null, [],
            {"code": "DHL-Paket", "name": [], "type": 1, "country_code": "Germany", "homepage": {}},
        ]);
        let carriers = list(&rows).unwrap();
        assert_eq!(carriers.len(), 2);
        assert_eq!(carriers[0].kind, Some(CarrierKind::Unknown("drone".into())));
        assert_eq!(carriers[0].country, CountryCode::parse("DE").ok());
        assert_eq!(carriers[0].phone.as_deref(), Some("18002255345"));
        assert_eq!(carriers[0].tracking_page, None);
        assert_eq!(carriers[1].code.as_str(), "dhl-paket");
        assert_eq!((&carriers[1].name, carriers[1].country), (&None, None));
    }

    #[test]
    fn a_list_without_any_carrier_is_no_list() {
        let nothing = list(&json!([])).unwrap_err();
        assert!(matches!(nothing, Error::NothingReturned { .. }));
        for wrong in [json!([7]), json!("carriers"), json!({"dhl": "DHL"})] {
            assert!(matches!(list(&wrong), Err(Error::Undecodable { .. })));
        }
    }

    #[test]
    fn candidates_come_in_a_list_an_object_or_alone() {
        let dhl = json!({"code": "dhl", "name": "DHL"});
        for data in [json!([dhl]), json!({"0": dhl}), dhl.clone()] {
            assert_eq!(codes(&detected(Ok(data)).unwrap()), ["dhl"]);
        }
        let unusable = json!([{"name": "DHL"}, {"code": ""}, dhl]);
        assert_eq!(codes(&detected(Ok(unusable)).unwrap()), ["dhl"]);
    }

    #[test]
    fn that_no_carrier_fits_is_an_answer() {
        let refused = |code| {
            Err(Error::Refused {
                call: Call::Detect,
                code,
                message: None,
            })
        };
        for nothing in [
            Ok(json!([])),
            Ok(json!(null)),
            refused(Code::CarrierNotDetected),
            refused(Code::NoContent),
        ] {
            assert_eq!(detected(nothing), Ok(Vec::new()));
        }
        assert!(detected(refused(Code::QuotaTooLow)).is_err());
        assert!(detected(Ok(json!("dhl"))).is_err());
    }
}
