//! Parcels with all that is strange in couriers' reports.

use std::sync::Arc;

use jiff::Timestamp;
use parcelgraph::model::{
    CarrierCode, Checkpoint, Country, Leg, LocalTime, Metadata, Milestones, OrderTime, Status,
    Substatus, Text, Tracking, TrackingKey,
};

use crate::dice::Dice;

const CARRIERS: [&str; 5] = [
    "dhl",
    "china-post",
    "singapore-post",
    "china-ems",
    "no-such",
];

const TEXTS: [&str; 16] = [
    "Delivered",
    "Signed by JOHN SMITH, call 030 1234567",
    "quote \" stroke \\ line\nend\r\ttab \u{1} \u{1f} \u{7f} \u{8}\u{c}",
    "己签收，签收人：王小明 电话 13800138000",
    "Доставлено адресату Иванов И. И.",
    "mail jane.doe@example.com or +49 170 1234567",
    "🦀 crab \u{200d}\u{2028}\u{2029}\u{feff}",
    "",
    "exactly8",
    "sevenby\"",
    "a much longer text that runs over several of the pieces in which texts are looked at, without anything special",
    "Zollabfertigung in München, ß",
    "\"",
    "\\\\\\\\\\\\\\\\\\",
    "LS912989618CN arrived; reference 4711",
    "Left with neighbour: Mr. O'Neill, 12 High Street",
];

const TIMES: [&str; 9] = [
    "2018-04-14 17:07",
    "2018-04-14 17:07:09",
    "2018-04-14",
    "2018-04-14T17:07:00+08:00",
    "2018-03-25 02:30",
    "2021-12-31T23:59:59Z",
    "yesterday, ask Jane Doe 0170 1234567",
    "0001-01-01 00:00",
    "2018-04-15 09:00 GMT+2",
];

const STATUSES: [&str; 9] = [
    "transit",
    "delivered",
    "pickup",
    "exception",
    "undelivered",
    "expired",
    "notfound",
    "pending",
    "teleported \"fast\"",
];

const SUBSTATUSES: [&str; 4] = [
    "transit004",
    "delivered001",
    "exception999",
    "strange \\ one",
];

const PLACES: [&str; 7] = [
    "ZHENGZHOU EMS,CHINA",
    "RENTON, WA 98056",
    "Singapore",
    "日本",
    "Nowhere \"land\"",
    "Berlin, Germany",
    "美国",
];

const COUNTRIES: [&str; 6] = [
    "China",
    "United States",
    "Hong Kong [CN]",
    "中国",
    "Atlantis \"\\",
    "DE",
];

const PEOPLE: [&str; 4] = ["John Smith", "王小明", "Jane \"JD\" Doe", "Иванов"];

/// So many of them, always the same.
pub fn parcels(count: usize) -> Vec<Arc<Tracking>> {
    let parcels = (0..count).map(|nth| Arc::new(Cook(Dice(nth as u64)).parcel(nth)));
    parcels.collect()
}

pub fn key(nth: usize) -> TrackingKey {
    let carrier = CARRIERS[nth % CARRIERS.len()];
    TrackingKey::parse(carrier, &format!("LS91298{nth:04}CN")).unwrap()
}

struct Cook(Dice);

impl Cook {
    fn parcel(&mut self, nth: usize) -> Tracking {
        let key = key(nth);
        let status = self.status();
        // Nothing is known of some.
        if nth % 8 == 7 {
            return Tracking::bare(key, status);
        }
        Tracking {
            upstream_id: None,
            substatus: self
                .maybe(|it| Substatus::parse(it.word(&SUBSTATUSES)))
                .flatten(),
            metadata: self.metadata(),
            created_at: self.maybe(Self::instant),
            updated_at: self.maybe(Self::instant),
            updating: self.maybe(|it| it.0.below(2) == 0),
            origin_country: self.country(),
            destination_country: self.country(),
            transit_days: self.maybe(|it| it.0.below(usize::MAX) as u32),
            idle_days: self.maybe(|it| it.0.below(9) as u32),
            service_code: self.text(),
            signed_by: self.person(),
            origin: self.maybe(Self::leg),
            destination: self.maybe(Self::leg),
            last_event: self.text(),
            last_event_time: self.time(),
            ..Tracking::bare(key, status)
        }
    }

    fn word(&mut self, all: &[&'static str]) -> &'static str {
        all[self.0.below(all.len())]
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.0.below(5) > 0).then(|| make(self))
    }

    fn text(&mut self) -> Option<Text> {
        self.maybe(|it| it.word(&TEXTS).into())
    }

    fn person(&mut self) -> Option<Text> {
        self.maybe(|it| it.word(&PEOPLE).into())
    }

    fn time(&mut self) -> Option<LocalTime> {
        self.maybe(|it| LocalTime::parse(it.word(&TIMES))).flatten()
    }

    fn instant(&mut self) -> Timestamp {
        let seconds = self.0.below(4_000_000_000) as i64 - 2_000_000_000;
        let nanoseconds = self.0.below(1_000_000_000) as i32;
        Timestamp::new(seconds, nanoseconds).unwrap()
    }

    fn status(&mut self) -> Status {
        Status::parse(self.word(&STATUSES))
    }

    fn country(&mut self) -> Option<Country> {
        self.maybe(|it| Country::named(it.word(&COUNTRIES)))
            .flatten()
    }

    fn metadata(&mut self) -> Metadata {
        let emails = self.0.below(3);
        Metadata {
            title: self.text(),
            order_id: self.text(),
            order_time: self.maybe(|it| match it.0.below(2) {
                0 => OrderTime::Instant(it.instant()),
                _ => OrderTime::Written(it.word(&TIMES).into()),
            }),
            comment: self.text(),
            customer_name: self.person(),
            customer_emails: vec!["jane.doe@example.com".into(); emails].into(),
            customer_phone: Some("+49 170 1234567".into()),
            logistics_channel: self.text(),
            archived: self.maybe(|it| it.0.below(2) == 0),
        }
    }

    fn leg(&mut self) -> Leg {
        let rows = self.0.below(8);
        Leg {
            carrier: self.maybe(|it| CarrierCode::parse(it.word(&CARRIERS)).unwrap()),
            reference_number: self.text(),
            weblink: Some("http://example.com/track?number=1&phone=01701234567#x".into()),
            phone: self.text(),
            milestones: Milestones {
                received: self.time(),
                dispatched: self.time(),
                departed_airport: self.time(),
                arrived_abroad: self.time(),
                customs_clearance: self.time(),
                arrived_destination: self.time(),
            }
            .if_any(),
            checkpoints: (0..rows).map(|_| self.checkpoint()).collect(),
        }
    }

    fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint {
            time: self.time(),
            description: self.text(),
            location: self.maybe(|it| it.word(&PLACES).into()),
            status: self.maybe(Self::status),
            substatus: self
                .maybe(|it| Substatus::parse(it.word(&SUBSTATUSES)))
                .flatten(),
            milestone: self.text(),
        }
    }
}
