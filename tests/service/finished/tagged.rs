//! What whoever keeps answers on their way is told.

use std::time::Duration;

use parcelgraph::auth::{NewToken, StaticToken};
use parcelgraph::graphql::Rate;
use parcelgraph::persisted::TextHash;
use parcelgraph::settings::Settings;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{House, SEED};

fn query() -> String {
    format!("{{ tracking(ref: {SEED}) {{ status title }} }}")
}

/// A house whose parcel is known.
async fn house(change: impl FnOnce(&mut Settings)) -> House {
    let house = House::without_limits_and(change).await;
    house.ask(&query()).await;
    house
}

async fn send(
    house: &House,
    method: Method,
    parameters: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .request(method, house.graphql())
        .query(parameters)
        .header("GraphQL-Require-Preflight", "1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn get(house: &House, headers: &[(&str, &str)]) -> Response {
    send(house, Method::GET, &[("query", &query())], headers).await
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap())
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again_until_it_changes() {
    let house = house(|_| ()).await;
    let first = get(&house, &[]).await;
    assert_eq!(header(&first, "cache-control"), Some("public, no-cache"));
    let vary: Vec<_> = first.headers().get_all("vary").iter().collect();
    assert!(
        vary.iter()
            .any(|vary| *vary == "accept, accept-encoding, authorization, parcelgraph-extensions"),
        "{vary:?}"
    );
    let tag = header(&first, "etag").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let body = first.bytes().await.unwrap();
    assert_eq!(house.raw(&query()).await.as_bytes(), body);
    for (method, known) in [
        (Method::GET, tag.clone()),
        (Method::HEAD, tag.clone()),
        (Method::GET, format!("\"other\", W/{tag}")),
        (Method::GET, "*".to_owned()),
    ] {
        let again = send(
            &house,
            method,
            &[("query", &query())],
            &[("If-None-Match", &known)],
        )
        .await;
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(header(&again, "etag"), Some(&*tag));
        assert_eq!(header(&again, "cache-control"), Some("public, no-cache"));
        assert_eq!(header(&again, "content-type"), None);
        assert!(again.headers().contains_key("vary"));
        assert!(again.bytes().await.unwrap().is_empty());
    }
    let head = send(&house, Method::HEAD, &[("query", &query())], &[]).await;
    assert_eq!(
        (head.status().as_u16(), header(&head, "etag")),
        (200, Some(&*tag))
    );
    assert_eq!(
        header(&head, "content-length"),
        Some(&*body.len().to_string())
    );
    let typed = [("Accept", "application/graphql-response+json")];
    let typed = get(&house, &typed).await;
    assert_ne!(header(&typed, "etag"), Some(&*tag));
    let change = format!(
        "mutation {{ updateTracking(input: {{ ref: {SEED}, title: \"red shoes\" }}) {{ userErrors {{ code }} }} }}"
    );
    house.ask(&change).await;
    let changed = get(&house, &[("If-None-Match", &tag)]).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(header(&changed, "etag"), Some(&*tag));
    assert!(changed.text().await.unwrap().contains("red shoes"));
}

#[tokio::test]
async fn an_answer_has_its_name_also_where_none_is_kept() {
    let house = house(|settings| settings.operations.answer_cache = 0).await;
    let first = get(&house, &[]).await;
    let tag = header(&first, "etag").unwrap();
    let again = get(&house, &[("If-None-Match", tag)]).await;
    assert_eq!(again.status(), 304);
    let figures = figures(&house).await;
    assert!(figures.contains("parcelgraph_finished_answers_total{outcome=\"hit\"} 0\n"));
    assert!(figures.contains("parcelgraph_finished_answer_bytes 0\n"));
}

async fn figures(house: &House) -> String {
    let url = format!("http://{}/metrics", house.address);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).send().await.unwrap();
    response.text().await.unwrap()
}

#[tokio::test]
async fn what_is_given_again_costs_its_points_also_where_it_is_known() {
    let house = house(|settings| {
        settings.access.points = Some(Rate {
            per_second: 1,
            burst: 40,
        });
    })
    .await;
    let first = get(&house, &[]).await;
    let tag = header(&first, "etag").unwrap().to_owned();
    let left = |response: &Response| -> u32 {
        let limit = header(response, "ratelimit").unwrap();
        let (_, rest) = limit.split_once("r=").unwrap();
        rest.split(';').next().unwrap().parse().unwrap()
    };
    let known = [("If-None-Match", &*tag)];
    let second = get(&house, &known).await;
    assert_eq!(second.status(), 304);
    assert!(left(&second) < left(&first));
    let mut last = second;
    for _ in 0..200 {
        last = get(&house, &known).await;
        if last.status() != 304 {
            break;
        }
    }
    assert_eq!(last.status(), 429);
    assert_eq!(header(&last, "cache-control"), Some("no-store"));
}

#[tokio::test]
async fn nobody_keeps_what_does_not_last() {
    let house = house(|_| ()).await;
    let posted = house.post(&[], &json!({ "query": query() })).await;
    assert_eq!(header(&posted, "cache-control"), Some("no-store"));
    assert_eq!(header(&posted, "etag"), None);
    let missing = "{ tracking(ref: { key: { carrierCode: \"dhl\", trackingNumber: \"0000000000\" } }) { status } }";
    let aging = format!("{{ tracking(ref: {SEED}) {{ freshness {{ ageSeconds }} }} }}");
    for query in [missing, &aging, "{ rateLimit { cost } }", "{ nonsense }"] {
        for _ in 0..2 {
            let headers = [("If-None-Match", "*")];
            let response = send(&house, Method::GET, &[("query", query)], &headers).await;
            assert_eq!(response.status(), 200, "{query}");
            assert_eq!(header(&response, "cache-control"), Some("no-store"));
            assert_eq!(header(&response, "etag"), None, "{query}");
        }
    }
    let reporting = get(&house, &[("Parcelgraph-Extensions", "cost")]).await;
    assert_eq!(header(&reporting, "cache-control"), Some("no-store"));
}

#[tokio::test]
async fn what_was_shown_a_token_for_is_nobody_elses() {
    let new = NewToken::random();
    let token = StaticToken::parse("reader", &new.sha256, "tracking:read").unwrap();
    let house = house(|settings| settings.access.tokens = vec![token]).await;
    let shown = format!("Bearer {}", new.token);
    let headers = [("Authorization", &*shown)];
    let response = get(&house, &headers).await;
    assert_eq!(response.status(), 200);
    let terms = header(&response, "cache-control");
    // `title` is not for him, so that the answer has an error.
    assert_eq!(terms, Some("no-store"));
    let query = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    for _ in 0..2 {
        let response = send(&house, Method::GET, &[("query", &query)], &headers).await;
        let terms = header(&response, "cache-control");
        assert_eq!(terms, Some("private, no-cache"));
    }
}

#[tokio::test]
async fn for_how_long_an_answer_may_be_kept_is_the_operators_choice() {
    for (max_age, terms) in [(30, "public, max-age=30"), (0, "public, no-cache")] {
        let house = house(|settings| {
            settings.transport.max_age = Duration::from_secs(max_age);
            settings.access.points = Rate::per_second(10);
        })
        .await;
        let response = get(&house, &[]).await;
        assert_eq!(header(&response, "cache-control"), Some(terms));
        // How somebody stands is not told to others who are given his answer.
        let tells = header(&response, "ratelimit").is_some();
        assert_eq!(tells, max_age == 0);
    }
    // Longer than its freshness, nothing is kept.
    let house = house(|settings| {
        settings.transport.max_age = Duration::from_secs(3_600 * 24 * 30);
    })
    .await;
    let response = get(&house, &[]).await;
    let terms = header(&response, "cache-control").unwrap();
    let seconds = terms.strip_prefix("public, max-age=").unwrap();
    let seconds: u64 = seconds.parse().unwrap();
    assert!((1..=6 * 3_600).contains(&seconds), "{terms}");
}

#[tokio::test]
async fn a_document_that_has_a_name_is_kept_like_its_text() {
    let house = house(|_| ()).await;
    let hash = TextHash::of(&query()).to_string();
    let named = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let registered = json!({ "query": query(), "extensions": named });
    house.post(&[], &registered).await;
    let named = named.to_string();
    let by_name = [("extensions", &*named)];
    let first = send(&house, Method::GET, &by_name, &[]).await;
    let tag = header(&first, "etag").unwrap();
    let again = send(&house, Method::GET, &by_name, &[("If-None-Match", tag)]).await;
    assert_eq!(again.status(), 304);
    let by_text = get(&house, &[]).await;
    assert_eq!(header(&by_text, "etag"), Some(tag));
}

#[tokio::test]
async fn a_batch_is_made_of_what_is_there() {
    let house = house(|settings| settings.transport.takes_batches = true).await;
    let one = json!({ "query": query() });
    let alone = house.ask(&query()).await;
    let response = house.post(&[], &json!([one, one, one])).await;
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    let answers: Value = response.json().await.unwrap();
    assert_eq!(answers, json!([alone, alone, alone]));
    let figures = figures(&house).await;
    // What came by itself is kept from the second time on, and not found among others.
    let hits = "parcelgraph_finished_answers_total{outcome=\"hit\"} 2\n";
    assert!(figures.contains(hits), "{figures}");
    let misses = "parcelgraph_finished_answers_total{outcome=\"miss\"} 3\n";
    assert!(figures.contains(misses), "{figures}");
    assert!(!figures.contains("parcelgraph_finished_answer_bytes 0\n"));
}
