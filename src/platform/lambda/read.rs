//! The settings of a Lambda function: the keys and how they become a [`Lambda`].

use super::{
    Durable, EventSource, INCLUDED_STORAGE, Lambda, Poller, PollerAmount, Provisioned, Purchase, SnapStart, durations_at,
};
use crate::platform::{Architecture, Placement};
use crate::settings::{Found, Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::{Count, DataSize, Decimal, Rate, Share, TimeSpan};
use crate::workload::{ReadFile, Workload, read_durations};

pub(in crate::platform) const MEMORY: Key = Key { name: "memory", value: "SIZE", help: "Memory size [default: the workload's]" };
pub(in crate::platform) const DURATION: Key = Key {
    name: "duration",
    value: "TIME",
    help: "Duration measured on this very option, instead of the workload's scaled by CPU share",
};

pub(super) const KEYS: &[Key] = &[
    MEMORY,
    DURATION,
    Key { name: "architecture", value: "NAME", help: "x86_64 or arm64 [default: x86_64]" },
    Key {
        name: "purchase",
        value: "NAME",
        help: "on-demand or compute-savings-plan-{1y,3y}-{no,all}-upfront [default: on-demand]",
    },
    Key {
        name: "savings_plan_coverage",
        value: "SHARE",
        help: "Share of the duration that the savings plan covers [default: 1]",
    },
    Key { name: "ephemeral_storage", value: "SIZE", help: "Size of /tmp, 512MB to 10GB [default: 512MB]" },
    Key { name: "cold_start_share", value: "SHARE", help: "Share of on-demand requests that start cold [default: 0]" },
    Key { name: "init_duration", value: "TIME", help: "Billed INIT phase of a cold start [default: 0ms]" },
    Key { name: "provisioned_concurrency", value: "N", help: "Provisioned units [default: 0]" },
    Key { name: "provisioned_time", value: "TIME", help: "How long they stay enabled each time [default: the month]" },
    Key { name: "provisioned_windows", value: "N", help: "How often in a month they are enabled [default: 1]" },
    Key {
        name: "provisioned_requests",
        value: "RATE",
        help: "Requests they serve [default: all but what Erlang's loss formula spills]",
    },
    Key { name: "provisioned_duration", value: "TIME", help: "Duration of a request served by one [default: as on demand]" },
    Key { name: "runtime", value: "NAME", help: "Runtime such as python3.13, java21, dotnet8; SnapStart depends on it" },
    Key { name: "snap_start", value: "BOOL", help: "Use SnapStart: cold starts restore a snapshot" },
    Key { name: "snap_start_versions", value: "N", help: "Published versions kept active [default: 1]" },
    Key { name: "snap_start_time", value: "TIME", help: "How long each stays active [default: the month; at least 3h]" },
    Key { name: "restore_duration", value: "TIME", help: "Billed restore phase of a SnapStart cold start [default: 0ms]" },
    Key {
        name: "file_system",
        value: "NAME",
        help: "Mounted file system: none or efs (limits are checked, its own bill is not included)",
    },
    Key { name: "response_streaming", value: "BOOL", help: "Stream the response; its size is the workload's" },
    Key { name: "event_source", value: "NAME", help: "Event source with provisioned pollers: sqs or kafka" },
    Key { name: "event_poller_units", value: "N", help: "Event poller units kept all month" },
    Key {
        name: "event_poller_unit_hours",
        value: "N",
        help: "Event poller unit hours in the month, instead of a constant number of units",
    },
    Key { name: "durable_operations", value: "N", help: "Durable functions: operations of one execution (start, steps, waits)" },
    Key { name: "durable_invocations", value: "N", help: "Invocations of one durable execution, replays included [default: 1]" },
    Key { name: "durable_written", value: "SIZE", help: "Data one durable execution writes [default: 0KB]" },
    Key {
        name: "durable_execution_time",
        value: "TIME",
        help: "How long one durable execution lasts, waits included [default: 0ms]",
    },
    Key { name: "durable_retention", value: "TIME", help: "How long its data is kept afterwards [default: 14days]" },
    Key { name: "tenant_environments", value: "RATE", help: "Tenant isolation: execution environments created" },
];

/// A bound against typing mistakes; accounts have thousands.
const MOST_PROVISIONED: u32 = 1_000_000;

/// The complaint that neither the workload nor the option says how long a request takes.
pub(in crate::platform) fn no_duration(section: &Section) -> SettingError {
    section.missing("duration", "for example duration = \"120ms\", here or in the workload, or the workload's `cpu` and `wait`")
}

pub(super) fn read_boxed(
    section: &mut Section,
    workload: &Workload,
    read_file: &ReadFile<'_>,
) -> Result<Box<dyn Placement>, SettingError> {
    Ok(Box::new(Lambda::read(section, workload, read_file)?))
}

fn value_or<T>(found: Option<Found<T>>, default: T) -> T {
    found.map_or(default, |found| found.value)
}

impl Lambda {
    fn read(section: &mut Section, workload: &Workload, read_file: &ReadFile<'_>) -> Result<Self, SettingError> {
        let memory = section.positive_size("memory")?.map(|found| found.value).or(workload.memory);
        let memory = memory.ok_or_else(|| section.missing("memory", "for example memory = \"512MB\""))?;
        let architecture = section.choice("architecture", Architecture::CHOICES)?;
        let purchase = value_or(section.choice("purchase", Purchase::CHOICES)?, Purchase::OnDemand);
        let coverage = section.quantity::<Share>("savings_plan_coverage")?;
        if let Some(coverage) = coverage.as_ref().filter(|_| purchase == Purchase::OnDemand) {
            return Err(SettingError::other(&coverage.at, "`savings_plan_coverage` needs a savings plan in `purchase`"));
        }
        let stated = read_durations(section, "duration", read_file)?.map(|found| found.value);
        let (durable, invocations) = read_durable(section)?;
        let of_request = stated.clone().or_else(|| durations_at(workload, memory)).ok_or_else(|| no_duration(section))?;
        let durations = of_request.scaled(Decimal::ONE, invocations);
        Ok(Self {
            memory,
            durations_stated: stated.is_some(),
            durations: durations.clone(),
            invocations,
            architecture: architecture.as_ref().map_or(Architecture::X86, |found| found.value),
            architecture_given: architecture.is_some(),
            purchase,
            savings_plan_coverage: value_or(coverage, Share::ALL),
            ephemeral_storage: value_or(section.quantity("ephemeral_storage")?, INCLUDED_STORAGE),
            cold_start_share: section.quantity("cold_start_share")?.map(|found| found.value),
            init: value_or(section.quantity("init_duration")?, TimeSpan::ZERO),
            provisioned: read_provisioned(section, durations, read_file)?,
            runtime: section.text("runtime")?.map(|found| found.value),
            snap_start: read_snap_start(section)?,
            mounts_efs: value_or(section.choice("file_system", &[("none", false), ("efs", true)])?, false),
            streams: section.flag("response_streaming")?.unwrap_or(false),
            poller: read_poller(section)?,
            durable,
            tenant_environments: section.quantity("tenant_environments")?.map(|found| found.value),
        })
    }
}

fn read_provisioned(
    section: &mut Section,
    on_demand: Durations,
    read_file: &ReadFile<'_>,
) -> Result<Option<Provisioned>, SettingError> {
    let units = section.quantity::<Count>("provisioned_concurrency")?;
    let time = section.quantity::<TimeSpan>("provisioned_time")?;
    let windows = section.quantity::<Count>("provisioned_windows")?;
    let requests = section.quantity::<Rate>("provisioned_requests")?;
    let durations = read_durations(section, "provisioned_duration", read_file)?;
    let Some(units) = units.filter(|units| !units.value.get().is_zero()) else {
        let origins = [
            time.map(|found| found.at),
            windows.map(|found| found.at),
            requests.map(|found| found.at),
            durations.map(|found| found.at),
        ];
        return match origins.into_iter().flatten().next() {
            Some(at) => Err(SettingError::other(&at, "this key needs `provisioned_concurrency` above 0")),
            None => Ok(None),
        };
    };
    if !units.value.get().is_integer() {
        return Err(SettingError::other(
            &units.at,
            format!("`provisioned_concurrency` is {}, it must be a whole number", units.value),
        ));
    }
    if Decimal::from(MOST_PROVISIONED) < units.value.get() {
        let problem =
            format!("`provisioned_concurrency` is {}, more than any account has ({MOST_PROVISIONED} at most)", units.value);
        return Err(SettingError::other(&units.at, problem));
    }
    if let Some(windows) = windows.as_ref().filter(|_| time.is_none()) {
        return Err(SettingError::other(&windows.at, "`provisioned_windows` needs `provisioned_time`, the length of each"));
    }
    Ok(Some(Provisioned {
        units: units.value.get(),
        time: time.map(|found| found.value),
        windows: windows.map_or(Decimal::ONE, |found| found.value.get()),
        requests: requests.map(|found| found.value),
        durations: durations.map_or(on_demand, |found| found.value),
    }))
}

fn read_snap_start(section: &mut Section) -> Result<Option<SnapStart>, SettingError> {
    let wanted = section.flag("snap_start")?.unwrap_or(false);
    let versions = section.quantity::<Count>("snap_start_versions")?;
    let time = section.quantity::<TimeSpan>("snap_start_time")?;
    let restore = section.quantity::<TimeSpan>("restore_duration")?;
    if wanted {
        return Ok(Some(SnapStart {
            versions: versions.map_or(Decimal::ONE, |found| found.value.get()),
            time: time.map(|found| found.value),
            restore: value_or(restore, TimeSpan::ZERO),
        }));
    }
    match versions.map(|found| found.at).or(time.map(|found| found.at)).or(restore.map(|found| found.at)) {
        Some(at) => Err(SettingError::other(&at, "this key needs `snap_start = true`")),
        None => Ok(None),
    }
}

fn read_poller(section: &mut Section) -> Result<Option<Poller>, SettingError> {
    let source = section.choice("event_source", &[("sqs", EventSource::Sqs), ("kafka", EventSource::Kafka)])?;
    let units = section.quantity::<Count>("event_poller_units")?;
    let hours = section.quantity::<Count>("event_poller_unit_hours")?;
    let amount = match (&units, &hours) {
        (Some(_), Some(hours)) => {
            return Err(SettingError::other(&hours.at, "give `event_poller_units` or `event_poller_unit_hours`, not both"));
        }
        (Some(units), None) => Some((PollerAmount::Units(units.value.get()), &units.at)),
        (None, Some(hours)) => Some((PollerAmount::UnitHours(hours.value.get()), &hours.at)),
        (None, None) => None,
    };
    match (source, amount) {
        (Some(source), Some((amount, _))) => Ok(Some(Poller { source: source.value, amount })),
        (None, Some((_, at))) => Err(SettingError::other(at, "event poller units need `event_source = \"sqs\"` or `\"kafka\"`")),
        // Without provisioned pollers an event source costs nothing extra.
        (_, None) => Ok(None),
    }
}

/// The durable settings, and the invocations of one request.
fn read_durable(section: &mut Section) -> Result<(Option<Durable>, Decimal), SettingError> {
    let operations = section.quantity::<Count>("durable_operations")?;
    let invocations = section.quantity::<Count>("durable_invocations")?;
    let written = section.quantity::<DataSize>("durable_written")?;
    let execution_time = section.quantity::<TimeSpan>("durable_execution_time")?;
    let retention = section.quantity::<TimeSpan>("durable_retention")?;
    let Some(operations) = operations else {
        let origins = [
            invocations.map(|found| found.at),
            written.map(|found| found.at),
            execution_time.map(|found| found.at),
            retention.map(|found| found.at),
        ];
        return match origins.into_iter().flatten().next() {
            Some(at) => Err(SettingError::other(&at, "this key needs `durable_operations`, at least 1: the start")),
            None => Ok((None, Decimal::ONE)),
        };
    };
    if let Some(few) = invocations.as_ref().filter(|found| found.value.get() < Decimal::ONE) {
        return Err(SettingError::other(&few.at, "`durable_invocations` must be at least 1"));
    }
    let invocations = invocations.map_or(Decimal::ONE, |found| found.value.get());
    let durable = Durable {
        operations: operations.value.get(),
        written: value_or(written, DataSize::ZERO),
        execution_time: value_or(execution_time, TimeSpan::ZERO),
        retention_given: retention.is_some(),
        retention: value_or(retention, TimeSpan::from_seconds(14 * 86_400)),
    };
    Ok((Some(durable), invocations))
}
