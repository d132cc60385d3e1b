//! What a process takes: time of the processor, and memory.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// How long each thread of a process has run so far.
#[derive(Debug)]
pub struct Spent(HashMap<String, u64>);

impl Spent {
    pub fn by(process: u32) -> Self {
        let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        let of_thread = |thread: fs::DirEntry| {
            // One that has just ended has nothing to tell.
            let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            let nanoseconds = told.split(' ').next()?.parse().ok()?;
            Some((thread.file_name().into_string().ok()?, nanoseconds))
        };
        Self(threads.flatten().filter_map(of_thread).collect())
    }

    /// How long all threads together have run since an earlier moment.
    pub fn since(&self, earlier: &Self) -> Duration {
        let spent = self.0.iter().map(|(thread, now)| {
            let before = earlier.0.get(thread).copied().unwrap_or(0);
            now.saturating_sub(before)
        });
        Duration::from_nanos(spent.sum())
    }
}

/// How much memory a process has, in bytes.
pub fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()).unwrap();
    kib.parse::<u64>().unwrap() * 1_024
}

/// Has this process run on one processor only, and whatever it starts.
pub fn move_to(processor: &str) {
    let process = std::process::id().to_string();
    let moved = Command::new("taskset")
        .args(["-acp", processor, &process])
        .output()
        .expect("taskset is installed");
    let said = String::from_utf8_lossy(&moved.stderr);
    assert!(moved.status.success(), "there are two processors: {said}");
}
