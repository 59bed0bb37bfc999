//! The timeline of a replay: what arrived, what was there to serve it, who started cold or was refused, and how long it took.
//!
//! One axis of time for all panels, so that a cause and its effects stand one under the other: a rise of the calls, the
//! instances that come late, the cold starts, the latency. Designs stand one under the other too, all on one scale. Where
//! nothing happened nothing is drawn.

mod ink;
mod layout;

use self::layout::Layout;
use super::{Caption, ChartError, Theme, words};

/// As many designs as are read one under the other.
pub const MOST_TIMELINES: usize = 4;

/// What happened over time.
///
/// ```
/// use millicent::chart::{Caption, Theme, TimelineDesign, TimelineFigure, TimelineStretch};
///
/// let stretch = |minute: u32, calls, cold| TimelineStretch {
///     from_s: f64::from(minute) * 60.0,
///     to_s: f64::from(minute + 1) * 60.0,
///     calls,
///     on_environments: 4,
///     environments: Some(5),
///     cold,
///     p99_ms: Some(if cold == 0 { 200.0 } else { 900.0 }),
///     ..TimelineStretch::default()
/// };
/// let design = TimelineDesign {
///     name: "lambda, 512 MB".to_owned(),
///     remark: "$12.40 a month".to_owned(),
///     slots: 1.0,
///     stretches: vec![stretch(0, 600, 5), stretch(1, 620, 0)],
/// };
/// let figure = TimelineFigure { caption: Caption::default(), designs: vec![design], limit_ms: None };
/// assert!(figure.svg(Theme::Light)?.contains("Cold starts in 1 minute"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineFigure {
    /// The words around it.
    pub caption: Caption,
    /// Designs that met the same calls; four at most.
    pub designs: Vec<TimelineDesign>,
    /// Within what time 99 of 100 calls have to be answered, where that is stated.
    pub limit_ms: Option<f64>,
}

/// What happened to one design.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineDesign {
    /// Its name.
    pub name: String,
    /// What came of it in a few words.
    pub remark: String,
    /// Calls that one instance works on at once.
    pub slots: f64,
    /// What happened, in the order of time.
    pub stretches: Vec<TimelineStretch>,
}

/// What happened in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TimelineStretch {
    /// From when …
    pub from_s: f64,
    /// … until when.
    pub to_s: f64,
    /// Calls that arrived.
    pub calls: u64,
    /// The most calls in progress on environments at once.
    pub on_environments: u64,
    /// The most calls in progress on instances at once.
    pub on_instances: u64,
    /// The most calls that waited for an instance at once.
    pub waiting: u64,
    /// The most environments at once; none where nobody looked.
    pub environments: Option<u64>,
    /// The most provisioned units that could be used at once, which are environments too.
    pub units: u64,
    /// The most instances at once.
    pub instances: u64,
    /// Calls that started an environment.
    pub cold: u64,
    /// Calls that were refused or gave up.
    pub refused: u64,
    /// Within what time 99 of 100 of them were answered; none where none was.
    pub p99_ms: Option<f64>,
}

impl TimelineStretch {
    fn calls_per_s(&self) -> f64 {
        self.calls as f64 / (self.to_s - self.from_s)
    }

    fn in_progress(&self) -> f64 {
        self.on_environments as f64 + self.on_instances as f64
    }
}

impl TimelineDesign {
    fn most(&self, of: impl Fn(&TimelineStretch) -> f64) -> f64 {
        self.stretches.iter().map(of).fold(0.0, f64::max)
    }

    fn sum(&self, of: impl Fn(&TimelineStretch) -> u64) -> u64 {
        self.stretches.iter().map(of).fold(0, u64::saturating_add)
    }

    /// How many calls the instances that are there can work on at once.
    fn on_all_instances(&self, stretch: &TimelineStretch) -> f64 {
        stretch.instances as f64 * self.slots
    }

    fn has_instances(&self) -> bool {
        self.stretches.iter().any(|stretch| 0 < stretch.instances)
    }

    fn has_units(&self) -> bool {
        self.stretches.iter().any(|stretch| 0 < stretch.units)
    }

    fn has_environments(&self) -> bool {
        self.stretches.iter().any(|stretch| stretch.environments.is_some_and(|count| 0 < count))
    }

    fn in_words(&self) -> String {
        let number = |value: f64| words::number(value);
        let environments = self.most(|stretch| stretch.environments.unwrap_or(0) as f64);
        let slowest = self.stretches.iter().filter_map(|stretch| stretch.p99_ms).fold(0.0, f64::max);
        format!(
            "{}: at most {} calls in progress, {} waiting, {} environments, {} provisioned units, {} instances; {} cold starts, {} refused; 99 of 100 calls of every stretch within {}. {}",
            self.name,
            number(self.most(TimelineStretch::in_progress)),
            number(self.most(|stretch| stretch.waiting as f64)),
            number(environments),
            number(self.most(|stretch| stretch.units as f64)),
            number(self.most(|stretch| stretch.instances as f64)),
            number(self.sum(|stretch| stretch.cold) as f64),
            number(self.sum(|stretch| stretch.refused) as f64),
            words::duration(slowest),
            self.remark
        )
    }
}

impl TimelineFigure {
    /// The figure as SVG, 960 wide and as high as its designs need.
    ///
    /// # Errors
    /// When there is no design or no stretch, more than four designs, or a time that goes back or is none.
    pub fn svg(&self, theme: Theme) -> Result<String, ChartError> {
        self.check()?;
        let colors = theme.colors();
        let layout = Layout::of(self, colors);
        layout.page.svg(&self.caption, &self.marks_in_words(), colors, |canvas| layout.draw(canvas, colors, self))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.designs.is_empty() {
            return Err(ChartError::Nothing { what: "design" });
        }
        if MOST_TIMELINES < self.designs.len() {
            return Err(ChartError::TooMany { what: "designs", count: self.designs.len(), most: MOST_TIMELINES });
        }
        for design in &self.designs {
            if design.stretches.is_empty() {
                return Err(ChartError::Nothing { what: "stretch of time" });
            }
            let times = design.stretches.iter().flat_map(|stretch| [stretch.from_s, stretch.to_s]);
            let latencies = design.stretches.iter().filter_map(|stretch| stretch.p99_ms).chain(self.limit_ms);
            for (what, value) in times.map(|at_s| ("time", at_s)).chain(latencies.map(|ms| ("latency", ms))) {
                check_value(what, &design.name, value)?;
            }
            let mut last_s = 0.0;
            for stretch in &design.stretches {
                if stretch.from_s < last_s || stretch.to_s <= stretch.from_s {
                    return Err(ChartError::Order { name: design.name.clone(), last: last_s, next: stretch.from_s });
                }
                last_s = stretch.to_s;
            }
        }
        Ok(())
    }

    fn marks_in_words(&self) -> String {
        let limit = self.limit_ms.map(|limit_ms| format!("The limit is {}.", words::duration(limit_ms)));
        self.designs.iter().map(TimelineDesign::in_words).chain(limit).collect::<Vec<_>>().join(" ")
    }

    /// How much time is shown.
    fn end_s(&self) -> f64 {
        let ends = self.designs.iter().filter_map(|design| design.stretches.last());
        ends.map(|stretch| stretch.to_s).fold(0.0, f64::max)
    }
}

/// Seconds or milliseconds that have a place on an axis: three million years.
const MOST: f64 = 1e14;

fn check_value(what: &'static str, name: &str, value: f64) -> Result<(), ChartError> {
    if (0.0..=MOST).contains(&value) {
        return Ok(());
    }
    Err(ChartError::Value { what, name: name.to_owned(), value, least: 0.0, most: MOST })
}

#[cfg(test)]
mod tests {
    use super::super::legible;
    use super::*;
    use proptest::prelude::*;

    fn stretch(index: usize, length_s: f64) -> TimelineStretch {
        TimelineStretch {
            from_s: index as f64 * length_s,
            to_s: (index + 1) as f64 * length_s,
            calls: 100 + index as u64,
            ..TimelineStretch::default()
        }
    }

    fn figure(stretches: Vec<TimelineStretch>) -> TimelineFigure {
        let design = TimelineDesign { name: "one design".to_owned(), remark: "cheap".to_owned(), slots: 10.0, stretches };
        TimelineFigure { caption: Caption::default(), designs: vec![design], limit_ms: None }
    }

    #[test]
    fn what_never_happens_has_no_panel() {
        let quiet =
            figure((0..4).map(|index| TimelineStretch { instances: 2, on_instances: 7, ..stretch(index, 900.0) }).collect());
        let svg = quiet.svg(Theme::Light).unwrap();
        legible::check(&svg);
        assert!(svg.contains("\ninstances × 10\n") && !svg.contains("\nenvironments\n"));
        assert!(!svg.contains("Cold starts") && !svg.contains("Refused") && !svg.contains("99 of 100 calls answered"));
        let mut busy = quiet;
        busy.designs[0].stretches[2] =
            TimelineStretch { cold: 3, refused: 2, p99_ms: Some(120.0), environments: Some(4), ..busy.designs[0].stretches[2] };
        busy.limit_ms = Some(500.0);
        let svg = busy.svg(Theme::Dark).unwrap();
        legible::check(&svg);
        for text in ["Cold starts in 15 minutes", "Refused or given up in 15 minutes", "environments", "limit: 500 ms"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}");
        }
    }

    #[test]
    fn provisioned_units_have_a_line_of_their_own_where_there_are_any() {
        let with = |units| {
            let stretch = |index| TimelineStretch { units, environments: Some(6), on_environments: 3, ..stretch(index, 900.0) };
            figure((0..4).map(stretch).collect()).svg(Theme::Light).unwrap()
        };
        let (without, with) = (with(0), with(5));
        legible::check(&with);
        assert!(with.contains("\nprovisioned units\n") && !without.contains("\nprovisioned units\n"));
        assert!(with.contains("Environments include provisioned units") && !without.contains("include provisioned units"));
        // More units than anything else are seen whole.
        let crowd = figure((0..4).map(|index| TimelineStretch { units: 500, ..stretch(index, 900.0) }).collect());
        assert!(crowd.svg(Theme::Dark).unwrap().contains("\n500\n"));
    }

    #[test]
    fn what_has_no_place_is_an_error() {
        assert!(matches!(figure(vec![]).svg(Theme::Light), Err(ChartError::Nothing { what: "stretch of time" })));
        let none = TimelineFigure { designs: vec![], ..figure(vec![]) };
        assert!(matches!(none.svg(Theme::Light), Err(ChartError::Nothing { what: "design" })));
        let back = figure(vec![stretch(1, 60.0), stretch(0, 60.0)]);
        assert!(matches!(back.svg(Theme::Light), Err(ChartError::Order { .. })));
        let endless = figure(vec![TimelineStretch { to_s: f64::INFINITY, ..stretch(0, 60.0) }]);
        assert!(matches!(endless.svg(Theme::Light), Err(ChartError::Value { what: "time", .. })));
        let mut crowd = figure(vec![stretch(0, 60.0)]);
        crowd.designs = vec![crowd.designs[0].clone(); 5];
        assert!(matches!(crowd.svg(Theme::Light), Err(ChartError::TooMany { count: 5, .. })));
    }

    fn any_stretch() -> impl Strategy<Value = TimelineStretch> {
        let counts = (0_u64..1_000_000, 0_u64..5000, 0_u64..5000, prop::option::of(0_u64..5000), 0_u64..5000, 0_u64..300);
        let effects = (0_u64..3, 0_u64..100_000, prop::option::of(1e-3..1e6_f64));
        (counts, effects).prop_map(
            |((calls, on_environments, on_instances, environments, units, instances), (cold, refused, p99_ms))| TimelineStretch {
                calls,
                on_environments,
                on_instances,
                environments,
                units,
                instances,
                waiting: refused / 3,
                cold,
                refused,
                p99_ms,
                ..Default::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_replay_makes_a_figure_that_can_be_read(
            designs in prop::collection::vec(("\\PC{0,80}", ".{0,80}", 1.0..100.0_f64, prop::collection::vec(any_stretch(), 1..130)), 1..5),
            length_s in prop::sample::select(vec![0.5, 1.0, 15.0, 300.0, 7200.0, 345_600.0]),
            limit_ms in prop::option::of(1.0..1e6_f64),
        ) {
            let designs = designs.into_iter().map(|(name, remark, slots, mut stretches)| {
                for (index, stretch) in stretches.iter_mut().enumerate() {
                    (stretch.from_s, stretch.to_s) = (index as f64 * length_s, (index + 1) as f64 * length_s);
                }
                TimelineDesign { name, remark, slots, stretches }
            });
            let caption = Caption { title: "t".repeat(90), subtitle: "words ".repeat(40), assumptions: "words ".repeat(90), ..Caption::default() };
            let figure = TimelineFigure { caption, designs: designs.collect(), limit_ms };
            legible::check(&figure.svg(Theme::Light).unwrap());
        }
    }
}
