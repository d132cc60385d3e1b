//! Who carries parcels.

use async_graphql::Object;

use crate::model::CarrierCode;

pub(super) struct Carrier(pub(super) CarrierCode);

/// A company that carries parcels, as TrackingMore knows it.
#[Object]
impl Carrier {
    /// The code at TrackingMore, in lower case, such as `china-ems`.
    async fn code(&self) -> &str {
        self.0.as_str()
    }
}
