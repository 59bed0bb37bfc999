//! A run on a function that is deployed: the tuner decides, AWS does, the journal keeps, signals end it.

use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::Context as _;
use millicent::aws::{Access, AwsDriver, Connected, FunctionName, Inputs, ProcessingStep, S3Location, connect, read_s3};
use millicent::tune::{Action, Application, Connection, Ended, Evaluation, Outcome, Pace, Step, Stop, Ticket, TuneResult, Tuner};
use millicent::usage::Region;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use super::super::WrongInput;
use super::journal::JournalFile;
use super::payloads::{EventSource, Events};
use super::progress::Progress;
use super::request::{Apply, Request};
use super::state::{Kept, folder, journals};
use super::target::Target;
use super::{Ran, RestoreArgs, restored_words};

/// How AWS is reached.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct AccessArgs {
    /// Named profile of the AWS configuration
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    profile: Option<String>,
    /// Region [default: that of the ARN, of the environment, of the profile]
    #[arg(long, value_name = "CODE", help_heading = "AWS")]
    pub(super) region: Option<String>,
    /// Another endpoint than AWS's own
    #[arg(long, value_name = "URL", help_heading = "AWS")]
    endpoint_url: Option<String>,
    /// Role to assume, for functions in another account
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    assume_role: Option<String>,
    /// How long a call of the control plane may take
    #[arg(long, value_name = "TIME", help_heading = "AWS", default_value = "30s")]
    api_timeout: String,
}

impl AccessArgs {
    fn access(&self) -> Result<Access, WrongInput> {
        let call_timeout = super::request::time("--api-timeout", &self.api_timeout)?;
        Ok(Access {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            assume_role: self.assume_role.clone(),
            call_timeout,
        })
    }

    /// What the flags say, and where they are silent what the journal of the run says.
    fn or_as(&self, connection: &Connection, region: &str) -> Result<Access, WrongInput> {
        let flags = self.access()?;
        Ok(Access {
            profile: flags.profile.or_else(|| connection.profile.clone()),
            region: flags.region.or_else(|| Some(region.to_owned())),
            endpoint_url: flags.endpoint_url.or_else(|| connection.endpoint_url.clone()),
            assume_role: flags.assume_role.or_else(|| connection.assume_role.clone()),
            ..flags
        })
    }
}

pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("could not start the network runtime")
}

/// Reads the function's name.
pub(super) fn function_name(typed: &str) -> Result<FunctionName, WrongInput> {
    typed.parse().map_err(|problem: millicent::aws::FunctionNameError| WrongInput(problem.to_string()))
}

/// A function, and the way to it.
pub(super) struct Reached {
    pub(super) name: FunctionName,
    pub(super) connected: Connected,
}

/// Reaches the function that a request names, and completes the request with what is known then.
pub(super) async fn reach(request: &mut Request, typed: &str) -> anyhow::Result<Reached> {
    let name = function_name(typed)?;
    let access = request.access.access()?;
    let connected = connect(&access, &name).await?;
    request.plan.qualifier = name.qualifier().map(str::to_owned);
    request.plan.region = Region::new(connected.region());
    request.choice.region = request.plan.region.clone();
    request.plan.connection =
        Connection { profile: access.profile, assume_role: access.assume_role, endpoint_url: access.endpoint_url };
    if let EventSource::S3 { address, reading } = request.events.clone() {
        let location: S3Location =
            address.parse().map_err(|problem: millicent::aws::PayloadError| WrongInput(problem.to_string()))?;
        let bytes = read_s3(&connected, &location).await?;
        let text = String::from_utf8(bytes).map_err(|_| WrongInput(format!("{address}: it is not UTF-8 text")))?;
        let events = Events::of_text(&text, reading).map_err(|problem| WrongInput(format!("{address}: {problem}")))?;
        request.set_events(events)?;
    }
    Ok(Reached { name, connected })
}

/// Runs it.
pub(super) fn run(mut request: Request, talk: &mut dyn Write) -> anyhow::Result<Ran> {
    let Target::Aws(typed) = &request.target else { anyhow::bail!("this function is not on AWS") };
    let typed = typed.clone();
    refuse_without_terminal(&request, &typed)?;
    runtime()?.block_on(async {
        let reached = reach(&mut request, &typed).await?;
        let folder = folder(&request.state)?;
        ask(&request, &reached, &folder, talk)?;
        if let Some(path) = &request.resume {
            put_back_first(&read_one(path)?, &request.access, talk).await?;
        }
        let (driver, lines) = driver(&request, &reached)?;
        let mut journal = JournalFile::new(folder, reached.name.name(), &request.plan.run);
        let progress = Progress::new(request.plan.expected_invocations());
        let pace = pace(&request);
        let Request { plan, choice, outputs, apply, .. } = request;
        let mut obey = Obedience { driver, journal: &mut journal, progress: &progress, lines, signals: Signals::new()? };
        let mut ended = obey.drive(Tuner::measure(plan)).await;
        if let Some(apply) = apply {
            ended = apply_choice(&mut obey, ended, &apply, choice.evaluation(), pace, talk).await?;
        }
        progress.end();
        if ended.stop.is_some() && journal.is_begun() {
            writeln!(talk, "hint: the calls so far are kept; --resume {} goes on from there", journal.path().display())?;
        }
        Ok(Ran { ended, function: reached.name.to_string(), outputs, choice })
    })
}

fn pace(request: &Request) -> Pace {
    Pace { poll_interval: request.plan.poll_interval, patience: request.plan.patience, grace: request.plan.grace }
}

/// A driver for the request, and the lines it may say about payloads.
fn driver(request: &Request, reached: &Reached) -> Result<(AwsDriver, Option<Receiver<String>>), WrongInput> {
    let EventSource::Here(events) = &request.events else { return Err(WrongInput("the events were not read".to_owned())) };
    let (sender, receiver) = std::sync::mpsc::channel();
    let inputs = Inputs {
        payloads: events.bytes.clone(),
        before: step(request.steps.before.as_deref())?,
        after: step(request.steps.after.as_deref())?,
        talk: request.log_payload.then_some(sender),
    };
    let driver = AwsDriver::new(&reached.connected, reached.name.clone(), inputs);
    Ok((driver, request.log_payload.then_some(receiver)))
}

/// A step: a function's ARN, or a local command.
fn step(typed: Option<&str>) -> Result<Option<ProcessingStep>, WrongInput> {
    let Some(typed) = typed else { return Ok(None) };
    if typed.starts_with("arn:") {
        return function_name(typed).map(ProcessingStep::Function).map(Some);
    }
    Ok(Some(ProcessingStep::Command(typed.to_owned())))
}

/// A script says --yes. Without it nothing is asked of AWS, roles and events included.
fn refuse_without_terminal(request: &Request, typed: &str) -> Result<(), WrongInput> {
    if request.yes || (std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Ok(());
    }
    let name = function_name(typed)?;
    Err(WrongInput(format!(
        "a run invokes {name} for real and changes its memory for a while: say --yes to do so without being asked (--dry-run shows what would be done)"
    )))
}

/// Before the first run on a function a person is asked.
fn ask(request: &Request, reached: &Reached, folder: &Path, talk: &mut dyn Write) -> anyhow::Result<()> {
    if request.yes {
        return Ok(());
    }
    let name = &reached.name;
    let ending = format!(":function:{}", name.name());
    let region = reached.connected.region();
    let known = |kept: &Kept| kept.journal.before.function.ends_with(&ending) && kept.journal.before.region == region;
    if journals(folder, |_, _| {})?.iter().any(known) {
        return Ok(());
    }
    write!(
        talk,
        "This invokes {name} in {region} about {} times, gives $LATEST other memory sizes for some seconds each (and the old one back), and spends at most ${}.\nGo on? [y/N] ",
        request.plan.expected_invocations(),
        request.plan.max_spend.amount().normalize()
    )?;
    talk.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") || answer.trim().eq_ignore_ascii_case("yes") {
        return Ok(());
    }
    anyhow::bail!("nothing was done")
}

/// What a run is carried out with.
struct Obedience<'r> {
    driver: AwsDriver,
    journal: &'r mut JournalFile,
    progress: &'r Progress,
    lines: Option<Receiver<String>>,
    signals: Signals,
}

/// The signals that end a run.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    seen: u32,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            seen: 0,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
        self.seen += 1;
    }
}

impl Obedience<'_> {
    /// Obeys a tuner until its run has ended.
    async fn drive(&mut self, mut tuner: Tuner) -> Ended {
        let begun = now();
        let mut under_way: JoinSet<(Ticket, Outcome)> = JoinSet::new();
        loop {
            match tuner.poll(begun.elapsed()) {
                Step::Act(ticket, Action::Record(entry)) => {
                    let outcome = self.journal.record(&entry);
                    tuner.handle(ticket, outcome);
                }
                Step::Act(ticket, action) => {
                    let driver = self.driver.clone();
                    under_way.spawn(async move { (ticket, driver.perform(action).await) });
                }
                Step::Wait(alarm) => {
                    self.show(&tuner);
                    let alarm = alarm.map(|moment| tokio::time::Instant::from_std(begun + moment));
                    let asleep = async {
                        match alarm {
                            Some(moment) => tokio::time::sleep_until(moment).await,
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        Some(ended) = under_way.join_next() => match ended {
                            Ok((ticket, outcome)) => tuner.handle(ticket, outcome),
                            // A task of the driver does not panic; if it did, the run ends and everything is put back.
                            Err(_) => tuner.interrupt(),
                        },
                        () = asleep => {}
                        () = self.signals.next() => {
                            tuner.interrupt();
                            self.progress.say(&interruption(self.signals.seen));
                            if self.signals.seen >= 3 {
                                break;
                            }
                        }
                    }
                }
                Step::Ended => break,
            }
        }
        self.show(&tuner);
        tuner.ended().cloned().unwrap_or_else(|| tuner.abandon())
    }

    fn show(&self, tuner: &Tuner) {
        self.progress.show(&tuner.so_far());
        for line in self.lines.iter().flat_map(Receiver::try_iter) {
            self.progress.say(&line);
        }
    }
}

fn interruption(seen: u32) -> String {
    match seen {
        1 => "interrupted: waiting a moment for calls under way, then putting everything back".to_owned(),
        2 => {
            "still putting back; a third time ends the program at once and leaves the rest to `millicent tune restore`".to_owned()
        }
        _ => "ended without putting everything back: run `millicent tune restore`".to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock belongs to the front desk")]
fn now() -> Instant {
    Instant::now()
}

/// Sets the recommended size, if the run ended well.
async fn apply_choice(
    obey: &mut Obedience<'_>,
    ended: Ended,
    apply: &Apply,
    evaluation: Evaluation<'_>,
    pace: Pace,
    talk: &mut dyn Write,
) -> anyhow::Result<Ended> {
    let result = TuneResult::of(ended.clone(), String::new(), evaluation).ok();
    let choice = result.as_ref().and_then(|result| result.recommendation.as_ref()).filter(|choice| choice.meets_limit);
    let (None, true, Some(choice), Some(before)) = (&ended.stop, ended.is_clean(), choice, &ended.before) else {
        writeln!(talk, "warning: nothing was applied, as the run did not end with a size to recommend")?;
        return Ok(ended);
    };
    let memory = choice.memory;
    let application = Application { before: before.clone(), memory, alias: apply.alias.clone() };
    let application = obey.drive(Tuner::apply(application, pace)).await;
    let mut ended = ended;
    match (&application.applied, application.stop) {
        (Some(applied), _) => {
            let alias = applied
                .alias
                .as_ref()
                .map_or_else(String::new, |(alias, version)| format!(", and {alias} points to version {version}"));
            writeln!(talk, "applied: $LATEST has {} now{alias}", applied.memory)?;
            ended.applied = application.applied;
        }
        (None, stop) => {
            let stop = stop.unwrap_or(Stop::Failed("it was not applied".to_owned()));
            ended.stop = Some(Stop::Failed(format!("the size could not be applied: {stop}")));
            ended.restored = application.restored;
            ended.left = application.left;
            ended.caught = application.caught;
        }
    }
    Ok(ended)
}

/// `millicent tune restore`.
pub(super) fn restore(args: RestoreArgs, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let folder = folder(&args.state)?;
    let mut broken = Vec::new();
    let kept = match args.function.as_deref().map(Path::new).filter(|path| path.is_file()) {
        Some(path) => vec![read_one(path)?],
        None => journals(&folder, |path, problem| broken.push(format!("warning: {}: {problem}", path.display())))?,
    };
    for line in &broken {
        writeln!(talk, "{line}")?;
    }
    let wanted = |kept: &&Kept| {
        let function = &kept.journal.before.function;
        args.function
            .as_deref()
            .is_none_or(|name| Path::new(name) == kept.path || function == name || function.rsplit(':').next() == Some(name))
    };
    let open: Vec<&Kept> = kept.iter().filter(|kept| kept.journal.is_open()).filter(wanted).collect();
    if open.is_empty() {
        writeln!(talk, "nothing to put back: no run in {} has left anything", folder.display())?;
        return Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let mut failed = !broken.is_empty();
    let runtime = runtime()?;
    for kept in open {
        // One function that cannot be reached does not keep the others waiting.
        match runtime.block_on(restore_one(kept, &args.access, talk)) {
            Ok(clean) => failed |= !clean,
            Err(problem) => {
                writeln!(talk, "error: {}: {problem:#}", kept.journal.before.function)?;
                failed = true;
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A run that was killed has left its changes; what it measured is still good.
async fn put_back_first(kept: &Kept, access: &AccessArgs, talk: &mut dyn Write) -> anyhow::Result<()> {
    if kept.journal.is_open() && !restore_one(kept, access, talk).await? {
        anyhow::bail!("what the earlier run has changed could not be put back, so nothing more is measured");
    }
    Ok(())
}

fn read_one(path: &Path) -> anyhow::Result<Kept> {
    let wrong = |problem: String| WrongInput(format!("{}: {problem}", path.display()));
    let text = super::super::files::read_text(path).map_err(wrong)?;
    let journal = millicent::tune::Journal::read(&text).map_err(|problem| wrong(problem.to_string()))?;
    Ok(Kept { path: path.to_path_buf(), journal })
}

/// Puts back what one run has left; whether nothing is left now.
async fn restore_one(kept: &Kept, access: &AccessArgs, talk: &mut dyn Write) -> anyhow::Result<bool> {
    let before = &kept.journal.before;
    let name = function_name(&before.function)?;
    let access = access.or_as(&before.connection, &before.region)?;
    let mut journal = JournalFile::reopen(&kept.path, before)?;
    let connected = connect(&access, &name).await?;
    let driver = AwsDriver::new(&connected, name, Inputs::default());
    let progress = Progress::new(0);
    let pace = Pace {
        poll_interval: std::time::Duration::from_millis(250),
        patience: std::time::Duration::from_secs(120),
        grace: std::time::Duration::ZERO,
    };
    let mut obey = Obedience { driver, journal: &mut journal, progress: &progress, lines: None, signals: Signals::new()? };
    let ended = obey.drive(Tuner::restore(&kept.journal, pace)).await;
    progress.end();
    match (restored_words(&ended.restored), &ended.applied) {
        (Some(words), _) => writeln!(talk, "{words}")?,
        (None, Some(applied)) => {
            writeln!(talk, "{}: the run had applied {} before it ended, and that stays", before.function, applied.memory)?;
        }
        (None, None) => writeln!(talk, "{}: {} and its description are back", before.function, before.memory)?,
    }
    for (version, problem) in &ended.left {
        writeln!(talk, "warning: version {version} could not be deleted: {problem}")?;
    }
    if let Some(stop) = &ended.stop {
        writeln!(talk, "note: {stop}")?;
    }
    Ok(ended.is_clean() && !matches!(ended.stop, Some(Stop::Failed(_))))
}
