//! How much callers may ask for, in points.

use super::{AccessOverrides, SettingError};
use crate::allowance::Rate;

/// The highest number of points, so that what is made of it can be told as an Int.
pub(super) const MAX_POINTS: u32 = 1_000_000;

/// How much callers may ask for: others, and those who show a view token; with what is wrong of it.
pub(super) fn resolve(
    set: &AccessOverrides,
    wrong: &mut Vec<SettingError>,
) -> (Option<Rate>, Option<Rate>) {
    for (name, points) in [
        ("points-per-second", set.points_per_second),
        ("points-burst", set.points_burst),
        ("view-points-per-second", set.view_points_per_second),
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
    let view = Rate::per_second(set.view_points_per_second.unwrap_or(50));
    (usual, view)
}
