//! What a scrape shows, read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

/// What a series is called, and of what it is.
type Series = (String, BTreeMap<String, String>);

/// All series of a scrape.
pub struct Scrape {
    series: BTreeMap<Series, f64>,
    /// Kinds and meanings, by names as they are registered.
    families: BTreeMap<String, (String, String)>,
    text: String,
}

impl Scrape {
    pub fn read(text: String) -> Self {
        let mut scrape = Self {
            series: BTreeMap::new(),
            families: BTreeMap::new(),
            text,
        };
        assert!(scrape.text.ends_with("# EOF\n"), "{}", scrape.text);
        for line in scrape.text.lines() {
            match line.strip_prefix("# ") {
                Some(comment) => {
                    let mut words = comment.splitn(3, ' ');
                    let what = words.next().unwrap();
                    if what == "EOF" {
                        continue;
                    }
                    let family = words.next().unwrap().to_owned();
                    let family = scrape.families.entry(family).or_default();
                    let text = words.next().unwrap().to_owned();
                    match what {
                        "HELP" => family.1 = text.trim_end_matches('.').to_owned(),
                        "TYPE" => family.0 = text,
                        other => panic!("{other}"),
                    }
                }
                None => {
                    let (series, value) = line.rsplit_once(' ').unwrap();
                    let known = scrape
                        .series
                        .insert(self::series(series), value.parse().unwrap());
                    assert_eq!(known, None, "{series} is there twice");
                }
            }
        }
        scrape
    }

    /// A figure that has to be there.
    pub fn level(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let level = self.series.get(&key(name, labels));
        *level.unwrap_or_else(|| panic!("{name} {labels:?} in\n{}", self.text))
    }

    /// A figure that counts; 0 if nothing of it happened.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let count = self.series.get(&key(&format!("{name}_total"), labels));
        let count = count.copied().unwrap_or_default();
        assert!(self.families.contains_key(name), "{name}");
        count as u64
    }

    /// How many observations a histogram has.
    pub fn count_of(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let count = self.level(&format!("{name}_count"), labels);
        let all = [labels, &[("le", "+Inf")]].concat();
        assert_eq!(self.level(&format!("{name}_bucket"), &all), count);
        count as u64
    }

    /// All figures of a name together.
    pub fn sum(&self, name: &str) -> f64 {
        let all = self.series.iter();
        let all = all.filter(|((known, _), _)| known == name);
        all.map(|(_, value)| value).sum()
    }

    /// How long ago a moment was.
    pub fn age(&self, name: &str) -> Duration {
        let age = Timestamp::now().as_second() as f64 - self.level(name, &[]);
        assert!(age > -5.0, "{name} is in the future");
        Duration::from_secs_f64(age.max(0.0))
    }

    /// All values of a label.
    pub fn values_of(&self, label: &str) -> Vec<&str> {
        let all = self.series.keys();
        let values: BTreeSet<_> = all
            .filter_map(|(_, labels)| labels.get(label).map(String::as_str))
            .collect();
        values.into_iter().collect()
    }

    /// Whether there is a series of that name.
    pub fn has(&self, name: &str) -> bool {
        self.series.keys().any(|(known, _)| known == name)
    }

    /// What is known of each figure: its name as it is asked for, its kind, its labels and its meaning.
    pub fn described(&self) -> Vec<[String; 4]> {
        let described = self.families.iter().map(|(family, (kind, meaning))| {
            let name = match kind.as_str() {
                "counter" => format!("{family}_total"),
                "info" => format!("{family}_info"),
                _ => family.clone(),
            };
            let series = self.series.keys();
            let series = series.filter(|(known, _)| {
                known == &name || kind == "histogram" && known == &format!("{name}_count")
            });
            let labels: BTreeSet<_> = series.flat_map(|(_, labels)| labels.keys()).collect();
            let labels: Vec<_> = labels
                .into_iter()
                .map(|label| format!("`{label}`"))
                .collect();
            [
                format!("`{name}`"),
                kind.clone(),
                labels.join(", "),
                meaning.clone(),
            ]
        });
        let mut described: Vec<_> = described.collect();
        described.sort();
        described
    }
}

fn key(name: &str, labels: &[(&str, &str)]) -> Series {
    let labels = labels.iter();
    let labels = labels.map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
    (name.to_owned(), labels.collect())
}

/// No value has a comma or a quote in it.
fn series(text: &str) -> Series {
    let Some((name, labels)) = text.split_once('{') else {
        return key(text, &[]);
    };
    let labels = labels.strip_suffix('}').unwrap();
    let labels = labels.split(',').filter(|label| !label.is_empty());
    let labels = labels.map(|label| {
        let (label, value) = label.split_once('=').unwrap();
        (label, value.trim_matches('"'))
    });
    key(name, &labels.collect::<Vec<_>>())
}
