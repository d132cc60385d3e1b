//! What operators see of a house in which much goes on.

mod changed;
mod load;
mod named;
mod scrape;
mod trouble;

use std::time::Duration;

use load::{Load, ban};
use named::{documented, named_in};
use scrape::Scrape;

/// What the dashboard and the alerts are made of.
const WATCHED: [&str; 2] = [
    "deploy/grafana/parcelgraph.json",
    "deploy/prometheus/alerts.yml",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrape_shows_what_the_load_did_and_all_that_dashboard_alerts_and_readme_name() {
    let load = Load::begin().await;
    load.subscribe().await;
    load.ask().await;
    load.write().await;
    load.push().await;
    let scrape = load.scrape().await;
    shows_operations(&scrape);
    shows_http(&scrape);
    shows_lanes_and_cache(&scrape);
    shows_news(&scrape);
    shows_machine(&scrape);
    assert_eq!(scrape.level("parcelgraph_banned", &[]), 0.0);

    ban(&load).await;
    let scrape = load.scrape().await;
    shows_ban(&scrape);

    for file in WATCHED {
        for name in named_in(file) {
            assert!(scrape.has(&name), "{file} names {name}, which is not there");
        }
    }
    // A process of its own shows what there is only with traces: see telemetry/collectors.rs.
    let documented = documented().into_iter();
    let documented = documented.filter(|row| row[0] != "`parcelgraph_trace_exports_total`");
    assert_eq!(documented.collect::<Vec<_>>(), scrape.described());
}

fn shows_operations(scrape: &Scrape) {
    let count = |operation, kind, outcome| {
        let labels = [
            ("operation", operation),
            ("type", kind),
            ("outcome", outcome),
        ];
        scrape.count("parcelgraph_operations", &labels)
    };
    // By POST, again, again and once more, by GET, over a socket, and twice in a batch.
    assert_eq!(count("Order", "query", "ok"), 8);
    assert_eq!(count("Order", "query", "BAD_USER_INPUT"), 1);
    assert_eq!(count("Order", "query", "partial"), 1);
    assert_eq!(count("Watch", "subscription", "ok"), 3);
    // What strangers call their operations is not told.
    assert_eq!(count("other", "query", "ok"), 2);
    assert_eq!(count("other", "mutation", "ok"), 2);
    assert_eq!(count("other", "unknown", "BAD_USER_INPUT"), 1);
    assert_eq!(scrape.values_of("operation"), ["Order", "Watch", "other"]);
    let took = |operation| {
        scrape.count_of(
            "parcelgraph_operation_duration_seconds",
            &[("operation", operation)],
        )
    };
    assert_eq!((took("Order"), took("Watch"), took("other")), (10, 3, 5));
    // Texts that were sent, and none of them by its name.
    assert_eq!(scrape.count("parcelgraph_unlisted_operations", &[]), 5);
}

fn shows_http(scrape: &Scrape) {
    let answers = |route, status| {
        let labels = [("route", route), ("status", status)];
        scrape.count("parcelgraph_http_responses", &labels)
    };
    // A socket is 101, two streams have begun, and the others are answered.
    assert_eq!(answers("graphql", "1xx"), 1);
    assert_eq!(answers("graphql", "2xx"), 2 + 13);
    assert_eq!(answers("webhook", "2xx"), 1);
    assert_eq!(answers("webhook", "4xx"), 2);
    assert_eq!(answers("other", "4xx"), 1);
    assert_eq!(
        scrape.level("parcelgraph_http_requests_in_flight", &[]),
        1.0
    );
    // The socket, the streams, and that of the scrape at least.
    assert!(scrape.level("parcelgraph_connections", &[]) >= 4.0);
    for lack in ["threshold", "connection", "seat"] {
        assert_eq!(scrape.count("parcelgraph_crowded", &[("lack", lack)]), 0);
    }
}

fn shows_lanes_and_cache(scrape: &Scrape) {
    let of = |lane| [("lane", lane)];
    assert_eq!(scrape.level("parcelgraph_lane_limit", &of("list")), 5.0);
    let lists = scrape.count("parcelgraph_calls", &of("list"));
    let waits = scrape.count_of("parcelgraph_lane_wait_seconds", &of("list"));
    // One of the poller may be on its way.
    let is_near = |count: u64| count.abs_diff(lists) <= 1;
    assert!(lists >= 2 && is_near(waits), "{lists} calls, {waits} waits");
    let labels = [("endpoint", "trackings_get"), ("outcome", "ok")];
    let answered = scrape.count("parcelgraph_upstream_calls", &labels);
    assert!(is_near(answered), "{answered} of {lists}");
    let took = scrape.count_of("parcelgraph_upstream_call_duration_seconds", &labels[..1]);
    assert_eq!(took, answered);
    // The two creations went in one call, or in one each.
    let created = ["trackings_post", "trackings_batch"].map(|endpoint| {
        let labels = [("endpoint", endpoint), ("outcome", "ok")];
        scrape.count("parcelgraph_upstream_calls", &labels)
    });
    assert!(
        (1..=2).contains(&created.iter().sum::<u64>()),
        "{created:?}"
    );
    assert_eq!(scrape.level("parcelgraph_quota_spent_total", &[]), 2.0);
    assert!(scrape.level("parcelgraph_quota_left", &[]) > 0.0);
    // One with a parcel for the subscribers, one with the four, and those of the poller.
    let batches = scrape.count_of("parcelgraph_batch_parcels", &[]);
    let parcels = scrape.level("parcelgraph_batch_parcels_sum", &[]);
    assert!(is_near(batches), "{batches} of {lists}");
    // One of the poller's may have gone with the four.
    let more = (parcels as u64).checked_sub(batches);
    assert!(more >= Some(3), "{parcels} parcels, {batches} calls");
    let found = |outcome| scrape.count("parcelgraph_cache_lookups", &[("outcome", outcome)]);
    // What the other replica had fetched.
    assert_eq!(found("redis_hit"), 1);
    assert!(found("memory_hit") >= 4, "{}", found("memory_hit"));
    // The subscribers' parcel, and the four; the poller's do not count.
    assert_eq!(found("miss"), 5);
    let known = scrape.level("parcelgraph_cached_parcels", &[]);
    let bytes = scrape.level("parcelgraph_cached_parcel_bytes", &[]);
    assert!(known >= 5.0);
    assert!(
        (500.0..50_000.0).contains(&(bytes / known)),
        "{bytes} bytes"
    );
    let finished = |outcome| scrape.count("parcelgraph_finished_answers", &[("outcome", outcome)]);
    // The third and the fourth, and what the batch has in common with the socket.
    assert_eq!((finished("hit"), finished("miss")), (4, 6));
    assert!(scrape.level("parcelgraph_finished_answer_bytes", &[]) > 0.0);
    assert!(scrape.count("parcelgraph_answers_at_hand", &[]) >= 3);
}

fn shows_news(scrape: &Scrape) {
    for transport in ["websocket", "sse", "multipart"] {
        let labels = [("transport", transport)];
        assert_eq!(scrape.level("parcelgraph_subscribers", &labels), 1.0);
    }
    assert!(scrape.count("parcelgraph_events", &[]) >= 1);
    assert!(scrape.level("parcelgraph_events_kept", &[]) >= 1.0);
    assert_eq!(scrape.count("parcelgraph_events_lagged", &[]), 0);
    assert_eq!(scrape.count("parcelgraph_subscribers_overtaken", &[]), 0);
    assert!(scrape.level("parcelgraph_events_unread", &[]) <= 32.0);
    let messages = |outcome| scrape.count("parcelgraph_webhooks", &[("outcome", outcome)]);
    assert_eq!((messages("accepted"), messages("forged")), (1, 2));
    let hints = scrape.sum("parcelgraph_hints_total");
    assert!(hints <= 1.0, "{hints}");
    assert_eq!(scrape.level("parcelgraph_watched_parcels", &[]), 1.0);
    assert_eq!(scrape.level("parcelgraph_poller_is_polling", &[]), 1.0);
    assert!(scrape.sum("parcelgraph_polls_total") >= 1.0);
    let name = "parcelgraph_poller_last_success_timestamp_seconds";
    assert!(scrape.age(name) < Duration::from_secs(60));
    assert!(scrape.level("parcelgraph_poller_behind_seconds", &[]) < 30.0);
}

fn shows_machine(scrape: &Scrape) {
    assert_eq!(scrape.level("parcelgraph_redis_up", &[]), 1.0);
    let commands = |outcome| scrape.count("parcelgraph_redis_commands", &[("outcome", outcome)]);
    assert!(commands("answered") > 10);
    assert_eq!((commands("refused"), commands("lost")), (0, 0));
    assert_eq!(scrape.count("parcelgraph_redis_outages", &[]), 0);
    assert!(scrape.level("parcelgraph_redis_last_answer_seconds", &[]) < 5.0);
    assert!(scrape.level("process_resident_memory_bytes", &[]) > 1e6);
    assert!(scrape.level("process_cpu_seconds_total", &[]) > 0.0);
    let files = scrape.level("process_open_fds", &[]);
    assert!(files > 10.0 && files < scrape.level("process_max_fds", &[]));
    assert!(scrape.age("process_start_time_seconds") < Duration::from_secs(3_600));
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(scrape.level("parcelgraph_build_info", &version), 1.0);
    assert!(scrape.level("parcelgraph_tasks", &[]) >= 3.0);
    assert!(scrape.level("parcelgraph_tasks_queued", &[]) >= 0.0);
}

fn shows_ban(scrape: &Scrape) {
    assert_eq!(scrape.level("parcelgraph_banned", &[]), 1.0);
    assert_eq!(scrape.count("parcelgraph_upstream_429", &[]), 1);
    let closed = scrape.level("parcelgraph_lane_closed_seconds", &[("lane", "list")]);
    assert!((60.0..=120.0).contains(&closed), "{closed} s");
    let labels = [
        ("endpoint", "trackings_realtime"),
        ("outcome", "too_many_requests"),
    ];
    assert_eq!(scrape.count("parcelgraph_upstream_calls", &labels), 1);
    let labels = [
        ("operation", "other"),
        ("type", "query"),
        ("outcome", "THROTTLED"),
    ];
    assert_eq!(scrape.count("parcelgraph_operations", &labels), 1);
}
