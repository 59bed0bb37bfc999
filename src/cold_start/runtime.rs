//! How long runtimes take to initialize, as measured by others on functions that do nothing.

use super::{ColdStartError, StartUp, checked};
use crate::settings::nearest;
use crate::stats::Durations;
use crate::units::{TimeSpan, decimal_from_statistic};

/// How a function is packaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// A zip archive.
    Zip,
    /// A container image.
    Image,
}

/// What the start of an environment depends on; its memory it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deployment<'d> {
    /// The runtime as Lambda calls it, such as `python3.13` or `nodejs22.x`; below `provided.al2023` the language: `go`, `rust`,
    /// `c++`, `llrt`, `dotnet10-aot`, or below `provided.al2` `bun`.
    pub runtime: &'d str,
    /// How it is packaged.
    pub package: Package,
    /// Whether it runs on Graviton.
    pub arm64: bool,
}

/// Milliseconds of the INIT phase.
struct Measured {
    name: &'static str,
    /// Median and 99 % quantile of zip archives on x86_64.
    zip: (f64, f64),
    zip_arm64: f64,
    image: (f64, f64),
    image_arm64: f64,
}

const fn measured(name: &'static str, zip: (f64, f64), zip_arm64: f64, image: (f64, f64), image_arm64: f64) -> Measured {
    Measured { name, zip, zip_arm64, image, image_arm64 }
}

/// INIT phases of functions of 512 MB that do nothing, ten cold starts a day on 52 days of July and August 2026: maxday/lambda-perf
/// (Apache-2.0), data up to 2026-08-22. From 128 to 1024 MB medians differ by less than 2 %, since INIT has the CPU for itself.
#[rustfmt::skip]
const MEASURED: [Measured; 18] = [
    measured("python3.12",   (84.0, 135.0),  81.0,  (154.0, 385.0), 131.0),
    measured("python3.13",   (85.0, 197.0),  80.0,  (153.0, 391.0), 130.0),
    measured("python3.14",   (110.0, 274.0), 101.0, (173.0, 438.0), 157.0),
    measured("nodejs20.x",   (141.0, 192.0), 132.0, (264.0, 750.0), 230.0),
    measured("nodejs22.x",   (141.0, 194.0), 130.0, (295.0, 762.0), 238.0),
    measured("nodejs24.x",   (135.0, 188.0), 125.0, (270.0, 733.0), 228.0),
    measured("java17",       (204.0, 507.0), 216.0, (304.0, 726.0), 293.0),
    measured("java21",       (239.0, 651.0), 249.0, (347.0, 770.0), 313.0),
    measured("java25",       (191.0, 503.0), 197.0, (239.0, 646.0), 246.0),
    measured("dotnet8",      (252.0, 657.0), 298.0, (401.0, 881.0), 431.0),
    measured("dotnet10",     (253.0, 703.0), 255.0, (396.0, 841.0), 366.0),
    measured("dotnet10-aot", (72.0, 117.0),  63.0,  (58.0, 155.0),  50.0),
    measured("ruby3.4",      (227.0, 489.0), 245.0, (261.0, 486.0), 277.0),
    measured("go",           (50.0, 65.0),   43.0,  (47.0, 125.0),  40.0),
    measured("rust",         (16.0, 49.0),   14.0,  (34.0, 98.0),   30.0),
    measured("c++",          (65.0, 136.0),  49.0,  (48.0, 176.0),  42.0),
    measured("llrt",         (68.0, 83.0),   63.0,  (59.0, 204.0),  48.0),
    measured("bun",          (347.0, 436.0), 306.0, (160.0, 605.0), 150.0),
];

/// What the operating system's own runtimes stand for.
const PROVIDED: [(&str, &str); 2] = [("provided.al2023", "go, rust, c++, llrt, dotnet10-aot"), ("provided.al2", "bun")];

/// The first handler call of .NET takes 165 to 180 ms longer than the others, after the INIT phase (the same measurements).
const FIRST_CALL_OF_DOTNET: TimeSpan = TimeSpan::from_whole_milliseconds(172);

/// The INIT phase of a function that does nothing: a floor under that of any other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuntimeInit {
    /// The runtime, as it was measured.
    pub runtime: &'static str,
    /// Half of them took no longer.
    pub median_ms: f64,
    /// 99 of 100 took no longer. Where only a median was measured (arm64), as many times that as on x86_64.
    pub p99_ms: f64,
    /// What the first handler call takes more than the others.
    pub first_call: TimeSpan,
}

impl RuntimeInit {
    /// What was measured of a runtime.
    ///
    /// ```
    /// # use millicent::cold_start::{Deployment, Package, RuntimeInit};
    /// let deployment = Deployment { runtime: "python3.12", package: Package::Zip, arm64: false };
    /// assert_eq!(RuntimeInit::of(deployment)?.median_ms, 84.0);
    /// let wrong = Deployment { runtime: "pyton3.12", ..deployment };
    /// assert!(RuntimeInit::of(wrong).unwrap_err().to_string().contains("did you mean python3.12?"));
    /// # Ok::<(), millicent::cold_start::ColdStartError>(())
    /// ```
    ///
    /// # Errors
    /// When it is unknown, or stands for several.
    pub fn of(deployment: Deployment<'_>) -> Result<Self, ColdStartError> {
        let typed = deployment.runtime;
        if let Some((_, languages)) = PROVIDED.iter().find(|(name, _)| *name == typed) {
            return Err(ColdStartError::AmbiguousRuntime { typed: typed.to_owned(), languages });
        }
        let known = |measured: &&Measured| measured.name == typed || measured.name.strip_suffix(".x") == Some(typed);
        let Some(row) = MEASURED.iter().find(known) else {
            return Err(ColdStartError::UnknownRuntime {
                typed: typed.to_owned(),
                nearest: nearest(typed, MEASURED.iter().map(|row| row.name)),
                known: MEASURED.iter().map(|row| row.name).collect::<Vec<_>>().join(", "),
            });
        };
        let ((median, p99), on_arm64) = match deployment.package {
            Package::Zip => (row.zip, row.zip_arm64),
            Package::Image => (row.image, row.image_arm64),
        };
        let median_ms = if deployment.arm64 { on_arm64 } else { median };
        let is_slow_at_first = row.name.starts_with("dotnet") && !row.name.ends_with("aot");
        let first_call = if is_slow_at_first { FIRST_CALL_OF_DOTNET } else { TimeSpan::ZERO };
        Ok(Self { runtime: row.name, median_ms, p99_ms: p99 * median_ms / median, first_call })
    }

    /// The start of a function on this runtime whose dependencies make its INIT phase `dependencies` times as long: 1 without
    /// any, 5 to 10 with many (published measurements). Log-normal, with the median and the 99 % quantile times that.
    ///
    /// # Errors
    /// When the factor is not from 1 to 1000.
    pub fn start_up(&self, dependencies: f64) -> Result<StartUp, ColdStartError> {
        checked("factor for dependencies", dependencies, (1.0..=1000.0).contains(&dependencies), "from 1 to 1000")?;
        let times = |milliseconds: f64| {
            TimeSpan::from_milliseconds(decimal_from_statistic(milliseconds * dependencies, 6).unwrap_or_default())
        };
        let init = Durations::log_normal_by_median(times(self.median_ms), times(self.p99_ms))?;
        Ok(StartUp { first_call: self.first_call, ..StartUp::of(init) })
    }
}

/// Whether a runtime can restore a snapshot instead of initializing: Java 11, Python 3.12, .NET 8 and later (AWS Lambda developer
/// guide, SnapStart).
#[must_use]
pub fn supports_snap_start(runtime: &str) -> bool {
    let version = |name: &str| {
        let version = runtime.strip_prefix(name)?;
        Some(version.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>())
    };
    let at_least = |name: &str, least: &[u32]| version(name).is_some_and(|version| version.as_slice() >= least);
    at_least("java", &[11]) || at_least("python", &[3, 12]) || at_least("dotnet", &[8])
}
