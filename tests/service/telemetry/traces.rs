//! The parts of traces, as a collector is told them.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use parcelgraph::persisted::TextHash;
use parcelgraph::sandbox::SHUTTLE;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{DEADLINE, LOOK, Watched, client, look, look_at_the_shuttle, plan};
use crate::support::{Collector, Process, Socket, Told};

/// A trace that began elsewhere.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

async fn watched(collector: &Collector, flags: &[&str]) -> Watched {
    let url = collector.url();
    let own = ["--otlp-endpoint", &url];
    Watched::start(&[&own, flags].concat()).await
}

/// Those of that name.
fn named<'a>(told: &'a [Told], name: &str) -> Vec<&'a Told> {
    told.iter().filter(|span| span.name == name).collect()
}

fn one<'a>(told: &'a [Told], name: &str) -> &'a Told {
    let all = named(told, name);
    assert_eq!(all.len(), 1, "{name}: {told:#?}");
    all[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_have_their_waits_their_batch_and_its_call_in_traces() {
    let collector = Collector::start().await;
    let mut watched = watched(&collector, &["--poll-interval", "0"]).await;
    // Nobody has a turn before the first second is over, so that they share a batch.
    let parcels = [look_at_the_shuttle(), look("china-ems", "LS912989618CN")];
    for answer in join_all(parcels.iter().map(|body| watched.ask(body))).await {
        assert_eq!(answer["errors"], json!(null), "{answer}");
    }
    watched.end().await;
    let told = collector.told();

    let operations = named(&told, "query Look");
    assert_eq!(operations.len(), 2, "{told:#?}");
    for operation in &operations {
        assert_eq!((operation.kind, &*operation.parent), (2, ""));
        assert_eq!(operation.get("graphql.operation.type"), "query");
        assert_eq!(operation.get("graphql.operation.name"), "Look");
        let hash = TextHash::of(LOOK).to_string();
        assert_eq!(operation.get("graphql.document.hash"), hash);
        assert_eq!(operation.get("parcelgraph.calls"), "1");
        assert_eq!(operation.service["service.name"], "parcelgraph");
        assert_eq!(operation.status, 0);
    }
    let batch = one(&told, "batch");
    assert_eq!(batch.get("parcelgraph.lane"), "list");
    assert_eq!(batch.get("parcelgraph.keys"), "2");
    assert_eq!(batch.get("parcelgraph.fill"), "0.05");
    assert!(operations.iter().any(|it| it.id == batch.parent));
    let waits = named(&told, "wait");
    let own: BTreeSet<_> = operations.iter().map(|it| &it.id).collect();
    let parents: BTreeSet<_> = waits.iter().map(|it| &it.parent).collect();
    assert_eq!(parents, own);
    for wait in waits {
        assert_eq!(wait.links, [(batch.trace.clone(), batch.id.clone())]);
        assert_eq!(wait.get("parcelgraph.keys"), "1");
        assert!(wait.took_ns > batch.took_ns);
    }
    let call = one(&told, "GET /trackings/get");
    assert_eq!((call.kind, &call.parent), (3, &batch.id));
    assert_eq!(call.get("http.request.method"), "GET");
    assert_eq!(call.get("url.template"), "/trackings/get");
    assert_eq!(call.get("http.response.status_code"), "200");
    assert_eq!(call.get("server.address"), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_that_began_elsewhere_goes_on_here_if_it_is_kept_there() {
    let collector = Collector::start().await;
    let mut watched = watched(&collector, &["--trace-sampling", "0"]).await;
    for kept in ["00", "01"] {
        let request = watched.request(&look_at_the_shuttle());
        let request = request
            .header("traceparent", format!("00-{TRACE}-{PARENT}-{kept}"))
            .header("tracestate", "shop=checkout");
        assert!(request.send().await.unwrap().status().is_success());
    }
    // One that begins here is not kept.
    watched.ask(&look_at_the_shuttle()).await;
    watched.end().await;
    let told = collector.told();
    let operation = one(&told, "query Look");
    assert_eq!(operation.trace, TRACE);
    assert_eq!(operation.parent, PARENT);
    assert_eq!(operation.state, "shop=checkout");
    assert!(told.iter().all(|span| span.trace == TRACE), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_given_again_has_its_span() {
    let collector = Collector::start().await;
    let mut watched = watched(&collector, &[]).await;
    for _ in 0..4 {
        watched.ask(&look_at_the_shuttle()).await;
    }
    watched.end().await;
    let told = collector.told();
    let operations = named(&told, "query Look");
    assert_eq!(operations.len(), 4, "{told:#?}");
    let again = |span: &&&Told| span.get("parcelgraph.again") == "true";
    assert!(operations.iter().filter(again).count() >= 1, "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_says_so_and_what_is_refused_is_not_held_against_the_service() {
    let collector = Collector::start().await;
    let mut watched = watched(&collector, &[]).await;
    watched
        .ask(&json!({ "query": "query Wrong { nothing }" }))
        .await;
    watched.ask(&look("dhl", "0000000001")).await;
    watched.end().await;
    let told = collector.told();
    let refused = one(&told, "GraphQL Operation");
    assert_eq!(refused.get("error.type"), "BAD_USER_INPUT");
    assert_eq!(refused.status, 0);
    let unknown = one(&told, "query Look");
    assert_eq!(
        (unknown.get("error.type"), unknown.status),
        ("NOT_FOUND", 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_refreshes_subscriptions_and_the_rounds_have_spans() {
    let collector = Collector::start().await;
    let flags = ["--poll-interval", "1s", "--webhook-email", "a@b.example"];
    let mut watched = watched(&collector, &flags).await;
    let create = "mutation Add { createTracking(input: { carrierCode: \"dhl\", trackingNumber: \"NEW0000001\" }) { tracking { id } } }";
    watched.ask(&json!({ "query": create })).await;
    let refresh = format!(
        "mutation Ask {{ refreshTracking(ref: {{ key: {{ carrierCode: \"{}\", trackingNumber: \"{}\" }} }}) {{ ticket {{ reason }} }} }}",
        SHUTTLE.0, SHUTTLE.1
    );
    watched.ask(&json!({ "query": refresh })).await;
    let address = watched.process.address().to_string();
    let mut socket = Socket::begin(&address, "graphql-transport-ws").await;
    let watch = format!(
        "subscription Watch {{ trackingUpdated(refs: [{{ key: {{ carrierCode: \"{}\", trackingNumber: \"{}\" }} }}]) {{ kind }} }}",
        SHUTTLE.0, SHUTTLE.1
    );
    socket
        .say(json!({ "type": "subscribe", "id": "1", "payload": { "query": watch } }))
        .await;
    socket.next().await;
    let all = "subscription { statusChanged { kind } }";
    socket
        .say(json!({ "type": "subscribe", "id": "2", "payload": { "query": all } }))
        .await;
    socket.next().await;
    let message = watched
        .client
        .post(format!("http://{address}/webhooks/trackingmore"));
    let message = message.body("{}").send().await.unwrap();
    // Those who watch the whole account have it read, which takes a turn.
    let is_told = |name: &str| !named(&collector.told(), name).is_empty();
    crate::support::until("a sweep", || is_told("sweep")).await;
    drop(socket);
    watched.end().await;
    let told = collector.told();
    one(&told, "mutation Add");
    one(&told, "POST /trackings/post");
    let asked = one(&told, "mutation Ask");
    let refresh = one(&told, "refresh");
    assert_eq!(refresh.trace, asked.trace);
    assert_eq!(one(&told, "POST /trackings/realtime").parent, refresh.id);
    assert_eq!(one(&told, "subscription Watch").kind, 2);
    assert_eq!(named(&told, "subscription").len(), 1);
    let readme = std::fs::read_to_string("README.md").unwrap();
    let names = told.iter().flat_map(|span| span.attributes.keys());
    for name in names.collect::<BTreeSet<_>>() {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
    let webhook = one(&told, "POST /webhooks/trackingmore");
    let status = message.status().as_u16().to_string();
    assert_eq!(webhook.get("http.response.status_code"), status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_whose_client_leaves_is_told_logged_and_counted_as_abandoned() {
    let collector = Collector::start().await;
    // It takes calls, and never answers one.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}/v2", silent.local_addr().unwrap());
    let url = collector.url();
    let flags = ["--otlp-endpoint", &url, "--poll-interval", "0"];
    let flags = [&flags[..], &["--slow-operation", "1ms"]].concat();
    let mut process = Process::start(plan(upstream, "key".to_owned(), &flags)).await;
    let client = client();
    let asked = client.post(process.graphql()).json(&look_at_the_shuttle());
    let asking = tokio::spawn(asked.send());
    let called = timeout(DEADLINE, silent.accept()).await.unwrap().unwrap();
    asking.abort();
    let log = || std::fs::read_to_string(process.log()).unwrap();
    crate::support::until("its end", || log().contains("outcome=\"abandoned\"")).await;
    let slow = log();
    let slow: Vec<_> = slow
        .lines()
        .filter(|line| line.contains("slow operation"))
        .collect();
    assert_eq!(slow.len(), 1, "{slow:?}");
    assert!(slow[0].contains("operation=\"Look\""), "{slow:?}");
    let metrics = format!("http://{}/metrics", process.address());
    let metrics = client.get(metrics).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let labels = "operation=\"other\",type=\"query\",outcome=\"abandoned\"";
    let counted = format!("parcelgraph_operations_total{{{labels}}} 1\n");
    assert!(metrics.contains(&counted), "{metrics}");
    let timed = "parcelgraph_operation_duration_seconds_count{operation=\"other\"} 1\n";
    assert!(metrics.contains(timed), "{metrics}");
    drop((called, silent));
    assert!(process.drain().await.success());
    let told = collector.told();
    let operation = one(&told, "query Look");
    assert_eq!(operation.get("parcelgraph.abandoned"), "true");
    assert_eq!((operation.get("error.type"), operation.status), ("", 0));
    let readme = std::fs::read_to_string("README.md").unwrap();
    assert!(readme.contains("`parcelgraph.abandoned`"));
}
