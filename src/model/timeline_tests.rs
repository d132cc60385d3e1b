use proptest::prelude::*;

use super::*;

fn row(time: &str, text: &str) -> Checkpoint {
    Checkpoint {
        time: LocalTime::parse(time),
        description: Some(text.into()),
        ..Checkpoint::default()
    }
}

fn leg(rows: &[(&str, &str)]) -> Leg {
    Leg {
        checkpoints: rows.iter().map(|(time, text)| row(time, text)).collect(),
        ..Leg::default()
    }
}

fn texts(origin: &[(&str, &str)], destination: &[(&str, &str)]) -> Vec<String> {
    merge(Some(&leg(origin)), Some(&leg(destination)))
        .iter()
        .filter_map(|entry| entry.checkpoint.description.as_deref().map(str::to_owned))
        .collect()
}

#[test]
fn two_legs_make_one_list_newest_first() {
    let origin = [
        ("2018-04-09 10:00:30", "left"),
        ("2018-04-07 16:45:00", "taken in"),
    ];
    let destination = [
        ("2018-04-12 08:00", "delivered"),
        ("2018-04-08 08:00", "announced"),
    ];
    assert_eq!(
        texts(&origin, &destination),
        ["delivered", "left", "announced", "taken in"]
    );
}

#[test]
fn an_event_that_both_report_is_listed_once_whatever_its_seconds_case_and_punctuation() {
    let origin = [("2018-04-07 16:45:00", "Acceptance, at  counter")];
    let destination = [("2018-04-07 16:45", "acceptance at counter.")];
    assert_eq!(texts(&origin, &destination), ["Acceptance, at  counter"]);
    let later = [("2018-04-07 16:46", "acceptance at counter.")];
    assert_eq!(texts(&origin, &later).len(), 2);
}

#[test]
fn of_two_twins_the_one_with_more_than_the_day_stays() {
    let exact = [("2018-04-07 16:45", "acceptance")];
    let day = [("2018-04-07", "Acceptance")];
    assert_eq!(texts(&day, &exact), ["acceptance"]);
    assert_eq!(texts(&exact, &day), ["acceptance"]);
    assert_eq!(texts(&day, &day), ["Acceptance"]);
    assert_eq!(texts(&day, &[("2018-04-08 00:00", "Acceptance")]).len(), 2);
}

#[test]
fn times_with_offsets_are_compared_as_moments() {
    let beijing = [("2018-04-07T16:45:00+08:00", "Acceptance")];
    assert_eq!(
        texts(&beijing, &[("2018-04-07T08:45:30Z", "acceptance")]).len(),
        1
    );
    assert_eq!(
        texts(&beijing, &[("2018-04-07T16:45:00Z", "acceptance")]).len(),
        2
    );
    assert_eq!(
        texts(&beijing, &[("2018-04-07 16:45", "acceptance")]).len(),
        1
    );
    assert_eq!(
        texts(&beijing, &[("2018-04-07T10:00:00Z", "later")]),
        ["later", "Acceptance"]
    );
}

#[test]
fn rows_without_words_are_nobody_s_twins() {
    let silent = [("2018-04-07 16:45", ""), ("2018-04-07 16:45", "-")];
    assert_eq!(texts(&silent, &silent).len(), 4);
}

#[test]
fn a_row_without_a_time_keeps_its_place_in_its_leg() {
    let origin = [("2018-04-09 10:00", "b"), ("", "a")];
    assert_eq!(
        texts(&origin, &[("2018-04-08 10:00", "c")]),
        ["b", "c", "a"]
    );
    let origin = [("", "newest"), ("2018-04-09 10:00", "b")];
    assert_eq!(
        texts(&origin, &[("2018-04-08 10:00", "c")]),
        ["newest", "b", "c"]
    );
}

#[test]
fn a_row_that_a_courier_repeats_word_for_word_is_listed_once() {
    let rows = [("2018-04-09 10:00", "left"), ("2018-04-09 10:00", "left")];
    assert_eq!(texts(&rows, &[]), ["left"]);
    assert_eq!(texts(&[("", "left"), ("", "left")], &[]).len(), 2);
}

#[test]
fn the_courier_s_order_stands_where_its_times_contradict_it() {
    let origin = [
        ("2018-04-09 08:00", "second"),
        ("2018-04-09 12:00", "first"),
    ];
    let destination = [("2018-04-09 10:00", "abroad")];
    assert_eq!(texts(&origin, &destination), ["second", "first", "abroad"]);
}

#[test]
fn thousands_of_rows_in_the_same_minute_and_words_take_no_time() {
    let rows = vec![("2018-04-09 10:00", "In transit"); 20_000];
    let mut origin = leg(&rows);
    for (place, row) in origin.checkpoints.iter_mut().enumerate() {
        row.location = Some(place.to_string().into());
    }
    let merged = merge(Some(&origin), Some(&origin));
    assert_eq!(merged.len(), 20_000);
}

fn any_row() -> impl Strategy<Value = Checkpoint> {
    let clock = prop_oneof![
        Just(String::new()),
        (0..3, 0..2).prop_map(|(h, m)| format!(" 0{h}:0{m}")),
        (0..3, 0..2, 0..2).prop_map(|(h, m, s)| format!(" 0{h}:0{m}:0{s}")),
        (0..3, -1..2).prop_map(|(h, o)| format!(" 0{h}:00{o:+}")),
    ];
    let time = prop_oneof![
        4 => (1..3, clock).prop_map(|(day, clock)| format!("2018-04-0{day}{clock}")),
        1 => Just(String::new()),
        1 => Just("soon".to_owned()),
    ];
    let text = prop_oneof![Just("Left."), Just("left"), Just("came"), Just("")];
    (time, text).prop_map(|(time, text)| row(&time, text))
}

fn any_leg() -> impl Strategy<Value = Leg> {
    prop::collection::vec(any_row(), 0..8).prop_map(|checkpoints| Leg {
        checkpoints: checkpoints.into(),
        ..Leg::default()
    })
}

/// The rule in plain words, to hold the index against.
fn are_twins(one: &Checkpoint, other: &Checkpoint) -> bool {
    let (Some((a, how_a)), Some((b, how_b))) = (timed(one), timed(other)) else {
        return false;
    };
    let is_same_time = if how_a == Precision::Date || how_b == Precision::Date {
        a.civil().unwrap().date() == b.civil().unwrap().date()
    } else if let (Some(a), Some(b)) = (a.instant(), b.instant()) {
        a.as_second() / 60 == b.as_second() / 60
    } else {
        a.minute() == b.minute()
    };
    is_same_time && words(one) == words(other) && !words(one).is_empty()
}

proptest! {
    #[test]
    fn nothing_is_lost_but_twins_and_repeats(origin in any_leg(), destination in any_leg()) {
        let merged = merge(Some(&origin), Some(&destination));
        for (kind, leg) in [(LegKind::Origin, &origin), (LegKind::Destination, &destination)] {
            for row in &leg.checkpoints {
                // Of three that tell one event the two mere days go, also the one of the leg that stays.
                let is_day = timed(row).is_some_and(|(_, precision)| precision == Precision::Date);
                let is_listed = merged.iter().any(|entry| match entry.leg == kind {
                    true => entry.checkpoint == row || (is_day && are_twins(entry.checkpoint, row)),
                    false => are_twins(entry.checkpoint, row),
                });
                prop_assert!(is_listed, "{row:?}");
            }
        }
    }

    #[test]
    fn no_exact_twins_stay(origin in any_leg(), destination in any_leg()) {
        let merged = merge(Some(&origin), Some(&destination));
        for one in merged.iter().filter(|entry| entry.leg == LegKind::Origin) {
            for other in merged.iter().filter(|entry| entry.leg == LegKind::Destination) {
                prop_assert!(!are_twins(one.checkpoint, other.checkpoint), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn each_leg_keeps_its_order(origin in any_leg(), destination in any_leg()) {
        let merged = merge(Some(&origin), Some(&destination));
        for (kind, leg) in [(LegKind::Origin, &origin), (LegKind::Destination, &destination)] {
            let mut rows = leg.checkpoints.iter();
            for entry in merged.iter().filter(|entry| entry.leg == kind) {
                prop_assert!(rows.any(|row| std::ptr::eq(row, entry.checkpoint)));
            }
        }
    }

    #[test]
    fn an_order_that_was_found_is_kept_and_a_copy_finds_its_own(origin in any_leg(), destination in any_leg()) {
        let order = Order::default();
        let merged = merge(Some(&origin), Some(&destination));
        for _ in 0..2 {
            prop_assert_eq!(&order.merged(Some(&origin), Some(&destination)), &merged);
        }
        let swapped = order.clone();
        prop_assert_eq!(swapped.merged(Some(&destination), Some(&origin)), merge(Some(&destination), Some(&origin)));
    }

    #[test]
    fn the_same_legs_give_the_same_list(origin in any_leg(), destination in any_leg()) {
        let again = (origin.clone(), destination.clone());
        prop_assert_eq!(
            merge(Some(&origin), Some(&destination)),
            merge(Some(&again.0), Some(&again.1))
        );
    }
}
