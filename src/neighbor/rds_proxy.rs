//! RDS Proxy: connections to a database shared between many functions.
//!
//! Rule (RDS Proxy pricing page, recalled): each vCPU of the database's instance by the hour, two at least.
//!
//! Worked number: before an instance with one vCPU, 2 × 730 h = 1,460 vCPU-hours.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{Decimal, Unit, VirtualCpus};
use crate::usage::Meter;

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "rds-proxy",
    about: "RDS Proxy: vCPU-hours of the database behind it, two vCPUs at least",
    keys: &[Key { name: "vcpu", value: "N", help: "vCPUs of the database's instance" }],
    follows: Follows::Requests,
    read,
};

static VCPU: Meter = Meter::fixed("rds_proxy.vcpu", "RDS Proxy", Unit::VcpuHour);

const LEAST_VCPU: Decimal = Decimal::TWO;

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let vcpu: VirtualCpus = reader.section().required("vcpu", "the vCPUs of the database's instance, for example vcpu = 2")?;
    let charged = vcpu.get().max(LEAST_VCPU);
    Ok(reader.finish(move |traffic, steps| steps.add(&VCPU, "proxy", &[(charged, "vCPU"), traffic.hours()])))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, usage};

    #[test]
    fn two_vcpus_are_charged_at_least() {
        assert_eq!(usage("rds-proxy", &[("vcpu", "1")], MILLION), ["rds_proxy.vcpu 1460"]);
        assert_eq!(usage("rds-proxy", &[("vcpu", "8")], MILLION), ["rds_proxy.vcpu 5840"]);
    }
}
