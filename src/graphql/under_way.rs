//! An operation that is under way, from when it came: what becomes of it is counted and told once, also if its client leaves
//! before that.

use std::sync::Arc;
use std::thread;

use super::answer::Answer;
use super::document::Plan;
use super::error::ErrorCode;
use super::tally::{Counting, End, Tallies};
use super::trace::{Begun, Fate, Trace};
use crate::telemetry::Span;

/// Whoever drops it before its end has abandoned the operation.
#[derive(Debug)]
pub(super) struct UnderWay {
    begun: Begun,
    counting: Counting,
    /// How it goes, once it is read.
    trace: Option<Arc<Trace>>,
    is_over: bool,
}

impl UnderWay {
    /// Something has come of which nothing is known yet.
    pub(super) fn begin(tallies: &Tallies) -> Self {
        let begun = Begun::now();
        Self {
            begun,
            counting: tallies.begin(begun.at()),
            trace: None,
            is_over: false,
        }
    }

    /// Where it is noted which operation it is.
    pub(super) fn counting(&mut self) -> &mut Counting {
        &mut self.counting
    }

    /// It was read, and is told by its name from now on.
    pub(super) fn is_read(&mut self, plan: &Arc<Plan>, text: &Arc<str>) -> Arc<Trace> {
        let trace = Trace::new(self.begun, plan, text);
        self.trace.insert(Arc::new(trace)).clone()
    }

    /// Its part of the trace, once it is read.
    pub(super) fn span(&self) -> Option<&Span> {
        self.trace.as_ref().map(|trace| trace.span())
    }

    /// It has its answer.
    pub(super) fn answered(mut self, answer: &Answer) {
        self.end(End::of(answer), Fate::Answered(answer.first_error()));
    }

    /// It has begun, and goes on.
    pub(super) fn goes_on(mut self) {
        self.end(End::Good, Fate::Answered(None));
    }

    /// It is not carried out.
    pub(super) fn refused(mut self, code: ErrorCode) {
        self.end(End::Failed(code), Fate::Answered(Some(code)));
    }

    fn end(&mut self, end: End, fate: Fate) {
        self.is_over = true;
        self.counting.note(end);
        match &self.trace {
            Some(trace) => trace.end(fate),
            None => self.begun.end(fate),
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        match thread::panicking() {
            true => {
                let code = ErrorCode::Internal;
                self.end(End::Failed(code), Fate::Answered(Some(code)));
            }
            false => self.end(End::Abandoned, Fate::Abandoned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(work: impl FnOnce(UnderWay)) -> Vec<(&'static str, u64)> {
        let tallies = Tallies::default();
        work(UnderWay::begin(&tallies));
        let figures = tallies.read().into_iter();
        let counts = figures.flat_map(|figures| figures.counts);
        counts.map(|it| (it.outcome, it.count)).collect()
    }

    #[test]
    fn it_is_counted_once_whatever_becomes_of_it() {
        assert_eq!(counted(drop), [("abandoned", 1)]);
        assert_eq!(counted(UnderWay::goes_on), [("ok", 1)]);
        let refused = counted(|it| it.refused(ErrorCode::Throttled));
        assert_eq!(refused, [("THROTTLED", 1)]);
    }

    #[test]
    fn nobody_has_left_what_breaks_off_by_itself() {
        let tallies = Tallies::default();
        let shared = tallies.clone();
        let work = thread::spawn(move || {
            let _under_way = UnderWay::begin(&shared);
            std::panic::resume_unwind(Box::new("a mistake"));
        });
        work.join().unwrap_err();
        let counts = tallies.read().remove(0).counts;
        assert_eq!(counts.len(), 1);
        assert_eq!(counts[0].outcome, ErrorCode::Internal.as_str());
    }
}
