//! The power-tuning figure: duration above, cost below, over one axis of memory.
//!
//! Two panels and not two axes in one: which of two curves a mark belongs to is then no question. The memory axis is
//! logarithmic, because sizes are chosen by doubling. Each kind of mark has its own shape: dots are means, whiskers and
//! the band their intervals, diamonds 95th percentiles, the ring is the chosen size, the square the current one, a cross
//! is a size that failed.

mod ink;
mod layout;
mod words;

use super::ChartError;
use super::canvas::draw_svg;
use super::style;
use super::theme::Theme;
use crate::units::MemoryMb;

/// An estimated number with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub point: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What was measured at one memory size.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredSize {
    /// The size.
    pub memory: MemoryMb,
    /// Mean duration of an invocation.
    pub duration_ms: Interval,
    /// The duration that 95 of 100 invocations stay below.
    pub p95_ms: Option<f64>,
    /// Mean cost of a million invocations.
    pub cost_per_million_usd: Interval,
    /// How many invocations the means are of.
    pub invocations: u32,
}

/// A memory size at which the function does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSize {
    /// The size.
    pub memory: MemoryMb,
    /// Why, in two or three words: "out of memory", "timeout".
    pub reason: String,
}

/// A point of the fitted duration with its band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// At this memory.
    pub memory_mb: f64,
    /// The duration that the fit says.
    pub duration_ms: f64,
    /// The lower edge of the band.
    pub low_ms: f64,
    /// The upper edge of the band.
    pub high_ms: f64,
}

/// What a power-tuning figure shows. Every number is final: the figure gives it a place and a label, nothing else.
///
/// ```
/// use millicent::chart::{Interval, MeasuredSize, Theme, TuningFigure};
/// use millicent::units::MemoryMb;
///
/// let size = |megabytes, duration_ms: f64, usd: f64| MeasuredSize {
///     memory: MemoryMb::new(megabytes),
///     duration_ms: Interval { point: duration_ms, low: duration_ms - 9.0, high: duration_ms + 9.0 },
///     p95_ms: None,
///     cost_per_million_usd: Interval { point: usd, low: usd - 0.1, high: usd + 0.1 },
///     invocations: 50,
/// };
/// let figure = TuningFigure {
///     title: "resize-image: which memory size?".to_owned(),
///     subtitle: "us-east-1, arm64".to_owned(),
///     sizes: vec![size(512, 400.0, 2.87), size(1024, 210.0, 3.0)],
///     failed: Vec::new(),
///     curve: Vec::new(),
///     chosen: Some(MemoryMb::new(512)),
///     current: None,
///     footnote: "Prices of 2026-01-15.".to_owned(),
/// };
/// assert!(figure.svg(Theme::Light)?.starts_with("<svg"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TuningFigure {
    /// The headline; two lines at most are shown.
    pub title: String,
    /// What was measured, where and when; two lines at most are shown.
    pub subtitle: String,
    /// What was measured, in any order.
    pub sizes: Vec<MeasuredSize>,
    /// Where nothing could be measured.
    pub failed: Vec<FailedSize>,
    /// The fitted duration; empty when there is no fit. In any order.
    pub curve: Vec<CurvePoint>,
    /// The recommended size.
    pub chosen: Option<MemoryMb>,
    /// The size that the function has now.
    pub current: Option<MemoryMb>,
    /// What else the reader must know, such as the date of the prices; three lines at most are shown.
    pub footnote: String,
}

/// Numbers that have a place on an axis: no duration, cost or memory of this world is outside.
const LEAST: f64 = 1e-9;
const MOST: f64 = 1e12;

impl TuningFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When nothing was measured, or a number is not finite or absurd.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let (layout, colors) = (layout::Layout::of(self), theme.colors());
        draw_svg((&self.title, &words::description(self)), style::HEIGHT, colors, |canvas| {
            ink::draw(canvas, colors, self, &layout)
        })
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.sizes.is_empty() {
            return Err(ChartError::NoMeasurement);
        }
        for size in &self.sizes {
            let memory_mb = size.memory.statistic();
            check_interval("duration", memory_mb, size.duration_ms, LEAST)?;
            // Within a free allowance, a million invocations cost nothing.
            check_interval("cost", memory_mb, size.cost_per_million_usd, 0.0)?;
            check_number("95th percentile", memory_mb, size.p95_ms.unwrap_or(LEAST), LEAST)?;
        }
        let failed = self.failed.iter().map(|failed| failed.memory);
        for memory in self.sizes.iter().map(|size| size.memory).chain(failed).chain(self.chosen).chain(self.current) {
            check_number("memory size", memory.statistic(), memory.statistic(), 1.0)?;
        }
        for point in &self.curve {
            check_number("memory of the curve", point.memory_mb, point.memory_mb, 1.0)?;
            check_number("fitted duration", point.memory_mb, point.duration_ms, LEAST)?;
            check_number("lower edge of the band", point.memory_mb, point.low_ms, -MOST)?;
            check_number("upper edge of the band", point.memory_mb, point.high_ms, -MOST)?;
        }
        Ok(())
    }
}

fn check_interval(what: &'static str, memory_mb: f64, interval: Interval, least: f64) -> Result<(), ChartError> {
    check_number(what, memory_mb, interval.point, least)?;
    // An interval made by a normal approximation may reach below zero.
    check_number(what, memory_mb, interval.low, -MOST)?;
    check_number(what, memory_mb, interval.high, -MOST)
}

fn check_number(what: &'static str, memory_mb: f64, value: f64, least: f64) -> Result<(), ChartError> {
    if (least..=MOST).contains(&value) { Ok(()) } else { Err(ChartError::Number { what, memory_mb, value, least, most: MOST }) }
}

#[cfg(test)]
mod tests {
    use super::super::png;
    use super::*;
    use proptest::prelude::*;

    fn memory(megabytes: u32) -> MemoryMb {
        MemoryMb::new(megabytes)
    }

    /// A function with so much waiting and so much work, on a platform that gives a vCPU at 1,769 MB.
    fn duration_ms(memory_mb: f64, wait_ms: f64, work_ms: f64) -> f64 {
        wait_ms + work_ms * 1769.0 / memory_mb.min(1769.0)
    }

    fn size(megabytes: u32, wait_ms: f64, work_ms: f64) -> MeasuredSize {
        let duration = duration_ms(f64::from(megabytes), wait_ms, work_ms);
        let cost = 0.2 + duration * f64::from(megabytes) / 1024.0 * 0.0166667;
        MeasuredSize {
            memory: memory(megabytes),
            duration_ms: Interval { point: duration, low: duration * 0.95, high: duration * 1.06 },
            p95_ms: Some(duration * 1.3),
            cost_per_million_usd: Interval { point: cost, low: cost * 0.95, high: cost * 1.06 },
            invocations: 100,
        }
    }

    fn figure(sizes: &[u32], wait_ms: f64, work_ms: f64) -> TuningFigure {
        TuningFigure {
            title: "resize-image: 1,024 MB is the cheapest size within 300 ms".to_owned(),
            subtitle: "us-east-1, arm64, measured on the deployed function with the payload of production".to_owned(),
            sizes: sizes.iter().map(|megabytes| size(*megabytes, wait_ms, work_ms)).collect(),
            failed: Vec::new(),
            curve: Vec::new(),
            chosen: sizes.get(sizes.len() / 2).copied().map(memory),
            current: sizes.last().copied().map(memory),
            footnote: "Prices of 2026-01-15 without free tier.".to_owned(),
        }
    }

    fn with_curve(mut figure: TuningFigure, wait_ms: f64, work_ms: f64) -> TuningFigure {
        let measured = || figure.sizes.iter().map(|size| size.memory.statistic());
        let (low, high) = (measured().fold(f64::INFINITY, f64::min), measured().fold(0.0, f64::max));
        let point = |index: u32| {
            let memory_mb = low * (high / low).powf(f64::from(index) / 200.0);
            let duration_ms = duration_ms(memory_mb, wait_ms, work_ms);
            CurvePoint { memory_mb, duration_ms, low_ms: duration_ms * 0.92, high_ms: duration_ms * 1.09 }
        };
        figure.curve = (0..=200).map(point).collect();
        figure
    }

    fn failed(megabytes: u32, reason: &str) -> FailedSize {
        FailedSize { memory: memory(megabytes), reason: reason.to_owned() }
    }

    fn dots(svg: &str, color: plotters::style::RGBColor) -> usize {
        let fill = format!("fill=\"#{:02X}{:02X}{:02X}\"", color.0, color.1, color.2);
        svg.lines().filter(|line| line.starts_with("<circle") && line.contains(&fill)).count()
    }

    fn well_formed(svg: &str) {
        resvg::usvg::roxmltree::Document::parse(svg).unwrap();
        for word in ["NaN", "inf", "-2147483648", "2147483647"] {
            assert!(!svg.lines().any(|line| line.starts_with('<') && line.contains(word)), "{word}");
        }
    }

    #[test]
    fn every_size_has_one_dot_in_each_panel() {
        let figure = with_curve(figure(&[128, 512, 1024, 1769, 10_240], 40.0, 180.0), 40.0, 180.0);
        let svg = figure.svg(Theme::Light).unwrap();
        well_formed(&svg);
        // One more is the sample in the legend.
        assert_eq!((dots(&svg, style::BLUE), dots(&svg, style::GREEN)), (5 + 1, 5 + 1));
        assert!(svg.contains("1,024 MB, 351 ms, $6.05 per million"), "{svg}");
    }

    #[test]
    fn the_picture_is_twice_the_figure_and_the_same_every_time() {
        let figure = figure(&[512, 1024, 2048], 40.0, 180.0);
        let svg = figure.svg(Theme::Light).unwrap();
        let picture = png(&svg, 2.0).unwrap();
        assert_eq!(picture[..8], [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        let side = |from: usize| u32::from_be_bytes(picture[from..from + 4].try_into().unwrap());
        assert_eq!((side(16), side(20)), (1920, 1440));
        assert_eq!(svg, figure.svg(Theme::Light).unwrap());
        assert_eq!(picture, png(&svg, 2.0).unwrap());
    }

    #[test]
    fn it_can_be_heard_and_carries_any_text() {
        let mut figure = figure(&[512, 1024], 40.0, 180.0);
        figure.title = "a < b & \u{1} \u{FFFF} c".to_owned();
        figure.failed = vec![failed(128, "<exit & \"error\">")];
        figure.current = Some(memory(128));
        let svg = figure.svg(Theme::Light).unwrap();
        let document = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
        let text = |name: &str| document.descendants().find(|node| node.has_tag_name(name)).unwrap().text().unwrap();
        assert_eq!(text("title"), "a < b &     c");
        assert!(text("desc").contains("512 MB, 662 ms, $5.72 per million; 1,024 MB, 351 ms"), "{}", text("desc"));
        assert!(text("desc").contains("Current: 128 MB, failed (<exit & \"error\">)."), "{}", text("desc"));
        assert_eq!(document.root_element().attribute("width"), Some("960"));
        assert_eq!(document.root_element().attribute("viewBox"), Some("0 0 7680 5760"));
    }

    #[test]
    fn what_has_no_place_on_an_axis_is_refused() {
        assert_eq!(figure(&[], 1.0, 1.0).svg(Theme::Light), Err(ChartError::NoMeasurement));
        let mut without_memory = figure(&[512], 1.0, 1.0);
        without_memory.current = Some(memory(0));
        assert!(matches!(without_memory.svg(Theme::Light), Err(ChartError::Number { what: "memory size", .. })));
        for wrong in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300] {
            let mut figure = figure(&[512, 1024], 1.0, 1.0);
            figure.sizes[1].duration_ms.point = wrong;
            let error = figure.svg(Theme::Light).unwrap_err().to_string();
            assert!(error.starts_with("the duration at 1024 MB cannot be drawn"), "{error}");
        }
    }

    fn any_size() -> impl Strategy<Value = MeasuredSize> {
        let interval = |exponents: std::ops::Range<i32>| {
            (exponents, 1.0..10.0_f64, -2.0..1.0_f64, 1.0..50.0_f64).prop_map(|(exponent, digit, low, high)| {
                let point = digit * 10.0_f64.powi(exponent);
                Interval { point, low: point * low, high: point * high }
            })
        };
        let megabytes = prop_oneof![1_u32..=u32::MAX, 128_u32..=10_240];
        (megabytes, interval(-9..9), prop::option::of(1e-9..1e9_f64), interval(-9..9), 0_u32..=u32::MAX).prop_map(
            |(megabytes, duration_ms, p95_ms, cost_per_million_usd, invocations)| MeasuredSize {
                memory: memory(megabytes),
                duration_ms,
                p95_ms,
                cost_per_million_usd,
                invocations,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_numbers_make_a_figure_with_all_of_them(
            sizes in prop::collection::vec(any_size(), 1..41),
            texts in (".{0,400}", ".{0,80}"),
            marked in (prop::option::of(1_u32..20_000), prop::option::of(1_u32..20_000)),
            broken in prop::collection::vec(1_u32..20_000, 0..12),
            curve in prop::collection::vec((1.0..1e5_f64, 1e-9..1e9_f64, -1e9..1e9_f64, -1e9..1e9_f64), 0..20),
        ) {
            let figure = TuningFigure {
                title: texts.0.clone(),
                subtitle: texts.0.clone(),
                failed: broken.iter().map(|megabytes| failed(*megabytes, &texts.1)).collect(),
                curve: curve
                    .into_iter()
                    .map(|(memory_mb, duration_ms, low_ms, high_ms)| CurvePoint { memory_mb, duration_ms, low_ms, high_ms })
                    .collect(),
                chosen: marked.0.map(memory),
                current: marked.1.map(memory),
                footnote: texts.0,
                sizes,
            };
            let svg = figure.svg(Theme::Light).unwrap();
            well_formed(&svg);
            prop_assert_eq!(dots(&svg, style::BLUE), figure.sizes.len() + 1);
            let layout = layout::Layout::of(&figure);
            prop_assert!(layout.duration.top + 100.0 < layout.duration.bottom, "{layout:?}");
            prop_assert!(layout.cost.top + 80.0 < layout.cost.bottom, "{layout:?}");
            for callout in &layout.callouts {
                let width = style::text_width(&callout.text, style::LABEL_SIZE, callout.is_chosen);
                prop_assert!(callout.center.0 + width / 2.0 <= layout.right, "{callout:?}");
            }
            let width = |label: &layout::AxisLabel| style::text_width(&label.text, style::LABEL_SIZE, label.is_chosen);
            let mut labels: Vec<_> = layout.memory_labels.iter().map(|label| (label.x, width(label))).collect();
            labels.sort_by(|one, other| one.0.total_cmp(&other.0));
            for pair in labels.windows(2) {
                prop_assert!(pair[0].0 + pair[0].1 / 2.0 < pair[1].0 - pair[1].1 / 2.0);
            }
        }
    }
}
