//! Foreign texts inside our own: on one line and of bounded length.

/// The longest foreign text that an error repeats, in characters.
const LONGEST_QUOTE: usize = 200;

/// A foreign text on one line and of bounded length.
pub(super) fn shortened(text: &str) -> String {
    let one_line = text.trim().replace(char::is_control, " ");
    match one_line.char_indices().nth(LONGEST_QUOTE - 3) {
        Some((end, _)) if one_line.chars().count() > LONGEST_QUOTE => {
            format!("{}...", &one_line[..end])
        }
        _ => one_line,
    }
}

/// A foreign text in brackets, if there is one.
pub(super) fn quoted(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!(" ({message})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_texts_become_one_short_line() {
        assert_eq!(shortened(" a\r\nb "), "a  b");
        assert_eq!(shortened(&"ü".repeat(200)).chars().count(), 200);
        assert_eq!(shortened(&"ü".repeat(201)).chars().count(), 200);
        assert!(shortened(&"ü".repeat(201)).ends_with("ü..."));
    }
}
