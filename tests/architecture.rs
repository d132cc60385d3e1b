//! The arrows between the folders of `src` are those of the picture in `lib.rs`, and no others.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may know. A room that is missing here may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    (
        "cli",
        &[
            "app",
            "auth",
            "graphql",
            "model",
            "redis_link",
            "sandbox",
            "settings",
            "telemetry",
            "throttle",
            "upstream",
            "web",
        ],
    ),
    (
        "app",
        &[
            "allowance",
            "auth",
            "cache",
            "cooldown",
            "current",
            "graphql",
            "idempotency",
            "live",
            "model",
            "persisted",
            "receipts",
            "redis_link",
            "rounds",
            "sandbox",
            "settings",
            "throttle",
            "tracker",
            "upstream",
            "web",
        ],
    ),
    (
        "settings",
        &[
            "allowance",
            "auth",
            "live",
            "persisted",
            "redis_link",
            "telemetry",
            "throttle",
            "tracker",
            "upstream",
            "web",
        ],
    ),
    (
        "web",
        &[
            "auth",
            "current",
            "graphql",
            "model",
            "telemetry",
            "tracker",
        ],
    ),
    ("fuzz", &["graphql", "model", "sandbox", "upstream", "web"]),
    (
        "graphql",
        &[
            "allowance",
            "auth",
            "current",
            "idempotency",
            "live",
            "model",
            "persisted",
            "telemetry",
            "tracker",
        ],
    ),
    (
        "tracker",
        &[
            "cache",
            "cooldown",
            "current",
            "live",
            "model",
            "receipts",
            "rounds",
            "telemetry",
            "throttle",
            "upstream",
        ],
    ),
    ("allowance", &["model", "redis_link"]),
    ("auth", &["current", "model", "redis_link"]),
    ("cache", &["model", "redis_link"]),
    ("idempotency", &["current", "model", "redis_link"]),
    ("cooldown", &["current", "model", "redis_link"]),
    ("live", &["model", "redis_link"]),
    ("rounds", &["model", "redis_link"]),
    ("throttle", &["current", "model", "redis_link"]),
    ("persisted", &["redis_link"]),
    ("receipts", &["redis_link"]),
    ("upstream", &["model", "telemetry"]),
    ("current", &[]),
    ("model", &[]),
    ("redis_link", &[]),
    ("sandbox", &[]),
    ("telemetry", &[]),
];

#[test]
fn no_room_knows_more_than_the_picture_says() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in rust_files(Path::new("src")) {
        let room = room_of(&file);
        if room == "lib" {
            continue;
        }
        let Some(arrows) = allowed.get(room.as_str()) else {
            wrong.push(format!(
                "{}: the room {room} is not in the picture",
                file.display()
            ));
            continue;
        };
        for known in rooms_named_in(&fs::read_to_string(&file).unwrap()) {
            if known != room && !arrows.contains(&known.as_str()) {
                wrong.push(format!("{}: {room} -> {known}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows against the picture:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_arrow_of_the_picture_is_used() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files(Path::new("src")) {
        let known = rooms_named_in(&fs::read_to_string(&file).unwrap());
        used.entry(room_of(&file)).or_default().extend(known);
    }
    for (room, arrows) in ARROWS {
        for known in *arrows {
            assert!(
                used[*room].contains(*known),
                "{room} -> {known} is not used"
            );
        }
    }
}

#[test]
fn the_reader_of_arrows_sees_them() {
    let text = "use crate::cache::Cache;\nuse crate::{graphql::{self, Door}, web};\nlet x = crate::model::Status;\nparcelgraph::cli::run()";
    let rooms: Vec<_> = rooms_named_in(text).into_iter().collect();
    assert_eq!(rooms, ["cache", "cli", "graphql", "model", "web"]);
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn room_of(file: &Path) -> String {
    let name = file
        .components()
        .nth(1)
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    name.trim_end_matches(".rs").to_owned()
}

/// The first names behind `crate::` and `parcelgraph::`, alone or in a group of any depth.
fn rooms_named_in(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for prefix in ["crate::", "parcelgraph::"] {
        for (at, _) in text.match_indices(prefix) {
            let rest = &text[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(group) => rooms.extend(heads(group)),
                None => rooms.extend(heads(rest).into_iter().take(1)),
            }
        }
    }
    rooms
}

/// The names that begin the members of a group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let mut heads = vec![String::new()];
    let mut depth = 0;
    let mut in_head = true;
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(String::new());
                in_head = true;
            }
            ';' | ')' if depth == 0 => break,
            name if depth == 0 && in_head && (name.is_alphanumeric() || name == '_') => {
                heads.last_mut().unwrap().push(name);
            }
            blank if blank.is_whitespace() => {}
            _ => in_head = false,
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}
