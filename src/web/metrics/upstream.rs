//! What TrackingMore answered, and what that cost.

use super::sheet::Sheet;
use crate::tracker::Figures;

pub(super) fn note(sheet: &mut Sheet, figures: &Figures) {
    let calls = figures.calls.iter().flat_map(|call| {
        let outcomes = call.outcomes.iter();
        outcomes.map(|(outcome, count)| ([call.endpoint, *outcome], *count))
    });
    sheet.counts(
        "upstream_calls",
        "Calls of this replica by what became of them: ok, what TrackingMore's code means, timeout, connect, cut_off or invalid",
        ["endpoint", "outcome"],
        calls,
    );
    let took = figures.calls.iter();
    sheet.spreads(
        "upstream_call_duration_seconds",
        "How long calls of this replica took, from leaving until their answer was read",
        ["endpoint"],
        took.map(|call| ([call.endpoint], call.took.clone())),
    );
    if let Some(quota) = figures.budget.quota {
        sheet.level(
            "quota_left",
            "Trackings that can still be added, when the account was asked for last",
            quota.trackings,
        );
        sheet.level(
            "quota_left_timestamp_seconds",
            "When the account was asked for last",
            quota.fetched_at.as_second(),
        );
    }
    sheet.counts(
        "quota_spent",
        "Quota that this replica spent, by the documented prices; realtime calls have none",
        [],
        [([] as [&str; 0], figures.service.quota_spent.as_f64())],
    );
}
