//! The figure of provisioned concurrency: how busy each provisioned environment would be, and what each level costs.
//!
//! The next environment pays when it is busy for a larger share of the time than a threshold that prices alone decide; each
//! one is less busy than the one before, so the last that pays is the level to provision. Above is the rule, below its result.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Pen, Point};
use super::end_labels::{self, EndLabels};
use super::page::{FOOT, Page, Plot, widest_tick};
use super::quantity::{money_label, number_label, share_label};
use super::series::look;
use super::style::{self, text_width};
use super::theme::Colors;
use super::{Caption, ChartError, MOST_SERIES, MOST_USD, Theme, words};

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

/// A threshold beyond is a mistake.
const MOST_UTILIZATION: f64 = 1e6;
/// The part of the height of both panels that the utilization gets.
const UPPER_SHARE: f64 = 0.52;
/// Between the panels, for the heading of the lower one.
const BETWEEN: f64 = 40.0;
/// From the top of a panel up to its heading.
const HEADING_RISE: f64 = 17.0;
const COST_HEADING: &str = "Cost of a month, by level";

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
        let from = "An environment pays from this utilization on:";
        format!("Of up to {} environments, {}. {from} {}", self.utilization.len(), self.choice(), thresholds.join(" "))
    }

    /// The level to provision and what it saves.
    fn choice(&self) -> String {
        let on_demand = words::monthly(self.monthly_cost_usd[0]);
        match self.level {
            0 => format!("none pays: {on_demand}, all on demand"),
            level => format!("{level} provisioned: {}; all on demand: {on_demand}", words::monthly(self.monthly_cost_usd[level])),
        }
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
        let share = Axis::linear(0.0, 1.0, 5, share_label);
        let usd = cost_axis(&figure.monthly_cost_usd);
        let cut = if 0.0 < usd.low { " The cost axis does not begin at zero." } else { "" };
        let page = Page::of(&figure.caption, &format!("Filled: the environments to provision.{cut}{never}"));
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
        canvas.text(
            "Utilization of each environment",
            (left, self.utilization.top - HEADING_RISE),
            Align::Start,
            colors.heading(),
        );
        canvas.text(COST_HEADING, (left, self.cost.top - HEADING_RISE), Align::Start, colors.heading());
        self.utilization.rows(canvas, colors, &self.share);
        self.cost.columns(canvas, colors, &self.environments);
        self.cost.rows(canvas, colors, &self.usd);
        self.steps(canvas, colors, figure);
        self.costs(canvas, colors, figure);
        let title = "Provisioned environments";
        self.cost.foot(canvas, colors, &self.environments, (self.cost.bottom + 16.0, title));
        for (index, threshold) in figure.reachable().enumerate() {
            let y = self.utilization.y(&self.share, threshold.utilization);
            // On the filled steps no dash would be told apart without an edge.
            let edge = Pen { color: colors.background, width: style::CURVE_STROKE + 3.0 };
            canvas.line((left, y), (self.utilization.right, y), edge);
            look(index + 1, colors).line(canvas, &[(left, y), (self.utilization.right, y)], true);
        }
        self.thresholds.draw(canvas, colors, |index| look(index + 1, colors));
    }

    /// One step for each environment, filled as far as it is to be provisioned.
    fn steps(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &ProvisionedFigure) {
        let plot = self.utilization;
        let x = |environments: usize| plot.x(&self.environments, environments as f64);
        let steps = |from: usize, to: usize| {
            let tops = figure.utilization[from..to].iter().enumerate().flat_map(|(index, share)| {
                let y = plot.y(&self.share, *share);
                [(x(from + index), y), (x(from + index + 1), y)]
            });
            [(x(from), plot.bottom)].into_iter().chain(tops).chain([(x(to), plot.bottom)]).collect::<Vec<Point>>()
        };
        let count = figure.utilization.len();
        canvas.area(&steps(0, figure.level), colors.series[0], 1.0);
        canvas.area(&steps(figure.level, count), colors.shade, 1.0);
        canvas.path(&steps(0, count), colors.frame_pen());
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
    }

    fn costs(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &ProvisionedFigure) {
        let plot = self.cost;
        let at = |level: usize| (plot.x(&self.environments, level as f64), plot.y(&self.usd, figure.monthly_cost_usd[level]));
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
        let points: Vec<Point> = (0..figure.monthly_cost_usd.len()).map(at).collect();
        canvas.path(&points, Pen { color: colors.series[0], width: style::CURVE_STROKE });
        let level = at(figure.level);
        let guide = Pen { color: colors.ink, width: style::STROKE };
        for panel in [self.utilization, plot] {
            canvas.line((level.0, panel.top), (level.0, panel.bottom), guide);
        }
        canvas.dot(level, 5.0, colors.ink);
        // In the row of the heading, to the right of it.
        let text = figure.choice();
        let half = text_width(&text, style::LABEL_SIZE, true) / 2.0;
        let least = plot.left + text_width(COST_HEADING, style::HEADING_SIZE, true) + 18.0 + half;
        let center = level.0.clamp(least, (plot.right - half).max(least));
        canvas.text(&text, (center, plot.top - HEADING_RISE), Align::Middle, colors.strong_label());
    }
}

/// From a little below the lowest to a little above the highest cost.
fn cost_axis(costs: &[f64]) -> Axis {
    const PAD: f64 = 0.08;
    let (low, high) = (costs.iter().copied().fold(f64::INFINITY, f64::min), costs.iter().copied().fold(0.0, f64::max));
    let pad = if low < high { PAD * (high - low) } else { (high / 10.0).max(0.01) };
    Axis::linear((low - pad).max(0.0), high + pad, 7, money_label)
}

#[cfg(test)]
mod tests {
    use super::super::legible;
    use super::*;
    use proptest::prelude::*;

    fn figure(utilization: &[f64], level: usize) -> ProvisionedFigure {
        ProvisionedFigure {
            caption: Caption::default(),
            utilization: utilization.to_vec(),
            thresholds: vec![
                UtilizationThreshold { name: "first tier".to_owned(), utilization: 0.6 },
                UtilizationThreshold { name: "second tier".to_owned(), utilization: 0.789_48 },
                UtilizationThreshold { name: "third tier".to_owned(), utilization: 1.154 },
            ],
            monthly_cost_usd: (0..=utilization.len()).map(|level| 80.0 + level as f64).collect(),
            level,
        }
    }

    #[test]
    fn thresholds_are_named_and_what_never_pays_is_said() {
        let svg = figure(&[0.91, 0.64, 0.42], 2).svg(Theme::Light).unwrap();
        legible::check(&svg);
        for text in ["first tier: 60%", "second tier: 78.9%", "2 provisioned: $82.00; all on demand: $80.00"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}");
        }
        assert!(svg.contains("It never pays for: third tier.") && !svg.contains("\nthird tier: never\n"));
        assert!(figure(&[0.1], 0).svg(Theme::Dark).unwrap().contains("none pays: $80.00, all on demand"));
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(&[], 0).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        assert!(matches!(figure(&[0.5], 2).svg(Theme::Light), Err(ChartError::Unknown { index: 2, .. })));
        assert!(matches!(figure(&[1.5], 1).svg(Theme::Light), Err(ChartError::Value { what: "utilization", .. })));
        let mut wrong = figure(&[0.5], 1);
        wrong.monthly_cost_usd[1] = f64::NAN;
        assert!(matches!(wrong.svg(Theme::Light), Err(ChartError::Value { what: "monthly cost", .. })));
        wrong.monthly_cost_usd.pop();
        assert!(matches!(wrong.svg(Theme::Light), Err(ChartError::Count { count: 1, expected: 2, .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_levels_make_a_figure_that_can_be_read(
            utilization in prop::collection::vec(0.0..1.0_f64, 1..120),
            cost in 0.0..1e6_f64,
            thresholds in prop::collection::vec((".{0,60}", 0.0..1.5_f64), 0..13),
        ) {
            let mut figure = figure(&utilization, utilization.len() / 2);
            figure.monthly_cost_usd = (0..=utilization.len()).map(|level| cost * (1.0 - (level as f64 / 40.0).sin() / 3.0)).collect();
            figure.thresholds =
                thresholds.into_iter().map(|(name, utilization)| UtilizationThreshold { name, utilization }).collect();
            legible::check(&figure.svg(Theme::Light).unwrap());
        }
    }
}
