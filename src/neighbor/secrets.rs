//! Secrets Manager and the Parameter Store of Systems Manager: what is kept, and calls to get it.
//!
//! Rules (their pricing pages, 2024-07): a secret is charged for the month and for each call. A standard parameter is free, and
//! so are its calls, but for those at higher throughput; an advanced one is charged for the month, and each call.
//!
//! Worked number: one advanced parameter that exists for 600 of 730 hours is 0.8219 parameter-months.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::Unit;
use crate::usage::Meter;

const CALLS: Key = Key { name: "calls", value: "RATE", help: "Calls to get one [default: one for each request]" };

pub(super) const SECRETS_MANAGER: Neighbor = Neighbor {
    name: "secrets-manager",
    about: "Secrets Manager: secrets by the month, and calls",
    keys: &[Key { name: "secrets", value: "N", help: "Secrets kept [default: 1]" }, CALLS],
    follows: Follows::Invocations,
    read: read_secrets,
};

pub(super) const PARAMETER_STORE: Neighbor = Neighbor {
    name: "parameter-store",
    about: "Systems Manager Parameter Store: parameters by the month, and calls",
    keys: &[
        Key { name: "parameters", value: "N", help: "Parameters kept [default: 1]" },
        Key { name: "tier", value: "NAME", help: "standard or advanced [default: standard]" },
        Key { name: "higher_throughput", value: "BOOL", help: "Higher throughput, at which every call is charged" },
        CALLS,
    ],
    follows: Follows::Invocations,
    read: read_parameters,
};

static SECRETS: Meter = Meter::fixed("secrets_manager.secrets", "secrets", Unit::SecretMonth);
static SECRET_CALLS: Meter = Meter::fixed("secrets_manager.requests", "calls to Secrets Manager", Unit::Request);
static STANDARD: Meter = Meter::fixed("parameter_store.standard", "standard parameters", Unit::ParameterMonth);
static ADVANCED: Meter = Meter::fixed("parameter_store.advanced", "advanced parameters", Unit::ParameterMonth);
static PARAMETER_CALLS: Meter = Meter::fixed("parameter_store.requests", "calls to Parameter Store", Unit::Request);

fn read_secrets(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let secrets = reader.count_or("secrets", 1, "each is charged by the month")?;
    let calls = reader.arrivals(CALLS.name)?;
    Ok(reader.finish(move |traffic, steps| {
        steps.add(&SECRETS, "secrets", &[(secrets, "secrets")]);
        calls.add_count(traffic, steps, &SECRET_CALLS, "calls");
    }))
}

fn read_parameters(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let parameters = reader.count_or("parameters", 1, "advanced ones are charged by the month")?;
    let meter = reader.choice("tier", &[("standard", &STANDARD), ("advanced", &ADVANCED)], "standard parameters are free")?;
    let higher_throughput = reader.section().flag("higher_throughput")?.unwrap_or(false);
    let charged = higher_throughput || *meter == ADVANCED;
    let calls = if charged {
        Some(reader.arrivals(CALLS.name)?)
    } else {
        reader.refuse_without("`tier = \"advanced\"` or `higher_throughput = true`", &[CALLS.name])?;
        None
    };
    Ok(reader.finish(move |traffic, steps| {
        steps.add(meter, "parameters", &[(parameters, "parameters")]);
        if let Some(calls) = calls {
            calls.add_count(traffic, steps, &PARAMETER_CALLS, "calls");
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn a_secret_is_kept_and_called_for_each_request_unless_stated() {
        let expected = ["secrets_manager.requests 1000000", "secrets_manager.secrets 1"];
        assert_eq!(usage("secrets-manager", &[], MILLION), expected);
        assert_eq!(notes("secrets-manager", &[], MILLION).len(), 2);
        let keys = [("secrets", "2"), ("calls", "100k/month")];
        assert_eq!(usage("secrets-manager", &keys, MILLION), ["secrets_manager.requests 100000", "secrets_manager.secrets 2"]);
    }

    #[test]
    fn calls_for_standard_parameters_are_free_but_at_higher_throughput() {
        assert_eq!(usage("parameter-store", &[], MILLION), ["parameter_store.standard 1"]);
        let expected = ["parameter_store.requests 1000000", "parameter_store.standard 1"];
        assert_eq!(usage("parameter-store", &[("higher_throughput", "true")], MILLION), expected);
        let expected = ["parameter_store.advanced 1", "parameter_store.requests 1000000"];
        assert_eq!(usage("parameter-store", &[("tier", "advanced")], MILLION), expected);
        assert!(error("parameter-store", &[("calls", "1/s")], MILLION).contains("`calls` needs `tier"));
    }
}
