//! Puts the ink of a power-tuning figure, back to front; every position is from the layout.

use plotters::style::RGBColor;

use super::layout::{Layout, Panel};
use super::{CurvePoint, Interval, MeasuredSize, TuningFigure};
use crate::chart::axis::Scale;
use crate::chart::canvas::{Align, Canvas, Letters, Pen, Point};
use crate::chart::page::TextLine;
use crate::chart::style::{self, text_width};

const GRID: Pen = Pen { color: style::GRID, width: style::HAIRLINE };
const FRAME: Pen = Pen { color: style::FRAME, width: style::HAIRLINE };
const CURVE: Pen = Pen { color: style::BLUE, width: style::CURVE_STROKE };
const TAIL: Pen = Pen { color: style::PURPLE, width: style::STROKE };
const CHOSEN: Pen = Pen { color: style::VERMILION, width: style::CURVE_STROKE };
const CURRENT: Pen = Pen { color: style::SECOND_INK, width: style::STROKE };
const FAILED: Pen = Pen { color: style::SECOND_INK, width: style::STROKE };

const LABEL: Letters = Letters { size: style::LABEL_SIZE, color: style::INK, bold: false };
const STRONG_LABEL: Letters = Letters { bold: true, ..LABEL };
const SECOND_LABEL: Letters = Letters { color: style::SECOND_INK, ..LABEL };
const NOTE: Letters = Letters { size: style::NOTE_SIZE, color: style::SECOND_INK, bold: false };
const HEADING: Letters = Letters { size: style::HEADING_SIZE, color: style::INK, bold: true };
const SUBTITLE: Letters = Letters { size: style::HEADING_SIZE, color: style::SECOND_INK, bold: false };
const TITLE: Letters = Letters { size: style::TITLE_SIZE, color: style::INK, bold: true };

/// Half the width of the shade of a failed size, at most.
const SHADE_REACH: f64 = 14.0;
/// Half the size of a cross.
const CROSS: f64 = 4.5;

/// What a legend calls a dot with its whisker.
const MEAN: &str = "mean, 95% interval";

/// The kinds of marks that a legend explains.
#[derive(Clone, Copy)]
enum Mark {
    Duration,
    Curve,
    Tail,
    Cost,
}

/// One measured quantity in its panel.
struct Series<'l> {
    panel: &'l Panel,
    color: RGBColor,
    of: fn(&MeasuredSize) -> Interval,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    lines(canvas, &layout.title, TITLE);
    lines(canvas, &layout.subtitle, SUBTITLE);
    lines(canvas, &layout.notes, NOTE);
    shades(canvas, figure, layout);
    for panel in [&layout.duration, &layout.cost] {
        frame(canvas, layout, panel);
    }
    memory_axis(canvas, figure, layout);
    lane(canvas, figure, layout);
    callouts(canvas, layout);
    durations(canvas, figure, layout);
    costs(canvas, figure, layout);
    legends(canvas, figure, layout);
}

fn lines(canvas: &mut Canvas<'_>, lines: &[TextLine], letters: Letters) {
    for line in lines {
        canvas.text(&line.text, (style::PAGE_MARGIN, line.y), Align::Start, letters);
    }
}

/// Behind the panels, where the function does not work.
fn shades(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    let all: Vec<f64> = figure.sizes.iter().map(|size| layout.x(size.memory.statistic())).collect();
    for failed in &figure.failed {
        let x = layout.x(failed.memory.statistic());
        // Not onto a neighbor that works.
        let half = all.iter().map(|other| (other - x).abs() / 2.0).fold(SHADE_REACH, f64::min);
        for panel in [&layout.duration, &layout.cost] {
            let (left, right) = ((x - half).max(layout.left), (x + half).min(layout.right));
            let corners = [(left, panel.top), (right, panel.top), (right, panel.bottom), (left, panel.bottom)];
            canvas.area(&corners, style::SHADE, 1.0);
        }
    }
}

fn frame(canvas: &mut Canvas<'_>, layout: &Layout, panel: &Panel) {
    for tick in &panel.axis.ticks {
        let y = panel.y(tick.value);
        canvas.line((layout.left, y), (layout.right, y), GRID);
        canvas.text(&tick.label, (layout.left - 8.0, y), Align::End, SECOND_LABEL);
    }
    for label in &layout.memory_labels {
        canvas.line((label.x, panel.top), (label.x, panel.bottom), GRID);
    }
    canvas.line((layout.left, panel.bottom), (layout.right, panel.bottom), FRAME);
}

fn memory_axis(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    for size in &figure.sizes {
        let x = layout.x(size.memory.statistic());
        for panel in [&layout.duration, &layout.cost] {
            canvas.line((x, panel.bottom), (x, panel.bottom + style::TICK_LENGTH), FRAME);
        }
    }
    for label in &layout.memory_labels {
        let letters = if label.is_chosen { STRONG_LABEL } else { SECOND_LABEL };
        canvas.text(&label.text, (label.x, layout.memory_labels_y), Align::Middle, letters);
    }
    let middle = (layout.left + layout.right) / 2.0;
    canvas.text("Memory (MB, log scale)", (middle, layout.memory_title_y), Align::Middle, LABEL);
}

fn lane(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    let Some(y) = layout.lane_y else { return };
    canvas.text("failed", (layout.left - 8.0, y), Align::End, SECOND_LABEL);
    for failed in &figure.failed {
        canvas.cross((layout.x(failed.memory.statistic()), y), CROSS, FAILED);
    }
    for reason in &layout.reasons {
        canvas.text(&reason.text, (reason.x, y), Align::Middle, NOTE);
    }
}

/// The guides of the marked sizes and what is said of them.
fn callouts(canvas: &mut Canvas<'_>, layout: &Layout) {
    for callout in &layout.callouts {
        let x = layout.x(callout.memory.statistic());
        for panel in [&layout.duration, &layout.cost] {
            if callout.is_chosen {
                canvas.line((x, panel.top), (x, panel.bottom), CHOSEN);
            } else {
                canvas.dashed_vertical(x, panel.top, panel.bottom, CURRENT);
            }
        }
        let letters = if callout.is_chosen { STRONG_LABEL } else { LABEL };
        let left = callout.center.0 - text_width(&callout.text, letters.size, letters.bold) / 2.0;
        let swatch = (left - style::SWATCH / 2.0, callout.center.1);
        size_mark(canvas, swatch, 4.0, callout.is_chosen);
        canvas.text(&callout.text, (left, callout.center.1), Align::Start, letters);
    }
}

/// A ring for the chosen size, a square for the current one.
fn size_mark(canvas: &mut Canvas<'_>, center: Point, radius: f64, is_chosen: bool) {
    if is_chosen {
        canvas.ring(center, radius + 1.0, CHOSEN);
    } else {
        canvas.square(center, radius, CURRENT);
    }
}

fn durations(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    let panel = &layout.duration;
    let at = |value: f64, memory_mb: f64| (layout.x(memory_mb), panel.y(value));
    if !layout.curve.is_empty() {
        let edge = |edge_ms: fn(&CurvePoint) -> f64| layout.curve.iter().map(move |point| at(edge_ms(point), point.memory_mb));
        let band: Vec<Point> = edge(|point| point.low_ms).chain(edge(|point| point.high_ms).rev()).collect();
        canvas.area(&band, style::BLUE, style::BAND_OPACITY);
        canvas.path(&edge(|point| point.duration_ms).collect::<Vec<_>>(), CURVE);
    }
    for size in &figure.sizes {
        if let Some(p95_ms) = size.p95_ms {
            canvas.diamond(at(p95_ms, size.memory.statistic()), layout.dot_radius + 0.5, TAIL);
        }
    }
    estimates(canvas, figure, layout, &Series { panel, color: style::BLUE, of: |size| size.duration_ms });
}

fn costs(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    let series = Series { panel: &layout.cost, color: style::GREEN, of: |size| size.cost_per_million_usd };
    estimates(canvas, figure, layout, &series);
}

/// A dot with its whisker for every size, and around the marked ones their marks.
fn estimates(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout, series: &Series<'_>) {
    let (panel, pen) = (series.panel, Pen { color: series.color, width: style::STROKE });
    for size in &figure.sizes {
        let (x, interval) = (layout.x(size.memory.statistic()), (series.of)(size));
        canvas.line((x, panel.y(interval.low)), (x, panel.y(interval.high)), pen);
        // A whisker that leaves the panel does not end there, and caps on a dot would make a square or a hat of it.
        let is_shown = |end: &f64| (panel.axis.low..=panel.axis.high).contains(end);
        let caps: Vec<f64> = [interval.low, interval.high].into_iter().filter(is_shown).map(|end| panel.y(end)).collect();
        if caps.iter().all(|y| layout.dot_radius < (y - panel.y(interval.point)).abs()) {
            for y in caps {
                canvas.line((x - layout.dot_radius, y), (x + layout.dot_radius, y), pen);
            }
        }
        canvas.dot((x, panel.y(interval.point)), layout.dot_radius, series.color);
        for callout in layout.callouts.iter().filter(|callout| callout.memory == size.memory) {
            size_mark(canvas, (x, panel.y(interval.point)), layout.dot_radius + 4.0, callout.is_chosen);
        }
    }
}

fn legends(canvas: &mut Canvas<'_>, figure: &TuningFigure, layout: &Layout) {
    let duration_heading = heading("Duration of an invocation", &layout.duration);
    let cost_heading = heading("Cost of a million invocations", &layout.cost);
    canvas.text(&duration_heading, (layout.left, layout.duration.heading_y), Align::Start, HEADING);
    canvas.text(&cost_heading, (layout.left, layout.cost.heading_y), Align::Start, HEADING);
    let mut marks = vec![(Mark::Duration, MEAN)];
    if !layout.curve.is_empty() {
        marks.push((Mark::Curve, "fitted curve"));
    }
    if figure.sizes.iter().any(|size| size.p95_ms.is_some()) {
        marks.push((Mark::Tail, "95th percentile"));
    }
    legend(canvas, layout.right, layout.duration.heading_y, &marks);
    legend(canvas, layout.right, layout.cost.heading_y, &[(Mark::Cost, MEAN)]);
}

fn heading(what: &str, panel: &Panel) -> String {
    match panel.axis.scale {
        Scale::Linear => what.to_owned(),
        Scale::Log => format!("{what} (log scale)"),
    }
}

/// Outside the panel, so that it never covers a mark; right-aligned.
fn legend(canvas: &mut Canvas<'_>, right: f64, y: f64, marks: &[(Mark, &str)]) {
    let mut end = right;
    for (mark, name) in marks.iter().rev() {
        canvas.text(name, (end, y), Align::End, LABEL);
        let swatch = end - text_width(name, LABEL.size, LABEL.bold) - 18.0;
        swatch_of(canvas, *mark, (swatch, y));
        end = swatch - 30.0;
    }
}

fn swatch_of(canvas: &mut Canvas<'_>, mark: Mark, (x, y): Point) {
    match mark {
        Mark::Duration | Mark::Cost => {
            let color = if matches!(mark, Mark::Cost) { style::GREEN } else { style::BLUE };
            canvas.line((x, y - 8.0), (x, y + 8.0), Pen { color, width: style::STROKE });
            canvas.dot((x, y), 4.0, color);
        }
        Mark::Curve => {
            let corners = [(x - 12.0, y - 6.0), (x + 12.0, y - 6.0), (x + 12.0, y + 6.0), (x - 12.0, y + 6.0)];
            canvas.area(&corners, style::BLUE, style::BAND_OPACITY);
            canvas.line((x - 12.0, y), (x + 12.0, y), CURVE);
        }
        Mark::Tail => canvas.diamond((x, y), 4.5, TAIL),
    }
}
