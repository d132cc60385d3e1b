//! Places that couriers charge extra for.

use serde_json::Value;

use super::envelope::{odd_data, or_nothing};
use super::reader::{Fields, is_nothing};
use super::request::Body;
use super::rows::Row;
use super::{Call, Error};
use crate::model::{Area, Country, CountryCode, Remoteness, stated};

/// Asks which couriers call the areas remote.
pub(super) fn question(areas: &[Area]) -> Value {
    areas
        .iter()
        .map(|area| {
            let body = Body::default()
                .country("country", Some(area.country))
                .text("postcode", Some(&area.postcode))
                .text("company", area.courier.as_deref());
            Value::from(body)
        })
        .collect()
}

/// Finds the couriers of each area. The service answers a row for each area and courier, and none has an index. An area
/// that no row names is remote to nobody if every row was understood, or if the service lists it among the others; else
/// that cannot be told, which is `None`.
pub(super) fn answer(
    areas: &[Area],
    data: Result<Value, Error>,
) -> Result<Vec<Option<Remoteness>>, Error> {
    let told = Told::read(areas, &or_nothing(data)?)?;
    Ok(areas.iter().map(|area| told.of(area, areas)).collect())
}

/// What an answer says of all areas together.
struct Told {
    remote: Vec<Remote>,
    others: Vec<Other>,
    /// Whether every row about remote places can be read and is about a place that was asked about.
    is_understood: bool,
}

impl Told {
    fn read(areas: &[Area], data: &Value) -> Result<Self, Error> {
        let call = Call::RemoteAreas;
        if is_nothing(data) {
            return Ok(Self {
                remote: Vec::new(),
                others: Vec::new(),
                is_understood: true,
            });
        }
        let object = data.as_object().ok_or_else(|| odd_data(call, data))?;
        let fields = Fields::new(object);
        // Taking this for "none is remote" would be a promise about money.
        if !fields.has("remote") && !fields.has("other") {
            return Err(Error::undecodable(call, "`data` has no `remote`"));
        }
        let rows = fields.rows("remote", "far_express_company");
        let rows = rows.map_err(|mismatch| Error::undecodable(call, mismatch))?;
        let remote: Vec<_> = rows.into_iter().map(Remote::read).collect();
        let is_asked = |row: &Remote| areas.iter().any(|area| row.place.is(area, areas));
        // No source shows a row of these, so what cannot be read here says nothing.
        let others = fields.rows("other", "postcode").unwrap_or_default();
        Ok(Self {
            is_understood: remote.iter().all(|row| row.as_ref().is_some_and(is_asked)),
            remote: remote.into_iter().flatten().collect(),
            others: others.into_iter().filter_map(Other::read).collect(),
        })
    }

    fn of(&self, area: &Area, areas: &[Area]) -> Option<Remoteness> {
        let mut couriers = Vec::new();
        for row in self.remote.iter().filter(|row| row.is_about(area, areas)) {
            if !couriers.contains(&row.courier) {
                couriers.push(row.courier.clone());
            }
        }
        let is_told = self.is_understood
            || !couriers.is_empty()
            || self.others.iter().any(|row| row.is_about(area, areas));
        is_told.then_some(Remoteness { couriers })
    }
}

/// A row about a courier and a place that it calls remote.
struct Remote {
    courier: String,
    place: Place,
}

impl Remote {
    fn read((_, row): Row<'_>) -> Option<Self> {
        let fields = Fields::new(row.as_object()?);
        Some(Self {
            courier: fields.text("far_express_company")?.to_lowercase(),
            place: Place::read(fields)?,
        })
    }

    fn is_about(&self, area: &Area, areas: &[Area]) -> bool {
        let asked = asked_courier(area);
        self.place.is(area, areas) && asked.is_none_or(|asked| is_same(&self.courier, &asked))
    }
}

/// A row about a place that is not remote: to one courier, or to any if it names none.
struct Other {
    courier: Option<String>,
    place: Place,
}

impl Other {
    fn read((_, row): Row<'_>) -> Option<Self> {
        let fields = Fields::new(row.as_object()?);
        let courier = either(fields, ["company", "far_express_company"]);
        Some(Self {
            courier: courier.map(|courier| courier.to_lowercase()),
            place: Place::read(fields)?,
        })
    }

    fn is_about(&self, area: &Area, areas: &[Area]) -> bool {
        let is_of_courier = match (&self.courier, asked_courier(area)) {
            (None, _) => true,
            (Some(courier), Some(asked)) => is_same(courier, &asked),
            (Some(_), None) => false,
        };
        self.place.is(area, areas) && is_of_courier
    }
}

/// A place as a row writes it.
struct Place {
    country: Option<CountryCode>,
    postcode: String,
}

impl Place {
    /// Rows about remote places have names of their own for everything; others may come back as they were asked.
    fn read(fields: Fields<'_>) -> Option<Self> {
        let country = |field: &&str| Country::named(&fields.text(field)?)?.code();
        Some(Self {
            country: ["two_code", "far_country", "country"]
                .iter()
                .find_map(country),
            postcode: plain(&either(fields, ["far_city_postcode", "postcode"])?),
        })
    }

    fn is(&self, area: &Area, areas: &[Area]) -> bool {
        let has_postcode = |area: &&Area| plain(&area.postcode) == self.postcode;
        has_postcode(&area)
            && match self.country {
                Some(country) => country == area.country,
                // A name that leaves doubts will do where only one country has been asked about with this postcode.
                None => areas
                    .iter()
                    .filter(has_postcode)
                    .all(|other| other.country == area.country),
            }
    }
}

fn either(fields: Fields<'_>, names: [&str; 2]) -> Option<String> {
    names.iter().find_map(|name| fields.text(name))
}

fn asked_courier(area: &Area) -> Option<String> {
    let courier = area.courier.as_deref().and_then(stated)?;
    Some(courier.to_lowercase())
}

/// The service may write a courier with more words, or fewer, than it was asked with.
fn is_same(courier: &str, asked: &str) -> bool {
    courier.starts_with(asked) || asked.starts_with(courier)
}

/// Case, blanks and hyphens do not make another postal code.
fn plain(postcode: &str) -> String {
    let letters = postcode.chars();
    let letters = letters.filter(|letter| !letter.is_whitespace() && *letter != '-');
    letters.flat_map(char::to_lowercase).collect()
}
