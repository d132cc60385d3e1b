//! What files name that are made for operators.

use std::collections::BTreeSet;
use std::fs;

/// The series that a file names, in the order of the alphabet.
pub fn named_in(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    let is_ours = |word: &&str| {
        let prefixes = ["parcelgraph_", "process_"];
        prefixes.iter().any(|prefix| word.starts_with(prefix))
    };
    let names: BTreeSet<_> = words.filter(is_ours).map(str::to_owned).collect();
    assert!(names.len() > 10, "{file} names {names:?}");
    names
}

/// What the README's table says of each figure, in the order of the alphabet.
pub fn documented() -> Vec<[String; 4]> {
    let text = fs::read_to_string("README.md").unwrap();
    let (_, table) = text
        .split_once("| metric | kind | labels | meaning |\n")
        .unwrap();
    let rows = table.lines().skip(1).take_while(|row| row.starts_with('|'));
    let rows = rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ").map(str::trim);
        let cells: Vec<_> = cells.map(str::to_owned).collect();
        cells.try_into().unwrap_or_else(|_| panic!("{row}"))
    });
    let mut rows: Vec<[String; 4]> = rows.collect();
    rows.sort();
    rows
}
