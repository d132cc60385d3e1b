//! How it goes with the collector of traces.

use super::sheet::Sheet;
use crate::telemetry::Figures;

pub(super) fn note(sheet: &mut Sheet, traces: Figures) {
    sheet.counts(
        "trace_exports",
        "Requests of this replica to the collector of traces: taken or refused, which is also what did not reach it",
        ["outcome"],
        [(["taken"], traces.taken), (["refused"], traces.refused)],
    );
}
