//! Machine types: how many vCPUs, how much memory and which GPUs a rented machine has.
//!
//! One file for each provider in `pricing/machines`, sorted by type. What a type costs is
//! for [`crate::price_book`] to say, and whether it is offered in a region too.

use std::sync::OnceLock;

use crate::settings::by_distance;
use crate::units::{DataSize, Decimal};
use crate::usage::Provider;

/// A type of machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// As the provider writes it: `t3.medium`, `e2-standard-2`, `Standard_D2s_v5`.
    pub name: String,
    /// "x86_64" or "arm64".
    pub architecture: String,
    /// vCPUs.
    pub vcpu: Decimal,
    /// Memory.
    pub memory: DataSize,
    /// GPUs.
    pub gpus: Decimal,
    /// Their model in small letters, such as "l4"; empty without GPUs.
    pub gpu: String,
    /// The share of each vCPU that a burstable type can use all the time.
    pub sustained_share: Option<Decimal>,
}

/// A type of machine that is not in the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{provider} machine type {typed:?} is not known (near names: {near})", near = near.join(", "))]
pub struct UnknownMachine {
    provider: Provider,
    typed: String,
    near: Vec<String>,
}

impl Machine {
    /// The machine type of this name.
    ///
    /// ```
    /// # use millicent::{machine::Machine, usage::Provider};
    /// let machine = Machine::named(Provider::Aws, "t3.medium").unwrap();
    /// assert_eq!((machine.vcpu.to_string(), machine.memory.to_string()), ("2".into(), "4 GB".into()));
    /// assert_eq!(machine.sustained_vcpu().unwrap().to_string(), "0.4");
    /// assert!(Machine::named(Provider::Aws, "t3.medum").unwrap_err().to_string().contains("t3.medium"));
    /// ```
    ///
    /// # Errors
    /// When there is none; with the nearest names.
    pub fn named(provider: Provider, name: &str) -> Result<Self, UnknownMachine> {
        let rows = rows(provider);
        let found = rows.binary_search_by(|row| name_of(row).cmp(name)).ok().and_then(|place| machine_of(rows[place]));
        found.ok_or_else(|| {
            let names = rows.iter().map(|row| name_of(row));
            let near = by_distance(name, names).into_iter().take(4).map(|(_, name)| name.to_owned()).collect();
            UnknownMachine { provider, typed: name.to_owned(), near }
        })
    }

    /// Every machine type of a provider.
    pub fn all(provider: Provider) -> impl Iterator<Item = Self> {
        rows(provider).iter().filter_map(|row| machine_of(row))
    }

    /// The vCPUs that a burstable machine can use all the time.
    #[must_use]
    pub fn sustained_vcpu(&self) -> Option<Decimal> {
        self.sustained_share.map(|share| (share * self.vcpu).normalize())
    }

    /// Its family: the name up to the size.
    #[must_use]
    pub fn family(&self) -> &str {
        self.name.split(['.', '-']).next().unwrap_or(&self.name)
    }
}

fn text_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Aws => include_str!("../pricing/machines/aws.csv"),
        Provider::Google => include_str!("../pricing/machines/gcp.csv"),
        Provider::Azure => include_str!("../pricing/machines/azure.csv"),
        _ => "",
    }
}

/// The rows of a provider's file, in the order of their names.
fn rows(provider: Provider) -> &'static [&'static str] {
    static ROWS: [OnceLock<Vec<&'static str>>; Provider::ALL.len()] = [const { OnceLock::new() }; Provider::ALL.len()];
    ROWS[provider as usize].get_or_init(|| text_of(provider).lines().skip(1).collect())
}

fn name_of(row: &'static str) -> &'static str {
    row.split(',').next().unwrap_or_default()
}

/// A row of the file: type, architecture, vCPUs, memory in GiB, GPUs, their model, sustained share.
fn machine_of(row: &str) -> Option<Machine> {
    let fields: Vec<&str> = row.split(',').collect();
    let [name, architecture, vcpu, memory, gpus, gpu, sustained] = fields.as_slice() else { return None };
    Some(Machine {
        name: (*name).to_owned(),
        architecture: (*architecture).to_owned(),
        vcpu: vcpu.parse().ok()?,
        memory: DataSize::from_gigabytes(memory.parse().ok()?),
        gpus: if gpus.is_empty() { Decimal::ZERO } else { gpus.parse().ok()? },
        gpu: (*gpu).to_owned(),
        sustained_share: if sustained.is_empty() { None } else { Some(sustained.parse().ok()?) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_machine() {
        for provider in Provider::ALL {
            assert_eq!(rows(*provider).len(), Machine::all(*provider).count(), "{provider}");
            assert!(rows(*provider).is_sorted_by_key(|row| name_of(row)), "{provider}");
        }
        assert_eq!(Machine::all(Provider::Aws).count(), 437);
    }
}
