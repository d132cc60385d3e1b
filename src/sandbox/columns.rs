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
    /// A message that is sent without being asked for.
    Webhook,
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
            Self::Webhook => 'W',
        };
        let fields = COLUMNS
            .iter()
            .filter(move |(_, columns)| columns.contains(column));
        fields.map(|(name, _)| *name)
    }
}

/// The table of section 2, with P, G, L, R, U and W as there. B is a batch row: P with a phone, as captured.
const COLUMNS: [(&str, &str); 31] = [
    ("id", "PBGLRUW"),
    ("tracking_number", "PBGLRUW"),
    ("carrier_code", "PBGLRUW"),
    ("status", "PBGLRUW"),
    ("substatus", "GLRW"),
    ("track_update", "LR"),
    ("created_at", "PBGLUW"),
    ("updated_at", "GLUW"),
    ("order_create_time", "PBGLR"),
    ("customer_name", "PBGLUW"),
    ("customer_email", "PBGLUW"),
    ("customer_phone", "BU"),
    ("title", "PBGLUW"),
    ("order_id", "PBGLUW"),
    ("comment", "PBGLUW"),
    ("logistics_channel", "PBU"),
    ("destination", "PBU"),
    ("destination_code", "RU"),
    ("archived", "GLU"),
    ("original_country", "GLRW"),
    ("destination_country", "GLRW"),
    ("itemTimeLength", "GLRW"),
    ("stayTimeLength", "GLR"),
    ("service_code", "GLRW"),
    ("status_info", "L"),
    ("packageStatus", "R"),
    ("last_mile_tracking_supported", "R"),
    ("origin_info", "GLRW"),
    ("destination_info", "GLRW"),
    ("lastEvent", "GLRW"),
    ("lastUpdateTime", "GLRW"),
];
