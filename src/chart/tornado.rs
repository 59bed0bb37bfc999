//! The figure of what a monthly cost depends on most: one bar for each uncertain input, from the cost at its low value to the
//! cost at its high value, all others as expected.
//!
//! The axis does not begin at zero: what is compared is how far the bars reach from the expected cost. The low end of an input
//! is an empty bar and the high end a filled one, because a cost may fall when an input rises.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Letters, Pen};
use super::page::{FOOT, Page, Plot, corners, widest};
use super::quantity::money_label;
use super::style::{self, named, text_width, wrapped};
use super::theme::Colors;
use super::{Caption, ChartError, MOST_USD, Theme, words};

/// How a monthly cost follows its inputs.
///
/// ```
/// use millicent::chart::{Caption, Swing, SwingEnd, Theme, TornadoFigure};
///
/// let end = |label: &str, monthly_cost_usd| SwingEnd { label: label.to_owned(), monthly_cost_usd };
/// let figure = TornadoFigure {
///     caption: Caption { title: "Traffic decides".to_owned(), ..Caption::default() },
///     expected_monthly_cost_usd: 85.33,
///     low_name: "10th percentile".to_owned(),
///     high_name: "90th percentile".to_owned(),
///     inputs: vec![Swing {
///         name: "requests".to_owned(),
///         remark: "Fargate is cheaper above 12M".to_owned(),
///         low: end("6M", 51.2),
///         high: end("18M", 153.6),
///     }],
/// };
/// assert!(figure.svg(Theme::Light)?.contains("18M"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TornadoFigure {
    /// The words around it.
    pub caption: Caption,
    /// The cost with every input as expected.
    pub expected_monthly_cost_usd: f64,
    /// What the low value of an input is: "10th percentile".
    pub low_name: String,
    /// What the high value of an input is: "90th percentile".
    pub high_name: String,
    /// The inputs, twenty at most, the widest bar first.
    pub inputs: Vec<Swing>,
}

/// One input.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    /// The input.
    pub name: String,
    /// What to know of it, such as where the decision flips; may be empty.
    pub remark: String,
    /// At its low value.
    pub low: SwingEnd,
    /// At its high value.
    pub high: SwingEnd,
}

/// One end of a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct SwingEnd {
    /// The value of the input: "120 ms".
    pub label: String,
    /// The cost with it.
    pub monthly_cost_usd: f64,
}

const MOST_INPUTS: usize = 20;
const NAME_WIDTH: f64 = 230.0;
const NAME_ROW: f64 = 15.0;
const END_WIDTH: f64 = 150.0;
const ROW: f64 = 46.0;
const LEAST_ROW: f64 = 34.0;
const COMFORTABLE_ROWS: usize = 10;
const BAR: f64 = 26.0;
/// High enough for a label at its end.
const HALF_BAR: f64 = 14.0;
/// Between a bar and the label at its end.
const ASIDE: f64 = 6.0;

impl TornadoFigure {
    /// The figure as SVG, 960 wide and as high as its bars need.
    ///
    /// # Errors
    /// When there is no input or there are more than twenty, or a cost is negative or not finite.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let layout = Layout::of(self, colors);
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| layout.draw(canvas, colors, self))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.inputs.is_empty() {
            return Err(ChartError::Nothing { what: "input" });
        }
        if MOST_INPUTS < self.inputs.len() {
            return Err(ChartError::TooMany { what: "inputs", count: self.inputs.len(), most: MOST_INPUTS });
        }
        let ends = self.inputs.iter().flat_map(|input| [(&input.name, &input.low), (&input.name, &input.high)]);
        let costs = ends.map(|(name, end)| (name.as_str(), end.monthly_cost_usd));
        let wrong =
            costs.chain([("expected", self.expected_monthly_cost_usd)]).find(|(_, cost)| !(0.0..=MOST_USD).contains(cost));
        wrong.map_or(Ok(()), |(name, value)| {
            Err(ChartError::Value { what: "monthly cost", name: name.to_owned(), value, least: 0.0, most: MOST_USD })
        })
    }

    fn marks_in_words(&self) -> String {
        let end = |end: &SwingEnd| format!("{} at {}", words::monthly(end.monthly_cost_usd), end.label);
        let input = |input: &Swing| format!("{}: {}, {}. {}", input.name, end(&input.low), end(&input.high), input.remark);
        let inputs: Vec<String> = self.inputs.iter().map(input).collect();
        format!("Expected monthly cost {}. {}", words::monthly(self.expected_monthly_cost_usd), inputs.join(" "))
    }
}

/// Where the bars are.
struct Layout {
    page: Page,
    plot: Plot,
    across: Axis,
    row: f64,
    heading_y: f64,
}

/// The label at an end of a bar.
fn end_label(end: &SwingEnd) -> String {
    let label = wrapped(&end.label, END_WIDTH, style::NOTE_SIZE, false, 1).concat();
    format!("{label}: {}", words::monthly(end.monthly_cost_usd))
}

impl Layout {
    fn of(figure: &TornadoFigure, colors: &Colors) -> Self {
        let expected = figure.expected_monthly_cost_usd;
        let ends = || figure.inputs.iter().flat_map(|input| [&input.low, &input.high]);
        let costs = || ends().map(|end| end.monthly_cost_usd).chain([expected]);
        let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
        // Inputs without influence leave a range without width.
        let pad = if low < high { 0.0 } else { (expected / 10.0).max(1.0) };
        let across = Axis::linear((low - pad).max(0.0), high + pad, 7, money_label);

        let widest_end = |is_right: bool| {
            let labels: Vec<String> =
                ends().filter(|end| is_right == (expected <= end.monthly_cost_usd)).map(end_label).collect();
            widest(labels.iter().map(String::as_str), colors.note()) + ASIDE + 4.0
        };
        let names: Vec<String> = figure.inputs.iter().flat_map(Swing::words).map(|(line, _)| line).collect();
        let row = if figure.inputs.len() <= COMFORTABLE_ROWS { ROW } else { LEAST_ROW };
        let (above, bars) = (52.0, row * figure.inputs.len() as f64);
        let page = Page::around(&figure.caption, "", above + bars + FOOT);
        let top = page.top + above;
        let plot = Plot {
            left: style::PAGE_MARGIN + widest(names.iter().map(String::as_str), colors.label()) + 12.0 + widest_end(false),
            right: style::WIDTH - style::PAGE_MARGIN - widest_end(true),
            top,
            bottom: top + bars,
        };
        Self { heading_y: page.top + 16.0, page, plot, across, row }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &TornadoFigure) {
        self.plot.columns(canvas, colors, &self.across);
        let from_zero = if 0.0 < self.across.low { " (the axis does not begin at zero)" } else { "" };
        self.plot.foot(canvas, colors, &self.across, (self.plot.bottom + 16.0, &format!("Cost of a month{from_zero}")));
        self.legend(canvas, colors, figure);
        for (index, input) in figure.inputs.iter().enumerate() {
            let y = self.plot.top + self.row * (index as f64 + 0.5);
            self.name(canvas, colors, input, y);
            self.bar(canvas, colors, (input, figure.expected_monthly_cost_usd), y);
        }
        let x = self.plot.x(&self.across, figure.expected_monthly_cost_usd);
        let expected = format!("expected: {}", words::monthly(figure.expected_monthly_cost_usd));
        canvas.line((x, self.plot.top - 4.0), (x, self.plot.bottom), Pen { color: colors.ink, width: style::STROKE });
        let half = text_width(&expected, style::LABEL_SIZE, true) / 2.0;
        let center = x.clamp(style::PAGE_MARGIN + half, style::WIDTH - style::PAGE_MARGIN - half);
        canvas.text(&expected, (center, self.plot.top - 13.0), Align::Middle, colors.strong_label());
    }

    fn legend(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &TornadoFigure) {
        let mut x = style::PAGE_MARGIN;
        for (name, is_high) in [(&figure.low_name, false), (&figure.high_name, true)] {
            let name = format!("with the input at its {}", wrapped(name, END_WIDTH, style::LABEL_SIZE, false, 1).concat());
            swing(canvas, colors, (x, x + 24.0), (self.heading_y - 7.0, self.heading_y + 7.0), is_high);
            canvas.text(&name, (x + 32.0, self.heading_y), Align::Start, colors.label());
            x += 32.0 + text_width(&name, style::LABEL_SIZE, false) + 24.0;
        }
    }

    fn name(&self, canvas: &mut Canvas<'_>, colors: &Colors, input: &Swing, y: f64) {
        let lines = input.words();
        let first = y - NAME_ROW * (lines.len() as f64 - 1.0) / 2.0;
        for (index, (line, is_remark)) in lines.iter().enumerate() {
            let letters = if *is_remark { colors.note() } else { colors.label() };
            canvas.text(line, (style::PAGE_MARGIN, first + NAME_ROW * index as f64), Align::Start, letters);
        }
    }

    /// Each end has the whole height of the bar, unless both are on one side of what is expected.
    fn bar(&self, canvas: &mut Canvas<'_>, colors: &Colors, (input, expected): (&Swing, f64), y: f64) {
        let is_right = |end: &SwingEnd| expected <= end.monthly_cost_usd;
        let shares_side = is_right(&input.low) == is_right(&input.high);
        for (end, is_high) in [(&input.low, false), (&input.high, true)] {
            let (top, bottom) = match (shares_side, is_high) {
                (false, _) => (y - BAR / 2.0, y + BAR / 2.0),
                (true, false) => (y - HALF_BAR - 1.0, y - 1.0),
                (true, true) => (y + 1.0, y + HALF_BAR + 1.0),
            };
            let (from, to) = (self.plot.x(&self.across, expected), self.plot.x(&self.across, end.monthly_cost_usd));
            swing(canvas, colors, (from.min(to), from.max(to)), (top, bottom), is_high);
            let letters = Letters { color: colors.ink, ..colors.note() };
            let (at, align) = if is_right(end) { (to + ASIDE, Align::Start) } else { (to - ASIDE, Align::End) };
            canvas.text(&end_label(end), (at, (top + bottom) / 2.0), align, letters);
        }
    }
}

/// Half of a bar.
fn swing(canvas: &mut Canvas<'_>, colors: &Colors, across: (f64, f64), down: (f64, f64), is_high: bool) {
    let color = colors.series[0];
    if is_high {
        canvas.area(&corners(across, down), color, 1.0);
    } else {
        canvas.hollow(&corners(across, down), Pen { color, width: style::STROKE });
    }
}

impl Swing {
    /// The lines beside the bar, and which of them is the remark; there is room for two.
    fn words(&self) -> Vec<(String, bool)> {
        let remark = wrapped(&self.remark, NAME_WIDTH, style::NOTE_SIZE, false, 1).into_iter().map(|line| (line, true));
        let name = named(&self.name, NAME_WIDTH, 2 - remark.len()).into_iter().map(|line| (line, false));
        name.chain(remark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::legible;
    use super::*;
    use proptest::prelude::*;

    fn figure(expected_monthly_cost_usd: f64, ends: &[(f64, f64)]) -> TornadoFigure {
        let end = |label: &str, monthly_cost_usd| SwingEnd { label: label.to_owned(), monthly_cost_usd };
        let input = |(low, high): &(f64, f64)| Swing {
            name: "duration".to_owned(),
            remark: "Fargate is cheaper above 143 ms".to_owned(),
            low: end("120 ms", *low),
            high: end("480 ms", *high),
        };
        TornadoFigure {
            caption: Caption::default(),
            expected_monthly_cost_usd,
            low_name: "10th percentile".to_owned(),
            high_name: "90th percentile".to_owned(),
            inputs: ends.iter().map(input).collect(),
        }
    }

    #[test]
    fn both_ends_are_named_also_when_they_are_on_one_side() {
        for (low, high) in [(50.0, 120.0), (120.0, 50.0), (110.0, 120.0), (100.0, 100.0), (0.0, 100.0)] {
            let svg = figure(100.0, &[(low, high)]).svg(Theme::Light).unwrap();
            legible::check(&svg);
            assert!(svg.contains(&format!("\n120 ms: {}\n", words::monthly(low))), "{low}");
            assert!(svg.contains(&format!("\n480 ms: {}\n", words::monthly(high))), "{high}");
            assert!(svg.contains("\nexpected: $100.00\n"));
            assert_eq!(svg.contains("does not begin at zero"), 0.0 < low, "{low}");
        }
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(1.0, &[]).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        assert!(matches!(figure(1.0, &[(1.0, 2.0); 21]).svg(Theme::Light), Err(ChartError::TooMany { count: 21, .. })));
        for (expected, low) in [(f64::NAN, 1.0), (1.0, -1.0), (1.0, f64::INFINITY)] {
            assert!(matches!(figure(expected, &[(low, 1.0)]).svg(Theme::Light), Err(ChartError::Value { .. })));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_swings_make_a_figure_that_can_be_read(
            expected in 0.0..1e6_f64,
            inputs in prop::collection::vec((0.0..1e6_f64, 0.0..1e6_f64, ".{0,90}", ".{0,90}", ".{0,40}"), 1..21),
        ) {
            let mut figure = figure(expected, &inputs.iter().map(|input| (input.0, input.1)).collect::<Vec<_>>());
            for (input, (_, _, name, remark, label)) in figure.inputs.iter_mut().zip(inputs) {
                (input.name, input.remark, input.low.label) = (name, remark, label);
            }
            legible::check(&figure.svg(Theme::Dark).unwrap());
        }
    }
}
