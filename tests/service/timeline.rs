//! One honest timeline: what couriers wrote, and only as much of time and place as they justify.

use serde_json::{Value, json};

use crate::support::{House, SEED};

#[tokio::test]
async fn instants_are_given_only_where_the_zone_is_justified() {
    let house = House::open().await;
    let answer = house
        .ask(&format!(
            "{{ tracking(ref: {SEED}) {{
                substatus substatusMeaning anomalies {{ kind message }}
                originCountry {{ code name }} destinationCountry {{ code name }}
                checkpoints {{ localTime precision timeZone timeZoneSource instant leg location substatus substatusMeaning }}
            }} }}"
        ))
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let tracking = &answer["data"]["tracking"];
    assert_eq!(
        tracking["originCountry"],
        json!({ "code": "CN", "name": "China" })
    );
    assert_eq!(
        tracking["destinationCountry"],
        json!({ "code": "US", "name": "United States" })
    );
    let checkpoints = tracking["checkpoints"].as_array().unwrap();
    let of = |location: &str| -> &Value {
        let found = checkpoints.iter().find(|row| row["location"] == location);
        found.unwrap_or_else(|| panic!("{location}: {tracking}"))
    };
    let china = of("CHINA");
    assert_eq!(
        (&china["timeZone"], &china["timeZoneSource"]),
        (&json!("Asia/Shanghai"), &json!("INFERRED"))
    );
    let local = china["localTime"].as_str().unwrap();
    let zoned: jiff::Timestamp = china["instant"].as_str().unwrap().parse().unwrap();
    let shanghai = jiff::tz::Offset::constant(8).to_datetime(zoned);
    assert_eq!(shanghai.strftime("%Y-%m-%d %H:%M").to_string(), local);
    // America has several times, so that nothing is claimed.
    let america = of("美国");
    assert_eq!(
        (
            &america["timeZone"],
            &america["timeZoneSource"],
            &america["instant"]
        ),
        (&Value::Null, &json!("UNKNOWN"), &Value::Null)
    );
}

#[tokio::test]
async fn substatuses_tell_their_meanings() {
    let house = House::open().await;
    let answer = house
        .ask("{ trackings(first: 100) { nodes { substatus substatusMeaning anomalies { kind message } } } }")
        .await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    let nodes = answer["data"]["trackings"]["nodes"].as_array().unwrap();
    let told = nodes.iter().filter(|node| node["substatus"].is_string());
    let told: Vec<_> = told.collect();
    assert!(told.len() > 20);
    assert!(told.iter().all(|node| node["substatusMeaning"].is_string()));
}
