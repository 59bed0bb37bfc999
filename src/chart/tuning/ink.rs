//! Puts the ink of a power-tuning figure, back to front; every position is from the layout.

use plotters::style::RGBColor;

use super::layout::{Layout, Panel};
use super::{CurvePoint, Interval, MeasuredSize, TuningFigure};
use crate::chart::axis::Scale;
use crate::chart::canvas::{Align, Canvas, Letters, Pen, Point};
use crate::chart::page::TextLine;
use crate::chart::style::{self, text_width};
use crate::chart::theme::Colors;

/// Half the width of the shade of a failed size, at most.
const SHADE_REACH: f64 = 14.0;
/// Half the size of a cross.
const CROSS: f64 = 4.5;

/// What a legend calls a dot with its whisker.
const MEAN: &str = "mean, 95% interval";

impl Colors {
    fn curve_pen(&self) -> Pen {
        Pen { color: self.duration, width: style::CURVE_STROKE }
    }

    fn tail_pen(&self) -> Pen {
        Pen { color: self.tail, width: style::STROKE }
    }

    fn chosen_pen(&self) -> Pen {
        Pen { color: self.choice, width: style::CURVE_STROKE }
    }

    /// Of the current size, and of sizes that failed.
    fn current_pen(&self) -> Pen {
        Pen { color: self.second_ink, width: style::STROKE }
    }
}

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

pub(super) fn draw(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    lines(canvas, &layout.title, colors.title());
    lines(canvas, &layout.subtitle, colors.subtitle());
    lines(canvas, &layout.notes, colors.note());
    shades(canvas, colors, figure, layout);
    for panel in [&layout.duration, &layout.cost] {
        frame(canvas, colors, layout, panel);
    }
    memory_axis(canvas, colors, figure, layout);
    lane(canvas, colors, figure, layout);
    callouts(canvas, colors, layout);
    durations(canvas, colors, figure, layout);
    costs(canvas, colors, figure, layout);
    legends(canvas, colors, figure, layout);
}

fn lines(canvas: &mut Canvas<'_>, lines: &[TextLine], letters: Letters) {
    for line in lines {
        canvas.text(&line.text, (style::PAGE_MARGIN, line.y), Align::Start, letters);
    }
}

/// Behind the panels, where the function does not work.
fn shades(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    let all: Vec<f64> = figure.sizes.iter().map(|size| layout.x(size.memory.statistic())).collect();
    for failed in &figure.failed {
        let x = layout.x(failed.memory.statistic());
        // Not onto a neighbor that works.
        let half = all.iter().map(|other| (other - x).abs() / 2.0).fold(SHADE_REACH, f64::min);
        for panel in [&layout.duration, &layout.cost] {
            let (left, right) = ((x - half).max(layout.left), (x + half).min(layout.right));
            let corners = [(left, panel.top), (right, panel.top), (right, panel.bottom), (left, panel.bottom)];
            canvas.area(&corners, colors.shade, 1.0);
        }
    }
}

fn frame(canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout, panel: &Panel) {
    for tick in &panel.axis.ticks {
        let y = panel.y(tick.value);
        canvas.line((layout.left, y), (layout.right, y), colors.grid_pen());
        canvas.text(&tick.label, (layout.left - 8.0, y), Align::End, colors.second_label());
    }
    for label in &layout.memory_labels {
        canvas.line((label.x, panel.top), (label.x, panel.bottom), colors.grid_pen());
    }
    canvas.line((layout.left, panel.bottom), (layout.right, panel.bottom), colors.frame_pen());
}

fn memory_axis(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    for size in &figure.sizes {
        let x = layout.x(size.memory.statistic());
        for panel in [&layout.duration, &layout.cost] {
            canvas.line((x, panel.bottom), (x, panel.bottom + style::TICK_LENGTH), colors.frame_pen());
        }
    }
    for label in &layout.memory_labels {
        let letters = if label.is_chosen { colors.strong_label() } else { colors.second_label() };
        canvas.text(&label.text, (label.x, layout.memory_labels_y), Align::Middle, letters);
    }
    let middle = (layout.left + layout.right) / 2.0;
    canvas.text("Memory (MB, log scale)", (middle, layout.memory_title_y), Align::Middle, colors.label());
}

fn lane(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    let Some(y) = layout.lane_y else { return };
    canvas.text("failed", (layout.left - 8.0, y), Align::End, colors.second_label());
    for failed in &figure.failed {
        canvas.cross((layout.x(failed.memory.statistic()), y), CROSS, colors.current_pen());
    }
    for reason in &layout.reasons {
        canvas.text(&reason.text, (reason.x, y), Align::Middle, colors.note());
    }
}

/// The guides of the marked sizes and what is said of them.
fn callouts(canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout) {
    for callout in &layout.callouts {
        let x = layout.x(callout.memory.statistic());
        for panel in [&layout.duration, &layout.cost] {
            if callout.is_chosen {
                canvas.line((x, panel.top), (x, panel.bottom), colors.chosen_pen());
            } else {
                canvas.dashed_vertical(x, panel.top, panel.bottom, colors.current_pen());
            }
        }
        let letters = if callout.is_chosen { colors.strong_label() } else { colors.label() };
        let left = callout.center.0 - text_width(&callout.text, letters.size, letters.bold) / 2.0;
        let swatch = (left - style::SWATCH / 2.0, callout.center.1);
        size_mark(canvas, colors, swatch, 4.0, callout.is_chosen);
        canvas.text(&callout.text, (left, callout.center.1), Align::Start, letters);
    }
}

/// A ring for the chosen size, a square for the current one.
fn size_mark(canvas: &mut Canvas<'_>, colors: &Colors, center: Point, radius: f64, is_chosen: bool) {
    if is_chosen {
        canvas.ring(center, radius + 1.0, colors.chosen_pen());
    } else {
        canvas.square(center, radius, colors.current_pen());
    }
}

fn durations(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    let panel = &layout.duration;
    let at = |value: f64, memory_mb: f64| (layout.x(memory_mb), panel.y(value));
    if !layout.curve.is_empty() {
        let edge = |edge_ms: fn(&CurvePoint) -> f64| layout.curve.iter().map(move |point| at(edge_ms(point), point.memory_mb));
        let band: Vec<Point> = edge(|point| point.low_ms).chain(edge(|point| point.high_ms).rev()).collect();
        canvas.area(&band, colors.duration, style::BAND_OPACITY);
        canvas.path(&edge(|point| point.duration_ms).collect::<Vec<_>>(), colors.curve_pen());
    }
    for size in &figure.sizes {
        if let Some(p95_ms) = size.p95_ms {
            canvas.diamond(at(p95_ms, size.memory.statistic()), layout.dot_radius + 0.5, colors.tail_pen());
        }
    }
    estimates(canvas, colors, figure, layout, &Series { panel, color: colors.duration, of: |size| size.duration_ms });
}

fn costs(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    let series = Series { panel: &layout.cost, color: colors.cost, of: |size| size.cost_per_million_usd };
    estimates(canvas, colors, figure, layout, &series);
}

/// A dot with its whisker for every size, and around the marked ones their marks.
fn estimates(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout, series: &Series<'_>) {
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
            size_mark(canvas, colors, (x, panel.y(interval.point)), layout.dot_radius + 4.0, callout.is_chosen);
        }
    }
}

fn legends(canvas: &mut Canvas<'_>, colors: &Colors, figure: &TuningFigure, layout: &Layout) {
    let duration_heading = heading("Duration of an invocation", &layout.duration);
    let cost_heading = heading("Cost of a million invocations", &layout.cost);
    canvas.text(&duration_heading, (layout.left, layout.duration.heading_y), Align::Start, colors.heading());
    canvas.text(&cost_heading, (layout.left, layout.cost.heading_y), Align::Start, colors.heading());
    let mut marks = vec![(Mark::Duration, MEAN)];
    if !layout.curve.is_empty() {
        marks.push((Mark::Curve, "fitted curve"));
    }
    if figure.sizes.iter().any(|size| size.p95_ms.is_some()) {
        marks.push((Mark::Tail, "95th percentile"));
    }
    legend(canvas, colors, layout.right, layout.duration.heading_y, &marks);
    legend(canvas, colors, layout.right, layout.cost.heading_y, &[(Mark::Cost, MEAN)]);
}

fn heading(what: &str, panel: &Panel) -> String {
    match panel.axis.scale {
        Scale::Linear => what.to_owned(),
        Scale::Log => format!("{what} (log scale)"),
    }
}

/// Outside the panel, so that it never covers a mark; right-aligned.
fn legend(canvas: &mut Canvas<'_>, colors: &Colors, right: f64, y: f64, marks: &[(Mark, &str)]) {
    let mut end = right;
    for (mark, name) in marks.iter().rev() {
        canvas.text(name, (end, y), Align::End, colors.label());
        let swatch = end - text_width(name, colors.label().size, colors.label().bold) - 18.0;
        swatch_of(canvas, colors, *mark, (swatch, y));
        end = swatch - 30.0;
    }
}

fn swatch_of(canvas: &mut Canvas<'_>, colors: &Colors, mark: Mark, (x, y): Point) {
    match mark {
        Mark::Duration | Mark::Cost => {
            let color = if matches!(mark, Mark::Cost) { colors.cost } else { colors.duration };
            canvas.line((x, y - 8.0), (x, y + 8.0), Pen { color, width: style::STROKE });
            canvas.dot((x, y), 4.0, color);
        }
        Mark::Curve => {
            let corners = [(x - 12.0, y - 6.0), (x + 12.0, y - 6.0), (x + 12.0, y + 6.0), (x - 12.0, y + 6.0)];
            canvas.area(&corners, colors.duration, style::BAND_OPACITY);
            canvas.line((x - 12.0, y), (x + 12.0, y), colors.curve_pen());
        }
        Mark::Tail => canvas.diamond((x, y), 4.5, colors.tail_pen()),
    }
}
