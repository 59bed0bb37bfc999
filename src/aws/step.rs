//! Payloads, and what runs before and after each invocation: a command of this machine, or another function.

use std::fmt;
use std::process::{Output, Stdio};
use std::sync::mpsc::Sender;
use std::time::Duration;

use aws_sdk_lambda::Client;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::connect::Connected;
use super::function_name::FunctionName;
use super::invoke::{Ran, Target, invoke};
use crate::lambda_log::Report;
use crate::tune::{Call, Failure, FailureKind};

/// The longest that Lambda lets a function run: 900 s (AWS, "Lambda quotas").
const LONGEST_TIMEOUT: Duration = Duration::from_secs(900);

/// What the invocations get, and what runs before and after each.
#[derive(Clone, Default)]
pub struct Inputs {
    /// The payloads; a call names one by its place.
    pub payloads: Vec<Vec<u8>>,
    /// Runs before each invocation, with its payload; what it answers replaces the payload.
    pub before: Option<ProcessingStep>,
    /// Runs after each invocation, with its response, also when the function failed.
    pub after: Option<ProcessingStep>,
    /// Where payloads, responses and errors are shown, when the user asked to see them. Without it they do not leave the driver.
    pub talk: Option<Sender<String>>,
}

impl fmt::Debug for Inputs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Payloads may hold secrets.
        let Self { payloads, before, after, talk } = self;
        let payloads = payloads.len();
        write!(out, "Inputs {{ payloads: {payloads}, before: {before:?}, after: {after:?}, talk: {} }}", talk.is_some())
    }
}

/// Something that runs before or after an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessingStep {
    /// A command for the shell: it reads the payload or response, and writes the new payload.
    Command(String),
    /// Another function, in the same region or, by its ARN, in another one.
    Function(FunctionName),
}

/// When a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

impl Moment {
    const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// The kind of failure of the whole call, when a step's function fails with `kind`. One that was refused before anything ran
    /// can be tried again, with the call.
    const fn kind(self, kind: FailureKind) -> FailureKind {
        match (self, kind) {
            (Self::Before, FailureKind::Throttled | FailureKind::Busy) => kind,
            _ => FailureKind::Step,
        }
    }
}

/// A step with what it needs.
#[derive(Clone)]
pub(super) enum Step {
    Command(String),
    Function { client: Client, name: FunctionName, is_aws: bool },
}

/// What a step brought.
#[derive(Default)]
pub(super) struct StepOutput {
    /// What replaces the payload; nothing when it answered with nothing.
    pub(super) replacement: Option<Vec<u8>>,
    /// The report of the function that ran.
    pub(super) report: Option<Report>,
}

impl Step {
    pub(super) fn new(step: &ProcessingStep, connected: &Connected) -> Self {
        match step {
            ProcessingStep::Command(command) => Self::Command(command.clone()),
            ProcessingStep::Function(name) => {
                Self::Function { client: connected.lambda(name.region()), name: name.clone(), is_aws: connected.is_aws() }
            }
        }
    }

    /// Runs once. `talk` says what a failed command wrote, and what a failed function answered.
    pub(super) async fn run(
        &self,
        moment: Moment,
        call: &Call,
        input: Vec<u8>,
        talk: impl Fn(&str, &[u8]),
    ) -> Result<StepOutput, Failure> {
        let failed_as = |kind, why: String| {
            Failure::new(kind, format!("the step {} invocation {} failed: {why}", moment.name(), call.number))
        };
        let failed = |why| failed_as(FailureKind::Step, why);
        match self {
            Self::Command(command) => {
                let output = shell(command, moment, call, input).await;
                let output = output.map_err(|problem| failed(format!("the command could not be run: {problem}")))?;
                if !output.status.success() {
                    talk("the command's standard error", &output.stderr);
                    return Err(failed(format!("the command ended with {}", output.status)));
                }
                Ok(StepOutput { replacement: replacement(output.stdout), report: None })
            }
            Self::Function { client, name, is_aws } => {
                let doing = format!("invoke {name}");
                let target = Target {
                    client,
                    function: name.function(),
                    qualifier: name.qualifier(),
                    timeout: LONGEST_TIMEOUT,
                    is_aws: *is_aws,
                    doing: &doing,
                };
                let ran = invoke(&target, input).await;
                let Ran { answer, response } = ran.map_err(|failure| failed_as(moment.kind(failure.kind), failure.message))?;
                if let Some(error) = answer.error {
                    talk("the step's error", &response);
                    let error_type = error.error_type.unwrap_or_else(|| "an error without a type".to_owned());
                    return Err(failed(format!("{name} answered with {error_type}")));
                }
                Ok(StepOutput { replacement: replacement(response), report: answer.report })
            }
        }
    }
}

/// What replaces the payload. A function that returns nothing answers `null`, so that means nothing too.
fn replacement(output: Vec<u8>) -> Option<Vec<u8>> {
    let text = output.trim_ascii();
    (!text.is_empty() && text != b"null").then_some(output)
}

/// Runs a command with `input` on its standard input. It need not read it.
async fn shell(command: &str, moment: Moment, call: &Call, input: Vec<u8>) -> std::io::Result<Output> {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .env("MILLICENT_STEP", moment.name())
        .env("MILLICENT_INVOCATION", call.number.to_string())
        .env("MILLICENT_MEMORY_MB", call.memory.get().to_string())
        .env("MILLICENT_VERSION", &call.version)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        // Ctrl-C is for this program: it ends the command's call in its own time.
        .process_group(0)
        .spawn()?;
    let stdin = child.stdin.take();
    let write = async move {
        if let Some(mut stdin) = stdin {
            // A command that has ended without reading everything is no failure.
            let _ = stdin.write_all(&input).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MemoryMb;

    fn call() -> Call {
        Call { number: 3, memory: MemoryMb::new(512), version: "7".to_owned(), payload: 0, timeout: Duration::from_secs(3) }
    }

    async fn run(command: &str, input: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let step = Step::Command(command.to_owned());
        step.run(Moment::Before, &call(), input.to_vec(), |_, _| {}).await.map(|output| output.replacement)
    }

    #[tokio::test]
    async fn what_a_command_writes_replaces_the_payload() {
        assert_eq!(run("tr a b", b"{\"a\":1}").await.unwrap(), Some(b"{\"b\":1}".to_vec()));
        let environment = "printf '%s %s %s %s' $MILLICENT_STEP $MILLICENT_INVOCATION $MILLICENT_MEMORY_MB $MILLICENT_VERSION";
        assert_eq!(run(environment, b"x").await.unwrap(), Some(b"before 3 512 7".to_vec()));
        for nothing in ["cat > /dev/null", "echo", "echo null"] {
            assert_eq!(run(nothing, b"x").await.unwrap(), None, "{nothing}");
        }
    }

    #[tokio::test]
    async fn a_payload_larger_than_a_pipe_is_no_deadlock_and_need_not_be_read() {
        let large = vec![b'x'; 1 << 20];
        assert_eq!(run("cat", &large).await.unwrap().map(|output| output.len()), Some(1 << 20));
        assert_eq!(run("true", &large).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_failing_command_says_its_status_and_not_what_it_read() {
        let failure = run("cat >&2; exit 3", b"secret").await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Step);
        assert!(failure.message.starts_with("the step before invocation 3 failed") && failure.message.contains('3'));
        assert!(!failure.message.contains("secret"));
    }

    #[test]
    fn debug_output_has_no_payload() {
        let inputs = Inputs { payloads: vec![b"secret".to_vec()], ..Inputs::default() };
        let text = format!("{inputs:?}");
        assert!(text.contains("payloads: 1") && !text.contains("secret") && !text.contains("115"));
    }
}
