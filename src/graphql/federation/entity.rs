//! What can be referred to from other parts of a supergraph.

use async_graphql::{Context, InputValueResult, Scalar, ScalarType, Union, Value};

use crate::graphql::direct::{Direct, Selected, Writer, Written};
use crate::graphql::error::Failure;
use crate::graphql::loader::load;
use crate::graphql::outcome::Outcome;
use crate::graphql::reference::{InvalidRef, TrackingRef};
use crate::graphql::scope::check_view;
use crate::graphql::tracking::Tracking;
use crate::model::TrackingKey;
use crate::tracker::Ask;

pub(super) struct Any(Value);

/// An entity as another part of the supergraph names it: an object with the name of its type and the fields of a key.
#[Scalar(
    name = "_Any",
    specified_by_url = "https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#scalar-_any"
)]
impl ScalarType for Any {
    fn parse(value: Value) -> InputValueResult<Self> {
        // What is wrong with one of them is not to spoil the others.
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// What other parts of a supergraph can refer to.
#[derive(Union)]
#[graphql(name = "_Entity")]
pub(super) enum Entity {
    Tracking(Tracking),
}

impl Written for Entity {
    fn write<'s>(&self, selected: &'s Selected, to: &mut Writer<'s>) {
        let Self::Tracking(tracking) = self;
        tracking.0.write(selected, to);
    }
}

/// The entity of that name, loaded together with its siblings.
pub(super) async fn entity(context: &Context<'_>, any: &Any) -> Outcome<Direct<Entity>> {
    let key = key(&any.0).and_then(|key| check_view(context, &key).map(|()| key));
    match key {
        Ok(key) => {
            let tracking = load(context, Ask::usual(key)).await;
            tracking
                .map(|reading| Direct(Entity::from(Tracking::from(reading))))
                .into()
        }
        Err(failure) => Outcome::Failed(failure),
    }
}

fn key(representation: &Value) -> Result<TrackingKey, Failure> {
    let shape = || {
        Failure::bad_input(
            "a representation is an object with __typename, and id or carrierCode and trackingNumber, all of them texts",
        )
    };
    let Value::Object(fields) = representation else {
        return Err(shape());
    };
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(shape()),
    };
    match text("__typename")?.map(String::as_str) {
        Some("Tracking") => {}
        Some(_) => {
            let only = "this service has entities of the type Tracking only";
            return Err(Failure::bad_input(only));
        }
        None => return Err(shape()),
    }
    let by_id = text("id")?.map(|id| TrackingRef::Id(id.into()).key());
    let by_number = match (text("carrierCode")?, text("trackingNumber")?) {
        (Some(code), Some(number)) => Some(TrackingKey::parse(code, number)),
        _ => None,
    };
    let by_number = by_number.map(|key| key.map_err(InvalidRef::from));
    match (by_id.transpose()?, by_number.transpose()?) {
        (Some(one), Some(other)) if one != other => Err(Failure::bad_input(
            "id and trackingNumber name two parcels: give one of the keys",
        )),
        (Some(key), _) | (None, Some(key)) => Ok(key),
        (None, None) => Err(shape()),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;
    use crate::graphql::reference::id_of;

    #[test]
    fn a_representation_names_a_parcel_by_either_key() {
        let parcel = TrackingKey::parse("dhl", "1234567890").unwrap();
        let id = id_of(&parcel).to_string();
        for named in [
            value!({ "__typename": "Tracking", "id": id.clone() }),
            value!({ "__typename": "Tracking", "carrierCode": "DHL", "trackingNumber": "1234567890" }),
            value!({ "__typename": "Tracking", "id": id.clone(), "carrierCode": "dhl", "trackingNumber": "1234567890" }),
            value!({ "__typename": "Tracking", "id": id.clone(), "carrierCode": "dhl" }),
        ] {
            assert_eq!(key(&named), Ok(parcel.clone()), "{named}");
        }
    }

    #[test]
    fn a_representation_that_names_nothing_is_told_what_it_is_to_be() {
        let id = id_of(&TrackingKey::parse("dhl", "1234567890").unwrap()).to_string();
        for (named, says) in [
            (value!("Tracking"), "a representation is an object"),
            (
                value!({ "id": id.clone() }),
                "a representation is an object",
            ),
            (
                value!({ "__typename": "Order", "id": id.clone() }),
                "this service has entities",
            ),
            (
                value!({ "__typename": "Tracking" }),
                "a representation is an object",
            ),
            (
                value!({ "__typename": "Tracking", "id": 5 }),
                "a representation is an object",
            ),
            (
                value!({ "__typename": "Tracking", "id": "x" }),
                "not an id of a tracking",
            ),
            (
                value!({ "__typename": "Tracking", "carrierCode": "dhl" }),
                "a representation is an object",
            ),
            (
                value!({ "__typename": "Tracking", "carrierCode": "dhl", "trackingNumber": "1" }),
                "\"1\" is not a tracking number",
            ),
            (
                value!({ "__typename": "Tracking", "id": id, "carrierCode": "ups", "trackingNumber": "1234567890" }),
                "id and trackingNumber name two",
            ),
        ] {
            let message = key(&named).unwrap_err().message;
            assert!(message.starts_with(says), "{named}: {message}");
        }
    }
}
