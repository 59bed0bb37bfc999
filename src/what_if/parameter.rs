//! What of a workload can be moved, and how far.

use super::Change;
use crate::break_even::Axis;
use crate::units::{DataSize, Decimal, Month, TimeSpan, decimal_from_statistic, statistic_from_decimal};
use crate::workload::{Work, Workload};

/// Requests and times can be moved by this factor, down and up.
const REACH: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);
/// Memory as Lambda offers it, the narrowest range of the platforms that offer any.
const LEAST_MEMORY: Decimal = Decimal::from_parts(128, 0, 0, false, 0);
const MOST_MEMORY: Decimal = Decimal::from_parts(10_240, 0, 0, false, 0);
/// Steps of memory when prices are looked up: four to a doubling, so that no machine type is stepped over.
const MEMORY_STEPS: usize = 26;

/// The most of anything that a scenario can state.
pub(super) const MOST: Decimal = Decimal::from_parts(0xa4c6_8000, 0x0003_8d7e, 0, false, 0);

/// How a range is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// In equal ratios.
    Logarithmic,
    /// In equal differences.
    Linear,
}

impl Scale {
    /// For programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logarithmic => "logarithmic",
            Self::Linear => "linear",
        }
    }
}

/// A quantity of a workload that can be moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The workload, by its place in the scenario.
    pub workload: usize,
    /// The workload's name.
    pub workload_name: String,
    /// Its key.
    pub key: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What is written after the number, such as `ms`.
    pub unit: &'static str,
    /// Where it stands in the scenario.
    pub value: Decimal,
    /// The least that can be asked for.
    pub from: Decimal,
    /// The most.
    pub to: Decimal,
    /// How the range is walked.
    pub scale: Scale,
    /// What to know about moving it.
    pub note: Option<&'static str>,
}

impl Parameter {
    /// The change that sets it.
    #[must_use]
    pub fn set(&self, value: Decimal) -> Change {
        let value = format!("{}{}", value.normalize(), self.unit);
        Change { workload: self.workload, key: self.key.to_owned(), value }
    }
}

/// `count` values from one end to the other in equal ratios, to three digits between them.
pub(super) fn stops((from, to): (Decimal, Decimal), count: usize) -> Vec<Decimal> {
    let last = count.saturating_sub(1).max(1);
    let between = (1..last).filter_map(|step| {
        let share = step as f64 / last as f64;
        let (from, to) = (statistic_from_decimal(from), statistic_from_decimal(to));
        decimal_from_statistic(from * (to / from).powf(share), 9)?.round_sf(3)
    });
    let mut stops: Vec<Decimal> = std::iter::once(from).chain(between).chain([to]).collect();
    stops.dedup();
    stops
}

/// The parameters of a workload: its requests, its times, its memory. What it does not state cannot be moved.
pub(super) fn of(place: usize, workload: &Workload, month: Month) -> Vec<Parameter> {
    let parameter = |key, label, unit, value: Decimal, (from, to): (Decimal, Decimal)| Parameter {
        workload: place,
        workload_name: workload.name.clone(),
        key,
        label,
        unit,
        value: value.normalize(),
        from: from.normalize(),
        to: to.normalize(),
        scale: if from.is_zero() { Scale::Linear } else { Scale::Logarithmic },
        note: None,
    };
    let time = |key, label, span: TimeSpan| {
        let value = span.milliseconds();
        parameter(key, label, "ms", value, around(value, Decimal::ONE_HUNDRED))
    };
    let requests = workload.requests.per_month(month);
    let mut parameters = Vec::new();
    // From nothing there are no ratios to go by.
    if !requests.is_zero() {
        parameters.push(parameter("requests", "requests", "/month", requests, around(requests, REACH)));
    }
    match &workload.work {
        Some(Work::Measured { durations, cpu_share, .. }) => {
            let spread = durations.constant_span().is_none();
            let note = spread.then_some("once moved, every request takes this long: the scenario has a distribution");
            parameters.push(Parameter { note, ..time("duration", "duration", durations.mean()) });
            let share = cpu_share.get() * Decimal::ONE_HUNDRED;
            parameters.push(parameter("cpu_fraction", "CPU share", "%", share, (Decimal::ZERO, Decimal::ONE_HUNDRED)));
        }
        Some(Work::CpuAndWait { cpu, wait }) => {
            parameters.extend([time("cpu", "CPU time", *cpu), time("wait", "waiting time", *wait)]);
        }
        Some(Work::Profile(_)) | None => {}
    }
    parameters.extend(workload.memory.filter(|_| workload.profile().is_none()).map(|memory: DataSize| {
        let value = memory.megabytes();
        parameter("memory", "memory", "MB", value, (value.min(LEAST_MEMORY), value.max(MOST_MEMORY)))
    }));
    parameters
}

/// A range around a value; of zero, from zero to a thousand.
fn around(value: Decimal, factor: Decimal) -> (Decimal, Decimal) {
    if value.is_zero() {
        return (value, Decimal::ONE_THOUSAND);
    }
    let to = value.checked_mul(factor).unwrap_or(value).min(MOST.max(value));
    ((value / factor).max(Decimal::new(1, 3)).min(value), to)
}

/// Combinations of values that meet every price the parameters can need: of one workload at a time, or the requests of all.
pub(super) fn grid(parameters: &[Parameter]) -> Vec<Vec<Change>> {
    let mut combinations = vec![Vec::new()];
    combinations.extend(ends_of_curves(parameters));
    for own in parameters.chunk_by(|one, other| one.workload == other.workload) {
        let (memory, others): (Vec<&Parameter>, Vec<&Parameter>) = own.iter().partition(|parameter| parameter.key == "memory");
        let levels: [fn(&Parameter) -> Decimal; 3] =
            [|parameter| parameter.from, |parameter| parameter.value, |parameter| parameter.to];
        combinations.extend(corners(own, &levels));
        let sizes = memory
            .iter()
            .flat_map(|memory| stops((memory.from, memory.to), MEMORY_STEPS).into_iter().map(|size| memory.set(size)));
        for size in sizes {
            let at = |level: &fn(&Parameter) -> Decimal| others.iter().map(|parameter| parameter.set(level(parameter))).collect();
            combinations.extend(levels.iter().map(|level| [at(level), vec![size.clone()]].concat()));
        }
    }
    combinations
}

/// As far as curves go: the requests of one workload there, and those of all in their proportion.
fn ends_of_curves(parameters: &[Parameter]) -> Vec<Vec<Change>> {
    let requests: Vec<&Parameter> = parameters.iter().filter(|parameter| parameter.key == "requests").collect();
    let all: Decimal = requests.iter().map(|own| own.value).sum();
    let (least, most) = Axis::Requests.usual_ends();
    let ends = [least.min(all / REACH), least, most, most.max(all.saturating_mul(REACH).min(MOST))];
    let at = |end: Decimal| {
        let part = |own: &Parameter| (own.value / all).checked_mul(end)?.round_sf(9);
        let together = requests.iter().filter_map(|own| Some(own.set(part(own)?))).collect();
        requests.iter().map(|own| vec![own.set(end)]).chain([together]).collect::<Vec<_>>()
    };
    if requests.is_empty() { Vec::new() } else { ends.into_iter().flat_map(at).collect() }
}

/// Every parameter at every level, in all combinations.
fn corners(parameters: &[Parameter], levels: &[fn(&Parameter) -> Decimal]) -> Vec<Vec<Change>> {
    parameters.iter().fold(vec![Vec::new()], |combinations, parameter| {
        let with = |changes: Vec<Change>| {
            levels.iter().map(move |level| [changes.clone(), vec![parameter.set(level(parameter))]].concat()).collect::<Vec<_>>()
        };
        combinations.into_iter().flat_map(with).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::what_if;
    use super::*;

    fn parameters(work: &str) -> Vec<(&'static str, String)> {
        let what_if = what_if(&format!("[workload]\nrequests = \"10/s\"\n{work}\n"));
        what_if.parameters().iter().map(|parameter| (parameter.key, parameter.value.to_string())).collect()
    }

    #[test]
    fn what_the_workload_states_can_be_moved() {
        let expected = |rest: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            let requests = [("requests", "26280000")];
            requests.iter().chain(rest).map(|(key, value)| (*key, (*value).to_owned())).collect()
        };
        let measured = expected(&[("duration", "1000"), ("cpu_fraction", "100"), ("memory", "512")]);
        assert_eq!(parameters("duration = \"1s\"\nmemory = \"512MB\""), measured);
        let stated = expected(&[("cpu", "20"), ("wait", "0"), ("memory", "256")]);
        assert_eq!(parameters("cpu = \"20ms\"\nmemory = \"256MB\""), stated);
    }

    #[test]
    fn stops_go_from_end_to_end_in_equal_ratios() {
        let stops = stops((Decimal::from(1_000), Decimal::from(1_000_000_000)), 7);
        let texts: Vec<String> = stops.iter().map(|stop| stop.normalize().to_string()).collect();
        assert_eq!(texts, ["1000", "10000", "100000", "1000000", "10000000", "100000000", "1000000000"]);
    }
}
