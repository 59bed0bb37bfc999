//! What every managed Kubernetes has in common: clusters that are paid for, and what a node keeps for itself.

use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::units::{Count, Decimal, Month};
use crate::usage::{Meter, Steps};

/// The key of the clusters.
pub(super) const CLUSTERS: Key =
    Key { name: "clusters", value: "N", help: "Clusters, or the part of a shared one that the workload pays for [default: 1]" };
/// Pods of one node.
pub(super) const PODS_PER_NODE: Key = Key {
    name: "pods_per_node",
    value: "N",
    help: "Pods that one machine may have, those of the system included [default: the provider's]",
};

const MOST_CLUSTERS: u32 = 10_000;
const MOST_PODS: u32 = 10_000;

/// The clusters that a workload pays for.
#[derive(Debug)]
pub(super) struct Clusters {
    count: Decimal,
    stated: bool,
}

impl Clusters {
    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        let count = section.quantity::<Count>("clusters")?;
        if let Some(many) = count.as_ref().filter(|count| Decimal::from(MOST_CLUSTERS) < count.value.get()) {
            let problem = format!("`clusters` is {} (write a number up to {MOST_CLUSTERS})", many.value);
            return Err(SettingError::other(&many.at, problem));
        }
        Ok(Self { stated: count.is_some(), count: count.map_or(Decimal::ONE, |count| count.value.get()) })
    }

    /// The hours of the clusters, as factors of a term.
    pub(super) fn hours(&self, month: Month) -> [(Decimal, &'static str); 2] {
        [(self.count, "clusters"), (month.hours(), "h")]
    }

    /// Meters the fee for the clusters, and says so where their number is a default.
    pub(super) fn meter(&self, fee: &Meter, month: Month, steps: &mut Steps, notes: &mut Vec<Note>) {
        steps.add(fee, "clusters", &self.hours(month));
        if !self.stated {
            let meaning = "a cluster for this workload alone; a part such as 0.25 where several share one";
            notes.push(Note::default_used("clusters", "1", meaning));
        }
    }
}

/// Reads the most pods of a node.
pub(super) fn read_pods_per_node(section: &mut Section) -> Result<Option<Decimal>, SettingError> {
    Ok(section.whole_number("pods_per_node", 0..=MOST_PODS)?.map(|found| found.value))
}

/// What EKS and GKE keep of the CPU of a node: 6 % of the first vCPU, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of
/// each further one.
pub(super) fn reserved_vcpu(vcpu: Decimal) -> Decimal {
    let within = |from: u32, to: Decimal| (vcpu.min(to) - Decimal::from(from)).max(Decimal::ZERO);
    within(0, Decimal::ONE) * Decimal::new(6, 2)
        + within(1, Decimal::TWO) * Decimal::new(1, 2)
        + within(2, Decimal::from(4)) * Decimal::new(5, 3)
        + within(4, vcpu) * Decimal::new(25, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_kept_of_each_further_vcpu_is_smaller() {
        for (vcpu, kept) in [(1, "0.06"), (2, "0.07"), (4, "0.08"), (8, "0.09"), (96, "0.31")] {
            assert_eq!(reserved_vcpu(vcpu.into()), kept.parse().unwrap(), "{vcpu}");
        }
    }
}
