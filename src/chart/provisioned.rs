//! The figure of provisioned concurrency: how busy each provisioned environment would be, and what each level costs.
//!
//! The next environment pays when it is busy for a larger share of the time than a threshold that prices alone decide; each
//! one is less busy than the one before, so the last that pays is the level to provision. Above is the rule, below its result.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Pen, Point};
use super::end_labels::{self, EndLabels};
use super::page::{FOOT, Page, Plot, corners, widest_tick};
use super::quantity::{money_label, number_label, share_label};
use super::series::look;
use super::style::{self, text_width};
use super::theme::Colors;
use super::{Caption, ChartError, MOST_SERIES, Theme, words};

/// Utilization and cost of provisioned concurrency.
///
/// ```
/// use millicent::chart::{Caption, ProvisionedFigure, Theme, UtilizationThreshold};
///
/// let figure = ProvisionedFigure {
///     caption: Caption { title: "Two environments pay".to_owned(), ..Caption::default() },
///     utilization: vec![0.91, 0.74, 0.42, 0.12],
///     thresholds: vec![UtilizationThreshold { name: "x86, first tier".to_owned(), utilization: 0.6 }],
///     monthly_cost_usd: vec![100.0, 95.0, 93.0, 97.0, 106.0],
///     level: 2,
/// };
/// assert!(figure.svg(Theme::Light)?.contains("x86, first tier: 60%"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProvisionedFigure {
    /// The words around it.
    pub caption: Caption,
    /// The share of the time, from 0 to 1, that the first, the second … environment would be busy.
    pub utilization: Vec<f64>,
    /// From which utilization on an environment pays; twelve at most. More than 1 is never.
    pub thresholds: Vec<UtilizationThreshold>,
    /// The cost of a month with none, one, two … environments.
    pub monthly_cost_usd: Vec<f64>,
    /// How many environments to provision.
    pub level: usize,
}

/// The utilization from which on an environment pays.
#[derive(Debug, Clone, PartialEq)]
pub struct UtilizationThreshold {
    /// For which architecture and tier.
    pub name: String,
    /// From 0 on.
    pub utilization: f64,
}

/// Dollars that have a place on an axis.
const MOST_USD: f64 = 1e15;
/// A threshold beyond is a mistake.
const MOST_UTILIZATION: f64 = 1e6;
/// The part of the height of both panels that the utilization gets.
const UPPER_SHARE: f64 = 0.52;
/// Between the panels, for the heading of the lower one.
const BETWEEN: f64 = 40.0;

impl ProvisionedFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When there is no environment, a utilization is outside of 0 to 1, the costs are not one more than the environments, or a
    /// cost is negative or not finite.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let layout = Layout::of(self, colors);
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| layout.draw(canvas, colors, self))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.utilization.is_empty() {
            return Err(ChartError::Nothing { what: "environment" });
        }
        if MOST_SERIES < self.thresholds.len() {
            return Err(ChartError::TooMany { what: "thresholds", count: self.thresholds.len(), most: MOST_SERIES });
        }
        let (name, count) = ("the levels".to_owned(), self.monthly_cost_usd.len());
        if count != self.utilization.len() + 1 {
            return Err(ChartError::Count { name, count, expected: self.utilization.len() + 1, what: "level" });
        }
        if self.utilization.len() < self.level {
            return Err(ChartError::Unknown { what: "level", index: self.level, count });
        }
        let utilization = self.utilization.iter().enumerate();
        let utilization = utilization.map(|(index, value)| ("utilization", format!("environment {}", index + 1), *value, 1.0));
        let thresholds = self.thresholds.iter().map(|one| ("threshold", one.name.clone(), one.utilization, MOST_UTILIZATION));
        let costs = self.monthly_cost_usd.iter().enumerate();
        let costs = costs.map(|(level, value)| ("monthly cost", format!("level {level}"), *value, MOST_USD));
        let wrong = utilization.chain(thresholds).chain(costs).find(|(_, _, value, most)| !(0.0..=*most).contains(value));
        wrong.map_or(Ok(()), |(what, name, value, most)| Err(ChartError::Value { what, name, value, least: 0.0, most }))
    }

    fn marks_in_words(&self) -> String {
        let thresholds: Vec<String> = self.thresholds.iter().map(|one| format!("{}.", one.words())).collect();
        format!(
            "Provision {} of up to {} environments: {} a month instead of {} on demand. An environment pays from this \
             utilization on: {}",
            self.level,
            self.utilization.len(),
            words::monthly(self.monthly_cost_usd[self.level]),
            words::monthly(self.monthly_cost_usd[0]),
            thresholds.join(" "),
        )
    }

    /// Thresholds that can be reached.
    fn reachable(&self) -> impl Iterator<Item = &UtilizationThreshold> {
        self.thresholds.iter().filter(|threshold| threshold.utilization <= 1.0)
    }
}

impl UtilizationThreshold {
    fn words(&self) -> String {
        let share = if 1.0 < self.utilization { "never".to_owned() } else { words::percent(self.utilization) };
        format!("{}: {share}", self.name)
    }
}

/// Where both panels are.
struct Layout {
    page: Page,
    utilization: Plot,
    cost: Plot,
    environments: Axis,
    share: Axis,
    usd: Axis,
    thresholds: EndLabels,
}

impl Layout {
    fn of(figure: &ProvisionedFigure, colors: &Colors) -> Self {
        let never: Vec<String> =
            figure.thresholds.iter().filter(|one| 1.0 < one.utilization).map(|one| one.name.clone()).collect();
        let never = if never.is_empty() { String::new() } else { format!(" It never pays for: {}.", never.join(", ")) };
        let legend = format!("Filled: the environments to provision. The cost axis need not begin at zero.{never}");
        let page = Page::of(&figure.caption, &legend);
        let share = Axis::linear(0.0, 1.0, 5, share_label);
        let usd = cost_axis(&figure.monthly_cost_usd);
        let names: Vec<String> = figure.reachable().map(UtilizationThreshold::words).collect();
        let room = if names.is_empty() { 0.0 } else { end_labels::room(names.iter().map(String::as_str)) };
        let left = style::PAGE_MARGIN + widest_tick(&share, colors).max(widest_tick(&usd, colors)) + 12.0;
        let right = style::WIDTH - style::PAGE_MARGIN - room;
        let (top, bottom) = (page.top + 34.0, page.bottom - FOOT);
        let upper_bottom = top + UPPER_SHARE * (bottom - BETWEEN - top);
        let utilization = Plot { left, right, top, bottom: upper_bottom };
        let cost = Plot { left, right, top: upper_bottom + BETWEEN, bottom };
        let ends = figure.reachable().map(|threshold| (right, utilization.y(&share, threshold.utilization)));
        let ends: Vec<(&str, Point)> = names.iter().map(String::as_str).zip(ends).collect();
        let mut environments = Axis::linear(0.0, figure.utilization.len() as f64, 12, number_label);
        // There is no half environment.
        environments.ticks.retain(|tick| (tick.value - tick.value.round()).abs() < 1e-9);
        Self {
            thresholds: EndLabels::of(ends.into_iter(), right, (top - 8.0, upper_bottom)),
            page,
            utilization,
            cost,
            environments,
            share,
            usd,
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &ProvisionedFigure) {
        let left = self.utilization.left;
        canvas.text("Utilization of each environment", (left, self.utilization.top - 17.0), Align::Start, colors.heading());
        canvas.text("Cost of a month, by level", (left, self.cost.top - 17.0), Align::Start, colors.heading());
        self.utilization.rows(canvas, colors, &self.share);
        self.cost.columns(canvas, colors, &self.environments);
        self.cost.rows(canvas, colors, &self.usd);
        self.steps(canvas, colors, figure);
        self.costs(canvas, colors, figure);
        let title = "Provisioned environments";
        self.cost.foot(canvas, colors, &self.environments, (self.cost.bottom + 16.0, title));
        for (index, threshold) in figure.reachable().enumerate() {
            let y = self.utilization.y(&self.share, threshold.utilization);
            look(index + 1, colors).line(canvas, &[(left, y), (self.utilization.right, y)], true);
        }
        self.thresholds.draw(canvas, colors, |index| look(index + 1, colors));
    }

    /// One step for each environment, filled as far as it is to be provisioned.
    fn steps(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &ProvisionedFigure) {
        let x = |environments: usize| self.utilization.x(&self.environments, environments as f64);
        let mut outline = vec![(x(0), self.utilization.bottom)];
        for (index, share) in figure.utilization.iter().enumerate() {
            let y = self.utilization.y(&self.share, *share);
            let color = if index < figure.level { colors.series[0] } else { colors.shade };
            canvas.area(&corners((x(index), x(index + 1)), (y, self.utilization.bottom)), color, 1.0);
            outline.extend([(x(index), y), (x(index + 1), y)]);
        }
        outline.push((x(figure.utilization.len()), self.utilization.bottom));
        canvas.path(&outline, Pen { color: colors.frame, width: style::HAIRLINE });
        let (from, to) = ((x(0), self.utilization.bottom), (self.utilization.right, self.utilization.bottom));
        canvas.line(from, to, colors.frame_pen());
    }

    fn costs(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &ProvisionedFigure) {
        let plot = self.cost;
        let at = |level: usize| (plot.x(&self.environments, level as f64), plot.y(&self.usd, figure.monthly_cost_usd[level]));
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
        let points: Vec<Point> = (0..figure.monthly_cost_usd.len()).map(at).collect();
        canvas.path(&points, Pen { color: colors.series[0], width: style::CURVE_STROKE });
        let level = at(figure.level);
        let guide = Pen { color: colors.ink, width: style::STROKE };
        canvas.line((level.0, self.utilization.top), (level.0, plot.bottom), guide);
        canvas.dot(level, 5.0, colors.ink);
        let cost = words::monthly(figure.monthly_cost_usd[figure.level]);
        let text = format!("{} provisioned: {cost}, on demand only: {}", figure.level, words::monthly(figure.monthly_cost_usd[0]));
        let half = text_width(&text, style::LABEL_SIZE, true) / 2.0;
        // Right of the heading, in the row of the headings.
        let heading = text_width("Cost of a month, by level", style::HEADING_SIZE, true);
        let center = level.0.clamp(plot.left + heading + 18.0 + half, (plot.right - half).max(plot.left + heading + 18.0 + half));
        let y = plot.top - 17.0;
        canvas.area(&corners((center - half - 5.0, center + half + 5.0), (y - 9.0, y + 9.0)), colors.background, 1.0);
        canvas.text(&text, (center, y), Align::Middle, colors.strong_label());
    }
}

/// From a little below the lowest to a little above the highest cost.
fn cost_axis(costs: &[f64]) -> Axis {
    const PAD: f64 = 0.08;
    let (low, high) = (costs.iter().copied().fold(f64::INFINITY, f64::min), costs.iter().copied().fold(0.0, f64::max));
    let pad = if low < high { PAD * (high - low) } else { (high / 10.0).max(0.01) };
    Axis::linear((low - pad).max(0.0), high + pad, 5, money_label)
}
