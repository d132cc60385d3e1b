//! What became of operations.

use super::sheet::{Label, Sheet};
use crate::graphql::Door;

pub(super) fn note(sheet: &mut Sheet, door: &Door) {
    let all = door.operation_figures();
    let counts = all.iter().flat_map(|figures| {
        figures.counts.iter().map(|counted| {
            let name = Label::from(figures.name.clone());
            let labels = [name, counted.kind.into(), counted.outcome.into()];
            (labels, counted.count)
        })
    });
    sheet.counts(
        "operations",
        "Operations of this replica, by name if their document is a trusted one, else as other; those that were given \
         again count as well, and subscriptions when they begin",
        ["operation", "type", "outcome"],
        counts,
    );
    sheet.spreads(
        "operation_duration_seconds",
        "How long operations took from being read until their answer, or until their client left; subscriptions until they \
         began",
        ["operation"],
        all.into_iter().map(|figures| ([figures.name], figures.took)),
    );
    sheet.count(
        "unlisted_operations",
        "Operations that this replica was sent and that are not among the trusted documents",
        door.persisted().unlisted(),
    );
}
