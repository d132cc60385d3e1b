//! What a scrape shows, as it is put together.

use std::borrow::Cow;
use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    EncodeCounterValue, EncodeGaugeValue, EncodeMetric, MetricEncoder,
};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Metric, Registry};

/// All figures, each with its name and what it means.
#[derive(Debug, Default)]
pub(super) struct Sheet(Registry);

/// What a figure is of.
pub(super) type Label = Cow<'static, str>;

/// A figure for each of several things.
#[derive(Debug)]
struct Rows<const N: usize, M>(Vec<([(&'static str, Label); N], M)>);

impl<const N: usize, M: EncodeMetric + TypedMetric> EncodeMetric for Rows<N, M> {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        for (labels, figure) in &self.0 {
            figure.encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

impl Sheet {
    /// What was counted since the start.
    pub(super) fn count(&mut self, name: &str, help: &str, count: u64) {
        self.put(name, help, ConstCounter::new(count));
    }

    /// The same for several things.
    pub(super) fn counts<const N: usize, L: Into<Label>, V>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        counts: impl IntoIterator<Item = ([L; N], V)>,
    ) where
        V: EncodeCounterValue + fmt::Debug + Send + Sync + 'static,
        ConstCounter<V>: EncodeMetric + TypedMetric,
    {
        let counts = counts.into_iter();
        let counts = counts.map(|(values, count)| (values, ConstCounter::new(count)));
        self.put(name, help, rows(labels, counts));
    }

    /// What is so at the moment.
    pub(super) fn level<V>(&mut self, name: &str, help: &str, level: V)
    where
        V: EncodeGaugeValue + fmt::Debug + Send + Sync + 'static,
        ConstGauge<V>: EncodeMetric,
    {
        self.put(name, help, ConstGauge::new(level));
    }

    /// The same for several things.
    pub(super) fn levels<const N: usize, L: Into<Label>, V>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        levels: impl IntoIterator<Item = ([L; N], V)>,
    ) where
        V: EncodeGaugeValue + fmt::Debug + Send + Sync + 'static,
        ConstGauge<V>: EncodeMetric + TypedMetric,
    {
        let levels = levels.into_iter();
        let levels = levels.map(|(values, level)| (values, ConstGauge::new(level)));
        self.put(name, help, rows(labels, levels));
    }

    /// How something was spread since the start, for several things.
    pub(super) fn spreads<const N: usize, L: Into<Label>>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&'static str; N],
        spreads: impl IntoIterator<Item = ([L; N], Histogram)>,
    ) {
        self.put(name, help, rows(labels, spreads.into_iter()));
    }

    /// Anything that is called as everything here is.
    pub(super) fn put(&mut self, name: &str, help: &str, metric: impl Metric) {
        self.put_usual(&format!("parcelgraph_{name}"), help, metric);
    }

    /// Anything that is called as it is called everywhere.
    pub(super) fn put_usual(&mut self, name: &str, help: &str, metric: impl Metric) {
        self.0.register(name, help, metric);
    }

    /// All of it as text.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

fn rows<const N: usize, L: Into<Label>, M>(
    labels: [&'static str; N],
    figures: impl Iterator<Item = ([L; N], M)>,
) -> Rows<N, M> {
    let labelled = figures.map(|(values, figure)| {
        let mut values = values.into_iter();
        let pair = |label| (label, values.next().expect("one for each").into());
        (labels.map(pair), figure)
    });
    Rows(labelled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_its_labels_and_its_kind() {
        let mut sheet = Sheet::default();
        sheet.count("a", "Help", 1);
        let counts = [(["x", "y"], 2_u64), (["x", "\"z\""], 3)];
        sheet.counts("b", "Help", ["one", "other"], counts);
        sheet.level("c", "Help", 4_u64);
        let spread = Histogram::new([1.0]);
        spread.observe(0.5);
        sheet.spreads("d", "Help", ["of"], [(["x"], spread)]);
        let text = sheet.text().unwrap();
        for line in [
            "# HELP parcelgraph_a Help.",
            "# TYPE parcelgraph_a counter",
            "parcelgraph_a_total 1",
            "parcelgraph_b_total{one=\"x\",other=\"y\"} 2",
            "parcelgraph_b_total{one=\"x\",other=\"\\\"z\\\"\"} 3",
            "parcelgraph_c 4",
            "parcelgraph_d_bucket{le=\"1.0\",of=\"x\"} 1",
            "parcelgraph_d_bucket{le=\"+Inf\",of=\"x\"} 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
        }
    }
}
