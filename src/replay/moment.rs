//! Moments of a replay: whole microseconds, told in seconds.
//!
//! A call that ends when another arrives frees its place for it, and doubles hide that: 0.1 + 0.2 comes after 0.3. So every
//! time at which something happens is the double next to a whole number of microseconds; times that are equal are equal
//! numbers then, whatever they are sums of. How long something takes, and what is billed for it, is not rounded.

/// Microseconds in a second: what clocks tell apart.
const PER_S: f64 = 1e6;
/// 1.5 · 2⁵²: added and taken away again it leaves a whole number, because doubles of this size have no fractions. Good up to
/// 2⁵¹ microseconds, 71 years.
const WHOLE: f64 = 6_755_399_441_055_744.0;
/// Halves are cut a hundredth beyond the half: rates such as 128 a second make many of them (7,812.5 µs), and the error of a
/// double would say whether they are rounded up or down.
const BEYOND_HALF: f64 = 0.01;

/// The moment next to a time in seconds.
///
/// Worked number: 0.1 s + 0.2 s = 0.30000000000000004 s is the moment 0.3 s.
#[inline]
pub(super) fn moment_s(at_s: f64) -> f64 {
    ((at_s * PER_S - BEYOND_HALF + WHOLE) - WHOLE) / PER_S
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decimal_times_are_equal_where_their_digits_are(first in 0_u64..100_000_000_000_000, second in 0_u64..1_000_000_000_000) {
            let seconds = |microseconds: u64| microseconds as f64 / 1e6;
            let sum_s = moment_s(seconds(first) + seconds(second));
            prop_assert_eq!(sum_s.to_bits(), seconds(first + second).to_bits());
            prop_assert_eq!(moment_s(sum_s).to_bits(), sum_s.to_bits());
            prop_assert_eq!(moment_s(sum_s - seconds(second)).to_bits(), seconds(first).to_bits());
        }
    }

    #[test]
    fn a_time_between_two_moments_is_the_nearer_and_a_half_the_earlier() {
        let moments = [0.1 + 0.2, 1e-7, 6e-7, 1.0 / 3.0, 3.0 / 128.0].map(moment_s);
        assert_eq!(moments.map(f64::to_bits), [0.3, 0.0, 1e-6, 0.333_333, 0.023_437].map(f64::to_bits));
        for day in 0..400 {
            let half_s = f64::from(day) * 86_400.0 + 3.0 / 128.0;
            assert_eq!(moment_s(half_s).to_bits(), (f64::from(day) * 86_400.0 + 0.023_437).to_bits(), "{day}");
        }
    }

    #[test]
    fn never_is_no_moment() {
        assert!(moment_s(f64::NAN).is_nan() && f64::MAX < moment_s(f64::INFINITY));
    }
}
