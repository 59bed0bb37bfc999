//! The figure of what a bill is made of: one bar for each option, one part of it for each kind of item.
//!
//! The axis is linear and begins at zero, because the length of a part is its cost. Kinds of items are numbered; the numbers
//! stand on the parts that have room for them. A bar without filling belongs to an option that cannot carry the load.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Pen};
use super::legend::{KEY_WIDTH, Legend, area_color, key};
use super::page::{FOOT, Page, Plot, corners, widest};
use super::quantity::money_label;
use super::style::{self, named, wrapped};
use super::theme::Colors;
use super::{Caption, ChartError, MOST_SERIES, MOST_USD, Theme, words};

/// What a month of each option consists of.
///
/// ```
/// use millicent::chart::{Caption, CostItemsFigure, CostStack, Theme};
///
/// let figure = CostItemsFigure {
///     caption: Caption { title: "Duration is most of the bill".to_owned(), ..Caption::default() },
///     items: vec!["requests".to_owned(), "duration".to_owned()],
///     options: vec![CostStack {
///         name: "Lambda".to_owned(),
///         remark: String::new(),
///         monthly_cost_usd: vec![0.2, 8.33],
///         is_feasible: true,
///     }],
/// };
/// assert!(figure.svg(Theme::Light)?.contains("$8.53"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CostItemsFigure {
    /// The words around it.
    pub caption: Caption,
    /// The kinds of items, twelve at most, in the order in which they stand in the bars.
    pub items: Vec<String>,
    /// The options, twenty-four at most, from the top down.
    pub options: Vec<CostStack>,
}

/// The bar of one option.
#[derive(Debug, Clone, PartialEq)]
pub struct CostStack {
    /// The option.
    pub name: String,
    /// What to know of it, in a few words; may be empty.
    pub remark: String,
    /// What each kind of item costs a month, in the order of the kinds.
    pub monthly_cost_usd: Vec<f64>,
    /// Whether the option can carry the load.
    pub is_feasible: bool,
}

const MOST_OPTIONS: usize = 24;
/// Height of a row and of the bar in it; less where there are many.
const ROW: f64 = 50.0;
const LEAST_ROW: f64 = 30.0;
const COMFORTABLE_ROWS: usize = 10;
const BAR_SHARE: f64 = 0.6;
/// Names are broken to this width; they have a second line where rows are high.
const NAME_WIDTH: f64 = 200.0;
const NAME_ROW: f64 = 14.0;

impl CostItemsFigure {
    /// The figure as SVG, 960 wide and as high as its bars need.
    ///
    /// # Errors
    /// When there is nothing to show or more than can be told apart, a cost is negative or not finite, or an option has not one
    /// cost for each kind.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let layout = Layout::of(self, colors);
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| self.draw(canvas, colors, &layout))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.options.is_empty() || self.items.is_empty() {
            return Err(ChartError::Nothing { what: "option with an item" });
        }
        for (what, count, most) in
            [("kinds of items", self.items.len(), MOST_SERIES), ("options", self.options.len(), MOST_OPTIONS)]
        {
            if most < count {
                return Err(ChartError::TooMany { what, count, most });
            }
        }
        for CostStack { name, monthly_cost_usd, .. } in &self.options {
            let (name, count, expected) = (name.clone(), monthly_cost_usd.len(), self.items.len());
            if count != expected {
                return Err(ChartError::Count { name, count, expected, what: "kind of item" });
            }
            if let Some(value) = monthly_cost_usd.iter().copied().find(|cost| !(0.0..=MOST_USD).contains(cost)) {
                return Err(ChartError::Value { what: "monthly cost", name, value, least: 0.0, most: MOST_USD });
            }
        }
        Ok(())
    }

    fn marks_in_words(&self) -> String {
        let part = |(item, cost): (&String, &f64)| format!("{item} {}", words::monthly(*cost));
        let option = |option: &CostStack| {
            let parts: Vec<String> = self.items.iter().zip(&option.monthly_cost_usd).map(part).collect();
            format!("{}: {} ({}).", option.name, words::monthly(option.total()), parts.join(", "))
        };
        format!("Monthly cost by item. {}", self.options.iter().map(option).collect::<Vec<_>>().join(" "))
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout) {
        layout.legend.draw(canvas, colors);
        layout.plot.columns(canvas, colors, &layout.across);
        layout.plot.foot(canvas, colors, &layout.across, (layout.plot.bottom + 16.0, "Cost of a month"));
        for (index, option) in self.options.iter().enumerate() {
            let y = layout.plot.top + layout.row * (index as f64 + 0.5);
            layout.name(canvas, colors, option, y);
            layout.bar(canvas, colors, option, y);
        }
        let edge = (layout.plot.left, layout.plot.top);
        canvas.line(edge, (layout.plot.left, layout.plot.bottom), colors.frame_pen());
    }
}

impl CostStack {
    /// The lines beside the bar, and which of them is the remark.
    fn words(&self, row: f64) -> Vec<(String, bool)> {
        let most_lines = if row < ROW { 1 } else { 2 };
        let name = named(&self.name, NAME_WIDTH, most_lines).into_iter().map(|line| (line, false));
        let remark = wrapped(&self.remark, NAME_WIDTH, style::NOTE_SIZE, false, 1).into_iter().map(|line| (line, true));
        name.chain(remark).collect()
    }

    /// What the bar is long.
    fn total(&self) -> f64 {
        self.monthly_cost_usd.iter().sum()
    }
}

/// Where the bars are.
struct Layout {
    page: Page,
    legend: Legend,
    plot: Plot,
    across: Axis,
    row: f64,
}

impl Layout {
    fn of(figure: &CostItemsFigure, colors: &Colors) -> Self {
        let totals: Vec<f64> = figure.options.iter().map(CostStack::total).collect();
        let most = totals.iter().copied().fold(0.0, f64::max);
        let total_labels: Vec<String> = totals.iter().map(|total| words::monthly(*total)).collect();
        let total_room = widest(total_labels.iter().map(String::as_str), colors.strong_label()) + 10.0;
        let row = if figure.options.len() <= COMFORTABLE_ROWS { ROW } else { LEAST_ROW };
        let names: Vec<String> = figure.options.iter().flat_map(|option| option.words(row)).map(|(line, _)| line).collect();
        let left = style::PAGE_MARGIN + widest(names.iter().map(String::as_str), colors.label()) + 10.0;

        let hollow = figure.options.iter().any(|option| !option.is_feasible);
        let explained = if hollow { "A bar without filling: the option, as configured, cannot carry the load." } else { "" };
        let edges = (style::PAGE_MARGIN, style::WIDTH - style::PAGE_MARGIN);
        let legend_at = |top: f64| Legend::of(figure.items.iter().map(String::as_str), edges, top);
        let bars = row * figure.options.len() as f64;
        let above = 10.0 + legend_at(0.0).height + 10.0;
        let page = Page::around(&figure.caption, explained, above + bars + FOOT);
        let top = page.top + above;
        Self {
            legend: legend_at(page.top + 10.0),
            plot: Plot { left, right: edges.1 - total_room, top, bottom: top + bars },
            across: Axis::linear(0.0, if 0.0 < most { most } else { 1.0 }, 8, money_label),
            page,
            row,
        }
    }

    fn name(&self, canvas: &mut Canvas<'_>, colors: &Colors, option: &CostStack, y: f64) {
        let lines = option.words(self.row);
        let first = y - NAME_ROW * (lines.len() as f64 - 1.0) / 2.0;
        for (index, (line, is_remark)) in lines.iter().enumerate() {
            let letters = if *is_remark { colors.note() } else { colors.label() };
            canvas.text(line, (self.plot.left - 8.0, first + NAME_ROW * index as f64), Align::End, letters);
        }
    }

    fn bar(&self, canvas: &mut Canvas<'_>, colors: &Colors, option: &CostStack, y: f64) {
        /// Between two parts, so that they are two in gray as well.
        const SEPARATOR: f64 = 1.0;
        let (top, bottom) = (y - BAR_SHARE * self.row / 2.0, y + BAR_SHARE * self.row / 2.0);
        let mut sum = 0.0;
        for (index, cost) in option.monthly_cost_usd.iter().enumerate() {
            let (left, right) = (self.plot.x(&self.across, sum), self.plot.x(&self.across, sum + cost));
            sum += cost;
            let color = area_color(index, colors);
            let has_room = KEY_WIDTH <= right - left;
            if option.is_feasible {
                canvas.area(&corners((left, (right - SEPARATOR).max(left)), (top, bottom)), color, 1.0);
                if has_room {
                    key(canvas, colors, index, ((left + right) / 2.0, y));
                }
            } else if left < right {
                let inside = (left + SEPARATOR, (right - 2.0 * SEPARATOR).max(left + SEPARATOR));
                canvas.hollow(&corners(inside, (top, bottom)), Pen { color, width: style::STROKE });
                if has_room {
                    canvas.text(&(index + 1).to_string(), ((left + right) / 2.0, y), Align::Middle, colors.label());
                }
            }
        }
        let end = (self.plot.x(&self.across, sum) + 8.0, y);
        canvas.text(&words::monthly(sum), end, Align::Start, colors.strong_label());
    }
}

#[cfg(test)]
mod tests {
    use super::super::legible;
    use super::*;
    use proptest::prelude::*;

    fn figure(costs: &[&[f64]]) -> CostItemsFigure {
        let option = |(index, costs): (usize, &&[f64])| CostStack {
            name: format!("option {index}"),
            remark: "two instances".to_owned(),
            monthly_cost_usd: costs.to_vec(),
            is_feasible: index != 1,
        };
        CostItemsFigure {
            caption: Caption { title: "What it is made of".to_owned(), ..Caption::default() },
            items: (0..costs.first().map_or(1, |costs| costs.len())).map(|index| format!("item {index}")).collect(),
            options: costs.iter().enumerate().map(option).collect(),
        }
    }

    #[test]
    fn every_bar_has_its_total_and_every_wide_part_its_number() {
        let svg = figure(&[&[60.0, 40.0], &[10.0, 0.0]]).svg(Theme::Light).unwrap();
        legible::check(&svg);
        assert!(svg.contains("\n$100.00\n") && svg.contains("\n$10.00\n"));
        // In the legend and on the bars: the second option has no second part.
        assert_eq!((svg.matches("\n1\n").count(), svg.matches("\n2\n").count()), (3, 2));
        assert!(svg.contains("A bar without filling"));
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(&[]).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        assert!(matches!(figure(&[&[1.0; 13]]).svg(Theme::Light), Err(ChartError::TooMany { count: 13, .. })));
        assert!(matches!(figure(&[&[1.0][..]; 25]).svg(Theme::Light), Err(ChartError::TooMany { count: 25, .. })));
        assert!(matches!(figure(&[&[1.0, 2.0], &[1.0]]).svg(Theme::Light), Err(ChartError::Count { count: 1, expected: 2, .. })));
        for cost in [-1.0, f64::NAN] {
            assert!(matches!(figure(&[&[cost]]).svg(Theme::Light), Err(ChartError::Value { .. })));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_bills_make_a_figure_that_can_be_read(
            items in prop::collection::vec(".{0,60}", 1..13),
            options in prop::collection::vec((".{0,90}", ".{0,60}", any::<bool>(), prop::collection::vec(0.0..1e6_f64, 12)), 1..25),
        ) {
            let option = |(name, remark, is_feasible, mut monthly_cost_usd): (String, String, bool, Vec<f64>)| {
                monthly_cost_usd.truncate(items.len());
                CostStack { name, remark, monthly_cost_usd, is_feasible }
            };
            let options = options.into_iter().map(option).collect();
            let figure = CostItemsFigure { caption: Caption::default(), items: items.clone(), options };
            legible::check(&figure.svg(Theme::Dark).unwrap());
        }
    }
}
