//! What is asked for because somebody watches it, and by which replica.

mod death;
mod rounds;
mod shared;
mod stage;
mod sweeps;
