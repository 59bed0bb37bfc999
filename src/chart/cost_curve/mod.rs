//! The figure of monthly cost over volume, or over whatever else an estimate depends on: one line for each option.
//!
//! Both axes are logarithmic, because volumes and bills span orders of magnitude and a ratio of costs is then a distance.
//! Rings mark where the cheaper of two options changes, the band under the plot names the winner. Less than a cent is nothing
//! on a bill and has no logarithm: it lies in a lane of its own below the axis.

mod ink;
mod layout;

use super::{Across, Caption, ChartError, MOST_SERIES, Theme, words};

/// Monthly cost of options over one quantity. Every number is final: the figure gives it a place and a label, nothing else.
///
/// ```
/// use millicent::chart::{Across, Caption, CostCurve, CostCurveFigure, CostPoint, Crossing, Quantity, Theme};
///
/// let point = |at, monthly_cost_usd| CostPoint { at, monthly_cost_usd, is_feasible: true };
/// let figure = CostCurveFigure {
///     caption: Caption { title: "One machine is cheaper from 3,558,743 requests on".to_owned(), ..Caption::default() },
///     across: Across { title: "requests a month".to_owned(), quantity: Quantity::Count },
///     options: vec![
///         CostCurve { name: "Lambda".to_owned(), points: vec![point(1e6, 8.53), point(1e7, 85.33)] },
///         CostCurve { name: "t3.medium".to_owned(), points: vec![point(1e6, 30.37), point(1e7, 30.37)] },
///     ],
///     crossings: vec![Crossing { at: 3_558_743.0, monthly_cost_usd: 30.37, is_feasible: true }],
///     regions: Vec::new(),
/// };
/// assert!(figure.svg(Theme::Light)?.contains("3,558,743"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CostCurveFigure {
    /// The words around it.
    pub caption: Caption,
    /// What the cost is shown over.
    pub across: Across,
    /// The options; twelve at most.
    pub options: Vec<CostCurve>,
    /// Where two options cost the same, or one steps over the other.
    pub crossings: Vec<Crossing>,
    /// Which option is the cheapest, from left to right; may be empty.
    pub regions: Vec<CheapestRegion>,
}

/// The cost of one option.
#[derive(Debug, Clone, PartialEq)]
pub struct CostCurve {
    /// The option.
    pub name: String,
    /// From left to right, dense enough to be joined by straight lines on logarithmic axes. A step of a fleet is two points
    /// at the same place.
    pub points: Vec<CostPoint>,
}

/// One point of a cost curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostPoint {
    /// Where; above zero.
    pub at: f64,
    /// What a month costs there.
    pub monthly_cost_usd: f64,
    /// Whether the option can carry the load there. A line is dotted where one of its ends cannot.
    pub is_feasible: bool,
}

/// Where the cheaper of two options changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// Where.
    pub at: f64,
    /// What both cost there; for a step, what the one costs that does not step.
    pub monthly_cost_usd: f64,
    /// Whether both can carry the load there.
    pub is_feasible: bool,
}

/// A range with one winner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheapestRegion {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// The number of the cheapest option that can carry the load, counted from zero; none when no option can.
    pub cheapest: Option<usize>,
}

/// Dollars that have a place on an axis.
const MOST_USD: f64 = 1e15;

impl CostCurveFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When there is no option or there are more than twelve, a curve is empty or goes back, a cost is negative or not finite,
    /// or the axis across would begin at zero.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let layout = layout::Layout::of(self)?;
        let colors = theme.colors();
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| ink::draw(canvas, colors, self, &layout))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.options.iter().all(|option| option.points.is_empty()) {
            return Err(ChartError::Nothing { what: "option with a cost" });
        }
        if MOST_SERIES < self.options.len() {
            return Err(ChartError::TooMany { what: "options", count: self.options.len(), most: MOST_SERIES });
        }
        for option in &self.options {
            if option.points.is_empty() {
                return Err(ChartError::Count { name: option.name.clone(), count: 0, expected: 1, what: "point" });
            }
            for point in &option.points {
                check_cost(&option.name, point.monthly_cost_usd)?;
            }
            let back = option.points.windows(2).find(|pair| pair[1].at < pair[0].at);
            if let Some(pair) = back {
                return Err(ChartError::Order { name: option.name.clone(), last: pair[0].at, next: pair[1].at });
            }
        }
        for crossing in &self.crossings {
            check_cost("crossing", crossing.monthly_cost_usd)?;
        }
        let unknown = self.regions.iter().filter_map(|region| region.cheapest).find(|index| self.options.len() <= *index);
        unknown.map_or(Ok(()), |index| Err(ChartError::Unknown { what: "option", index, count: self.options.len() }))
    }

    /// Every place that the axis across has to have.
    fn places(&self) -> impl Iterator<Item = f64> + Clone {
        let points = self.options.iter().flat_map(|option| option.points.iter().map(|point| point.at));
        let regions = self.regions.iter().flat_map(|region| [region.from, region.to]);
        points.chain(self.crossings.iter().map(|crossing| crossing.at)).chain(regions)
    }

    fn marks_in_words(&self) -> String {
        let exact = |value| self.across.quantity.exact(value);
        let ends = |option: &CostCurve| {
            let end = |point: &CostPoint| format!("{} at {}", words::monthly(point.monthly_cost_usd), exact(point.at));
            let ends: Vec<String> = [option.points.first(), option.points.last()].into_iter().flatten().map(end).collect();
            format!("{}: {}.", option.name, ends.join(", "))
        };
        let crossing = |crossing: &Crossing| exact(crossing.at);
        let crossings: Vec<String> = self.crossings.iter().map(crossing).collect();
        let crossed = if crossings.is_empty() { String::new() } else { format!(" Crossings at {}.", crossings.join("; ")) };
        let options: Vec<String> = self.options.iter().map(ends).collect();
        format!("Monthly cost over {}. {}{crossed}", self.across.title, options.join(" "))
    }
}

fn check_cost(name: &str, value: f64) -> Result<(), ChartError> {
    if (0.0..=MOST_USD).contains(&value) {
        return Ok(());
    }
    Err(ChartError::Value { what: "monthly cost", name: name.to_owned(), value, least: 0.0, most: MOST_USD })
}
