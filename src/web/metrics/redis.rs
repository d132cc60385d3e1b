//! How it goes with Redis.

use super::sheet::Sheet;
use crate::tracker::LinkFigures;

pub(super) fn note(sheet: &mut Sheet, redis: &LinkFigures) {
    sheet.level(
        "redis_up",
        "Whether Redis can be reached",
        u64::from(redis.is_up),
    );
    sheet.counts(
        "redis_commands",
        "Commands of this replica: answered, refused for what they are, lost without an answer in time, or kept_back while \
         Redis was away",
        ["outcome"],
        [
            (["answered"], redis.answered),
            (["refused"], redis.refused),
            (["lost"], redis.lost),
            (["kept_back"], redis.kept_back),
        ],
    );
    sheet.count(
        "redis_outages",
        "How often Redis went away from this replica",
        redis.outages,
    );
    if let Some(silent_for) = redis.silent_for {
        sheet.level(
            "redis_last_answer_seconds",
            "How long ago Redis was heard of last; it is asked twice a second",
            silent_for.as_secs_f64(),
        );
    }
}
