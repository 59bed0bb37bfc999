//! Logarithm, exponential and cosine that have the same bits on every machine.
//!
//! The one idea: IEEE 754 fixes the result of +, −, ×, ÷ and √ to the last bit, and of nothing else. `f64::ln` is whatever the
//! system's mathematical library makes of it, and one bit of difference in one draw is another simulated day. Series of the
//! four operations cost as little and can be computed by the compiler.
//!
//! They are good to a few units in the sixteenth digit, for what is drawn and not for what is tabulated: no infinities, no
//! subnormal numbers, no arguments beyond what each function says.

use std::f64::consts::{LN_2, PI, SQRT_2};

/// ln x of a positive normal number: x = m·2ᵉ with m about one, and ln m = 2·artanh s = 2·Σ s²ᵏ⁺¹/(2k+1) with
/// s = (m − 1)/(m + 1), where |s| ≤ 0.172 makes the twelfth term vanish.
#[expect(clippy::cast_possible_wrap, reason = "an exponent has eleven bits")]
pub(super) const fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7FF) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let (mut sum, mut odd) = (0.0, 23.0);
    while odd > 0.0 {
        sum = sum * square + 1.0 / odd;
        odd -= 2.0;
    }
    exponent as f64 * LN_2 + 2.0 * s * sum
}

/// Steps of the table of powers of two between one and two.
const STEPS: usize = 128;

/// 2^(j/128), by Taylor's series at compile time.
static POWERS: [f64; STEPS] = {
    let mut powers = [0.0; STEPS];
    let mut j = 0;
    while j < STEPS {
        let x = j as f64 * (LN_2 / STEPS as f64);
        let (mut sum, mut k) = (1.0, 20.0);
        while k > 0.0 {
            sum = sum * x / k + 1.0;
            k -= 1.0;
        }
        powers[j] = sum;
        j += 1;
    }
    powers
};

/// Adding and subtracting it rounds to a whole number, which then stands in the lowest bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0; // 1.5 · 2^52

/// eˣ for |x| ≤ 700, and the value at that bound beyond it: eˣ = 2^(k/128)·eʳ with |r| ≤ ln 2/256, where the fourth power is
/// the last of the series of eʳ that can be seen.
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let shifted = x * (STEPS as f64 / LN_2) + ROUNDING;
    let bits = shifted.to_bits();
    let r = x - (shifted - ROUNDING) * (LN_2 / STEPS as f64);
    let square = r * r;
    let series = (1.0 + r) + square * ((0.5 + r * (1.0 / 6.0)) + square * (1.0 / 24.0));
    let power = POWERS[bits as usize % STEPS];
    // The whole part of k/128 goes into the exponent; the clamp above keeps it from leaving its eleven bits.
    let whole = (bits << 12) >> 19 << 52;
    f64::from_bits(power.to_bits().wrapping_add(whole)) * series
}

/// The cosine of so many full turns, by Taylor's series on −½ to ½ turn.
#[must_use]
pub fn cosine_of_turns(turns: f64) -> f64 {
    let angle = 2.0 * PI * (turns - (turns + ROUNDING - ROUNDING));
    let square = angle * angle;
    let (mut sum, mut even) = (1.0, 30.0);
    while even > 0.0 {
        sum = 1.0 - sum * square / (even * (even - 1.0));
        even -= 2.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library_of_this_machine() {
        for step in 2..100_000_u32 {
            let x = f64::from(step) * 0.001_37;
            for x in [x, 1.0 / x] {
                assert!((ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(1.0), "ln {x}");
                assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13, "exp {x}: {} {}", exp(x), x.exp());
                assert!((exp(-x) * x.exp() - 1.0).abs() < 1e-13, "exp −{x}");
                assert!((cosine_of_turns(x) - (2.0 * PI * x.fract()).cos()).abs() < 1e-14 * x.max(1.0), "cos {x}");
            }
        }
        assert!((exp(0.0) - 1.0).abs() < 1e-16 && exp(-1e9) < 1e-300 && exp(1e9) > 1e300);
    }
}
