//! The rows of a list: what is wrong with one does not keep the others from being sent.

use std::collections::HashSet;

use crate::graphql::outcome::Outcome;
use crate::graphql::user_error::{Path, UserError};
use crate::model::TrackingKey;

/// Where the rows of a list stand, and what is wrong with those that are not sent.
pub(super) struct Places {
    argument: &'static str,
    refusals: Vec<Option<Vec<UserError>>>,
}

/// Reads every row and gives those that can be sent. Of two rows about one parcel the first counts.
pub(super) fn read_rows<I, R>(
    argument: &'static str,
    inputs: Vec<I>,
    read: impl Fn(Path, I) -> Result<R, Vec<UserError>>,
    key: impl Fn(&R) -> &TrackingKey,
) -> (Vec<R>, Places) {
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(inputs.len());
    let places = inputs.into_iter().enumerate().map(|(index, input)| {
        let path = Path::to(argument).at(index);
        match read(path.clone(), input) {
            Ok(row) if seen.insert(key(&row).clone()) => {
                rows.push(row);
                None
            }
            Ok(_) => {
                let message = "an earlier row is about this parcel already: name it once";
                Some(vec![UserError::invalid(path, message)])
            }
            Err(errors) => Some(errors),
        }
    });
    let refusals = places.collect();
    let places = Places { argument, refusals };
    (rows, places)
}

impl Places {
    /// Puts the answers of what was sent in their places.
    pub(super) fn filled<A, P>(
        self,
        answers: impl IntoIterator<Item = A>,
        answered: impl Fn(Path, A) -> Outcome<P>,
        refused: impl Fn(Vec<UserError>) -> P,
    ) -> Vec<Outcome<P>> {
        let mut answers = answers.into_iter();
        let places = self.refusals.into_iter().enumerate();
        let filled = places.filter_map(|(index, refusal)| match refusal {
            Some(errors) => Some(Outcome::Value(refused(errors))),
            // There is an answer for every row that was sent.
            None => answers
                .next()
                .map(|answer| answered(Path::to(self.argument).at(index), answer)),
        });
        filled.collect()
    }
}
