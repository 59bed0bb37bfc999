//! The shapes a duration may have over memory, before anything is measured.
//!
//! s(m) = φ + (1 − φ)·(x/1769)^−e·(1 + κ·(128/x)³), x = min(m, c): a fixed share φ at one virtual CPU, a knee c, an exponent
//! e, and a steep bottom κ where the smallest sizes cost extra. A grid over all four; most functions are near e = 1 and κ = 0.
//!
//! And the staircase of short CPU-bound calls. A CPU share is enforced by stopping a process once it has run for its quota in
//! a period of 20 ms: with quota Q = 20 ms · m/1769 below one virtual CPU, a call that needs C of CPU is stopped n = ⌈C/Q⌉ − 1
//! times and takes 20·n + C − n·Q. Unlike the other shapes this one knows milliseconds.

use super::curve::slowdown;
use crate::units::MemoryMb;

/// Fixed shares of the duration at one virtual CPU. 1 is the flat shape, which needs no other parameter.
const FIXED_SHARES: [f64; 12] = [0.0, 0.005, 0.015, 0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95];

/// Knees: steep bottoms that end below 350 MB, one thread at 1,769, two, three and four threads, none at all.
const KNEES_MB: [Option<f64>; 18] = [
    Some(160.0),
    Some(192.0),
    Some(224.0),
    Some(256.0),
    Some(300.0),
    Some(350.0),
    Some(500.0),
    Some(800.0),
    Some(1200.0),
    Some(1500.0),
    Some(1769.0),
    Some(2100.0),
    Some(2600.0),
    Some(3538.0),
    Some(4400.0),
    Some(5307.0),
    Some(7076.0),
    None,
];

/// Exponents: close together near 1, as three parts in a hundred are 13 % of the cost between 128 and 10,240 MB.
const EXPONENTS: [f64; 9] = [0.7, 0.85, 0.93, 0.97, 1.0, 1.03, 1.08, 1.2, 1.4];

/// Below a low knee time may fall with a high power of memory: garbage collection and paging end there.
const STEEP_EXPONENTS: [f64; 2] = [1.8, 2.4];
const LOW_KNEE_MB: f64 = 350.0;

/// Log prior of an exponent: −(e − 1)²/(2·0.2²), no less than −3.
const EXPONENT_DEVIATION: f64 = 0.2;
const LEAST_EXPONENT_LOG_PRIOR: f64 = -3.0;

/// Steep bottoms and their log prior: at 128 MB the CPU part takes 1 + κ times as long.
const BOTTOMS: [(f64, f64); 5] = [(0.0, 0.0), (0.25, -1.0), (0.6, -1.0), (1.5, -2.0), (3.0, -2.5)];

/// Where all gain ends so early the bottom is steep to begin with: a further bottom is no rarer.
const STEEP_KNEE_MB: f64 = 256.0;

/// The flat shape is one of thousands, but as common as many.
const FLAT_LOG_PRIOR: f64 = 5.0;

/// The period in which Linux enforces a CPU quota on Lambda.
const PERIOD_MS: f64 = 20.0;

/// CPU demands of staircases: 1.5 ms, and each 4 % more than the one before, up to 120 ms; longer calls see no steps.
const DEMANDS: i32 = 112;
const LEAST_DEMAND_MS: f64 = 1.5;
const DEMAND_RATIO: f64 = 1.04;

/// Accounting happens at scheduler ticks, so a call may run past its quota before it is stopped: then the stairs stand at
/// smaller sizes than the formula says, as if memory were so many times as much.
const OVERRUNS: [f64; 3] = [1.0, 1.12, 1.25];

/// A staircase is as common as twenty other shapes: short CPU-bound calls are a common kind.
const STAIRCASE_LOG_PRIOR: f64 = 3.0;

/// 1/0.1²: unlike the other shapes a staircase knows milliseconds; what it says of the level holds to about 10 %.
pub(super) const STAIRCASE_LEVEL_PRECISION: f64 = 100.0;

/// One shape of the grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Which CPU part, and which bottom.
    row: usize,
    knee: usize,
    fixed_share: f64,
    bottom: f64,
    pub(super) log_prior: f64,
}

/// The CPU parts: every knee with its exponents, then every staircase.
#[derive(Debug, Clone, Copy)]
enum CpuPart {
    Power { knee: usize, exponent: f64 },
    Staircase { demand_ms: f64, overrun: f64 },
}

fn cpu_parts() -> Vec<CpuPart> {
    let mut parts = Vec::new();
    for (knee, knee_mb) in KNEES_MB.iter().enumerate() {
        let steep: &[f64] = if knee_mb.is_some_and(|knee| knee <= LOW_KNEE_MB) { &STEEP_EXPONENTS } else { &[] };
        parts.extend(EXPONENTS.iter().chain(steep).map(|exponent| CpuPart::Power { knee, exponent: *exponent }));
    }
    for overrun in OVERRUNS {
        let demand = |step| LEAST_DEMAND_MS * DEMAND_RATIO.powi(step);
        parts.extend((0..DEMANDS).map(|step| CpuPart::Staircase { demand_ms: demand(step), overrun }));
    }
    parts
}

/// All shapes; the staircases come last. With the position of the first of them.
pub(super) fn all() -> (Vec<Shape>, usize) {
    let flat = Shape { row: 0, knee: 0, fixed_share: 1.0, bottom: 0.0, log_prior: FLAT_LOG_PRIOR };
    let mut shapes = vec![flat];
    let parts = cpu_parts();
    for (row, part) in parts.iter().enumerate() {
        let CpuPart::Power { knee, exponent } = *part else { continue };
        let rare = -(exponent - 1.0).powi(2) / (2.0 * EXPONENT_DEVIATION.powi(2));
        let exponent_prior = rare.max(LEAST_EXPONENT_LOG_PRIOR);
        let steep_knee = KNEES_MB[knee].is_some_and(|knee| knee <= STEEP_KNEE_MB);
        for (bottom, bottom_prior) in BOTTOMS {
            let log_prior = exponent_prior + if steep_knee { 0.0 } else { bottom_prior };
            // With an unusual exponent and a bottom, every second fixed share stands for two.
            let every = if bottom > 0.0 && (exponent - 1.0).abs() > 0.01 { 2 } else { 1 };
            let log_prior = log_prior + (every as f64).ln();
            let shares = FIXED_SHARES.iter().step_by(every);
            shapes.extend(shares.map(|fixed_share| Shape { row, knee, fixed_share: *fixed_share, bottom, log_prior }));
        }
    }
    let first_staircase = shapes.len();
    let stairs = parts.iter().enumerate().filter(|(_, part)| matches!(part, CpuPart::Staircase { .. }));
    shapes.extend(stairs.map(|(row, _)| Shape { row, knee: 0, fixed_share: 0.0, bottom: 0.0, log_prior: STAIRCASE_LOG_PRIOR }));
    (shapes, first_staircase)
}

/// Wall time of a call that needs so much CPU, in milliseconds.
///
/// 12 ms take 12 ms from 1,062 MB on, 20.4 ms at 1,024 MB and 40.4 ms at 512 MB.
fn staircase_ms(memory_mb: f64, demand_ms: f64) -> f64 {
    if memory_mb >= MemoryMb::ONE_VCPU.statistic() {
        return demand_ms;
    }
    let quota_ms = PERIOD_MS * memory_mb / MemoryMb::ONE_VCPU.statistic();
    let stops = (demand_ms / quota_ms).ceil() - 1.0;
    stops * PERIOD_MS + demand_ms - stops * quota_ms
}

/// The CPU part of every knee and exponent, and every staircase, at some sizes: so a shape costs no power.
#[derive(Debug, Clone)]
pub(super) struct CpuParts {
    sizes: usize,
    /// Row by row.
    slowdowns: Vec<f64>,
    /// (128/min(m, c))³, by knee and size.
    bottoms: Vec<f64>,
}

impl CpuParts {
    pub(super) fn new(memories_mb: &[f64]) -> Self {
        let parts = cpu_parts();
        let mut slowdowns = Vec::with_capacity(parts.len() * memories_mb.len());
        for part in parts {
            slowdowns.extend(memories_mb.iter().map(|memory| match part {
                CpuPart::Power { knee, exponent } => slowdown(*memory, KNEES_MB[knee], exponent),
                CpuPart::Staircase { demand_ms, overrun } => staircase_ms(memory * overrun, demand_ms),
            }));
        }
        let bottom = |knee: &Option<f64>, memory: &f64| (128.0 / knee.map_or(*memory, |knee| memory.min(knee))).powi(3);
        let bottoms = KNEES_MB.iter().flat_map(|knee| memories_mb.iter().map(move |memory| bottom(knee, memory)));
        Self { sizes: memories_mb.len(), slowdowns, bottoms: bottoms.collect() }
    }

    /// s(m) at each size.
    pub(super) fn of(&self, shape: Shape) -> impl Iterator<Item = f64> {
        let (start, bottom) = (shape.row * self.sizes, shape.knee * self.sizes);
        let cpu_parts = self.slowdowns[start..start + self.sizes].iter().zip(&self.bottoms[bottom..bottom + self.sizes]);
        cpu_parts.map(move |(cpu, bottom)| shape.fixed_share + (1.0 - shape.fixed_share) * cpu * (1.0 + shape.bottom * bottom))
    }

    /// s(m) of each shape at one of the sizes.
    pub(super) fn at(&self, place: usize, shapes: &[Shape]) -> Vec<f64> {
        let value = |shape: &Shape| {
            let (cpu, bottom) = (self.slowdowns[shape.row * self.sizes + place], self.bottoms[shape.knee * self.sizes + place]);
            shape.fixed_share + (1.0 - shape.fixed_share) * cpu * (1.0 + shape.bottom * bottom)
        };
        shapes.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_one_at_one_virtual_cpu_and_never_rise() {
        let parts = CpuParts::new(&[128.0, 256.0, 1024.0, 1769.0, 5307.0, 10_240.0]);
        for shape in all().0 {
            let values: Vec<f64> = parts.of(shape).collect();
            assert!(values.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-12)), "{shape:?}: {values:?}");
        }
        let row = cpu_parts()
            .iter()
            .position(|part| matches!(part, CpuPart::Power { knee: 17, exponent } if (exponent - 1.0).abs() < 1e-9));
        let shape = Shape { row: row.unwrap(), knee: 17, fixed_share: 0.25, bottom: 3.0, log_prior: 0.0 };
        let first = parts.of(shape).next().unwrap();
        assert!((first - (0.25 + 0.75 * 1769.0 / 128.0 * 4.0)).abs() < 1e-9, "{first}");
    }

    #[test]
    fn a_short_call_stands_on_stairs() {
        for (memory_mb, expected) in [(3008.0, 12.0), (1062.0, 12.0), (1024.0, 20.42), (531.0, 26.0), (512.0, 40.84 - 0.42)] {
            let actual = staircase_ms(memory_mb, 12.0);
            assert!((actual - expected).abs() < 0.45, "{memory_mb} MB: {actual}");
        }
    }
}
