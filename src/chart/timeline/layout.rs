//! Where the panels of a timeline are, and what their axes show.

use super::super::axis::{Axis, Scale, Tick, duration_label};
use super::super::canvas::Point;
use super::super::end_labels::{self, EndLabels};
use super::super::page::{FOOT, Page, Plot, widest_tick};
use super::super::quantity::{count_label, headed};
use super::super::style::{self, wrapped};
use super::super::theme::Colors;
use super::super::words;
use super::{TimelineDesign, TimelineFigure, TimelineStretch};

/// For the heading above a panel.
const HEADING: f64 = 24.0;
/// For the name of a design and what is said of it.
const NAME: f64 = 40.0;
/// Between one design and the next.
const BETWEEN: f64 = 14.0;
const CALLS_HEIGHT: f64 = 64.0;
const LATENCY_HEIGHT: f64 = 104.0;
/// For the bars of what happens seldom.
const BARS_HEIGHT: f64 = 24.0;
/// For their heading.
const BARS_HEADING: f64 = 19.0;
/// The height of the main panel of each design, by the number of designs.
const DESIGN_HEIGHTS: [f64; super::MOST_TIMELINES] = [170.0, 120.0, 100.0, 88.0];

/// The lines of a design, in the order of their names at the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    InProgress,
    Instances,
    Units,
    Environments,
}

/// What bars count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bars {
    Cold,
    Waiting,
    Refused,
}

impl Bars {
    const ALL: [Self; 3] = [Self::Cold, Self::Waiting, Self::Refused];

    pub(super) fn of(self, stretch: &TimelineStretch) -> u64 {
        match self {
            Self::Cold => stretch.cold,
            Self::Waiting => stretch.waiting,
            Self::Refused => stretch.refused,
        }
    }
}

/// One design.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) remark: String,
    pub(super) top: f64,
    pub(super) plot: Plot,
    pub(super) lines: Vec<Line>,
    pub(super) names: EndLabels,
    pub(super) bars: Vec<(Bars, Plot, Axis)>,
}

/// The latencies of all designs.
pub(super) struct Latency {
    pub(super) heading: String,
    pub(super) plot: Plot,
    pub(super) axis: Axis,
    /// Of the designs, and last of the limit.
    pub(super) names: EndLabels,
}

/// Where everything is.
pub(super) struct Layout {
    pub(super) page: Page,
    pub(super) time: Axis,
    pub(super) time_title: &'static str,
    pub(super) calls: Plot,
    pub(super) calls_axis: Axis,
    pub(super) places: Axis,
    pub(super) rows: Vec<Row>,
    pub(super) latency: Option<Latency>,
}

/// The axes up, which decide how much room their labels need.
struct Axes {
    calls: Axis,
    places: Axis,
    bars: Vec<(Bars, Axis)>,
    latency: Option<Axis>,
}

impl Axes {
    fn of(figure: &TimelineFigure) -> Self {
        let all = || figure.designs.iter();
        let calls = all().take(1).map(|design| design.most(TimelineStretch::calls_per_s)).fold(0.0, f64::max);
        let places = all().map(|design| {
            let on_all = |stretch: &TimelineStretch| {
                let environments = stretch.environments.unwrap_or(0).max(stretch.units) as f64;
                design.on_all_instances(stretch).max(stretch.in_progress()).max(environments)
            };
            design.most(on_all)
        });
        let most = |bars: Bars| all().map(|design| design.most(|stretch| bars.of(stretch) as f64)).fold(0.0, f64::max);
        let counted = Bars::ALL.map(|bars| (bars, most(bars)));
        let latencies: Vec<f64> = all().flat_map(|design| design.stretches.iter().filter_map(|stretch| stretch.p99_ms)).collect();
        Self {
            calls: up_to(calls, 4),
            places: whole(up_to(places.fold(0.0, f64::max), if all().count() == 1 { 6 } else { 5 })),
            bars: counted.into_iter().filter(|(_, most)| 0.0 < *most).map(|(bars, most)| (bars, only_top(most))).collect(),
            latency: (!latencies.is_empty()).then(|| Axis::covering(&latencies, figure.limit_ms.as_slice(), 5, duration_label)),
        }
    }

    fn widest(&self, colors: &Colors) -> f64 {
        let others = self.bars.iter().map(|(_, axis)| axis).chain(self.latency.as_ref());
        [&self.calls, &self.places].into_iter().chain(others).map(|axis| widest_tick(axis, colors)).fold(0.0, f64::max)
    }
}

fn up_to(high: f64, most_ticks: u32) -> Axis {
    Axis::linear(0.0, if 0.0 < high { high * 1.08 } else { 1.0 }, most_ticks, count_label)
}

/// There is no half call.
fn whole(mut axis: Axis) -> Axis {
    axis.ticks.retain(|tick| (tick.value - tick.value.round()).abs() < 1e-9);
    axis
}

/// Bars are low: only the highest is labeled.
fn only_top(most: f64) -> Axis {
    let top = Tick { value: most, label: words::number(most) };
    Axis { scale: Scale::Linear, low: 0.0, high: most, ticks: vec![top] }
}

/// Time from the start on, in the unit that gives short numbers.
pub(super) fn time_axis(end_s: f64) -> (Axis, &'static str) {
    const MOST_TICKS: f64 = 13.0;
    let units: [(f64, &[f64], &str); 4] = [
        (1.0, &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0], "Seconds since the start"),
        (60.0, &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0], "Minutes since the start"),
        (3600.0, &[1.0, 2.0, 3.0, 6.0, 12.0], "Hours since the start"),
        (86_400.0, &[1.0, 2.0, 5.0, 7.0, 14.0, 28.0, 56.0], "Days since the start"),
    ];
    // Up to three minutes in seconds, three hours in minutes, three days in hours.
    let (unit_s, steps, title) = units
        .into_iter()
        .zip([180.0, 3.0 * 3600.0, 3.0 * 86_400.0])
        .find(|(_, to_s)| end_s <= *to_s)
        .map_or(units[3], |(unit, _)| unit);
    let fits = |step: &&f64| end_s / unit_s / **step <= MOST_TICKS;
    // Beyond the longest step, as many of it as are needed.
    let longest = steps[steps.len() - 1];
    let step = steps.iter().find(fits).copied().unwrap_or(longest * (end_s / unit_s / longest / MOST_TICKS).ceil());
    let count = (end_s / unit_s / step).floor() as u32;
    let tick = |index: u32| {
        let value = f64::from(index) * step;
        Tick { value: value * unit_s, label: words::number(value) }
    };
    (Axis { scale: Scale::Linear, low: 0.0, high: end_s, ticks: (0..=count).map(tick).collect() }, title)
}

impl Layout {
    pub(super) fn of(figure: &TimelineFigure, colors: &Colors) -> Self {
        let axes = Axes::of(figure);
        let legend = legend(figure);
        let heights = heights(figure, &axes);
        let page = Page::around(&figure.caption, &legend, heights);
        let names = names_at_right(figure);
        let left = style::PAGE_MARGIN + axes.widest(colors) + 12.0;
        let right = style::WIDTH - style::PAGE_MARGIN - end_labels::room(names.iter().map(String::as_str));
        let (time, time_title) = time_axis(figure.end_s());
        let at = |top: f64, height: f64| Plot { left, right, top, bottom: top + height };
        let calls = at(page.top + HEADING, CALLS_HEIGHT);
        let mut y = calls.bottom + BETWEEN;
        let mut rows = Vec::new();
        for design in &figure.designs {
            let row = Row::of(design, figure.designs.len(), &axes, at(y, 0.0));
            y = row.bottom() + BETWEEN;
            rows.push(row);
        }
        let latency = axes.latency.map(|axis| Latency::of(figure, axis, at(y + HEADING - BETWEEN / 2.0, LATENCY_HEIGHT)));
        Self { page, time, time_title, calls, calls_axis: axes.calls, places: axes.places, rows, latency }
    }

    /// Where the lowest panel ends.
    pub(super) fn bottom(&self) -> f64 {
        let latency = self.latency.as_ref().map(|latency| latency.plot.bottom);
        latency.or(self.rows.last().map(Row::bottom)).unwrap_or(self.calls.bottom)
    }

    /// All panels, for the lines of time.
    pub(super) fn plots(&self) -> impl Iterator<Item = &Plot> {
        let rows = self.rows.iter().flat_map(|row| std::iter::once(&row.plot).chain(row.bars.iter().map(|(_, plot, _)| plot)));
        std::iter::once(&self.calls).chain(rows).chain(self.latency.iter().map(|latency| &latency.plot))
    }
}

impl Row {
    fn of(design: &TimelineDesign, count: usize, axes: &Axes, from: Plot) -> Self {
        let (left, right, top) = (from.left, from.right, from.top);
        let room = style::WIDTH - style::PAGE_MARGIN - left;
        let line = |text: &str, size, bold| wrapped(text, room, size, bold, 1).concat();
        let plot =
            Plot { top: top + NAME, bottom: top + NAME + DESIGN_HEIGHTS[count.clamp(1, DESIGN_HEIGHTS.len()) - 1], ..from };
        let mut y = plot.bottom;
        let bars = bars_of(design, axes).map(|(bars, axis)| {
            let plot = Plot { left, right, top: y + BARS_HEADING, bottom: y + BARS_HEADING + BARS_HEIGHT };
            y = plot.bottom;
            (bars, plot, axis)
        });
        let bars = bars.collect();
        let named: Vec<(Line, String)> = lines_of(design).collect();
        let last = design.stretches.last();
        let ends = named.iter().map(|(line, _)| {
            let value = last.and_then(|stretch| line.value(design, stretch)).unwrap_or(0.0);
            (right, plot.y(&axes.places, value))
        });
        let ends: Vec<(&str, Point)> = named.iter().map(|(_, name)| name.as_str()).zip(ends).collect();
        Self {
            name: line(&design.name, style::HEADING_SIZE, true),
            remark: line(&design.remark, style::LABEL_SIZE, false),
            top,
            plot,
            names: EndLabels::of(ends.into_iter(), right, (plot.top - 8.0, plot.bottom + 4.0)),
            lines: named.iter().map(|(line, _)| *line).collect(),
            bars,
        }
    }

    fn bottom(&self) -> f64 {
        self.bars.last().map_or(self.plot.bottom, |(_, plot, _)| plot.bottom)
    }
}

impl Latency {
    fn of(figure: &TimelineFigure, axis: Axis, plot: Plot) -> Self {
        let last = |design: &TimelineDesign| design.stretches.iter().rev().find_map(|stretch| stretch.p99_ms);
        let ends = figure.designs.iter().map(|design| last(design).unwrap_or(0.0)).chain(figure.limit_ms);
        let names = latency_names(figure);
        let ends: Vec<(&str, Point)> =
            names.iter().map(String::as_str).zip(ends.map(|value| (plot.right, plot.y(&axis, value)))).collect();
        Self {
            heading: headed("Within this time 99 of 100 calls were answered, waiting and starting included", &axis),
            names: EndLabels::of(ends.into_iter(), plot.right, (plot.top - 12.0, plot.bottom + 8.0)),
            plot,
            axis,
        }
    }
}

impl Line {
    pub(super) fn value(self, design: &TimelineDesign, stretch: &TimelineStretch) -> Option<f64> {
        match self {
            Self::InProgress => Some(stretch.in_progress()),
            Self::Instances => Some(design.on_all_instances(stretch)),
            Self::Units => Some(stretch.units as f64),
            Self::Environments => stretch.environments.map(|count| count as f64),
        }
    }
}

fn lines_of(design: &TimelineDesign) -> impl Iterator<Item = (Line, String)> {
    let slots = (design.slots * 100.0).round() / 100.0;
    let is_one = (slots - 1.0).abs() < f64::EPSILON;
    let instances = if is_one { "instances".to_owned() } else { format!("instances × {}", count_label(slots, 0, 0.0)) };
    let instances = design.has_instances().then_some((Line::Instances, instances));
    let units = design.has_units().then(|| (Line::Units, "provisioned units".to_owned()));
    let environments = design.has_environments().then(|| (Line::Environments, "environments".to_owned()));
    std::iter::once((Line::InProgress, "calls in progress".to_owned())).chain(instances).chain(units).chain(environments)
}

/// What happens to a design at all.
fn bars_of(design: &TimelineDesign, axes: &Axes) -> impl Iterator<Item = (Bars, Axis)> {
    let happens = |bars: Bars| design.stretches.iter().any(|stretch| 0 < bars.of(stretch));
    axes.bars.iter().filter(move |(bars, _)| happens(*bars)).cloned()
}

/// A single design needs no name.
fn latency_names(figure: &TimelineFigure) -> Vec<String> {
    let limit = figure.limit_ms.map(|limit_ms| format!("limit: {}", words::duration(limit_ms)));
    let designs = figure.designs.iter().map(|design| design.name.clone());
    if figure.designs.len() == 1 {
        std::iter::once("99 of 100 calls".to_owned()).chain(limit).collect()
    } else {
        designs.chain(limit).collect()
    }
}

fn names_at_right(figure: &TimelineFigure) -> Vec<String> {
    figure.designs.iter().flat_map(|design| lines_of(design).map(|(_, name)| name)).chain(latency_names(figure)).collect()
}

/// What the panels need.
fn heights(figure: &TimelineFigure, axes: &Axes) -> f64 {
    let own = DESIGN_HEIGHTS[figure.designs.len().clamp(1, DESIGN_HEIGHTS.len()) - 1];
    let of_design =
        |design: &TimelineDesign| NAME + own + bars_of(design, axes).count() as f64 * (BARS_HEADING + BARS_HEIGHT) + BETWEEN;
    let latency = if axes.latency.is_some() { HEADING - BETWEEN / 2.0 + LATENCY_HEIGHT } else { 0.0 };
    HEADING + CALLS_HEIGHT + BETWEEN + figure.designs.iter().map(of_design).sum::<f64>() + latency + FOOT
}

/// How the lines are read, as far as they are there.
fn legend(figure: &TimelineFigure) -> String {
    let mut legend = "Each step is the most at once in a stretch of time.".to_owned();
    if figure.designs.iter().any(TimelineDesign::has_instances) {
        legend.push_str(" Instances count by the calls that they work on at once.");
    }
    if figure.designs.iter().any(TimelineDesign::has_environments) {
        legend.push_str(" Where no call came, nobody looked for environments.");
    }
    if figure.designs.iter().any(TimelineDesign::has_units) {
        legend.push_str(" Environments include provisioned units, which count from when they can be used.");
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_short_numbers() {
        let labels = |end_s: f64| {
            let (axis, title) = time_axis(end_s);
            let ends = [&axis.ticks[1], &axis.ticks[axis.ticks.len() - 1]].map(|tick| tick.label.clone());
            (title, ends.join(" to "))
        };
        assert_eq!(labels(90.0), ("Seconds since the start", "10 to 90".to_owned()));
        assert_eq!(labels(3600.0), ("Minutes since the start", "5 to 60".to_owned()));
        assert_eq!(labels(86_400.0), ("Hours since the start", "2 to 24".to_owned()));
        assert_eq!(labels(7.0 * 86_400.0), ("Days since the start", "1 to 7".to_owned()));
        assert_eq!(labels(366.0 * 86_400.0), ("Days since the start", "56 to 336".to_owned()));
        assert!(time_axis(1e14).0.ticks.len() <= 14);
    }
}
