//! What an autoscaler wants after each measurement: AWS target tracking, Kubernetes, Cloud Run, Azure Container Apps.
//!
//! The one idea: all of them want capacity × measured ÷ target, rounded up, and differ in when they listen to it. AWS waits for an
//! alarm ([`TargetTracking`]), Kubernetes overlooks small deviations and remembers for a while what it wanted
//! ([`HorizontalPodAutoscaler`]), Cloud Run takes the greater of two measurements ([`CloudRun`]), Container Apps count requests
//! and grow by steps ([`HttpScaling`]).
//!
//! Each is a state machine that is fed one measurement at a time and answers with the capacity it wants. It starts no instance,
//! knows no price and no clock: who feeds it decides what is measured, when, and how long an instance takes to start.

mod cloud_run;
mod horizontal_pod;
mod http_scaling;
mod target_tracking;

pub use cloud_run::{CloudRun, CloudRunPolicy};
pub use horizontal_pod::{HorizontalPodAutoscaler, HorizontalPodPolicy};
pub use http_scaling::{HttpScaling, HttpScalingPolicy};
pub use target_tracking::{TargetTracking, TargetTrackingPolicy};

/// A setting that no autoscaler accepts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the {quantity} of the autoscaler is {value} (it must be {allowed})")]
pub struct AutoscalingError {
    /// What is set.
    pub quantity: &'static str,
    /// To what.
    pub value: f64,
    /// What it may be.
    pub allowed: String,
}

/// `value`, if it is `valid`.
fn checked(quantity: &'static str, value: f64, valid: bool, allowed: &str) -> Result<(), AutoscalingError> {
    if valid { Ok(()) } else { Err(AutoscalingError { quantity, value, allowed: allowed.to_owned() }) }
}

/// Makes sure that there is a number between both bounds.
fn checked_bounds(least: u64, most: u64) -> Result<(), AutoscalingError> {
    checked("most capacity", most as f64, least <= most, &format!("at least the least capacity of {least}"))
}

/// So much of a quotient is an error of the floating-point numbers: 10 × 0.77 / 0.7 is 11 and not one more.
const QUOTIENT_ERROR: f64 = 1e-12;

/// A quotient as a number of instances.
fn rounded_up(quotient: f64) -> u64 {
    (quotient * (1.0 - QUOTIENT_ERROR)).ceil() as u64
}
