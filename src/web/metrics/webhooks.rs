//! What became of messages that TrackingMore sent by itself.

use super::sheet::Sheet;
use crate::tracker::HintCounts;
use crate::web::webhook::Webhooks;

pub(super) fn note(sheet: &mut Sheet, hints: &HintCounts, webhooks: Webhooks) {
    sheet.put(
        "webhooks",
        "Messages that this replica was sent, by what was answered",
        webhooks,
    );
    sheet.counts(
        "hints",
        "Messages that this replica took, by what TrackingMore's list said of them",
        ["outcome"],
        [
            (["confirmed"], hints.confirmed),
            (["refuted"], hints.refuted),
            (["overtaken"], hints.overtaken),
            (["unanswered"], hints.unanswered),
            (["known"], hints.known),
            (["replayed"], hints.replayed),
        ],
    );
    sheet.count(
        "webhook_refuted",
        "Messages that TrackingMore's list did not bear out; somebody else may have sent them",
        hints.refuted,
    );
}
