//! Percent-encoding, as in the part of a link after `#` and in the keys of S3 addresses.

/// What JavaScript's `encodeURIComponent` leaves as it is, beside letters and digits.
const UNRESERVED: &[u8] = b"-_.!~*'()";

/// As JavaScript's `encodeURIComponent`.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The text behind an encoded one; none when a `%` is not followed by two hexadecimal digits, or the bytes are no UTF-8.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(digit(*high)? * 16 + digit(*low)?);
        rest = after;
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reserved_characters_are_escaped() {
        assert_eq!(percent_encoded("a;b c/ü~(x)"), "a%3Bb%20c%2F%C3%BC~(x)");
        for broken in ["%", "%4", "%zz", "a%+1", "%ff"] {
            assert_eq!(percent_decoded(broken), None, "{broken}");
        }
        assert_eq!(percent_decoded("%2b%2B+").unwrap(), "+++");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,40}") {
            prop_assert_eq!(percent_decoded(&percent_encoded(&text)), Some(text));
        }
    }
}
