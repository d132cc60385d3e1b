//! The figures, and the bars that they have to keep.

pub mod cold;
pub mod distinct;
pub mod footprint;
pub mod latency;
pub mod repeated;
