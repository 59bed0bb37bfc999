//! A figure of what is spent against what is lost by it: one mark for each way to decide, in two panels over one axis.
//!
//! Down and to the left is better in both. Ways that differ only in how much they spend are one series, joined by a line.

use super::ChartError;
use super::axis::{Axis, Tick};
use super::canvas::{Align, Canvas, Letters, Pen, Point, draw_svg};
use super::style::{self, text_width, wrapped};
use super::theme::{Colors, Theme};

/// The numbers to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeOffFigure {
    /// What is shown.
    pub title: String,
    /// Of what, and under which conditions.
    pub subtitle: String,
    /// What is spent, under both panels.
    pub spent: String,
    /// What is lost, over each panel.
    pub lost: [String; 2],
    /// The ways to decide.
    pub series: Vec<TradeOffSeries>,
    /// The corner that is aimed at, if there is one.
    pub aim: Option<TradeOffPoint>,
    /// What to know beside the marks.
    pub note: String,
}

/// Ways to decide that differ only in how much they spend.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeOffSeries {
    /// The shape of its marks.
    pub shape: Shape,
    /// Its marks with their labels, in the order in which a line joins them.
    pub points: Vec<(String, TradeOffPoint)>,
}

/// Where a mark is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TradeOffPoint {
    /// What is spent; more than nothing.
    pub spent: f64,
    /// What is lost, in percent, in the upper and the lower panel.
    pub lost: [f64; 2],
}

/// The shape of a mark: it carries the meaning without color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A filled dot, for what the figure is about.
    Dot,
    /// An empty square.
    Square,
    /// An empty diamond.
    Diamond,
    /// An empty circle.
    Ring,
}

/// Half the size of a mark.
const REACH: f64 = 5.5;
/// From the middle of a mark to its label.
const ASIDE: f64 = 11.0;
/// Height of a line of labels.
const ROW: f64 = 17.0;
/// The part of the height of both panels that the upper one gets.
const UPPER_SHARE: f64 = 0.5;
/// Left of the panels, for the labels of their axes.
const LEFT: f64 = style::PAGE_MARGIN + 52.0;
const RIGHT: f64 = style::WIDTH - style::PAGE_MARGIN;

impl TradeOffFigure {
    /// The figure as SVG.
    ///
    /// # Errors
    /// When there is no mark, or one has no place.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        let points: Vec<&(String, TradeOffPoint)> = self.series.iter().flat_map(|series| &series.points).collect();
        if points.is_empty() {
            return Err(ChartError::NoMark);
        }
        for (label, point) in &points {
            let [upper, lower] = point.lost;
            let has_place = 0.0 < point.spent && 0.0 <= upper && 0.0 <= lower;
            if !has_place || ![point.spent, upper, lower].iter().all(|value| value.is_finite()) {
                return Err(ChartError::Mark { label: label.clone() });
            }
        }
        let colors = theme.colors();
        draw_svg((&self.title, &self.description()), style::HEIGHT, colors, |canvas| self.draw(canvas, colors))
    }

    /// The marks in words, for those who do not see them.
    fn description(&self) -> String {
        let points = self.series.iter().flat_map(|series| &series.points);
        let said = points.map(|(label, point)| {
            let [upper, lower] = point.lost;
            format!("{label}: {:.2}; {upper:.1}%; {lower:.1}%.", point.spent)
        });
        format!("{} {}; {}; {}. {}", self.subtitle, self.spent, self.lost[0], self.lost[1], said.collect::<Vec<_>>().join(" "))
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors) {
        let width = RIGHT - style::PAGE_MARGIN;
        let mut y = style::PAGE_MARGIN + 4.0;
        for line in wrapped(&self.title, width, style::TITLE_SIZE, true, 2) {
            canvas.text(&line, (style::PAGE_MARGIN, y), Align::Start, colors.title());
            y += 25.0;
        }
        for line in wrapped(&self.subtitle, width, style::HEADING_SIZE, false, 2) {
            canvas.text(&line, (style::PAGE_MARGIN, y), Align::Start, colors.subtitle());
            y += ROW;
        }
        let notes = wrapped(&self.note, width, style::NOTE_SIZE, false, 3);
        let notes_top = style::HEIGHT - style::PAGE_MARGIN - ROW * notes.len() as f64;
        for (index, line) in notes.iter().enumerate() {
            let at = (style::PAGE_MARGIN, notes_top + ROW * (index as f64 + 0.7));
            canvas.text(line, at, Align::Start, colors.note());
        }
        let bottom = notes_top - 48.0;
        canvas.text(&self.spent, ((LEFT + RIGHT) / 2.0, bottom + 38.0), Align::Middle, colors.label());
        let spent = self.spent_axis();
        let top = y + 24.0;
        let between = 40.0;
        let upper_bottom = top + UPPER_SHARE * (bottom - between - top);
        for (index, (top, bottom)) in [(top, upper_bottom), (upper_bottom + between, bottom)].into_iter().enumerate() {
            Panel { figure: self, colors, index, top, bottom, spent: &spent, lost: self.lost_axis(index) }.draw(canvas);
        }
        for tick in &spent.ticks {
            canvas.text(&tick.label, (x(&spent, tick.value), bottom + 16.0), Align::Middle, colors.second_label());
        }
    }

    fn all(&self) -> impl Iterator<Item = TradeOffPoint> {
        self.series.iter().flat_map(|series| &series.points).map(|(_, point)| *point).chain(self.aim)
    }

    fn spent_axis(&self) -> Axis {
        let values: Vec<f64> = self.all().map(|point| point.spent).collect();
        // Room for a label beside the outermost marks.
        let ends = [values.iter().copied().fold(f64::INFINITY, f64::min) / 1.6, values.iter().copied().fold(0.0, f64::max) * 2.6];
        Axis::covering(&values, &ends, 12, |value, places, _| format!("{value:.*}×", places as usize))
    }

    fn lost_axis(&self, index: usize) -> Axis {
        let values: Vec<f64> = self.all().map(|point| point.lost[index]).collect();
        Axis::covering(&values, &[], 7, |value, places, _| format!("{value:.*}%", places as usize))
    }
}

fn x(axis: &Axis, value: f64) -> f64 {
    LEFT + axis.fraction(value) * (RIGHT - LEFT)
}

/// One of the two, with its place.
struct Panel<'f> {
    figure: &'f TradeOffFigure,
    colors: &'f Colors,
    index: usize,
    top: f64,
    bottom: f64,
    spent: &'f Axis,
    lost: Axis,
}

impl Panel<'_> {
    fn place(&self, point: TradeOffPoint) -> Point {
        (x(self.spent, point.spent), self.y(point.lost[self.index]))
    }

    fn y(&self, lost: f64) -> f64 {
        self.bottom - self.lost.fraction(lost) * (self.bottom - self.top)
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        if let Some(aim) = self.figure.aim {
            let (right, top) = self.place(aim);
            let corners = [(LEFT, top), (right, top), (right, self.bottom), (LEFT, self.bottom)];
            canvas.area(&corners, self.colors.shade, 1.0);
            canvas.text("aim", (LEFT + 8.0, self.bottom - 11.0), Align::Start, self.colors.second_label());
        }
        for Tick { value, label } in &self.lost.ticks {
            canvas.line((LEFT, self.y(*value)), (RIGHT, self.y(*value)), self.colors.grid_pen());
            canvas.text(label, (LEFT - 8.0, self.y(*value)), Align::End, self.colors.second_label());
        }
        for Tick { value, .. } in &self.spent.ticks {
            canvas.line((x(self.spent, *value), self.top), (x(self.spent, *value), self.bottom), self.colors.grid_pen());
        }
        let corners = [(LEFT, self.top), (RIGHT, self.top), (RIGHT, self.bottom), (LEFT, self.bottom), (LEFT, self.top)];
        canvas.path(&corners, self.colors.frame_pen());
        canvas.text(&self.figure.lost[self.index], (LEFT, self.top - 13.0), Align::Start, self.colors.heading());
        for series in &self.figure.series {
            for (from, to) in self.lines(series) {
                canvas.line(from, to, Pen { color: series.shape.pen(self.colors).color, width: style::HAIRLINE });
            }
        }
        for series in &self.figure.series {
            for (_, point) in &series.points {
                series.shape.draw(canvas, self.colors, self.place(*point));
            }
        }
        self.labels(canvas);
    }

    /// From mark to mark.
    fn lines(&self, series: &TradeOffSeries) -> Vec<(Point, Point)> {
        let pairs = series.points.iter().zip(series.points.iter().skip(1));
        pairs.map(|((_, from), (_, to))| (self.place(*from), self.place(*to))).collect()
    }

    /// Each label where it covers neither a mark nor another label nor a line, if there is such a place beside its mark.
    fn labels(&self, canvas: &mut Canvas<'_>) {
        let series = || self.figure.series.iter().flat_map(|series| series.points.iter().map(move |point| (series.shape, point)));
        let mut taken: Vec<Rectangle> =
            series().map(|(_, (_, point))| Rectangle::around(self.place(*point), REACH, REACH)).collect();
        let lines: Vec<(Point, Point)> = self.figure.series.iter().flat_map(|series| self.lines(series)).collect();
        for (shape, (label, point)) in series() {
            let letters = Letters { bold: shape == Shape::Dot, ..self.colors.label() };
            let half = text_width(label, letters.size, letters.bold) / 2.0;
            let (x, y) = self.place(*point);
            let beside = [
                (x + ASIDE + half, y),
                (x - ASIDE - half, y),
                (x, y - ROW),
                (x, y + ROW),
                (x + ASIDE + half, y - ROW * 0.8),
                (x + ASIDE + half, y + ROW * 0.8),
                (x - ASIDE - half, y - ROW * 0.8),
                (x - ASIDE - half, y + ROW * 0.8),
            ];
            let inside = |at: &&Point| {
                LEFT < at.0 - half && at.0 + half < RIGHT && self.top + ROW / 2.0 < at.1 && at.1 < self.bottom - ROW / 2.0
            };
            let free = |at: &&Point| {
                let wanted = Rectangle::around(**at, half, ROW / 2.0 - 2.0);
                taken.iter().all(|other| !wanted.touches(other)) && lines.iter().all(|line| !wanted.is_crossed_by(*line))
            };
            let center = *beside.iter().filter(inside).find(free).unwrap_or(&beside[0]);
            taken.push(Rectangle::around(center, half, ROW / 2.0 - 2.0));
            canvas.text(label, center, Align::Middle, letters);
        }
    }
}

/// What a mark or a label covers.
struct Rectangle {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Rectangle {
    fn around((x, y): Point, half_width: f64, half_height: f64) -> Self {
        Self { left: x - half_width, right: x + half_width, top: y - half_height, bottom: y + half_height }
    }

    /// Looked at in steps that are shorter than a label is high.
    fn is_crossed_by(&self, (from, to): (Point, Point)) -> bool {
        let steps = (((to.0 - from.0).hypot(to.1 - from.1) / 4.0).ceil() as u32).max(1);
        (0..=steps).any(|step| {
            let share = f64::from(step) / f64::from(steps);
            let (x, y) = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            self.left < x && x < self.right && self.top < y && y < self.bottom
        })
    }

    fn touches(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl Shape {
    fn pen(self, colors: &Colors) -> Pen {
        let color = match self {
            Self::Dot => colors.choice,
            Self::Square => colors.duration,
            Self::Diamond => colors.tail,
            Self::Ring => colors.cost,
        };
        Pen { color, width: style::CURVE_STROKE }
    }

    fn draw(self, canvas: &mut Canvas<'_>, colors: &Colors, at: Point) {
        match self {
            Self::Dot => canvas.dot(at, REACH, self.pen(colors).color),
            Self::Square => {
                let (x, y) = at;
                let inside = [(x - REACH, y - REACH), (x + REACH, y - REACH), (x + REACH, y + REACH), (x - REACH, y + REACH)];
                canvas.area(&inside, colors.background, 1.0);
                canvas.square(at, REACH, self.pen(colors));
            }
            Self::Diamond => canvas.diamond(at, REACH + 1.5, self.pen(colors)),
            Self::Ring => {
                canvas.dot(at, REACH, colors.background);
                canvas.ring(at, REACH, self.pen(colors));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(points: &[(&str, f64, f64)]) -> TradeOffFigure {
        let point = |(label, spent, lost): &(&str, f64, f64)| {
            ((*label).to_owned(), TradeOffPoint { spent: *spent, lost: [*lost, 5.0 * lost] })
        };
        TradeOffFigure {
            title: "Dollars & regret".to_owned(),
            subtitle: "made up".to_owned(),
            spent: "dollars".to_owned(),
            lost: ["mean".to_owned(), "nineteen of twenty".to_owned()],
            series: vec![TradeOffSeries { shape: Shape::Dot, points: points.iter().map(point).collect() }],
            aim: Some(TradeOffPoint { spent: 0.1, lost: [2.0, 8.0] }),
            note: String::new(),
        }
    }

    #[test]
    fn every_mark_is_labeled_in_both_panels_and_said_in_words() {
        let svg = figure(&[("ours", 0.1, 1.0), ("theirs", 1.0, 4.0)]).svg(Theme::Light).unwrap();
        for label in ["ours", "theirs"] {
            assert_eq!(svg.matches(&format!("\n{label}\n")).count(), 2, "{label}");
            assert!(svg.contains(&format!("{label}: ")), "{label}");
        }
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert_eq!(figure(&[]).svg(Theme::Light), Err(ChartError::NoMark));
        for (spent, lost) in [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            let refused = figure(&[("mark", spent, lost)]).svg(Theme::Light);
            assert_eq!(refused, Err(ChartError::Mark { label: "mark".to_owned() }), "{spent} {lost}");
        }
    }
}
