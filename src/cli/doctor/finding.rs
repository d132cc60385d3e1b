//! What was found, one line each.

use std::fmt;

/// How it stands with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and will be regretted.
    Warn,
    /// It does not work.
    Fail,
}

/// What was found about one thing, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    what: &'static str,
    found: String,
    /// Empty where nothing is to be done, or where what was found says it.
    advice: String,
}

impl Finding {
    pub(super) fn ok(what: &'static str, found: impl fmt::Display) -> Self {
        Self::new(Verdict::Ok, what, found, "")
    }

    pub(super) fn warn(
        what: &'static str,
        found: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Self {
        Self::new(Verdict::Warn, what, found, advice)
    }

    pub(super) fn fail(
        what: &'static str,
        found: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Self {
        Self::new(Verdict::Fail, what, found, advice)
    }

    fn new(
        verdict: Verdict,
        what: &'static str,
        found: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Self {
        Self {
            verdict,
            what,
            found: in_a_line(&found),
            advice: in_a_line(&advice),
        }
    }
}

fn in_a_line(text: &impl fmt::Display) -> String {
    let text = text.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            found,
            advice,
            ..
        } = self;
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        write!(f, "{verdict:<4}  {what}: {found}")?;
        match advice.is_empty() {
            true => Ok(()),
            false => write!(f, " -> {advice}"),
        }
    }
}

#[cfg(test)]
impl Finding {
    /// Whether the README shows it like this.
    pub(super) fn is_shown(&self) -> bool {
        let shown = include_str!("../../../README.md").lines();
        shown.into_iter().any(|line| line == self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_what_to_do_at_its_end() {
        let ok = Finding::ok("redis", "7.2.4");
        assert_eq!(ok.to_string(), "ok    redis: 7.2.4");
        let fail = Finding::fail("key", "refused\nby a page", "check it");
        assert_eq!(fail.to_string(), "FAIL  key: refused by a page -> check it");
    }
}
