//! How a timeline is drawn.

use super::super::axis::Axis;
use super::super::canvas::{Align, Canvas, Pen, Point};
use super::super::page::{Plot, corners};
use super::super::series::{Look, look};
use super::super::style;
use super::super::theme::Colors;
use super::layout::{Bars, Latency, Layout, Line, Row};
use super::{TimelineDesign, TimelineFigure, TimelineStretch};

/// From the top of a panel up to its heading.
const HEADING_RISE: f64 = 12.0;
/// From the top of bars up to what they are.
const BARS_RISE: f64 = 8.0;
/// The looks of latencies of several designs: none that is used above, where each has a meaning. A single one is solid.
const LATENCIES: [usize; super::MOST_TIMELINES] = [2, 3, 5, 6];
/// The look of the limit.
const LIMIT: usize = 4;
/// How opaque the calls in progress are under the lines.
const FILLING: f64 = 0.28;
/// A marker on every so manieth stretch.
const BETWEEN_MARKERS: usize = 12;

impl Line {
    fn look(self, colors: &Colors) -> Look {
        look(
            match self {
                Self::InProgress => 0,
                Self::Environments => 1,
                Self::Instances => 4,
                Self::Units => 7,
            },
            colors,
        )
    }
}

impl Layout {
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &TimelineFigure) {
        for plot in self.plots() {
            plot.columns(canvas, colors, &self.time);
        }
        let calls = self.calls;
        heading(canvas, colors, &calls, "Calls a second");
        calls.rows(canvas, colors, &self.calls_axis);
        if let Some(design) = figure.designs.first() {
            let steps = self.steps(&calls, &self.calls_axis, design, |stretch| Some(stretch.calls_per_s()));
            fill(canvas, &calls, &steps, Pen { color: colors.second_ink, width: style::STROKE });
        }
        for (row, design) in self.rows.iter().zip(&figure.designs) {
            self.draw_row(canvas, colors, row, design);
        }
        if let Some(latency) = &self.latency {
            self.draw_latency(canvas, colors, latency, figure);
        }
        // All of a figure is over one axis: its labels stand once.
        let bottom = Plot { bottom: self.bottom(), ..self.calls };
        bottom.foot(canvas, colors, &self.time, (bottom.bottom + 16.0, self.time_title));
    }

    fn draw_row(&self, canvas: &mut Canvas<'_>, colors: &Colors, row: &Row, design: &TimelineDesign) {
        let plot = row.plot;
        canvas.text(&row.name, (plot.left, row.top + 10.0), Align::Start, colors.heading());
        canvas.text(&row.remark, (plot.left, row.top + 26.0), Align::Start, colors.second_label());
        plot.rows(canvas, colors, &self.places);
        for line in &row.lines {
            let look = line.look(colors);
            let steps = self.steps(&plot, &self.places, design, |stretch| line.value(design, stretch));
            match line {
                Line::InProgress => fill(canvas, &plot, &steps, Pen { color: look.color, width: style::STROKE }),
                Line::Instances | Line::Units | Line::Environments => {
                    steps.iter().for_each(|steps| look.line(canvas, steps, true))
                }
            }
        }
        row.names.draw(canvas, colors, |index| row.lines[index].look(colors));
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
        for (bars, plot, axis) in &row.bars {
            self.draw_bars(canvas, colors, (*bars, plot, axis), design);
        }
    }

    fn draw_bars(
        &self,
        canvas: &mut Canvas<'_>,
        colors: &Colors,
        (bars, plot, axis): (Bars, &Plot, &Axis),
        design: &TimelineDesign,
    ) {
        plot.rows(canvas, colors, axis);
        let length = design.stretches.first().map_or_else(String::new, |stretch| in_words(stretch.to_s - stretch.from_s));
        let (what, color) = match bars {
            Bars::Cold => (format!("Cold starts in {length}"), colors.series[1]),
            Bars::Waiting => ("Most calls that waited for an instance at once".to_owned(), colors.second_ink),
            Bars::Refused => (format!("Refused or given up in {length}"), colors.ink),
        };
        canvas.text(&what, (plot.left, plot.top - BARS_RISE), Align::Start, colors.second_label());
        for stretch in design.stretches.iter().filter(|stretch| 0 < bars.of(stretch)) {
            let (left, right) = (plot.x(&self.time, stretch.from_s), plot.x(&self.time, stretch.to_s));
            // What happened once among thousands is still seen.
            let top = plot.y(axis, bars.of(stretch) as f64).min(plot.bottom - 1.5);
            let gap = ((right - left) * 0.12).min(1.0);
            canvas.area(&corners((left + gap, right - gap), (top, plot.bottom)), color, 1.0);
        }
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
    }

    fn draw_latency(&self, canvas: &mut Canvas<'_>, colors: &Colors, latency: &Latency, figure: &TimelineFigure) {
        let plot = latency.plot;
        heading(canvas, colors, &plot, &latency.heading);
        plot.rows(canvas, colors, &latency.axis);
        canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
        let designs = figure.designs.len();
        let look_of = |index: usize| {
            let place = match index {
                limit if limit == designs => LIMIT,
                _ if designs == 1 => 0,
                several => LATENCIES[several % LATENCIES.len()],
            };
            look(place, colors)
        };
        if let Some(limit_ms) = figure.limit_ms {
            let y = plot.y(&latency.axis, limit_ms);
            look_of(designs).line(canvas, &[(plot.left, y), (plot.right, y)], true);
        }
        for (index, design) in figure.designs.iter().enumerate() {
            let look = look_of(index);
            for steps in self.steps(&plot, &latency.axis, design, |stretch| stretch.p99_ms) {
                let middles: Vec<Point> = steps.chunks_exact(2).map(|pair| (pair[0].0.midpoint(pair[1].0), pair[0].1)).collect();
                // From the middle of one stretch to that of the next: dashes are lost on the edges of steps.
                let ends = (steps.first().copied(), steps.last().copied());
                let line: Vec<Point> = ends.0.into_iter().chain(middles.iter().copied()).chain(ends.1).collect();
                look.line(canvas, &line, true);
                // Shifted from line to line, so that those of equal ones can be seen.
                let first = BETWEEN_MARKERS / 2 + index * BETWEEN_MARKERS / super::MOST_TIMELINES;
                middles.iter().skip(first).step_by(BETWEEN_MARKERS).for_each(|middle| look.marker(canvas, *middle));
            }
        }
        latency.names.draw(canvas, colors, look_of);
    }

    /// Steps through the values, two points each, in as many pieces as there are without a value between.
    fn steps(
        &self,
        plot: &Plot,
        axis: &Axis,
        design: &TimelineDesign,
        value: impl Fn(&TimelineStretch) -> Option<f64>,
    ) -> Vec<Vec<Point>> {
        let pieces =
            design.stretches.chunk_by(|one, next| value(one).is_some() == value(next).is_some() && next.from_s <= one.to_s);
        let of_piece = |piece: &[TimelineStretch]| -> Vec<Point> {
            let valued = piece.iter().filter_map(|stretch| Some((stretch, value(stretch)?)));
            let ends = valued.flat_map(|(stretch, value)| [stretch.from_s, stretch.to_s].map(|at_s| (at_s, value)));
            ends.map(|(at_s, value)| (plot.x(&self.time, at_s), plot.y(axis, value))).collect()
        };
        pieces.map(of_piece).filter(|steps| !steps.is_empty()).collect()
    }
}

fn heading(canvas: &mut Canvas<'_>, colors: &Colors, plot: &Plot, text: &str) {
    canvas.text(text, (plot.left, plot.top - HEADING_RISE), Align::Start, colors.heading());
}

/// The area under steps, and their edge.
fn fill(canvas: &mut Canvas<'_>, plot: &Plot, pieces: &[Vec<Point>], pen: Pen) {
    for steps in pieces {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { continue };
        let floor = [(last.0, plot.bottom), (first.0, plot.bottom)];
        let outline: Vec<Point> = steps.iter().copied().chain(floor).collect();
        canvas.area(&outline, pen.color, FILLING);
        canvas.path(steps, pen);
    }
}

/// The length of a stretch: "15 minutes".
fn in_words(length_s: f64) -> String {
    let units = [(86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second")];
    let (unit_s, name) = units.into_iter().find(|(unit_s, _)| *unit_s <= length_s).unwrap_or((1.0, "second"));
    let count = super::words::number(length_s / unit_s);
    format!("{count} {name}{}", if count == "1" { "" } else { "s" })
}
