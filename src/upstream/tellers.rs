//! Readers of payloads that tell in a line what they read, for tables of expectations.

use serde_json::Value;

use super::batch::outcomes;
use super::fixture_tests::{answer, key_of_tests, open};
use super::{
    Call, Code, Page, RowOutcome, account, air_cargo, area, carrier, envelope, status_count,
    tracking, transit,
};
use crate::model::{
    Account, AirWaybillNumber, Area, CarrierCode, CountryCode, LocalTime, Tracking, TrackingKey,
    TransitLane,
};

fn data(call: Call, body: &str) -> Value {
    open(call, body.as_bytes()).unwrap()
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<String>>().join(", ")
}

fn in_a_line(tracking: &Tracking) -> String {
    let [origin, destination] = [&tracking.origin, &tracking.destination]
        .map(|leg| leg.as_ref().map_or(0, |leg| leg.checkpoints.len()));
    let (key, status) = (&tracking.key, tracking.status.as_str());
    format!("{key} {status}, {origin} and {destination} events")
}

pub(super) fn one(body: &str) -> String {
    in_a_line(&tracking::single(Call::Single, &data(Call::Single, body)).unwrap())
}

pub(super) fn page(body: &str) -> String {
    let page = Page::read(Call::List, open(Call::List, body.as_bytes())).unwrap();
    let items = page
        .items
        .iter()
        .map(|item| in_a_line(item.as_ref().unwrap()));
    let total = page.total.map(|total| format!("of {total}"));
    items.chain(total).collect::<Vec<String>>().join("; ")
}

pub(super) fn refused(body: &str) -> String {
    let refusal = open(Call::Single, body.as_bytes()).unwrap_err();
    refusal.upstream_code().unwrap().to_string()
}

pub(super) fn nothing(body: &str) -> String {
    data(Call::Delete, body).to_string()
}

fn rows(call: Call, keys: &[(&str, &str)], body: &str) -> String {
    let keys: Vec<TrackingKey> = keys
        .iter()
        .map(|(carrier, number)| TrackingKey::parse(carrier, number).unwrap())
        .collect();
    let keys: Vec<&TrackingKey> = keys.iter().collect();
    let key = key_of_tests();
    let envelope = envelope::open(call, &key, &answer(body.as_bytes())).unwrap();
    let outcomes = outcomes(call, &key, &keys, envelope).unwrap();
    joined(outcomes.iter().map(|outcome| match outcome {
        RowOutcome::Done(Some(told)) => told.status.as_str().to_owned(),
        RowOutcome::Done(None) => "done".to_owned(),
        RowOutcome::Refused { code, message } => {
            assert!(*code != Code::Other(0) && message.is_some());
            code.to_string()
        }
        RowOutcome::Unaccounted => "unaccounted".to_owned(),
    }))
}

pub(super) fn created(body: &str) -> String {
    let keys = [
        ("singapore-post", "RP893531375SG"),
        ("china-ems", "LK894734223CN"),
        ("china-ems", "12345"),
        ("no-such-carrier", "83041096445"),
    ];
    rows(Call::CreateBatch, &keys, body)
}

pub(super) fn updated(body: &str) -> String {
    let keys = [("singapore-post", "RP893531375SG")];
    rows(Call::UpdateBatch, &keys, body)
}

pub(super) fn deleted(body: &str) -> String {
    let keys = [("ups", "1Z97X17XYW06605211"), ("wishpost", "83041096445")];
    rows(Call::DeleteBatch, &keys, body)
}

pub(super) fn stopped(body: &str) -> String {
    let keys = [
        ("singapore-post", "RP893531375SG"),
        ("china-ems", "LK894734223CN"),
    ];
    rows(Call::StopUpdating, &keys, body)
}

pub(super) fn owner(body: &str) -> String {
    let Account {
        email,
        registered_at,
        phone,
        balance,
        trackings_left,
    } = account::read(&data(Call::Account, body)).unwrap();
    format!(
        "{} since {}, {}, {}, {}",
        email.unwrap(),
        registered_at.unwrap(),
        phone.unwrap(),
        balance.unwrap(),
        trackings_left.unwrap()
    )
}

pub(super) fn counts(body: &str) -> String {
    let counts = status_count::read(open(Call::StatusCounts, body.as_bytes())).unwrap();
    joined(
        counts
            .counts
            .iter()
            .map(|(status, count)| format!("{} {count}", status.as_str())),
    )
}

fn country(code: &str) -> CountryCode {
    CountryCode::parse(code).unwrap()
}

pub(super) fn remote(body: &str) -> String {
    let places = [("JP", "7621094"), ("NZ", "papaaroha"), ("NZ", "7621094")];
    let areas = places.map(|(code, postcode)| Area {
        country: country(code),
        postcode: postcode.to_owned(),
        courier: None,
    });
    let found = area::answer(&areas, open(Call::RemoteAreas, body.as_bytes())).unwrap();
    joined(found.iter().flatten().map(|area| area.couriers.join(" ")))
}

pub(super) fn times(body: &str) -> String {
    let lanes = ["US", "RU", "DE"].map(|destination| TransitLane {
        carrier: CarrierCode::parse("dhl").unwrap(),
        origin: country("CN"),
        destination: country(destination),
    });
    let times = transit::answer(&lanes, open(Call::TransitTimes, body.as_bytes())).unwrap();
    joined(times.iter().map(|time| {
        let Some(time) = time else {
            return "none".to_owned();
        };
        let shares = [
            time.days_0_to_7,
            time.days_7_to_15,
            time.days_16_to_30,
            time.days_31_to_60,
            time.days_over_60,
        ]
        .map(|share| share.unwrap().to_string());
        let (delivered, parcels) = (time.delivered.unwrap(), time.parcels.unwrap());
        format!("{delivered} of {parcels}: {}", shares.join(" "))
    }))
}

pub(super) fn waybill(body: &str) -> String {
    let numbers = [AirWaybillNumber::parse("172-28891936").unwrap()];
    let found = air_cargo::answer(&numbers, open(Call::AirWaybills, body.as_bytes())).unwrap();
    let [Ok(Some(waybill))] = &found[..] else {
        return "nothing known".to_owned();
    };
    let flight = &waybill.flights[0];
    let airline = waybill.airline.as_ref().unwrap();
    assert!(airline.homepage.is_some() && airline.tracking_page.is_some());
    assert_eq!(waybill.events[3].planned, None);
    assert_eq!(waybill.events[0].pieces, Some(2));
    format!(
        "{}, {} pieces {}-{} by {}, state {}, {} events, {} from {} at {}, via {}",
        waybill.weight.as_deref().unwrap(),
        waybill.pieces.unwrap(),
        waybill.origin.as_deref().unwrap(),
        waybill.destination.as_deref().unwrap(),
        airline.name.as_deref().unwrap(),
        waybill.status_number.as_deref().unwrap(),
        waybill.events.len(),
        flight.number.as_deref().unwrap(),
        flight.origin.as_deref().unwrap(),
        flight
            .departure
            .as_ref()
            .map(LocalTime::as_written)
            .unwrap(),
        waybill.stations.join(" "),
    )
}

pub(super) fn carriers(body: &str) -> String {
    let carriers = carrier::list(&data(Call::Carriers, body)).unwrap();
    joined(carriers.iter().map(|carrier| {
        format!(
            "{} {} {} {} {:?} {} {}",
            carrier.name.as_deref().unwrap(),
            carrier.code,
            carrier.phone.as_deref().unwrap(),
            carrier.homepage.as_deref().unwrap(),
            carrier.kind.as_ref().unwrap(),
            carrier.picture.as_deref().unwrap(),
            carrier.chinese_name.as_deref().unwrap_or("-"),
        )
    }))
}

pub(super) fn detected(body: &str) -> String {
    let found = carrier::detected(open(Call::Detect, body.as_bytes())).unwrap();
    joined(
        found
            .iter()
            .map(|carrier| format!("{} {}", carrier.code, carrier.name.as_deref().unwrap())),
    )
}
