//! Whether the files have changed that settings come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files, as they were when they were read.
pub(super) struct Watch {
    files: Vec<PathBuf>,
    read: Vec<Option<Stamp>>,
    /// As they were at the last look.
    seen: Vec<Option<Stamp>>,
    /// Which of them is the file of trusted documents, if there is one: it is the last.
    has_documents: bool,
}

/// Tells whether a file has changed; a link may point at another one meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
    path: PathBuf,
}

impl Watch {
    /// Of files that are about to be read.
    pub(super) fn of(files: Vec<PathBuf>) -> Self {
        let read = stamps(&files);
        Self {
            files,
            seen: read.clone(),
            read,
            has_documents: false,
        }
    }

    /// Watches the file of trusted documents as well, which is about to be read, and no other of before.
    pub(super) fn follow(&mut self, documents: Option<&PathBuf>) {
        if self.has_documents {
            self.files.pop();
            self.read.pop();
            self.seen.pop();
        }
        self.has_documents = documents.is_some();
        if let Some(file) = documents {
            self.files.push(file.clone());
            self.read.push(Stamp::of(file));
            self.seen.push(Stamp::of(file));
        }
    }

    /// Looks whether they are others than were read, and nobody is writing them: they are as they were at the last look.
    pub(super) fn has_changed(&mut self) -> bool {
        let now = stamps(&self.files);
        let has_settled = now == self.seen;
        self.seen = now;
        has_settled && self.seen != self.read
    }

    /// They are about to be read.
    pub(super) fn note(&mut self) {
        self.read = stamps(&self.files);
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    files.iter().map(|file| Stamp::of(file)).collect()
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let path = fs::canonicalize(path).ok()?;
        let file = fs::metadata(&path).ok()?;
        Some(Self {
            changed: file.modified().ok(),
            length: file.len(),
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_changed_once_it_is_the_same_at_two_looks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings");
        fs::write(&file, "a").unwrap();
        let mut watch = Watch::of(vec![file.clone()]);
        assert!(!watch.has_changed() && !watch.has_changed());
        fs::write(&file, "").unwrap();
        assert!(!watch.has_changed());
        fs::write(&file, "a and more").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
        watch.note();
        assert!(!watch.has_changed());
        fs::remove_file(&file).unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
    }

    #[test]
    fn documents_are_watched_from_when_they_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let mut watch = Watch::of(Vec::new());
        fs::write(&one, "1").unwrap();
        watch.follow(Some(&one));
        assert!(!watch.has_changed() && !watch.has_changed());
        fs::write(&one, "12").unwrap();
        assert!(!watch.has_changed());
        assert!(watch.has_changed());
        watch.follow(Some(&other));
        assert!(!watch.has_changed() && !watch.has_changed());
        watch.follow(None);
        fs::write(&other, "1").unwrap();
        assert!(!watch.has_changed() && !watch.has_changed());
    }
}
