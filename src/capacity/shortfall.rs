//! Why a fleet cannot carry what is asked of it.

use super::size::{Hour, Sizing};
use super::{Binding, Count};
use crate::note::Refusal;
use crate::units::{Decimal, Share, TimeSpan, counted, saturating_product, statistic_from_decimal, told_apart};
use crate::workload::Workload;

impl Sizing<'_> {
    /// All reasons; `slowed` is the mean rate of a day on which burstable instances use up what they earn.
    pub(super) fn shortfalls(&self, peak: &Hour, slowed: Option<Decimal>, workload: &Workload) -> Vec<Refusal> {
        let mut found: Vec<Refusal> = self.memory_shortfall(workload).into_iter().collect();
        found.extend(self.load_shortfall(peak));
        if let Some(most) = self.fleet.most.filter(|most| most.count < peak.instances) {
            found.push(Refusal {
                asked: self.count(peak.instances),
                limit: format!("at most {}, a limit of {}", most.count, most.whose),
            });
        }
        found.extend(slowed.and_then(|rate| self.sustained_shortfall(peak, rate)));
        found.extend(self.latency_shortfall(peak, workload));
        found.extend(self.waiting_shortfall(peak));
        found
    }

    fn count(&self, instances: Decimal) -> String {
        counted(instances, self.fleet.noun.one())
    }

    fn memory_shortfall(&self, workload: &Workload) -> Option<Refusal> {
        let in_use = match (workload.memory_at_rest, workload.memory_per_request) {
            (None, None) => None,
            (rest, each) => Some(rest.unwrap_or_default() + each.unwrap_or_default()),
        };
        let needed = workload.memory.into_iter().chain(in_use).max().filter(|needed| self.shape.memory < *needed)?;
        Some(Refusal {
            asked: format!("memory {needed} for a request"),
            limit: format!("one {} has {}", self.fleet.noun.one(), self.shape.memory),
        })
    }

    fn load_shortfall(&self, peak: &Hour) -> Option<Refusal> {
        let fleet = self.fleet;
        let Some((rate, binding)) = self.whole else {
            let unknown = self.demand.is_none() && fleet.count == Count::Auto;
            return unknown.then(|| Refusal {
                asked: "a count by the load".to_owned(),
                limit: "the workload says no duration and no CPU time; give one, or a `count`".to_owned(),
            });
        };
        if self.overloaded(peak.instances, peak.peak_rate) {
            return Some(self.overload(peak, peak.instances, (rate, binding), ""));
        }
        if !matches!(fleet.count, Count::Fixed(_)) || fleet.zones <= Decimal::ONE {
            return None;
        }
        let left = peak.instances - (peak.instances / fleet.zones).ceil();
        self.overloaded(left, peak.peak_rate).then(|| self.overload(peak, left, (rate, binding), " if one zone fails"))
    }

    fn overload(&self, peak: &Hour, instances: Decimal, (rate, binding): (Decimal, Binding), when: &str) -> Refusal {
        let carried = saturating_product(rate, instances);
        let (asked, limit) = told_apart(peak.peak_rate, carried, 2);
        let one = instances == Decimal::ONE;
        let limit = if asked == limit {
            let verb = if one { "is" } else { "are" };
            format!("{} {verb} wholly busy with that, and the line grows without end", self.count(instances))
        } else {
            format!("{} {} {limit} a second", self.count(instances), if one { "carries" } else { "carry" })
        };
        Refusal {
            asked: format!("{asked} requests a second at peak{when}"),
            limit: format!("{limit} ({} binds)", binding.name()),
        }
    }

    fn sustained_shortfall(&self, peak: &Hour, rate: Decimal) -> Option<Refusal> {
        let (sustained, demand) = self.shape.sustained_vcpu.zip(self.demand.as_ref())?;
        let needed = saturating_product(rate, demand.cpu.seconds());
        let (needed, earned) = told_apart(needed, saturating_product(sustained, peak.instances), 3);
        let verb = if peak.instances == Decimal::ONE { "sustains" } else { "sustain" };
        Some(Refusal {
            asked: format!("{needed} vCPUs of work on average over a day"),
            limit: format!("{} {verb} {earned} without surplus credits", self.count(peak.instances)),
        })
    }

    /// How long 99 of 100 requests take at most when none waits.
    pub(super) fn work_alone(&self) -> Option<TimeSpan> {
        self.demand.as_ref().map(|demand| demand.durations_on(self.shape.vcpu).quantile(0.99))
    }

    fn latency_shortfall(&self, peak: &Hour, workload: &Workload) -> Option<Refusal> {
        let limit = workload.p99?;
        let asked = format!("99 of 100 requests within {limit}");
        let too_slow = self.work_alone().filter(|alone| limit < *alone);
        if let Some(alone) = too_slow {
            let limit = format!(
                "the work alone takes {} at 99 % on {} vCPU; more {} do not help",
                alone.rounded(),
                self.shape.vcpu.normalize(),
                self.fleet.noun.many()
            );
            return Some(Refusal { asked, limit });
        }
        match self.peak(peak.instances, peak.peak_rate).filter(|peak| !peak.rate.is_zero() && peak.has_lines())?.waiting() {
            Some(waiting) if waiting.p99_response <= limit => None,
            Some(waiting) => Some(Refusal { asked, limit: format!("{} with the wait at peak", waiting.p99_response.rounded()) }),
            None => Some(Refusal { asked, limit: "the line grows without end at peak".to_owned() }),
        }
    }

    fn waiting_shortfall(&self, peak: &Hour) -> Option<Refusal> {
        let limit = self.fleet.most_waiting?.get();
        let probability = self.peak(peak.instances, peak.peak_rate)?.waiting()?.probability;
        (statistic_from_decimal(limit) < probability).then(|| {
            let (share, limit) =
                told_apart(Share::from_statistic(probability).get() * Decimal::ONE_HUNDRED, limit * Decimal::ONE_HUNDRED, 1);
            Refusal { asked: format!("at most {limit}% of the requests wait"), limit: format!("{share}% wait at peak") }
        })
    }
}
