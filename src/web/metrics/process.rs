//! What the process takes of its machine, under the names that every Prometheus client has for that.

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use tokio::runtime::Handle;

use super::sheet::Sheet;
use crate::web::reloads::Reloads;

/// What the system says of this process.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Process {
    cpu_seconds: f64,
    resident_bytes: u64,
    virtual_bytes: u64,
    open_files: u64,
    /// `None` if there is no limit.
    max_files: Option<u64>,
    /// In seconds since 1970.
    started: f64,
}

pub(super) async fn note(sheet: &mut Sheet, reloads: &Reloads) {
    // Where there are many files it takes a while to count them.
    let process = tokio::task::spawn_blocking(Process::read).await;
    if let Ok(Some(process)) = process {
        note_process(sheet, process);
    }
    let runtime = Handle::current().metrics();
    sheet.level("tasks", "Tasks that are alive", runtime.num_alive_tasks());
    sheet.level(
        "tasks_queued",
        "Tasks that wait for a thread outside of the threads' own queues; for long only if the processors do not suffice",
        runtime.global_queue_depth(),
    );
    let counts = ["taken", "refused"].into_iter().zip(reloads.counts());
    sheet.counts(
        "reloads",
        "How often the settings were read again, by what came of it",
        ["outcome"],
        counts.map(|(outcome, count)| ([outcome], count)),
    );
    sheet.level(
        "settings_refused",
        "Whether the settings that were read last were wrong, so that those before them are in force",
        i64::from(reloads.is_refused()),
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    let help = "Which version runs";
    sheet.put("build", help, Info::new(version));
}

fn note_process(sheet: &mut Sheet, process: Process) {
    sheet.put_usual(
        "process_cpu_seconds",
        "Processor time that was spent, of user and system",
        ConstCounter::new(process.cpu_seconds),
    );
    sheet.put_usual(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970",
        ConstGauge::new(process.started),
    );
    for (name, help, figure) in [
        (
            "process_resident_memory_bytes",
            "Memory that is resident",
            Some(process.resident_bytes),
        ),
        (
            "process_virtual_memory_bytes",
            "Memory that is reserved",
            Some(process.virtual_bytes),
        ),
        (
            "process_open_fds",
            "Files and connections that are open",
            Some(process.open_files),
        ),
        (
            "process_max_fds",
            "How many may be open; absent where there is no limit",
            process.max_files,
        ),
    ] {
        if let Some(figure) = figure {
            sheet.put_usual(name, help, ConstGauge::new(figure));
        }
    }
}

impl Process {
    /// `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    #[allow(clippy::cast_precision_loss, reason = "it is a figure to look at")]
    fn read() -> Option<Self> {
        use procfs::process::{LimitValue, Process};

        let process = Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let ticks = procfs::ticks_per_second() as f64;
        let max_files = match process.limits().ok()?.max_open_files.soft_limit {
            LimitValue::Value(most) => Some(most),
            LimitValue::Unlimited => None,
        };
        let booted = procfs::boot_time_secs().ok()? as f64;
        Some(Self {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident_bytes: stat.rss * procfs::page_size(),
            virtual_bytes: stat.vsize,
            open_files: process.fd_count().ok()? as u64,
            max_files,
            started: booted + stat.starttime as f64 / ticks,
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn read() -> Option<Self> {
        None
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_system_tells_what_is_plausible() {
        let process = Process::read().unwrap();
        assert!(process.resident_bytes > 1 << 20, "{process:?}");
        assert!(process.virtual_bytes >= process.resident_bytes);
        assert!(process.open_files > 2, "{process:?}");
        let most = process.max_files.unwrap_or(u64::MAX);
        assert!(most > process.open_files);
        let age = Timestamp::now().as_second() as f64 - process.started;
        assert!((-2.0..100_000.0).contains(&age), "{age} s");
        assert!(process.cpu_seconds < 100_000.0);
    }
}
