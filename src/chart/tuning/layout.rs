//! Where everything of a power-tuning figure is: lines of text, two panels, and what has room at the axes.

use super::{CurvePoint, TuningFigure, words};
use crate::chart::axis::{Axis, Label, Scale, apart, dollar_label, duration_label, thinned};
use crate::chart::canvas::Point;
use crate::chart::page::{TextLine, stack};
use crate::chart::style::{self, text_width, wrapped};
use crate::units::{MemoryMb, grouped};

/// Height of a line of labels.
const ROW: f64 = 18.0;
/// Height of the lane of failed sizes.
const LANE: f64 = 26.0;
/// The part of the height of both panels that the durations get.
const DURATION_SHARE: f64 = 0.57;
/// The memory axis goes this factor beyond the smallest and the largest size; further, when there is only one.
const MEMORY_PAD: f64 = 1.15;
const LONE_MEMORY_PAD: f64 = 1.9;
/// A doubling that was not measured has no label closer to the edge than this factor: the label would leave the figure.
const EDGE: f64 = 1.05;

/// One of the two panels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) heading_y: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) axis: Axis,
}

/// The line of a marked size, above the panels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Callout {
    pub(super) is_chosen: bool,
    pub(super) text: String,
    pub(super) memory: MemoryMb,
    /// The middle of the text.
    pub(super) center: Point,
}

/// A label of the memory axis, or one in the lane of failed sizes, by its middle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AxisLabel {
    pub(super) text: String,
    pub(super) x: f64,
    pub(super) is_chosen: bool,
}

/// A figure before the ink.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) title: Vec<TextLine>,
    pub(super) subtitle: Vec<TextLine>,
    pub(super) callouts: Vec<Callout>,
    pub(super) duration: Panel,
    /// The middle of the lane of failed sizes, when some failed.
    pub(super) lane_y: Option<f64>,
    pub(super) reasons: Vec<AxisLabel>,
    pub(super) cost: Panel,
    pub(super) memory: Axis,
    pub(super) memory_labels: Vec<AxisLabel>,
    pub(super) memory_labels_y: f64,
    pub(super) memory_title_y: f64,
    pub(super) notes: Vec<TextLine>,
    /// The curve from small to large memory.
    pub(super) curve: Vec<CurvePoint>,
    pub(super) dot_radius: f64,
}

impl Layout {
    /// From the top down to the panels, from the bottom up to them; they share what is left.
    pub(super) fn of(figure: &TuningFigure) -> Self {
        let (duration_axis, cost_axis) = (duration_axis(figure), cost_axis(figure));
        let tick_width = |axis: &Axis| widest(axis.ticks.iter().map(|tick| tick.label.as_str()));
        let left = style::PAGE_MARGIN + tick_width(&duration_axis).max(tick_width(&cost_axis)).max(40.0) + 12.0;
        let right = style::WIDTH - style::PAGE_MARGIN;

        let mut y = style::PAGE_MARGIN - 6.0;
        let title = stack(&figure.title, style::TITLE_SIZE, true, 2, &mut y);
        let subtitle = stack(&figure.subtitle, style::HEADING_SIZE, false, 2, &mut y);
        let duration_heading_y = y + 18.0;
        y = duration_heading_y + ROW / 2.0 + 2.0;

        let memory = memory_axis(figure);
        let x_of = |memory_size: MemoryMb| left + memory.fraction(memory_size.statistic()) * (right - left);
        let callouts = callouts(figure, &x_of, (left, right), &mut y);
        let top = y + 4.0;

        let notes = notes(figure);
        let lane = if figure.failed.is_empty() { 0.0 } else { LANE };
        let memory_title_y = notes.first().map_or(style::HEIGHT - style::PAGE_MARGIN, |line| line.y - 24.0);
        let bottom = memory_title_y - 37.0;
        let between = lane + 34.0;
        let duration_bottom = top + DURATION_SHARE * (bottom - between - top);
        let cost_top = duration_bottom + between;
        Self {
            title,
            subtitle,
            callouts,
            lane_y: (0.0 < lane).then_some(duration_bottom + lane / 2.0),
            reasons: reasons(figure, &x_of, right),
            memory_labels: memory_labels(figure, &memory, &x_of),
            memory_labels_y: bottom + 16.0,
            memory_title_y,
            notes,
            curve: sorted_curve(figure),
            dot_radius: dot_radius(figure, &x_of),
            duration: Panel { heading_y: duration_heading_y, top, bottom: duration_bottom, axis: duration_axis },
            cost: Panel { heading_y: cost_top - 14.0, top: cost_top, bottom, axis: cost_axis },
            left,
            right,
            memory,
        }
    }

    /// Where a memory is across.
    pub(super) fn x(&self, memory_mb: f64) -> f64 {
        self.left + self.memory.fraction(memory_mb) * (self.right - self.left)
    }
}

impl Panel {
    /// Where a value is down.
    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.fraction(value) * (self.bottom - self.top)
    }
}

fn duration_axis(figure: &TuningFigure) -> Axis {
    let measured = figure.sizes.iter().flat_map(|size| [Some(size.duration_ms.point), size.p95_ms]).flatten();
    let points: Vec<f64> = measured.chain(figure.curve.iter().map(|point| point.duration_ms)).collect();
    let ends: Vec<f64> = figure.sizes.iter().flat_map(|size| [size.duration_ms.low, size.duration_ms.high]).collect();
    Axis::covering(&points, &ends, 7, duration_label)
}

fn cost_axis(figure: &TuningFigure) -> Axis {
    let costs = || figure.sizes.iter().map(|size| size.cost_per_million_usd);
    let ends: Vec<f64> = costs().flat_map(|cost| [cost.low, cost.high]).collect();
    Axis::covering(&costs().map(|cost| cost.point).collect::<Vec<_>>(), &ends, 5, dollar_label)
}

fn memory_axis(figure: &TuningFigure) -> Axis {
    let sizes = figure.sizes.iter().map(|size| size.memory).chain(figure.failed.iter().map(|size| size.memory));
    let marked = sizes.chain(figure.chosen).chain(figure.current).map(MemoryMb::statistic);
    let all: Vec<f64> = marked.chain(figure.curve.iter().map(|point| point.memory_mb)).collect();
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    let pad = if low < high { MEMORY_PAD } else { LONE_MEMORY_PAD };
    Axis { scale: Scale::Log, low: low / pad, high: high * pad, ticks: Vec::new() }
}

fn sorted_curve(figure: &TuningFigure) -> Vec<CurvePoint> {
    let mut curve = figure.curve.clone();
    curve.sort_by(|one, other| one.memory_mb.total_cmp(&other.memory_mb));
    curve
}

/// Smaller where sizes are close to each other.
fn dot_radius(figure: &TuningFigure, x_of: &impl Fn(MemoryMb) -> f64) -> f64 {
    let mut places: Vec<f64> = figure.sizes.iter().map(|size| x_of(size.memory)).collect();
    places.sort_by(f64::total_cmp);
    let closest = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    (closest / 3.0).clamp(2.5, 4.5)
}

/// The notes, their last line at the bottom margin.
fn notes(figure: &TuningFigure) -> Vec<TextLine> {
    let paragraphs = [(words::marks_note(figure), 2), (words::failures_note(&figure.failed), 2), (figure.footnote.clone(), 3)];
    let mut y = 0.0;
    let stacked = paragraphs.iter().flat_map(|(text, most_lines)| stack(text, style::NOTE_SIZE, false, *most_lines, &mut y));
    let lines: Vec<TextLine> = stacked.collect();
    let first_y = style::HEIGHT - style::PAGE_MARGIN + 6.0 - y;
    lines.into_iter().map(|line| TextLine { y: first_y + line.y, ..line }).collect()
}

/// The lines of the chosen and the current size: in one row, unless they would touch.
fn callouts(figure: &TuningFigure, x_of: &impl Fn(MemoryMb) -> f64, (left, right): (f64, f64), y: &mut f64) -> Vec<Callout> {
    let marks = match (figure.chosen, figure.current) {
        (Some(chosen), Some(current)) if chosen == current => vec![("Chosen and current", chosen, true)],
        (chosen, current) => {
            let chosen = chosen.map(|memory| ("Chosen", memory, true));
            chosen.into_iter().chain(current.map(|memory| ("Current", memory, false))).collect()
        }
    };
    let mut placed: Vec<(Callout, Label)> = Vec::new();
    for (what, memory, is_chosen) in marks {
        // A swatch stands before the text.
        let room = right - left - 2.0 * style::SWATCH;
        let text = wrapped(&words::marked(what, memory, figure), room, style::LABEL_SIZE, is_chosen, 1).concat();
        let width = text_width(&text, style::LABEL_SIZE, is_chosen) + 2.0 * style::SWATCH;
        let center = x_of(memory).clamp(left + width / 2.0, (right - width / 2.0).max(left + width / 2.0));
        let label = Label { center, width, rank: 0 };
        if placed.iter().any(|(_, other)| !apart(&label, other, style::LABEL_GAP)) {
            *y += ROW;
        }
        placed.push((Callout { is_chosen, text, memory, center: (center, *y + ROW / 2.0) }, label));
    }
    if !placed.is_empty() {
        *y += ROW;
    }
    placed.into_iter().map(|(callout, _)| callout).collect()
}

/// The labels of the memory axis that have room: the marked sizes first, then the ends, then doublings, then the rest.
fn memory_labels(figure: &TuningFigure, memory: &Axis, x_of: &impl Fn(MemoryMb) -> f64) -> Vec<AxisLabel> {
    let measured = || figure.sizes.iter().map(|size| size.memory);
    let ends = [measured().min(), measured().max()].into_iter().flatten();
    let powers = (0..31).map(|power| MemoryMb::new(1 << power));
    let shown = powers.filter(|size| (memory.low * EDGE..=memory.high / EDGE).contains(&size.statistic()));
    let doublings = measured().filter(|size| size.get().is_power_of_two());
    let ranked = figure.chosen.into_iter().map(|size| (size, 0));
    let ranked = ranked.chain(figure.current.into_iter().map(|size| (size, 1))).chain(ends.map(|size| (size, 2)));
    let ranked = ranked.chain(doublings.map(|size| (size, 3))).chain(measured().map(|size| (size, 4)));
    let failed = figure.failed.iter().map(|size| (size.memory, 5));
    let candidates: Vec<(MemoryMb, u32)> = ranked.chain(failed).chain(shown.map(|size| (size, 6))).collect();

    let text = |size: MemoryMb| grouped(size.get().into());
    let label = |(size, rank): &(MemoryMb, u32)| {
        let is_chosen = figure.chosen == Some(*size);
        Label { center: x_of(*size), width: text_width(&text(*size), style::LABEL_SIZE, is_chosen), rank: *rank }
    };
    let labels: Vec<Label> = candidates.iter().map(label).collect();
    let kept = thinned(&labels, style::LABEL_GAP).into_iter().map(|index| candidates[index].0);
    kept.map(|size| AxisLabel { text: text(size), x: x_of(size), is_chosen: figure.chosen == Some(size) }).collect()
}

/// Why sizes failed, beside their crosses where there is room; all of it is also in the notes.
fn reasons(figure: &TuningFigure, x_of: &impl Fn(MemoryMb) -> f64, right: f64) -> Vec<AxisLabel> {
    const BESIDE: f64 = 12.0;
    let mut failed: Vec<(f64, &str)> = figure.failed.iter().map(|size| (x_of(size.memory), size.reason.as_str())).collect();
    failed.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut placed = Vec::new();
    for group in failed.chunk_by(|one, other| one.1 == other.1) {
        let text = wrapped(group[0].1, 220.0, style::NOTE_SIZE, false, 1).concat();
        let width = text_width(&text, style::NOTE_SIZE, false);
        let next = |x: f64| failed.iter().map(|(other, _)| *other).find(|other| x < *other).unwrap_or(right + BESIDE);
        let has_room = |x: &f64| x + BESIDE + width + BESIDE <= next(*x);
        if let Some(x) = group.iter().map(|(x, _)| *x).find(has_room) {
            placed.push(AxisLabel { text, x: x + BESIDE + width / 2.0, is_chosen: false });
        }
    }
    placed
}

fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> f64 {
    texts.map(|text| text_width(text, style::LABEL_SIZE, false)).fold(0.0, f64::max)
}
