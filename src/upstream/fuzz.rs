//! Reads bytes as answers that no call got.

use super::batch::outcomes;
use super::exchange::Answer;
use super::{
    ApiKey, Call, Page, account, air_cargo, area, carrier, envelope, status_count, tracking,
    transit,
};
use crate::model::{
    AirWaybillNumber, Area, CarrierCode, CountryCode, Tracking, TrackingKey, TransitLane,
};

/// Reads a body as the answer to each call that there is, and gives the trackings that were found.
pub(crate) fn read_as_everything(body: &[u8]) -> Vec<Tracking> {
    let key = ApiKey::parse("secret").expect("it is a key");
    let answer = Answer {
        status: 200,
        retry_after: None,
        date: None,
        body: body.to_vec(),
    };
    let mut found = Vec::new();
    // What is no envelope is none for all of them.
    if envelope::open(Call::List, &key, &answer).is_err() {
        return found;
    }
    for call in Call::ALL {
        let envelope = envelope::open(*call, &key, &answer);
        if let Call::CreateBatch | Call::UpdateBatch | Call::DeleteBatch | Call::StopUpdating = call
        {
            let parcel = parcel();
            _ = envelope.and_then(|envelope| outcomes(*call, &key, &[&parcel], envelope));
            continue;
        }
        let data = envelope.and_then(|envelope| envelope.data_of_success(*call));
        match call {
            Call::List | Call::Realtime => {
                let page = Page::read(*call, data).unwrap_or_default();
                found.extend(page.items.into_iter().flatten());
            }
            Call::Single | Call::Create | Call::Update => {
                found.extend(data.and_then(|data| tracking::single(*call, &data)));
            }
            Call::Account => _ = data.and_then(|data| account::read(&data)),
            Call::StatusCounts => _ = status_count::read(data),
            Call::RemoteAreas => _ = area::answer(&areas(), data),
            Call::TransitTimes => _ = transit::answer(&lanes(), data),
            Call::AirWaybills => _ = air_cargo::answer(&waybills(), data),
            Call::Carriers => _ = data.and_then(|data| carrier::list(&data)),
            Call::Detect => _ = carrier::detected(data),
            _ => {}
        }
    }
    found
}

fn parcel() -> TrackingKey {
    TrackingKey::parse("china-ems", "LK894734223CN").expect("it is a key")
}

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).expect("it is a country")
}

/// The areas of the documented answer.
pub(super) fn areas() -> [Area; 2] {
    [("JP", "7621094"), ("NZ", "Papaaroha")].map(|(code, postcode)| Area {
        country: country(code),
        postcode: postcode.to_owned(),
        courier: None,
    })
}

/// The lanes of the documented answer.
pub(super) fn lanes() -> [TransitLane; 2] {
    ["US", "RU"].map(|destination| TransitLane {
        carrier: CarrierCode::parse("dhl").expect("it is a carrier"),
        origin: country("CN"),
        destination: country(destination),
    })
}

/// The waybill of the documented answer, and another.
pub(super) fn waybills() -> [AirWaybillNumber; 2] {
    ["172-28891936", "999-12345678"]
        .map(|number| AirWaybillNumber::parse(number).expect("it is a waybill"))
}
