//! Puts the ink of a cost figure, back to front; every position is from the layout.

use super::CostCurveFigure;
use super::layout::{BAND, LANE_LABEL, Layout};
use crate::chart::canvas::{Align, Canvas, Pen};
use crate::chart::page::corners;
use crate::chart::quantity::headed;
use crate::chart::series::look;
use crate::chart::style;
use crate::chart::theme::Colors;

/// Radius of a ring at a crossing.
const RING: f64 = 6.0;
/// Smaller where there are many, and where one of the two options cannot carry the load.
const SMALL_RING: f64 = 4.0;
const MANY_RINGS: usize = 8;

pub(super) fn draw(canvas: &mut Canvas<'_>, colors: &Colors, figure: &CostCurveFigure, layout: &Layout) {
    let heading = headed("Cost of a month", &layout.up);
    canvas.text(&heading, (layout.plot.left, layout.heading_y), Align::Start, colors.heading());
    layout.plot.columns(canvas, colors, &layout.across);
    layout.plot.rows(canvas, colors, &layout.up);
    lane(canvas, colors, layout);
    layout.plot.foot(canvas, colors, &layout.across, (layout.foot_y, &figure.across.words()));
    guides(canvas, colors, layout);
    // Solid lines first: what lies on them shows them through its spaces.
    let mut order: Vec<usize> = (0..layout.lines.len()).collect();
    order.sort_by_key(|index| !look(*index, colors).dashes.is_empty());
    for index in order {
        for piece in &layout.lines[index].pieces {
            look(index, colors).line(canvas, &piece.points, piece.is_feasible);
        }
    }
    layout.names.draw(canvas, colors, |index| look(index, colors));
    for (index, line) in layout.lines.iter().enumerate() {
        for marker in &line.markers {
            look(index, colors).marker(canvas, *marker);
        }
    }
    let usual = if MANY_RINGS < layout.rings.len() { SMALL_RING } else { RING };
    for (ring, is_feasible) in &layout.rings {
        if *is_feasible {
            canvas.ring(*ring, usual, Pen { color: colors.ink, width: style::CURVE_STROKE });
        } else {
            canvas.ring(*ring, SMALL_RING, Pen { color: colors.second_ink, width: style::HAIRLINE });
        }
    }
    band(canvas, colors, layout);
}

/// Below the axis: what costs less than a cent.
fn lane(canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout) {
    let plot = layout.plot;
    canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), colors.frame_pen());
    if let Some(y) = layout.lane_y {
        canvas.line((plot.left, y), (plot.right, y), colors.grid_pen());
        canvas.text(LANE_LABEL, (plot.left - 8.0, y), Align::End, colors.second_label());
    }
}

/// From the numbers over the plot down to their rings.
fn guides(canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout) {
    let pen = Pen { color: colors.second_ink, width: style::HAIRLINE };
    for label in &layout.crossing_labels {
        canvas.dashed_path(&[(label.ring.0, layout.plot.top), (label.ring.0, label.ring.1 - RING)], &[4.0, 3.0], pen);
        canvas.text(&label.text, label.center, Align::Middle, colors.strong_label());
    }
}

/// Under the plot: who is the cheapest.
fn band(canvas: &mut Canvas<'_>, colors: &Colors, layout: &Layout) {
    const SEPARATOR: f64 = 1.0;
    let (top, bottom) = (layout.band_top, layout.band_top + BAND - 1.0);
    if !layout.fields.is_empty() {
        canvas.text("cheapest", (layout.plot.left - 8.0, (top + bottom) / 2.0), Align::End, colors.second_label());
    }
    for field in &layout.fields {
        let color = field.cheapest.map_or(colors.shade, |index| look(index, colors).color);
        canvas.area(&corners((field.left, (field.right - SEPARATOR).max(field.left)), (top, bottom)), color, 1.0);
        let middle = ((field.left + field.right) / 2.0, (top + bottom) / 2.0);
        match (&field.name, field.cheapest) {
            (Some(name), Some(_)) => canvas.text(name, middle, Align::Middle, colors.on(color)),
            (Some(name), None) => canvas.text(name, middle, Align::Middle, colors.note()),
            // The marker says who it is where the name has no room.
            (None, Some(index)) if 24.0 < field.right - field.left => {
                canvas.area(&corners((middle.0 - 10.0, middle.0 + 10.0), (top + 2.0, bottom - 2.0)), colors.background, 1.0);
                look(index, colors).marker(canvas, middle);
            }
            (None, _) => {}
        }
    }
}
