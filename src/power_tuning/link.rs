//! The link to the tool's chart page. All numbers of the chart stand after `#`, which a browser sends to nobody.
//!
//! ```text
//! https://lambda-power-tuning.show/#gAAAAQ==;AEBIQwAAyUI=;zQJMNJW/VjQ=
//!                                   sizes    durations    costs
//! ```
//!
//! Each part is the base64 of an array in little-endian order: sizes in MB as 16-bit integers, durations in ms and costs as
//! 32-bit floating point, so about seven digits survive. A comparison has the parts of two curves, then their names.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::percent::{percent_decoded, percent_encoded};
use super::{PowerTuningError, SizeAverage};
use crate::units::MemoryMb;

/// The public chart page.
pub const DEFAULT_CHART_PAGE: &str = "https://lambda-power-tuning.show/";

/// A day: a longer average is damage, not a measurement; no call of a function takes so long.
const LONGEST_MS: f32 = 86_400_000.0;

/// A call that costs more is damage, not a measurement.
const DEAREST: f32 = 1e6;

/// What a chart link says.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartLink {
    /// What the costs are in.
    pub currency: Currency,
    /// One curve or two.
    pub charts: Charts,
}

/// What costs are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    /// US dollars.
    Dollars,
    /// Chinese yuan.
    Yuan,
}

/// The curves of a chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Charts {
    /// The sizes of one function.
    One(Vec<SizeAverage>),
    /// Two functions, compared.
    Two(Box<[NamedCurve; 2]>),
}

/// One of two curves that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedCurve {
    /// What the chart calls it.
    pub name: String,
    /// Its sizes.
    pub sizes: Vec<SizeAverage>,
}

impl Currency {
    /// Yuan in the regions of China (`cn-...`), dollars elsewhere.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        if region.starts_with("cn-") { Self::Yuan } else { Self::Dollars }
    }
}

impl ChartLink {
    /// The link. Sizes without a duration are left out, the others sorted by size.
    ///
    /// ```
    /// # use millicent::power_tuning::{ChartLink, Charts, Currency, DEFAULT_CHART_PAGE, SizeAverage};
    /// # use millicent::units::MemoryMb;
    /// let size = |memory, average_duration_ms, average_cost| SizeAverage { memory: MemoryMb::new(memory), average_cost, average_duration_ms };
    /// let link = ChartLink { currency: Currency::Dollars, charts: Charts::One(vec![size(128, 200.25, 1.9e-7), size(256, 100.5, 2e-7)]) };
    /// assert_eq!(link.to_url(DEFAULT_CHART_PAGE)?, "https://lambda-power-tuning.show/#gAAAAQ==;AEBIQwAAyUI=;zQJMNJW/VjQ=");
    /// # Ok::<(), millicent::power_tuning::PowerTuningError>(())
    /// ```
    ///
    /// # Errors
    /// When a curve has no measured size, or a number that a link cannot hold.
    pub fn to_url(&self, chart_page: &str) -> Result<String, PowerTuningError> {
        let fragment = match &self.charts {
            Charts::One(sizes) => curve_text(sizes, &PARTS[0])?,
            Charts::Two(curves) => {
                let [first, second] = curves.as_ref();
                let (first_text, second_text) = (curve_text(&first.sizes, &PARTS[0])?, curve_text(&second.sizes, &PARTS[1])?);
                let names = [percent_encoded(&first.name), percent_encoded(&second.name)].join(";");
                [first_text, second_text, names].join(";")
            }
        };
        let query = if self.currency == Currency::Yuan { "?currency=CNY" } else { "" };
        Ok(format!("{chart_page}{query}#{fragment}"))
    }

    /// Reads a link, or what stands after `#` in one. Padding may be missing, the alphabet that of URLs, reserved characters
    /// percent-encoded, and a semicolon may follow.
    ///
    /// # Errors
    /// When a part is missing or damaged.
    pub fn read(text: &str) -> Result<Self, PowerTuningError> {
        let (page, fragment) = text.trim().split_once('#').unwrap_or(("", text.trim()));
        if fragment.is_empty() || fragment.contains("://") {
            return Err(PowerTuningError::NoFragment);
        }
        // Where the semicolons are encoded, the whole fragment was encoded once more.
        let fragment = if fragment.contains(';') { fragment.to_owned() } else { decoded(fragment, "the text")? };
        let mut parts: Vec<&str> = fragment.split(';').collect();
        if matches!(parts.len(), 4 | 9) && parts.last() == Some(&"") {
            parts.pop();
        }
        let charts = match parts[..] {
            [sizes, durations, costs] => Charts::One(curve([sizes, durations, costs], &PARTS[0])?),
            [sizes, durations, costs, other_sizes, other_durations, other_costs, name, other_name] => Charts::Two(Box::new([
                NamedCurve { name: decoded(name, "the first name")?, sizes: curve([sizes, durations, costs], &PARTS[0])? },
                NamedCurve {
                    name: decoded(other_name, "the second name")?,
                    sizes: curve([other_sizes, other_durations, other_costs], &PARTS[1])?,
                },
            ])),
            _ => return Err(PowerTuningError::PartCount { found: parts.len() }),
        };
        let query = page.split_once('?').map_or("", |(_, query)| query);
        let currency = if query.split('&').any(|pair| pair == "currency=CNY") { Currency::Yuan } else { Currency::Dollars };
        Ok(Self { currency, charts })
    }
}

/// The arrays of a curve, as messages call them.
struct PartNames {
    sizes: &'static str,
    durations: &'static str,
    costs: &'static str,
}

/// Of the first and of the second curve.
const PARTS: [PartNames; 2] = [
    PartNames { sizes: "the memory sizes", durations: "the durations", costs: "the costs" },
    PartNames {
        sizes: "the memory sizes of the second curve",
        durations: "the durations of the second curve",
        costs: "the costs of the second curve",
    },
];

/// A row of a chart, in the precision of the link.
struct Row {
    memory_mb: i16,
    duration_ms: f32,
    cost: f32,
}

impl Row {
    /// What is written can be read again: both go through these limits.
    fn checked(self, names: &PartNames) -> Result<Self, PowerTuningError> {
        let impossible = |part, problem| Err(PowerTuningError::Part { part, problem });
        if self.memory_mb < 1 {
            return impossible(names.sizes, format!("{} MB is not a memory size (from 1 to {} MB)", self.memory_mb, i16::MAX));
        }
        if !(self.duration_ms > 0.0 && self.duration_ms <= LONGEST_MS) {
            return impossible(names.durations, format!("{} ms is not a duration (more than 0, up to a day)", self.duration_ms));
        }
        if !(self.cost >= 0.0 && self.cost <= DEAREST) {
            return impossible(names.costs, format!("{} is not what a call costs (from 0 to {DEAREST})", self.cost));
        }
        Ok(self)
    }
}

fn curve_text(sizes: &[SizeAverage], names: &PartNames) -> Result<String, PowerTuningError> {
    let mut measured: Vec<&SizeAverage> = sizes.iter().filter(|size| size.is_measured()).collect();
    if measured.is_empty() {
        return Err(PowerTuningError::NothingMeasured);
    }
    measured.sort_by_key(|size| size.memory);
    let rows = measured.into_iter().map(|size| {
        let memory_mb = i16::try_from(size.memory.get()).map_err(|_| PowerTuningError::Part {
            part: names.sizes,
            problem: format!("{} does not fit (up to {} MB)", size.memory, i16::MAX),
        })?;
        Row { memory_mb, duration_ms: size.average_duration_ms as f32, cost: size.average_cost as f32 }.checked(names)
    });
    let rows = rows.collect::<Result<Vec<Row>, _>>()?;
    let sizes: Vec<u8> = rows.iter().flat_map(|row| row.memory_mb.to_le_bytes()).collect();
    let durations: Vec<u8> = rows.iter().flat_map(|row| row.duration_ms.to_le_bytes()).collect();
    let costs: Vec<u8> = rows.iter().flat_map(|row| row.cost.to_le_bytes()).collect();
    Ok([sizes, durations, costs].map(|array| STANDARD.encode(array)).join(";"))
}

fn curve([sizes, durations, costs]: [&str; 3], names: &PartNames) -> Result<Vec<SizeAverage>, PowerTuningError> {
    let sizes: Vec<i16> = array(sizes, names.sizes)?.into_iter().map(i16::from_le_bytes).collect();
    let durations: Vec<f32> = array(durations, names.durations)?.into_iter().map(f32::from_le_bytes).collect();
    let costs: Vec<f32> = array(costs, names.costs)?.into_iter().map(f32::from_le_bytes).collect();
    if sizes.len() != durations.len() || sizes.len() != costs.len() {
        return Err(PowerTuningError::UnequalParts { sizes: sizes.len(), durations: durations.len(), costs: costs.len() });
    }
    if sizes.is_empty() {
        return Err(PowerTuningError::NothingMeasured);
    }
    let rows = sizes.into_iter().zip(durations).zip(costs).map(|((memory_mb, duration_ms), cost)| {
        let row = Row { memory_mb, duration_ms, cost }.checked(names)?;
        let memory = MemoryMb::new(row.memory_mb.unsigned_abs().into());
        Ok(SizeAverage { memory, average_cost: row.cost.into(), average_duration_ms: row.duration_ms.into() })
    });
    rows.collect()
}

/// The elements of an array, `WIDTH` bytes each.
fn array<const WIDTH: usize>(text: &str, part: &'static str) -> Result<Vec<[u8; WIDTH]>, PowerTuningError> {
    let plain = decoded(text, part)?.replace('-', "+").replace('_', "/");
    let bytes = STANDARD_NO_PAD
        .decode(plain.trim_end_matches('='))
        .map_err(|error| PowerTuningError::Part { part, problem: format!("no base64: {error} (was all of it copied?)") })?;
    let (elements, rest) = bytes.as_chunks::<WIDTH>();
    if rest.is_empty() {
        return Ok(elements.to_vec());
    }
    let problem = format!("{} bytes are not a whole number of elements of {WIDTH} bytes (was all of it copied?)", bytes.len());
    Err(PowerTuningError::Part { part, problem })
}

fn decoded(text: &str, part: &'static str) -> Result<String, PowerTuningError> {
    let damaged = || PowerTuningError::Part { part, problem: "a percent sign without its two digits, or not UTF-8".to_owned() };
    percent_decoded(text).ok_or_else(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Memory in MB, average duration in ms, average cost.
    type Numbers = (u32, f64, f64);

    fn sizes(rows: &[Numbers]) -> Vec<SizeAverage> {
        let size = |(memory_mb, average_duration_ms, average_cost): &Numbers| SizeAverage {
            memory: MemoryMb::new(*memory_mb),
            average_cost: *average_cost,
            average_duration_ms: *average_duration_ms,
        };
        rows.iter().map(size).collect()
    }

    fn one(rows: &[Numbers]) -> ChartLink {
        ChartLink { currency: Currency::Dollars, charts: Charts::One(sizes(rows)) }
    }

    const README_LINK: &str = "gAAAAQACAAQABsAL;ZooQR4yvkUa/pQRGRC5zRaADHUVjOftE;QdWhOEMkoziDT5Q4xhiIOMYYiDi6RNc4";

    /// Fragments that the tool itself made, with the numbers they hold in 32-bit precision.
    fn vectors() -> [(&'static str, Vec<Numbers>); 3] {
        let single = |value: f32| f64::from(value);
        let readme = [
            (128, 37002.3984375, 7.717e-5_f32),
            (256, 18647.7734375, 7.779e-5),
            (512, 8489.4365234375, 7.072e-5),
            (1024, 3890.8916015625, 6.490e-5),
            (1536, 2512.2265625, 6.490e-5),
            (3008, 2009.7933349609375, 1.026e-4),
        ];
        [
            ("gAAAAQ==;AEBIQwAAyUI=;zQJMNJW/VjQ=", vec![(128, 200.25, single(1.9e-7)), (256, 100.5, single(2e-7))]),
            ("AQACAAMA;AAAAQAAAAEAAAIA/;AABAQAAAAEAAAABA", vec![(1, 2.0, 3.0), (2, 2.0, 2.0), (3, 1.0, 2.0)]),
            (README_LINK, readme.map(|(memory_mb, duration_ms, cost)| (memory_mb, duration_ms, single(cost))).to_vec()),
        ]
    }

    #[test]
    fn links_of_the_tool_are_read_exactly() {
        for (fragment, rows) in vectors() {
            let Charts::One(read) = ChartLink::read(fragment).unwrap().charts else { panic!("{fragment}") };
            assert_eq!(read.len(), rows.len());
            for (size, expected) in read.iter().zip(sizes(&rows)) {
                assert_eq!(
                    (size.memory, size.average_duration_ms),
                    (expected.memory, expected.average_duration_ms),
                    "{fragment}"
                );
                // The README's costs are printed with four digits.
                assert!((size.average_cost / expected.average_cost - 1.0).abs() < 1e-3, "{fragment}: {size:?}");
            }
        }
    }

    #[test]
    fn what_was_read_is_written_byte_for_byte() {
        for (fragment, _) in vectors() {
            let link = ChartLink::read(fragment).unwrap();
            assert_eq!(link.to_url(DEFAULT_CHART_PAGE).unwrap(), format!("https://lambda-power-tuning.show/#{fragment}"));
        }
    }

    #[test]
    fn numbers_are_written_as_the_tool_writes_them() {
        let link = one(&[(256, 100.5, 2e-7), (64, 0.0, 0.0), (512, f64::NAN, 1.0), (128, 200.25, 1.9e-7)]);
        assert_eq!(link.to_url("https://chart/").unwrap(), "https://chart/#gAAAAQ==;AEBIQwAAyUI=;zQJMNJW/VjQ=");
        let (fragment, rows) = vectors()[1].clone();
        assert_eq!(one(&rows).to_url("").unwrap(), format!("#{fragment}"));
    }

    #[test]
    fn the_currency_stands_before_the_numbers() {
        for (region, currency, query) in [
            ("cn-north-1", Currency::Yuan, "?currency=CNY"),
            ("cn-northwest-1", Currency::Yuan, "?currency=CNY"),
            ("eu-west-1", Currency::Dollars, ""),
            ("", Currency::Dollars, ""),
        ] {
            assert_eq!(Currency::of_region(region), currency);
            let url = ChartLink { currency, ..one(&[(1, 2.0, 3.0)]) }.to_url("https://chart/").unwrap();
            assert_eq!(url, format!("https://chart/{query}#AQA=;AAAAQA==;AABAQA=="));
            assert_eq!(ChartLink::read(&url).unwrap().currency, currency);
        }
        assert_eq!(ChartLink::read("https://chart/?a=1&currency=CNY#AQA=;AAAAQA==;AABAQA==").unwrap().currency, Currency::Yuan);
    }

    #[test]
    fn a_comparison_has_two_curves_and_their_names() {
        let first = NamedCurve { name: "x86; old".to_owned(), sizes: sizes(&[(1, 2.0, 3.0)]) };
        let second = NamedCurve { name: "größer".to_owned(), sizes: sizes(&[(2, 1.0, 2.0)]) };
        let link = ChartLink { currency: Currency::Dollars, charts: Charts::Two(Box::new([first, second])) };
        let url = link.to_url("https://chart/").unwrap();
        assert_eq!(url, "https://chart/#AQA=;AAAAQA==;AABAQA==;AgA=;AACAPw==;AAAAQA==;x86%3B%20old;gr%C3%B6%C3%9Fer");
        for text in [url.clone(), format!("{url};")] {
            assert_eq!(ChartLink::read(&text), Ok(link.clone()));
        }
    }

    #[test]
    fn a_link_may_have_suffered_on_its_way() {
        let fragment = "gAAAAQ==;AEBIQwAAyUI=;zQJMNJW/VjQ=";
        let expected = ChartLink::read(fragment).unwrap();
        for text in [
            format!("  https://lambda-power-tuning.show/#{fragment}\n"),
            format!("#{fragment}"),
            format!("{fragment};"),
            fragment.replace('=', ""),
            fragment.replace('/', "_").replace('+', "-"),
            fragment.replace('=', "%3D").replace('/', "%2f"),
            fragment.replace('=', "%3D").replace('/', "%2F").replace(';', "%3B"),
        ] {
            assert_eq!(ChartLink::read(&text), Ok(expected.clone()), "{text}");
        }
        let url_safe = ChartLink::read("-_8=;AACAPw==;AACAPw==").unwrap_err().to_string();
        assert!(url_safe.contains("-5 MB"), "0xFFFB: {url_safe}");
        let encoded = ChartLink::read("%2BP8=;AACAPw==;AACAPw==").unwrap_err().to_string();
        assert!(encoded.contains("-8 MB"), "0xFFF8: {encoded}");
    }

    #[test]
    fn a_damaged_link_says_where_and_why() {
        let base64 = |value: f32| STANDARD.encode(value.to_le_bytes());
        let durations = |value: f32| format!("gAA=;{};AACAPw==", base64(value));
        let costs = |value: f32| format!("gAA=;AACAPw==;{}", base64(value));
        for (text, part) in [
            (String::new(), "no part after #"),
            ("https://lambda-power-tuning.show/".to_owned(), "no part after #"),
            ("https://lambda-power-tuning.show/#".to_owned(), "no part after #"),
            ("gAA=;AACAPw==".to_owned(), "has 2 parts after #, but must have 3, or 8"),
            ("gAA=;AACAPw==;AACAPw==;gAA=".to_owned(), "has 4 parts"),
            ("gAA=;AACAPw==;AACAPw==;;".to_owned(), "has 5 parts"),
            ("gAAAAQ==;AACAPw==;AACAPw==".to_owned(), "has 2 memory sizes, 1 durations and 1 costs"),
            (";;".to_owned(), "no memory size was measured"),
            ("g!A=;AACAPw==;AACAPw==".to_owned(), "the memory sizes of the chart link: no base64"),
            ("gAA=;AACAPw=;AACA".to_owned(), "the costs of the chart link: 3 bytes are not a whole number of elements of 4"),
            ("gA==;AACAPw==;AACAPw==".to_owned(), "the memory sizes of the chart link: 1 bytes"),
            ("gAA=;%A;AACAPw==".to_owned(), "the durations of the chart link: a percent sign"),
            ("AAA=;AACAPw==;AACAPw==".to_owned(), "0 MB is not a memory size"),
            (durations(f32::NAN), "the durations of the chart link: NaN ms"),
            (durations(f32::INFINITY), "inf ms is not a duration"),
            (durations(0.0), "0 ms is not a duration"),
            (durations(-1.0), "-1 ms is not a duration"),
            (durations(1e30), "ms is not a duration (more than 0, up to a day)"),
            (costs(f32::NAN), "the costs of the chart link: NaN"),
            (costs(-1e-9), "is not what a call costs"),
            (costs(1e7), "is not what a call costs"),
            (format!("gAA=;AACAPw==;AACAPw==;{};a;b", costs(-1.0)), "the costs of the second curve of the chart link"),
            ("gAA=;AACAPw==;AACAPw==;gAA=;AACAPw==;AACAPw==;a;%".to_owned(), "the second name of the chart link"),
        ] {
            let error = ChartLink::read(&text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_a_link_cannot_hold_is_not_written() {
        for (rows, part) in [
            (&[][..], "no memory size was measured"),
            (&[(128, 0.0, 1.0)][..], "no memory size was measured"),
            (&[(40_000, 1.0, 1.0)][..], "40,000 MB does not fit (up to 32767 MB)"),
            (&[(128, 1e300, 1.0)][..], "inf ms is not a duration"),
            (&[(128, 1.0, f64::NAN)][..], "NaN is not what a call costs"),
        ] {
            let error = one(rows).to_url("").unwrap_err().to_string();
            assert!(error.contains(part), "{rows:?}: {error}");
        }
    }

    fn curve_in_single_precision() -> impl Strategy<Value = Vec<SizeAverage>> {
        let row = (1..=32_767_u32, 1e-3..1e6_f32, 0.0..1.0_f32);
        prop::collection::vec(row, 1..30).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.0);
            sizes(&rows.into_iter().map(|(memory, duration, cost)| (memory, duration.into(), cost.into())).collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(first in curve_in_single_precision(), second in curve_in_single_precision(), names: [String; 2], yuan: bool) {
            let currency = if yuan { Currency::Yuan } else { Currency::Dollars };
            let single = ChartLink { currency, charts: Charts::One(first.clone()) };
            prop_assert_eq!(ChartLink::read(&single.to_url(DEFAULT_CHART_PAGE).unwrap()), Ok(single));
            let [name, other_name] = names;
            let curves = [NamedCurve { name, sizes: first }, NamedCurve { name: other_name, sizes: second }];
            let comparison = ChartLink { currency, charts: Charts::Two(Box::new(curves)) };
            prop_assert_eq!(ChartLink::read(&comparison.to_url(DEFAULT_CHART_PAGE).unwrap()), Ok(comparison));
        }

        #[test]
        fn any_text_is_a_link_or_an_error(text in ".{0,80}|[A-Za-z0-9+/=%;#]{0,80}") {
            if let Ok(link) = ChartLink::read(&text) {
                prop_assert!(link.to_url("").is_ok(), "{}", text);
            }
        }
    }
}
