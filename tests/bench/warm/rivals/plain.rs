//! async-graphql and axum as their documentation has them: parcels in a map, and a loader for each request in front of the upstream.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use dataloader::BatchFn;
use dataloader::cached::Loader;
use futures_util::future::join_all;
use serde::Deserialize;

use super::types::{Tracking, TrackingKeyInput, TrackingRef};
use crate::parcels;

type PlainSchema = Schema<Query, EmptyMutation, EmptySubscription>;
type Trackings = Loader<TrackingKeyInput, Option<Arc<Tracking>>, List>;

struct Query;

#[Object]
impl Query {
    async fn tracking(
        &self,
        context: &Context<'_>,
        #[graphql(name = "ref")] reference: TrackingRef,
    ) -> Option<Arc<Tracking>> {
        let TrackingRef::Key(key) = reference;
        match context.data_unchecked::<Memory>().get(&key) {
            Some(tracking) => Some(tracking),
            None => context.data_unchecked::<Trackings>().load(key).await,
        }
    }

    async fn trackings_by_ref(
        &self,
        context: &Context<'_>,
        refs: Vec<TrackingRef>,
    ) -> Vec<Option<Arc<Tracking>>> {
        let memory = context.data_unchecked::<Memory>();
        let trackings = context.data_unchecked::<Trackings>();
        let found = refs
            .into_iter()
            .map(async |TrackingRef::Key(key)| match memory.get(&key) {
                Some(tracking) => Some(tracking),
                None => trackings.load(key).await,
            });
        join_all(found).await
    }
}

/// The parcels that are known.
#[derive(Clone)]
struct Memory(Arc<RwLock<HashMap<TrackingKeyInput, Arc<Tracking>>>>);

impl Memory {
    fn get(&self, key: &TrackingKeyInput) -> Option<Arc<Tracking>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(key).cloned()
    }

    fn put(&self, tracking: Arc<Tracking>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(tracking.key(), tracking);
    }
}

/// Asks the upstream for what is not known.
#[derive(Clone)]
struct List {
    memory: Memory,
    upstream: String,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Envelope {
    data: Page,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Tracking>,
}

impl BatchFn<TrackingKeyInput, Option<Arc<Tracking>>> for List {
    async fn load(
        &mut self,
        keys: &[TrackingKeyInput],
    ) -> HashMap<TrackingKeyInput, Option<Arc<Tracking>>> {
        let mut found = HashMap::new();
        for some in keys.chunks(40) {
            let numbers: Vec<_> = some
                .iter()
                .map(|key| key.tracking_number.as_str())
                .collect();
            for tracking in self.call(&numbers.join(",")).await {
                self.memory.put(tracking.clone());
                found.insert(tracking.key(), Some(tracking));
            }
        }
        found
    }
}

impl List {
    async fn call(&self, numbers: &str) -> Vec<Arc<Tracking>> {
        let call = self
            .http
            .get(format!("{}/trackings/get", self.upstream))
            .query(&[("page", "1"), ("limit", "40"), ("numbers", numbers)]);
        let answer = call.send().await.unwrap().json::<Envelope>().await.unwrap();
        let items = answer.data.items.into_iter();
        items.map(Arc::new).collect()
    }
}

/// Serves that many parcels from memory.
pub fn router(upstream: &str, known: usize) -> Router {
    let parcels = (0..known).map(|parcel| {
        let tracking: Tracking = serde_json::from_str(&parcels::listed(parcel)).unwrap();
        (tracking.key(), Arc::new(tracking))
    });
    let list = List {
        memory: Memory(Arc::new(RwLock::new(parcels.collect()))),
        upstream: upstream.to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    Router::new()
        .route("/graphql", post(answer))
        .with_state((schema, list))
}

async fn answer(
    State((schema, list)): State<(PlainSchema, List)>,
    request: GraphQLRequest,
) -> GraphQLResponse {
    let memory = list.memory.clone();
    let request = request.into_inner().data(memory).data(Loader::new(list));
    schema.execute(request).await.into()
}
