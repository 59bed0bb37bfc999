//! What arrives and what one request needs: rate, duration, CPU and waiting, memory, payloads.
//!
//! A workload is the same whatever it runs on. How long a request takes on a given size is for the platform to say; this room
//! only holds what was measured or stated.

mod demand;
mod gpu;
mod hourly;

pub use self::demand::Demand;
pub use self::hourly::HourlyProfile;
use crate::power_tuning::PowerTuningOutput;
use crate::profile::WorkProfile;
use crate::settings::{Found, Key, Origin, Section, SettingError, Value, origin, together, value_or};
use crate::stats::{Durations, DurationsError};
use crate::units::{Count, DataSize, Decimal, Month, Rate, Share, TimeSpan};

/// How the caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invocation {
    /// The caller waits for the answer.
    Synchronous,
    /// The event is queued.
    Asynchronous,
}

/// What one request costs in time.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A duration as measured on a function of `memory`, and the share of it that was CPU work.
    Measured {
        /// How long requests took.
        durations: Durations,
        /// The memory size they were measured at.
        memory: DataSize,
        /// The share of the duration spent computing; the rest is waiting.
        cpu_share: Share,
        /// Whether the share was stated or is the default of 1.
        cpu_share_given: bool,
    },
    /// The CPU time at one full vCPU and the time spent waiting.
    CpuAndWait {
        /// CPU time of one request on one full vCPU.
        cpu: TimeSpan,
        /// Time the request waits for others, whatever the CPU.
        wait: TimeSpan,
    },
    /// Durations at several sizes, as a tuning run measured them.
    Profile(WorkProfile),
}

/// One kind of request: how many arrive, and what one needs.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its name; unique in a scenario.
    pub name: String,
    /// How many arrive.
    pub requests: Rate,
    /// Time per request; a platform that bills none needs none.
    pub work: Option<Work>,
    /// Memory a request needs; the default size of a function. Not stated in a file beside a profile, which measured several.
    pub memory: Option<DataSize>,
    /// How many threads can compute at once.
    pub threads: Decimal,
    /// Whether callers wait.
    pub invocation: Invocation,
    /// Whether that was stated, or is the default.
    pub invocation_stated: bool,
    /// The mean size of an event.
    pub payload: Option<DataSize>,
    /// The mean size of an answer.
    pub response: Option<DataSize>,
    /// Peak rate as a multiple of the mean rate; with an hourly profile, of the busiest hour's.
    pub peak_to_mean: Decimal,
    /// How the traffic is spread over a day or a week; evenly when not stated.
    pub hourly: Option<HourlyProfile>,
    /// Memory a server of it uses before any request comes.
    pub memory_at_rest: Option<DataSize>,
    /// Memory each request in progress adds.
    pub memory_per_request: Option<DataSize>,
    /// 99 of 100 requests must be answered within this time.
    pub p99: Option<TimeSpan>,
    /// The GPU it needs: a model, "a100" of either size, or "any"; see [`Workload::runs_on_gpu`].
    pub gpu: Option<String>,
    /// Time one request has that GPU for itself.
    pub gpu_time: Option<TimeSpan>,
    /// Whether it keeps state between requests, in memory or on a disk of its own.
    pub stateful: bool,
    /// Whether callers keep a connection open in both directions.
    pub websocket: bool,
}

impl Workload {
    /// The keys of `[workload]`, which are also flags.
    pub const KEYS: &'static [Key] = &[
        Key { name: "requests", value: "RATE", help: "Requests, for example 1M/month, 12/s, 3000/day" },
        Key {
            name: "duration",
            value: "TIME",
            help: "Time of one request as measured on Lambda at --memory: 120ms; p50=100ms,p95=300ms (log-normal); @FILE.csv (samples)",
        },
        Key {
            name: "memory",
            value: "SIZE",
            help: "Memory the duration was measured at, and that a request needs: 512MB, 1.5GB",
        },
        Key { name: "cpu_fraction", value: "SHARE", help: "Share of the duration spent on CPU [default: 1]" },
        Key { name: "cpu", value: "TIME", help: "Instead of a duration: CPU time of one request at one full vCPU" },
        Key { name: "wait", value: "TIME", help: "With --cpu: time one request waits for others [default: 0ms]" },
        Key {
            name: "profile",
            value: "FILE",
            help: "Instead of a duration or CPU time: a function as measured, written by `millicent tune --export-json`",
        },
        Key { name: "threads", value: "N", help: "Threads that can compute at once [default: 1]" },
        Key { name: "invocation", value: "KIND", help: "synchronous or asynchronous [default: synchronous]" },
        Key { name: "payload", value: "SIZE", help: "Mean size of an event" },
        Key { name: "response", value: "SIZE", help: "Mean size of an answer" },
        Key {
            name: "peak_to_mean",
            value: "N",
            help: "Peak rate as a multiple of the mean rate, or of the busiest hour's [default: 1]",
        },
        Key { name: "hourly", value: "FILE", help: "Traffic by the hour: a file hour,weight of 24 or 168 lines [default: even]" },
        Key { name: "memory_at_rest", value: "SIZE", help: "Memory a server uses before any request comes [default: 0MB]" },
        Key { name: "memory_per_request", value: "SIZE", help: "Memory each request in progress adds [default: not a limit]" },
        Key { name: "p99", value: "TIME", help: "Latency limit: 99 of 100 requests are answered within it" },
        Key {
            name: "gpu",
            value: "MODEL",
            help: "GPU that a request needs: t4, l4, a10g, a100_80gb, …; a100 (40 or 80 GB), or any",
        },
        Key { name: "gpu_time", value: "TIME", help: "Time one request has that GPU for itself" },
        Key { name: "stateful", value: "BOOL", help: "It keeps state between requests, in memory or on its own disk" },
        Key { name: "protocol", value: "NAME", help: "http or websocket [default: http]" },
    ];

    /// Reads a workload. `read_file` gives the text of a file named by the user, relative to the scenario.
    ///
    /// # Errors
    /// When a key is missing, malformed or contradicts another.
    pub fn read(section: &mut Section, default_name: &str, read_file: &ReadFile<'_>) -> Result<Self, SettingError> {
        let name = section.text("name")?.map_or_else(|| default_name.to_owned(), |found| found.value);
        let requests = section.required("requests", "for example requests = \"1M/month\"")?;
        let profile = read_profile(section, read_file)?;
        let memory = section.positive_size("memory")?;
        let threads = at_least_one(section.quantity::<Count>("threads")?, "threads")?;
        let peak_to_mean = read_peak(section)?;
        let work = match profile {
            Some(profile) => Some(Work::Profile(profile)),
            None => read_work(section, memory.as_ref().map(|found| found.value), read_file)?,
        };
        let gpu = gpu::read_gpu(section)?;
        let gpu_time = section.quantity::<TimeSpan>("gpu_time")?;
        together(("gpu", origin(&gpu)), ("gpu_time", origin(&gpu_time)))?;
        let websocket = section.choice("protocol", &[("http", false), ("websocket", true)])?;
        let invocation = section
            .choice("invocation", &[("synchronous", Invocation::Synchronous), ("asynchronous", Invocation::Asynchronous)])?;
        Ok(Self {
            name,
            requests,
            work,
            memory: memory.map(|found| found.value),
            threads,
            invocation_stated: invocation.is_some(),
            invocation: invocation.map_or(Invocation::Synchronous, |found| found.value),
            payload: section.quantity("payload")?.map(|found| found.value),
            response: section.quantity("response")?.map(|found| found.value),
            peak_to_mean,
            hourly: HourlyProfile::read(section, read_file)?,
            memory_at_rest: section.quantity("memory_at_rest")?.map(|found| found.value),
            memory_per_request: section.positive_size("memory_per_request")?.map(|found| found.value),
            p99: read_limit(section)?,
            gpu: gpu.map(|found| found.value),
            gpu_time: gpu_time.map(|found| found.value),
            stateful: section.flag("stateful")?.unwrap_or(false),
            websocket: value_or(websocket, false),
        })
    }

    /// The same work in batches of so many requests, one after another in one invocation: fewer invocations, each longer and
    /// with a larger event. A profile says nothing of batches: its durations stay.
    ///
    /// Worked number: a million messages of 20 ms and 3 KB in tens are 100,000 invocations of 200 ms and 30 KB.
    #[must_use]
    pub fn batched(&self, batch: Decimal) -> Self {
        let longer = |span: TimeSpan| TimeSpan::from_milliseconds(span.milliseconds() * batch);
        let work = self.work.clone().map(|work| match work {
            Work::Measured { durations, memory, cpu_share, cpu_share_given } => {
                Work::Measured { durations: durations.scaled(batch, Decimal::ONE), memory, cpu_share, cpu_share_given }
            }
            Work::CpuAndWait { cpu, wait } => Work::CpuAndWait { cpu: longer(cpu), wait: longer(wait) },
            Work::Profile(profile) => Work::Profile(profile),
        });
        let payload = self.payload.map(|payload| DataSize::from_gigabytes(payload.gigabytes() * batch));
        Self { requests: self.requests.divided_by(batch), work, payload, ..self.clone() }
    }

    /// What a tuning run measured of it, where that is what is known.
    #[must_use]
    pub fn profile(&self) -> Option<&WorkProfile> {
        match &self.work {
            Some(Work::Profile(profile)) => Some(profile),
            _ => None,
        }
    }

    /// How long one request takes on average: as measured, or on one vCPU where only its work is known.
    #[must_use]
    pub fn mean_time(&self) -> Option<TimeSpan> {
        match &self.work {
            Some(Work::Measured { durations, .. }) => Some(durations.mean()),
            _ => self.demand().map(|demand| demand.mean_on(Decimal::ONE)),
        }
    }

    /// The peak rate as a multiple of the mean rate of the month.
    #[must_use]
    pub fn peak_factor(&self) -> Decimal {
        self.peak_to_mean * self.hourly.as_ref().map_or(Decimal::ONE, HourlyProfile::peak)
    }

    /// Mean requests per second in `month`.
    #[must_use]
    pub fn requests_per_second(&self, month: Month) -> Decimal {
        self.requests.per_month(month) / month.seconds()
    }
}

/// Gives the text of a file that a setting names; where the setting was written decides from where its path starts.
pub type ReadFile<'f> = dyn Fn(&str, &Origin) -> Result<String, String> + 'f;

fn at_least_one(found: Option<Found<Count>>, key: &str) -> Result<Decimal, SettingError> {
    match found {
        None => Ok(Decimal::ONE),
        Some(found) if found.value.get() >= Decimal::ONE => Ok(found.value.get()),
        Some(found) => Err(SettingError::other(&found.at, format!("`{key}` is {}, it must be at least 1", found.value))),
    }
}

/// Reads the latency limit, which cannot be zero.
fn read_limit(section: &mut Section) -> Result<Option<TimeSpan>, SettingError> {
    match section.quantity::<TimeSpan>("p99")? {
        Some(limit) if limit.value.is_zero() => {
            Err(SettingError::other(&limit.at, "`p99` is zero (every request takes some time)"))
        }
        limit => Ok(limit.map(|found| found.value)),
    }
}

/// A peak of more than a million times the mean is a typing mistake.
fn read_peak(section: &mut Section) -> Result<Decimal, SettingError> {
    let found = section.quantity::<Count>("peak_to_mean")?;
    if let Some(peak) = found.as_ref().filter(|peak| Decimal::from(1_000_000) < peak.value.get()) {
        return Err(SettingError::other(&peak.at, format!("`peak_to_mean` is {}, it must be at most 1,000,000", peak.value)));
    }
    at_least_one(found, "peak_to_mean")
}

/// What a profile says by itself.
const SAID_BY_A_PROFILE: [&str; 6] = ["duration", "memory", "cpu_fraction", "cpu", "wait", "threads"];

/// Reads the profile that `profile` names, and refuses beside it what it replaces.
fn read_profile(section: &mut Section, read_file: &ReadFile<'_>) -> Result<Option<WorkProfile>, SettingError> {
    let Some(Found { value: file, at }) = section.text("profile")? else { return Ok(None) };
    for (key, at) in section.keys().filter(|(key, _)| SAID_BY_A_PROFILE.contains(key)) {
        match (key, at) {
            // A flag cannot say whether the workload's or the option's size is meant: here only the option's can be.
            ("memory", Origin::Flag(_)) => {}
            ("memory", _) => {
                let problem = "give either `profile` or `memory`, not both: a profile has several sizes (`memory` in an option chooses one)";
                return Err(SettingError::other(at, problem));
            }
            _ => {
                let problem = format!("give either `profile` or `{key}`, not both: a profile says how long a request takes");
                return Err(SettingError::other(at, problem));
            }
        }
    }
    let wrong = |problem: String| SettingError::other(&at, format!("{file}: {problem}"));
    let text = read_file(&file, &at).map_err(wrong)?;
    WorkProfile::read(&text).map(Some).map_err(|problem| match PowerTuningOutput::read(&text) {
        Ok(_) => wrong(
            "it is an output of aws-lambda-power-tuning, which has no durations of single calls (`millicent tune show` reads it; a profile is what `millicent tune FUNCTION --export-json FILE` writes)"
                .to_owned(),
        ),
        Err(_) => wrong(problem.to_string()),
    })
}

fn read_work(section: &mut Section, memory: Option<DataSize>, read_file: &ReadFile<'_>) -> Result<Option<Work>, SettingError> {
    let durations = read_durations(section, "duration", read_file)?;
    let cpu = section.quantity::<TimeSpan>("cpu")?;
    let wait = section.quantity::<TimeSpan>("wait")?;
    let cpu_share = section.quantity::<Share>("cpu_fraction")?;
    match (durations, cpu) {
        (Some(_), Some(cpu)) => Err(SettingError::other(&cpu.at, "give either `duration` or `cpu` and `wait`, not both")),
        (Some(_), None) if wait.is_some() => {
            let at = wait.map_or_else(|| section.at().clone(), |wait| wait.at);
            Err(SettingError::other(
                &at,
                "`wait` goes with `cpu`; beside a `duration`, say which share is CPU with `cpu_fraction`",
            ))
        }
        (Some(durations), None) => {
            let memory = memory.ok_or_else(|| {
                section.missing("memory", "the size at which the duration was measured, for example memory = \"512MB\"")
            })?;
            let cpu_share_given = cpu_share.is_some();
            let cpu_share = cpu_share.map_or(Share::ALL, |found| found.value);
            Ok(Some(Work::Measured { durations: durations.value, memory, cpu_share, cpu_share_given }))
        }
        (None, Some(cpu)) => {
            if let Some(share) = cpu_share {
                return Err(SettingError::other(
                    &share.at,
                    "`cpu_fraction` goes with `duration`; `cpu` and `wait` say it already",
                ));
            }
            let wait = wait.map_or(TimeSpan::ZERO, |found| found.value);
            if (cpu.value + wait).is_zero() {
                return Err(SettingError::other(&cpu.at, "`cpu` and `wait` are both zero (every request takes some time)"));
            }
            Ok(Some(Work::CpuAndWait { cpu: cpu.value, wait }))
        }
        (None, None) => match wait.map(|found| found.at).or(cpu_share.map(|found| found.at)) {
            Some(at) => Err(SettingError::other(&at, "this key needs a `duration`, or `cpu`")),
            None => Ok(None),
        },
    }
}

/// Reads a duration: one value, a distribution, a table `{ p50 = …, p95 = … }`, a list of samples or `@FILE`.
///
/// # Errors
/// When it is none of these.
pub fn read_durations(
    section: &mut Section,
    key: &'static str,
    read_file: &ReadFile<'_>,
) -> Result<Option<Found<Durations>>, SettingError> {
    let Some(Found { value, at }) = section.take(key) else { return Ok(None) };
    let bad = |source: DurationsError| Section::bad_durations(key, &at, source);
    let value = match value {
        Value::Text(text) => match text.strip_prefix('@') {
            Some(file) => samples_from_file(file, &at, read_file)?,
            None => text.parse().map_err(bad)?,
        },
        Value::Table(table) => durations_of_table(table)?.parse().map_err(bad)?,
        Value::List(items) => {
            let spans = items.into_iter().map(|(item, item_at)| {
                let Value::Text(text) = item else {
                    return Err(SettingError::other(
                        &item_at,
                        format!("`{key}`: a sample must be a duration such as \"12.3ms\""),
                    ));
                };
                text.parse().map_err(|error: crate::units::QuantityError| Section::bad_durations(key, &item_at, error.into()))
            });
            Durations::sample(spans.collect::<Result<_, _>>()?).map_err(bad)?
        }
        Value::Flag(_) => {
            return Err(SettingError::other(
                &at,
                format!("`{key}` must be a duration such as \"120ms\", but it is true or false"),
            ));
        }
    };
    Ok(Some(Found { value, at }))
}

/// `{ p50 = "1ms", p95 = "3ms" }` as "p50=1ms,p95=3ms".
fn durations_of_table(mut table: Section) -> Result<String, SettingError> {
    let names: Vec<(String, Origin)> = table.keys().map(|(name, at)| (name.to_owned(), at.clone())).collect();
    let mut parts = Vec::new();
    for (name, at) in names {
        match table.take_named(&name) {
            Some(Found { value: Value::Text(text), .. }) => parts.push(format!("{name}={text}")),
            _ => return Err(SettingError::other(&at, format!("`{name}` must be a duration such as \"120ms\""))),
        }
    }
    Ok(parts.join(","))
}

/// One duration per line: in the column `duration_ms` where there is a header, else the only column, milliseconds or with a
/// unit.
fn samples_from_file(file: &str, at: &Origin, read_file: &ReadFile<'_>) -> Result<Durations, SettingError> {
    let text = read_file(file, at).map_err(|problem| SettingError::other(at, format!("{file}: {problem}")))?;
    let mut lines =
        text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let header = lines.peek().map_or("", |(_, line)| line);
    let column = match header.split(',').position(|name| name.trim() == "duration_ms") {
        Some(column) => {
            lines.next();
            column
        }
        None if header.contains(',') => {
            return Err(SettingError::other(at, format!("{file}:1: no column `duration_ms` (columns: {header})")));
        }
        None => 0,
    };
    let spans = lines.map(|(number, line)| {
        let field = line.split(',').nth(column).unwrap_or("").trim();
        let with_unit = if field.ends_with(|last: char| last.is_ascii_digit()) { format!("{field}ms") } else { field.to_owned() };
        with_unit.parse().map_err(|problem| SettingError::other(at, format!("{file}:{}: {problem}", number + 1)))
    });
    let spans = spans.collect::<Result<Vec<TimeSpan>, _>>()?;
    Durations::sample(spans).map_err(|problem| SettingError::other(at, format!("{file}: {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(keys: &[(&str, &str)], file: &str) -> Result<Workload, SettingError> {
        let at = Origin::Flag("x".to_owned());
        let mut section = Section::new("[workload]", at.clone());
        for (key, value) in keys {
            section.set(*key, Value::Text((*value).to_owned()), at.clone());
        }
        let workload = Workload::read(&mut section, "main", &|_, _| Ok(file.to_owned()))?;
        section.finish()?;
        Ok(workload)
    }

    #[test]
    fn samples_are_read_from_a_column_or_a_bare_list() {
        for file in ["size,duration_ms\n1,10\n2,20\n", "10\n20\n", "10ms\n\n0.02s\n"] {
            let workload = read(&[("requests", "1/s"), ("memory", "128MB"), ("duration", "@f.csv")], file).unwrap();
            let Some(Work::Measured { durations, .. }) = workload.work else { panic!() };
            assert_eq!(durations.mean(), "15ms".parse().unwrap(), "{file:?}");
        }
    }

    const PROFILE: &str = r#"{"schema": "millicent/tune/1", "function": "f", "architecture": "x86_64",
        "sizes": [{"memory_mb": 512, "mean_ms": 20, "durations_ms": [20]}]}"#;

    #[test]
    fn a_profile_replaces_duration_memory_and_cpu_share() {
        let workload = read(&[("requests", "1/s"), ("profile", "f.json")], PROFILE).unwrap();
        assert_eq!(workload.profile().map(WorkProfile::function), Some("f"));
        assert_eq!(workload.memory, None);
        for (key, value) in [("duration", "1s"), ("cpu", "1s"), ("wait", "1s"), ("cpu_fraction", "0.5"), ("threads", "2")] {
            let error = read(&[("requests", "1/s"), ("profile", "f.json"), (key, value)], PROFILE).unwrap_err().to_string();
            assert!(error.contains(&format!("either `profile` or `{key}`")), "{error}");
        }
        let error = read(&[("requests", "1/s"), ("profile", "f.json")], "{}").unwrap_err().to_string();
        assert!(error.contains("f.json: it is no work profile: its `schema` is null"), "{error}");
        let output = r#"{"power": 512, "cost": 2e-7, "duration": 3.1,
            "stateMachine": {"executionCost": 0.00045, "lambdaCost": 0.0005, "visualization": "https://example.org/#"}}"#;
        let error = read(&[("requests", "1/s"), ("profile", "f.json")], output).unwrap_err().to_string();
        assert!(error.contains("f.json: it is an output of aws-lambda-power-tuning"), "{error}");
    }

    #[test]
    fn beside_a_profile_memory_is_the_options_and_as_a_flag_means_it() {
        let with_memory = |at: Origin| {
            let mut section = Section::new("[workload]", Origin::CommandLine);
            for (key, value) in [("requests", "1/s"), ("profile", "f.json"), ("memory", "1GB")] {
                section.set(key, Value::Text(value.to_owned()), at.clone());
            }
            Workload::read(&mut section, "main", &|_, _| Ok(PROFILE.to_owned())).map(|workload| workload.memory)
        };
        assert_eq!(with_memory(Origin::Flag("memory".to_owned())), Ok(Some(DataSize::from_megabytes(1024))));
        let in_file = Origin::File { name: "s.toml".into(), line: 4, column: 10 };
        let error = with_memory(in_file).unwrap_err().to_string();
        assert!(error.contains("s.toml:4:10") && error.contains("`memory` in an option chooses one"), "{error}");
    }

    #[test]
    fn contradictions_are_refused() {
        let base = [("requests", "1/s"), ("memory", "128MB")];
        for (more, file, part) in [
            (vec![("duration", "1s"), ("cpu", "1s")], "", "either `duration` or `cpu`"),
            (vec![("duration", "1s"), ("wait", "1s")], "", "`wait` goes with `cpu`"),
            (vec![("cpu", "1s"), ("cpu_fraction", "0.5")], "", "goes with `duration`"),
            (vec![("cpu", "0s")], "", "both zero"),
            (vec![("cpu_fraction", "0.5")], "", "needs a `duration`"),
            (vec![("duration", "1s"), ("threads", "0.5")], "", "at least 1"),
            (vec![("duration", "@f.csv")], "a,b\n1,2\n", "no column `duration_ms`"),
            (vec![("duration", "@f.csv")], "duration_ms\n5\nx\n", "f.csv:3: "),
            (vec![("duration", "@f.csv")], "", "empty"),
        ] {
            let keys: Vec<_> = base.iter().copied().chain(more).collect();
            let error = read(&keys, file).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
