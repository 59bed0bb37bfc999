//! The settings of a Lambda function: the keys and how they become a [`Lambda`].

use super::{
    Durable, EventSource, LAMBDA_INCLUDED_STORAGE, Lambda, Poller, PollerAmount, Provisioned, Purchase, SnapStart,
    duration_notes, durations_at, handler, rounding_note,
};
use crate::cold_start::read_keep_alive;
use crate::note::Note;
use crate::platform::{Architecture, Placement, Site};
use crate::queueing::KeepAlive;
use crate::settings::{Found, Key, Section, SettingError, origin, refuse_without, value_or};
use crate::stats::Durations;
use crate::units::{Count, DataSize, Decimal, Rate, Share, TimeSpan};
use crate::workload::{ReadFile, Workload, read_durations};

pub(in crate::platform) const MEMORY: Key =
    Key { name: "memory", value: "SIZE", help: "Memory size [default: the workload's, or the one its profile recommends]" };
pub(in crate::platform) const DURATION: Key = Key {
    name: "duration",
    value: "TIME",
    help: "Duration measured on this very option, instead of the workload's scaled by CPU share",
};

pub(super) const KEYS: &[Key] = &[
    MEMORY,
    DURATION,
    Key { name: "architecture", value: "NAME", help: "x86_64 or arm64 [default: x86_64, or the profile's]" },
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
    Key {
        name: "cold_start_share",
        value: "SHARE",
        help: "Share of on-demand invocations that start cold [default: computed where the INIT phase is known, else 0]",
    },
    Key {
        name: "keep_alive",
        value: "TEXT",
        help: "How long an idle environment is kept: 10min, 5min..7min, conservative (that) or simfaas (ten minutes) [default: conservative]",
    },
    Key { name: "init_duration", value: "TIME", help: "Billed INIT phase of a cold start [default: 0ms, or the profile's]" },
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
    Key {
        name: "durable_invocations",
        value: "N",
        help: "Invocations that one durable execution's duration is spread over, replays included [default: 1]",
    },
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
const MOST_WINDOWS: u32 = 10_000;
const MOST_INVOCATIONS: u32 = 1_000_000;

/// The size of an option: its own, or the workload's, or the one that the workload's profile recommends, which is said.
pub(in crate::platform) fn read_memory(
    section: &mut Section,
    workload: &Workload,
    example: &'static str,
) -> Result<(Found<DataSize>, Option<Note>), SettingError> {
    let at = section.at().clone();
    let stated = section.positive_size("memory")?.or(workload.memory.map(|value| Found { value, at: at.clone() }));
    match (stated, workload.profile()) {
        (Some(stated), _) => Ok((stated, None)),
        (None, None) => Err(section.missing("memory", example)),
        (None, Some(profile)) => match profile.recommended() {
            Some(value) => {
                let meaning = format!("the size recommended for {}", profile.function());
                Ok((Found { value, at }, Some(Note::default_used("memory", value.to_string(), meaning))))
            }
            None => {
                let problem = format!(
                    "{} needs `memory`: the profile of {} recommends no size (measured: {})",
                    section.name(),
                    profile.function(),
                    profile.measured_sizes()
                );
                Err(SettingError::other(&at, problem))
            }
        },
    }
}

/// How long a request takes on an option, and how that is known.
pub(in crate::platform) struct OptionTime {
    pub(in crate::platform) durations: Durations,
    /// Whether the option states it.
    pub(in crate::platform) is_stated: bool,
    /// What the term of the handler is called.
    pub(in crate::platform) handler: &'static str,
    /// What must be said where they come from the workload.
    pub(in crate::platform) notes: Vec<Note>,
}

impl OptionTime {
    /// The duration stated for this very option, or the workload's at its size.
    pub(in crate::platform) fn read(
        section: &mut Section,
        workload: &Workload,
        memory: &Found<DataSize>,
        architecture: Architecture,
        read_file: &ReadFile<'_>,
    ) -> Result<Self, SettingError> {
        if let Some(stated) = read_durations(section, "duration", read_file)? {
            return Ok(Self { durations: stated.value, is_stated: true, handler: "handler", notes: Vec::new() });
        }
        let example =
            "for example duration = \"120ms\", here or in the workload, or the workload's `cpu` and `wait`, or its `profile`";
        let durations = durations_at(workload, memory.value)
            .map_err(|problem| SettingError::other(&memory.at, problem.to_string()))?
            .ok_or_else(|| section.missing("duration", example))?;
        let notes = duration_notes(workload, memory.value, architecture, &durations);
        Ok(Self { durations, is_stated: false, handler: handler(workload, memory.value), notes })
    }
}

pub(super) fn read_boxed(
    section: &mut Section,
    workload: &Workload,
    site: &Site<'_>,
) -> Result<Box<dyn Placement>, SettingError> {
    Ok(Box::new(Lambda::read(section, workload, site.read_file)?))
}

impl Lambda {
    fn read(section: &mut Section, workload: &Workload, read_file: &ReadFile<'_>) -> Result<Self, SettingError> {
        let (memory, memory_note) = read_memory(section, workload, "for example memory = \"512MB\"")?;
        let stated_architecture = section.choice("architecture", Architecture::CHOICES)?.map(|found| found.value);
        let architecture = stated_architecture.unwrap_or_else(|| Architecture::by_default(workload));
        let purchase = value_or(section.choice("purchase", Purchase::CHOICES)?, Purchase::OnDemand);
        let coverage = section.quantity::<Share>("savings_plan_coverage")?;
        if let Some(coverage) = coverage.as_ref().filter(|_| purchase == Purchase::OnDemand) {
            return Err(SettingError::other(&coverage.at, "`savings_plan_coverage` needs a savings plan in `purchase`"));
        }
        let time = OptionTime::read(section, workload, &memory, architecture, read_file)?;
        let duration_stated = time.is_stated;
        let (durable, invocations) = read_durable(section)?;
        let durations = time.durations.scaled(Decimal::ONE, invocations);
        let cold_start_share = section.quantity("cold_start_share")?.map(|found| found.value);
        let init = section.quantity::<TimeSpan>("init_duration")?;
        let snap_start = read_snap_start(section)?;
        if let Some(init) = init.as_ref().filter(|_| snap_start.is_some()) {
            let problem = "with SnapStart a cold start restores a snapshot: its billed phase is `restore_duration`";
            return Err(SettingError::other(&init.at, problem));
        }
        let (init, init_note) = match init {
            None if snap_start.is_none() => measured_init(workload, memory.value),
            stated => (value_or(stated, TimeSpan::ZERO), None),
        };
        let provisioned = read_provisioned(section, &durations, invocations, read_file)?;
        Ok(Self {
            memory: memory.value,
            handler: time.handler,
            rounding: durations.constant_span().map(rounding_note),
            durations,
            duration_stated,
            invocations,
            architecture,
            architecture_given: stated_architecture.is_some(),
            notes: memory_note.into_iter().chain(time.notes).chain(init_note).collect(),
            purchase,
            savings_plan_coverage: value_or(coverage, Share::ALL),
            ephemeral_storage: value_or(section.quantity("ephemeral_storage")?, LAMBDA_INCLUDED_STORAGE),
            cold_start_share,
            keep_alive: read_keep_alive_of(section)?,
            cold_odds: None,
            init,
            provisioned,
            runtime: section.text("runtime")?.map(|found| found.value),
            snap_start,
            mounts_efs: value_or(section.choice("file_system", &[("none", false), ("efs", true)])?, false),
            streams: section.flag("response_streaming")?.unwrap_or(false),
            poller: read_poller(section)?,
            durable,
            tenant_environments: section.quantity("tenant_environments")?.map(|found| found.value),
        })
    }
}

fn read_keep_alive_of(section: &mut Section) -> Result<KeepAlive, SettingError> {
    let Some(Found { value, at }) = section.text("keep_alive")? else { return Ok(KeepAlive::CONSERVATIVE) };
    read_keep_alive(&value).map_err(|problem| SettingError::other(&at, format!("`keep_alive`: {problem}")))
}

/// The INIT phase of cold starts that nobody stated: what the profile measured, which is said, or none.
fn measured_init(workload: &Workload, memory: DataSize) -> (TimeSpan, Option<Note>) {
    let measured = workload.profile().and_then(|profile| Some((profile.function(), profile.init_near(memory)?)));
    match measured {
        Some((function, init)) => {
            let meaning = format!("the mean INIT phase measured on {function}");
            (init, Some(Note::default_used("init_duration", init.to_string(), meaning)))
        }
        None => (TimeSpan::ZERO, None),
    }
}

/// The provisioned settings; `invocations` of one request share a stated duration, as on demand.
fn read_provisioned(
    section: &mut Section,
    on_demand: &Durations,
    invocations: Decimal,
    read_file: &ReadFile<'_>,
) -> Result<Option<Provisioned>, SettingError> {
    let units = section.whole_number("provisioned_concurrency", 0..=MOST_PROVISIONED)?;
    let time = section.quantity::<TimeSpan>("provisioned_time")?;
    let windows = section.whole_number("provisioned_windows", 1..=MOST_WINDOWS)?;
    let requests = section.quantity::<Rate>("provisioned_requests")?;
    let durations = read_durations(section, "provisioned_duration", read_file)?;
    let Some(units) = units.filter(|units| !units.value.is_zero()) else {
        let dependents = [origin(&time), origin(&windows), origin(&requests), origin(&durations)];
        return refuse_without("`provisioned_concurrency` above 0", &dependents).map(|()| None);
    };
    if time.is_none() {
        refuse_without("`provisioned_time`, the length of each window", &[origin(&windows)])?;
    }
    if let Some(none) = time.as_ref().filter(|time| time.value.is_zero()) {
        return Err(SettingError::other(&none.at, "`provisioned_time` is zero; leave it out for the whole month"));
    }
    Ok(Some(Provisioned {
        units: units.value,
        time: time.map(|found| found.value),
        windows: value_or(windows, Decimal::ONE),
        requests: requests.map(|found| found.value),
        duration_stated: durations.is_some(),
        durations: durations.map_or_else(|| on_demand.clone(), |found| found.value.scaled(Decimal::ONE, invocations)),
    }))
}

fn read_snap_start(section: &mut Section) -> Result<Option<SnapStart>, SettingError> {
    let wanted = section.flag("snap_start")?.unwrap_or(false);
    let versions = section.quantity::<Count>("snap_start_versions")?;
    let time = section.quantity::<TimeSpan>("snap_start_time")?;
    let restore = section.quantity::<TimeSpan>("restore_duration")?;
    if !wanted {
        let dependents = [origin(&versions), origin(&time), origin(&restore)];
        return refuse_without("`snap_start = true`", &dependents).map(|()| None);
    }
    Ok(Some(SnapStart {
        defaults_used: versions.is_none() || time.is_none(),
        versions: versions.map_or(Decimal::ONE, |found| found.value.get()),
        time: time.map(|found| found.value),
        restore: value_or(restore, TimeSpan::ZERO),
    }))
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
    let invocations = section.whole_number("durable_invocations", 1..=MOST_INVOCATIONS)?;
    let written = section.quantity::<DataSize>("durable_written")?;
    let execution_time = section.quantity::<TimeSpan>("durable_execution_time")?;
    let retention = section.quantity::<TimeSpan>("durable_retention")?;
    let Some(operations) = operations else {
        let dependents = [origin(&invocations), origin(&written), origin(&execution_time), origin(&retention)];
        let needed = "`durable_operations`, at least 1: the start";
        return refuse_without(needed, &dependents).map(|()| (None, Decimal::ONE));
    };
    if operations.value.get() < Decimal::ONE {
        return Err(SettingError::other(&operations.at, "`durable_operations` must be at least 1: the start"));
    }
    let defaults_used = invocations.is_none() || written.is_none() || execution_time.is_none() || retention.is_none();
    let durable = Durable {
        operations: operations.value.get(),
        written: value_or(written, DataSize::ZERO),
        execution_time: value_or(execution_time, TimeSpan::ZERO),
        retention: value_or(retention, TimeSpan::from_seconds(14 * 86_400)),
        defaults_used,
    };
    Ok((Some(durable), value_or(invocations, Decimal::ONE)))
}
