//! The table: what every field needs.

use parcelgraph::auth::Scopes;

use super::callers::{Parcel, Who};
use crate::support::SEED;

/// What a field wants, and how it is asked for.
pub struct Entry {
    /// The type and the field.
    pub place: &'static str,
    pub needs: &'static str,
    pub views: Views,
    /// With its arguments and without the operation around it.
    asks: String,
}

/// What a view token may do with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Views {
    /// Ask for it, whatever its parcels: it is about none.
    All,
    /// Ask for its parcels.
    Own,
    /// Nothing.
    Nothing,
}

/// A parcel that nobody has, for what would change one.
pub const NOBODYS: &str = r#"{ key: { carrierCode: "china-ems", trackingNumber: "UNKNOWN0001" } }"#;

pub const ERRORS: &str = "{ userErrors { code } }";

/// Everything at the root, and what else needs something. The id is that of the parcel.
pub fn table(id: &str) -> Vec<Entry> {
    let entry = |place, needs, views, asks: String| Entry {
        place,
        needs,
        views,
        asks,
    };
    let own = |place, needs, asks| entry(place, needs, Views::Own, asks);
    let no = |place, needs, asks: &str| entry(place, needs, Views::Nothing, asks.to_owned());
    let personal = |place: &'static str| {
        let (_, field) = place.split_once('.').unwrap();
        let asks = format!("tracking(ref: {SEED}) {{ {field} }}");
        entry(place, "customer:read", Views::Nothing, asks)
    };
    vec![
        own(
            "Query.tracking",
            "tracking:read",
            format!("tracking(ref: {SEED}) {{ id }}"),
        ),
        own(
            "Query.trackingsByRef",
            "tracking:read",
            format!("trackingsByRef(refs: [{SEED}]) {{ id }}"),
        ),
        no(
            "Query.trackings",
            "tracking:read",
            "trackings(first: 1) { totalCount }",
        ),
        own(
            "Query.node",
            "tracking:read",
            format!("node(id: {id}) {{ id }}"),
        ),
        own(
            "Query.nodes",
            "tracking:read",
            format!("nodes(ids: [{id}]) {{ id }}"),
        ),
        entry(
            "Query.rateLimit",
            "",
            Views::All,
            "rateLimit { limit }".to_owned(),
        ),
        no("Query._service", "", "_service { sdl }"),
        own(
            "Query._entities",
            "tracking:read",
            format!(
                "_entities(representations: [{{ __typename: \"Tracking\", id: {id} }}]) {{ ... on Tracking {{ id }} }}"
            ),
        ),
        no(
            "Query.carriers",
            "tracking:read",
            "carriers(first: 1) { totalCount }",
        ),
        no(
            "Query.carrier",
            "tracking:read",
            r#"carrier(code: "dhl") { name }"#,
        ),
        no(
            "Query.detectCarriers",
            "quota:spend",
            r#"detectCarriers(number: "LS912989618CN") { code }"#,
        ),
        no(
            "Query.remoteAreas",
            "tracking:read",
            r#"remoteAreas(areas: [{ countryCode: "JP", postcode: "1000001" }]) { fetchedAt }"#,
        ),
        no(
            "Query.transitTimes",
            "tracking:read",
            r#"transitTimes(lanes: [{ carrierCode: "dhl", originCountryCode: "CN", destinationCountryCode: "US" }]) { fetchedAt }"#,
        ),
        no(
            "Query.airWaybills",
            "quota:spend",
            r#"airWaybills(numbers: ["172-28891936"]) { number }"#,
        ),
        no("Query.account", "account:read", "account { stale }"),
        no(
            "Query.statusCounts",
            "account:read",
            "statusCounts { total }",
        ),
        no(
            "Query.upstreamBudget",
            "ops",
            "upstreamBudget { quotaLeft }",
        ),
        no(
            "Mutation.createTracking",
            "tracking:write quota:spend",
            &format!(
                r#"createTracking(input: {{ carrierCode: "dhl", trackingNumber: "NEW0000001" }}) {ERRORS}"#
            ),
        ),
        no(
            "Mutation.createTrackings",
            "tracking:write quota:spend",
            &format!(
                r#"createTrackings(inputs: [{{ carrierCode: "dhl", trackingNumber: "NEW0000002" }}]) {{ results {ERRORS} }}"#
            ),
        ),
        no(
            "Mutation.updateTracking",
            "tracking:write",
            &format!(r#"updateTracking(input: {{ ref: {NOBODYS}, title: "x" }}) {ERRORS}"#),
        ),
        no(
            "Mutation.updateTrackings",
            "tracking:write",
            &format!(
                r#"updateTrackings(inputs: [{{ ref: {NOBODYS}, title: "x" }}]) {{ results {ERRORS} }}"#
            ),
        ),
        no(
            "Mutation.deleteTracking",
            "tracking:write",
            &format!("deleteTracking(ref: {NOBODYS}) {ERRORS}"),
        ),
        no(
            "Mutation.deleteTrackings",
            "tracking:write",
            &format!("deleteTrackings(refs: [{NOBODYS}]) {{ results {ERRORS} }}"),
        ),
        no(
            "Mutation.changeCarrier",
            "tracking:write",
            &format!(r#"changeCarrier(ref: {NOBODYS}, carrierCode: "dhl") {ERRORS}"#),
        ),
        no(
            "Mutation.stopUpdating",
            "tracking:write",
            &format!("stopUpdating(refs: [{NOBODYS}]) {{ results {ERRORS} }}"),
        ),
        no(
            "Mutation.refreshTracking",
            "realtime",
            &format!("refreshTracking(ref: {SEED}, deadline: \"PT15S\") {ERRORS}"),
        ),
        no(
            "Mutation.createViewToken",
            "tracking:read",
            &format!(r#"createViewToken(input: {{ refs: [{SEED}], ttl: "PT1H" }}) {ERRORS}"#),
        ),
        no(
            "Mutation.revokeViewToken",
            "tracking:read",
            &format!(r#"revokeViewToken(input: {{ id: "x" }}) {ERRORS}"#),
        ),
        own(
            "Subscription.trackingUpdated",
            "tracking:read",
            format!("trackingUpdated(refs: [{SEED}]) {{ kind }}"),
        ),
        no(
            "Subscription.statusChanged",
            "tracking:read",
            "statusChanged { kind }",
        ),
        no(
            "Subscription.refreshed",
            "tracking:read",
            r#"refreshed(ticket: "x") { userErrors { code } }"#,
        ),
        personal("Tracking.signedBy"),
        personal("Tracking.title"),
        personal("Tracking.orderId"),
        personal("Tracking.orderTime"),
        personal("Tracking.comment"),
        personal("Tracking.customerName"),
        personal("Tracking.customerEmails"),
        personal("Tracking.customerPhone"),
        personal("Tracking.logisticsChannel"),
    ]
}

impl Entry {
    /// The operation that asks for nothing else.
    pub fn operation(&self) -> String {
        let asks = &self.asks;
        match self.place.split_once('.').unwrap().0 {
            "Mutation" => format!("mutation {{ {asks} }}"),
            "Subscription" => format!("subscription {{ {asks} }}"),
            _ => format!("{{ {asks} }}"),
        }
    }

    /// The names of the fields to it from the root, and what each needs.
    fn way(&self) -> Vec<(&'static str, Scopes)> {
        let (kind, field) = self.place.split_once('.').unwrap();
        let own = (field, self.needs.parse().unwrap());
        match kind {
            "Tracking" => vec![("tracking", "tracking:read".parse().unwrap()), own],
            _ => vec![own],
        }
    }

    /// Where a caller is refused; `None` if he is not.
    pub fn refused_at(&self, who: &Who) -> Option<Vec<&'static str>> {
        let way = self.way();
        let is_refused = |(depth, (_, needs)): (usize, &(&str, Scopes))| match who {
            Who::Nobody => true,
            Who::Scopes(scopes) => !needs.iter().all(|scope| scopes.contains(scope)),
            // A view token comes to a tracking, and then has what needs nothing else.
            Who::ViewOf(parcel) if way.len() > 1 && depth == 0 => *parcel == Parcel::Other,
            Who::ViewOf(parcel) => match self.views {
                Views::All => false,
                Views::Own => *parcel == Parcel::Other,
                Views::Nothing => true,
            },
        };
        let depth = way.iter().enumerate().position(is_refused)?;
        Some(way[..=depth].iter().map(|(name, _)| *name).collect())
    }
}
