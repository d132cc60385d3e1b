//! What other programs use as well.
#![allow(dead_code, reason = "each program uses a part of it")]

#[path = "../warm/cpu.rs"]
pub mod cpu;
#[path = "../../service/watchers/delays.rs"]
pub mod delays;
#[path = "../warm/http.rs"]
pub mod http;
#[path = "../live/options.rs"]
pub mod options;
#[path = "../warm/parcels.rs"]
pub mod parcels;
#[path = "../warm/process.rs"]
pub mod process;
#[path = "../warm/questions.rs"]
pub mod questions;
#[path = "../warm/stage.rs"]
pub mod stage;
#[path = "../warm/upstream.rs"]
pub mod upstream;
