//! Every documented answer, read as it is, and a count that none is forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fixture_tests::{fixture, fixtures};
use super::refusal_tests::REFUSALS;
use super::request_tests::REQUESTS;
use super::tellers::*;
use super::tracking;
use crate::model::Tracking;

/// Tells in a line what was read of a payload.
pub(super) type Teller = fn(&str) -> String;

/// Each answer, who reads it, and what he reads.
pub(super) const ANSWERS: [(&str, Teller, &str); 32] = [
    (
        "trackings_post.201.json",
        one,
        "300403513351 of 4px pending, 0 and 0 events",
    ),
    (
        "trackings_post.200.minimal.json",
        one,
        "300403513351 of 4px pending, 0 and 0 events",
    ),
    (
        "trackings_single.200.json",
        one,
        "300403513351 of 4px delivered, 4 and 0 events",
    ),
    ("trackings_single.4031.json", refused, "4031"),
    ("trackings_single.4017.json", refused, "4017"),
    (
        "trackings_single.pending.200.json",
        one,
        "RN123456789CN of china-post pending, 0 and 0 events",
    ),
    (
        "trackings_put.200.json",
        one,
        "402934299065 of sto exception, 0 and 0 events",
    ),
    ("trackings_delete_single.200.json", nothing, "[]"),
    (
        "trackings_batch.201.json",
        created,
        "pending, pending, unaccounted, unaccounted",
    ),
    (
        "trackings_batch.partial.201.json",
        created,
        "pending, 4016, unaccounted, 4015",
    ),
    (
        "trackings_batch.all_failed.201.json",
        created,
        "unaccounted, 4016, unaccounted, unaccounted",
    ),
    (
        "trackings_get.200.json",
        page,
        "RR050349575PH of phlpost delivered, 1 and 2 events; of 56",
    ),
    ("trackings_get.empty.200.json", page, "of 0"),
    ("trackings_get.4031.json", page, "of 0"),
    ("trackings_updatemore.200.json", updated, "done"),
    ("trackings_delete.200.json", deleted, "done, done"),
    (
        "trackings_realtime.200.json",
        page,
        "LS912989618CN of china-ems transit, 3 and 7 events",
    ),
    (
        "trackings_realtime.notfound.200.json",
        page,
        "LS000000000CN of china-ems notfound, 0 and 0 events",
    ),
    ("trackings_realtime.empty.200.json", page, ""),
    ("trackings_update.200.json", nothing, r#"{"Usertag":""}"#),
    (
        "trackings_getuserinfo.200.json",
        owner,
        "user@example.com since 2016-07-21T10:34:50Z, +8612345678910, 999, 9999",
    ),
    (
        "trackings_getstatusnumber.200.json",
        counts,
        "pending 2, notfound 5, transit 31, pickup 4, delivered 120, undelivered 1, exception 3, expired 0",
    ),
    ("trackings_notupdate.200.json", stopped, "done, done"),
    ("trackings_remote.200.json", remote, "ups tnt, tnt, "),
    (
        "trackings_costtime.200.json",
        times,
        "1140 of 1200: 0.62 0.27 0.07 0.03 0.01, 289 of 340: 0.31 0.44 0.17 0.06 0.02, none",
    ),
    (
        "trackings_aircargo.200.json",
        waybill,
        "260K, 2 pieces LUX-PVG by Cargolux Airlines, state 4, 4 events, CV7306 from LUX at 2018-05-09 20:32, via LUX PVG",
    ),
    (
        "trackings_aircargo.no_flights.200.json",
        waybill,
        "nothing known",
    ),
    (
        "carriers.200.json",
        carriers,
        "DHL dhl 1 800 225 5345 https://www.dhl.com/ Express https://cdn.trackingmore.com/images/icons/express/dhl.png -, \
        China post china-post 86 20 11185 https://intmail.183.com.cn/ Post https://cdn.trackingmore.com/images/icons/express/companylogo/3010.jpg -, \
        Singapore Post singapore-post 0065 / 6841 2000 http://www.singpost.com/ Post https://cdn.trackingmore.com/images/icons/express/companylogo/19130.jpg 新加坡邮政(小包)",
    ),
    (
        "carriers_detect.200.json",
        detected,
        "china-post China post",
    ),
    ("carriers_detect.4032.json", detected, ""),
    (
        "webhook.transit.json",
        one,
        "LS912989618CN of china-ems transit, 3 and 7 events",
    ),
    (
        "webhook.bad_signature.json",
        one,
        "LS912989618CN of china-ems transit, 3 and 7 events",
    ),
];

/// Files that hold no answer: read by other tests, or for people.
const OTHERS: [&str; 3] = [
    "README.md",
    "errors/error.non_json.html",
    "webhook.signature_vectors.json",
];

#[test]
fn every_answer_is_read_as_its_description_says() {
    for (name, teller, told) in ANSWERS {
        assert_eq!(teller(&fixture(name)), told, "{name}");
    }
}

#[test]
fn no_example_is_forgotten() {
    let mut known: BTreeSet<String> = OTHERS.iter().map(ToString::to_string).collect();
    known.extend(ANSWERS.map(|(name, ..)| name.to_owned()));
    known.extend(REQUESTS.map(|(name, _)| format!("requests/{name}.json")));
    known.extend(REFUSALS.map(|(number, ..)| format!("errors/error.{number}.json")));
    let found: BTreeSet<String> = files(&fixtures())
        .iter()
        .map(|path| path.strip_prefix(fixtures()).unwrap().display().to_string())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn the_description_names_every_example() {
    let description = fixture("README.md");
    for path in files(&fixtures()) {
        let name = path.strip_prefix(fixtures()).unwrap().display().to_string();
        let is_described = name == "README.md"
            || name.starts_with("errors/error.") && name.ends_with(".json")
            || description.contains(&format!("`{name}`"));
        assert!(is_described, "{name}");
    }
}

#[test]
fn every_tracking_of_the_examples_comes_back_from_a_store_as_it_was() {
    let json = files(&fixtures());
    let json = json
        .iter()
        .filter(|path| path.extension() == Some("json".as_ref()));
    let mut stored = 0;
    for path in json {
        let example = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for tracking in trackings_in(&example) {
            let text = serde_json::to_string(&tracking).unwrap();
            assert_eq!(serde_json::from_str::<Tracking>(&text).unwrap(), tracking);
            stored += 1;
        }
    }
    assert!(stored >= 20, "{stored}");
}

/// Whatever in there can be read as a tracking, however deep.
fn trackings_in(example: &Value) -> Vec<Tracking> {
    let within: Vec<&Value> = match example {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    let named = tracking::named(example);
    let read = named.and_then(|(key, fields)| tracking::tracking(key, fields).ok());
    let within = within.into_iter().flat_map(trackings_in);
    read.into_iter().chain(within).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files
}
