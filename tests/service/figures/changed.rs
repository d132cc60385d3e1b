//! Figures after settings were changed.

use std::fs;
use std::time::Duration;

use parcelgraph::sandbox::{self, Sandbox};
use tokio::time::{Instant, sleep};

use super::scrape::Scrape;
use crate::support::{Plan, Process, SEED, until};

async fn scrape(process: &Process) -> Scrape {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", process.address());
    let response = client.get(url).send().await.unwrap();
    Scrape::read(response.text().await.unwrap())
}

fn bytes(scrape: &Scrape) -> f64 {
    scrape.level("parcelgraph_finished_answer_bytes", &[])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_told_of_the_settings_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parcelgraph.toml");
    fs::write(&file, "[operations]\nanswer_cache = 4\n").unwrap();
    let sandbox = sandbox::Settings {
        speed: 0.0,
        ..sandbox::Settings::default()
    };
    let api_key = sandbox.api_key.clone();
    let sandbox = Sandbox::start_on_thread(sandbox).unwrap();
    let process = Process::start(Plan {
        upstream_url: sandbox.base_url().to_owned(),
        api_key,
        redis_url: None,
        replicas: 1,
        clock_off_by: 0,
        flags: vec!["--config".to_owned(), file.to_str().unwrap().to_owned()],
    })
    .await;
    let query = format!("{{ tracking(ref: {SEED}) {{ status }} }}");
    let end = Instant::now() + Duration::from_secs(30);
    while bytes(&scrape(&process).await) == 0.0 {
        assert!(Instant::now() < end, "no answer is kept");
        let answer = process.ask(&query).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        sleep(Duration::from_millis(5)).await;
    }
    fs::write(&file, "[operations]\nanswer_cache = 0\n").unwrap();
    Process::tell_to_reload(process.id().unwrap()).await;
    until("the change", || {
        fs::read_to_string(process.log())
            .unwrap()
            .contains("answer_cache = 0")
    })
    .await;
    assert_eq!(bytes(&scrape(&process).await), 0.0);
}
