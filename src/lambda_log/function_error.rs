//! Why an invocation failed: for want of time, for want of memory, by a crash, or because the handler said so.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Report, identifier};

/// The kinds of failure that call for different answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionErrorKind {
    /// The function's timeout ended it: its duration is only a lower bound.
    Timeout,
    /// The memory was too small: Lambda killed the process, or the language could not allocate.
    OutOfMemory,
    /// The process of the runtime or of an extension ended, for another reason.
    Crash,
    /// The handler returned an error; the environment goes on.
    Handler,
}

impl FunctionErrorKind {
    /// Whether the next invocation must be taken for one in a new environment, with an init hidden in its duration.
    ///
    /// Out of memory counts always, although Python's runtime survives the `MemoryError` that it reports: an environment that
    /// lives on keeps the memory of the failed invocation, and an invocation thrown away costs less than a wrong sample.
    #[must_use]
    pub fn replaces_environment(self) -> bool {
        self != Self::Handler
    }
}

/// Why an invocation failed. Of the error only its type is kept: the message may quote the payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// What kind of failure it is.
    pub kind: FunctionErrorKind,
    /// The error's type, when it looks like one: at most 100 letters, digits and `.` `_` `:` `$`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
}

/// Classifies a failed invocation by the response's `X-Amz-Function-Error` header and payload, with the report beside them.
///
/// That the memory was full is no evidence: environments keep what earlier invocations used, and some kills come before the
/// meter shows them. `Handled` means that a live runtime passed on an error, so what the payload says did not end it.
///
/// ```
/// # use millicent::lambda_log::{FunctionErrorKind, classify};
/// let payload = br#"{"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited with error: signal: killed"}"#;
/// assert_eq!(classify("Unhandled", payload, None).kind, FunctionErrorKind::OutOfMemory);
/// ```
#[must_use]
pub fn classify(function_error_header: &str, error_payload: &[u8], report: Option<&Report>) -> FunctionError {
    let ended = !function_error_header.trim().eq_ignore_ascii_case("Handled");
    let payload = ErrorPayload::read(error_payload);
    let reported = report.and_then(|report| report.error_type.as_deref());
    let any_type = |is: fn(&str) -> bool| payload.error_type.as_deref().into_iter().chain(reported).any(is);

    let kind = if report.is_some_and(|report| report.status.as_deref() == Some("timeout")) || ended && payload.says_timed_out() {
        FunctionErrorKind::Timeout
    } else if any_type(is_out_of_memory) || payload.says_out_of_memory() || any_type(is_exit) && payload.says_killed() {
        FunctionErrorKind::OutOfMemory
    } else if ended && any_type(is_crash) {
        FunctionErrorKind::Crash
    } else {
        FunctionErrorKind::Handler
    };
    FunctionError { kind, error_type: payload.error_type.as_deref().or(reported).and_then(identifier) }
}

/// What a runtime, or Lambda in its place, wrote about the error.
struct ErrorPayload {
    error_type: Option<String>,
    message: String,
}

impl ErrorPayload {
    /// A payload that is no JSON object, or half of one, is a message; a type may still be read from it.
    fn read(bytes: &[u8]) -> Self {
        let member = |object: &Value, key| object.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Ok(object @ Value::Object(_)) = serde_json::from_slice(bytes) {
            let message = member(&object, "errorMessage").unwrap_or_default();
            return Self { error_type: member(&object, "errorType"), message };
        }
        let message = String::from_utf8_lossy(bytes).into_owned();
        let error_type = message
            .split_once("\"errorType\"")
            .and_then(|(_, after)| after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"'))
            .map(|(error_type, _)| error_type.to_owned());
        Self { error_type, message }
    }

    /// Lambda names this error or leaves its type out; a handler that passes on somebody else's timeout has a type of its own.
    fn says_timed_out(&self) -> bool {
        let by_lambda =
            self.error_type.as_deref().is_none_or(|name| name.starts_with("Sandbox.") || name.starts_with("Runtime."));
        self.error_type.as_deref() == Some("Sandbox.Timedout") || by_lambda && self.message.contains("Task timed out after ")
    }

    fn says_out_of_memory(&self) -> bool {
        OUT_OF_MEMORY_MESSAGES.iter().any(|text| self.message.contains(text))
    }

    /// The kernel's out-of-memory killer ends a process with SIGKILL; crashes end it with other signals.
    fn says_killed(&self) -> bool {
        self.message.contains("signal: killed")
    }
}

/// What allocators say when there is no memory: V8's heap, Go's runtime, Rust's standard library, and the C library's ENOMEM.
const OUT_OF_MEMORY_MESSAGES: [&str; 4] =
    ["heap out of memory", "runtime: out of memory", "memory allocation of ", "Cannot allocate memory"];

/// The last words of the types: Lambda, Python, NumPy, Ruby, Java, .NET, C++, Node.js.
const OUT_OF_MEMORY_TYPES: [&str; 8] = [
    "OutOfMemory",
    "MemoryError",
    "_ArrayMemoryError",
    "NoMemoryError",
    "OutOfMemoryError",
    "OutOfMemoryException",
    "bad_alloc",
    "ERR_WORKER_OUT_OF_MEMORY",
];

/// Errors that a live runtime reports under Lambda's prefix: a request or response that is no JSON, and the customary type of a
/// custom runtime's handler error.
const OF_A_LIVE_RUNTIME: [&str; 4] =
    ["Runtime.HandlerError", "Runtime.LambdaContextUnmarshalError", "Runtime.MarshalError", "Runtime.UnmarshalError"];

fn is_out_of_memory(error_type: &str) -> bool {
    // Ruby's types are wrapped: `Function<NoMemoryError>`.
    let mut words = error_type.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.find(|word| !word.is_empty()).is_some_and(|last| OUT_OF_MEMORY_TYPES.contains(&last))
}

fn is_exit(error_type: &str) -> bool {
    error_type == "Runtime.ExitError"
}

fn is_crash(error_type: &str) -> bool {
    ["Runtime.", "Extension.", "Sandbox."].iter().any(|prefix| error_type.starts_with(prefix))
        && !OF_A_LIVE_RUNTIME.contains(&error_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda_log::find_report;
    use FunctionErrorKind::{Crash, Handler, OutOfMemory, Timeout};
    use proptest::prelude::*;

    fn kind(payload: &str) -> FunctionErrorKind {
        classify("Unhandled", payload.as_bytes(), None).kind
    }

    fn typed(error_type: &str, message: &str) -> String {
        serde_json::json!({ "errorType": error_type, "errorMessage": message, "trace": [] }).to_string()
    }

    fn report(fields: &str) -> Report {
        find_report(&format!("REPORT RequestId: a\tDuration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB{fields}"), None)
            .unwrap()
    }

    #[test]
    fn a_timeout_is_told_by_its_message_its_type_or_the_report() {
        assert_eq!(kind(r#"{"errorMessage":"2026-01-05T10:00:00.000Z 6f7a Task timed out after 3.00 seconds"}"#), Timeout);
        assert_eq!(kind(&typed("Sandbox.Timedout", "RequestId: 6f7a Error: Task timed out after 3.00 seconds")), Timeout);
        assert_eq!(kind(&typed("Sandbox.Timedout", "")), Timeout);
        let timed_out = report("\tStatus: timeout");
        for payload in ["", "{}", "null", "\u{1}"] {
            assert_eq!(classify("Unhandled", payload.as_bytes(), Some(&timed_out)).kind, Timeout);
        }
    }

    #[test]
    fn a_timeout_that_the_handler_passes_on_is_the_handlers() {
        assert_eq!(kind(&typed("InvocationError", "downstream: Task timed out after 3.00 seconds")), Handler);
        assert_eq!(kind(&typed("TimeoutError", "socket timed out after 3 seconds")), Handler);
    }

    #[test]
    fn a_kill_is_out_of_memory_and_another_exit_is_a_crash() {
        let exit =
            |how: &str| kind(&typed("Runtime.ExitError", &format!("RequestId: 6f7a Error: Runtime exited with error: {how}")));
        assert_eq!(exit("signal: killed"), OutOfMemory);
        assert_eq!(exit("exit status 1"), Crash);
        assert_eq!(exit("signal: segmentation fault (core dumped)"), Crash);
        assert_eq!(exit("exit status 137"), Crash); // .NET exits with it when it cannot start, with memory to spare
        assert_eq!(kind(&typed("Error", "ffmpeg ended with signal: killed")), Handler);
    }

    #[test]
    fn languages_say_in_their_own_words_that_memory_is_short() {
        for error_type in [
            "Runtime.OutOfMemory",
            "MemoryError",
            "numpy.core._exceptions._ArrayMemoryError",
            "java.lang.OutOfMemoryError",
            "System.OutOfMemoryException",
            "OutOfMemoryException",
            "Function<NoMemoryError>",
            "std::bad_alloc",
            "ERR_WORKER_OUT_OF_MEMORY",
        ] {
            assert_eq!(kind(&typed(error_type, "")), OutOfMemory, "{error_type}");
        }
        for message in [
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            "fatal error: runtime: out of memory",
            "memory allocation of 1073741824 bytes failed",
            "[Errno 12] Cannot allocate memory",
        ] {
            assert_eq!(kind(&typed("Error", message)), OutOfMemory, "{message}");
        }
        assert_eq!(kind(&typed("OutOfMemoryCardError", "")), Handler);
    }

    #[test]
    fn full_memory_alone_is_no_evidence() {
        assert_eq!(classify("Unhandled", typed("ValueError", "no").as_bytes(), Some(&report(""))).kind, Handler);
        let killed = report("\tStatus: error\tError Type: Runtime.OutOfMemory");
        let error = classify("Unhandled", b"", Some(&killed));
        assert_eq!((error.kind, error.error_type.as_deref()), (OutOfMemory, Some("Runtime.OutOfMemory")));
    }

    #[test]
    fn what_ends_a_process_is_a_crash_and_what_a_runtime_reports_is_not() {
        for error_type in
            ["Runtime.ExitStatus", "Runtime.ImportModuleError", "Runtime.Unknown", "Extension.Crash", "Sandbox.Failure"]
        {
            assert_eq!(kind(&typed(error_type, "")), Crash, "{error_type}");
        }
        for error_type in
            OF_A_LIVE_RUNTIME.iter().chain(&["ValueError", "java.lang.RuntimeException", "Function.Unknown", "RuntimeError"])
        {
            assert_eq!(kind(&typed(error_type, "")), Handler, "{error_type}");
        }
        // A Go panic names its value; that the process then ended is in the report.
        let ended = report("\tStatus: error\tError Type: Runtime.ExitError");
        assert_eq!(classify("Unhandled", typed("boundsError", "index").as_bytes(), Some(&ended)).kind, Crash);
    }

    #[test]
    fn a_handled_error_ended_nothing() {
        assert_eq!(classify("Handled", typed("Runtime.ExitError", "exit status 1").as_bytes(), None).kind, Handler);
        assert_eq!(classify("Handled", typed("MemoryError", "").as_bytes(), None).kind, OutOfMemory);
    }

    #[test]
    fn after_all_but_a_handlers_error_the_next_invocation_hides_an_init() {
        assert!([Timeout, OutOfMemory, Crash].into_iter().all(FunctionErrorKind::replaces_environment));
        assert!(!Handler.replaces_environment());
    }

    #[test]
    fn a_payload_cut_in_half_still_has_its_type() {
        let cut = br#"{"errorType": "Runtime.ExitError","errorMessage":"Error: Runtime exited with error: signal: killed"#;
        let error = classify("Unhandled", cut, None);
        assert_eq!((error.kind, error.error_type.as_deref()), (OutOfMemory, Some("Runtime.ExitError")));
        assert_eq!(kind(r#"{"errorType": "Runtime.Exi"#), Handler);
        assert_eq!(kind("\"6f7a Task timed out after 3.00 seconds\""), Timeout);
        assert_eq!(classify("", &[0xff, 0xfe, b'{'], None), FunctionError { kind: Handler, error_type: None });
    }

    #[test]
    fn neither_the_message_nor_an_odd_type_is_kept() {
        let error = classify("Unhandled", typed("ValueError", "card 4111").as_bytes(), None);
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"kind":"handler","error_type":"ValueError"}"#);
        for odd in ["card 4111", "a\u{1b}[31m", "", "naïve", "a-b", &"a".repeat(101)] {
            assert_eq!(classify("Unhandled", typed(odd, "").as_bytes(), None).error_type, None, "{odd}");
        }
        let longest = "a".repeat(100);
        assert_eq!(classify("Unhandled", typed(&longest, "").as_bytes(), None).error_type, Some(longest));
    }

    proptest! {
        #[test]
        fn only_identifiers_are_kept_of_any_bytes(header in ".{0,12}", payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let error = classify(&header, &payload, None);
            prop_assert!(error.error_type.is_none_or(|name| identifier(&name).is_some()));
        }
    }
}
