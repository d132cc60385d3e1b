//! Which field of the tracking object occurs in which answer.

/// In which answer a tracking object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `POST /trackings/post`.
    Post,
    /// A row of `POST /trackings/batch`.
    Batch,
    /// `GET /trackings/{carrier}/{number}`.
    Single,
    /// `GET /trackings/get`.
    List,
    /// `POST /trackings/realtime`.
    Realtime,
    /// `PUT /trackings/{carrier}/{number}`.
    Update,
}

impl Shape {
    /// The names of its fields.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        let column = match self {
            Self::Post => 'P',
            Self::Batch => 'B',
            Self::Single => 'G',
            Self::List => 'L',
            Self::Realtime => 'R',
            Self::Update => 'U',
        };
        let fields = COLUMNS
            .iter()
            .filter(move |(_, columns)| columns.contains(column));
        fields.map(|(name, _)| *name)
    }
}

/// The table of section 2, with P, G, L, R and U as there. B is a batch row: P with a phone, as captured.
const COLUMNS: [(&str, &str); 31] = [
    ("id", "PBGLRU"),
    ("tracking_number", "PBGLRU"),
    ("carrier_code", "PBGLRU"),
    ("status", "PBGLRU"),
    ("substatus", "GLR"),
    ("track_update", "LR"),
    ("created_at", "PBGLU"),
    ("updated_at", "GLU"),
    ("order_create_time", "PBGLR"),
    ("customer_name", "PBGLU"),
    ("customer_email", "PBGLU"),
    ("customer_phone", "BU"),
    ("title", "PBGLU"),
    ("order_id", "PBGLU"),
    ("comment", "PBGLU"),
    ("logistics_channel", "PBU"),
    ("destination", "PBU"),
    ("destination_code", "RU"),
    ("archived", "GLU"),
    ("original_country", "GLR"),
    ("destination_country", "GLR"),
    ("itemTimeLength", "GLR"),
    ("stayTimeLength", "GLR"),
    ("service_code", "GLR"),
    ("status_info", "L"),
    ("packageStatus", "R"),
    ("last_mile_tracking_supported", "R"),
    ("origin_info", "GLR"),
    ("destination_info", "GLR"),
    ("lastEvent", "GLR"),
    ("lastUpdateTime", "GLR"),
];
