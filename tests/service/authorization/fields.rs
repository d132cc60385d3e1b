//! The rest of the table: fields that need nothing but what is around them.

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Nothing that tells of people, or the caller's own.
    Free,
    /// What couriers wrote, masked for whoever may not read of customers.
    Words,
}

use Content::{Free, Words};

/// The type, what stands in these fields of it, and their names.
pub const FIELDS: [(&str, Content, &str); 54] = [
    (
        "Account",
        Free,
        "email registeredAt phone balance trackingsLeft fetchedAt stale",
    ),
    (
        "AirWaybill",
        Free,
        "number airline weight pieces origin destination statusNumber events flights stations warnings fetchedAt stale",
    ),
    (
        "AirWaybill",
        Words,
        "lastEvent upstreamStatus upstreamSubstatus",
    ),
    ("Airline", Free, "name homepage trackingPage"),
    (
        "CargoEvent",
        Free,
        "plannedLocalTime localTime station flightNumber status pieces weight",
    ),
    ("CargoEvent", Words, "description"),
    (
        "Carrier",
        Free,
        "id code name chineseName phone homepage logo trackingPage kind country",
    ),
    ("CarrierConnection", Free, "edges nodes pageInfo totalCount"),
    ("CarrierEdge", Free, "cursor node"),
    (
        "ChangeCarrierPayload",
        Free,
        "tracking trackingId previousId userErrors warnings",
    ),
    (
        "Checkpoint",
        Free,
        "precision timeZone timeZoneSource instant status substatusMeaning leg",
    ),
    (
        "Checkpoint",
        Words,
        "localTime description location substatus milestone",
    ),
    ("Country", Free, "code"),
    ("Country", Words, "name"),
    (
        "CreateTrackingPayload",
        Free,
        "tracking userErrors warnings",
    ),
    ("CreateTrackingsPayload", Free, "results"),
    ("CreateViewTokenPayload", Free, "viewToken userErrors"),
    ("DeleteTrackingPayload", Free, "deletedId userErrors"),
    ("DeleteTrackingsPayload", Free, "results"),
    (
        "Flight",
        Free,
        "number origin destination plannedDeparture departure plannedArrival arrival",
    ),
    (
        "Freshness",
        Free,
        "fetchedAt ageSeconds source stale staleReason nextRefreshAt realtimeAllowedAt",
    ),
    ("Lagged", Free, "missedSince resumeFrom"),
    (
        "PageInfo",
        Free,
        "hasNextPage hasPreviousPage startCursor endCursor",
    ),
    ("RateLimit", Free, "limit cost remaining resetAt"),
    (
        "RefreshTicket",
        Free,
        "id reason position estimatedAt cooldownUntil",
    ),
    (
        "RefreshTrackingPayload",
        Free,
        "tracking userErrors ticket warnings",
    ),
    ("RefreshedPayload", Free, "tracking userErrors ticket"),
    (
        "RemoteAreaCheck",
        Free,
        "country postcode remote couriers fetchedAt",
    ),
    ("RevokeViewTokenPayload", Free, "userErrors"),
    ("StatusCount", Free, "status upstreamStatus count"),
    ("StatusCounts", Free, "counts total fetchedAt stale"),
    ("StopUpdatingPayload", Free, "results"),
    ("StopUpdatingResult", Free, "tracking userErrors"),
    (
        "Tracking",
        Free,
        "id trackingNumber carrierCode carrier status substatusMeaning anomalies checkpoints origin destination originCountry destinationCountry transitDays idleDays archived updating createdAt updatedAt verification freshness",
    ),
    (
        "Tracking",
        Words,
        "upstreamStatus substatus lastEvent lastEventLocalTime serviceCode",
    ),
    ("TrackingAnomaly", Free, "kind"),
    ("TrackingAnomaly", Words, "message"),
    ("TrackingChange", Free, "field"),
    ("TrackingChange", Words, "before after"),
    (
        "TrackingConnection",
        Free,
        "edges nodes pageInfo totalCount",
    ),
    ("TrackingEdge", Free, "cursor node"),
    (
        "TrackingEvent",
        Free,
        "cursor kind occurredAt trackingId tracking source lagged changes",
    ),
    ("TrackingLeg", Free, "carrier milestones checkpoints"),
    ("TrackingLeg", Words, "referenceNumber weblink phone"),
    (
        "TrackingMilestones",
        Words,
        "received dispatched departedAirport arrivedAbroad customsClearance arrivedDestination",
    ),
    (
        "TransitTime",
        Free,
        "carrier originCountry destinationCountry parcels delivered days0To7 days7To15 days16To30 days31To60 daysOver60 fetchedAt",
    ),
    ("UpdateTrackingPayload", Free, "tracking userErrors"),
    ("UpdateTrackingsPayload", Free, "results"),
    ("UpstreamBudget", Free, "lanes quotaLeft quotaFetchedAt"),
    (
        "UpstreamLaneBudget",
        Free,
        "lane limit used queued nextSlotAt closedUntil",
    ),
    (
        "UserError",
        Free,
        "field code message upstreamCode retryAfter",
    ),
    ("ViewToken", Free, "id token expiresAt"),
    ("Warning", Free, "field message suggestion"),
    ("_Service", Free, "sdl"),
];

/// Each of them as `Type.field`.
pub fn places() -> impl Iterator<Item = (String, Content)> {
    FIELDS.into_iter().flat_map(|(kind, content, fields)| {
        let fields = fields.split_whitespace();
        fields.map(move |field| (format!("{kind}.{field}"), content))
    })
}
