//! What is secret stands in the environment, or in a file that the environment names, as containers are given it.

use std::env::{self, VarError};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Failure;

/// What may stand in a file.
const NAMES: [&str; 6] = [
    "TRACKINGMORE_API_KEY",
    "PARCELGRAPH_TOKENS",
    "JWT_SECRET",
    "VIEW_TOKEN_SECRET",
    "REDIS_URL",
    "WEBHOOK_EMAIL",
];

/// No secret is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// What is set under one of these names.
pub(super) fn of_environment(name: &str) -> Result<Option<String>, Failure> {
    debug_assert!(
        NAMES.contains(&name),
        "{name} is read again with the others"
    );
    let set = match env::var(name) {
        Ok(text) => Some(text),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => return Err(Failure(vec![format!("{name} is not text")])),
    };
    one_of(name, set, env::var_os(file_of(name)).as_deref())
}

/// The files that hold secrets.
pub(super) fn files() -> impl Iterator<Item = PathBuf> {
    let files = NAMES.iter().filter_map(|name| env::var_os(file_of(name)));
    files.map(PathBuf::from)
}

fn file_of(name: &str) -> String {
    format!("{name}_FILE")
}

fn one_of(
    name: &str,
    set: Option<String>,
    file: Option<&OsStr>,
) -> Result<Option<String>, Failure> {
    let wrong = |what: String| Failure(vec![what]);
    let Some(file) = file else {
        return Ok(set);
    };
    let variable = file_of(name);
    if set.is_some_and(|set| !set.trim().is_empty()) {
        let both = format!("{name} and {variable} are both set: set one of them");
        return Err(wrong(both));
    }
    let path = Path::new(file);
    let text = read(path).map_err(|why| {
        let path = path.display();
        wrong(format!("{variable}: {path} cannot be read: {why}"))
    })?;
    Ok(Some(text))
}

/// All of a file but the end of its last line, which editors put there.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    let length = file.take(LONGEST + 1).read_to_string(&mut text)?;
    if length as u64 > LONGEST {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    for end in ['\n', '\r'] {
        if text.ends_with(end) {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(set: Option<&str>, file: &Path) -> Result<Option<String>, String> {
        let set = set.map(str::to_owned);
        let said = one_of("JWT_SECRET", set, Some(file.as_os_str()));
        said.map_err(|Failure(lines)| lines.join("\n"))
    }

    #[test]
    fn a_file_is_taken_as_it_is_but_for_its_last_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        for (written, secret) in [
            ("s3cret", "s3cret"),
            ("s3cret\n", "s3cret"),
            ("s3cret\r\n", "s3cret"),
            (" s3cret\n\n", " s3cret\n"),
            ("", ""),
        ] {
            std::fs::write(&file, written).unwrap();
            assert_eq!(said(None, &file), Ok(Some(secret.to_owned())));
        }
    }

    #[test]
    fn a_secret_stands_in_one_place_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let missing = said(None, &file).unwrap_err();
        assert!(missing.starts_with("JWT_SECRET_FILE: "), "{missing}");
        assert!(missing.contains("/secret cannot be read: "), "{missing}");
        std::fs::write(&file, b"\xff5ecret").unwrap();
        let odd = said(None, &file).unwrap_err();
        assert!(odd.contains("UTF-8") && !odd.contains("5ecret"), "{odd}");
        std::fs::write(&file, "x".repeat(1 << 20) + "x").unwrap();
        let long = said(None, &file).unwrap_err();
        assert!(long.ends_with("longer than 1 MiB"), "{long}");
        std::fs::write(&file, "5ecret").unwrap();
        assert_eq!(
            said(Some("5ecret"), &file).unwrap_err(),
            "JWT_SECRET and JWT_SECRET_FILE are both set: set one of them"
        );
    }
}
