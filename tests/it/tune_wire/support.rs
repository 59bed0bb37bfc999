//! One account, one home, and the command between them; after every run it is looked for what must not be seen.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use millicent::tune::{Invocation, Journal, Label};
use millicent::units::Decimal;
use serde_json::Value;
use tempfile::TempDir;

use super::super::fake_aws::{FakeAws, Function, SECRET};

/// The sizes of a short run.
pub(crate) const SIZES: [u32; 3] = [256, 512, 1024];

/// A run of three sizes and two calls each that waits for nothing long.
const SHORT: [(&str, &str); 5] = [
    ("--sizes", "256,512,1024"),
    ("--calls", "2"),
    ("--poll-interval", "5ms"),
    ("--patience", "1s"),
    ("--export-json", "result.json"),
];

/// A function of 512 MB with a description, an environment variable, a response and a time-out of a second.
pub(crate) fn orders() -> Function {
    let function = Function::named("orders").memory(512).description("ours").timeout(1).variable("TOKEN", SECRET);
    function.cpu_bound(2.0, 5.0, 1769).answers(|_| serde_json::json!({"token": SECRET}))
}

/// What the handler of `orders` takes at a size: 2 + 5 × 1769 / 512 = 19.28 ms at 512 MB, in the hundredths that Lambda reports.
pub(crate) fn orders_ms(memory_mb: u32) -> f64 {
    ((2.0 + 5.0 * 1769.0 / f64::from(memory_mb.min(1769))) * 100.0).round() / 100.0
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None after a signal that it did not take.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn assert_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    pub(crate) fn assert_says(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "{words:?} is not said: {self:?}");
        self
    }

    /// Which of two is met first can depend on the moment.
    pub(crate) fn assert_says_one_of(&self, all: &[&str]) -> &Self {
        assert!(all.iter().any(|words| self.stderr.contains(words)), "none of {all:?} is said: {self:?}");
        self
    }

    /// Whether the command says that something of it is left on the function.
    pub(crate) fn has_left_something(&self) -> bool {
        self.stderr.contains("COULD NOT BE PUT BACK") || self.stderr.contains("could not be deleted")
    }
}

/// A place for the command to run in.
pub(crate) struct Bench {
    pub(crate) aws: FakeAws,
    /// Home and current directory.
    pub(crate) home: TempDir,
    /// For files that may hold secrets.
    inputs: TempDir,
}

impl Bench {
    pub(crate) fn new(aws: FakeAws) -> Self {
        Self { aws, home: tempfile::tempdir().unwrap(), inputs: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn orders() -> Self {
        Self::new(FakeAws::start(orders()))
    }

    /// Writes a file for the command to read; its path.
    pub(crate) fn input(&self, name: &str, text: &str) -> String {
        let path = self.inputs.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.aws.millicent(self.home.path(), arguments);
        command.env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", SECRET);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts a command; it must be ended by [`Bench::end`].
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for a command, and looks for what must not be seen.
    pub(crate) fn end(&self, child: Child) -> Ended {
        let ended = output_of(child);
        self.assert_nothing_secret(&ended, true);
        ended
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.end(self.start(arguments))
    }

    /// A run that may show payloads on standard error, and nowhere else.
    pub(crate) fn run_with_payloads_shown(&self, arguments: &[&str]) -> Ended {
        let ended = output_of(self.start(arguments));
        self.assert_nothing_secret(&ended, false);
        ended
    }

    /// The arguments of a short run of a function, with more of them or others.
    pub(crate) fn short<'a>(function: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["tune", function, "--yes"];
        arguments.extend(SHORT.iter().filter(|(flag, _)| !more.contains(flag)).flat_map(|(flag, value)| [*flag, *value]));
        arguments.extend(more);
        arguments
    }

    /// A short run of `orders` with a payload.
    pub(crate) fn tune(&self, more: &[&str]) -> Ended {
        self.run(&Self::short("orders", &with_payload(more).iter().map(String::as_str).collect::<Vec<_>>()))
    }

    pub(crate) fn start_tune(&self, more: &[&str]) -> Child {
        self.start(&Self::short("orders", &with_payload(more).iter().map(String::as_str).collect::<Vec<_>>()))
    }

    pub(crate) fn restore(&self) -> Ended {
        self.run(&["tune", "restore"])
    }

    pub(crate) fn result(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.home.path().join("result.json")).unwrap()).unwrap()
    }

    pub(crate) fn journals(&self) -> Vec<PathBuf> {
        let files = files_below(&self.home.path().join("state/millicent/tune"));
        files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect()
    }

    /// The description of a version of 1,024 MB that the only run of this home was asked to leave.
    pub(crate) fn applied_description(&self) -> String {
        let journals = self.journals();
        let [journal] = &journals[..] else { panic!("{journals:?}") };
        let run = Journal::read(&fs::read_to_string(journal).unwrap()).unwrap().before.run;
        format!("millicent {run}: 1,024 MB, applied")
    }

    /// The calls in all journals; one that was killed when it began may have none.
    pub(crate) fn kept(&self) -> Vec<Invocation> {
        let texts = self.journals().into_iter().map(|path| fs::read_to_string(path).unwrap());
        texts.filter(|text| !text.is_empty()).flat_map(|text| Journal::read(&text).unwrap().invocations).collect()
    }

    /// What all invocations have cost by the account's own books, at the prices of x86 in us-east-1 (AWS Lambda pricing page):
    /// 500 ms at 1,024 MB are 0.5 × 0.0000166667 + 0.0000002 = $0.00000853335.
    pub(crate) fn spent(&self) -> Decimal {
        let (gb_second, request): (Decimal, Decimal) = ("0.0000166667".parse().unwrap(), "0.0000002".parse().unwrap());
        let cost = |billed_ms: u64, memory_mb: u32| {
            let (thousand, mb_in_gb) = (Decimal::from(1000), Decimal::from(1024));
            Decimal::from(billed_ms) / thousand * Decimal::from(memory_mb) / mb_in_gb * gb_second + request
        };
        self.aws.reports().iter().map(|report| cost(report.billed_total_ms(), report.memory_mb)).sum()
    }

    /// That every invocation which ran is in the journal: with its report, or as one that was lost.
    pub(crate) fn assert_everything_paid_is_kept(&self, case: &str) {
        self.assert_everything_paid_is_kept_but(0, case);
    }

    /// The same, but for calls that were under way when the process was killed.
    pub(crate) fn assert_everything_paid_is_kept_but(&self, under_way: usize, case: &str) {
        let (kept, reports) = (self.kept(), self.aws.reports());
        let known = |id: &str| kept.iter().any(|call| call.report.as_ref().is_some_and(|report| report.request_id == id));
        let missing = reports.iter().filter(|report| !known(&report.request_id)).count();
        let lost = kept.iter().filter(|call| matches!(call.label, Label::Lost | Label::NoReport)).count();
        assert!(missing <= lost + under_way, "{case}: {missing} of {} calls are in no journal; {lost} were lost", reports.len());
    }

    /// That the result is all that was asked for, and right.
    pub(crate) fn assert_complete(&self, sizes: &[u32], calls: u64, case: &str) {
        let result = self.result();
        assert_eq!((&result["stopped"], &result["restored"]), (&Value::Null, &Value::Bool(true)), "{case}");
        let rows = result["sizes"].as_array().unwrap();
        let measured: Vec<u64> = rows.iter().filter_map(|row| row["memory_mb"].as_u64()).collect();
        assert_eq!(measured, sizes.iter().copied().map(u64::from).collect::<Vec<_>>(), "{case}");
        for (row, memory_mb) in rows.iter().zip(sizes) {
            assert_eq!(row["calls"].as_u64(), Some(calls), "{case}: {memory_mb} MB");
            let mean_ms = row["mean_ms"].as_f64().unwrap();
            assert!((mean_ms - orders_ms(*memory_mb)).abs() < 1e-9, "{case}: {mean_ms} ms at {memory_mb} MB");
        }
    }

    fn assert_nothing_secret(&self, ended: &Ended, standard_error_too: bool) {
        assert!(!ended.stdout.contains(SECRET), "standard output holds a secret: {}", ended.stdout);
        assert!(!standard_error_too || !ended.stderr.contains(SECRET), "standard error holds a secret: {}", ended.stderr);
        for path in files_below(self.home.path()) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(SECRET), "{} holds a secret", path.display());
        }
        let folder = self.home.path().join("state/millicent/tune");
        for path in files_below(&folder) {
            assert_eq!(mode_of(&path), 0o600, "{}", path.display());
        }
        assert!(!folder.exists() || mode_of(&folder) == 0o700, "{}", folder.display());
    }
}

/// The arguments, with a payload that holds a secret where they name none.
fn with_payload(more: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = more.iter().map(|argument| (*argument).to_owned()).collect();
    let events = ["--payload", "--weighted-payloads", "--events", "--input"];
    if !more.iter().any(|argument| events.contains(argument)) {
        all.extend(["--payload".to_owned(), format!("{{\"token\": \"{SECRET}\"}}")]);
    }
    all
}

fn output_of(child: Child) -> Ended {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Sends a signal by its name, such as `INT`.
pub(crate) fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
    // It may have ended just now.
    let _ = sent.success();
}

fn mode_of(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Runs every case, several at the same time: most of a case is waiting. All that fail are told.
pub(crate) fn each<C: Sync + std::fmt::Debug>(cases: &[C], check: impl Fn(&C) + Sync) {
    const THREADS: usize = 4;
    let next = Mutex::new(cases.iter());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else { return };
                    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case))).is_err() {
                        failed.lock().unwrap().push(format!("{case:?}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} cases failed: {}", failed.len(), cases.len(), failed.join("\n"));
}

/// Whether all cases are to be tried, and not the sample that every test run takes.
pub(crate) fn is_full() -> bool {
    std::env::var_os("MILLICENT_FULL_MATRIX").is_some()
}
