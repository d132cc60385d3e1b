//! One link in a cluster of three nodes.

use parcelgraph::redis_link::{Away, Link, PATIENCE, Settings};

use crate::support::{Redis, until};

fn link(url: String) -> Link {
    Link::open(Settings {
        url,
        secret: b"account".to_vec(),
        patience: PATIENCE,
    })
    .unwrap()
}

async fn written(link: &Link) -> Result<String, Away> {
    let mut set = redis::cmd("SET");
    set.arg(link.key("word")).arg("there");
    link.ask(&set).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_node_is_named_the_owner_of_the_slot_is_found() {
    let cluster = Redis::cluster().await;
    for node in &cluster.nodes {
        let link = link(node.url());
        until("a session", || link.session().is_some()).await;
        assert_eq!(written(&link).await.unwrap(), "OK");
        assert!(link.tell("topic", b"news").await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_moves_is_followed_by_all_replicas() {
    let cluster = Redis::cluster().await;
    let replicas = [link(cluster.nodes[0].url()), link(cluster.nodes[1].url())];
    for replica in &replicas {
        until("a session", || replica.session().is_some()).await;
    }
    let key = replicas[0].key("word");
    let new = (cluster.owner(&key).await + 1) % 3;
    cluster.give(&key, new).await;
    for replica in &replicas {
        assert_eq!(written(replica).await, Err(Away));
        until("a new session", || replica.session() == Some(2)).await;
        assert_eq!(written(replica).await.unwrap(), "OK");
    }
    assert_eq!(
        cluster.nodes[new].ask::<String>(&["GET", &key]).await,
        "there"
    );
    assert!(replicas[0].tell("topic", b"news").await.unwrap());
}
