//! Reads the settings again while they are in force: when the process is told to, and when a file of theirs changes.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use super::watch::Watch;
use super::{Failure, Options, overrides, resolve, secret};
use crate::app::Controls;
use crate::settings::{Change, Overrides, Settings, When, changes};
use crate::telemetry::Telemetry;

/// How often it is looked whether a file has changed.
const LOOK: Duration = Duration::from_secs(1);

/// What reads the settings again.
pub(super) struct Reloads {
    options: Options,
    /// What was set at the start.
    started: Overrides,
    controls: Controls,
    telemetry: Arc<Telemetry>,
    watch: Watch,
}

/// Hears when the process is told to read its settings again.
pub(super) struct Hangups {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangups {
    /// From now on the process is not ended by them.
    #[cfg(unix)]
    pub(super) fn heard() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signal = signal(SignalKind::hangup())?;
        Ok(Self { signal })
    }

    /// Here nobody can tell it.
    #[cfg(not(unix))]
    pub(super) fn heard() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Ready at the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}

impl Reloads {
    pub(super) fn new(
        options: Options,
        started: Overrides,
        controls: Controls,
        telemetry: Arc<Telemetry>,
        watch: Watch,
    ) -> Self {
        Self {
            options,
            started,
            controls,
            telemetry,
            watch,
        }
    }

    /// Goes on for as long as it is polled.
    pub(super) async fn go_on(mut self, mut hangups: Hangups) {
        loop {
            let is_told = tokio::select! {
                () = hangups.next() => true,
                () = sleep(LOOK) => false,
            };
            // Files are read, and judged.
            let looked = spawn_blocking(move || {
                if self.watch.has_changed() || is_told {
                    self.read();
                }
                self
            });
            self = match looked.await {
                Ok(reloads) => reloads,
                Err(broken) => {
                    error!("the settings are not read again any more: {broken}");
                    return;
                }
            };
        }
    }

    fn read(&mut self) {
        if let Err(Failure(lines)) = self.try_read() {
            self.controls.refuse();
            for line in lines {
                error!("the settings in force stay as they are: {line}");
            }
        }
    }

    fn try_read(&mut self) -> Result<(), Failure> {
        self.watch.note();
        let set = overrides(&self.options)?;
        let wanted = resolve(&set)?;
        let now = resolve(&set.started_as(&self.started))?;
        let before = self.controls.in_force().clone();
        let (changed, later) = (changes(&before, &now), not_yet(&before, &wanted));
        let telemetry = now.telemetry.clone();
        self.watch.follow(documents(&now));
        self.controls.change(now)?;
        self.telemetry.change(&telemetry);
        info!(changed = changed.len(), "the settings were read again");
        for change in changed {
            info!("from now on: {change}");
        }
        for change in later {
            warn!("not yet: {change}");
        }
        Ok(())
    }
}

/// What changes only when the process is started again.
pub(super) fn not_yet(before: &Settings, wanted: &Settings) -> impl Iterator<Item = Change> {
    let changes = changes(before, wanted).into_iter();
    changes.filter(|change| change.when == When::AtStart)
}

/// The file of trusted documents.
pub(super) fn documents(settings: &Settings) -> Option<&PathBuf> {
    let documents = settings.operations.trusted_documents.as_ref();
    documents.map(|(file, _)| file)
}

/// All other files that settings come from.
pub(super) fn files(options: &Options) -> Vec<PathBuf> {
    let file = options.config.clone().into_iter();
    file.chain(secret::files()).collect()
}
