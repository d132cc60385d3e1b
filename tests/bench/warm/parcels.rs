//! The account's parcels: any number of them, each with a journey over two couriers, and all answers about them of the same length.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// Above all numbers of parcels that are known before they are asked for.
pub const STRANGERS: usize = 10_000_000;

/// Status, finer state, words and place of what happened, newest first.
type Event = (&'static str, &'static str, &'static str, &'static str);

const ORIGIN: [Event; 6] = [
    (
        "transit",
        "transit004",
        "Departed from airport of origin",
        "Hong Kong",
    ),
    (
        "transit",
        "transit003",
        "Handed over to the airline",
        "Hong Kong",
    ),
    (
        "transit",
        "transit007",
        "出口海关放行 / export customs cleared",
        "Shenzhen",
    ),
    (
        "transit",
        "transit001",
        "Departed from sorting centre",
        "Shenzhen",
    ),
    (
        "transit",
        "transit001",
        "Arrived at sorting centre",
        "Dongguan",
    ),
    (
        "transit",
        "transit001",
        "Shipment picked up",
        "Dongguan, Guangdong",
    ),
];

const DESTINATION: [Event; 5] = [
    (
        "delivered",
        "delivered001",
        "Delivered: left \"at the front door\"",
        "Hamburg",
    ),
    ("pickup", "pickup001", "Out for delivery", "Hamburg"),
    ("transit", "transit001", "Arrived at depot", "Hamburg"),
    ("transit", "transit005", "Customs cleared", "Leipzig/Halle"),
    (
        "transit",
        "transit005",
        "Arrived in the country of destination",
        "Leipzig/Halle",
    ),
];

/// The number on the parcel.
pub fn number(parcel: usize) -> String {
    format!("WB{parcel:010}")
}

/// Which parcel has this number.
pub fn of_number(number: &str) -> Option<usize> {
    number.strip_prefix("WB")?.parse().ok()
}

/// Its carrier. All codes have the same length.
pub fn carrier(parcel: usize) -> &'static str {
    ["china-ems", "hong-kong", "singapore", "dpd-polen"][parcel % 4]
}

/// What the account's list tells of it.
pub fn listed(parcel: usize) -> String {
    let number = number(parcel);
    let carrier = carrier(parcel);
    let [newest, oldest] = [time(parcel, 11), time(parcel, 1)];
    let item: Value = json!({
        "id": format!("{parcel:032x}"), "tracking_number": number, "carrier_code": carrier,
        "status": "delivered", "substatus": "delivered001", "track_update": false,
        "created_at": "2026-11-01T06:30:02+00:00", "updated_at": "2026-11-20T06:30:02+00:00",
        "order_create_time": "2026-11-01 05:12", "customer_email": ["shopper@example.com"], "customer_name": "Sam Shopper",
        "title": "Two mugs", "order_id": format!("ORDER-{parcel}"), "comment": null, "archived": false,
        "original_country": "China", "destination_country": "Germany", "itemTimeLength": 11, "stayTimeLength": 1,
        "service_code": "", "status_info": null,
        "origin_info": {
            "ItemReceived": oldest, "ItemDispatched": null, "DepartfromAirport": time(parcel, 6), "ArrivalfromAbroad": null,
            "CustomsClearance": null, "DestinationArrived": null, "weblink": "http://www.example.com/", "phone": "95338",
            "carrier_code": carrier, "trackinfo": happened(parcel, &ORIGIN, ORIGIN.len()),
        },
        "destination_info": {
            "ItemReceived": null, "weblink": "https://www.dhl.de/", "phone": "0228 4333112", "carrier_code": "dhl-germany",
            "trackinfo": happened(parcel, &DESTINATION, ORIGIN.len() + DESTINATION.len()),
        },
        "lastEvent": format!("{},{},{newest}", DESTINATION[0].2, DESTINATION[0].3), "lastUpdateTime": newest,
    });
    item.to_string()
}

/// A page of the list.
pub fn page(parcels: impl Iterator<Item = usize>) -> String {
    let mut items = String::new();
    let mut total = 0;
    for parcel in parcels {
        let comma = if total == 0 { "" } else { "," };
        write!(items, "{comma}{}", listed(parcel)).unwrap();
        total += 1;
    }
    format!(
        r#"{{"meta":{{"code":200,"type":"Success","message":"Success"}},"data":{{"page":1,"limit":40,"total":"{total}","items":[{items}]}}}}"#
    )
}

fn happened(parcel: usize, events: &[Event], newest: usize) -> Vec<Value> {
    let rows = events.iter().enumerate();
    rows.map(|(place, (status, substatus, words, town))| {
        json!({
            "Date": time(parcel, newest - place), "StatusDescription": words, "Details": town,
            "checkpoint_status": status, "substatus": substatus,
        })
    })
    .collect()
}

/// When the parcel was at that step of its journey.
fn time(parcel: usize, step: usize) -> String {
    format!(
        "2026-11-{:02} {:02}:{:02}",
        step + 2,
        9 + step % 8,
        parcel % 60
    )
}
