//! How the lines of a figure are told apart: each has its dashes, its marker and its color.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Pen, Point};
use super::style;
use super::theme::{Colors, MOST_SERIES};

/// Lengths of dashes and spaces, the first one solid. None is as fine as [`INFEASIBLE`].
const DASHES: [&[f64]; MOST_SERIES] = [
    &[],
    &[11.0, 4.0],
    &[10.0, 3.0, 3.0, 3.0],
    &[5.0, 3.0],
    &[18.0, 4.0],
    &[10.0, 3.0, 3.0, 3.0, 3.0, 3.0],
    &[16.0, 3.0, 6.0, 3.0],
    &[7.0, 6.0],
    &[18.0, 3.0, 3.0, 3.0],
    &[6.0, 3.0, 3.0, 3.0],
    &[14.0, 3.0, 6.0, 3.0, 6.0, 3.0],
    &[16.0, 3.0, 3.0, 3.0, 3.0, 3.0],
];

/// What an option cannot carry is dotted, whatever its dashes are.
const INFEASIBLE: &[f64] = &[1.5, 4.5];

/// The shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Dot,
    Square,
    Diamond,
    TriangleUp,
    TriangleDown,
    Cross,
}

const MARKERS: [Marker; 6] =
    [Marker::Dot, Marker::Square, Marker::TriangleUp, Marker::Diamond, Marker::TriangleDown, Marker::Cross];

/// How one line of a figure is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub(super) color: RGBColor,
    pub(super) dashes: &'static [f64],
    marker: Marker,
    /// Filled markers are used up first.
    is_filled: bool,
}

/// Half the size of a marker.
pub(super) const REACH: f64 = 4.0;

/// The look of the line with this number, counted from zero; figures refuse more than twelve.
pub(super) fn look(index: usize, colors: &Colors) -> Look {
    let index = index % MOST_SERIES;
    Look {
        color: colors.series[index],
        dashes: DASHES[index],
        marker: MARKERS[index % MARKERS.len()],
        is_filled: index < MARKERS.len(),
    }
}

impl Look {
    /// A part of the line, as it is where the option can carry the load, or cannot.
    pub(super) fn line(&self, canvas: &mut Canvas<'_>, points: &[Point], is_feasible: bool) {
        if is_feasible {
            canvas.dashed_path(points, self.dashes, Pen { color: self.color, width: style::CURVE_STROKE });
        } else {
            canvas.dashed_path(points, INFEASIBLE, Pen { color: self.color, width: style::STROKE });
        }
    }

    pub(super) fn marker(&self, canvas: &mut Canvas<'_>, (x, y): Point) {
        let pen = Pen { color: self.color, width: style::STROKE };
        let corners = match self.marker {
            Marker::Dot if self.is_filled => return canvas.dot((x, y), REACH, self.color),
            Marker::Dot => {
                let ring: Vec<Point> = (0..24)
                    .map(|step| f64::from(step) / 24.0 * std::f64::consts::TAU)
                    .map(|angle| (x + REACH * angle.cos(), y + REACH * angle.sin()))
                    .collect();
                return canvas.hollow(&ring, pen);
            }
            Marker::Cross if self.is_filled => {
                return canvas.cross((x, y), REACH, Pen { width: style::CURVE_STROKE, ..pen });
            }
            Marker::Cross => {
                canvas.line((x - REACH - 1.0, y), (x + REACH + 1.0, y), Pen { width: style::CURVE_STROKE, ..pen });
                return canvas.line((x, y - REACH - 1.0), (x, y + REACH + 1.0), Pen { width: style::CURVE_STROKE, ..pen });
            }
            Marker::Square => {
                let reach = REACH - 0.5;
                vec![(x - reach, y - reach), (x + reach, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
            }
            Marker::Diamond => vec![(x, y - REACH - 1.0), (x + REACH + 1.0, y), (x, y + REACH + 1.0), (x - REACH - 1.0, y)],
            Marker::TriangleUp => {
                vec![(x, y - REACH - 0.5), (x + REACH + 0.5, y + REACH - 0.5), (x - REACH - 0.5, y + REACH - 0.5)]
            }
            Marker::TriangleDown => {
                vec![(x, y + REACH + 0.5), (x + REACH + 0.5, y - REACH + 0.5), (x - REACH - 0.5, y - REACH + 0.5)]
            }
        };
        if self.is_filled { canvas.area(&corners, self.color, 1.0) } else { canvas.hollow(&corners, pen) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::Theme;
    use super::*;

    #[test]
    fn no_two_lines_look_alike_even_without_color() {
        for theme in [Theme::Light, Theme::Dark] {
            let looks: Vec<Look> = (0..MOST_SERIES).map(|index| look(index, theme.colors())).collect();
            for (index, one) in looks.iter().enumerate() {
                assert_ne!(one.dashes, INFEASIBLE);
                for other in &looks[..index] {
                    assert_ne!(one.dashes, other.dashes);
                    assert_ne!((one.marker, one.is_filled), (other.marker, other.is_filled));
                    assert_ne!(one.color, other.color);
                }
            }
        }
    }
}
