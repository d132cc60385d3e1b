//! What is remembered, and what that saves.

use super::sheet::Sheet;
use crate::graphql::FinishedFigures;
use crate::tracker::Figures;

pub(super) fn note(sheet: &mut Sheet, figures: &Figures, finished: FinishedFigures) {
    sheet.level(
        "cached_parcels",
        "Parcels of which something is remembered",
        figures.parcels,
    );
    sheet.level(
        "cached_parcel_bytes",
        "About how many bytes these take in memory, judged by some of them",
        figures.parcel_bytes,
    );
    let service = &figures.service;
    sheet.counts(
        "cache_lookups",
        "Parcels that clients of this replica asked for, by where they were found: memory_hit, redis_hit, or miss if \
         TrackingMore had to be asked; what is given again whole is not looked up",
        ["outcome"],
        [
            (["memory_hit"], service.from_memory),
            (["redis_hit"], service.from_redis),
            (["miss"], service.from_nowhere),
        ],
    );
    sheet.counts(
        "finished_answers",
        "Queries of this replica whose answer could have been there already, by whether it was",
        ["outcome"],
        [(["hit"], finished.hits), (["miss"], finished.misses)],
    );
    sheet.count(
        "answers_at_hand",
        "Queries of this replica that were answered at once, of parcels that were in memory",
        finished.glances,
    );
    sheet.level(
        "finished_answer_bytes",
        "About how many bytes of finished answers are kept",
        finished.bytes,
    );
}
