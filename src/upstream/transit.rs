//! How long carriers take from one country to another.

use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::reader::Fields;
use super::request::Body;
use super::rows::rows;
use super::{Call, Error};
use crate::model::{CarrierCode, Country, CountryCode, TransitLane, TransitTime};

/// Asks how long carriers take on the lanes.
pub(super) fn question(lanes: &[TransitLane]) -> Value {
    lanes
        .iter()
        .map(|lane| {
            let body = Body::default()
                .text("carrier_code", Some(lane.carrier.as_str()))
                .country("original", Some(lane.origin))
                .country("destination", Some(lane.destination));
            Value::from(body)
        })
        .collect()
}

/// Finds what the answer says of each lane. Whether it is a list or an object is not documented.
pub(super) fn answer(
    lanes: &[TransitLane],
    data: Result<Value, Error>,
) -> Result<Vec<Option<TransitTime>>, Error> {
    let data = or_nothing(data)?;
    let rows = rows(&data, "carrier_code").ok_or_else(|| odd_data(Call::TransitTimes, &data))?;
    let read: Vec<(TransitLane, TransitTime)> = rows
        .into_iter()
        .filter_map(|(_, row)| {
            let fields = Fields::new(row.as_object()?);
            Some((lane(fields)?, transit_time(fields)?))
        })
        .collect();
    let times = lanes.iter().map(|asked| {
        let (_, time) = read.iter().find(|(lane, _)| lane == asked)?;
        Some(time.clone())
    });
    Ok(times.collect())
}

fn lane(fields: Fields<'_>) -> Option<TransitLane> {
    Some(TransitLane {
        carrier: CarrierCode::parse(&fields.text("carrier_code")?).ok()?,
        origin: country(fields, "original")?,
        destination: country(fields, "destination")?,
    })
}

fn country(fields: Fields<'_>, field: &str) -> Option<CountryCode> {
    let text = fields.text(field)?;
    let code = CountryCode::parse(&text).ok();
    code.or_else(|| Country::named(&text)?.code())
}

/// A row that gives no figure says nothing.
fn transit_time(fields: Fields<'_>) -> Option<TransitTime> {
    let unit = Unit::of(fields);
    let share = |field| unit.share(fields, field);
    let time = TransitTime {
        parcels: fields.number("total"),
        delivered: fields.number("delivered"),
        days_0_to_7: share(RANGES[0]),
        days_7_to_15: share(RANGES[1]),
        days_16_to_30: share(RANGES[2]),
        days_31_to_60: share(RANGES[3]),
        days_over_60: share(RANGES[4]),
    };
    (time != TransitTime::default()).then_some(time)
}

/// There is no `range2`.
const RANGES: [&str; 5] = ["range1", "range3", "range4", "range5", "range6"];

/// In which unit a row writes bare numbers. A share above 1 can only be percent, and then its neighbours are, too: a 1
/// among them is one percent and not everything.
#[derive(Clone, Copy)]
enum Unit {
    Whole,
    Percent,
}

impl Unit {
    fn of(fields: Fields<'_>) -> Self {
        let is_percent = |field: &&str| fields.decimal(field).is_some_and(|share| share > 1.0);
        if RANGES.iter().any(is_percent) {
            Self::Percent
        } else {
            Self::Whole
        }
    }

    fn share(self, fields: Fields<'_>, field: &str) -> Option<f64> {
        let text = fields.text(field);
        let percent = text.as_deref().and_then(|text| text.strip_suffix('%'));
        let share = match (percent, self) {
            (Some(percent), _) => percent.trim().parse::<f64>().ok()? / 100.0,
            (None, Self::Percent) => fields.decimal(field)? / 100.0,
            (None, Self::Whole) => fields.decimal(field)?,
        };
        (0.0..=1.0).contains(&share).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lanes() -> [TransitLane; 2] {
        ["US", "RU"].map(|destination| TransitLane {
            carrier: CarrierCode::parse("dhl").unwrap(),
            origin: CountryCode::parse("CN").unwrap(),
            destination: CountryCode::parse(destination).unwrap(),
        })
    }

    fn row(destination: &str, first: Value, last: Value) -> Value {
        json!({"carrier_code": "DHL", "original": "cn", "destination": destination, "range1": first, "range6": last})
    }

    fn read(data: Value) -> Vec<Option<TransitTime>> {
        answer(&lanes(), Ok(data)).unwrap()
    }

    #[test]
    fn shares_are_written_in_four_ways() {
        for (first, last, shares) in [
            (json!(0.62), json!(0.01), (Some(0.62), Some(0.01))),
            (json!("0.62"), json!("0"), (Some(0.62), Some(0.0))),
            (json!("62%"), json!("1 %"), (Some(0.62), Some(0.01))),
            (json!(62), json!(1), (Some(0.62), Some(0.01))),
            (json!("62"), json!(0.5), (Some(0.62), Some(0.005))),
            (json!(1), json!(0), (Some(1.0), Some(0.0))),
            (json!(120), json!("200%"), (None, None)),
            (json!(-0.1), json!("many"), (None, None)),
            (json!({}), json!([]), (None, None)),
        ] {
            let mut row = row("US", first.clone(), last);
            row["total"] = json!("1200");
            let time = read(json!([row]))[0].clone().unwrap();
            assert_eq!((time.days_0_to_7, time.days_over_60), shares, "{first}");
            assert_eq!(time.parcels, Some(1200));
        }
    }

    #[test]
    fn lanes_are_found_in_lists_in_objects_and_alone() {
        let (us, ru) = (
            row("US", json!(0.5), json!(null)),
            row("RU", json!(0.25), json!(null)),
        );
        for data in [
            json!([ru, us]),
            json!({"7": ru, "2": us}),
            json!({"dhl_CN_RU": ru, "dhl_CN_US": us}),
        ] {
            let shares: Vec<Option<f64>> = read(data)
                .into_iter()
                .map(|time| time.unwrap().days_0_to_7)
                .collect();
            assert_eq!(shares, [Some(0.5), Some(0.25)]);
        }
        let alone = read(ru);
        assert!(alone[0].is_none() && alone[1].is_some());
    }

    #[test]
    fn a_lane_of_which_nothing_is_said_is_none() {
        for nothing in [
            json!([]),
            json!({}),
            json!(null),
            json!([7, null, {"carrier_code": "dhl"}]),
            json!([row("US", json!(null), json!(""))]),
        ] {
            assert_eq!(read(nothing), [None, None]);
        }
        let refusal = answer(&lanes(), Ok(json!("soon"))).unwrap_err();
        assert!(matches!(refusal, Error::Undecodable { .. }));
    }
}
