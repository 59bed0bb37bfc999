//! `millicent simulate`: what happens call by call, and what a month of it costs.

use std::io::{BufRead, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

#[cfg(feature = "charts")]
use millicent::chart::Theme;
use millicent::report;
use millicent::settings::{Section, SettingError};
use millicent::simulate::{Mixed, Settings, SimulateError, Simulated, Simulation, Source, Task, Trace, TraceRows};
use millicent::trace::{BadLines, DurationTable, Format as TraceFormat, Row, TraceError, TraceOptions, TraceReader};
use millicent::traffic::{Pattern, WithinMinute};
use millicent::units::{Decimal, Month, decimal_from_statistic, grouped, significant};
use millicent::workload::Workload;

#[cfg(feature = "charts")]
use super::chart_file::ChartFile;
use super::files::{open_trace, write_all};
use super::keys::ReplayFlags;
use super::scenario::{Format, ScenarioArgs};
use super::{LIMIT_NOT_MET, WrongInput, over_budget, width, write_notes};

const EXAMPLES: &str = "Examples:
  millicent simulate --requests 0.9/s --duration 2s --memory 512MB --init-duration 250ms --keep-alive 10min
  millicent simulate --requests 50/s --duration p50=80ms,p99=900ms --memory 1GB --pattern diurnal --peak-to-trough 10
  millicent simulate --requests 20/s --cpu 40ms --wait 60ms --platform fargate,vcpu=1,memory=2GB --platform lambda,memory=1GB --mixed fargate,lambda
  millicent simulate examples/checkout.toml --trace calls.csv.gz --format markdown";

/// The heading of what is about recorded calls.
const TRACE: &str = "Trace";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// In JSON: the steps of each bill as well
    #[arg(long)]
    explain: bool,
    /// Also draw what happens over time: FILE.svg or FILE.png
    #[cfg(feature = "charts")]
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Draw on a dark ground
    #[cfg(feature = "charts")]
    #[arg(long, requires = "chart")]
    dark: bool,
    #[command(flatten)]
    trace: TraceArgs,
    /// Two options as one design: instances first, functions for what they have no slot for; repeat for several
    #[arg(long, value_name = "BASE,BURST")]
    mixed: Vec<String>,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    #[command(flatten)]
    replay: ReplayFlags,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// A recording in place of generated traffic.
#[derive(Debug, clap::Args)]
struct TraceArgs {
    /// Calls as they were recorded: timestamp,duration[,function], minute,count, Azure 2019 or 2021; gzip too, `-` is standard
    /// input
    #[arg(long, value_name = "FILE", help_heading = TRACE)]
    trace: Option<PathBuf>,
    /// How a counted minute's calls are spread over it: uniform, poisson, front_loaded or mmpp
    #[arg(long, value_name = "NAME", default_value = "poisson", requires = "trace", help_heading = TRACE, value_parser = named(&WithinMinute::NAMES))]
    within_minute: WithinMinute,
    /// What the file is, where its header does not say: calls, minutes, azure_2019, azure_2021, iluvatar
    #[arg(long, value_name = "NAME", requires = "trace", help_heading = TRACE, value_parser = named(&TraceFormat::NAMES))]
    trace_format: Option<TraceFormat>,
    /// How long functions took, for a trace in the format azure_2019: its table of percentiles; gzip too. For functions that it
    /// does not have, state a duration
    #[arg(long, value_name = "FILE", requires = "trace", help_heading = TRACE)]
    trace_durations: Option<PathBuf>,
    /// How far calls may be out of order
    #[arg(long, value_name = "SECONDS", default_value_t = TraceOptions::REORDER_WINDOW_S, requires = "trace", help_heading = TRACE)]
    reorder_window: f64,
    /// Count malformed lines and go on
    #[arg(long, requires = "trace", help_heading = TRACE)]
    skip_bad: bool,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "charts")]
    let chart = args.chart.as_deref().map(ChartFile::named).transpose()?;
    #[cfg(feature = "charts")]
    let theme = if args.dark { Theme::Dark } else { Theme::Light };
    let Args { format, output, explain, trace, mixed, workers, replay, mut scenario, .. } = args;
    if explain && format != Format::Json {
        return Err(WrongInput("--explain goes with --format json".to_owned()).into());
    }
    let traffic = own_settings(&scenario, "traffic", &replay.traffic)?;
    let mut replay = own_settings(&scenario, "simulate", &replay.replay)?;
    // The calls of a trace come at their own rate and mostly say how long they take.
    let needs_time = trace.trace.is_some() && scenario.lacks_time();
    if trace.trace.is_some() {
        if scenario.states("requests") {
            let problem = "a trace has its own requests, `requests` would change nothing (leave out one of the two)";
            return Err(WrongInput(problem.to_owned()).into());
        }
        scenario.state_requests("1/month")?;
    }
    if needs_time {
        scenario.state("duration", ANY_DURATION);
    }
    let (draft, book, read_file) = scenario.read_draft(|_| &["lambda"])?;
    let scenario = draft.place(&book, &read_file)?;
    let settings = Settings::read(&mut replay, scenario.month).map_err(SimulateError::from)?;
    replay.finish().map_err(SimulateError::from)?;
    let remarks = Arc::default();
    let durations = trace.durations()?;
    let open = || trace.open(needs_time, durations.as_ref(), &remarks);
    let (source, traffic) = trace.source(&open, needs_time, &scenario.workloads, &traffic, scenario.month)?;
    let mixed: Vec<Mixed> = mixed.iter().map(|text| read_mixed(text)).collect::<Result<_, _>>()?;
    if trace.is_standard_input() && 1 < scenario.options.len() + mixed.len() {
        return Err(
            WrongInput("standard input can be read once, and each design reads the trace (give a file)".to_owned()).into()
        );
    }
    let workers = workers.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let simulation = Simulation::of(&Task { source, traffic, settings, mixed, workers }, scenario, &book);
    say_remarks(&remarks, trace.trace_durations.as_deref(), talk)?;
    let simulation = simulation?;
    let mut bytes = Vec::new();
    match format {
        Format::Table => report::write_simulation(&simulation, width(), &mut bytes)?,
        Format::Json => report::write_simulation_json(&simulation, explain, &mut bytes)?,
        Format::Csv => report::write_simulation_csv(&simulation, &mut bytes)?,
        Format::Markdown => report::write_simulation_markdown(&simulation, &mut bytes)?,
    }
    #[cfg(feature = "charts")]
    if let Some(chart) = chart {
        match report::timeline_figure(&simulation) {
            Some(figure) => chart.write(figure.svg(theme)?)?,
            None => writeln!(talk, "warning: nothing was replayed, so no chart was drawn")?,
        }
    }
    write_all(output.as_deref(), &bytes, out)?;
    out.flush()?;
    if matches!(format, Format::Table | Format::Csv) {
        write_notes(&report::simulation_notes(&simulation), talk)?;
    }
    ending(&simulation, talk)
}

/// Stands for the duration that a trace has for each of its calls.
const ANY_DURATION: &str = "100ms";

/// What was skipped of a trace, and what it lacks.
fn say_remarks(remarks: &Mutex<Remarks>, durations: Option<&Path>, talk: &mut dyn Write) -> anyhow::Result<()> {
    let remarks = remarks.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(function) = &remarks.lacks_time {
        let who = durations.map_or_else(
            || "the trace does not say how long its calls take".to_owned(),
            |table| format!("{} does not say how long the calls of {function} take", table.display()),
        );
        return Err(WrongInput(format!("{who} (give --duration, or --cpu and --wait)")).into());
    }
    if let Some(bad) = remarks.bad.as_ref().filter(|bad| 0 < bad.count) {
        writeln!(talk, "warning: {} malformed lines were skipped, the first of them:", bad.count)?;
        bad.first.iter().try_for_each(|line| writeln!(talk, "  {line}"))?;
    }
    Ok(())
}

/// How it ends: 3 when no design serves every call, a stated latency limit is not met, or a bill is above the budget.
fn ending(simulation: &Simulation, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let serves_all = simulation.designs.iter().any(Simulated::serves_all);
    let mut code = if serves_all { ExitCode::SUCCESS } else { ExitCode::from(LIMIT_NOT_MET) };
    for design in &simulation.designs {
        for run in &design.runs {
            let unanswered = run.totals.throttled + run.totals.timed_out;
            if !serves_all && 0 < unanswered {
                let [unanswered, arrived] = [unanswered, run.totals.arrived].map(|count| grouped(Decimal::from(count)));
                writeln!(talk, "limit not met: {} leaves {unanswered} of {arrived} calls without an answer", design.name)?;
            }
            let (Some(limit), Some(p99)) = (run.limit, run.missed_limit()) else { continue };
            let seen = significant(decimal_from_statistic(p99.point * 1000.0, 6).unwrap_or(Decimal::ZERO), 3);
            writeln!(talk, "limit not met: {} answers 99 of 100 within {seen} ms, the limit is {limit}", design.name)?;
            code = ExitCode::from(LIMIT_NOT_MET);
        }
    }
    let bills = simulation.designs.iter().filter_map(|design| design.estimate.as_ref()?.as_ref().ok());
    let over: Vec<_> = bills.filter(|option| simulation.basis.is_exceeded_by(&option.bill)).collect();
    if over.is_empty() { Ok(code) } else { over_budget(&simulation.basis, over.into_iter(), talk) }
}

/// The table of the scenario, with its flags laid over it.
fn own_settings(scenario: &ScenarioArgs, table: &'static str, flags: &Section) -> anyhow::Result<Section> {
    let mut section = scenario.own_table(table)?;
    section.lay_over(flags);
    Ok(section)
}

/// "fargate,lambda": a comma may also stand in a name, so the names are tried by their platforms or in full.
fn read_mixed(text: &str) -> Result<Mixed, WrongInput> {
    let parts: Vec<&str> = text.split(if text.contains(';') { ';' } else { ',' }).map(str::trim).collect();
    match parts.as_slice() {
        [base, burst] if !base.is_empty() && !burst.is_empty() => {
            Ok(Mixed { base: (*base).to_owned(), burst: (*burst).to_owned() })
        }
        _ => Err(WrongInput(format!(
            "--mixed is {text:?} (name two options or their platforms, such as fargate,lambda; with names that have commas, put a semicolon between them)"
        ))),
    }
}

/// What was noted while a trace was read.
#[derive(Debug, Default)]
struct Remarks {
    /// The first function whose calls take nobody knows how long.
    lacks_time: Option<String>,
    bad: Option<BadLines>,
}

/// The rows of a trace, with what is noted of them.
struct Noted {
    reader: TraceReader<Box<dyn BufRead + Send>>,
    needs_time: bool,
    remarks: Arc<Mutex<Remarks>>,
}

impl Iterator for Noted {
    type Item = Result<Row, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.reader.next();
        let lacks_time = match &row {
            Some(Ok(Row::Call(call))) if call.duration_s.is_none() => Some(call.function),
            Some(Ok(Row::Minutes(minutes))) if minutes.durations.is_none() => Some(minutes.function),
            _ => None,
        };
        if let Some(function) = lacks_time.filter(|_| self.needs_time) {
            let name = self.reader.function_name(function).to_owned();
            self.note(|remarks| remarks.lacks_time = Some(name));
            return None;
        }
        row
    }
}

impl Noted {
    fn note(&self, change: impl FnOnce(&mut Remarks)) {
        change(&mut self.remarks.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let bad = self.reader.bad_lines().clone();
        self.note(|remarks| remarks.bad = Some(bad));
    }
}

impl TraceArgs {
    fn is_standard_input(&self) -> bool {
        self.trace.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }

    /// Reads the table beside the trace.
    fn durations(&self) -> anyhow::Result<Option<Arc<DurationTable>>> {
        let Some(path) = &self.trace_durations else { return Ok(None) };
        let name = path.display().to_string();
        let source = open_trace(path).map_err(|problem| WrongInput(format!("{name}: {problem}")))?;
        Ok(Some(Arc::new(DurationTable::read(source, &name).map_err(SimulateError::from)?)))
    }

    /// Opens the trace anew; every design reads it.
    fn open(
        &self,
        needs_time: bool,
        durations: Option<&Arc<DurationTable>>,
        remarks: &Arc<Mutex<Remarks>>,
    ) -> Result<TraceRows, TraceError> {
        let path = self.trace.as_deref().unwrap_or(Path::new("-"));
        let file = path.display().to_string();
        let source = open_trace(path).map_err(|problem| TraceError::Read { file: file.as_str().into(), line: 1, problem })?;
        let options = TraceOptions {
            format: self.trace_format,
            reorder_window_s: self.reorder_window,
            skip_bad: self.skip_bad,
            needs_durations: needs_time,
            durations: durations.cloned(),
            ..TraceOptions::new(file)
        };
        Ok(Box::new(Noted { reader: TraceReader::new(source, options)?, needs_time, remarks: Arc::clone(remarks) }))
    }

    /// Where calls come from, and that in words.
    fn source<'s>(
        &self,
        open: &'s (dyn Fn() -> Result<TraceRows, TraceError> + Sync),
        needs_time: bool,
        workloads: &[Workload],
        traffic: &Section,
        month: Month,
    ) -> anyhow::Result<(Source<'s>, String)> {
        if let Some(path) = &self.trace {
            if let Some((key, _)) = traffic.keys().next() {
                return Err(WrongInput(format!(
                    "a trace has its own traffic, `{key}` would change nothing (leave out one of the two)"
                ))
                .into());
            }
            let name = path.display().to_string();
            if !self.is_standard_input() {
                open_trace(path).map_err(|problem| WrongInput(format!("{name}: {problem}")))?;
            }
            let durations = self.trace_durations.as_ref().map(|path| path.display().to_string());
            let source = Source::Trace(Trace {
                name: name.clone(),
                open,
                within_minute: self.within_minute,
                durations,
                states_duration: !needs_time,
            });
            return Ok((source, format!("trace {name}")));
        }
        let (patterns, words) = generated(workloads, traffic, month).map_err(SimulateError::from)?;
        Ok((Source::Patterns(patterns), words))
    }
}

/// The pattern of each workload, and all of them in words.
fn generated(workloads: &[Workload], traffic: &Section, month: Month) -> Result<(Vec<Pattern>, String), SettingError> {
    let mut patterns = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for workload in workloads {
        let mut section = traffic.clone();
        let stated = section.clone().text("pattern")?.map(|found| found.value);
        let pattern = Pattern::read(&mut section, workload, month)?;
        section.finish()?;
        let name = match stated.as_deref() {
            None if workload.hourly.is_some() => "hourly".to_owned(),
            None | Some("poisson") if pattern.is_poisson() => "Poisson".to_owned(),
            None | Some("poisson") => "steady".to_owned(),
            Some(name) => name.replace('_', " "),
        };
        let rate = decimal_from_statistic(pattern.mean_per_s(), 9).unwrap_or(Decimal::ZERO);
        words.push(format!("{name} traffic{}, {} a second", details(traffic)?, significant(rate, 3)));
        patterns.push(pattern);
    }
    Ok((patterns, words.join("; ")))
}

/// What was stated of a pattern beside its name.
fn details(traffic: &Section) -> Result<String, SettingError> {
    let mut traffic = traffic.clone();
    let mut words = Vec::new();
    for key in Pattern::KEYS.iter().filter(|key| key.name != "pattern") {
        if let Some(found) = traffic.text(key.name)? {
            words.push(format!("{} {}", key.name.replace('_', " "), found.value));
        }
    }
    Ok(if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) })
}

/// Reads one of some names.
fn named<T: Copy + Send + Sync + 'static>(names: &'static [(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let found = names.iter().find(|(name, _)| *name == text.replace('-', "_"));
        let known = || names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        found.map(|(_, value)| *value).ok_or_else(|| format!("known: {}", known()))
    }
}
