//! Dates of a trace: RFC 3339, and as people write it.

/// Seconds since 1970 of "2026-11-27T01:02:03.5Z" or "…+01:00"; a blank may stand for the T, and without a zone it is UTC,
/// as exports of logs have it. Nothing when it is no such time.
///
/// The days are counted from the first of March, so that a leap day is the last of its year and the months have a pattern.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let separated = [(4, b"-"), (7, b"-"), (13, b":"), (16, b":")].iter().all(|(place, byte)| text.get(*place) == Some(&byte[0]));
    if !separated || !matches!(text.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let days = days_since_1970(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // A leap second is counted into the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let fraction_length =
        if rest.first() == Some(&b'.') { rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count() } else { 0 };
    let (fraction, zone) = if fraction_length == 0 {
        (0.0, rest)
    } else {
        (super::number::parse(&rest[..=fraction_length])?, &rest[fraction_length + 1..])
    };
    Some((days * 86_400 + hour * 3600 + minute * 60 + second - zone_s(zone)?) as f64 + fraction)
}

/// Seconds that the clocks of a zone are ahead.
fn zone_s(zone: &[u8]) -> Option<i64> {
    match zone {
        [] | [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let two = |one: &u8, other: &u8| {
                (one.is_ascii_digit() && other.is_ascii_digit()).then(|| i64::from(one - b'0') * 10 + i64::from(other - b'0'))
            };
            let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
            let ahead_s = hours * 3600 + minutes * 60;
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -ahead_s } else { ahead_s })
        }
        _ => None,
    }
}

/// Days from 1970-01-01 of a date of the Gregorian calendar.
///
/// Days before a month that is so many after March: ⌊(153·m + 2)/5⌋, since five months in turn have 153 days.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || longest < day {
        return None;
    }
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 1;
    // 1970-01-01 counted from 0000-03-01.
    Some(days - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds_since_1970() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("1970-01-01 00:00:01.25", 1.25),
            ("1969-12-31T23:59:59Z", -1.0),
            ("2000-02-29T12:00:00Z", 951_825_600.0),
            ("2026-11-27T01:02:03.5Z", 1_795_741_323.5),
            ("2026-11-27t02:02:03.5+01:00", 1_795_741_323.5),
            ("2026-11-26T19:32:03.5-05:30", 1_795_741_323.5),
            ("2016-12-31T23:59:60Z", 1_483_228_800.0),
        ] {
            let seconds = parse(text.as_bytes()).unwrap();
            assert!((seconds - expected).abs() < 1e-6, "{text}: {seconds}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "2026-11-27",
            "2026-11-27T01:02",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "2026-11-27T24:00:00Z",
            "2026-11-27T00:60:00Z",
            "2026-11-27T00:00:61Z",
            "2026-11-27X00:00:00Z",
            "2026-11-27T00:00:00.Z",
            "2026-11-27T00:00:00+1",
            "2026-11-27T00:00:00+25:00",
            "2026-11-27T00:00:00CET",
            "27.11.2026 00:00:00",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
