//! Collectors that are away, or that nobody has named, and others that are told of a trace.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use serde_json::json;

use tokio::time::{Instant, sleep};

use super::{DEADLINE, Watched, client, look_at_the_shuttle, plan};
use crate::support::{Collector, Process};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_to_a_collector_that_is_not_named() {
    let collector = Collector::start().await;
    // Whoever has libraries of OpenTelemetry send traces by themselves sets these, and they alone ask for none here.
    let variables = vec![
        ("OTEL_TRACES_EXPORTER", "otlp".to_owned()),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            format!("{}/v1/traces", collector.url()),
        ),
    ];
    // Where collectors commonly are, if there is none on this machine.
    let usual = TcpListener::bind("127.0.0.1:4318").ok();
    let mut watched = Watched::start_within(variables, &[]).await;
    let answer = watched.ask(&look_at_the_shuttle()).await;
    assert_eq!(answer["errors"], json!(null));
    assert!(!watched.metrics().await.contains("trace_exports"));
    // The last spans would be sent now.
    watched.end().await;
    assert_eq!(collector.told().len(), 0);
    if let Some(usual) = usual {
        usual.set_nonblocking(true).unwrap();
        let came = usual.accept().map(|_| ());
        assert_eq!(came.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
    let log = watched.log();
    assert!(!log.contains("trace"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_on_this_machine_is_reached_beside_the_proxies_and_that_is_counted() {
    let collector = Collector::start().await;
    // It would take a connection, and never say a word.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", proxy.local_addr().unwrap());
    let variables = vec![("http_proxy", proxy.clone()), ("ALL_PROXY", proxy)];
    let flags = ["--otlp-endpoint", &collector.url()];
    let mut watched = Watched::start_within(variables, &flags).await;
    watched.ask(&look_at_the_shuttle()).await;
    let taken = "parcelgraph_trace_exports_total{outcome=\"taken\"} 1\n";
    let end = Instant::now() + DEADLINE;
    let mut metrics = watched.metrics().await;
    while !metrics.contains(taken) {
        assert!(Instant::now() < end, "{metrics}");
        sleep(Duration::from_millis(20)).await;
        metrics = watched.metrics().await;
    }
    assert!(metrics.contains("parcelgraph_trace_exports_total{outcome=\"refused\"} 0\n"));
    assert!(!collector.told().is_empty());
    let name = "# HELP parcelgraph_trace_exports ";
    let meaning = metrics.lines().find_map(|line| line.strip_prefix(name));
    let meaning = meaning.unwrap().trim_end_matches('.');
    let row = format!("| `parcelgraph_trace_exports_total` | counter | `outcome` | {meaning} |\n");
    let readme = std::fs::read_to_string("README.md").unwrap();
    assert!(readme.contains(&row), "{row}");
    watched.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_hurts_nobody_and_is_logged_once() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    // This one takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for (url, lines) in [(away, 1), (silent_url, 0)] {
        let mut watched = Watched::start(&["--otlp-endpoint", &url]).await;
        for _ in 0..300 {
            let answer = watched.ask(&look_at_the_shuttle()).await;
            assert_eq!(answer["errors"], json!(null));
        }
        watched.end().await;
        let log = watched.log();
        let told = log.matches("takes no traces").count();
        // Whether one that is silent is given up before the end is a matter of time.
        assert!(told <= 1 && told >= lines, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_that_is_not_trackingmores_is_told_of_the_trace() {
    let collector = Collector::start().await;
    let heard = Arc::<Mutex<Vec<HeaderMap>>>::default();
    let hearing = heard.clone();
    let hear = move |headers: HeaderMap| async move {
        hearing.lock().unwrap().push(headers);
        let meta = json!({ "code": 200, "type": "Success", "message": "Success" });
        axum::Json(
            json!({ "meta": meta, "data": { "page": 1, "limit": 40, "total": 0, "items": [] } }),
        )
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}/v2", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let router = Router::new().fallback(hear);
        axum::serve(listener, router).await.unwrap();
    });
    let url = collector.url();
    let flags = ["--otlp-endpoint", &url, "--poll-interval", "0"];
    let mut process = Process::start(plan(upstream, "key".to_owned(), &flags)).await;
    let asked = client()
        .post(process.graphql())
        .json(&look_at_the_shuttle());
    asked.send().await.unwrap();
    assert!(process.drain().await.success());
    serving.abort();
    let told = collector.told();
    let call = told.iter().find(|span| span.name == "GET /trackings/get");
    let call = call.expect("it is told");
    let heard = heard.lock().unwrap();
    let expected = format!("00-{}-{}-01", call.trace, call.id);
    assert_eq!(heard[0]["traceparent"], expected);
}
