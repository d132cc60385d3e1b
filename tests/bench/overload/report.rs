//! The figures, and the bars that they have to keep.

use std::time::Duration;

use super::onlooker::{Seen, Views};
use super::shared::options::Bars;
use super::tally::Tally;

/// How long the slowest of a hundred may take of those that are answered, and of those that are turned away.
const ACCEPTED: Duration = Duration::from_millis(500);
const SHED: Duration = Duration::from_millis(20);

/// How long it may take to say that the server is well.
const HEALTH: Duration = Duration::from_millis(50);

/// How long it may take to tell its figures.
const FIGURES: Duration = Duration::from_millis(500);

/// How soon all has to be as usual.
const RECOVERY: Duration = Duration::from_secs(2);

/// How late requests may be sent, the slowest of a hundred, before the figures are those of this program.
const LATE: Duration = Duration::from_millis(5);

/// How much of what is planned may not be sent at all.
const WITHHELD: f64 = 0.01;

/// How much of its capacity the server still has to give.
const GIVEN: f64 = 0.45;

/// How much of an even share each address has to get, and how many of the modest client's questions have to be answered.
const EVEN: f64 = 0.5;
const MODEST: f64 = 0.95;

pub fn of_crowd(tally: &Tally, capacity: f64, window: Duration, bars: &mut Bars) {
    let (sent, withheld) = (tally.sent(), tally.withheld);
    let share = withheld as f64 / (sent + withheld) as f64;
    println!("  sent late by:  {}", tally.late);
    println!("  accepted:      {}", tally.accepted);
    println!("  shed:          {}", tally.shed);
    println!(
        "  accepted of each address {:?}, {} connections ended",
        tally.of_addresses, tally.closed
    );
    let late = tally.late.percentile(99);
    bars.hold(
        late <= LATE,
        &format!("this program sends {late:.1?} too late (p99), at most {LATE:?}, else the figures are its own"),
    );
    bars.hold(
        share <= WITHHELD,
        &format!(
            "{withheld} of {} requests found no connection on which nobody waits, at most {:.0} %",
            sent + withheld,
            100.0 * WITHHELD
        ),
    );
    let failures = tally.failures.values().sum::<usize>();
    bars.hold(
        failures == 0,
        &format!("{failures} failures {:?}", tally.failures),
    );
    at_most(
        bars,
        "accepted ones (p99)",
        tally.accepted.percentile(99),
        ACCEPTED,
    );
    at_most(bars, "shed ones (p99)", tally.shed.percentile(99), SHED);
    let given = tally.accepted.0.len() as f64 / window.as_secs_f64() / capacity;
    bars.hold(
        given >= GIVEN,
        &format!(
            "{:.0} % of the capacity is given, at least {:.0} %",
            100.0 * given,
            100.0 * GIVEN
        ),
    );
    even(tally, bars);
}

/// Whether one address gets what others should have.
fn even(tally: &Tally, bars: &mut Bars) {
    let all: usize = tally.of_addresses.iter().sum();
    let even = all as f64 / tally.of_addresses.len() as f64;
    let least = tally.of_addresses.iter().min().copied().unwrap_or_default();
    let share = least as f64 / even.max(1.0);
    bars.hold(
        share >= EVEN,
        &format!(
            "whoever gets least gets {:.0} % of an even share, at least {:.0} %",
            100.0 * share,
            100.0 * EVEN
        ),
    );
}

pub fn of_onlookers(views: &Views, bars: &mut Bars) {
    for (what, seen) in [("live", &views.live), ("ready", &views.ready)] {
        println!("  {what}:          {}", seen.good);
        well(bars, what, seen);
        at_most(
            bars,
            &format!("{what} (the slowest)"),
            seen.good.percentile(100),
            HEALTH,
        );
    }
    println!("  figures:       {}", views.figures.good);
    well(bars, "figures", &views.figures);
    let slowest = views.figures.good.percentile(100);
    at_most(bars, "figures (the slowest)", slowest, FIGURES);
    let modest = &views.modest;
    println!(
        "  modest client: {}, {} shed {:?}",
        modest.good, modest.shed, modest.failures
    );
    let answered = modest.good.0.len();
    let asked = answered + modest.shed + modest.failures.len();
    let share = answered as f64 / asked as f64;
    bars.hold(
        share >= MODEST,
        &format!(
            "a modest client is answered {answered} of {asked} times, at least {:.0} %",
            100.0 * MODEST
        ),
    );
    at_most(
        bars,
        "a modest client (p99)",
        modest.good.percentile(99),
        ACCEPTED,
    );
}

/// Whether somebody was answered each time.
fn well(bars: &mut Bars, what: &str, seen: &Seen) {
    let bad = seen.shed + seen.failures.len();
    bars.hold(
        bad == 0,
        &format!("{what}: {bad} bad answers {:?}", seen.failures.first()),
    );
}

pub fn of_recovery(took: Option<Duration>, bars: &mut Bars) {
    match took {
        Some(took) => at_most(bars, "until all is as usual", took, RECOVERY),
        None => bars.hold(false, "it never gets as usual"),
    }
}

fn at_most(bars: &mut Bars, what: &str, took: Duration, most: Duration) {
    bars.hold(
        took <= most,
        &format!("{what}: {took:.1?}, at most {most:?}"),
    );
}
