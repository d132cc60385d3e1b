//! What the gateway takes of its machine.

use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::load;
use crate::options::{Bars, Options};
use crate::parcels;
use crate::process::{PROGRAM, Process};
use crate::questions::{Asking, Pick, Question};
use crate::rounds::median;
use crate::stage::{DOOR, Stage, many, window};

const MB: f64 = 1e6;

const STARTS: usize = 5;
const BUSY: usize = 64;
const BUSY_PARCELS: usize = 1_000;

/// So many are known before memory is measured, so that what all of them share is there.
const LITTLE: usize = 1_000;

/// How long it is left alone before its memory is measured.
const REST: Duration = Duration::from_secs(1);

pub async fn measure(options: &Options, bars: &mut Bars) {
    println!("footprint");
    let length = fs::metadata(PROGRAM).unwrap().len();
    at_most(bars, "the program", length as f64 / MB, 25.0, "MB");
    starts(options, bars).await;
    let sandbox = Process::sandbox().await;
    sleep(REST).await;
    println!(
        "  idle with the sandbox inside: {:.1} MB",
        sandbox.resident() as f64 / MB
    );
    drop(sandbox);
    busy(options, bars).await;
    each(options, bars).await;
}

async fn starts(options: &Options, bars: &mut Bars) {
    let mut took = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let stage = Stage::open(options).await;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        sleep(REST).await;
        idle.push(stage.gateway.resident() as f64 / MB);
    }
    at_most(
        bars,
        "from the start until it is ready",
        median(took.into_iter()),
        100.0,
        "ms",
    );
    at_most(bars, "idle", median(idle.into_iter()), 20.0, "MB");
}

/// While many ask.
async fn busy(options: &Options, bars: &mut Bars) {
    let stage = Stage::open(options).await;
    stage.teach(BUSY_PARCELS).await;
    let mut most = 0;
    for question in [Question::Parcel, Question::Page] {
        let asking = Rc::new(Asking::new(question, Pick::Distinct(BUSY_PARCELS)));
        let length = stage.answer(&asking, 0).await.len();
        let pressed = load::press(&stage.gateway, DOOR, &asking, length, BUSY, window(options));
        let mut pressed = std::pin::pin!(pressed);
        loop {
            tokio::select! {
                _ = &mut pressed => break,
                () = sleep(Duration::from_millis(20)) => most = most.max(stage.gateway.resident()),
            }
        }
    }
    let what = format!("with {BUSY} busy connections and {BUSY_PARCELS} parcels");
    at_most(bars, &what, most as f64 / MB, 50.0, "MB");
}

/// What each parcel takes.
async fn each(options: &Options, bars: &mut Bars) {
    let stage = Stage::open(options).await;
    stage.teach(LITTLE).await;
    let before = stage.gateway.resident();
    let parcels = many(options);
    stage.teach(parcels).await;
    sleep(REST).await;
    let taken = stage.gateway.resident() - before;
    let each = taken as f64 / (parcels - LITTLE) as f64;
    let length = parcels::listed(0).len() as f64;
    println!("  {each:.0} bytes for each of {parcels} parcels, whose JSON has {length:.0}");
    at_most(
        bars,
        "a parcel in memory",
        each / length,
        2.0,
        "times its JSON",
    );
}

fn at_most(bars: &mut Bars, what: &str, figure: f64, most: f64, unit: &str) {
    bars.hold(
        figure <= most,
        &format!("{what}: {figure:.1} {unit}, at most {most}"),
    );
}
