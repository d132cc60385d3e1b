//! In which language texts come.

use serde_json::{Value, json};

use super::House;

/// Whether a text is written in Chinese.
fn chinese(text: &Value) -> bool {
    let text = text.as_str().unwrap();
    text.chars()
        .any(|letter| ('\u{4e00}'..'\u{9fff}').contains(&letter))
}

fn newest(tracking: &Value) -> &Value {
    &tracking["origin_info"]["trackinfo"][0]
}

#[tokio::test]
async fn a_multilingual_chinese_carrier_answers_in_english_when_asked() {
    let house = House::open().await;
    let path = "/trackings/china-ems/LS912989618CN";
    let native = house.get(path).await["data"].take();
    let english = house.get(&format!("{path}/en")).await["data"].take();
    assert_eq!(
        newest(&native)["StatusDescription"],
        "到达处理中心,来自中国 郑州"
    );
    assert_eq!(
        newest(&english)["StatusDescription"],
        "Arrived at processing centre, from Zhengzhou in China"
    );
    assert_eq!(newest(&english)["Details"], "United States");
    assert_eq!(newest(&english)["Date"], newest(&native)["Date"]);
    assert_eq!(house.get(&format!("{path}/cn")).await["data"], native);
}

#[tokio::test]
async fn a_carrier_with_one_language_keeps_to_it() {
    let house = House::open().await;
    let path = "/trackings/china-post/RR123456785CN";
    let native = house.get(path).await;
    assert!(chinese(&newest(&native["data"])["StatusDescription"]));
    assert_eq!(house.get(&format!("{path}/en")).await, native);
}

#[tokio::test]
async fn lists_and_realtime_translate_the_same_rows() {
    let house = House::open().await;
    let query = "/trackings/get?numbers=RR123456785CN";
    let by_carrier = |answer: &Value, code: &str| {
        let rows = answer["data"]["items"].as_array().unwrap();
        rows.iter()
            .find(|row| row["carrier_code"] == code)
            .cloned()
            .unwrap()
    };
    let english = house.get(&format!("{query}&lang=en")).await;
    let native = house.get(&format!("{query}&lang=")).await;
    for (answer, carrier, expected) in [
        (&english, "china-ems", false),
        (&english, "china-post", true),
        (&native, "china-ems", true),
    ] {
        let row = by_carrier(answer, carrier);
        assert_eq!(chinese(&newest(&row)["StatusDescription"]), expected);
    }
    let body =
        json!({"tracking_number": "RR123456785CN", "carrier_code": "china-ems", "lang": "en"});
    let realtime = house.post("/trackings/realtime", body).await;
    let row = &realtime["data"]["items"][0];
    assert_eq!(newest(row), newest(&by_carrier(&english, "china-ems")));
}
