//! Parcels that every sandbox has, for examples, tests and demonstrations.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::carriers::Carrier;
use super::clock::later;
use super::countries::Country;
use super::events::Milestone::{self, ArrivalfromAbroad, ItemReceived};
use super::journeys::JOURNEYS;
use super::journeys::Leg::{self, Destination, Origin};
use super::metadata::Metadata;
use super::parcel::Parcel;
use super::script::{Row, Scene, Script, Words};
use super::status::Status;

/// The parcel of the documentation's realtime example (carrier, number): two legs. At the start it is in
/// transit in California; its last two rows come 4 h and 26.5 h later, and there it ends.
pub const SEED: (&str, &str) = ("china-ems", "LS912989618CN");

/// One number that two carriers know, as a list by numbers shows.
pub const TWINS: [(&str, &str); 2] = [
    ("china-ems", "RR123456785CN"),
    ("china-post", "RR123456785CN"),
];

/// A test parcel that travels between two hubs for ever: a checkpoint every 10 simulated minutes, by turns
/// in transit and out for pickup, of which the newest 30 are kept.
pub const SHUTTLE: (&str, &str) = ("dhl", "PG000000000DEMO");

const SHUTTLE_PERIOD_MINUTES: i64 = 10;
const SHUTTLE_ROWS: i64 = 30;
const SHUTTLE_AGE: SignedDuration = SignedDuration::from_hours(10 * 24);

/// All of them, as they are when the sandbox opens.
pub fn landmarks(epoch: Timestamp) -> Vec<Parcel> {
    let mut all = vec![seed(epoch), shuttle(epoch)];
    all.extend(
        TWINS
            .into_iter()
            .zip([0, 2])
            .map(|((code, number), journey)| {
                let carrier = carrier(code);
                let created = later(epoch, SignedDuration::from_hours(-48));
                let way = JOURNEYS[journey];
                let home = Country::find("DE");
                Parcel::travelling(number, carrier, created, way, home, carrier.language)
            }),
    );
    all
}

fn carrier(code: &str) -> &'static Carrier {
    Carrier::find(code).expect("a test finds the carrier of every landmark")
}

/// Minutes from the start, who reports, country of the wall time, milestone, place and text.
type SeedRow = (
    i64,
    Leg,
    &'static str,
    Option<Milestone>,
    &'static str,
    &'static str,
);

// The distances between the wall times are those of the documented example.
#[rustfmt::skip]
const SEED_ROWS: [SeedRow; 10] = [
    (-13_156, Origin, "CN", Some(ItemReceived), "郑州市", "中国邮政速递物流股份有限公司河南省国际速递分公司五已收件(揽投员姓名:,联系电话:)"),
    (-13_156, Destination, "CN", None, "", "Origin Post is Preparing Shipment"),
    (-13_156, Destination, "CN", Some(ItemReceived), "CHINA", "Acceptance"),
    (-13_141, Destination, "CN", None, "ZHENGZHOU EMS,CHINA", "Processed Through Facility"),
    (-12_883, Origin, "CN", None, "郑州市", "离开郑州市 发往旧金山"),
    (-3_054, Origin, "US", Some(ArrivalfromAbroad), "美国", "到达处理中心,来自中国 郑州"),
    (-3_054, Destination, "US", None, "ISC SAN FRANCISCO (USPS)", "Processed Through Facility"),
    (0, Destination, "US", Some(ArrivalfromAbroad), "SAN JOSE CA DISTRIBUTION CENTER", "Arrived at USPS Regional Facility"),
    (240, Destination, "US", None, "", "In Transit to Next Facility"),
    (1_590, Destination, "US", None, "DES MOINES IA NETWORK DISTRIBUTION CENTER", "Arrived at USPS Regional Destination Facility"),
];

// What the Chinese carrier of the seed, whose site is multilingual, says in English.
#[rustfmt::skip]
const SEED_IN_ENGLISH: [(&str, &str); 5] = [
    ("郑州市", "Zhengzhou"),
    ("美国", "United States"),
    ("中国邮政速递物流股份有限公司河南省国际速递分公司五已收件(揽投员姓名:,联系电话:)", "Accepted by China EMS, Henan international branch"),
    ("离开郑州市 发往旧金山", "Left Zhengzhou for San Francisco"),
    ("到达处理中心,来自中国 郑州", "Arrived at processing centre, from Zhengzhou in China"),
];

fn translate(row: &mut Row) {
    let english = |words: &str| {
        let found = SEED_IN_ENGLISH
            .iter()
            .find(|(chinese, _)| *chinese == words);
        found.map(|(_, english)| (*english).to_owned())
    };
    if let (Some(place), Some(text)) = (english(&row.words.place), english(&row.words.text)) {
        row.english = Some(Words { place, text });
    }
}

fn seed(epoch: Timestamp) -> Parcel {
    let scenes = SEED_ROWS.map(|(minutes, leg, iso, node, place, text)| {
        let at = later(epoch, SignedDuration::from_mins(minutes));
        let country = Country::find(iso).expect("the table names known countries");
        let mut scene = scene(at, leg, country, node, place, text, "transit001");
        scene.rows.iter_mut().for_each(translate);
        scene
    });
    let created = later(epoch, SignedDuration::from_hours(-224));
    let metadata = Metadata {
        title: json!(""),
        customer_email: json!("customer@example.com"),
        ..Metadata::default()
    };
    let (code, number) = SEED;
    Parcel::scripted(
        number,
        carrier(code),
        created,
        Script::Scenes(scenes.into()),
    )
    .bound_for("US", Some(carrier("usps")))
    .described(metadata)
}

fn shuttle(epoch: Timestamp) -> Parcel {
    let since = later(epoch, -SHUTTLE_AGE);
    let metadata = Metadata {
        title: json!("Shuttle between two hubs (test parcel)"),
        ..Metadata::default()
    };
    let (code, number) = SHUTTLE;
    Parcel::scripted(number, carrier(code), since, Script::Shuttle(since))
        .bound_for("NL", None)
        .described(metadata)
}

/// The newest rows of the shuttle, oldest first.
pub fn shuttle_scenes(since: Timestamp, now: Timestamp) -> Vec<Scene> {
    let newest = shuttle_turn(since, now);
    let oldest = (newest - SHUTTLE_ROWS + 1).max(0);
    let home = carrier(SHUTTLE.0).country();
    (oldest..=newest)
        .map(|turn| {
            let at = later(
                since,
                SignedDuration::from_mins(turn * SHUTTLE_PERIOD_MINUTES),
            );
            let (place, text, substatus) = match turn % 2 {
                0 => ("Leipzig Hub", "Arrived at hub", "transit002"),
                _ => ("Köln Hub", "Out for delivery to the other hub", "pickup001"),
            };
            scene(at, Leg::Origin, home, None, place, text, substatus)
        })
        .collect()
}

/// When the shuttle's next row comes.
pub fn next_shuttle_scene(since: Timestamp, now: Timestamp) -> Timestamp {
    let turn = shuttle_turn(since, now) + 1;
    later(
        since,
        SignedDuration::from_mins(turn * SHUTTLE_PERIOD_MINUTES),
    )
}

fn shuttle_turn(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since)
        .as_mins()
        .div_euclid(SHUTTLE_PERIOD_MINUTES)
}

fn scene(
    at: Timestamp,
    leg: Leg,
    country: &Country,
    node: Option<Milestone>,
    place: &str,
    text: &str,
    substatus: &'static str,
) -> Scene {
    let word = substatus.trim_end_matches(|end: char| end.is_ascii_digit());
    Scene {
        at,
        status: Status::parse(word).expect("landmarks use substatuses of known statuses"),
        substatus,
        node,
        rows: vec![Row {
            leg,
            local: country.wall_time(at),
            words: Words {
                place: place.to_owned(),
                text: text.to_owned(),
            },
            english: None,
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shuttle_turns_every_ten_minutes_and_keeps_thirty_rows() {
        let epoch = Timestamp::UNIX_EPOCH;
        let mut shuttle = shuttle(epoch);
        assert_eq!(shuttle.state(epoch).0, Status::Transit);
        let soon = later(epoch, SignedDuration::from_mins(10));
        assert_eq!(shuttle.state(soon).0, Status::Pickup);
        assert_eq!(shuttle.script().seen(soon).len(), 30);
        assert_eq!(shuttle.nudge(soon), Some(Status::Transit));
    }

    #[test]
    fn every_chinese_row_of_the_seed_has_its_english() {
        let seed = seed(Timestamp::UNIX_EPOCH);
        let scenes = seed.script().seen(Timestamp::MAX).into_owned();
        let rows = scenes.iter().flat_map(|scene| &scene.rows);
        let origin = rows.filter(|row| row.leg == Origin);
        assert_eq!(origin.filter(|row| row.english.is_some()).count(), 3);
    }

    #[test]
    fn the_seed_ends_in_transit_in_iowa() {
        let seed = seed(Timestamp::UNIX_EPOCH);
        assert_eq!(seed.script().seen(Timestamp::UNIX_EPOCH).len(), 8);
        assert_eq!(seed.state(Timestamp::MAX).0, Status::Transit);
    }
}
