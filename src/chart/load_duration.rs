//! The load-duration curve: for which share of the time the load is at least so high, and what serves which part of it.
//!
//! The load of each moment, sorted from high to low. What is needed for a large share of the time is worth a fixed price, what
//! is needed rarely a price by use: each layer of the area is one such decision. Planners of power stations
//! tell base and peak plants apart by it ("screening curves").

use super::axis::Axis;
use super::canvas::{Align, Canvas, Pen, Point};
use super::end_labels::spread;
use super::legend::{Band, Legend, area_color, name_on};
use super::page::{FOOT, Page, Plot, corners, widest_tick};
use super::quantity::{count_label, share_label};
use super::style::{self, text_width, wrapped};
use super::theme::Colors;
use super::{Caption, ChartError, MOST_SERIES, Theme, words};

/// A load-duration curve with its layers.
///
/// ```
/// use millicent::chart::{Caption, LoadDurationFigure, LoadLayer, LoadMark, LoadPoint, Theme};
///
/// let point = |share_of_time, load| LoadPoint { share_of_time, load };
/// let layer = |name: &str, from, to| LoadLayer { name: name.to_owned(), from, to };
/// let figure = LoadDurationFigure {
///     caption: Caption { title: "Two machines for the base, Lambda for the rest".to_owned(), ..Caption::default() },
///     load: "Requests a second".to_owned(),
///     points: vec![point(0.0, 90.0), point(0.3, 40.0), point(1.0, 10.0)],
///     layers: vec![layer("two machines", 0.0, 40.0), layer("Lambda", 40.0, 90.0)],
///     marks: vec![LoadMark { label: "needed 30% of the time".to_owned(), share_of_time: 0.3, load: 40.0 }],
/// };
/// assert!(figure.svg(Theme::Light)?.contains("two machines"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LoadDurationFigure {
    /// The words around it.
    pub caption: Caption,
    /// What the load is counted in: "Requests a second".
    pub load: String,
    /// The curve, from the highest load down.
    pub points: Vec<LoadPoint>,
    /// What serves which part of the load, from the bottom up; twelve at most.
    pub layers: Vec<LoadLayer>,
    /// Places on the curve to point at.
    pub marks: Vec<LoadMark>,
}

/// One point of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadPoint {
    /// For this share of the time, from 0 to 1 …
    pub share_of_time: f64,
    /// … the load is at least so high.
    pub load: f64,
}

/// A part of the load.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadLayer {
    /// What serves it.
    pub name: String,
    /// The load it begins at.
    pub from: f64,
    /// The load it ends at.
    pub to: f64,
}

/// A place on the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadMark {
    /// What is there, in a few words.
    pub label: String,
    /// Where on the axis across.
    pub share_of_time: f64,
    /// Where on the axis up.
    pub load: f64,
}

/// A load beyond is a mistake.
const MOST_LOAD: f64 = 1e15;
/// Between the labels of two marks, from middle to middle.
const MARK_ROW: f64 = 17.0;
const MARK_WIDTH: f64 = 440.0;

impl LoadDurationFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When there is no point, the curve goes back or up, a share is outside of 0 to 1, or a load is negative or not finite.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let layout = Layout::of(self, colors);
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| layout.draw(canvas, colors, self))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.points.is_empty() {
            return Err(ChartError::Nothing { what: "load" });
        }
        if MOST_SERIES < self.layers.len() {
            return Err(ChartError::TooMany { what: "layers", count: self.layers.len(), most: MOST_SERIES });
        }
        let curve = self.points.iter().map(|point| ("the curve", point.share_of_time, point.load));
        let marks = self.marks.iter().map(|mark| (mark.label.as_str(), mark.share_of_time, mark.load));
        for (name, share, load) in curve.chain(marks) {
            check_value("share of the time", name, share, 1.0)?;
            check_value("load", name, load, MOST_LOAD)?;
        }
        for LoadLayer { name, from, to } in &self.layers {
            check_value("lower end", name, *from, MOST_LOAD)?;
            check_value("upper end", name, *to, MOST_LOAD)?;
        }
        let name = || self.load.clone();
        for pair in self.points.windows(2) {
            if pair[1].share_of_time < pair[0].share_of_time {
                return Err(ChartError::Order { name: name(), last: pair[0].share_of_time, next: pair[1].share_of_time });
            }
            if pair[0].load < pair[1].load {
                return Err(ChartError::Order { name: name(), last: pair[0].load, next: pair[1].load });
            }
        }
        Ok(())
    }

    fn marks_in_words(&self) -> String {
        let layer = |layer: &LoadLayer| format!("{}: {} to {}.", layer.name, words::number(layer.from), words::number(layer.to));
        let mark = |mark: &LoadMark| {
            let (load, share) = (words::number(mark.load), words::percent(mark.share_of_time));
            format!("{}: {load} for {share} of the time.", mark.label)
        };
        let said: Vec<String> = self.layers.iter().map(layer).chain(self.marks.iter().map(mark)).collect();
        format!("{} over the share of the time in which they are reached. {}", self.load, said.join(" "))
    }
}

fn check_value(what: &'static str, name: &str, value: f64, most: f64) -> Result<(), ChartError> {
    if (0.0..=most).contains(&value) {
        return Ok(());
    }
    Err(ChartError::Value { what, name: name.to_owned(), value, least: 0.0, most })
}

/// A label of a mark, and the place on the curve it points at.
struct MarkLabel {
    text: String,
    left: f64,
    right: f64,
    /// The height of its middle.
    y: f64,
    ring: Point,
}

/// Where everything is.
struct Layout {
    page: Page,
    legend: Legend,
    heading_y: f64,
    plot: Plot,
    time: Axis,
    load: Axis,
    bands: Vec<Band>,
    curve: Vec<Point>,
    marks: Vec<MarkLabel>,
}

impl Layout {
    fn of(figure: &LoadDurationFigure, colors: &Colors) -> Self {
        let ends = figure.layers.iter().map(|layer| layer.to);
        let loads = figure.points.iter().map(|point| point.load).chain(figure.marks.iter().map(|mark| mark.load)).chain(ends);
        let high = loads.fold(0.0, f64::max);
        let load = Axis::linear(0.0, if 0.0 < high { high * 1.08 } else { 1.0 }, 7, count_label);
        let time = Axis::linear(0.0, 1.0, 10, share_label);
        let page = Page::of(&figure.caption, "");
        let edges = (style::PAGE_MARGIN, style::WIDTH - style::PAGE_MARGIN);
        let legend = Legend::of(figure.layers.iter().map(|layer| layer.name.as_str()), edges, page.top + 10.0);
        let heading_y = page.top + 10.0 + legend.height + 16.0;
        let plot = Plot {
            left: edges.0 + widest_tick(&load, colors) + 12.0,
            // Half of the last label of the time.
            right: edges.1 - 18.0,
            top: heading_y + 16.0,
            bottom: page.bottom - FOOT,
        };
        let place = |share: f64, value: f64| (plot.x(&time, share), plot.y(&load, value));
        let bands = figure.layers.iter().map(|layer| band(&figure.points, layer, &place)).collect();
        let curve = figure.points.iter().map(|point| place(point.share_of_time, point.load)).collect();
        let marks = mark_labels(figure, &plot, &place);
        Self { page, legend, heading_y, plot, bands, curve, marks, time, load }
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors, figure: &LoadDurationFigure) {
        self.legend.draw(canvas, colors);
        canvas.text(&figure.load, (self.plot.left, self.heading_y), Align::Start, colors.heading());
        for (index, band) in self.bands.iter().enumerate() {
            band.draw(canvas, area_color(index, colors), colors.background);
        }
        self.plot.rows(canvas, colors, &self.load);
        self.plot.columns(canvas, colors, &self.time);
        let title = "Share of the time in which the load is at least this high";
        self.plot.foot(canvas, colors, &self.time, (self.plot.bottom + 16.0, title));
        canvas.path(&self.curve, Pen { color: colors.ink, width: style::CURVE_STROKE });
        for (index, (band, layer)) in self.bands.iter().zip(&figure.layers).enumerate() {
            name_on(canvas, colors, (index, &layer.name), (band, (self.plot.left, self.plot.right)));
        }
        for mark in &self.marks {
            let guide = Pen { color: colors.second_ink, width: style::HAIRLINE };
            canvas.dashed_path(&[mark.ring, (mark.ring.0, self.plot.bottom)], &[4.0, 3.0], guide);
            canvas.line(mark.ring, (mark.ring.0.clamp(mark.left, mark.right), mark.y + MARK_ROW / 2.0), guide);
            canvas.dot(mark.ring, 5.0, colors.background);
            canvas.ring(mark.ring, 5.0, Pen { color: colors.ink, width: style::CURVE_STROKE });
            let patch = corners((mark.left - 3.0, mark.right + 3.0), (mark.y - MARK_ROW / 2.0, mark.y + MARK_ROW / 2.0));
            canvas.area(&patch, colors.background, 1.0);
            canvas.text(&mark.text, (mark.left, mark.y), Align::Start, colors.label());
        }
    }
}

/// The part of the area under the curve that a layer has. Where the curve crosses an end of the layer, there is a point.
fn band(points: &[LoadPoint], layer: &LoadLayer, place: &impl Fn(f64, f64) -> Point) -> Band {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        if let Some(last) = index.checked_sub(1).map(|last| points[last]) {
            // Down the curve the upper end comes first.
            for end in [layer.to, layer.from] {
                if point.load < end && end < last.load {
                    let share = (last.load - end) / (last.load - point.load);
                    corners.push((last.share_of_time + share * (point.share_of_time - last.share_of_time), end));
                }
            }
        }
        corners.push((point.share_of_time, point.load));
    }
    let within = |load: f64| load.min(layer.to).max(layer.from);
    Band {
        upper: corners.iter().map(|(share, load)| place(*share, within(*load))).collect(),
        lower: corners.iter().map(|(share, _)| place(*share, layer.from)).collect(),
    }
}

/// To the right of the curve and a little above, where nothing is; never one on another.
fn mark_labels(figure: &LoadDurationFigure, plot: &Plot, place: &impl Fn(f64, f64) -> Point) -> Vec<MarkLabel> {
    const ASIDE: f64 = 14.0;
    let rings: Vec<Point> = figure.marks.iter().map(|mark| place(mark.share_of_time, mark.load)).collect();
    let curve: Vec<Point> = figure.points.iter().map(|point| place(point.share_of_time, point.load)).collect();
    let label = |(mark, ring): (&LoadMark, Point)| {
        let text = wrapped(&mark.label, MARK_WIDTH, style::LABEL_SIZE, false, 1).concat();
        let width = text_width(&text, style::LABEL_SIZE, false);
        let left = (ring.0 + ASIDE).min(plot.right - width);
        // The curve falls, so what is above it at the left is above it throughout.
        let before = curve.iter().rposition(|point| point.0 < left).unwrap_or(0);
        let y = ring.1.min(curve[before].1) - MARK_ROW;
        MarkLabel { text, left, right: left + width, y, ring }
    };
    let mut labels: Vec<MarkLabel> = figure.marks.iter().zip(rings).map(label).collect();
    let wanted: Vec<f64> = labels.iter().map(|label| label.y).collect();
    let middles = spread(&wanted, &vec![MARK_ROW; wanted.len()], (plot.top - MARK_ROW / 2.0 + 2.0, plot.bottom));
    for (label, y) in labels.iter_mut().zip(middles) {
        label.y = y;
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::super::legible;
    use super::*;
    use proptest::prelude::*;

    fn point(share_of_time: f64, load: f64) -> LoadPoint {
        LoadPoint { share_of_time, load }
    }

    fn layer(name: &str, from: f64, to: f64) -> LoadLayer {
        LoadLayer { name: name.to_owned(), from, to }
    }

    fn figure(points: &[LoadPoint]) -> LoadDurationFigure {
        LoadDurationFigure {
            caption: Caption::default(),
            load: "Concurrent requests".to_owned(),
            points: points.to_vec(),
            layers: vec![layer("machines", 0.0, 20.0), layer("Lambda", 20.0, 80.0)],
            marks: vec![LoadMark { label: "pays from 60% of the time on".to_owned(), share_of_time: 0.5, load: 20.0 }],
        }
    }

    #[test]
    fn layers_are_named_on_the_area_and_in_the_legend() {
        let day: Vec<LoadPoint> = (0..=24).map(|hour| point(f64::from(hour) / 24.0, 80.0 - 3.0 * f64::from(hour))).collect();
        let svg = figure(&day).svg(Theme::Light).unwrap();
        legible::check(&svg);
        assert_eq!((svg.matches("\nmachines\n").count(), svg.matches("\nLambda\n").count()), (2, 2));
        assert!(svg.contains("\npays from 60% of the time on\n"));
    }

    #[test]
    fn a_layer_ends_where_the_curve_leaves_it() {
        // From 80 to 0: at 20 after three quarters of the time.
        let band = band(&[point(0.0, 80.0), point(1.0, 0.0)], &layer("machines", 0.0, 20.0), &|share, load| (share, load));
        assert_eq!(band.upper, [(0.0, 20.0), (0.75, 20.0), (1.0, 0.0)]);
        assert_eq!(band.lower, [(0.0, 0.0), (0.75, 0.0), (1.0, 0.0)]);
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(&[]).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        for wrong in [[point(0.5, 2.0), point(0.4, 1.0)], [point(0.4, 1.0), point(0.5, 2.0)]] {
            assert!(matches!(figure(&wrong).svg(Theme::Light), Err(ChartError::Order { .. })));
        }
        for wrong in [point(1.1, 1.0), point(0.5, -1.0), point(f64::NAN, 1.0), point(0.5, f64::INFINITY)] {
            assert!(matches!(figure(&[wrong]).svg(Theme::Light), Err(ChartError::Value { .. })));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_load_makes_a_figure_that_can_be_read(
            loads in prop::collection::vec(0.0..1e6_f64, 1..60),
            layers in prop::collection::vec((".{0,60}", 0.0..1e6_f64), 0..13),
            mark in (".{0,60}", 0_usize..60),
        ) {
            let mut loads = loads;
            loads.sort_by(|one, other| other.total_cmp(one));
            let points: Vec<LoadPoint> =
                loads.iter().enumerate().map(|(index, load)| point(index as f64 / loads.len() as f64, *load)).collect();
            let mut figure = figure(&points);
            let mut ends: Vec<(String, f64)> = layers;
            ends.sort_by(|one, other| one.1.total_cmp(&other.1));
            let starts = [0.0].into_iter().chain(ends.iter().map(|(_, end)| *end));
            figure.layers = ends.iter().zip(starts).map(|((name, to), from)| layer(name, from, *to)).collect();
            let marked = points[mark.1 % points.len()];
            figure.marks = vec![LoadMark { label: mark.0, share_of_time: marked.share_of_time, load: marked.load }];
            legible::check(&figure.svg(Theme::Dark).unwrap());
        }
    }
}
