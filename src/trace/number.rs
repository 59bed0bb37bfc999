//! Numbers of a trace, from bytes.
//!
//! Most numbers of a trace have few digits, and then the mantissa and the power of ten are both exact and one division gives
//! the nearest number ("How to read floating point numbers accurately", Clinger 1990, the simple case). The standard library
//! reads all others.

/// Powers of ten that a binary number holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];

/// A finite number, or nothing.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut mantissa, mut after_point, mut point) = (0_u64, 0, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                after_point += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => return parse_slowly(text),
        }
    }
    // Fifteen digits and a point: below 2^53. A lone point or sign is no number.
    if digits.len() > 16 || digits.len() <= usize::from(point) || (digits.len() == 16 && !point) {
        return parse_slowly(text);
    }
    let number = mantissa as f64 / POWERS[after_point];
    Some(if negative { -number } else { number })
}

#[cold]
fn parse_slowly(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A whole number from zero, or nothing.
#[inline]
pub(super) fn parse_whole(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let mut number = 0_u64;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u64::from(byte - b'0');
    }
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_finite_number_is_none() {
        for text in [
            "", "-", ".", "-.", "x", "1x", "1 2", "nan", "NaN", "inf", "-inf", "1e999", "0x10", "1,5", "--1", "1.2.3", "\u{fffd}",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse(b"\xff1"), None);
        for text in ["", "-1", "1.0", "4294967296", "99999999999", "1e3", " 1", "+1"] {
            assert_eq!(parse_whole(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!((parse_whole(b"4294967295"), parse_whole(b"007")), (Some(u32::MAX), Some(7)));
    }

    fn same(text: &str) {
        assert_eq!(parse(text.as_bytes()).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{text}");
    }

    #[test]
    fn the_longest_short_numbers_are_exact() {
        [
            "999999999999999",
            "9999999999999999",
            "0.000000000000001",
            "999999999999.999",
            ".5",
            "5.",
            "-0",
            "1e-3",
            "+2",
            "123456789012345678901234567890",
        ]
        .into_iter()
        .for_each(same);
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_the_standard_library_reads_it(number in -1e12..1e12_f64, digits in 0..12_usize) {
            same(&format!("{number:.digits$}"));
            same(&format!("{number}"));
            same(&format!("{number:e}"));
        }
    }
}
