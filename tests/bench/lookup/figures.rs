//! Times that were taken, and how they are printed.

use std::process::ExitCode;
use std::time::Duration;

/// How often something is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// A few times, to see that it works.
    Trial,
    /// Often enough for a median that is the same tomorrow.
    Full,
}

/// The table of figures.
#[derive(Debug)]
pub struct Figures {
    effort: Effort,
    /// What the names of the figures have to contain.
    wanted: String,
    missed: bool,
}

impl Figures {
    /// As much as the command line asks for: `cargo bench` says so with a flag.
    pub fn of_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let is_bench = arguments.iter().any(|argument| argument == "--bench");
        let mut names = arguments.into_iter().filter(|word| !word.starts_with('-'));
        println!(
            "{:<58} {:>10} {:>10} {:>10} {:>8}",
            "figure", "tenth", "median", "nine tenths", "bar"
        );
        Self {
            effort: if is_bench {
                Effort::Full
            } else {
                Effort::Trial
            },
            wanted: names.next().unwrap_or_default(),
            missed: false,
        }
    }

    /// How many rounds there are where a full measurement has so many.
    pub fn rounds(&self, full: usize) -> usize {
        match self.effort {
            Effort::Trial => 3,
            Effort::Full => full,
        }
    }

    /// Whether a figure whose name begins like this is asked for.
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.wanted) || self.wanted.starts_with(name)
    }

    /// Prints a figure.
    pub fn show(&mut self, name: &str, times: Vec<Duration>) {
        self.line(name, times, None);
    }

    /// Prints a figure whose median has to stay below a bar.
    pub fn judge(&mut self, name: &str, times: Vec<Duration>, bar: Duration) {
        self.line(name, times, Some(bar));
    }

    fn line(&mut self, name: &str, mut times: Vec<Duration>, bar: Option<Duration>) {
        times.sort_unstable();
        let at = |tenths: usize| times[(times.len() - 1) * tenths / 10];
        let bar_text = bar.map_or(String::new(), |bar| format!("{bar:?}"));
        println!(
            "{name:<58} {:>10.2?} {:>10.2?} {:>10.2?} {bar_text:>8}",
            at(1),
            at(5),
            at(9),
        );
        self.missed |= bar.is_some_and(|bar| at(5) >= bar);
    }

    /// Whether all bars were kept. A trial says nothing of that.
    pub fn verdict(&self) -> ExitCode {
        if self.missed && self.effort == Effort::Full {
            eprintln!("a median misses its bar");
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}
