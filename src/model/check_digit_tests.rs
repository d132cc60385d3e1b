use proptest::prelude::*;

use super::*;

fn suspected(carrier: &str, number: &str) -> Option<Suspicion> {
    let carrier = CarrierCode::parse(carrier).ok();
    TrackingNumber::parse(number)
        .unwrap()
        .suspicion(carrier.as_ref())
}

fn suggestion(carrier: &str, number: &str) -> String {
    let suspicion = suspected(carrier, number).unwrap();
    assert!(suspicion.message.starts_with(number) && suspicion.message.ends_with('.'));
    suspicion.suggestion.unwrap()
}

#[test]
fn right_numbers_raise_no_suspicion() {
    for (carrier, number) in [
        ("", "RB123456785GB"),
        ("china-ems", "LS912989618CN"),
        ("ups", "1Z999AA10123456784"),
        ("dhl", "3318810025"),
        ("fedex", "986578788855"),
        ("usps", "9400111899223818218407"),
    ] {
        assert_eq!(suspected(carrier, number), None, "{number}");
    }
}

#[test]
fn numbers_of_carriers_without_a_published_rule_raise_none() {
    for (carrier, number) in [
        ("", "3318810026"),
        ("dhl-germany", "3318810026"),
        ("sto", "986578788856"),
        ("usps", "61299998820821171812"),
        ("usps", "91299998820821171812"),
        ("4px", "300403513351"),
        ("", "RB123456786XX"),
        ("", "YT2112345678901234"),
    ] {
        assert_eq!(suspected(carrier, number), None, "{number}");
    }
}

#[test]
fn one_swap_that_makes_it_right_is_suggested() {
    assert_eq!(suggestion("", "RB123546785GB"), "RB123456785GB");
    assert_eq!(suggestion("dhl", "3318810052"), "3318810025");
    assert_eq!(suggestion("fedex", "986578788585"), "986578788855");
}

#[test]
fn otherwise_the_check_digit_that_fits_is_suggested() {
    assert_eq!(suggestion("", "RB000000000GB"), "RB000000005GB");
    assert_eq!(
        suggestion("usps", "9400100000000000000001"),
        "9400100000000000000006"
    );
}

#[test]
fn letters_and_digits_that_look_alike_are_mended() {
    assert_eq!(suggestion("", "RB1234S67B5GB"), "RB123456785GB");
    assert_eq!(suggestion("", "R8123456785G8"), "RB123456785GB");
    assert_eq!(
        suggestion("ups", "IZ999AA10123456784"),
        "1Z999AA10123456784"
    );
    assert_eq!(suggestion("dhl", "331881OO25"), "3318810025");
    assert_eq!(
        suggestion("ups", "1Z5R893903S7567127"),
        "1Z5R89390357567127"
    );
}

#[test]
fn an_air_waybill_is_checked_by_its_serial_number() {
    let suspicion = |number| AirWaybillNumber::parse(number).unwrap().suspicion();
    assert_eq!(suspicion("172-28891936"), None);
    assert_eq!(suspicion("172-2889193"), None);
    let wrong = suspicion("172 28899136").unwrap();
    assert_eq!(wrong.suggestion.as_deref(), Some("172-28891936"));
}

proptest! {
    #[test]
    fn every_suggestion_is_a_number_without_suspicion(
        number in prop_oneof![
            "[A-Z0-9_-]{5,40}", "[A-Z]{2}[0-9]{9}(GB|CN|US)", "1Z[A-Z0-9]{16}",
            "[0-9OISBZ]{10}", "[0-9]{12}", "9[0-9]{21}",
        ],
        carrier in prop_oneof![Just("dhl"), Just("fedex"), Just("usps"), Just("")],
    ) {
        if let Some(Suspicion { suggestion: Some(suggestion), .. }) = suspected(carrier, &number) {
            prop_assert_ne!(&suggestion, &number);
            prop_assert_eq!(suspected(carrier, &suggestion), None);
        }
    }

    #[test]
    fn every_air_waybill_can_be_judged(number in "[0-9]{3}-[0-9]{7,8}") {
        if let Some(suspicion) = AirWaybillNumber::parse(&number).unwrap().suspicion() {
            let meant = AirWaybillNumber::parse(&suspicion.suggestion.unwrap()).unwrap();
            prop_assert_eq!(meant.suspicion(), None);
        }
    }
}
