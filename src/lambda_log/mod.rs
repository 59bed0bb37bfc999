//! What Lambda itself says about one invocation: REPORT lines, `platform.report` records, error types.
//!
//! The one idea: a log is mostly written by the function, and the function may print anything. Only an entry that stands on
//! lines of its own, carries the request id and comes last is Lambda's, because Lambda reports when the handler is done.
//! A log without such an entry gives `None`: the caller then asks CloudWatch Logs, or counts a gap.
//!
//! What it never does: fill in an absent metric with zero, guess a number that is cut in half, or keep an error message,
//! which may quote the payload.

mod function_error;
mod report;

pub use function_error::{FunctionError, FunctionErrorKind, classify};
pub use report::{Report, find_report};

/// A status or an error type as Lambda and its runtimes write them: short, and made of letters, digits and `.` `_` `:` `$`.
/// Anything else is text that the function chose, which may hold a secret or control a terminal.
fn identifier(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:$".contains(&byte);
    (1..=100).contains(&text.len()).then_some(text).filter(|text| text.bytes().all(plain)).map(str::to_owned)
}
