//! Anything with an id.

use async_graphql::{ID, Interface};

use super::carrier::Carrier;
use super::direct::{Selected, Writer, Written};
use super::tracking::Tracking;

/// Anything that has an id and can be asked for by it.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Names it for ever, on every server."))]
pub(super) enum Node {
    Tracking(Tracking),
    Carrier(Carrier),
}

impl Written for Node {
    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        match self {
            Self::Tracking(tracking) => tracking.0.write(selected, to),
            Self::Carrier(carrier) => carrier.write(selected, to),
        }
    }
}
