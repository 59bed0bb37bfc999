//! Latencies, counted by size: constant memory, one increment a call.

/// Buckets for each doubling: a bucket is 0.8 to 1.6 % wide.
const BUCKETS_PER_DOUBLING: usize = 64;
/// The bits of a double that tell these buckets apart: 6 of its 52 bits of fraction.
const SHIFT: u32 = 52 - 6;
/// 2⁻²⁰ s, about a microsecond: what is shorter counts as this.
const SHORTEST_EXPONENT: i32 = -20;
/// 2²⁰ s, about twelve days: what is longer counts as this.
const LONGEST_EXPONENT: i32 = 20;
const BUCKETS: usize = (LONGEST_EXPONENT - SHORTEST_EXPONENT) as usize * BUCKETS_PER_DOUBLING;
/// The bucket number that the bits of [`SHORTEST_EXPONENT`] give by themselves.
const FIRST: u64 = ((1023 + SHORTEST_EXPONENT) as u64) << (52 - SHIFT);

/// How often each latency occurred. Buckets grow by doublings cut into 64, as in G. Tene's HdrHistogram.
///
/// ```
/// # use millicent::replay::Histogram;
/// let mut histogram = Histogram::default();
/// (1..=100).for_each(|tenths| histogram.record(f64::from(tenths) / 10.0));
/// // The median of 0.1, 0.2, … 10 is 5, told to within a percent.
/// assert!((histogram.quantile(0.5).unwrap() / 5.0 - 1.0).abs() < 0.01);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// For each bucket how many, and the sum of their latencies in seconds: their mean is told, so that equal ones are told
    /// exactly. A pair of numbers and not a type of its own, because the system hands out zeros of these without writing them.
    buckets: Vec<(u64, f64)>,
    /// Nothing shorter was ever counted, …
    shortest_s: f64,
    /// … and nothing longer.
    longest_s: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![(0, 0.0); BUCKETS], shortest_s: f64::INFINITY, longest_s: 0.0 }
    }
}

/// The shortest latency of a bucket, but for the first, in which all shorter ones are too.
fn start_of(bucket: usize) -> f64 {
    f64::from_bits((bucket as u64 + FIRST) << SHIFT)
}

/// The bucket of a latency: the leading bits of a positive double are its logarithm.
fn bucket(latency_s: f64) -> usize {
    ((latency_s.to_bits() >> SHIFT).saturating_sub(FIRST) as usize).min(BUCKETS - 1)
}

impl Histogram {
    /// Counts a latency.
    #[inline]
    pub fn record(&mut self, latency_s: f64) {
        self.count_in_its_bucket(latency_s);
        self.widen(latency_s, latency_s);
    }

    /// Counts some latencies, and returns their sum.
    pub(super) fn record_all(&mut self, latencies_s: &[f64]) -> f64 {
        let (mut sum_s, mut shortest_s, mut longest_s) = (0.0, f64::INFINITY, 0.0);
        for latency_s in latencies_s.iter().copied() {
            self.count_in_its_bucket(latency_s);
            sum_s += latency_s;
            // Without the cases of what is no number, which `min` and `max` have.
            shortest_s = if latency_s < shortest_s { latency_s } else { shortest_s };
            longest_s = if longest_s < latency_s { latency_s } else { longest_s };
        }
        self.widen(shortest_s, longest_s);
        sum_s
    }

    #[inline]
    fn count_in_its_bucket(&mut self, latency_s: f64) {
        let (count, sum_s) = &mut self.buckets[bucket(latency_s)];
        *count += 1;
        *sum_s += latency_s;
    }

    fn widen(&mut self, shortest_s: f64, longest_s: f64) {
        self.shortest_s = self.shortest_s.min(shortest_s);
        self.longest_s = self.longest_s.max(longest_s);
    }

    /// Takes back one that was counted.
    pub(super) fn take_back(&mut self, latency_s: f64) {
        let (count, sum_s) = &mut self.buckets[bucket(latency_s)];
        *count -= 1;
        *sum_s -= latency_s;
    }

    /// Adds what another counted.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
        self.widen(other.shortest_s, other.longest_s);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(count, _)| count).sum()
    }

    /// The latency that the share `share` does not exceed, to within a percent; none where nothing was counted.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (count, sum_s) = self.buckets[self.bucket_of(share)?];
        Some(sum_s / count as f64)
    }

    /// Between which latencies that one certainly lies: those of its bucket, of which only the mean is known.
    ///
    /// Worked number: 1 s and 1.01 s are in the bucket from 1 s to 1.0156 s.
    #[must_use]
    pub fn quantile_bounds(&self, share: f64) -> Option<(f64, f64)> {
        let bucket = self.bucket_of(share)?;
        let from_s = if bucket == 0 { 0.0 } else { start_of(bucket) };
        let to_s = if bucket + 1 == BUCKETS { f64::INFINITY } else { start_of(bucket + 1) };
        Some((from_s.max(self.shortest_s), to_s.min(self.longest_s)))
    }

    /// The bucket in which a quantile is.
    fn bucket_of(&self, share: f64) -> Option<usize> {
        let count = self.count();
        let rank = ((share * count as f64).ceil() as u64).clamp(1, count.max(1));
        let mut reached = 0;
        self.buckets.iter().position(|(count, _)| {
            reached += count;
            rank <= reached
        })
    }

    /// How many took longer than `latency_s`, whose own bucket is not counted.
    #[must_use]
    pub fn longer_than(&self, latency_s: f64) -> u64 {
        self.buckets[bucket(latency_s) + 1..].iter().map(|(count, _)| count).sum()
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count != 0).then(|| self.buckets.iter().map(|(_, sum_s)| sum_s).sum::<f64>() / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_is_told_to_within_a_percent() {
        for latency_s in [1.3e-6, 0.000_999, 0.1, 0.2, 1.0, 1.999, 64.0, 900.0, 3.0e5] {
            let mut histogram = Histogram::default();
            histogram.record(latency_s);
            let told = histogram.quantile(0.99).unwrap();
            assert!((told / latency_s - 1.0).abs() < 0.008, "{latency_s}: {told}");
        }
    }

    #[test]
    fn a_quantile_lies_between_the_bounds_of_its_bucket() {
        let mut histogram = Histogram::default();
        (1..=10_000).for_each(|call| histogram.record(f64::from(call) / 1000.0));
        for share in [0.000_1, 0.1, 0.5, 0.9, 0.999, 1.0] {
            let (from_s, to_s) = histogram.quantile_bounds(share).unwrap();
            assert!(from_s <= share * 10.0 && share * 10.0 <= to_s && to_s / from_s < 1.016, "{share}: {from_s} {to_s}");
        }
        // Equal ones are told exactly.
        let mut equal = Histogram::default();
        (0..9).for_each(|_| equal.record(1.009));
        assert_eq!(equal.quantile_bounds(0.99), Some((1.009, 1.009)));
    }

    #[test]
    fn what_lies_outside_is_counted_at_the_edge() {
        let mut histogram = Histogram::default();
        [0.0, 1e-9, 1e9].into_iter().for_each(|latency_s| histogram.record(latency_s));
        assert_eq!(histogram.count(), 3);
        assert!(histogram.quantile(0.1).unwrap() < 1.1e-6 && 1e8 < histogram.quantile(0.9).unwrap());
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let mut histogram = Histogram::default();
        histogram.record(0.1);
        histogram.record(0.9);
        histogram.take_back(0.1);
        assert_eq!(histogram.count(), 1);
        assert_eq!(histogram.longer_than(0.5), 1);
    }
}
