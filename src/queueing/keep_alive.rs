//! How long an idle server is kept before it is dropped.

use super::laplace::Complex;
use super::{QueueingError, checked};

/// How long a server is kept after its last request: a constant, a uniform distribution, or measured times. Never negative, never
/// without end.
///
/// ```
/// # use millicent::queueing::KeepAlive;
/// assert!((KeepAlive::CONSERVATIVE.mean_s() - 360.0).abs() < 1e-12);
/// assert_eq!(KeepAlive::uniform(300.0, 420.0)?, KeepAlive::CONSERVATIVE);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KeepAlive {
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Constant(f64),
    Uniform {
        low_s: f64,
        high_s: f64,
    },
    /// Each equally likely, the shortest first.
    Sample(Vec<f64>),
}

/// A part of the distribution within which the longest time is at most so many times the shortest: one contour inverts a
/// transform for all of them (see [`super::laplace`]).
pub(super) const WIDEST_PIECE: f64 = 1.5;
/// Times that differ by less than this part are one.
const NARROWEST: f64 = 1e-6;

/// Such a part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// The longest time in it.
    pub(super) longest_s: f64,
    shape: PieceShape,
}

#[derive(Debug, Clone, PartialEq)]
enum PieceShape {
    /// From the part of the longest time on, with this probability.
    Uniform { from: f64, share: f64 },
    /// Parts of the longest time, each with this probability.
    Sample { parts: Vec<f64>, share: f64 },
}

impl KeepAlive {
    /// What AWS Lambda did when it was last measured by others: an idle environment was dropped after 5 to 7 minutes (a series of
    /// measurements that ended in January 2021). AWS publishes no time, and nothing trustworthy was published since.
    pub const CONSERVATIVE: Self = Self { shape: Shape::Uniform { low_s: 300.0, high_s: 420.0 } };

    /// What AWS Lambda did from July 2019 to the middle of 2020, and what the simulator SimFaaS takes: ten minutes.
    pub const TEN_MINUTES: Self = Self { shape: Shape::Constant(600.0) };

    /// Always the same time.
    ///
    /// # Errors
    /// When it is negative or without end.
    pub fn constant(seconds: f64) -> Result<Self, QueueingError> {
        Ok(Self { shape: Shape::Constant(checked_time(seconds)?) })
    }

    /// Any time between the two is as likely as any other.
    ///
    /// # Errors
    /// When one is negative or without end, or the first is the longer one.
    pub fn uniform(low_s: f64, high_s: f64) -> Result<Self, QueueingError> {
        checked_time(high_s)?;
        let allowed = "from 0 to the longest keep-alive time";
        checked("shortest keep-alive time in seconds", low_s, (0.0..=high_s).contains(&low_s), allowed)?;
        if high_s - low_s <= NARROWEST * high_s {
            return Self::constant(f64::midpoint(low_s, high_s));
        }
        Ok(Self { shape: Shape::Uniform { low_s, high_s } })
    }

    /// Measured times, each equally likely.
    ///
    /// # Errors
    /// When there is none, or one is negative or without end.
    pub fn sample(mut seconds: Vec<f64>) -> Result<Self, QueueingError> {
        checked("number of keep-alive times", seconds.len() as f64, !seconds.is_empty(), "1 or more")?;
        seconds.iter().try_for_each(|time_s| checked_time(*time_s).map(|_| ()))?;
        seconds.sort_by(f64::total_cmp);
        Ok(Self { shape: Shape::Sample(seconds) })
    }

    /// The shortest time.
    #[must_use]
    pub fn shortest_s(&self) -> f64 {
        match &self.shape {
            Shape::Constant(seconds) => *seconds,
            Shape::Uniform { low_s, .. } => *low_s,
            Shape::Sample(seconds) => seconds.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }

    /// The longest time.
    #[must_use]
    pub fn longest_s(&self) -> f64 {
        match &self.shape {
            Shape::Constant(seconds) => *seconds,
            Shape::Uniform { high_s, .. } => *high_s,
            Shape::Sample(seconds) => seconds.iter().copied().fold(0.0, f64::max),
        }
    }

    /// The mean time.
    #[must_use]
    pub fn mean_s(&self) -> f64 {
        match &self.shape {
            Shape::Constant(seconds) => *seconds,
            Shape::Uniform { low_s, high_s } => f64::midpoint(*low_s, *high_s),
            Shape::Sample(seconds) => seconds.iter().sum::<f64>() / seconds.len() as f64,
        }
    }

    /// The distribution in parts that are narrow enough; a time of less than `shortest_s` counts as that.
    pub(super) fn pieces(&self, shortest_s: f64) -> Vec<Piece> {
        match &self.shape {
            Shape::Constant(seconds) => vec![sample_piece(&[seconds.max(shortest_s)], 1.0)],
            Shape::Uniform { low_s, high_s } => uniform_pieces(low_s.max(shortest_s), high_s.max(shortest_s)),
            Shape::Sample(seconds) => {
                let seconds: Vec<f64> = seconds.iter().map(|time_s| time_s.max(shortest_s)).collect();
                let mut pieces = Vec::new();
                let mut rest = seconds.as_slice();
                while let Some(first) = rest.first() {
                    let (piece, others) = rest.split_at(rest.partition_point(|time_s| *time_s <= first * WIDEST_PIECE));
                    pieces.push(sample_piece(piece, 1.0 / seconds.len() as f64));
                    rest = others;
                }
                pieces
            }
        }
    }
}

/// `seconds`, the shortest first, each with the probability `share`.
fn sample_piece(seconds: &[f64], share: f64) -> Piece {
    let longest_s = seconds.iter().copied().fold(0.0, f64::max);
    let parts = seconds.iter().map(|time_s| time_s / longest_s).collect();
    Piece { longest_s, shape: PieceShape::Sample { parts, share } }
}

fn uniform_pieces(low_s: f64, high_s: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut longest_s = high_s;
    while low_s * (1.0 + NARROWEST) < longest_s {
        let from_s = low_s.max(longest_s / WIDEST_PIECE);
        let share = (longest_s - from_s) / (high_s - low_s);
        pieces.push(Piece { longest_s, shape: PieceShape::Uniform { from: from_s / longest_s, share } });
        longest_s = from_s;
    }
    if pieces.is_empty() { vec![sample_piece(&[high_s], 1.0)] } else { pieces }
}

impl Piece {
    /// The mean of e^(z·T/longest) over this part, times its probability: its moment generating function.
    ///
    /// A uniform T from a to 1 gives (e^z − e^(a·z)) / (z·(1 − a)).
    pub(super) fn mean_exponential(&self, z: Complex) -> Complex {
        match &self.shape {
            PieceShape::Uniform { from, share } => {
                let difference = z.exp() - z.scaled(*from).exp();
                (difference / z).scaled(share / (1.0 - from))
            }
            PieceShape::Sample { parts, share } => {
                let sum = parts.iter().map(|part| z.scaled(*part).exp()).fold(Complex::ZERO, |sum, term| sum + term);
                sum.scaled(*share)
            }
        }
    }
}

/// The time, if it is one.
fn checked_time(seconds: f64) -> Result<f64, QueueingError> {
    checked("keep-alive time in seconds", seconds, (0.0..f64::INFINITY).contains(&seconds), "0 or more")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(KeepAlive::constant(wrong).is_err());
            assert!(KeepAlive::uniform(wrong, 10.0).is_err() && KeepAlive::uniform(1.0, wrong).is_err());
            assert!(KeepAlive::sample(vec![1.0, wrong]).is_err());
        }
        assert!(KeepAlive::uniform(2.0, 1.0).is_err());
        assert!(KeepAlive::sample(Vec::new()).is_err());
        assert_eq!(KeepAlive::uniform(5.0, 5.0), KeepAlive::constant(5.0));
    }

    #[test]
    fn the_pieces_are_narrow_and_make_the_whole() {
        let one = Complex::new(1e-9, 0.0);
        for keep_alive in [
            KeepAlive::CONSERVATIVE,
            KeepAlive::TEN_MINUTES,
            KeepAlive::uniform(1.0, 86_400.0).unwrap(),
            KeepAlive::uniform(0.0, 60.0).unwrap(),
            KeepAlive::sample(vec![300.0, 1.0, 310.0, 2000.0, 0.0]).unwrap(),
        ] {
            let pieces = keep_alive.pieces(1e-3);
            let whole: f64 = pieces.iter().map(|piece| piece.mean_exponential(one).re).sum();
            assert!((whole - 1.0).abs() < 1e-6, "{keep_alive:?}: {whole}");
            let mean_s: f64 = pieces
                .iter()
                .map(|piece| {
                    // The derivative at 0 is the mean.
                    let at = |z: f64| piece.mean_exponential(Complex::new(z, 0.0)).re;
                    (at(1e-4) - at(-1e-4)) / 2e-4 * piece.longest_s
                })
                .sum();
            assert!((mean_s / keep_alive.mean_s() - 1.0).abs() < 1e-4, "{keep_alive:?}: {mean_s}");
        }
        assert_eq!(KeepAlive::CONSERVATIVE.pieces(0.0).len(), 1);
    }
}
