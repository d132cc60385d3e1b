//! From a parcel and the time to the JSON of the documentation's tracking object.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};

use super::carriers::{Carrier, Precision, Site};
use super::columns::Shape;
use super::countries::{Country, Language};
use super::dice;
use super::events::Milestone;
use super::journeys::Leg;
use super::parcel::Parcel;
use super::script::{Row, Scene, Words};
use super::status::Status;

/// The zone of the service's own times and of order times.
pub const SERVICE_ZONE: Offset = Offset::constant(8);

/// The tracking object of a parcel, with the fields that its place in the documentation has and the texts
/// as the couriers write.
pub fn tracking(parcel: &Parcel, now: Timestamp, shape: Shape) -> Map<String, Value> {
    translated(parcel, now, shape, None)
}

/// The same for a reader who asks for a language. It works only where the courier's site is multilingual.
pub fn translated(
    parcel: &Parcel,
    now: Timestamp,
    shape: Shape,
    asked: Option<Language>,
) -> Map<String, Value> {
    let page = Page::open(parcel, now, shape, asked);
    shape
        .fields()
        .filter_map(|name| Some((name.to_owned(), page.field(name)?)))
        .collect()
}

/// A time as the service writes its own: ISO 8601 with its zone.
pub fn service_time(at: Timestamp) -> String {
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    at.display_with_offset(SERVICE_ZONE).to_string()
}

/// A parcel at a time, with what several fields need.
struct Page<'a> {
    parcel: &'a Parcel,
    now: Timestamp,
    shape: Shape,
    asked: Option<Language>,
    status: Status,
    substatus: Option<&'static str>,
    scenes: Vec<Scene>,
}

impl<'a> Page<'a> {
    fn open(parcel: &'a Parcel, now: Timestamp, shape: Shape, asked: Option<Language>) -> Self {
        let (status, substatus) = parcel.state(now);
        let scenes = parcel.script().seen(parcel.own_time(now)).into_owned();
        Self {
            parcel,
            now,
            shape,
            asked,
            status,
            substatus,
            scenes,
        }
    }

    /// The value of a field; none when this parcel's courier leaves the field out.
    fn field(&self, name: &str) -> Option<Value> {
        let Self { parcel, now, .. } = *self;
        let metadata = &parcel.metadata;
        Some(match name {
            "id" => json!(parcel.id),
            "tracking_number" => json!(parcel.number),
            "carrier_code" => json!(parcel.carrier.code),
            "status" => json!(self.status),
            "substatus" => json!(self.substatus),
            "track_update" => json!(self.is_polled()),
            "created_at" => json!(service_time(parcel.created)),
            "updated_at" => json!(parcel.updated(now).map(service_time)),
            "order_create_time" => self.order_create_time(),
            "customer_name" => metadata.customer_name.clone(),
            "customer_email" => metadata.customer_email.clone(),
            "customer_phone" => metadata.customer_phone.clone(),
            "title" => metadata.title.clone(),
            "order_id" => metadata.order_id.clone(),
            "comment" => metadata.comment.clone(),
            "logistics_channel" => metadata.logistics_channel.clone(),
            "destination" => json!(""),
            "destination_code" => json!(self.destination_code()),
            "archived" => json!(metadata.archived),
            "original_country" => json!(parcel.carrier.country().name),
            "destination_country" => return self.destination_country(),
            "itemTimeLength" => json!(self.days_under_way()),
            "stayTimeLength" => json!(self.days_since_news()),
            "service_code" => self.unset("service"),
            "origin_info" => self.info(Leg::Origin, Some(parcel.carrier)),
            "destination_info" => return self.destination_info(),
            "lastEvent" => json!(self.newest().map(|(by, row)| self.last_event(by, row))),
            "lastUpdateTime" => json!(self.newest().map(|(by, row)| date(by, row.local))),
            // The rest is null in every capture.
            _ => Value::Null,
        })
    }

    /// A number after create, text everywhere else; unset it is 0, null or `""`.
    fn order_create_time(&self) -> Value {
        match (self.shape, self.parcel.metadata.order_create_time) {
            (Shape::Post | Shape::Batch, at) => json!(at.map_or(0, Timestamp::as_second)),
            (Shape::Realtime, None) => json!(""),
            (_, None) => self.unset("order time"),
            (Shape::Realtime, Some(at)) => json!(order_time(at, "%Y/%-m/%-d %H:%M")),
            (_, Some(at)) => json!(order_time(at, "%Y-%m-%d %H:%M")),
        }
    }

    /// Whether the service still asks the courier.
    fn is_polled(&self) -> bool {
        let over = matches!(self.status, Status::Delivered | Status::Expired);
        !over && !self.parcel.is_stopped()
    }

    /// As the account changed it, and else where the parcel goes.
    fn destination_code(&self) -> &str {
        let travels_to = self.parcel.destination.map_or("", |country| country.iso);
        let changed = self.parcel.metadata.destination_code.as_deref();
        changed.unwrap_or(travels_to)
    }

    /// Domestic parcels often lack it.
    fn destination_country(&self) -> Option<Value> {
        match Country::find(self.destination_code()) {
            None => Some(json!("")),
            Some(country) if country == self.parcel.carrier.country() => None,
            Some(country) => Some(json!(country.name)),
        }
    }

    fn days_under_way(&self) -> Option<i64> {
        let own = self.parcel.own_time(self.now);
        let since = self.parcel.script().under_way_since(own)?;
        let until = match (self.status, self.scenes.last()) {
            (Status::Delivered, Some(scene)) => scene.at,
            _ => own,
        };
        Some(until.duration_since(since).as_hours() / 24)
    }

    fn days_since_news(&self) -> Option<i64> {
        let own = self.parcel.own_time(self.now);
        let newest = self.scenes.iter().rfind(|scene| !scene.rows.is_empty())?;
        Some(own.duration_since(newest.at).as_hours() / 24)
    }

    /// The newest row and the carrier that wrote it.
    fn newest(&self) -> Option<(&'static Carrier, &Row)> {
        let scene = self.scenes.iter().rfind(|scene| !scene.rows.is_empty())?;
        let row = scene.rows.last()?;
        let carrier = match row.leg {
            Leg::Destination => self.parcel.last_mile.unwrap_or(self.parcel.carrier),
            _ => self.parcel.carrier,
        };
        Some((carrier, row))
    }

    /// Filled when there are two legs; else null, an object of nulls, or absent.
    fn destination_info(&self) -> Option<Value> {
        match (self.parcel.last_mile, self.variant("destination_info", 3)) {
            (Some(carrier), _) => Some(self.info(Leg::Destination, Some(carrier))),
            (None, 0) => None,
            (None, 1) => Some(self.info(Leg::Destination, None)),
            (None, _) => Some(Value::Null),
        }
    }

    fn info(&self, leg: Leg, carrier: Option<&'static Carrier>) -> Value {
        let rows = || {
            let all = self.scenes.iter().flat_map(|scene| {
                let rows = scene.rows.iter().filter(|row| row.leg == leg);
                rows.map(move |row| (scene, row))
            });
            all.filter_map(|(scene, row)| Some((scene, row, carrier?)))
        };
        let mut info = Map::new();
        for milestone in Milestone::ALL {
            let mut set = rows().filter(|(scene, ..)| scene.node == Some(milestone));
            let date = set.next().map(|(_, row, carrier)| date(carrier, row.local));
            info.insert(milestone.as_str().to_owned(), json!(date));
        }
        let polled = carrier.filter(|_| self.status != Status::Pending);
        let mut trackinfo: Vec<Value> = rows()
            .map(|(scene, row, by)| self.checkpoint(scene, row, by))
            .collect();
        trackinfo.reverse();
        info.insert(
            "weblink".to_owned(),
            json!(polled.map(|carrier| carrier.weblink)),
        );
        info.insert(
            "phone".to_owned(),
            json!(polled.map(|carrier| carrier.phone)),
        );
        info.insert(
            "carrier_code".to_owned(),
            json!(carrier.map(|carrier| carrier.code)),
        );
        info.insert(
            "trackinfo".to_owned(),
            json!(Some(trackinfo).filter(|rows| !rows.is_empty())),
        );
        Value::Object(info)
    }

    fn checkpoint(&self, scene: &Scene, row: &Row, carrier: &Carrier) -> Value {
        let words = self.words(row, carrier);
        let mut checkpoint = json!({
            "Date": date(carrier, row.local),
            "StatusDescription": words.text,
            "Details": words.place,
            "checkpoint_status": scene.status,
            "substatus": scene.substatus,
        });
        if let Some(node) = scene.node {
            checkpoint["ItemNode"] = json!(node.as_str());
        }
        checkpoint
    }

    /// Description, place and date; the place is left out when it is empty.
    fn last_event(&self, carrier: &Carrier, row: &Row) -> String {
        let words = self.words(row, carrier);
        let date = date(carrier, row.local);
        let parts = [words.text.as_str(), words.place.as_str(), date.as_str()];
        let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        told.join(",")
    }

    /// What the courier writes to this reader.
    fn words<'r>(&self, row: &'r Row, carrier: &Carrier) -> &'r Words {
        match (self.asked, carrier.site, &row.english) {
            (Some(Language::English), Site::Multilingual, Some(english)) => english,
            _ => &row.words,
        }
    }

    /// Null and `""` both mean unset, and couriers differ.
    fn unset(&self, purpose: &str) -> Value {
        match self.variant(purpose, 2) {
            0 => Value::Null,
            _ => json!(""),
        }
    }

    fn variant(&self, purpose: &str, variants: u64) -> u64 {
        dice::roll(&self.parcel.id, purpose, variants)
    }
}

fn date(carrier: &Carrier, local: DateTime) -> String {
    let format = match carrier.precision {
        Precision::Second => "%Y-%m-%d %H:%M:%S",
        Precision::Minute => "%Y-%m-%d %H:%M",
    };
    local.strftime(format).to_string()
}

fn order_time(at: Timestamp, format: &str) -> String {
    SERVICE_ZONE.to_datetime(at).strftime(format).to_string()
}
