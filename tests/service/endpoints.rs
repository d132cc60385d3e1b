//! Every call of TrackingMore's API through GraphQL over HTTP: what it answers, what it refuses, and what the service saw.

use parcelgraph::sandbox::{Call, Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{House, SEED};

const UNKNOWN: &str = r#"{ key: { carrierCode: "dhl", trackingNumber: "NOSUCHNUMBER1" } }"#;

/// One call of the API.
struct Case {
    /// The operation that makes it.
    asks: String,
    /// A place of the answer and what is there.
    shows: (&'static str, Value),
    /// What the service saw.
    endpoint: Endpoint,
    request: &'static str,
    body: Value,
    /// An operation that is refused, and a place of the answer that says why.
    refused: String,
    says: (&'static str, Value),
}

fn cases() -> Vec<Case> {
    let key =
        |carrier: &str, number: &str| json!({ "tracking_number": number, "carrier_code": carrier });
    let seed = key("china-ems", "LS912989618CN");
    vec![
        Case {
            asks: r#"mutation { createTracking(input: {
                carrierCode: "postnl-3s", trackingNumber: "NEW0000001", title: "red shoes", orderId: "1001", comment: "gift",
                orderTime: "2017-08-27 16:51", customerName: "Ada", customerEmail: "ada@example.com", customerPhone: "+10000000000",
                logisticsChannel: "mail", destinationCountryCode: "us", language: "EN", keepCarrier: true,
                courierNeeds: { shipDate: "2018-10-01", postalCode: "13800", accountNumber: "A1", destinationCountryCode: "US" }
            }) { tracking { title status } userErrors { code } } }"#.into(),
            shows: ("/data/createTracking/tracking", json!({ "title": "red shoes", "status": "PENDING" })),
            endpoint: Endpoint::Post,
            request: "POST /v2/trackings/post",
            body: json!({
                "tracking_number": "NEW0000001", "carrier_code": "postnl-3s", "title": "red shoes", "order_id": "1001",
                "comment": "gift", "order_create_time": "2017/8/27 16:51", "customer_name": "Ada",
                "customer_email": "ada@example.com", "customer_phone": "+10000000000", "logistics_channel": "mail",
                "destination_code": "US", "lang": "en", "auto_correct": 1, "tracking_ship_date": "20181001",
                "tracking_postal_code": "13800", "tracking_account_number": "A1", "tracking_destination_country": "US",
            }),
            refused: r#"mutation { createTracking(input: { carrierCode: "china-ems", trackingNumber: "LS912989618CN" }) {
                userErrors { code upstreamCode field } } }"#.into(),
            says: (
                "/data/createTracking/userErrors/0",
                json!({ "code": "ALREADY_EXISTS", "upstreamCode": 4016, "field": ["input"] }),
            ),
        },
        Case {
            asks: format!(r#"{{ tracking(ref: {SEED}, language: "en") {{ origin {{ checkpoints {{ location }} }} }} }}"#),
            shows: ("/data/tracking/origin/checkpoints/0/location", json!("United States")),
            endpoint: Endpoint::Single,
            request: "GET /v2/trackings/china-ems/LS912989618CN/en",
            body: Value::Null,
            refused: format!(r#"{{ tracking(ref: {UNKNOWN}, language: "en") {{ status }} }}"#),
            says: ("/errors/0/extensions/code", json!("NOT_FOUND")),
        },
        Case {
            asks: format!(r#"mutation {{ updateTracking(input: {{
                ref: {SEED}, title: "blue shoes", orderId: "7", customerName: "Bob", customerEmail: "bob@example.com",
                customerPhone: null, logisticsChannel: "air", destinationCountryCode: "US", archived: true, status: DELIVERED
            }}) {{ tracking {{ title status archived checkpoints {{ leg }} }} userErrors {{ code message }} }} }}"#),
            shows: ("/data/updateTracking/tracking/status", json!("DELIVERED")),
            endpoint: Endpoint::Update,
            request: "PUT /v2/trackings/china-ems/LS912989618CN",
            body: json!({
                "title": "blue shoes", "order_id": "7", "customer_name": "Bob", "customer_email": "bob@example.com",
                "customer_phone": "", "logistics_channel": "air", "destination_code": "US", "archived": "true", "status": 4,
            }),
            refused: format!(r#"mutation {{ updateTracking(input: {{ ref: {UNKNOWN}, title: "x" }}) {{ userErrors {{ code field }} }} }}"#),
            says: ("/data/updateTracking/userErrors/0", json!({ "code": "NOT_FOUND", "field": ["input", "ref"] })),
        },
        Case {
            asks: format!("mutation {{ deleteTracking(ref: {SEED}) {{ deletedId userErrors {{ code }} }} }}"),
            shows: ("/data/deleteTracking/userErrors", json!([])),
            endpoint: Endpoint::Delete,
            request: "DELETE /v2/trackings/china-ems/LS912989618CN",
            body: Value::Null,
            refused: format!("mutation {{ deleteTracking(ref: {UNKNOWN}) {{ deletedId userErrors {{ code field }} }} }}"),
            says: ("/data/deleteTracking/userErrors/0", json!({ "code": "NOT_FOUND", "field": ["ref"] })),
        },
        Case {
            asks: r#"mutation { createTrackings(inputs: [
                { carrierCode: "postnl-3s", trackingNumber: "NEW0000001", courierNeeds: { destinationCountryCode: "NL" } }
                { carrierCode: "dhl", trackingNumber: "NEW0000002", title: "two" }
            ]) { results { tracking { trackingNumber title } userErrors { code } } } }"#.into(),
            shows: (
                "/data/createTrackings/results",
                json!([
                    { "tracking": { "trackingNumber": "NEW0000001", "title": null }, "userErrors": [] },
                    { "tracking": { "trackingNumber": "NEW0000002", "title": "two" }, "userErrors": [] },
                ]),
            ),
            endpoint: Endpoint::Batch,
            request: "POST /v2/trackings/batch",
            body: json!([
                { "tracking_number": "NEW0000001", "carrier_code": "postnl-3s", "specialNumberDestination": "NL" },
                { "tracking_number": "NEW0000002", "carrier_code": "dhl", "title": "two" },
            ]),
            refused: r#"mutation { createTrackings(inputs: [
                { carrierCode: "dhl", trackingNumber: "NEW0000003" }
                { carrierCode: "china-ems", trackingNumber: "LS912989618CN" }
            ]) { results { userErrors { code upstreamCode field } } } }"#.into(),
            says: (
                "/data/createTrackings/results",
                json!([
                    { "userErrors": [] },
                    { "userErrors": [{ "code": "ALREADY_EXISTS", "upstreamCode": 4016, "field": ["inputs", "1"] }] },
                ]),
            ),
        },
        Case {
            asks: r#"{ trackings(last: 1, filter: {
                status: TRANSIT, archived: false, createdAtMin: "1970-01-01T00:00:01Z", createdAtMax: "2100-01-01T00:00:00Z",
                updatedAtMin: "1970-01-01T00:00:02Z", updatedAtMax: "2100-01-01T00:00:01Z",
                orderTimeMin: "1970-01-01T00:00:03Z", orderTimeMax: "2100-01-01T00:00:02Z",
                trackingNumbers: ["LS912989618CN", "no-such-1"], orderIds: ["A", "B"], language: "en"
            }) { totalCount edges { node { id } } pageInfo { hasNextPage } } }"#.into(),
            shows: ("/data/trackings/totalCount", json!(0)),
            endpoint: Endpoint::List,
            request: "GET /v2/trackings/get?page=1&limit=2000&numbers=LS912989618CN%2CNO-SUCH-1&status=transit\
                      &archived=false&created_at_min=1&created_at_max=4102444800&update_time_min=2&update_time_max=4102444801\
                      &order_created_time_min=3&order_created_time_max=4102444802&orders=A%2CB&lang=en",
            body: Value::Null,
            refused: r#"{ trackings(filter: { createdAtMin: "2020-01-02T00:00:00Z", createdAtMax: "2020-01-01T00:00:00Z" }) { totalCount } }"#.into(),
            says: ("/errors/0/extensions/code", json!("BAD_USER_INPUT")),
        },
        Case {
            asks: format!(r#"mutation {{ updateTrackings(inputs: [
                {{ ref: {SEED}, title: "green shoes", destinationCountryCode: null, archived: false, status: AUTOMATIC }}
            ]) {{ results {{ tracking {{ title }} userErrors {{ code }} }} }} }}"#),
            shows: ("/data/updateTrackings/results/0/tracking/title", json!("green shoes")),
            endpoint: Endpoint::UpdateMore,
            request: "POST /v2/trackings/updatemore",
            body: json!([{
                "tracking_number": "LS912989618CN", "carrier_code": "china-ems", "title": "green shoes",
                "destination_code": "", "archived": "false", "status": 8,
            }]),
            refused: format!(r#"mutation {{ updateTrackings(inputs: [
                {{ ref: {UNKNOWN}, title: "x" }} {{ ref: {SEED}, customerPhone: "1" }}
            ]) {{ results {{ userErrors {{ code field }} }} }} }}"#),
            says: (
                "/data/updateTrackings/results",
                json!([
                    { "userErrors": [{ "code": "NOT_FOUND", "field": ["inputs", "0", "ref"] }] },
                    { "userErrors": [{ "code": "INVALID", "field": ["inputs", "1", "customerPhone"] }] },
                ]),
            ),
        },
        Case {
            asks: format!("mutation {{ deleteTrackings(refs: [{SEED}]) {{ results {{ deletedId userErrors {{ code }} }} }} }}"),
            shows: ("/data/deleteTrackings/results/0/userErrors", json!([])),
            endpoint: Endpoint::DeleteMore,
            request: "POST /v2/trackings/delete",
            body: json!([seed]),
            refused: format!("mutation {{ deleteTrackings(refs: [{UNKNOWN}, {SEED}, {SEED}]) {{ results {{ userErrors {{ code field }} }} }} }}"),
            says: (
                "/data/deleteTrackings/results",
                json!([
                    { "userErrors": [{ "code": "NOT_FOUND", "field": ["refs", "0"] }] },
                    { "userErrors": [] },
                    { "userErrors": [{ "code": "INVALID", "field": ["refs", "2"] }] },
                ]),
            ),
        },
        Case {
            asks: format!(r#"mutation {{ refreshTracking(ref: {SEED}, deadline: "PT15S", options: {{
                destinationCountryCode: "US", orderId: "7", orderTime: "2017/8/27 16:51", language: "en", keepCarrier: true, comment: "c",
                courierNeeds: {{ shipDate: "20181001", postalCode: "1", accountNumber: "2", destinationCountryCode: "US" }}
            }}) {{ tracking {{ status }} userErrors {{ code }} }} }}"#),
            shows: ("/data/refreshTracking/tracking/status", json!("TRANSIT")),
            endpoint: Endpoint::Realtime,
            request: "POST /v2/trackings/realtime",
            body: json!({
                "tracking_number": "LS912989618CN", "carrier_code": "china-ems", "destination_code": "US", "order": "7",
                "order_create_time": "2017/8/27 16:51", "lang": "en", "auto_correct": 1, "comment": "c",
                "tracking_ship_date": "20181001", "tracking_postal_code": "1", "tracking_account_number": "2",
                "specialNumberDestination": "US",
            }),
            refused: r#"mutation { refreshTracking(ref: { key: { carrierCode: "no-such-carrier", trackingNumber: "12345678" } }, deadline: "PT15S") {
                userErrors { code field } } }"#.into(),
            says: (
                "/data/refreshTracking/userErrors/0",
                json!({ "code": "INVALID", "field": ["ref"] }),
            ),
        },
        Case {
            asks: format!(r#"mutation {{ changeCarrier(ref: {SEED}, carrierCode: "china-post") {{
                tracking {{ carrier {{ code }} trackingNumber }} userErrors {{ code }} }} }}"#),
            shows: (
                "/data/changeCarrier/tracking",
                json!({ "carrier": { "code": "china-post" }, "trackingNumber": "LS912989618CN" }),
            ),
            endpoint: Endpoint::ChangeCarrier,
            request: "POST /v2/trackings/update",
            body: json!({
                "tracking_number": "LS912989618CN", "carrier_code": "china-ems", "update_carrier_code": "china-post",
            }),
            refused: format!(r#"mutation {{ changeCarrier(ref: {SEED}, carrierCode: "no-such-carrier") {{ userErrors {{ code field }} }} }}"#),
            says: ("/data/changeCarrier/userErrors/0", json!({ "code": "INVALID", "field": ["carrierCode"] })),
        },
        Case {
            asks: "{ account { email phone registeredAt balance trackingsLeft stale } }".into(),
            shows: ("/data/account/trackingsLeft", json!(10_000)),
            endpoint: Endpoint::UserInfo,
            request: "GET /v2/trackings/getuserinfo",
            body: Value::Null,
            // The account itself is refused only to a wrong key.
            refused: "{ account { email } }".into(),
            says: ("/errors/0/extensions", json!({ "code": "UNAUTHENTICATED", "upstreamCode": 4001 })),
        },
        Case {
            asks: r#"{ statusCounts(
                created: { min: "1970-01-01T00:00:01Z", max: "2100-01-01T00:00:00Z" }
                orderCreated: { min: "1970-01-01T00:00:03Z", max: "2100-01-01T00:00:02Z" }
            ) { total counts { status upstreamStatus count } } }"#.into(),
            shows: ("/data/statusCounts/counts/0/status", json!("PENDING")),
            endpoint: Endpoint::StatusNumber,
            request: "GET /v2/trackings/getstatusnumber?created_at_min=1&created_at_max=4102444800&order_created_time_min=3\
                      &order_created_time_max=4102444802",
            body: Value::Null,
            refused: r#"{ statusCounts(created: { min: "2020-01-02T00:00:00Z", max: "2020-01-01T00:00:00Z" }) { total } }"#.into(),
            says: ("/errors/0/extensions/code", json!("BAD_USER_INPUT")),
        },
        Case {
            asks: format!("mutation {{ stopUpdating(refs: [{SEED}]) {{ results {{ tracking {{ updating }} userErrors {{ code }} }} }} }}"),
            shows: ("/data/stopUpdating/results/0/tracking/updating", json!(false)),
            endpoint: Endpoint::StopUpdating,
            request: "POST /v2/trackings/notupdate",
            body: json!([seed]),
            refused: format!("mutation {{ stopUpdating(refs: [{UNKNOWN}]) {{ results {{ userErrors {{ code field }} }} }} }}"),
            says: ("/data/stopUpdating/results/0/userErrors/0", json!({ "code": "NOT_FOUND", "field": ["refs", "0"] })),
        },
        Case {
            asks: r#"{ remoteAreas(areas: [
                { countryCode: "JP", postcode: "7621094" } { countryCode: "NZ", postcode: "Papaaroha", courier: "TNT" }
            ]) { country { code name } postcode remote couriers } }"#.into(),
            shows: (
                "/data/remoteAreas",
                json!([
                    { "country": { "code": "JP", "name": "Japan" }, "postcode": "7621094", "remote": true, "couriers": ["ups", "tnt"] },
                    { "country": { "code": "NZ", "name": "New Zealand" }, "postcode": "Papaaroha", "remote": true, "couriers": ["tnt"] },
                ]),
            ),
            endpoint: Endpoint::Remote,
            request: "POST /v2/trackings/remote",
            body: json!([
                { "country": "JP", "postcode": "7621094" },
                { "country": "NZ", "postcode": "Papaaroha", "company": "tnt" },
            ]),
            refused: r#"{ remoteAreas(areas: [{ countryCode: "XX", postcode: "1" } { countryCode: "JP", postcode: " " }]) { remote } }"#.into(),
            says: ("/data/remoteAreas", json!([null, null])),
        },
        Case {
            asks: r#"{ transitTimes(lanes: [
                { carrierCode: "dhl", originCountryCode: "CN", destinationCountryCode: "US" }
                { carrierCode: "dhl", originCountryCode: "CN", destinationCountryCode: "RU" }
            ]) { carrier { code } originCountry { code } destinationCountry { code } } }"#.into(),
            shows: (
                "/data/transitTimes",
                json!([
                    { "carrier": { "code": "dhl" }, "originCountry": { "code": "CN" }, "destinationCountry": { "code": "US" } },
                    { "carrier": { "code": "dhl" }, "originCountry": { "code": "CN" }, "destinationCountry": { "code": "RU" } },
                ]),
            ),
            endpoint: Endpoint::CostTime,
            request: "POST /v2/trackings/costtime",
            body: json!([
                { "carrier_code": "dhl", "original": "CN", "destination": "US" },
                { "carrier_code": "dhl", "original": "CN", "destination": "RU" },
            ]),
            refused: r#"{ transitTimes(lanes: [{ carrierCode: "no-such-carrier", originCountryCode: "CN", destinationCountryCode: "US" }]) { parcels } }"#.into(),
            says: ("/errors/0/extensions/code", json!("NOT_FOUND")),
        },
        Case {
            asks: r#"{ airWaybills(numbers: ["172 28891936"], language: "en") {
                number airline { name } weight pieces origin destination stations
                events { localTime station status pieces } flights { number origin destination departure arrival }
            } }"#.into(),
            shows: ("/data/airWaybills/0/flights", json!([{
                "number": "CV7306", "origin": "LUX", "destination": "PVG",
                "departure": "2018-05-09 20:32", "arrival": "2018-05-10 14:40",
            }])),
            endpoint: Endpoint::AirCargo,
            request: "POST /v2/trackings/aircargo",
            body: json!({ "track_number": ["172-28891936"], "lang": "en" }),
            refused: r#"{ airWaybills(numbers: ["172-00012345", "17"]) { number } }"#.into(),
            says: ("/data/airWaybills", json!([null, null])),
        },
        Case {
            asks: r#"{ carriers(first: 1, search: "fedex") { totalCount nodes { code name(language: CN) kind } } }"#.into(),
            shows: ("/data/carriers/nodes/0/code", json!("fedex")),
            endpoint: Endpoint::Carriers,
            request: "GET /v2/carriers",
            body: Value::Null,
            refused: r#"{ carrier(code: "no-such-carrier") { name } }"#.into(),
            says: ("/errors/0/extensions/code", json!("NOT_FOUND")),
        },
        Case {
            asks: r#"{ detectCarriers(number: "RN123456789CN", language: "en") { code name } }"#.into(),
            shows: ("/data/detectCarriers/0/code", json!("china-post")),
            endpoint: Endpoint::Detect,
            request: "POST /v2/carriers/detect",
            body: json!({ "tracking_number": "RN123456789CN", "lang": "en" }),
            refused: r#"{ detectCarriers(number: "1 2") { code } }"#.into(),
            says: ("/errors/0/extensions/code", json!("BAD_USER_INPUT")),
        },
    ]
}

#[tokio::test]
async fn every_call_of_the_api_is_made_as_documented_and_answered() {
    for case in cases() {
        let house = House::without_limits().await;
        let answer = house.ask(&case.asks).await;
        assert_eq!(answer.get("errors"), None, "{}: {answer}", case.request);
        let (place, shown) = &case.shows;
        assert_eq!(
            answer.pointer(place),
            Some(shown),
            "{}: {answer}",
            case.request
        );
        let calls = house.sandbox.calls();
        let call = calls.iter().find(|call| call.endpoint == case.endpoint);
        let Call {
            method,
            path,
            body,
            content_type,
            meta,
            ..
        } = call.expect(case.request);
        assert_eq!(format!("{method} {path}"), case.request);
        assert_eq!(
            body.clone().unwrap_or_default(),
            case.body,
            "{}",
            case.request
        );
        assert_eq!(content_type.as_deref(), Some("application/json"));
        assert!(
            matches!(meta, Some(200 | 201)),
            "{}: {meta:?}",
            case.request
        );
    }
}

#[tokio::test]
async fn every_call_of_the_api_is_refused_with_a_reason() {
    for case in cases() {
        let house = House::without_limits().await;
        if case.endpoint == Endpoint::UserInfo {
            house
                .sandbox
                .fault(Fault::new(FaultKind::Meta { code: 4001 }));
        }
        let answer = house.ask(&case.refused).await;
        let (place, said) = &case.says;
        assert_eq!(
            answer.pointer(place),
            Some(said),
            "{}: {answer}",
            case.request
        );
    }
}
