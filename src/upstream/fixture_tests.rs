//! The documented payloads, read as they are.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::exchange::Answer;
use super::{ApiKey, Call, Error, Page, envelope, tracking};
use crate::model::{
    CarrierCode, Checkpoint, Country, Leg, LocalTime, Metadata, Milestones, Order, OrderTime,
    Precision, Status, Text, Tracking, TrackingKey,
};

pub(super) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

pub(super) fn fixture(name: &str) -> String {
    fs::read_to_string(fixtures().join(name)).unwrap()
}

pub(super) fn key_of_tests() -> ApiKey {
    ApiKey::parse("secret").unwrap()
}

pub(super) fn answer(body: &[u8]) -> Answer {
    Answer {
        status: 200,
        retry_after: None,
        date: None,
        body: body.to_vec(),
    }
}

pub(super) fn open(call: Call, body: &[u8]) -> Result<Value, Error> {
    envelope::open(call, &key_of_tests(), &answer(body))?.data_of_success(call)
}

fn single(name: &str) -> Tracking {
    let data = open(Call::Single, fixture(name).as_bytes()).unwrap();
    tracking::single(Call::Single, &data).unwrap()
}

fn page(name: &str) -> Page {
    Page::read(Call::List, open(Call::List, fixture(name).as_bytes())).unwrap()
}

fn text(text: &str) -> Option<Text> {
    Some(text.into())
}

fn checkpoint(time: &str, description: &str, location: Option<&str>) -> Checkpoint {
    Checkpoint {
        time: LocalTime::parse(time),
        description: text(description),
        location: location.map(Text::from),
        status: Some(Status::Transit),
        substatus: None,
        milestone: None,
    }
}

#[test]
fn the_documented_realtime_answer_is_read_completely() {
    let origin = Leg {
        carrier: CarrierCode::parse("china-ems").ok(),
        reference_number: None,
        weblink: text("http://www.ems.com.cn/"),
        phone: text("11183"),
        milestones: Milestones {
            received: LocalTime::parse("2018-04-07 16:45:00"),
            dispatched: None,
            departed_airport: None,
            arrived_abroad: LocalTime::parse("2018-04-14 17:07:00"),
            customs_clearance: None,
            arrived_destination: None,
        }
        .if_any(),
        checkpoints: [
            checkpoint(
                "2018-04-14 17:07:00",
                "到达处理中心,来自中国 郑州",
                Some("美国"),
            ),
            checkpoint(
                "2018-04-07 21:18:37",
                "离开郑州市 发往旧金山",
                Some("郑州市"),
            ),
            checkpoint(
                "2018-04-07 16:45:00",
                "中国邮政速递物流股份有限公司河南省国际速递分公司五已收件(揽投员姓名:,联系电话:)",
                Some("郑州市"),
            ),
        ]
        .into(),
    };
    let destination = Leg {
        carrier: CarrierCode::parse("usps").ok(),
        reference_number: None,
        weblink: text("http://www.usps.com/"),
        phone: text("1-800-275-8777"),
        milestones: Milestones {
            received: LocalTime::parse("2018-04-07 16:45"),
            dispatched: None,
            departed_airport: None,
            arrived_abroad: LocalTime::parse("2018-04-16 20:01"),
            customs_clearance: None,
            arrived_destination: None,
        }
        .if_any(),
        checkpoints: [
            checkpoint(
                "2018-04-17 22:30",
                "Arrived at USPS Regional Destination Facility",
                Some("DES MOINES IA NETWORK DISTRIBUTION CENTER"),
            ),
            checkpoint("2018-04-17 00:00", "In Transit to Next Facility", None),
            checkpoint(
                "2018-04-16 20:01",
                "Arrived at USPS Regional Facility",
                Some("SAN JOSE CA DISTRIBUTION CENTER"),
            ),
            checkpoint(
                "2018-04-14 17:07",
                "Processed Through Facility",
                Some("ISC SAN FRANCISCO (USPS)"),
            ),
            checkpoint(
                "2018-04-07 17:00",
                "Processed Through Facility",
                Some("ZHENGZHOU EMS,CHINA"),
            ),
            checkpoint("2018-04-07 16:45", "Acceptance", Some("CHINA")),
            checkpoint(
                "2018-04-07 16:45",
                "Origin Post is Preparing Shipment",
                None,
            ),
        ]
        .into(),
    };
    let expected = Tracking {
        key: TrackingKey::parse("china-ems", "LS912989618CN").unwrap(),
        upstream_id: text("f1e0645c3288bae10b8ab6ad89ca187b"),
        status: Status::Transit,
        substatus: None,
        metadata: Metadata {
            order_time: Some(OrderTime::Written("2017/8/27 16:51".into())),
            ..Metadata::default()
        },
        created_at: None,
        updated_at: None,
        updating: None,
        origin_country: Country::named("China"),
        destination_country: Country::named("United States"),
        transit_days: Some(11),
        idle_days: Some(4),
        service_code: None,
        signed_by: None,
        origin: Some(origin),
        destination: Some(destination),
        last_event: text(
            "Arrived at USPS Regional Destination Facility,DES MOINES IA NETWORK DISTRIBUTION CENTER,2018-04-17 22:30",
        ),
        order: Order::default(),
        last_event_time: LocalTime::parse("2018-04-17 22:30"),
    };
    let page = page("trackings_realtime.200.json");
    assert_eq!(page.total, None);
    assert_eq!(page.items, [Ok(expected)]);
}

#[test]
fn one_answer_mixes_times_with_and_without_seconds() {
    let tracking = page("trackings_realtime.200.json")
        .only(Call::Realtime)
        .unwrap()
        .unwrap();
    let precision = |leg: Option<Leg>| {
        leg.unwrap().checkpoints[0]
            .time
            .as_ref()
            .unwrap()
            .precision()
    };
    assert_eq!(precision(tracking.origin), Some(Precision::Second));
    assert_eq!(precision(tracking.destination), Some(Precision::Minute));
}

#[test]
fn a_courier_that_knows_nothing_leaves_a_leg_without_checkpoints() {
    let tracking = page("trackings_realtime.notfound.200.json")
        .only(Call::Realtime)
        .unwrap()
        .unwrap();
    assert_eq!(tracking.status, Status::NotFound);
    assert_eq!(tracking.substatus.unwrap().as_str(), "notfound002");
    let origin = tracking.origin.unwrap();
    assert!(origin.checkpoints.is_empty());
    assert_eq!(origin.phone.as_deref(), Some("11183"));
    assert_eq!(tracking.destination, None);
    assert_eq!(
        (tracking.last_event, tracking.last_event_time),
        (None, None)
    );
    assert_eq!(tracking.metadata, Metadata::default());
}

#[test]
fn empty_answers_have_no_items() {
    let realtime = page("trackings_realtime.empty.200.json");
    assert_eq!(realtime.only(Call::Realtime), Ok(None));
    let list = page("trackings_get.empty.200.json");
    assert_eq!(
        (list.items.len(), list.total, list.limit),
        (0, Some(0), Some(100))
    );
    let list = page("trackings_get.4031.json");
    assert_eq!(
        (list.items.len(), list.total, list.limit),
        (0, Some(0), None)
    );
}

#[test]
fn a_list_item_keeps_both_legs_and_the_zones_of_the_account() {
    let page = page("trackings_get.200.json");
    assert_eq!(
        (page.total, page.page, page.limit),
        (Some(56), Some(1), Some(25))
    );
    let tracking = page.items[0].as_ref().unwrap();
    assert_eq!(tracking.key.to_string(), "RR050349575PH of phlpost");
    assert_eq!(tracking.status, Status::Delivered);
    assert_eq!(tracking.created_at, "2015-10-30T03:35:16Z".parse().ok());
    assert_eq!(tracking.updated_at, "2015-11-03T05:47:20Z".parse().ok());
    assert_eq!(tracking.metadata.archived, Some(false));
    assert_eq!(
        (tracking.transit_days, tracking.idle_days),
        (Some(12), None)
    );
    let origin = tracking.origin.as_ref().unwrap();
    assert_eq!(origin.checkpoints[0].status, None);
    assert_eq!(origin.milestones, None);
    assert_eq!(tracking.destination.as_ref().unwrap().checkpoints.len(), 2);
}

#[test]
fn a_single_tracking_has_mails_milestones_and_no_destination_leg() {
    let tracking = single("trackings_single.200.json");
    assert_eq!(
        *tracking.metadata.customer_emails,
        [Text::from("customer@example.com")]
    );
    assert_eq!(tracking.metadata.order_id.as_deref(), Some("ORDER-1001"));
    let order_time = OrderTime::Written("2018-04-01 10:08".into());
    assert_eq!(tracking.metadata.order_time, Some(order_time));
    assert_eq!((tracking.service_code, tracking.substatus), (None, None));
    assert_eq!(tracking.destination, None);
    let origin = tracking.origin.unwrap();
    assert_eq!(
        origin.milestones.unwrap().departed_airport,
        LocalTime::parse("2018-04-05 19:40")
    );
    let nodes: Vec<Option<&str>> = origin
        .checkpoints
        .iter()
        .map(|checkpoint| checkpoint.milestone.as_deref())
        .collect();
    assert_eq!(
        nodes,
        [None, None, Some("DepartfromAirport"), Some("ItemReceived")]
    );
    assert_eq!(origin.checkpoints[1].status, Some(Status::Pickup));
}

#[test]
fn a_changed_tracking_states_its_destination_as_a_code() {
    let tracking = single("trackings_put.200.json");
    assert_eq!(tracking.destination_country, Country::named("China"));
}

#[test]
fn a_pending_tracking_has_a_carrier_and_little_else() {
    let tracking = single("trackings_single.pending.200.json");
    assert_eq!(tracking.status, Status::Pending);
    assert_eq!(tracking.updated_at, None);
    assert_eq!(tracking.destination_country, None);
    assert!(tracking.metadata.customer_emails.is_empty());
    let carrier_alone = Leg {
        carrier: CarrierCode::parse("china-post").ok(),
        ..Leg::default()
    };
    assert_eq!(tracking.origin, Some(carrier_alone));
}

#[test]
fn a_created_tracking_comes_with_an_instant_or_with_nothing() {
    let full = single("trackings_post.201.json");
    let instant = OrderTime::Instant("2018-04-01T02:08:00Z".parse().unwrap());
    assert_eq!(full.metadata.order_time, Some(instant));
    assert_eq!(
        full.metadata.logistics_channel.as_deref(),
        Some("4PX挂号小包")
    );
    assert_eq!((full.origin, full.destination), (None, None));
    let minimal = single("trackings_post.200.minimal.json");
    assert_eq!(minimal.metadata, Metadata::default());
    assert_eq!(minimal.status, Status::Pending);
}
