//! The figure of how probable it is that an option is the cheapest, over volume: areas that together are 100%.
//!
//! One break-even is a number as uncertain as the numbers it is made of. How wide the areas overlap says how much the choice
//! depends on them. What is left over at the top is the probability that no option can carry the load.

use super::axis::Axis;
use super::canvas::{Align, Canvas};
use super::legend::{Band, Legend, area_color, name_on};
use super::page::{FOOT, Page, Plot, widest_tick};
use super::quantity::share_label;
use super::style::{self, text_width};
use super::theme::Colors;
use super::{Across, Caption, ChartError, MOST_SERIES, Theme, words};

/// The probability of each option to be the cheapest.
///
/// ```
/// use millicent::chart::{Across, Caption, CheapestFigure, CheapestProbability, Quantity, Theme};
///
/// let option = |name: &str, probabilities: [f64; 2]| CheapestProbability {
///     name: name.to_owned(),
///     probabilities: probabilities.to_vec(),
/// };
/// let figure = CheapestFigure {
///     caption: Caption { title: "Lambda up to about 3M requests".to_owned(), ..Caption::default() },
///     across: Across { title: "requests a month".to_owned(), quantity: Quantity::Count },
///     at: vec![1e5, 1e8],
///     options: vec![option("Lambda", [0.98, 0.03]), option("Fargate", [0.02, 0.97])],
/// };
/// assert!(figure.svg(Theme::Dark)?.contains("Fargate"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CheapestFigure {
    /// The words around it.
    pub caption: Caption,
    /// What the probability is shown over.
    pub across: Across,
    /// The places, from left to right; above zero.
    pub at: Vec<f64>,
    /// The options, twelve at most, from the bottom up.
    pub options: Vec<CheapestProbability>,
}

/// One option.
#[derive(Debug, Clone, PartialEq)]
pub struct CheapestProbability {
    /// The option.
    pub name: String,
    /// The probability, from 0 to 1, that it is the cheapest of those that can carry the load; one for each place.
    pub probabilities: Vec<f64>,
}

/// Shares of one add up to one but for rounding.
const ROUNDING: f64 = 1e-6;
/// The rest, as fully as there is room.
const REST: [&str; 2] = ["none can carry the load", "none"];

impl CheapestFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When there is nothing to show or more than can be told apart, places go back, a probability is outside of 0 to 1 or those
    /// of a place add up to more than 1, or the axis across would begin at zero.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let across = self.across.log_axis(self.at.iter().copied(), 12)?;
        let up = Axis::linear(0.0, 1.0, 5, share_label);
        let is_rest = |place: usize| self.up_to(self.options.len(), place) + ROUNDING < 1.0;
        let rest =
            if (0..self.at.len()).any(is_rest) { "Without color: no option, as configured, can carry the load." } else { "" };
        let page = Page::of(&self.caption, rest);
        let edges = (style::PAGE_MARGIN, style::WIDTH - style::PAGE_MARGIN);
        let legend = Legend::of(self.options.iter().map(|option| option.name.as_str()), edges, page.top + 10.0);
        let heading_y = page.top + 10.0 + legend.height + 18.0;
        let left = style::PAGE_MARGIN + widest_tick(&up, colors) + 10.0;
        let plot = Plot { left, right: edges.1, top: heading_y + 16.0, bottom: page.bottom - FOOT };
        page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| {
            legend.draw(canvas, colors);
            canvas.text("Probability of being the cheapest", (plot.left, heading_y), Align::Start, colors.heading());
            self.areas(canvas, colors, &plot, &across);
            plot.rows(canvas, colors, &up);
            plot.foot(canvas, colors, &across, (plot.bottom + 16.0, &self.across.words()));
            self.names(canvas, colors, &plot, &across);
        })
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.options.is_empty() || self.at.is_empty() {
            return Err(ChartError::Nothing { what: "option with a probability" });
        }
        if MOST_SERIES < self.options.len() {
            return Err(ChartError::TooMany { what: "options", count: self.options.len(), most: MOST_SERIES });
        }
        if let Some(pair) = self.at.windows(2).find(|pair| pair[1] < pair[0]) {
            return Err(ChartError::Order { name: self.across.title.clone(), last: pair[0], next: pair[1] });
        }
        for CheapestProbability { name, probabilities } in &self.options {
            let (name, count, expected) = (name.clone(), probabilities.len(), self.at.len());
            if count != expected {
                return Err(ChartError::Count { name, count, expected, what: "place" });
            }
            if let Some(value) = probabilities.iter().copied().find(|value| !(0.0..=1.0).contains(value)) {
                return Err(ChartError::Value { what: "probability", name, value, least: 0.0, most: 1.0 });
            }
        }
        for (index, at) in self.at.iter().enumerate() {
            let value = self.up_to(self.options.len(), index);
            if 1.0 + ROUNDING < value {
                let name = self.across.quantity.exact(*at);
                return Err(ChartError::Value { what: "sum of probabilities", name, value, least: 0.0, most: 1.0 });
            }
        }
        Ok(())
    }

    /// The probabilities of the first options together, at one of the places.
    fn up_to(&self, options: usize, place: usize) -> f64 {
        self.options[..options].iter().map(|option| option.probabilities[place]).sum()
    }

    fn marks_in_words(&self) -> String {
        let option = |option: &CheapestProbability| {
            let ends = [(self.at.first(), option.probabilities.first()), (self.at.last(), option.probabilities.last())];
            let ends = ends.into_iter().filter_map(|(at, probability)| Some((at?, probability?)));
            let said = ends.map(|(at, share)| format!("{} at {}", words::percent(*share), self.across.quantity.exact(*at)));
            format!("{}: {}.", option.name, said.collect::<Vec<_>>().join(", "))
        };
        let options: Vec<String> = self.options.iter().map(option).collect();
        format!("Probability of being the cheapest over {}. {}", self.across.title, options.join(" "))
    }

    /// The line above the first options; a single place fills the figure.
    fn edge(&self, plot: &Plot, across: &Axis, options: usize) -> Vec<(f64, f64)> {
        let y = |place: usize| plot.bottom - self.up_to(options, place).min(1.0) * (plot.bottom - plot.top);
        if self.at.len() == 1 {
            let middle = (plot.left + plot.right) / 2.0;
            return [plot.left, middle, plot.right].map(|x| (x, y(0))).to_vec();
        }
        self.at.iter().enumerate().map(|(place, at)| (plot.x(across, *at), y(place))).collect()
    }

    fn bands(&self, plot: &Plot, across: &Axis) -> Vec<Band> {
        let edges: Vec<Vec<(f64, f64)>> = (0..=self.options.len()).map(|options| self.edge(plot, across, options)).collect();
        edges.windows(2).map(|pair| Band { upper: pair[1].clone(), lower: pair[0].clone() }).collect()
    }

    fn areas(&self, canvas: &mut Canvas<'_>, colors: &Colors, plot: &Plot, across: &Axis) {
        let rest = self.rest(plot, across);
        rest.draw(canvas, colors.shade, colors.shade);
        for (index, band) in self.bands(plot, across).iter().enumerate() {
            band.draw(canvas, area_color(index, colors), colors.background);
        }
    }

    /// What no option has.
    fn rest(&self, plot: &Plot, across: &Axis) -> Band {
        let lower = self.edge(plot, across, self.options.len());
        Band { upper: lower.iter().map(|(x, _)| (*x, plot.top)).collect(), lower }
    }

    fn names(&self, canvas: &mut Canvas<'_>, colors: &Colors, plot: &Plot, across: &Axis) {
        let limits = (plot.left, plot.right);
        for (index, band) in self.bands(plot, across).iter().enumerate() {
            name_on(canvas, colors, (index, &self.options[index].name), (band, limits));
        }
        let letters = colors.note();
        let rest = self.rest(plot, across);
        let place = |text: &&'static str| Some((*text, rest.room_for(text_width(text, letters.size, letters.bold), limits)?));
        if let Some((text, at)) = REST.iter().find_map(place) {
            canvas.text(text, at, Align::Middle, letters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Quantity, legible};
    use super::*;
    use proptest::prelude::*;

    fn figure(at: &[f64], options: &[&[f64]]) -> CheapestFigure {
        let option = |(index, probabilities): (usize, &&[f64])| CheapestProbability {
            name: format!("option {index}"),
            probabilities: probabilities.to_vec(),
        };
        CheapestFigure {
            caption: Caption::default(),
            across: Across { title: "Requests a month".to_owned(), quantity: Quantity::Count },
            at: at.to_vec(),
            options: options.iter().enumerate().map(option).collect(),
        }
    }

    #[test]
    fn areas_carry_their_names_and_the_rest_is_said() {
        let at: Vec<f64> = (0..60).map(|step| 1e4 * 1.2_f64.powi(step)).collect();
        let falling: Vec<f64> = (0..60).map(|step| 1.0 - f64::from(step) / 60.0).collect();
        let svg = figure(&at, &[&falling]).svg(Theme::Light).unwrap();
        legible::check(&svg);
        // In the legend and on the area.
        assert_eq!(svg.matches("\noption 0\n").count(), 2);
        assert_eq!(svg.matches("\nnone can carry the load\n").count(), 1);
        assert!(svg.contains("Without color: no option, as configured, can carry the load."));
        let complete = figure(&[1e4], &[&[0.25], &[0.75]]).svg(Theme::Dark).unwrap();
        legible::check(&complete);
        assert!(!complete.contains("no option"));
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(&[1.0], &[]).svg(Theme::Light), Err(ChartError::Nothing { .. })));
        assert!(matches!(figure(&[1.0], &[&[0.01][..]; 13]).svg(Theme::Light), Err(ChartError::TooMany { .. })));
        assert!(matches!(figure(&[2.0, 1.0], &[&[0.5, 0.5]]).svg(Theme::Light), Err(ChartError::Order { .. })));
        assert!(matches!(figure(&[1.0, 2.0], &[&[0.5]]).svg(Theme::Light), Err(ChartError::Count { .. })));
        assert!(matches!(figure(&[0.0, 2.0], &[&[0.5, 0.5]]).svg(Theme::Light), Err(ChartError::LogRange { .. })));
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(figure(&[1.0], &[&[wrong]]).svg(Theme::Light), Err(ChartError::Value { what: "probability", .. })));
        }
        let too_much = figure(&[1.0], &[&[0.6], &[0.6]]).svg(Theme::Light);
        assert!(matches!(too_much, Err(ChartError::Value { what: "sum of probabilities", .. })), "{too_much:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_probabilities_make_a_figure_that_can_be_read(
            weights in prop::collection::vec(prop::collection::vec(0.0..1.0_f64, 30), 1..13), count in 1_usize..30, name in ".{0,90}"
        ) {
            let at: Vec<f64> = (0..count).map(|step| 100.0 * 1.5_f64.powf(step as f64)).collect();
            let share = |place: usize, weight: f64| weight / weights.iter().map(|one| one[place]).sum::<f64>().max(1.0);
            let shares: Vec<Vec<f64>> =
                weights.iter().map(|option| (0..count).map(|place| share(place, option[place])).collect()).collect();
            let mut figure = figure(&at, &shares.iter().map(Vec::as_slice).collect::<Vec<_>>());
            figure.options[0].name = name;
            legible::check(&figure.svg(Theme::Light).unwrap());
        }
    }
}
