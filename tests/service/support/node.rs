//! Clients from npm, run by Node.js.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// No script runs longer.
const DEADLINE: Duration = Duration::from_secs(120);

/// Runs one of the scripts in `tests/clients` to its end and gives what it printed.
pub async fn node(script: &str, arguments: &[&str]) -> String {
    let run = command(script, arguments).output();
    let output = timeout(DEADLINE, run)
        .await
        .expect("the script ends")
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{script} failed:\n{out}\n{err}");
    out
}

/// A script that prints a line of JSON for everything it sees.
pub struct Client {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    pub fn start(script: &str, arguments: &[&str]) -> Self {
        Self::run(command(script, arguments))
    }

    fn run(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.expect("Node.js is installed");
        let stdout = child.stdout.take().unwrap();
        Self {
            _child: child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// The same with such an environment.
    pub fn with(environment: &[(&str, &str)], script: &str, arguments: &[&str]) -> Self {
        let mut command = command(script, arguments);
        command.envs(environment.iter().copied());
        Self::run(command)
    }

    /// What a client says, in whatever it prints, that is refused.
    pub async fn complaint(script: &str, arguments: &[&str]) -> String {
        Self::complaint_with(&[], script, arguments).await
    }

    /// The same with such an environment.
    pub async fn complaint_with(
        environment: &[(&str, &str)],
        script: &str,
        arguments: &[&str],
    ) -> String {
        let mut command = command(script, arguments);
        let run = command.envs(environment.iter().copied()).output();
        let output = timeout(DEADLINE, run).await.expect("the script ends");
        let output = output.unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The next thing that the client sees.
    pub async fn next(&mut self) -> Value {
        let line = timeout(DEADLINE, self.lines.next_line()).await;
        let line = line.expect("the client sees something").unwrap();
        serde_json::from_str(&line.expect("the client goes on")).unwrap()
    }
}

fn command(script: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients"))
        .arg(script)
        .args(arguments)
        .kill_on_drop(true);
    command
}
