//! What can be asked besides the account's trackings, and how: the account itself, carriers, remote areas, transit times,
//! air waybills, and trackings in other languages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::memo::Question;
use crate::model::{
    Account, AirWaybill, AirWaybillNumber, Area, Carrier, CarrierCode, DetectedCarrier, Language,
    Remoteness, StatusCounts, Tracking, TrackingKey, TrackingNumber, TransitLane, TransitTime,
};
use crate::upstream::{Call, Client, Error, MAX_ROWS, StatusCountQuery, WaybillOutcome};

/// For figures that change with every parcel.
const MOMENT: Duration = Duration::from_secs(30);

/// For what changes from release to release of the upstream, if at all.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The carriers that the upstream knows, in its order.
#[derive(Debug)]
pub struct Carriers {
    list: Vec<Carrier>,
    places: HashMap<CarrierCode, usize>,
}

impl Carriers {
    fn new(list: Vec<Carrier>) -> Self {
        let codes = list.iter().map(|carrier| carrier.code.clone());
        Self {
            places: codes.zip(0..).collect(),
            list,
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Carrier] {
        &self.list
    }

    /// The one with this code.
    pub fn get(&self, code: &CarrierCode) -> Option<&Carrier> {
        self.places.get(code).map(|place| &self.list[*place])
    }
}

/// What the upstream said of an air waybill. Whatever it was, it was paid for.
#[derive(Debug, Clone)]
pub enum Waybill {
    /// It knows it.
    Known(Arc<AirWaybill>),
    /// It knows nothing of it.
    Unknown,
    /// Something that cannot be read.
    Unreadable,
}

impl From<WaybillOutcome> for Waybill {
    fn from(outcome: WaybillOutcome) -> Self {
        match outcome {
            Ok(Some(waybill)) => Self::Known(Arc::new(waybill)),
            Ok(None) => Self::Unknown,
            Err(error) => {
                tracing::warn!(%error, "TrackingMore did not answer about a waybill");
                Self::Unreadable
            }
        }
    }
}

/// How the account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AccountQuestion;

impl Question for AccountQuestion {
    type Answer = Arc<Account>;
    const CALL: Call = Call::Account;
    const TIME_TO_LIVE: Duration = MOMENT;
    const CAPACITY: u64 = 1;

    async fn ask(client: &Client, _: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        Ok(vec![Arc::new(client.account().await?)])
    }
}

impl Question for StatusCountQuery {
    type Answer = Arc<StatusCounts>;
    const CALL: Call = Call::StatusCounts;
    const TIME_TO_LIVE: Duration = MOMENT;
    const CAPACITY: u64 = 1_000;

    async fn ask(client: &Client, queries: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let mut answers = Vec::with_capacity(queries.len());
        for query in queries {
            answers.push(Arc::new(client.status_counts(query).await?));
        }
        Ok(answers)
    }
}

/// All carriers, with their names in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CarriersQuestion(pub(super) Option<Language>);

impl Question for CarriersQuestion {
    type Answer = Arc<Carriers>;
    const CALL: Call = Call::Carriers;
    const TIME_TO_LIVE: Duration = DAY;
    const CAPACITY: u64 = 10;

    async fn ask(client: &Client, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let mut answers = Vec::with_capacity(questions.len());
        for Self(language) in questions {
            let carriers = client.carriers(*language).await?;
            answers.push(Arc::new(Carriers::new(carriers)));
        }
        Ok(answers)
    }
}

/// Which carriers may have given a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Detection {
    pub(super) number: TrackingNumber,
    pub(super) language: Option<Language>,
}

impl Question for Detection {
    type Answer = Arc<Vec<DetectedCarrier>>;
    const CALL: Call = Call::Detect;
    const TIME_TO_LIVE: Duration = DAY;
    const CAPACITY: u64 = 100_000;

    async fn ask(client: &Client, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let mut answers = Vec::with_capacity(questions.len());
        for Self { number, language } in questions {
            answers.push(Arc::new(client.detect(number, *language).await?));
        }
        Ok(answers)
    }
}

impl Question for Area {
    /// `None` where the upstream's answer cannot be read.
    type Answer = Option<Arc<Remoteness>>;
    const CALL: Call = Call::RemoteAreas;
    const TIME_TO_LIVE: Duration = DAY;
    const CAPACITY: u64 = 10_000;
    const ROWS: usize = MAX_ROWS;

    fn is_worth_keeping(answer: &Self::Answer) -> bool {
        answer.is_some()
    }

    async fn ask(client: &Client, areas: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let answers = client.remote_areas(areas).await?;
        let unreadable = answers.iter().filter(|answer| answer.is_none()).count();
        if unreadable > 0 {
            tracing::warn!(
                unreadable,
                "TrackingMore's answer about remote areas cannot be read"
            );
        }
        let answers = answers.into_iter();
        Ok(answers.map(|answer| answer.map(Arc::new)).collect())
    }
}

impl Question for TransitLane {
    /// `None` where nothing is known.
    type Answer = Option<Arc<TransitTime>>;
    const CALL: Call = Call::TransitTimes;
    const TIME_TO_LIVE: Duration = DAY;
    const CAPACITY: u64 = 10_000;
    const ROWS: usize = MAX_ROWS;

    async fn ask(client: &Client, lanes: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let answers = client.transit_times(lanes).await?.into_iter();
        Ok(answers.map(|answer| answer.map(Arc::new)).collect())
    }
}

/// Where a consignment is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct AirWaybillQuestion {
    pub(super) number: AirWaybillNumber,
    pub(super) language: Option<Language>,
}

impl Question for AirWaybillQuestion {
    type Answer = Waybill;
    const CALL: Call = Call::AirWaybills;
    /// Flights take hours.
    const TIME_TO_LIVE: Duration = Duration::from_secs(60 * 60);
    const CAPACITY: u64 = 1_000;
    /// The upstream states no maximum, and each costs 20 quotas: a call that fails should not cost much.
    const ROWS: usize = 10;

    fn fits(&self, other: &Self) -> bool {
        self.language == other.language
    }

    async fn ask(client: &Client, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let numbers = questions.iter().map(|question| question.number.clone());
        let numbers: Vec<_> = numbers.collect();
        let language = questions.first().and_then(|question| question.language);
        let answers = client.air_waybills(&numbers, language).await?;
        Ok(answers.into_iter().map(Waybill::from).collect())
    }
}

/// A tracking with its courier's texts in a language, which list calls do not give.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Translation {
    pub(super) key: TrackingKey,
    pub(super) language: Language,
}

impl Question for Translation {
    type Answer = Arc<Tracking>;
    const CALL: Call = Call::Single;
    /// As long as for most trackings.
    const TIME_TO_LIVE: Duration = Duration::from_secs(10 * 60);
    const CAPACITY: u64 = 10_000;

    async fn ask(client: &Client, questions: &[Self]) -> Result<Vec<Self::Answer>, Error> {
        let mut answers = Vec::with_capacity(questions.len());
        for Self { key, language } in questions {
            answers.push(Arc::new(client.single(key, Some(*language)).await?));
        }
        Ok(answers)
    }
}
