//! Durations as distributions, samples with their intervals, stated values with their uncertainty, and seeded random numbers.
//!
//! [`Durations`] is what a request's duration is *said* to be (one value, a log-normal, a list) and what is billed for it;
//! [`WeightedSample`] is what was *measured*, and how far its mean and quantiles can be trusted. An [`Estimate`] never goes
//! without its interval.
//!
//! This room trims nothing and labels nothing: what is an outlier is for the one who measured to say. It draws no random
//! number without a seed.

mod counts;
mod duration_sampler;
mod durations;
mod portable;
mod random;
mod sample;
mod spread;
mod ziggurat;

pub use counts::Gamma;
pub use duration_sampler::DurationSampler;
pub use durations::{Durations, DurationsError};
pub use portable::cosine_of_turns;
pub use random::Random;
pub use sample::{
    Class, Estimate, INTERVAL_DRAWS, LogMoments, STEADY_NOISE, SampleError, WeightedSample, quantile, weighted_quantile,
};
pub use spread::{Kind, P90_DEVIATION, Spread, SpreadError, standard_normal_quantile};
