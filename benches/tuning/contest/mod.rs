//! Tuners against recorded functions: what each finds, and what finding it costs.
//!
//! A recording says how long a function took at a few sizes; [`replay`] makes a function of it that can be asked for any size,
//! and that knows its own cheapest size. Every contestant asks through one meter, in one stream of random numbers that starts
//! from the same seed, and is scored by the same truth. No contestant sees the recording.

pub(crate) mod calls;
pub(crate) mod contestants;
pub(crate) mod course;
pub(crate) mod recording;
pub(crate) mod replay;
pub(crate) mod scores;
