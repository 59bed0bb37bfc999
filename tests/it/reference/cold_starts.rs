//! Cold starts as they were measured on AWS Lambda.

use millicent::queueing::{KeepAlive, Traffic, WarmPool, birth_death_pool};
use serde::Deserialize;

use super::rows;

/// One experiment of a day or more at a constant mean rate.
#[derive(Debug, Deserialize)]
struct Measured {
    experiment: u32,
    requests_per_s: f64,
    warm_ms: f64,
    cold_ms: f64,
    cold_probability: f64,
    standard_error: f64,
    mean_alive: f64,
}

fn measured() -> Vec<Measured> {
    rows(include_str!("../../reference/cold-starts.csv"))
}

fn traffic(row: &Measured) -> Traffic {
    Traffic::new(row.requests_per_s, row.warm_ms / 1e3).unwrap()
}

/// The mean of |computed / measured − 1| in percent.
fn mean_error(rows: &[Measured], of: impl Fn(&Measured) -> (f64, f64)) -> f64 {
    let errors = rows.iter().map(|row| {
        let (computed, measured) = of(row);
        (computed / measured - 1.0).abs()
    });
    errors.sum::<f64>() / rows.len() as f64 * 100.0
}

#[test]
fn the_exact_pool_is_as_near_to_the_measurements_as_their_own_error() {
    let rows = measured();
    assert_eq!(rows.len(), 20);
    for (keep_alive_s, most_cold, most_alive) in [(600.0, 12.8, 3.2), (640.0, 12.0, 3.1)] {
        let keep_alive = KeepAlive::constant(keep_alive_s).unwrap();
        let pool = |row: &Measured| WarmPool::new(traffic(row), &keep_alive);
        let cold = mean_error(&rows, |row| (pool(row).cold_probability(), row.cold_probability));
        let alive = mean_error(&rows, |row| (pool(row).mean_alive(), row.mean_alive));
        assert!(cold < most_cold && alive < most_alive, "{keep_alive_s}: {cold} % {alive} %");
    }
    let pool = |row: &Measured| WarmPool::new(traffic(row), &KeepAlive::TEN_MINUTES).cold_probability();
    for row in &rows {
        let deviations = (pool(row) - row.cold_probability).abs() / row.standard_error;
        assert!(deviations < 6.0, "{}: {deviations} standard errors", row.experiment);
    }
}

#[test]
fn a_cold_request_that_lasts_longer_changes_little() {
    for row in measured() {
        let cold = |service_ms: f64| {
            let traffic = Traffic::new(row.requests_per_s, service_ms / 1e3).unwrap();
            WarmPool::new(traffic, &KeepAlive::TEN_MINUTES).cold_probability()
        };
        let warm = cold(row.warm_ms);
        let mean = warm * row.cold_ms + (1.0 - warm) * row.warm_ms;
        assert!((cold(mean) / warm - 1.0).abs() < 0.02, "{}", row.experiment);
    }
}

#[test]
fn the_published_model_is_farther_from_the_measurements() {
    let rows = measured();
    let error = mean_error(&rows, |row| (birth_death_pool(traffic(row), 600.0).unwrap().cold_probability, row.cold_probability));
    assert!((17.0..19.0).contains(&error), "{error} %");
}
