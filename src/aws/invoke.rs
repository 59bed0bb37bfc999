//! One invocation over the wire: sent once, timed, its log tail read.

use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::RequestId as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::connect::invoke_config;
use super::failure::failure_of;
use crate::lambda_log::{Report, classify, find_report};
use crate::tune::{Answer, Failure};

/// What to invoke.
pub(super) struct Target<'a> {
    pub(super) client: &'a Client,
    pub(super) function: &'a str,
    pub(super) qualifier: Option<&'a str>,
    pub(super) timeout: Duration,
    /// Whether AWS itself answers.
    pub(super) is_aws: bool,
    /// What is done, for people: `invoke version 7`.
    pub(super) doing: &'a str,
}

/// What came back: the answer for the tuner, and the response, which stays here.
pub(super) struct Ran {
    pub(super) answer: Answer,
    pub(super) response: Vec<u8>,
}

/// Invokes once and waits for the response.
pub(super) async fn invoke(target: &Target<'_>, payload: Vec<u8>) -> Result<Ran, Failure> {
    let request = target
        .client
        .invoke()
        .function_name(target.function)
        .set_qualifier(target.qualifier.map(str::to_owned))
        .invocation_type(InvocationType::RequestResponse)
        .log_type(LogType::Tail)
        .payload(Blob::new(payload))
        .customize()
        .config_override(invoke_config(target.timeout));
    let begun = now();
    let sent = request.send().await;
    let client_ms = begun.elapsed().as_secs_f64() * 1_000.0;
    let output = sent.map_err(|error| failure_of(target.doing, "Invoke", &error))?;

    let request_id = output.request_id().map(str::to_owned);
    let tail = output.log_result().and_then(|tail| STANDARD.decode(tail).ok()).unwrap_or_default();
    let report = report_of(&String::from_utf8_lossy(&tail), request_id.as_deref(), target.is_aws);
    let response = output.payload.map(Blob::into_inner).unwrap_or_default();
    let error = output.function_error.as_ref().map(|header| classify(header, &response, report.as_ref()));
    let executed_version = output.executed_version;
    let answer = Answer { request_id, executed_version, error, report, client_ms, step_reports: Vec::new(), failed_step: None };
    Ok(Ran { answer, response })
}

/// The report of this request. Some stand-ins for AWS give the function another request id than they give the caller; of them,
/// and only of them, the last report in the tail is taken: a tail holds one invocation.
fn report_of(tail: &str, request_id: Option<&str>, is_aws: bool) -> Option<Report> {
    let own = request_id.and_then(|id| find_report(tail, Some(id)));
    own.or_else(|| find_report(tail, None).filter(|_| !is_aws))
}

#[expect(clippy::disallowed_methods, reason = "the round trip is measured where it is made")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_aws_only_the_report_of_the_request_counts() {
        let tail = "REPORT RequestId: a\tDuration: 1.00 ms\tBilled Duration: 1 ms\t\n";
        for (id, is_aws, found) in [
            (Some("a"), true, true),
            (Some("b"), true, false),
            (None, true, false),
            (Some("b"), false, true),
            (None, false, true),
        ] {
            assert_eq!(report_of(tail, id, is_aws).is_some(), found, "{id:?} {is_aws}");
        }
    }
}
