//! The `parcelgraph` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    parcelgraph::cli::run()
}
