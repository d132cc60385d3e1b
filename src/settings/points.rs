//! How much callers may ask for, in points.

use super::{AccessOverrides, SettingError};
use crate::allowance::Rate;

/// The highest number of points, so that what is made of it can be told as an Int.
pub(super) const MAX_POINTS: u32 = 1_000_000;

/// How much callers may ask for.
pub(super) struct Points {
    /// Who shows no view token.
    pub(super) usual: Option<Rate>,
    /// Who shows one.
    pub(super) view: Option<Rate>,
    /// All together who show those of one signer.
    pub(super) view_signer: Option<Rate>,
}

/// How much callers may ask for, with what is wrong of it.
pub(super) fn resolve(set: &AccessOverrides, wrong: &mut Vec<SettingError>) -> Points {
    for (name, points) in [
        ("points-per-second", set.points_per_second),
        ("points-burst", set.points_burst),
        ("view-points-per-second", set.view_points_per_second),
        (
            "view-signer-points-per-second",
            set.view_signer_points_per_second,
        ),
    ] {
        if points.is_some_and(|points| points > MAX_POINTS) {
            wrong.push(SettingError::TooManyPoints(name));
        }
    }
    if set.points_burst == Some(0) {
        wrong.push(SettingError::NoPoints);
    }
    let usual = Rate::per_second(set.points_per_second.unwrap_or(500));
    let usual = usual.map(|rate| Rate {
        burst: set.points_burst.unwrap_or(rate.burst),
        ..rate
    });
    let rate = |set: Option<u32>, default| Rate::per_second(set.unwrap_or(default));
    Points {
        usual,
        view: rate(set.view_points_per_second, 50),
        view_signer: rate(set.view_signer_points_per_second, 5_000),
    }
}
