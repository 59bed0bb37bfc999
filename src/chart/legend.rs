//! The names of colored areas: each has a number, which also stands on the areas, so that no color has to be told apart.

use plotters::style::RGBColor;

use super::canvas::{Align, Canvas, Pen, Point, height_at};
use super::page::corners;
use super::style::{self, named, text_width};
use super::theme::Colors;

/// Height of a row.
const ROW: f64 = 21.0;
/// Half the side of the square with the number.
const HALF: f64 = 8.0;
/// Between one name and the next square.
const GAP: f64 = 18.0;
/// Longer names are cut.
const MOST_NAME_WIDTH: f64 = 260.0;
/// The least width of an area that its number fits on.
pub(super) const KEY_WIDTH: f64 = 17.0;

/// Names in rows from left to right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Legend {
    entries: Vec<(String, Point)>,
    pub(super) height: f64,
}

impl Legend {
    /// In the order of the areas, from `top` down.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str>, (left, right): (f64, f64), top: f64) -> Self {
        let (mut x, mut y) = (left, top + ROW / 2.0);
        let mut entries = Vec::new();
        for name in names {
            let name = named(name, MOST_NAME_WIDTH, 1).concat();
            let width = 2.0 * HALF + 6.0 + text_width(&name, style::LABEL_SIZE, false);
            if left < x && right < x + width {
                (x, y) = (left, y + ROW);
            }
            entries.push((name, (x + HALF, y)));
            x += width + GAP;
        }
        Self { entries, height: y + ROW / 2.0 - top }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors) {
        for (index, (name, (x, y))) in self.entries.iter().enumerate() {
            let color = area_color(index, colors);
            canvas.area(&corners((x - HALF, x + HALF), (y - HALF, y + HALF)), color, 1.0);
            key(canvas, colors, index, (*x, *y));
            canvas.text(name, (x + HALF + 6.0, *y), Align::Start, colors.label());
        }
    }

    /// What every name covers: left, right, middle.
    #[cfg(test)]
    pub(super) fn boxes(&self) -> Vec<(f64, f64, f64)> {
        let covered =
            |(name, (x, y)): &(String, Point)| (x - HALF, x + HALF + 6.0 + text_width(name, style::LABEL_SIZE, false), *y);
        self.entries.iter().map(covered).collect()
    }
}

pub(super) fn area_color(index: usize, colors: &Colors) -> RGBColor {
    colors.series[index % colors.series.len()]
}

/// The number on an area, counted from one.
pub(super) fn key(canvas: &mut Canvas<'_>, colors: &Colors, index: usize, center: Point) {
    canvas.text(&(index + 1).to_string(), center, Align::Middle, colors.on(area_color(index, colors)));
}

/// An area between two lines with the same places across.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Band {
    pub(super) upper: Vec<Point>,
    pub(super) lower: Vec<Point>,
}

impl Band {
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, color: RGBColor, edge: RGBColor) {
        let outline: Vec<Point> = self.upper.iter().chain(self.lower.iter().rev()).copied().collect();
        canvas.area(&outline, color, 1.0);
        canvas.path(&self.upper, Pen { color: edge, width: style::HAIRLINE });
    }

    /// Where something of this width and of the height of a label fits best, between two limits; none where it does not.
    pub(super) fn room_for(&self, width: f64, (left, right): (f64, f64)) -> Option<Point> {
        const HEIGHT: f64 = 16.0;
        const STEPS: u32 = 96;
        let half = width / 2.0 + 3.0;
        let (first, last) = (left + half, right - half);
        if last < first {
            return None;
        }
        let centers = (0..=STEPS).map(|step| first + (last - first) * f64::from(step) / f64::from(STEPS));
        let places = centers.filter_map(|x| Some((x, self.clear(x - half, x + half)?)));
        let fitting = places.filter(|(_, (top, bottom))| top + HEIGHT <= *bottom);
        let best = fitting.max_by(|(_, one), (_, other)| (one.1 - one.0).total_cmp(&(other.1 - other.0)));
        best.map(|(x, (top, bottom))| (x, (top + bottom) / 2.0))
    }

    /// The heights that belong to the area from one place across to another.
    fn clear(&self, left: f64, right: f64) -> Option<(f64, f64)> {
        let between = |line: &[Point]| -> Option<Vec<f64>> {
            let inside = line.iter().filter(|point| left < point.0 && point.0 < right).map(|point| point.1);
            Some(inside.chain([height_at(line, left)?, height_at(line, right)?]).collect())
        };
        let top = between(&self.upper)?.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let bottom = between(&self.lower)?.into_iter().fold(f64::INFINITY, f64::min);
        Some((top, bottom))
    }
}

/// The name of an area where it has room, else its number, else nothing.
pub(super) fn name_on(
    canvas: &mut Canvas<'_>,
    colors: &Colors,
    (index, name): (usize, &str),
    (band, limits): (&Band, (f64, f64)),
) {
    let letters = colors.on(area_color(index, colors));
    let number = (index + 1).to_string();
    for text in [name, &number] {
        let width = text_width(text, letters.size, letters.bold);
        if let Some((x, y)) = band.room_for(width, limits) {
            // No grid line runs through a name.
            canvas.area(
                &corners((x - width / 2.0 - 2.0, x + width / 2.0 + 2.0), (y - 7.0, y + 7.0)),
                area_color(index, colors),
                1.0,
            );
            return canvas.text(text, (x, y), Align::Middle, letters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_label_stands_where_its_area_is_highest() {
        let upper = vec![(0.0, 80.0), (50.0, 20.0), (100.0, 80.0)];
        let lower = upper.iter().map(|point| (point.0, 90.0)).collect();
        let band = Band { upper, lower };
        // Fourteen wide and six free: at the ends of that, the area begins at 20 + 10 × 60 ÷ 50.
        assert_eq!(band.room_for(14.0, (0.0, 100.0)), Some((50.0, (32.0 + 90.0) / 2.0)));
        assert_eq!(band.room_for(14.0, (60.0, 100.0)), Some((70.0, (56.0 + 90.0) / 2.0)));
        assert_eq!(band.room_for(94.0, (0.0, 100.0)), None);
        assert_eq!(band.room_for(120.0, (0.0, 100.0)), None);
    }

    proptest! {
        #[test]
        fn names_of_a_legend_never_overlap(names in prop::collection::vec("\\PC{0,60}", 1..13)) {
            let boxes = Legend::of(names.iter().map(String::as_str), (24.0, 936.0), 50.0).boxes();
            for (index, one) in boxes.iter().enumerate() {
                prop_assert!(24.0 <= one.0 && one.1 <= 936.0, "{one:?}");
                for other in &boxes[..index] {
                    prop_assert!(other.1 < one.0 || ROW <= one.2 - other.2, "{other:?} {one:?}");
                }
            }
        }
    }
}
