//! Work that broke off by a mistake of the program's own.

use std::panic::{self, PanicHookInfo};

/// Has the log tell of it from now on.
pub(super) fn log() {
    panic::set_hook(Box::new(tell));
}

/// Where it broke off, and not with which words: they may repeat what somebody sent.
fn tell(broken: &PanicHookInfo<'_>) {
    let place = broken.location();
    let place = place.map(|place| format!("{}:{}", place.file(), place.line()));
    tracing::error!(
        place,
        "some work broke off: this is a mistake of the program's own"
    );
}

#[cfg(test)]
mod tests {
    use std::thread;

    use serde_json::Value;

    use super::super::line::tests::Paper;
    use super::super::settings::LogFormat;
    use super::*;

    #[test]
    fn its_place_is_logged_and_its_words_are_not() {
        let (paper, own) = (Paper::default(), thread::current().id());
        let usual = panic::take_hook();
        // Others break off as usual.
        panic::set_hook(Box::new(move |broken| {
            match thread::current().id() == own {
                true => tell(broken),
                false => usual(broken),
            }
        }));
        let subscriber = paper.subscriber(LogFormat::Json);
        let line = line!() + 2;
        tracing::subscriber::with_default(subscriber, || {
            let work = || panic!("Zebulon Quartermaine\nis not there");
            panic::catch_unwind(work).unwrap_err();
        });
        let text = paper.text();
        let told: Value = serde_json::from_str(&text).expect("it is one object");
        assert_eq!(told["level"], "ERROR");
        assert_eq!(told["target"], "parcelgraph::telemetry::panics");
        let place = format!("{}:{line}", file!());
        assert_eq!(told["fields"], serde_json::json!({ "place": place }));
        assert!(!text.contains("Zebulon"), "{text}");
    }
}
