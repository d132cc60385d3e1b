//! Asking for other things than the account's trackings.

use std::sync::Arc;

use tokio::time::Instant;

use super::freshness::{is_fresh, time_to_live};
use super::memo::{Answers, Epoch, Memo, Question, Remembered};
use super::question::{
    AccountQuestion, AirWaybillQuestion, Carriers, CarriersQuestion, Detection, Translation,
    Waybill,
};
use super::records::Outcome;
use super::usage::Usage;
use super::{Calls, Fault, Reading, Tracker, TrackerError};
use crate::cache::Entry;
use crate::model::{
    Account, AirWaybillNumber, Area, Completeness, DetectedCarrier, Language, Remoteness, Source,
    StatusCounts, Tracking, TrackingKey, TrackingNumber, TransitLane, TransitTime,
};
use crate::upstream::StatusCountQuery;

/// Everything that was learned besides the account's trackings.
#[derive(Debug)]
pub(super) struct Inquiries {
    pub(super) account: Memo<AccountQuestion>,
    status_counts: Memo<StatusCountQuery>,
    carriers: Memo<CarriersQuestion>,
    detections: Memo<Detection>,
    areas: Memo<Area>,
    lanes: Memo<TransitLane>,
    waybills: Memo<AirWaybillQuestion>,
    translations: Memo<Translation>,
}

impl Inquiries {
    /// `figures` outdates those of the account.
    pub(super) fn new(calls: &Calls, figures: &Epoch) -> Self {
        Self {
            account: Memo::new(calls, figures).outdated_by(figures.clone()),
            status_counts: Memo::new(calls, figures).outdated_by(figures.clone()),
            carriers: Memo::new(calls, figures),
            detections: Memo::new(calls, figures),
            areas: Memo::new(calls, figures),
            lanes: Memo::new(calls, figures),
            waybills: Memo::new(calls, figures),
            translations: Memo::new(calls, figures),
        }
    }
}

impl Tracker {
    /// The account, at most half a minute old.
    pub async fn account(&self, usage: &Usage) -> Result<Remembered<Arc<Account>>, TrackerError> {
        self.inquiries.account.get(usage, AccountQuestion).await
    }

    /// How many trackings have each status, at most half a minute old.
    pub async fn status_counts(
        &self,
        usage: &Usage,
        query: StatusCountQuery,
    ) -> Result<Remembered<Arc<StatusCounts>>, TrackerError> {
        self.inquiries.status_counts.get(usage, query).await
    }

    /// All carriers, with their names in a language.
    pub async fn carriers(
        &self,
        usage: &Usage,
        language: Option<Language>,
    ) -> Result<Arc<Carriers>, TrackerError> {
        let question = CarriersQuestion(language);
        let known = self.inquiries.carriers.get(usage, question).await;
        match &known {
            Ok(known) if known.stale.is_none() => {
                let ends = known.as_of + CarriersQuestion::TIME_TO_LIVE;
                usage.ingredients().add_until(ends);
            }
            _ => usage.ingredients().add_passing(),
        }
        Ok(known?.value)
    }

    /// The same, if it need not be asked for.
    pub fn carriers_at_hand(
        &self,
        usage: &Usage,
        language: Option<Language>,
    ) -> Option<Arc<Carriers>> {
        let known = self
            .inquiries
            .carriers
            .at_hand(&CarriersQuestion(language))?;
        let ends = known.as_of + CarriersQuestion::TIME_TO_LIVE;
        usage.ingredients().add_until(ends);
        Some(known.value)
    }

    /// The carriers that may have given a number, the likeliest first. Costs quota, unless it was asked for within a day.
    pub async fn detect_carriers(
        &self,
        usage: &Usage,
        number: TrackingNumber,
        language: Option<Language>,
    ) -> Result<Arc<Vec<DetectedCarrier>>, TrackerError> {
        let question = Detection { number, language };
        Ok(self.inquiries.detections.get(usage, question).await?.value)
    }

    /// Which couriers call these areas remote. There is an answer for every area, and it is `None` where it cannot be read.
    pub async fn remote_areas(
        &self,
        usage: &Usage,
        areas: Vec<Area>,
    ) -> Answers<Area, Option<Arc<Remoteness>>> {
        self.inquiries.areas.get_many(usage, areas).await
    }

    /// How long carriers take on these lanes. There is an answer for every lane, and it is `None` where nothing is known.
    pub async fn transit_times(
        &self,
        usage: &Usage,
        lanes: Vec<TransitLane>,
    ) -> Answers<TransitLane, Option<Arc<TransitTime>>> {
        self.inquiries.lanes.get_many(usage, lanes).await
    }

    /// Where these consignments are. There is an answer for every number. Costs quota for each that was not asked for
    /// within an hour.
    pub async fn air_waybills(
        &self,
        usage: &Usage,
        numbers: Vec<AirWaybillNumber>,
        language: Option<Language>,
    ) -> Answers<AirWaybillNumber, Waybill> {
        let questions = numbers.into_iter();
        let questions = questions.map(|number| AirWaybillQuestion { number, language });
        let answers = self
            .inquiries
            .waybills
            .get_many(usage, questions.collect())
            .await;
        answers
            .into_iter()
            .map(|(question, answer)| (question.number, answer))
            .collect()
    }

    /// A parcel with its courier's texts in a language, which list calls do not give. It is not noted as news of the
    /// parcel.
    pub async fn look_up_in(&self, usage: &Usage, key: TrackingKey, language: Language) -> Outcome {
        let found = self.calls.records.cache.find(&key);
        let entry = found.as_ref().map(|found| &found.entry);
        let gone =
            |entry: &&Entry| entry.tracking.is_none() && is_fresh(&key, entry, Instant::now());
        if entry.filter(gone).is_some() {
            usage.ingredients().add_passing();
            return Err(TrackerError::NotFound(key));
        }
        let question = Translation {
            key: key.clone(),
            language,
        };
        let lives = |known: &Remembered<Arc<Tracking>>| {
            time_to_live(&known.value.status).min(Translation::TIME_TO_LIVE)
        };
        let still_says = |known: &Remembered<Arc<Tracking>>| {
            let is_outdated =
                |entry: &Entry| entry.as_of > known.as_of && !is_translation(&known.value, entry);
            known.as_of.elapsed() < lives(known) && !entry.is_some_and(is_outdated)
        };
        let known = self
            .inquiries
            .translations
            .get_if(usage, question, still_says)
            .await;
        match (&known, &found) {
            (Ok(known), Some(found)) if known.stale.is_none() && still_says(known) => {
                let ends = known.as_of + lives(known);
                usage.ingredients().add_found(found, ends);
            }
            _ => usage.ingredients().add_passing(),
        }
        match known {
            Ok(known) => Ok(Reading {
                as_of: known.as_of,
                fetched_at: known.fetched_at,
                source: Source::List,
                completeness: Completeness::Whole,
                next_refresh_at: known.fetched_at.checked_add(lives(&known)).ok(),
                tracking: known.value,
                stale: known.stale,
            }),
            Err(error) if error.fault() == Fault::NotFound => Err(TrackerError::NotFound(key)),
            Err(error) => Err(error),
        }
    }
}

/// Whether a tracking says the same as what is known of it, as far as that can be told of texts in two languages.
fn is_translation(translated: &Tracking, entry: &Entry) -> bool {
    entry.tracking.as_ref().is_some_and(|known| {
        known.status == translated.status
            && known.metadata == translated.metadata
            && known.last_event_time == translated.last_event_time
    })
}
