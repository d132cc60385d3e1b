//! A schema that has what the questions ask for, and no more.

use async_graphql::{ComplexObject, Enum, InputObject, OneofObject, SimpleObject};
use serde::Deserialize;

#[derive(InputObject, Debug, Clone, PartialEq, Eq, Hash)]
pub struct TrackingKeyInput {
    pub carrier_code: String,
    pub tracking_number: String,
}

#[derive(OneofObject, Debug)]
pub enum TrackingRef {
    Key(TrackingKeyInput),
}

#[derive(SimpleObject, Deserialize, Debug)]
#[graphql(complex)]
pub struct Tracking {
    pub tracking_number: String,
    pub carrier_code: String,
    status: TrackingStatus,
    substatus: Option<String>,
    #[serde(rename = "lastEvent")]
    last_event: Option<String>,
    #[serde(rename = "lastUpdateTime")]
    last_event_local_time: Option<String>,
    #[serde(rename = "origin_info")]
    origin: Option<TrackingLeg>,
    #[serde(rename = "destination_info")]
    destination: Option<TrackingLeg>,
}

#[derive(SimpleObject, Deserialize, Debug)]
pub struct TrackingLeg {
    #[serde(rename = "trackinfo")]
    checkpoints: Vec<Checkpoint>,
}

#[derive(SimpleObject, Deserialize, Debug)]
pub struct Checkpoint {
    #[serde(rename = "Date")]
    local_time: Option<String>,
    #[serde(rename = "StatusDescription")]
    description: Option<String>,
    #[serde(rename = "Details")]
    location: Option<String>,
    #[serde(rename = "checkpoint_status")]
    status: Option<TrackingStatus>,
}

#[derive(Enum, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TrackingStatus {
    Pending,
    NotFound,
    Transit,
    Pickup,
    Delivered,
    Undelivered,
    Exception,
    Expired,
}

#[ComplexObject]
impl Tracking {
    /// Everything, newest first: the recipient's courier comes last on the way.
    async fn checkpoints(&self) -> Vec<&Checkpoint> {
        let legs = [&self.destination, &self.origin].into_iter().flatten();
        legs.flat_map(|leg| &leg.checkpoints).collect()
    }
}

impl Tracking {
    pub fn key(&self) -> TrackingKeyInput {
        TrackingKeyInput {
            carrier_code: self.carrier_code.clone(),
            tracking_number: self.tracking_number.clone(),
        }
    }
}
