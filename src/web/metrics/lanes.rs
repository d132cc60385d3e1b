//! How the lanes stand, and what waited in them.

use jiff::Timestamp;
use prometheus_client::metrics::histogram::Histogram;

use super::sheet::Sheet;
use crate::tracker::{Counts, Figures, Lane, LaneBudget, Waits};

pub(super) fn note(sheet: &mut Sheet, figures: &Figures) {
    note_standing(sheet, &figures.budget.lanes);
    note_counts(sheet, figures.counts);
    note_waits(sheet, &figures.waits);
    sheet.put(
        "batch_parcels",
        "How many parcels the list calls of this replica carried",
        figures.service.batches.clone(),
    );
    sheet.count(
        "parcels_joined",
        "How often somebody wanted a parcel that was wanted already, so that one call served both",
        figures.service.joined,
    );
}

fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::List | Lane::Page => "list",
        Lane::Realtime => "realtime",
        Lane::Other => "other",
    }
}

/// Those of the whole fleet while Redis is there.
fn note_standing(sheet: &mut Sheet, lanes: &[LaneBudget]) {
    let now = Timestamp::now();
    let mut note = |name: &str, help: &str, figure: &dyn Fn(&LaneBudget) -> Option<u64>| {
        let levels = lanes.iter();
        let levels = levels.filter_map(|lane| Some(([self::name(lane.lane)], figure(lane)?)));
        sheet.levels(name, help, ["lane"], levels);
    };
    note(
        "lane_limit",
        "Calls that may leave in any second; absent where there is no limit",
        &|lane| lane.limit.map(u64::from),
    );
    note("lane_used", "Calls that left in the last second", &|lane| {
        Some(lane.used as u64)
    });
    note(
        "lane_queued",
        "What waits for a turn: parcels in the list lane, calls in the others",
        &|lane| Some(lane.queued as u64),
    );
    note(
        "lane_next_slot_seconds",
        "In how many seconds the next call may leave, rounded up",
        &|lane| {
            let left = lane
                .next_slot_at
                .map(|at| at.duration_since(now).as_millis());
            Some(left.map_or(0, |left| u64::try_from(left).unwrap_or(0).div_ceil(1_000)))
        },
    );
    note(
        "lane_closed_seconds",
        "For how long nothing leaves yet after a 429",
        &|lane| {
            let left = lane.closed_until.map(|until| until.duration_since(now));
            Some(left.map_or(0, |left| u64::try_from(left.as_secs()).unwrap_or(0)))
        },
    );
    let is_closed = |lane: &LaneBudget| lane.closed_until.is_some_and(|until| until > now);
    sheet.level(
        "banned",
        "Whether nothing leaves because TrackingMore answered 429: 1 or 0",
        u64::from(lanes.iter().any(is_closed)),
    );
}

/// What this process did since it was started.
fn note_counts(sheet: &mut Sheet, counts: Counts) {
    let calls = [
        (Lane::List, counts.list),
        (Lane::Realtime, counts.realtime),
        (Lane::Other, counts.other),
    ];
    sheet.counts(
        "calls",
        "Calls of this replica that left",
        ["lane"],
        calls.map(|(lane, count)| ([name(lane)], count)),
    );
    sheet.count(
        "turns_refused",
        "How often a call of this replica got no turn",
        counts.refused,
    );
    sheet.count(
        "upstream_429",
        "How often TrackingMore answered 429 to this replica",
        counts.silences,
    );
}

fn note_waits(sheet: &mut Sheet, waits: &Waits) {
    let waits: [(Lane, &Histogram); 3] = [
        (Lane::List, &waits.list),
        (Lane::Realtime, &waits.realtime),
        (Lane::Other, &waits.other),
    ];
    sheet.spreads(
        "lane_wait_seconds",
        "How long calls of this replica waited for their turns; in the list lane, how long that of their parcels waited which \
         was wanted first",
        ["lane"],
        waits.map(|(lane, wait)| ([name(lane)], wait.clone())),
    );
}
