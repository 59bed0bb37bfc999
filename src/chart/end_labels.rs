//! Names at the ends of lines: each as near to its end as the others let it be, none on another.

use super::canvas::{Align, Canvas, Pen, Point};
use super::series::Look;
use super::style::{self, named, text_width};
use super::theme::Colors;

/// Height of a line of a name.
const ROW: f64 = 14.5;
/// Between two names.
const GAP: f64 = 4.0;
/// From the plot to the samples of the lines; leader lines bridge it.
const LEADER: f64 = 26.0;
/// Width of the sample of a line, so that its dashes can be seen, and of the space after it.
const SAMPLE: f64 = 40.0;
const AFTER_SAMPLE: f64 = 6.0;
/// Names are broken to this width.
const MOST_NAME_WIDTH: f64 = 172.0;

/// A name at the end of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EndLabel {
    pub(super) lines: Vec<String>,
    /// Where the line ends.
    pub(super) end: Point,
    /// The height of the middle of the name.
    pub(super) y: f64,
}

/// The names of all lines, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EndLabels {
    pub(super) labels: Vec<EndLabel>,
    left: f64,
}

/// The width that names need beside a plot.
pub(super) fn room<'n>(names: impl Iterator<Item = &'n str>) -> f64 {
    let widest = names
        .flat_map(|name| [1, 2].into_iter().flat_map(|most_lines| broken(name, most_lines)))
        .map(|line| text_width(&line, style::LABEL_SIZE, false))
        .fold(0.0, f64::max);
    LEADER + SAMPLE + AFTER_SAMPLE + widest + 2.0
}

fn broken(name: &str, most_lines: usize) -> Vec<String> {
    named(name, MOST_NAME_WIDTH, most_lines)
}

impl EndLabels {
    /// Names beside a plot that ends at `right`, between `top` and `bottom`.
    pub(super) fn of<'n>(ends: impl Iterator<Item = (&'n str, Point)>, right: f64, (top, bottom): (f64, f64)) -> Self {
        let (names, ends): (Vec<&str>, Vec<Point>) = ends.unzip();
        let in_lines = |most_lines| -> Vec<Vec<String>> { names.iter().map(|name| broken(name, most_lines)).collect() };
        let height = |lines: &Vec<String>| ROW * lines.len() as f64 + GAP;
        let mut lines = in_lines(2);
        if bottom - top < lines.iter().map(height).sum() {
            lines = in_lines(1);
        }
        let heights: Vec<f64> = lines.iter().map(height).collect();
        let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
        let middles = spread(&wanted, &heights, (top, bottom));
        let labels = lines.into_iter().zip(ends).zip(middles).map(|((lines, end), y)| EndLabel { lines, end, y }).collect();
        Self { labels, left: right + LEADER }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, look_of: impl Fn(usize) -> Look) {
        for (index, label) in self.labels.iter().enumerate() {
            let look = look_of(index);
            canvas.line(label.end, (self.left - 4.0, label.y), Pen { color: look.color, width: 0.75 });
            look.line(canvas, &[(self.left, label.y), (self.left + SAMPLE, label.y)], true);
            look.marker(canvas, (self.left + SAMPLE / 2.0, label.y));
            let first = label.y - ROW * (label.lines.len() as f64 - 1.0) / 2.0;
            for (row, line) in label.lines.iter().enumerate() {
                let at = (self.left + SAMPLE + AFTER_SAMPLE, first + ROW * row as f64);
                canvas.text(line, at, Align::Start, colors.label());
            }
        }
    }
}

/// The middles of things of these heights, in the order of `wanted`, as near to where they are wanted as they can be without
/// covering each other, between two bounds. Least squares under an order is isotonic regression, solved by pooling adjacent
/// violators (Ayer et al., "An empirical distribution function for sampling with incomplete information", 1955): things that
/// would touch form a pile, which stands at the mean of what its members want.
///
/// What is higher in total than the bounds allow is pressed together evenly.
pub(super) fn spread(wanted: &[f64], heights: &[f64], (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|one, other| wanted[*one].total_cmp(&wanted[*other]));
    let total: f64 = heights.iter().sum();
    let press = ((bottom - top) / total).min(1.0);
    // A pile: how many, where its upper edge wants to be, how high it is.
    let mut piles: Vec<(usize, f64, f64)> = Vec::new();
    for index in &order {
        let height = heights[*index] * press;
        let mut pile = (1, wanted[*index] - height / 2.0, height);
        let held = |upper: f64, height: f64| upper.clamp(top, (bottom - height).max(top));
        while let Some(above) = piles.pop_if(|above| held(pile.1, pile.2) < held(above.1, above.2) + above.2) {
            let count = (above.0 + pile.0) as f64;
            // Each member of the lower pile would move the common upper edge up by the height of what is above it.
            let upper = (above.0 as f64 * above.1 + pile.0 as f64 * (pile.1 - above.2)) / count;
            pile = (above.0 + pile.0, upper, above.2 + pile.2);
        }
        piles.push(pile);
    }
    let mut middles = vec![0.0; wanted.len()];
    let mut members = order.into_iter();
    for (count, upper, height) in piles {
        let mut edge = upper.clamp(top, (bottom - height).max(top));
        for index in members.by_ref().take(count) {
            middles[index] = edge + heights[index] * press / 2.0;
            edge += heights[index] * press;
        }
    }
    middles
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_stand_at_their_ends_and_make_room_for_each_other() {
        let bounds = (0.0, 100.0);
        assert_eq!(spread(&[20.0, 60.0], &[10.0, 10.0], bounds), [20.0, 60.0]);
        assert_eq!(spread(&[50.0, 50.0, 50.0], &[10.0, 10.0, 10.0], bounds), [40.0, 50.0, 60.0]);
        assert_eq!(spread(&[0.0, 99.0, 99.0], &[10.0, 10.0, 10.0], bounds), [5.0, 85.0, 95.0]);
        assert_eq!(spread(&[50.0, 0.0], &[100.0, 100.0], bounds), [75.0, 25.0]);
    }

    proptest! {
        #[test]
        fn names_never_overlap_and_never_leave(wanted in prop::collection::vec((0.0..400.0_f64, 10.0..33.0_f64), 1..13)) {
            let (wanted, heights): (Vec<f64>, Vec<f64>) = wanted.into_iter().unzip();
            let middles = spread(&wanted, &heights, (0.0, 400.0));
            for (one, (middle, height)) in middles.iter().zip(&heights).enumerate() {
                prop_assert!(-1e-9 <= middle - height / 2.0 && middle + height / 2.0 <= 400.0 + 1e-9);
                for other in 0..one {
                    let apart = (heights[one] + heights[other]) / 2.0;
                    prop_assert!(apart - 1e-6 <= (middle - middles[other]).abs(), "{middles:?}");
                    // In the order of the ends, so that leader lines do not cross.
                    if wanted[one] < wanted[other] {
                        prop_assert!(*middle < middles[other]);
                    }
                }
            }
        }
    }
}
