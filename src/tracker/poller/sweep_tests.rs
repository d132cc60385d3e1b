use super::*;
use crate::model::{Status, Tracking};

const SIZE: usize = MAX_PAGE_SIZE as usize;

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn row(number: usize, updated: i64) -> Result<Tracking, ItemError> {
    let key = TrackingKey::parse("dhl", &format!("{number:010}")).unwrap();
    Ok(Tracking {
        updated_at: Some(time(updated)),
        created_at: Some(time(updated - 500)),
        ..Tracking::bare(key, Status::Transit)
    })
}

fn page(numbers: impl IntoIterator<Item = usize>, total: usize) -> Page {
    Page {
        items: numbers.into_iter().map(|number| row(number, 0)).collect(),
        total: Some(total as u64),
        ..Page::default()
    }
}

fn last() -> Sweep {
    let at = Instant::now();
    Sweep {
        since: time(-9_000),
        from: at,
        until: at,
        whole: None,
    }
}

fn news() -> Course {
    Course::new(Rows::News(last()), 7)
}

/// Takes in pages, a second apart, and gives what each comes to.
fn read(course: &mut Course, pages: &[Page]) -> Vec<Option<Swept>> {
    let start = Instant::now();
    let pages = pages.iter().zip(0..);
    let take_in = |(page, second)| course.take_in(page, start + Duration::from_secs(second));
    pages.map(take_in).collect()
}

fn is_whole(swept: Option<Swept>) -> bool {
    matches!(swept, Some(Swept::Whole(..)))
}

#[test]
fn a_list_is_read_to_its_end() {
    let pages = [page(0..SIZE, SIZE + 5), page(SIZE..SIZE + 5, SIZE + 5)];
    let read = read(&mut news(), &pages);
    assert_eq!(read[0], None);
    assert!(matches!(read[1], Some(Swept::Whole(_, 2))), "{:?}", read[1]);
}

#[test]
fn a_row_that_moved_behind_others_meanwhile_hides_none() {
    // Row 5 changed and went to the end; the first row of the second page slid into the first one.
    let second = || page((SIZE + 1..SIZE + 5).chain([5]), SIZE + 5);
    let first = page(0..SIZE, SIZE + 5);
    let again = page((0..5).chain(6..SIZE + 1), SIZE + 5);
    let mut course = news();
    let begun = read(&mut course, &[first, second()]);
    assert_eq!(begun, [None, None], "not all rows were seen");
    assert!(is_whole(read(&mut course, &[again])[0]), "now they were");
}

#[test]
fn a_list_that_never_shows_all_of_its_rows_was_not_read_but_all_parcels_are_known_as_far_as_they_are()
 {
    let pages = || {
        let moved = || page((SIZE + 1..SIZE + 5).chain([5]), SIZE + 5);
        let first = || page(0..SIZE, SIZE + 5);
        [first(), moved(), first(), moved()]
    };
    assert_eq!(read(&mut news(), &pages()).pop(), Some(Some(Swept::Failed)));
    let mut all = Course::new(Rows::All, 7);
    assert!(is_whole(read(&mut all, &pages()).pop().unwrap()));
}

#[test]
fn rows_without_a_name_and_twins_do_not_count_as_moved() {
    let mut first = page((0..SIZE - 1).chain([0]), SIZE + 1);
    first.items[7] = Err(ItemError {
        key: None,
        reason: "it has no number".to_owned(),
    });
    let swept = read(&mut news(), &[first, page([SIZE], SIZE + 1)]);
    let Some(Swept::Whole(sweep, 2)) = swept[1] else {
        panic!("{swept:?}");
    };
    assert_eq!(sweep.from, sweep.until, "any parcel may have changed");
}

#[test]
fn the_next_one_begins_with_what_changed_while_this_one_was_read() {
    let mut second = page([], SIZE + 2);
    second.items = vec![row(SIZE, 100), row(SIZE + 1, 2_000_000_000)];
    let pages = [page(0..SIZE, SIZE + 2), second];
    let Some(Some(Swept::Whole(sweep, _))) = read(&mut news(), &pages).pop() else {
        panic!("it is whole");
    };
    // A minute of overlap, and the second that lies between the pages. The time that has not come does not count.
    assert_eq!(sweep.since, time(100 - 60 - 1));
}

#[test]
fn what_is_added_after_all_was_read_is_new() {
    let Some(Swept::Whole(sweep, 1)) = read(&mut Course::new(Rows::All, 7), &[page(0..3, 3)])[0]
    else {
        panic!("it is whole");
    };
    assert_eq!(sweep.whole.unwrap().since, time(-60));
}

#[test]
fn what_is_too_long_is_too_long_only_for_news() {
    let total = SIZE * (MOST_PAGES as usize + 1);
    let first = || page(0..SIZE, total);
    assert_eq!(read(&mut news(), &[first()]), [Some(Swept::TooLong)]);
    let pages: Vec<_> = (0..MOST_PAGES as usize)
        .map(|at| page(at * SIZE..(at + 1) * SIZE, total))
        .collect();
    let read = read(&mut Course::new(Rows::All, 7), &pages);
    assert!(is_whole(*read.last().unwrap()));
    assert_eq!(read.iter().flatten().count(), 1);
}

#[test]
fn a_list_that_grows_shorter_was_not_read() {
    let pages = [page(0..SIZE, SIZE + 5), page(SIZE..SIZE + 4, SIZE + 4)];
    assert_eq!(read(&mut news(), &pages)[1], Some(Swept::Failed));
}

#[test]
fn a_page_gives_way_to_people_for_ten_seconds() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    for (queued, opens, now, until) in [
        (0, None, 0, None),
        (0, Some(900), 0, Some(900)),
        (3, None, 500, Some(600)),
        (3, Some(900), 500, Some(900)),
        (3, Some(10_900), 9_999, Some(10_900)),
        (3, Some(10_900), 10_000, None),
    ] {
        let lane = LaneBudget {
            lane: Lane::List,
            limit: 1,
            used: 1,
            queued,
            next_slot: opens.map(at),
            closed_until: None,
        };
        let waits = gives_way(start, &lane, at(now));
        assert_eq!(waits, until.map(at), "{queued} {opens:?} {now}");
    }
}
