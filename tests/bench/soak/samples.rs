//! What a process takes while time goes by.

use std::fs;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::cpu;
use super::options::Bars;

/// How often it is looked.
const PERIOD: Duration = Duration::from_secs(5);

const MB: f64 = 1e6;

/// For how long bars count that are for a time.
const TEN_MINUTES: f64 = 600.0;

/// How much memory may grow in ten minutes, in MB.
const MOST_MB: f64 = 1.0;

/// How much it may grow at all where it is measured for less than ten minutes, and chance counts for more.
const MOST_MB_SOON: f64 = 10.0;

/// By how many files it may grow at all: subscribers and connections come and go.
const MOST_FILES: f64 = 25.0;

#[derive(Debug, Clone, Copy)]
struct Sample {
    seconds: f64,
    megabytes: f64,
    files: f64,
}

/// What was seen, in the order of time.
#[derive(Debug, Default)]
pub struct Samples(Vec<Sample>);

impl Samples {
    /// Looks at a process for so long.
    pub async fn take(process: u32, window: Duration) -> Self {
        let begun = Instant::now();
        let mut samples = Self::default();
        let mut planned = begun;
        while planned <= begun + window {
            sleep_until(planned.into()).await;
            samples.0.push(Sample {
                seconds: begun.elapsed().as_secs_f64(),
                megabytes: cpu::resident(process) as f64 / MB,
                files: fs::read_dir(format!("/proc/{process}/fd")).unwrap().count() as f64,
            });
            planned += PERIOD;
        }
        samples
    }

    /// Fits lines, and holds them to their bars.
    pub fn judge(&self, bars: &mut Bars) {
        let span = self.span();
        let memory = self.slope(|sample| sample.megabytes);
        let files = self.slope(|sample| sample.files);
        let [first, last] = [self.0.first(), self.0.last()].map(|sample| sample.unwrap());
        println!(
            "  {} samples in {span:.0} s: {:.1} to {:.1} MB, {} to {} files",
            self.0.len(),
            first.megabytes,
            last.megabytes,
            first.files,
            last.files
        );
        let each = self.0.iter().step_by(self.0.len().div_ceil(30));
        let each = each.map(|sample| format!("{:.1}", sample.megabytes));
        println!("  MB: {}", each.collect::<Vec<_>>().join(" "));
        let (grown, most) = match span < TEN_MINUTES {
            true => (memory * span, MOST_MB_SOON),
            false => (memory * TEN_MINUTES, MOST_MB),
        };
        let time = span.min(TEN_MINUTES);
        bars.hold(
            grown < most,
            &format!("memory grows by {grown:.2} MB in {time:.0} s, less than {most}"),
        );
        let grown = files * span;
        bars.hold(
            grown < MOST_FILES,
            &format!("{grown:.1} more files in {span:.0} s, less than {MOST_FILES}"),
        );
    }

    fn span(&self) -> f64 {
        let seconds = |sample: Option<&Sample>| sample.map_or(0.0, |sample| sample.seconds);
        seconds(self.0.last()) - seconds(self.0.first())
    }

    /// How much something grows in a second, by the line that comes nearest to what was seen.
    fn slope(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        let count = self.0.len() as f64;
        let mean = |of: &dyn Fn(&Sample) -> f64| self.0.iter().map(of).sum::<f64>() / count;
        let (middle, height) = (mean(&|sample| sample.seconds), mean(&figure));
        let (mut over, mut under) = (0.0, 0.0);
        for sample in &self.0 {
            let away = sample.seconds - middle;
            over += away * (figure(sample) - height);
            under += away * away;
        }
        if under > 0.0 { over / under } else { 0.0 }
    }
}
