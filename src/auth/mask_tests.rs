use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn masked(text: &str) -> Cow<'_, str> {
    super::masked(text, &Known::default())
}

/// Texts, and what is shown of them.
const MASKED: &[(&str, &str)] = &[
    // Chinese
    (
        "已收件(揽投员姓名:王小明,联系电话:13800138000)",
        "已收件(揽投员姓名:***,联系电话:***)",
    ),
    (
        "快递员张三正在派送,电话:138 0013 8000",
        "快递员***正在派送,电话:***",
    ),
    (
        "【郑州市】快递员 李四(13800138000) 正在派送",
        "【郑州市】快递员 ***(***) 正在派送",
    ),
    (
        "您的快件已由【王大锤,电话:021-61234567】派送",
        "您的快件已由【王大锤,电话:***】派送",
    ),
    ("派件员:赵六 电话:+86-138-0013-8000", "派件员:*** 电话:***"),
    ("投递员【欧阳娜娜】已出发", "投递员【***】已出发"),
    ("签收人:张*三", "签收人:***"),
    ("已签收,签收人是李女士", "已签收,签收人是***女士"),
    (
        "已签收，签收人：John Smith，如有疑问请联系13800138000",
        "已签收，签收人：***，如有疑问请联系***",
    ),
    ("请联系张伟先生,手机13912345678", "请联系***先生,手机***"),
    ("司机王师傅 １３８００１３８０００", "司机*** ***"),
    ("快遞員陳大文已取件", "快遞員***已取件"),
    // English
    ("Delivered, signed by J SMITH", "Delivered, signed by ***"),
    (
        "DELIVERED - SIGNED BY JOHN SMITH AT 10:15",
        "DELIVERED - SIGNED BY *** AT 10:15",
    ),
    ("Signed for by: O'BRIEN", "Signed for by: ***"),
    (
        "signed by john smith at front door",
        "signed by *** at front door",
    ),
    (
        "Received by J. van der Berg on 2026-02-26",
        "Received by *** on 2026-02-26",
    ),
    (
        "Out for delivery. Driver: Bob, Phone: (555) 123-4567",
        "Out for delivery. Driver: ***, Phone: ***",
    ),
    (
        "Courier Ahmed Ali will call you",
        "Courier *** will call you",
    ),
    ("Left with Mrs. Robinson", "Left with ***"),
    (
        "Contact rider Kumar at +91 98765 43210",
        "Contact rider *** at ***",
    ),
    (
        "Call +1 800 555 1234 or mail jane.doe@example.com",
        "Call *** or mail ***",
    ),
    (
        "DRIVER NAME: MOHAMED HASSAN TEL01012345678",
        "DRIVER NAME: *** TEL***",
    ),
    ("Recipient: SMITH,JOHN", "Recipient: ***"),
    // German
    (
        "Zugestellt, unterschrieben von Müller",
        "Zugestellt, unterschrieben von ***",
    ),
    (
        "Empfänger: Max Mustermann, Tel. 0171/1234567",
        "Empfänger: ***, Tel. ***",
    ),
    ("Übergeben an Frau Schmidt-Meier", "Übergeben an ***"),
    (
        "Der Fahrer Klaus ist unterwegs",
        "Der Fahrer *** ist unterwegs",
    ),
    // Spanish, French, Italian, Portuguese
    (
        "Entregado. Firmado por María de la Cruz",
        "Entregado. Firmado por ***",
    ),
    (
        "Repartidor: José García, teléfono 612 34 56 78",
        "Repartidor: ***, teléfono ***",
    ),
    (
        "Signé par Dupont le 26/02/2026",
        "Signé par *** le 26/02/2026",
    ),
    (
        "Votre livreur Jean vous appelle du 06.12.34.56.78",
        "Votre livreur *** vous appelle du ***",
    ),
    ("Remis à M. DURAND, 33 1 23 45 67 89", "Remis à ***, ***"),
    ("Firmato da ROSSI MARIO", "Firmato da ***"),
    ("Recebido por João da Silva", "Recebido por ***"),
    // Russian, Polish, Turkish, Dutch
    (
        "Вручено. Получатель: Иванов Иван",
        "Вручено. Получатель: ***",
    ),
    (
        "Курьер Пётр, тел. +7 (912) 345-67-89",
        "Курьер ***, тел. ***",
    ),
    ("Podpisane przez Kowalski", "Podpisane przez ***"),
    ("Teslim alan: AYŞE YILMAZ", "Teslim alan: ***"),
    ("Getekend door Jansen", "Getekend door ***"),
    // Japanese, Korean, Arabic, Thai, Vietnamese, Indonesian
    ("担当者：田中 電話 090-1234-5678", "担当者：*** 電話 ***"),
    ("배송기사 김철수님 010-1234-5678", "배송기사 ***님 ***"),
    ("المستلم: محمد علي ٠١٠١٢٣٤٥٦٧٨", "المستلم: *** ***"),
    ("ผู้รับ: สมชาย 081-234-5678", "ผู้รับ: *** ***"),
    ("Người nhận: Nguyễn Văn A", "Người nhận: ***"),
    ("Diterima oleh BUDI", "Diterima oleh ***"),
    ("13800138000 13900139000", "*** ***"),
    // Without a mark before the name.
    ("由王小明签收", "由***签收"),
    ("您的快递由王小明派送", "您的快递由***派送"),
    ("快件已由 阿依古丽 代收", "快件已由 *** 代收"),
    ("王小明签收", "***签收"),
    ("[王小明]签收", "[***]签收"),
    ("【王小明】正在派件", "【***】正在派件"),
    ("已签收，他人代收：王大锤", "已签收，他人代收：***"),
    ("同事李四代收", "同事***代收"),
    ("派件人王小明", "派件人***"),
    ("请联系小哥王小明", "请联系小哥***"),
    ("欧阳锋师傅", "***师傅"),
    ("快递员马云正在派送", "快递员***正在派送"),
    ("快递员 John 正在派送", "快递员 *** 正在派送"),
    ("Signed by 王小明", "Signed by ***"),
    ("田中様", "***様"),
    ("配達員が山田太郎様にお届け", "配達員が***様にお届け"),
    ("(김철수)님", "(***)님"),
    ("김철수 고객님", "*** 고객님"),
    // More of English
    ("Delivered to JANE DOE", "Delivered to ***"),
    ("Accepted by Jane Doe", "Accepted by ***"),
    ("Signed: Jane Doe", "Signed: ***"),
    ("Proof of delivery: Jane Doe", "Proof of delivery: ***"),
    ("POD Jane Doe", "POD ***"),
    ("PICKED UP BY JANE DOE", "PICKED UP BY ***"),
    ("DRIVER JOHN", "DRIVER ***"),
    (
        "COURIER JOHN SMITH IS ON THE WAY",
        "COURIER *** IS ON THE WAY",
    ),
    ("signed by: front desk Jane", "signed by: front desk ***"),
    (
        "Received by USPS agent Jane Doe",
        "Received by USPS agent ***",
    ),
    ("Given to Jane", "Given to ***"),
    ("c/o Jane Doe", "c/o ***"),
    ("Package for Jane Doe", "Package for ***"),
    (
        "Delivered; recipient name Jane Doe",
        "Delivered; recipient name ***",
    ),
    ("Customer Jane Doe not at home", "Customer *** not at home"),
    ("Dr. Doe", "Dr. ***"),
    ("Signed for by Jane and John Doe", "Signed for by ***"),
    (
        "Signed for by Jane & John Doe at 10:15",
        "Signed for by *** at 10:15",
    ),
    ("Your courier is Bob", "Your courier is ***"),
    (
        "Signed by John Smith at Post Office",
        "Signed by *** at Post Office",
    ),
    ("Jane Doe has signed", "*** has signed"),
    // What cannot be told from a name is hidden.
    ("Delivered to Leipzig", "Delivered to ***"),
    // More of others
    ("Unterschrieben: Mustermann", "Unterschrieben: ***"),
    ("Empfangen von Mustermann", "Empfangen von ***"),
    (
        "Max Mustermann hat unterschrieben",
        "*** hat unterschrieben",
    ),
    ("Livré à Jean Dupont", "Livré à ***"),
    ("LIVRE A JEAN DUPONT", "LIVRE A ***"),
    ("Signataire : Dupont", "Signataire : ***"),
    ("Recibe: Juan Perez", "Recibe: ***"),
    ("Recibió Juan Perez", "Recibió ***"),
    ("Dhr. Jansen", "Dhr. ***"),
    ("Вручение адресату: Иванов И.И.", "Вручение адресату: ***."),
    // Numbers, whatever they touch
    ("QQ13800138000", "QQ***"),
    ("wx13800138000", "wx***"),
    ("A13800138000", "A***"),
    ("HK13800138000", "HK***"),
    ("DHL5551234567", "DHL***"),
    ("ABC-13800138000", "ABC-***"),
    ("138_0013_8000", "***"),
    ("138·0013·8000", "***"),
    ("(138)0013,8000", "***"),
    ("138001380001234567", "***"),
    ("jane.doe [at] example.com", "***"),
    ("jane(at)example.com", "***"),
    ("PIN code 482913", "PIN code ***"),
    ("取件码：3-2-1004", "取件码：***"),
    ("Your pickup code is A4829", "Your pickup code is ***"),
];

/// Texts about a parcel of Jane Müller, who has the number LS912989618CN.
const OF_KNOWN: &[(&str, &str)] = &[
    ("At the door: jane said no", "At the door: *** said no"),
    (
        "JANE MUELLER, MULLER or Müller-Lüdenscheid",
        "*** ***, *** or ***-Lüdenscheid",
    ),
    ("January, 1 muller", "January, 1 ***"),
    ("已放在王小明门口, 小明不在", "已放在***门口, ***不在"),
    ("Call 555 0199 or 5550199x", "Call *** or ***x"),
    ("Janet left", "Janet left"),
    (
        "Item LS912989618CN, LS 912 989 618 CN, ls912989618cn",
        "Item LS912989618CN, LS 912 989 618 CN, ls912989618cn",
    ),
    ("XLS912989618CN", "XLS***CN"),
    (
        "Parcel 9261290100130435082878",
        "Parcel 9261290100130435082878",
    ),
    ("order JD-0146123456", "order JD-0146123456"),
    ("jd0146123456 13800138000", "jd0146123456 ***"),
    ("mail j.mueller@example.com", "mail ***"),
    ("front desk", "front desk"),
];

/// Texts that tell of nobody.
const LEFT: &[&str] = &[
    "",
    "中国邮政速递物流股份有限公司河南省国际速递分公司五已收件(揽投员姓名:,联系电话:)",
    "到达处理中心,来自中国 郑州",
    "离开郑州市 发往旧金山",
    "快件正在派送中,快递员已出发",
    "Parcel received by carrier",
    "Accepted by China EMS, Henan international branch",
    "Received by USPS Facility",
    "received by the sorting center",
    "Delivered,Tel Aviv,2018-04-14 11:20",
    "The courier is on the way",
    "Courier has arrived",
    "COURIER HAS ARRIVED AT THE FACILITY",
    "26.02.2026 16:06 Leipzig",
    "02/26/2026, 4:06 pm",
    "20260226 and 20260226160600",
    "2026年2月26日16:06",
    "Postal code 450000",
    "10115 Berlin",
    "LOS ANGELES, CA 90001-1234",
    "100024 2 pieces",
    "Zugestellt an den Empfänger",
    "Livré au gardien",
    "Zustellung am 26.02.2026 zwischen 10:00 und 12:00",
    "Вручено адресату почтальоном",
    "Flight CA1234 departed 2026-02-26",
    "Delivered to agent for final delivery",
    "Delivered to front desk",
    "DELIVERED TO MAILBOX",
    "Delivered, Left with Individual",
    "Picked Up by Shipping Partner, USPS Awaiting Item",
    "CUSTOMER NOT AVAILABLE",
    "Contact Customer Service",
    "Signature required",
    "POD available",
    "Item for Pickup",
    "Der Empfänger hat unterschrieben",
    "已签收",
    "快件已由本人签收",
    "由快递员派送",
    "由菜鸟驿站代收",
    "由中国邮政派送",
    "【郑州】已揽收",
    "【江阴市】正在派送",
    "请尽快签收",
    "由于天气原因派送延迟",
    "已签收：感谢使用顺丰速运,期待再次为您服务",
    "お客様のお荷物",
    "同様に配達",
    "고객님께 배송",
    "Room 12, 450000",
    "Postal code 482913",
    "***",
    "signed by ***",
];

#[test]
fn what_tells_of_people_is_not_shown() {
    let mut wrong = Vec::new();
    for (text, shown) in MASKED {
        if masked(text) != *shown {
            wrong.push(format!("{text}\n  {}\n  {shown}", masked(text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_known_beforehand_is_hidden_wherever_it_stands_and_the_parcels_numbers_are_shown() {
    let people = [
        "Jane Müller",
        "王小明",
        "+1 555-0199",
        "j.mueller@example.com",
        "Front desk",
    ];
    let numbers = ["LS912989618CN", "9261290100130435082878", "JD-0146123456"];
    let known = Known::of(people).showing(numbers);
    let mut wrong = Vec::new();
    for (text, shown) in OF_KNOWN {
        let masked = super::masked(text, &known);
        if masked != *shown {
            wrong.push(format!("{text}\n  {masked}\n  {shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_tells_of_nobody_is_left_as_it_is() {
    let changed = LEFT.iter().filter(|text| masked(text) != **text);
    let changed: Vec<_> = changed
        .map(|text| format!("{text}\n  {}", masked(text)))
        .collect();
    assert!(changed.is_empty(), "{}", changed.join("\n"));
    assert!(matches!(masked("Delivered"), Cow::Borrowed(_)));
}

#[test]
fn a_text_of_four_times_the_length_takes_about_four_times_as_long() {
    let took = |part: &str, letters: usize| {
        let text = part.repeat(letters / part.chars().count());
        let start = Instant::now();
        assert!(masked(&text).len() <= text.len() * 3, "{part}");
        start.elapsed()
    };
    for part in [
        "1.",
        "1a",
        "1 ",
        "a@",
        "courier ",
        "signed by ",
        "快递员",
        "姓名:",
        "Mr.",
        "(+",
        "1:1",
        "王先生",
        "7777777 ",
    ] {
        let (short, long) = (took(part, 5_000), took(part, 20_000));
        // What grows with the square takes sixteen times as long; the machine has other things to do.
        let most = short * 12 + Duration::from_millis(200);
        assert!(long < most, "{part}: {short:?}, {long:?}");
    }
}

/// Marks, names, numbers and signs in any order.
fn courier_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[0-9 +()./:-]{1,24}",
        "[ ,;:()*@.-]{1,3}",
        "[A-Za-zÄÖÜéß]{1,8}",
        "[王李张三四五已派送快递员电话]{1,4}",
        prop::sample::select(vec![
            "signed by ",
            "Courier ",
            "姓名:",
            "快递员",
            "签收人",
            "Tel",
            "Mr. ",
            "先生",
            "LS912989618CN",
            "2026-02-26 16:06",
            "a@b.cd",
            "***",
            "получил ",
            "배송기사 ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// A run of 7 digits and more that is no compact date.
fn has_number(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_ascii_digit());
    words.any(|word| {
        let is_date = (word.len() == 8 || word.len() == 14)
            && (word.starts_with("19") || word.starts_with("20"));
        word.len() >= 7 && !is_date
    })
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_twice_is_as_once(text in any::<String>()) {
        let once = masked(&text).into_owned();
        prop_assert_eq!(masked(&once), once.as_str());
    }

    #[test]
    fn no_text_of_a_courier_is_masked_further(text in courier_text()) {
        let once = masked(&text).into_owned();
        prop_assert_eq!(masked(&once), once.as_str());
        prop_assert!(!has_number(&once), "{}", once);
    }

    #[test]
    fn a_phone_number_is_found_however_it_is_grouped(
        country in "(\\+[1-9][0-9]? ?)?",
        groups in prop::collection::vec("[1-9][0-9]{2,3}", 3..=3),
        sign in "[ ./-]",
        before in "[a-zé,: ]{0,6}[,: (]",
        after in "[,;) ][a-zé ]{0,6}",
    ) {
        let number = groups.join(&sign);
        let shown = masked(&format!("{before}{country}{number}{after}")).into_owned();
        prop_assert!(groups.iter().all(|group| !shown.contains(group.as_str())), "{}", shown);
    }
}
