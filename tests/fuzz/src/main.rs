//! Throws what libFuzzer thinks of at the door that the environment variable `DOOR` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parcelgraph::fuzz::{DOORS, Door};

static DOOR: LazyLock<Door> = LazyLock::new(|| {
    let name = std::env::var("DOOR").expect("DOOR names a door");
    let door = DOORS.iter().find(|(known, _)| *known == name);
    door.expect("DOOR names a door that there is").1
});

fuzz_target!(|bytes: &[u8]| DOOR(bytes));
