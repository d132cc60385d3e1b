//! Reads inputs of mutations field by field, and collects what is wrong with them.

use async_graphql::{InputObject, MaybeUndefined};
use jiff::civil::{Date, DateTime};

use super::reference::TrackingRef;
use super::user_error::{CARRIER, NUMBER, Path, UserError};
use crate::model::{
    CarrierCode, CarrierCorrection, Change, CountryCode, CourierNeeds, Language, TrackingKey,
    TrackingNumber, stated,
};

/// Reads one input. Whatever is wrong is noted with its path, and all of it is told at once.
pub(super) struct Reader {
    path: Path,
    errors: Vec<UserError>,
}

impl Reader {
    pub(super) fn of(path: Path) -> Self {
        Self {
            path,
            errors: Vec::new(),
        }
    }

    /// What was read, unless something was wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<UserError>> {
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(self.errors),
        }
    }

    /// Notes what is wrong with the input as a whole.
    pub(super) fn refuse_all(&mut self, message: &str) {
        self.errors
            .push(UserError::invalid(self.path.clone(), message));
    }

    /// Whether nothing was wrong so far.
    pub(super) fn is_content(&self) -> bool {
        self.errors.is_empty()
    }

    /// Notes what is wrong with a field.
    fn refuse(&mut self, field: &str, message: impl std::fmt::Display) {
        self.errors
            .push(UserError::invalid(self.path.at(field), message));
    }

    /// A carrier's code and a number, each with an error of its own.
    pub(super) fn key(&mut self, carrier: &str, number: &str) -> Option<TrackingKey> {
        let carrier = self.noting(CARRIER, CarrierCode::parse(carrier));
        let number = self.noting(NUMBER, TrackingNumber::parse(number));
        Some(TrackingKey {
            carrier: carrier?,
            number: number?,
        })
    }

    /// A reference in the field `ref`.
    pub(super) fn reference(&mut self, reference: &TrackingRef) -> Option<TrackingKey> {
        let path = self.path.at("ref");
        let key = reference.key();
        key.map_err(|invalid| self.errors.push(UserError::invalid_ref(&path, &invalid)))
            .ok()
    }

    pub(super) fn country(&mut self, field: &str, given: Option<String>) -> Option<CountryCode> {
        let given = given.and_then(stated)?;
        self.noting(field, CountryCode::parse(&given))
    }

    pub(super) fn language(&mut self, field: &str, given: Option<String>) -> Option<Language> {
        let given = given.and_then(stated)?;
        self.noting(field, Language::parse(&given))
    }

    /// A wall time such as `2017/8/27 16:51` or `2017-08-27 16:51`.
    pub(super) fn wall_time(&mut self, field: &str, given: Option<String>) -> Option<DateTime> {
        let given = given.and_then(stated)?.replace('-', "/").replace('T', " ");
        let time = DateTime::strptime("%Y/%m/%d %H:%M", &given)
            .or_else(|_| DateTime::strptime("%Y/%m/%d %H:%M:%S", &given));
        self.noting(
            field,
            time.map_err(|_| "not a time: write it as 2017/8/27 16:51, in the shop's wall time"),
        )
    }

    /// A day such as `2018-10-01` or `20181001`.
    pub(super) fn day(&mut self, field: &str, given: Option<String>) -> Option<Date> {
        let given = given.and_then(stated)?;
        let day = Date::strptime("%Y-%m-%d", &given).or_else(|_| Date::strptime("%Y%m%d", &given));
        self.noting(field, day.map_err(|_| "not a day: write it as 2018-10-01"))
    }

    pub(super) fn courier_needs(&mut self, given: Option<CourierNeedsInput>) -> CourierNeeds {
        let Some(given) = given else {
            return CourierNeeds::default();
        };
        let mut inner = Self::of(self.path.at("courierNeeds"));
        let needs = CourierNeeds {
            ship_date: inner.day("shipDate", given.ship_date),
            postal_code: given.postal_code.and_then(stated),
            account_number: given.account_number.and_then(stated),
            destination_country: inner
                .country("destinationCountryCode", given.destination_country_code),
        };
        self.errors.append(&mut inner.errors);
        needs
    }

    /// A country that is changed.
    pub(super) fn country_change(
        &mut self,
        field: &str,
        given: MaybeUndefined<String>,
    ) -> Change<CountryCode> {
        match text_change(given) {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(code) => self
                .noting(field, CountryCode::parse(&code))
                .map_or(Change::Keep, Change::Set),
        }
    }

    /// A value that can be left out, but not emptied.
    pub(super) fn not_null<T>(&mut self, field: &str, given: MaybeUndefined<T>) -> Option<T> {
        match given {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => {
                self.refuse(field, "it cannot be emptied: give a value, or leave it out");
                None
            }
            MaybeUndefined::Value(value) => Some(value),
        }
    }

    fn noting<T, E: std::fmt::Display>(&mut self, field: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.refuse(field, error)).ok()
    }
}

/// What is left out stays; what is null or blank is emptied.
pub(super) fn text_change(given: MaybeUndefined<String>) -> Change<String> {
    match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(text) => stated(text).map_or(Change::Clear, Change::Set),
    }
}

pub(super) fn correction(keep_carrier: Option<bool>) -> CarrierCorrection {
    match keep_carrier {
        Some(true) => CarrierCorrection::Refused,
        _ => CarrierCorrection::Allowed,
    }
}

/// What some couriers want to know before they tell anything.
#[derive(InputObject)]
pub(super) struct CourierNeedsInput {
    /// The day on which it was shipped, such as `2018-10-01`. `deutsch-post` needs it.
    ship_date: Option<String>,
    /// The recipient's postal code. `postnl-3s` and Mondial Relay need it.
    postal_code: Option<String>,
    /// The number of the shop's account at the courier.
    account_number: Option<String>,
    /// The country that it goes to, as its ISO 3166-1 alpha-2 code. `postnl-3s` needs it here, too.
    destination_country_code: Option<String>,
}
