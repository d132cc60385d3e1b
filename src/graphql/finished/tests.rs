//! How much is kept, and what is given.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::*;
use crate::auth::Caller;
use crate::graphql::document::{Documents, Limits, Trust};
use crate::graphql::request::Request;
use crate::model::ClientId;
use crate::tracker::Basis;

async fn questions(count: usize) -> Vec<Question> {
    let documents = Documents::open(&crate::graphql::sdl(), Limits::NONE);
    let caller = Caller::trusted(ClientId::default());
    let mut questions = Vec::new();
    for number in 0..count {
        let text = format!("{{ node(id: {number}) {{ id }} }}").into();
        let client = &caller.client;
        let mut counting = documents.tallies().begin(std::time::Instant::now());
        let operation = Operation::read(
            &documents,
            Request::default(),
            &text,
            Trust::Stranger,
            client,
            &mut counting,
        );
        questions.extend(Question::of(&operation.await.unwrap(), &caller));
    }
    questions
}

async fn question() -> Question {
    questions(1).await.remove(0)
}

fn page(finished: &Finished, bytes: usize) -> Arc<Page> {
    let basis = Basis::test(Instant::now() + Duration::from_secs(60));
    let room = finished.0.room.clone();
    Arc::new(Page::new(
        "a".repeat(bytes).into(),
        basis,
        Arc::default(),
        room,
    ))
}

fn kept(page: &Arc<Page>) -> Kept {
    let page = page.clone();
    Kept {
        page,
        cost: 1,
        title: None,
    }
}

#[tokio::test]
async fn a_page_is_given_for_as_long_as_it_is_the_same() {
    let finished = Finished::new(100_000);
    let question = question().await;
    let page = page(&finished, 100);
    assert!(finished.find(&question, |_| true).is_none());
    finished.keep(question.clone(), kept(&page));
    let found = finished.find(&question, |_| true);
    assert!(Arc::ptr_eq(&found.unwrap().page, &page));
    assert!(finished.find(&question, |_| false).is_none());
    finished.miss();
    finished.hit();
    let figures = finished.figures();
    assert_eq!((figures.hits, figures.misses), (1, 1));
}

#[tokio::test]
async fn what_is_kept_has_a_bound_with_its_coded_forms() {
    let finished = Finished::new(100_000);
    for question in questions(50).await {
        let page = page(&finished, 10_000);
        page.keep_form(0, &Bytes::from(vec![0; 5_000]));
        finished.keep(question, kept(&page));
        assert!(finished.figures().bytes <= 100_000);
    }
    assert!(finished.figures().bytes > 50_000);
}

#[test]
fn a_coded_form_is_kept_while_there_is_room_and_makes_room_when_its_page_goes() {
    let finished = Finished::new(4_000);
    let form = |bytes| Bytes::from(vec![0; bytes]);
    let (one, other) = (page(&finished, 10), page(&finished, 10));
    one.keep_form(0, &form(900));
    one.keep_form(0, &form(50));
    other.keep_form(0, &form(101));
    other.keep_form(9, &form(1));
    assert_eq!(one.form(0), Some(&form(900)));
    assert_eq!(
        (one.form(1), other.form(0), other.form(9)),
        (None, None, None)
    );
    drop(one);
    other.keep_form(0, &form(1_000));
    assert_eq!(other.form(0), Some(&form(1_000)));
    assert_eq!(finished.figures().bytes, 1_000);
}

#[tokio::test]
async fn with_no_bytes_nothing_is_kept() {
    let finished = Finished::new(0);
    let question = question().await;
    let page = page(&finished, 10);
    page.keep_form(0, &Bytes::from_static(b"a"));
    finished.keep(question.clone(), kept(&page));
    assert!(finished.find(&question, |_| true).is_none());
    assert_eq!((finished.figures().bytes, page.form(0)), (0, None));
}

#[test]
fn pages_are_named_by_their_bytes() {
    let finished = Finished::new(1_000);
    let (one, same, other) = (page(&finished, 5), page(&finished, 5), page(&finished, 6));
    assert_eq!(one.tag(), same.tag());
    assert_ne!(one.tag(), other.tag());
    assert_eq!(one.tag().len(), 32);
}
