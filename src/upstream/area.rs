//! Places that couriers charge extra for.

use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::reader::{Fields, is_nothing};
use super::request::Body;
use super::rows::Row;
use super::{Call, Error};
use crate::model::{Area, Country, CountryCode, Remoteness};

/// Asks which couriers call the areas remote.
pub(super) fn question(areas: &[Area]) -> Value {
    areas
        .iter()
        .map(|area| {
            let body = Body::default()
                .country("country", Some(area.country))
                .text("postcode", Some(&area.postcode))
                .text("company", area.courier.as_deref());
            Value::from(body)
        })
        .collect()
}

/// Finds the couriers of each area. The service answers a row for each area and courier, and none has an index.
pub(super) fn answer(areas: &[Area], data: Result<Value, Error>) -> Result<Vec<Remoteness>, Error> {
    let data = or_nothing(data)?;
    let found = found(&data)?;
    let remoteness = areas.iter().map(|area| {
        let mut couriers = Vec::new();
        for row in found.iter().filter(|row| row.is_about(area, areas)) {
            if !couriers.contains(&row.courier) {
                couriers.push(row.courier.clone());
            }
        }
        Remoteness { couriers }
    });
    Ok(remoteness.collect())
}

/// The rows that can be read; one that cannot be says nothing of any area.
fn found(data: &Value) -> Result<Vec<Found>, Error> {
    let call = Call::RemoteAreas;
    if is_nothing(data) {
        return Ok(Vec::new());
    }
    let object = data.as_object().ok_or_else(|| odd_data(call, data))?;
    let fields = Fields::new(object);
    // Taking this for "none is remote" would be a promise about money.
    if !fields.has("remote") && !fields.has("other") {
        return Err(Error::undecodable(call, "`data` has no `remote`"));
    }
    let rows = fields.rows("remote", "far_express_company");
    let rows = rows.map_err(|mismatch| Error::undecodable(call, mismatch))?;
    Ok(rows.into_iter().filter_map(Found::read).collect())
}

/// A row: a courier and a place that it calls remote.
struct Found {
    courier: String,
    country: Option<CountryCode>,
    postcode: String,
}

impl Found {
    fn read((_, row): Row<'_>) -> Option<Self> {
        let fields = Fields::new(row.as_object()?);
        Some(Self {
            courier: fields.text("far_express_company")?.to_lowercase(),
            country: country(fields),
            postcode: folded(&fields.text("far_city_postcode")?),
        })
    }

    fn is_about(&self, area: &Area, areas: &[Area]) -> bool {
        let has_postcode = |area: &&Area| folded(&area.postcode) == self.postcode;
        let is_place = has_postcode(&area)
            && match self.country {
                Some(country) => country == area.country,
                // A name that leaves doubts will do where only one country has been asked about with this postcode.
                None => areas
                    .iter()
                    .filter(has_postcode)
                    .all(|other| other.country == area.country),
            };
        is_place && self.is_of(area.courier.as_deref())
    }

    /// The service may write a courier with more words, or fewer, than it was asked with.
    fn is_of(&self, asked: Option<&str>) -> bool {
        let asked = asked.map(folded).filter(|asked| !asked.is_empty());
        asked.is_none_or(|asked| {
            self.courier.starts_with(&asked) || asked.starts_with(&self.courier)
        })
    }
}

fn country(fields: Fields<'_>) -> Option<CountryCode> {
    let code = |text: &String| CountryCode::parse(text).ok();
    let name = fields.text("far_country");
    fields
        .text("two_code")
        .as_ref()
        .and_then(code)
        .or_else(|| name.as_ref().and_then(code))
        .or_else(|| Country::named(name.as_deref()?)?.code())
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn area(country: &str, postcode: &str, courier: Option<&str>) -> Area {
        Area {
            country: CountryCode::parse(country).unwrap(),
            postcode: postcode.to_owned(),
            courier: courier.map(str::to_owned),
        }
    }

    fn row(courier: &str, code: &str, country: &str, postcode: &str) -> Value {
        json!({"far_express_company": courier, "two_code": code, "far_country": country, "far_city_postcode": postcode})
    }

    fn couriers(areas: &[Area], data: Value) -> Vec<String> {
        let found = answer(areas, Ok(data)).unwrap();
        found
            .iter()
            .map(|remoteness| remoteness.couriers.join(" "))
            .collect()
    }

    #[test]
    fn rows_are_found_by_country_and_postcode_in_any_case() {
        let areas = [
            area("NZ", " papaaroha", None),
            area("JP", "7621094", None),
            area("JP", "1000001", None),
        ];
        let rows = json!({"remote": [
            row("UPS", "JP", "Japan", "7621094"),
            row("tnt", "jp", "Japan", "7621094"),
            row("ups", "JP", "Japan", "7621094"),
            row("tnt", "", "NZ", "Papaaroha"),
        ]});
        assert_eq!(couriers(&areas, rows), ["tnt", "ups tnt", ""]);
    }

    #[test]
    fn a_country_in_doubt_counts_where_the_postcode_leaves_none() {
        let rows = json!({"remote": [row("ups", "", "Nippon-koku", "7621094")]});
        let one = [area("JP", "7621094", None)];
        assert_eq!(couriers(&one, rows.clone()), ["ups"]);
        let two = [area("JP", "7621094", None), area("NZ", "7621094", None)];
        assert_eq!(couriers(&two, rows), ["", ""]);
    }

    #[test]
    fn who_asks_about_one_courier_hears_of_no_other() {
        let areas = [
            area("JP", "7621094", Some("DHL")),
            area("JP", "7621094", Some("ups")),
        ];
        let rows = json!({"remote": [
            row("dhl-express", "JP", "Japan", "7621094"),
            row("tnt", "JP", "Japan", "7621094"),
        ]});
        assert_eq!(couriers(&areas, rows), ["dhl-express", ""]);
    }

    #[test]
    fn a_bad_row_spoils_only_itself_and_a_gap_makes_a_list_an_object() {
        let areas = [area("JP", "7621094", None)];
        let rows = json!({"3": row("ups", "JP", "Japan", "7621094"), "5": 7, "6": {"far_express_company": []}});
        assert_eq!(couriers(&areas, json!({ "remote": rows })), ["ups"]);
    }

    #[test]
    fn an_answer_without_its_list_is_not_taken_for_an_empty_one() {
        let areas = [area("JP", "7621094", None)];
        for nothing in [
            json!([]),
            json!(null),
            json!({"remote": []}),
            json!({"remote": null}),
            json!({"other": [{}]}),
        ] {
            assert_eq!(couriers(&areas, nothing), [""]);
        }
        for wrong in [
            json!({"submitted": 1}),
            json!({"remote": 7}),
            json!([1]),
            json!("none"),
        ] {
            let refusal = answer(&areas, Ok(wrong)).unwrap_err();
            assert!(matches!(refusal, Error::Undecodable { .. }));
        }
    }
}
