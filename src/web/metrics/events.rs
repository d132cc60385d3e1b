//! What is told to subscribers, and how they keep up.

use super::sheet::Sheet;
use crate::graphql::AudienceFigures;
use crate::tracker::EventFigures;

pub(super) fn note(
    sheet: &mut Sheet,
    events: &EventFigures,
    audiences: AudienceFigures,
    subscribers: impl IntoIterator<Item = ([&'static str; 1], u64)>,
) {
    sheet.levels(
        "subscribers",
        "Sockets and streams that are open",
        ["transport"],
        subscribers,
    );
    sheet.level(
        "events_kept",
        "Events that subscribers can go back to",
        events.kept,
    );
    sheet.count(
        "events",
        "Events of the account that this replica has told its subscribers",
        events.told,
    );
    sheet.count(
        "events_lagged",
        "Subscribers who wanted to go back to what is not kept any more",
        events.lagged,
    );
    sheet.level(
        "events_unread",
        "Events that the slowest subscriber has not taken yet, 32 at the most",
        audiences.unread,
    );
    sheet.count(
        "subscribers_overtaken",
        "How often a subscriber was so slow that he had to go back for events",
        audiences.overtaken,
    );
}
