//! From JSON to a leg and its checkpoints.

use serde_json::Value;

use super::reader::{Fields, Mismatch};
use crate::model::{CarrierCode, Checkpoint, Leg, LocalTime, Milestones, Status, Substatus};

/// Reads `origin_info` or `destination_info`. A leg of nothing but nulls, as live answers have them, is no leg.
pub(super) fn leg(tracking: Fields<'_>, field: &'static str) -> Result<Option<Leg>, Mismatch> {
    let Some(fields) = tracking.object(field)? else {
        return Ok(None);
    };
    let rows = fields.list("trackinfo")?;
    // No more room than it takes: an allocator may leave what is only shrunk where it is.
    let mut checkpoints = Vec::with_capacity(rows.len());
    checkpoints.extend(rows.iter().filter_map(checkpoint));
    let leg = Leg {
        carrier: fields
            .text("carrier_code")
            .and_then(|code| CarrierCode::parse(&code).ok()),
        reference_number: fields.kept("ReferenceNumber"),
        weblink: fields.kept("weblink"),
        phone: fields.kept("phone"),
        milestones: milestones(fields).if_any(),
        checkpoints: checkpoints.into(),
    };
    Ok((!leg.is_blank()).then_some(leg))
}

pub(super) fn local_time(fields: Fields<'_>, field: &str) -> Option<LocalTime> {
    LocalTime::parse(&fields.text(field)?)
}

fn milestones(fields: Fields<'_>) -> Milestones {
    Milestones {
        received: local_time(fields, "ItemReceived"),
        dispatched: local_time(fields, "ItemDispatched"),
        departed_airport: local_time(fields, "DepartfromAirport"),
        arrived_abroad: local_time(fields, "ArrivalfromAbroad"),
        customs_clearance: local_time(fields, "CustomsClearance"),
        arrived_destination: local_time(fields, "DestinationArrived"),
    }
}

/// A row that is no object or says nothing is left out; its neighbours stay.
fn checkpoint(row: &Value) -> Option<Checkpoint> {
    let fields = Fields::new(row.as_object()?);
    let checkpoint = Checkpoint {
        time: local_time(fields, "Date"),
        description: fields.kept("StatusDescription"),
        location: fields.kept("Details"),
        status: fields
            .text("checkpoint_status")
            .map(|word| Status::parse(&word)),
        substatus: fields
            .text("substatus")
            .and_then(|word| Substatus::parse(&word)),
        milestone: fields.kept("ItemNode"),
    };
    (checkpoint != Checkpoint::default()).then_some(checkpoint)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origin(value: Value) -> Result<Option<Leg>, Mismatch> {
        leg(
            Fields::new(json!({ "origin_info": value }).as_object().unwrap()),
            "origin_info",
        )
    }

    #[test]
    fn a_leg_of_nulls_is_none_but_a_carrier_alone_is_a_leg() {
        for blank in [
            json!(null),
            json!([]),
            json!({}),
            json!({"phone": null, "trackinfo": null}),
        ] {
            assert_eq!(origin(blank), Ok(None));
        }
        let leg = origin(json!({"carrier_code": "usps", "trackinfo": null}));
        assert_eq!(leg.unwrap().unwrap().carrier.unwrap().as_str(), "usps");
    }

    #[test]
    fn a_bad_checkpoint_spoils_only_itself() {
        let rows = json!([{"Details": "Tel Aviv"}, 7, [], {}, null, {"Date": [], "ItemNode": "ItemReceived"}]);
        let leg = origin(json!({ "trackinfo": rows })).unwrap().unwrap();
        assert_eq!(leg.checkpoints.len(), 2);
        assert_eq!(leg.checkpoints[0].location.as_deref(), Some("Tel Aviv"));
        assert_eq!(
            leg.checkpoints[1].milestone.as_deref(),
            Some("ItemReceived")
        );
    }

    #[test]
    fn a_history_that_is_no_list_is_not_taken_for_an_empty_one() {
        assert!(origin(json!({"trackinfo": {"Date": "2018-04-14"}})).is_err());
        assert!(origin(json!("delivered")).is_err());
    }
}
