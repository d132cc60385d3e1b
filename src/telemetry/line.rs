//! How a line of the log is written.

use std::fmt;

use jiff::Timestamp;
use opentelemetry::trace::TraceContextExt;
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::scope::Scope;
use super::settings::LogFormat;

/// The lines of one format. Each says for which request it is, and in which trace, if there are such.
pub(super) struct Lines(LogFormat);

impl Lines {
    pub(super) fn new(format: LogFormat) -> Self {
        Self(format)
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let place = Place::here();
        match self.0 {
            LogFormat::Json => writeln!(writer, "{}", json(event, &place)),
            LogFormat::Text => {
                let mut text = String::new();
                let usual = Format::default().with_ansi(writer.has_ansi_escapes());
                usual.format_event(context, Writer::new(&mut text), event)?;
                writer.write_str(text.trim_end_matches('\n'))?;
                if let Some(id) = &place.request_id {
                    write!(writer, " request_id={id}")?;
                }
                if let Some(id) = &place.trace_id {
                    write!(writer, " trace_id={id}")?;
                }
                writer.write_char('\n')
            }
        }
    }
}

/// What is known of the work that logs something.
struct Place {
    request_id: Option<String>,
    trace_id: Option<String>,
}

impl Place {
    fn here() -> Self {
        Scope::with(|scope| Self {
            request_id: scope.request.as_ref().map(|it| it.id().to_owned()),
            // A trace that is not kept can be found nowhere.
            trace_id: scope
                .span
                .as_ref()
                .filter(|_| scope.is_sampled())
                .map(|context| context.span().span_context().trace_id().to_string()),
        })
    }
}

/// A line for programs, with its fields in this order.
#[derive(Serialize)]
struct Line<'a> {
    timestamp: Timestamp,
    level: &'a str,
    target: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

fn json(event: &Event<'_>, place: &Place) -> String {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let line = Line {
        timestamp: Timestamp::now(),
        level: event.metadata().level().as_str(),
        target: event.metadata().target(),
        message: fields.message,
        fields: fields.others,
        request_id: place.request_id.as_deref(),
        trace_id: place.trace_id.as_deref(),
    };
    serde_json::to_string(&line).expect("a line is plain data")
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.others.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            _ => self.put(field, format!("{value:?}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            _ => self.put(field, value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, u64::try_from(value).unwrap_or(u64::MAX));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::super::Request;
    use super::*;

    /// On which lines are written.
    #[derive(Clone, Default)]
    pub struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Paper {
        /// Writes all that it is told in this format.
        pub fn subscriber(&self, format: LogFormat) -> impl Subscriber + Send + Sync + use<> {
            let writer = self.clone();
            let layer = tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .event_format(Lines::new(format));
            tracing_subscriber::registry().with(layer)
        }

        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written of some work that is done for a request of this id.
    async fn written(format: LogFormat, id: &str, work: impl Fn()) -> String {
        let paper = Paper::default();
        let _guard = tracing::subscriber::set_default(paper.subscriber(format));
        let headers = [(Request::HEADER, id.parse().unwrap())];
        let request = Arc::new(Request::of(&headers.into_iter().collect()));
        Scope::of(request).around(async { work() }).await;
        paper.text()
    }

    #[tokio::test]
    async fn a_line_for_programs_is_one_object() {
        let text = written(LogFormat::Json, "abc-1", || {
            let error = "it said \"no\"\nand left";
            tracing::warn!(target: "a::part", calls = 3, %error, ratio = 0.5, "a line");
        });
        let text = text.await;
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let mut line: Value = serde_json::from_str(&text).unwrap();
        let time = line["timestamp"].take();
        let time: Timestamp = time.as_str().unwrap().parse().unwrap();
        assert!(time.duration_until(Timestamp::now()).as_secs() < 60);
        assert_eq!(
            line,
            serde_json::json!({
                "timestamp": null,
                "level": "WARN",
                "target": "a::part",
                "message": "a line",
                "fields": { "calls": 3, "error": "it said \"no\"\nand left", "ratio": 0.5 },
                "request_id": "abc-1",
            })
        );
    }

    #[tokio::test]
    async fn a_line_for_people_ends_with_its_request() {
        let text = written(LogFormat::Text, "abc-1", || {
            tracing::info!(calls = 3, "a line")
        })
        .await;
        assert!(
            text.ends_with(" a line calls=3 request_id=abc-1\n"),
            "{text}"
        );
    }
}
