//! Where everything of a cost figure is: the plot, the lane of what costs nothing, the names, the labels that have room.

use super::{CostCurve, CostCurveFigure, CostPoint};
use crate::chart::ChartError;
use crate::chart::axis::{Axis, Label, thinned};
use crate::chart::canvas::{Point, height_at};
use crate::chart::end_labels::{self, EndLabels};
use crate::chart::page::{FOOT, Page, Plot, widest_tick};
use crate::chart::quantity::money_label;
use crate::chart::style::{self, text_width};
use crate::chart::theme::Theme;

/// Less is nothing on a bill.
const LEAST_USD: f64 = 0.01;
/// Height of the lane of what costs less.
const LANE: f64 = 26.0;
/// Height of the band of winners, and of what is left free above it.
pub(super) const BAND: f64 = 19.0;
const ABOVE_BAND: f64 = 6.0;
/// Height of a row of labels over the plot.
const ROW: f64 = 19.0;
/// Points that are nearer to each other cannot be told apart.
const FINEST: f64 = 0.2;
/// Markers on a line.
const MARKERS: usize = 4;
/// What the lane is called.
pub(super) const LANE_LABEL: &str = "< $0.01";

/// A piece of a line that can be carried throughout, or nowhere.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) points: Vec<Point>,
    pub(super) is_feasible: bool,
}

/// One line with its markers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
    pub(super) markers: Vec<Point>,
}

/// The number over the plot that belongs to a ring.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CrossingLabel {
    pub(super) text: String,
    pub(super) center: Point,
    pub(super) ring: Point,
}

/// One field of the band of winners.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) cheapest: Option<usize>,
    /// The winner, where it has room.
    pub(super) name: Option<String>,
}

/// A figure before the ink.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) page: Page,
    pub(super) plot: Plot,
    pub(super) across: Axis,
    pub(super) up: Axis,
    pub(super) heading_y: f64,
    pub(super) lane_y: Option<f64>,
    pub(super) lines: Vec<Line>,
    pub(super) names: EndLabels,
    pub(super) rings: Vec<(Point, bool)>,
    pub(super) crossing_labels: Vec<CrossingLabel>,
    /// The top of the band of winners.
    pub(super) band_top: f64,
    pub(super) fields: Vec<Field>,
    pub(super) foot_y: f64,
}

impl Layout {
    pub(super) fn of(figure: &CostCurveFigure) -> Result<Self, ChartError> {
        let colors = Theme::Light.colors();
        let up = up_axis(figure)?;
        let across = figure.across.log_axis(figure.places(), 12)?;
        let page = Page::of(&figure.caption, &legend(figure));
        let left_labels = widest_tick(&up, colors).max(text_width(LANE_LABEL, style::LABEL_SIZE, false));
        let right =
            style::WIDTH - style::PAGE_MARGIN - end_labels::room(figure.options.iter().map(|option| option.name.as_str()));
        let heading_y = page.top + 16.0;
        let labels_top = heading_y + 12.0;
        let foot_top = page.bottom - FOOT;
        let band_top = if figure.regions.is_empty() { foot_top } else { foot_top - BAND };
        let lane = points(figure).any(|point| point.monthly_cost_usd < LEAST_USD);
        let lane_bottom = if figure.regions.is_empty() { band_top } else { band_top - ABOVE_BAND };
        let plot = Plot {
            left: style::PAGE_MARGIN + left_labels + 10.0,
            right,
            top: labels_top + if figure.crossings.is_empty() { 0.0 } else { ROW },
            bottom: lane_bottom - if lane { LANE } else { 0.0 },
        };
        let place = Placing { plot, across: &across, up: &up, lane_y: lane.then_some(lane_bottom - LANE / 2.0 + 3.0) };
        let lines: Vec<Line> =
            figure.options.iter().enumerate().map(|(index, option)| place.line(option, index, figure.options.len())).collect();
        let ends = figure.options.iter().filter_map(|option| Some((option.name.as_str(), place.point(option.points.last()?))));
        Ok(Self {
            names: EndLabels::of(ends, plot.right, (plot.top - ROW / 2.0, lane_bottom)),
            rings: figure
                .crossings
                .iter()
                .map(|crossing| (place.at(crossing.at, crossing.monthly_cost_usd), crossing.is_feasible))
                .collect(),
            crossing_labels: place.crossing_labels(figure, plot.top - ROW / 2.0),
            fields: place.fields(figure),
            lane_y: place.lane_y,
            foot_y: foot_top + 16.0,
            lines,
            page,
            plot,
            across,
            up,
            heading_y,
            band_top,
        })
    }
}

fn points(figure: &CostCurveFigure) -> impl Iterator<Item = &CostPoint> {
    figure.options.iter().flat_map(|option| &option.points)
}

fn up_axis(figure: &CostCurveFigure) -> Result<Axis, ChartError> {
    const PAD: f64 = 1.3;
    let costs = || points(figure).map(|point| point.monthly_cost_usd).filter(|cost| LEAST_USD <= *cost);
    let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
    let range = if low <= high { (low / PAD, high * PAD) } else { (LEAST_USD, 1.0) };
    Axis::log("the monthly cost", range, 12, money_label)
}

/// What the marks are, as far as the figure has them.
fn legend(figure: &CostCurveFigure) -> String {
    let mut said = Vec::new();
    if !figure.crossings.is_empty() {
        said.push(
            "Rings mark where the cheaper of two options changes; the numbers above are the important ones that have room.",
        );
    }
    if points(figure).any(|point| !point.is_feasible) {
        said.push("Dotted where an option, as configured, cannot carry the load.");
    }
    if !figure.regions.is_empty() {
        said.push("The band under the plot names the cheapest option that can.");
    }
    said.join(" ")
}

/// Values into places.
struct Placing<'l> {
    plot: Plot,
    across: &'l Axis,
    up: &'l Axis,
    lane_y: Option<f64>,
}

impl Placing<'_> {
    fn at(&self, across: f64, monthly_cost_usd: f64) -> Point {
        let y = match self.lane_y {
            Some(lane_y) if monthly_cost_usd < LEAST_USD => lane_y,
            _ => self.plot.y(self.up, monthly_cost_usd),
        };
        (self.plot.x(self.across, across), y)
    }

    fn point(&self, point: &CostPoint) -> Point {
        self.at(point.at, point.monthly_cost_usd)
    }

    fn line(&self, option: &CostCurve, index: usize, count: usize) -> Line {
        let mut pieces: Vec<Piece> = Vec::new();
        for pair in option.points.windows(2) {
            let is_feasible = pair[0].is_feasible && pair[1].is_feasible;
            let (from, to) = (self.point(&pair[0]), self.point(&pair[1]));
            match pieces.last_mut().filter(|piece| piece.is_feasible == is_feasible) {
                Some(piece) => piece.points.push(to),
                None => pieces.push(Piece { points: vec![from, to], is_feasible }),
            }
        }
        for piece in &mut pieces {
            thin(&mut piece.points);
        }
        Line { markers: self.markers(option, &pieces, index as f64 / count as f64), pieces }
    }

    /// Markers of different lines stand at different places across, so that equal lines show both.
    fn markers(&self, option: &CostCurve, pieces: &[Piece], offset: f64) -> Vec<Point> {
        if let ([point], true) = (option.points.as_slice(), pieces.is_empty()) {
            return vec![self.point(point)];
        }
        let wanted = (0..MARKERS).map(|step| (step as f64 + 0.15 + 0.7 * offset) / MARKERS as f64);
        let places = wanted.map(|share| self.plot.left + share * (self.plot.right - self.plot.left));
        places.filter_map(|x| pieces.iter().find_map(|piece| height_at(&piece.points, x).map(|y| (x, y)))).collect()
    }

    /// The first and the last crossing that both options can carry have their number first, then the others.
    fn crossing_labels(&self, figure: &CostCurveFigure, y: f64) -> Vec<CrossingLabel> {
        let feasible = || figure.crossings.iter().enumerate().filter(|(_, crossing)| crossing.is_feasible);
        let by_place = |one: &(usize, &super::Crossing), other: &(usize, &super::Crossing)| one.1.at.total_cmp(&other.1.at);
        let outermost = [feasible().min_by(by_place), feasible().max_by(by_place)].map(|found| found.map(|(index, _)| index));
        let label = |(index, crossing): (usize, &super::Crossing)| {
            let rank = if outermost.contains(&Some(index)) { 0 } else { 2 - u32::from(crossing.is_feasible) };
            let width = text_width(&figure.across.quantity.exact(crossing.at), style::LABEL_SIZE, true);
            let x = self.plot.x(self.across, crossing.at);
            let center = x.clamp(self.plot.left + width / 2.0, self.plot.right - width / 2.0);
            Label { center, width, rank }
        };
        let labels: Vec<Label> = figure.crossings.iter().enumerate().map(label).collect();
        let kept = thinned(&labels, style::LABEL_GAP).into_iter().map(|index| {
            let crossing = figure.crossings[index];
            CrossingLabel {
                text: figure.across.quantity.exact(crossing.at),
                center: (labels[index].center, y),
                ring: self.at(crossing.at, crossing.monthly_cost_usd),
            }
        });
        kept.collect()
    }

    fn fields(&self, figure: &CostCurveFigure) -> Vec<Field> {
        let field = |region: &super::CheapestRegion| {
            let (left, right) = (self.plot.x(self.across, region.from), self.plot.x(self.across, region.to));
            let names = match region.cheapest {
                Some(index) => vec![figure.options[index].name.as_str()],
                None => vec!["none can carry it", "none"],
            };
            let name = names.into_iter().find(|name| text_width(name, style::NOTE_SIZE, true) + 8.0 <= right - left);
            Field { left, right, cheapest: region.cheapest, name: name.map(str::to_owned) }
        };
        figure.regions.iter().map(field).collect()
    }
}

/// Leaves out points that would fall on the one before; never the last one.
fn thin(points: &mut Vec<Point>) {
    let Some(end) = points.last().copied() else { return };
    let mut last = points[0];
    let mut is_first = true;
    points.retain(|point| {
        let is_kept = std::mem::take(&mut is_first) || FINEST < (point.0 - last.0).abs() || FINEST < (point.1 - last.1).abs();
        if is_kept {
            last = *point;
        }
        is_kept
    });
    if points.len() == 1 || last != end {
        points.push(end);
    }
}
