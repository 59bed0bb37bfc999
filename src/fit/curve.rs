//! The curve: a fixed part and a CPU part that more memory makes faster, up to a knee.

use std::fmt;

use crate::units::MemoryMb;
use crate::units::decimal_from_statistic;
use crate::units::significant;

/// d(m) = fixed + cpu · (min(m, knee) / 1769)^−exponent, in milliseconds.
///
/// `fixed_ms` does not depend on memory (waiting), `cpu_ms` is the time of the rest on one full virtual CPU. One thread gains
/// nothing beyond 1,769 MB, n threads nothing beyond n · 1,769 MB: the knee. The exponent is 1 where time is inversely
/// proportional to memory, more where little memory costs extra (garbage collection, paging), less where not all of it scales.
///
/// ```
/// # use millicent::fit::Curve;
/// # use millicent::units::MemoryMb;
/// let curve = Curve { fixed_ms: 20.0, cpu_ms: 100.0, knee_mb: Some(1769.0), exponent: 1.0 };
/// assert!((curve.duration_ms(MemoryMb::new(1024)) - 192.754).abs() < 1e-3); // 20 + 100 · 1769/1024
/// assert!((curve.duration_ms(MemoryMb::new(3008)) - 120.0).abs() < 1e-9);
/// assert_eq!(curve.to_string(), "20 ms + 100 ms · (1,769 MB / min(m, 1,769 MB))");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Curve {
    /// The part that memory does not change.
    pub fixed_ms: f64,
    /// The CPU part, on one full virtual CPU (1,769 MB).
    pub cpu_ms: f64,
    /// Memory beyond which nothing gets faster; none was seen where absent.
    pub knee_mb: Option<f64>,
    /// How strongly the CPU part falls with memory.
    pub exponent: f64,
}

impl Curve {
    /// The duration at a memory size.
    #[must_use]
    pub fn duration_ms(&self, memory: MemoryMb) -> f64 {
        self.fixed_ms + self.cpu_part_ms(memory)
    }

    /// The CPU part's share of the duration at a memory size, 0…1.
    ///
    /// ```
    /// # use millicent::fit::Curve;
    /// # use millicent::units::MemoryMb;
    /// let curve = Curve { fixed_ms: 50.0, cpu_ms: 50.0, knee_mb: None, exponent: 1.0 };
    /// assert!((curve.cpu_share(MemoryMb::new(1769)) - 0.5).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn cpu_share(&self, memory: MemoryMb) -> f64 {
        self.cpu_part_ms(memory) / self.duration_ms(memory)
    }

    fn cpu_part_ms(&self, memory: MemoryMb) -> f64 {
        self.cpu_ms * slowdown(memory.statistic(), self.knee_mb, self.exponent)
    }
}

/// (min(m, knee) / 1769)^−exponent: 1 at one virtual CPU.
pub(super) fn slowdown(memory_mb: f64, knee_mb: Option<f64>, exponent: f64) -> f64 {
    (knee_mb.map_or(memory_mb, |knee| memory_mb.min(knee)) / MemoryMb::ONE_VCPU.statistic()).powf(-exponent)
}

impl fmt::Display for Curve {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number =
            |value: f64, digits| decimal_from_statistic(value, 9).map_or(value.to_string(), |exact| significant(exact, digits));
        let fixed = format!("{} ms", number(self.fixed_ms, 4));
        if self.cpu_ms <= 0.0 {
            return out.write_str(&fixed);
        }
        if self.fixed_ms > 0.0 {
            write!(out, "{fixed} + ")?;
        }
        let memory = self.knee_mb.map_or("m".to_owned(), |knee| format!("min(m, {} MB)", number(knee.round(), 6)));
        write!(out, "{} ms · (1,769 MB / {memory})", number(self.cpu_ms, 4))?;
        if (self.exponent - 1.0).abs() < 0.005 { Ok(()) } else { write!(out, "^{}", number(self.exponent, 3)) }
    }
}

/// The forms that are tried, from the fewest parameters to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// a: memory changes nothing.
    Constant,
    /// a + b/m.
    Hyperbola,
    /// a + b/min(m, c).
    Knee,
    /// a + b·min(m, c)^−e.
    Power,
}

impl Family {
    /// All, from the fewest parameters to the most.
    pub const ALL: [Self; 4] = [Self::Constant, Self::Hyperbola, Self::Knee, Self::Power];

    /// How many numbers the points have to pay for.
    #[must_use]
    pub const fn parameters(self) -> usize {
        match self {
            Self::Constant => 1,
            Self::Hyperbola => 2,
            Self::Knee => 3,
            Self::Power => 4,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Constant => "a",
            Self::Hyperbola => "a + b/m",
            Self::Knee => "a + b/min(m, c)",
            Self::Power => "a + b/min(m, c)^e",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_reads_as_a_formula() {
        let curve = |fixed_ms, cpu_ms, knee_mb, exponent| Curve { fixed_ms, cpu_ms, knee_mb, exponent }.to_string();
        assert_eq!(curve(12.3456, 0.0, None, 1.0), "12.35 ms");
        assert_eq!(curve(0.0, 1234.5, None, 1.0), "1,234 ms · (1,769 MB / m)");
        assert_eq!(curve(3.0, 40.0, Some(5307.2), 1.2), "3 ms + 40 ms · (1,769 MB / min(m, 5,307 MB))^1.2");
    }

    #[test]
    fn a_curve_survives_json() {
        let curve = Curve { fixed_ms: 1.5, cpu_ms: 20.25, knee_mb: None, exponent: 1.1 };
        let text = serde_json::to_string(&curve).unwrap();
        assert_eq!(text, r#"{"fixed_ms":1.5,"cpu_ms":20.25,"knee_mb":null,"exponent":1.1}"#);
        assert_eq!(serde_json::from_str::<Curve>(&text).unwrap(), curve);
    }
}
