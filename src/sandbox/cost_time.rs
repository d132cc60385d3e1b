//! `POST /trackings/costtime`: how long a carrier takes between two countries.

use serde_json::{Map, Value, json};

use super::arrival::Arrival;
use super::dice;
use super::envelope::{Code, Reply};
use super::form::Form;

/// The keys of the shares; there is no `range2`.
const RANGES: [&str; 5] = ["range1", "range3", "range4", "range5", "range6"];

/// A row per input whose carrier is known, which it names as asked. A row that lacks a field refuses the call.
pub fn answer(arrival: &Arrival) -> Result<Reply, Code> {
    let mut rows = Vec::new();
    for form in &Form::rows(arrival)? {
        let original = form.text("original").ok_or(Code::BAD_REQUEST)?;
        let destination = form.text("destination").ok_or(Code::BAD_REQUEST)?;
        let carrier = form.text("carrier_code").ok_or(Code::BAD_REQUEST)?;
        if form.carrier("carrier_code").is_ok() {
            rows.push(row(&carrier, &original, &destination));
        }
    }
    Ok(Reply::envelope(Code::OK, &json!(rows)))
}

fn row(carrier: &str, original: &str, destination: &str) -> Value {
    let line = format!("{carrier} {original} {destination}").to_uppercase();
    let style = Style::of(&line);
    let total = 50 + dice::roll(&line, "total", 5000);
    let delivered = total * (80 + dice::roll(&line, "delivered", 20)) / 100;
    let mut row = Map::from_iter([
        ("carrier_code".to_owned(), json!(carrier)),
        ("original".to_owned(), json!(original)),
        ("destination".to_owned(), json!(destination)),
        ("total".to_owned(), style.count(total)),
        ("delivered".to_owned(), style.count(delivered)),
    ]);
    let shares = RANGES.into_iter().zip(percents(&line));
    row.extend(shares.map(|(range, percent)| (range.to_owned(), style.share(percent))));
    Value::Object(row)
}

/// The shares in percent, which add up to 100: most arrives in the first two weeks.
fn percents(line: &str) -> [u64; 5] {
    let roll = |range, sides| dice::roll(line, range, sides);
    let late = [
        8 + roll("range3", 28),
        2 + roll("range4", 12),
        roll("range5", 6),
        roll("range6", 3),
    ];
    let [range3, range4, range5, range6] = late;
    let range1 = 100 - late.iter().sum::<u64>();
    [range1, range3, range4, range5, range6]
}

/// How a row writes its numbers. The types are not documented, so all that a client must take occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `1200` and `0.62`.
    Numbers,
    /// `"1200"` and `"0.62"`.
    Texts,
    /// `1200` and `"62%"`.
    Percents,
}

impl Style {
    fn of(line: &str) -> Self {
        *dice::pick(line, "style", &[Self::Numbers, Self::Texts, Self::Percents])
    }

    fn count(self, count: u64) -> Value {
        match self {
            Self::Texts => json!(count.to_string()),
            Self::Numbers | Self::Percents => json!(count),
        }
    }

    fn share(self, percent: u64) -> Value {
        match self {
            Self::Numbers => json!(percent as f64 / 100.0),
            Self::Texts => json!(format!("0.{percent:02}")),
            Self::Percents => json!(format!("{percent}%")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_every_style_occurs() {
        let lines: Vec<String> = (0..50).map(|n| format!("DHL {n} US")).collect();
        for line in &lines {
            assert_eq!(percents(line).iter().sum::<u64>(), 100);
        }
        for style in [Style::Numbers, Style::Texts, Style::Percents] {
            assert!(lines.iter().any(|line| Style::of(line) == style));
        }
    }
}
