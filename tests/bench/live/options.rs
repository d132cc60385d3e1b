//! What is to be measured, and whether it is good enough.

use std::fmt::Debug;
use std::process::ExitCode;
use std::str::FromStr;

/// The command line.
#[derive(Debug)]
pub struct Options(Vec<String>);

impl Options {
    /// Cargo adds `--bench` to what the user says.
    pub fn of_arguments() -> Self {
        let said = std::env::args().skip(1);
        Self(said.filter(|argument| argument != "--bench").collect())
    }

    /// Whether something is to be measured: all of it, unless some of it is named.
    pub fn wants(&self, name: &str) -> bool {
        let first = self.0.first().filter(|first| !first.starts_with("--"));
        first.is_none_or(|first| first == name)
    }

    /// What stands behind a flag, or what is usual.
    pub fn number<T: FromStr<Err: Debug>>(&self, flag: &str, usual: T) -> T {
        let mut said = self.0.iter().skip_while(|argument| *argument != flag);
        let number = said.nth(1);
        number.map_or(usual, |number| {
            number.parse().expect("a number behind each flag")
        })
    }
}

/// What has to be so, and is not.
#[derive(Debug, Default)]
pub struct Bars(Vec<String>);

impl Bars {
    /// Prints a line, and remembers it if it says that a bar was missed.
    pub fn hold(&mut self, is_held: bool, line: &str) {
        println!("  {} {line}", if is_held { "ok    " } else { "MISSED" });
        if !is_held {
            self.0.push(line.to_owned());
        }
    }

    pub fn verdict(self) -> ExitCode {
        match self.0.is_empty() {
            true => ExitCode::SUCCESS,
            false => {
                println!("missed:\n  {}", self.0.join("\n  "));
                ExitCode::FAILURE
            }
        }
    }
}
