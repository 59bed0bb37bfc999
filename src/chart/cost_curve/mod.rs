//! The figure of monthly cost over volume, or over whatever else an estimate depends on: one line for each option.
//!
//! Both axes are logarithmic, because volumes and bills span orders of magnitude and a ratio of costs is then a distance.
//! Rings mark where the cheaper of two options changes, the band under the plot names the winner. Less than a cent is nothing
//! on a bill and has no logarithm: it lies in a lane of its own below the axis.

mod ink;
mod layout;

use super::{Across, Caption, ChartError, MOST_SERIES, MOST_USD, Theme, words};

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

#[cfg(test)]
mod tests {
    use super::super::{Quantity, legible};
    use super::*;
    use proptest::prelude::*;

    fn point(at: f64, monthly_cost_usd: f64) -> CostPoint {
        CostPoint { at, monthly_cost_usd, is_feasible: true }
    }

    fn curve(name: &str, points: &[CostPoint]) -> CostCurve {
        CostCurve { name: name.to_owned(), points: points.to_vec() }
    }

    fn figure(options: Vec<CostCurve>) -> CostCurveFigure {
        CostCurveFigure {
            caption: Caption {
                title: "Which is cheaper?".to_owned(),
                prices: "list prices of 2026-01-15".to_owned(),
                ..Caption::default()
            },
            across: Across { title: "Requests a month".to_owned(), quantity: Quantity::Count },
            options,
            crossings: Vec::new(),
            regions: Vec::new(),
        }
    }

    fn lambda_and_machine() -> CostCurveFigure {
        let lambda = curve("Lambda", &[point(1e5, 0.85), point(1e8, 853.0)]);
        let mut machine = curve("t3.medium", &[point(1e5, 30.37), point(4.3e6, 30.37), point(1e8, 30.37)]);
        machine.points[2].is_feasible = false;
        figure(vec![lambda, machine])
    }

    #[test]
    fn the_price_book_stands_on_the_figure_and_equal_data_give_equal_bytes() {
        let mut figure = lambda_and_machine();
        figure.caption.regions = vec!["us-east-1".to_owned()];
        let svg = figure.svg(Theme::Light).unwrap();
        legible::check(&svg);
        assert!(svg.contains("Prices: list prices of 2026-01-15. Region: us-east-1."));
        assert!(svg.contains("Dotted where an option, as configured, cannot carry the load."));
        assert_eq!(svg, figure.svg(Theme::Light).unwrap());
        assert_ne!(svg, figure.svg(Theme::Dark).unwrap());
    }

    #[test]
    fn a_line_is_dotted_where_it_cannot_carry_the_load() {
        let layout = layout::Layout::of(&lambda_and_machine()).unwrap();
        let feasible: Vec<bool> = layout.lines[1].pieces.iter().map(|piece| piece.is_feasible).collect();
        assert_eq!(feasible, [true, false]);
    }

    #[test]
    fn a_step_is_vertical() {
        let fleet = curve("fleet", &[point(1e5, 30.0), point(1e6, 30.0), point(1e6, 60.0), point(1e7, 60.0)]);
        let layout = layout::Layout::of(&figure(vec![fleet])).unwrap();
        let points = &layout.lines[0].pieces[0].points;
        assert_eq!(points.len(), 4);
        assert!((points[1].0 - points[2].0).abs() < 1e-9 && points[2].1 < points[1].1, "{points:?}");
    }

    #[test]
    fn what_costs_nothing_lies_below_the_axis() {
        let layout = layout::Layout::of(&figure(vec![curve("free", &[point(1e5, 0.0), point(1e6, 1.0)])])).unwrap();
        assert!(layout.plot.bottom < layout.lines[0].pieces[0].points[0].1);
        let svg = figure(vec![curve("free", &[point(1e5, 0.0), point(1e6, 0.009)])]).svg(Theme::Dark).unwrap();
        legible::check(&svg);
        assert!(svg.contains("&lt; $0.01"));
    }

    #[test]
    fn of_many_crossings_the_outermost_have_their_number() {
        let mut figure = lambda_and_machine();
        let crossing = |step: i32| Crossing { at: 1e6 * 1.1_f64.powi(step), monthly_cost_usd: 30.0, is_feasible: 0 < step };
        figure.crossings = (0..23).map(crossing).collect();
        let svg = figure.svg(Theme::Light).unwrap();
        legible::check(&svg);
        let numbers = layout::Layout::of(&figure).unwrap().crossing_labels;
        assert_eq!(numbers.first().unwrap().text, "1,100,000");
        assert_eq!(numbers.last().unwrap().text, "8,140,275");
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(Vec::new()).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        let thirteen = vec![curve("one of many", &[point(1.0, 1.0)]); 13];
        assert!(matches!(figure(thirteen).svg(Theme::Light), Err(ChartError::TooMany { count: 13, most: 12, .. })));
        let from_zero = figure(vec![curve("Lambda", &[point(0.0, 1.0), point(1e6, 2.0)])]).svg(Theme::Light);
        assert!(matches!(from_zero, Err(ChartError::LogRange { .. })), "{from_zero:?}");
        let back = figure(vec![curve("Lambda", &[point(2.0, 1.0), point(1.0, 2.0)])]).svg(Theme::Light);
        assert!(matches!(back, Err(ChartError::Order { .. })), "{back:?}");
        for cost in [-0.01, f64::NAN, f64::INFINITY] {
            let wrong = figure(vec![curve("Lambda", &[point(1.0, cost)])]).svg(Theme::Light);
            assert!(matches!(wrong, Err(ChartError::Value { .. })), "{wrong:?}");
        }
        let mut unknown = lambda_and_machine();
        unknown.regions = vec![CheapestRegion { from: 1e5, to: 1e6, cheapest: Some(2) }];
        assert_eq!(unknown.svg(Theme::Light), Err(ChartError::Unknown { what: "option", index: 2, count: 2 }));
    }

    fn any_curve() -> impl Strategy<Value = CostCurve> {
        let cost = prop_oneof![Just(0.0), Just(30.37), 0.001..1e6_f64];
        let points = prop::collection::vec((1.0..1e9_f64, cost, any::<bool>()), 1..20);
        (".{0,120}", points).prop_map(|(name, mut points)| {
            points.sort_by(|one, other| one.0.total_cmp(&other.0));
            let points =
                points.into_iter().map(|(at, monthly_cost_usd, is_feasible)| CostPoint { at, monthly_cost_usd, is_feasible });
            CostCurve { name, points: points.collect() }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_options_make_a_figure_that_can_be_read(
            options in prop::collection::vec(any_curve(), 1..13),
            crossings in prop::collection::vec((1.0..1e9_f64, 0.0..1e6_f64, any::<bool>()), 0..24),
            texts in (".{0,300}", ".{0,900}"),
            bounds in prop::collection::vec(1.0..1e9_f64, 0..8),
            theme in prop_oneof![Just(Theme::Light), Just(Theme::Dark)],
        ) {
            let mut figure = figure(options);
            let mut bounds = bounds;
            bounds.sort_by(f64::total_cmp);
            let crossing = |(at, monthly_cost_usd, is_feasible)| Crossing { at, monthly_cost_usd, is_feasible };
            figure.crossings = crossings.into_iter().map(crossing).collect();
            figure.caption.title = texts.0;
            figure.caption.assumptions = texts.1;
            let region = |(index, pair): (usize, &[f64])| {
                CheapestRegion { from: pair[0], to: pair[1], cheapest: (index < figure.options.len()).then_some(index) }
            };
            figure.regions = bounds.windows(2).enumerate().map(region).collect();
            legible::check(&figure.svg(theme).unwrap());
        }
    }
}
