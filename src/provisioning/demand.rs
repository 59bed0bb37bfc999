//! The load: how many requests run at once, slot by slot.

use super::{ProvisioningError, check};
use crate::queueing::{concurrency_quantile, erlang_b, erlang_b_upward};

/// How many requests run at once over a period that repeats: a day, a week, or one slot of steady traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    slot_s: u32,
    means: Vec<f64>,
    inside: Inside,
}

/// How the load behaves inside a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    /// It stays at the slot's mean. Right for slots of a minute or less; for longer ones it forgets the short peaks.
    Constant,
    /// Requests arrive at random. Units that are kept serve what Erlang's loss formula leaves: a request that found them all
    /// busy stays on demand until its end, so they serve a little less than E min(N, units), N Poisson.
    Poisson,
}

/// More environments than this are no plan for one function.
pub(super) const MOST_UNITS: u64 = 100_000;
/// More slots than a week of minutes are no period to plan.
const MOST_SLOTS: usize = 7 * 24 * 60;
/// A unit that is needed in no more than a ten-thousandth of the time is not looked at.
const COVERED_SHARE: f64 = 0.9999;

impl Demand {
    /// The mean number of requests that run at once, in each slot of `slot_s` seconds.
    ///
    /// # Errors
    /// When there is no slot, they are too many, or a mean is no load of at most 100,000.
    pub fn new(means: Vec<f64>, slot_s: u32, inside: Inside) -> Result<Self, ProvisioningError> {
        if means.is_empty() {
            return Err(ProvisioningError::Nothing { what: "slot of the load" });
        }
        check("count of slots", means.len() as f64, means.len() <= MOST_SLOTS, "at most 10080, a week of minutes")?;
        check("length of a slot in seconds", f64::from(slot_s), 0 < slot_s, "at least 1")?;
        for mean in &means {
            check("mean concurrency", *mean, (0.0..=MOST_UNITS as f64).contains(mean), "from 0 to 100000")?;
        }
        Ok(Self { slot_s, means, inside })
    }

    /// Steady random traffic of this offered load: arrival rate × mean duration.
    ///
    /// # Errors
    /// When it is no load of at most 100,000.
    pub fn steady(offered_load: f64) -> Result<Self, ProvisioningError> {
        Self::new(vec![offered_load], 1, Inside::Poisson)
    }

    /// How the load behaves inside a slot.
    #[must_use]
    pub const fn inside(&self) -> Inside {
        self.inside
    }

    /// The length of a slot.
    #[must_use]
    pub const fn slot_s(&self) -> u32 {
        self.slot_s
    }

    /// The mean of each slot.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The mean of the whole period.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.means.iter().sum::<f64>() / self.means.len() as f64
    }

    /// So many units are enough for 99.99 % of the time in the busiest slot.
    pub(super) fn most_units(&self) -> Result<u64, ProvisioningError> {
        let busiest = self.means.iter().copied().fold(0.0, f64::max);
        match self.inside {
            Inside::Constant => Ok(busiest.ceil() as u64),
            Inside::Poisson => Ok(concurrency_quantile(busiest, 1.0, COVERED_SHARE)?),
        }
    }

    /// How much of a slot's load so many units serve, on average.
    pub(super) fn served(&self, slot: usize, units: u64) -> f64 {
        let mean = self.means[slot];
        match self.inside {
            Inside::Constant => mean.min(units as f64),
            Inside::Poisson => mean * (1.0 - erlang_b(units, mean)),
        }
    }

    /// The same for each of ascending numbers of units.
    pub(super) fn served_by(&self, slot: usize, units: &[u64]) -> Vec<f64> {
        let mean = self.means[slot];
        match self.inside {
            Inside::Constant => units.iter().map(|units| mean.min(*units as f64)).collect(),
            Inside::Poisson => {
                let mut lost = (0..).zip(erlang_b_upward(mean));
                let served = units.iter().map(|units| {
                    let lost = lost.find(|(servers, _)| servers == units).map_or(0.0, |(_, lost)| lost);
                    mean * (1.0 - lost)
                });
                served.collect()
            }
        }
    }

    /// The share of the time that the first, the second, … unit is busy, if units are kept all the time: u_k = a · (B(k − 1, a) −
    /// B(k, a)) under steady random traffic, which always tries the first free unit ("ordered hunt"); P(load ≥ k) where the
    /// load stays at whole numbers.
    pub(super) fn uses(&self, units: u64) -> Vec<f64> {
        let levels: Vec<u64> = (0..=units).collect();
        let mut served = vec![0.0; levels.len()];
        for slot in 0..self.means.len() {
            served.iter_mut().zip(self.served_by(slot, &levels)).for_each(|(sum, served)| *sum += served);
        }
        let slots = self.means.len() as f64;
        served.windows(2).map(|pair| (pair[1] - pair[0]) / slots).collect()
    }
}

/// A part of a whole; of nothing, none.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole <= 0.0 { 0.0 } else { part / whole }
}
