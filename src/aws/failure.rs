//! What AWS and the SDK say when a call does not work, as the kinds of failure that the tuner knows.
//!
//! AWS's words are shown, its response bodies never are. Some of its messages quote what was sent (the payload that is no JSON,
//! the headers that were signed, session token included): these are told in our words.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::Value;

use crate::tune::{Failure, FailureKind};

/// A message of AWS is cut after so many letters.
const LONGEST_MESSAGE: usize = 400;

/// What is to be done about missing credentials.
pub(super) const LOG_IN: &str =
    "log in, for example with `aws sso login`, name a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/// Error codes whose kind their HTTP status does not say, by the beginning or the whole of their name.
///
/// From the error lists of Invoke, UpdateFunctionConfiguration, PublishVersion, DeleteFunction, CreateAlias, FilterLogEvents and
/// S3. A network or file system that was not ready in time passes; one that is set up wrongly does not.
const KINDS: &[(&str, FailureKind)] = &[
    ("TooManyRequests", FailureKind::Throttled),
    ("Throttl", FailureKind::Throttled),
    ("RequestLimitExceeded", FailureKind::Throttled),
    ("SlowDown", FailureKind::Throttled),
    ("EC2Throttled", FailureKind::Throttled),
    ("ResourceConflict", FailureKind::Busy),
    ("ResourceNotReady", FailureKind::Busy),
    ("OperationAborted", FailureKind::Busy),
    ("ENINotReady", FailureKind::Busy),
    ("SnapStartNotReady", FailureKind::Busy),
    ("CodeArtifactUserPending", FailureKind::Busy),
    ("EC2Unexpected", FailureKind::Unavailable),
    ("EFSIO", FailureKind::Unavailable),
    ("EFSMountConnectivity", FailureKind::Unavailable),
    ("EFSMountTimeout", FailureKind::Unavailable),
    ("S3FilesMountConnectivity", FailureKind::Unavailable),
    ("S3FilesMountTimeout", FailureKind::Unavailable),
    ("SnapStartTimeout", FailureKind::Unavailable),
    ("RequestTimeout", FailureKind::Unavailable),
    ("ENILimitReached", FailureKind::Other),
    ("SubnetIPAddressLimitReached", FailureKind::Other),
    ("EFSMountFailure", FailureKind::Other),
    ("S3FilesMountFailure", FailureKind::Other),
    ("InvalidRuntime", FailureKind::Other),
    ("InvalidZipFile", FailureKind::Other),
    ("InvalidSubnetID", FailureKind::Other),
    ("InvalidSecurityGroupID", FailureKind::Other),
    ("KMSDisabled", FailureKind::Other),
    ("KMSInvalidState", FailureKind::Other),
    ("KMSNotFound", FailureKind::Other),
    ("SnapStart", FailureKind::Other),
    ("CodeArtifactUser", FailureKind::Other),
    ("CodeStorageExceeded", FailureKind::Other),
    ("ServiceQuotaExceeded", FailureKind::Other),
    ("RecursiveInvocation", FailureKind::Other),
    ("PreconditionFailed", FailureKind::RevisionChanged),
    ("ResourceNotFound", FailureKind::NotFound),
    ("NoSuch", FailureKind::NotFound),
    ("AccessDenied", FailureKind::Denied),
    ("EC2AccessDenied", FailureKind::Denied),
    ("KMSAccessDenied", FailureKind::Denied),
    ("UnrecognizedClient", FailureKind::Denied),
    ("InvalidClientTokenId", FailureKind::Denied),
    ("InvalidAccessKeyId", FailureKind::Denied),
    ("InvalidSignature", FailureKind::Denied),
    ("SignatureDoesNotMatch", FailureKind::Denied),
    ("IncompleteSignature", FailureKind::Denied),
    ("ExpiredToken", FailureKind::Denied),
    ("RequestExpired", FailureKind::Denied),
    ("MissingAuthenticationToken", FailureKind::Denied),
    ("NotAuthorized", FailureKind::Denied),
    ("OptInRequired", FailureKind::Denied),
    ("InvalidParameterValue", FailureKind::Invalid),
    ("Validation", FailureKind::Invalid),
];

/// A call that did not work: `doing` is what could not be done, `call` the name of the API call.
pub(super) fn failure_of<E>(doing: &str, call: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (kind, why) = match error {
        SdkError::ServiceError(service) => refused(call, service.err(), service.raw()),
        SdkError::TimeoutError(_) => (FailureKind::Unavailable, "no answer came in time".to_owned()),
        SdkError::ResponseError(_) => (FailureKind::Unavailable, "the answer broke off or could not be read".to_owned()),
        other => not_sent(other),
    };
    Failure::new(kind, format!("could not {doing}: {why}"))
}

/// AWS answered with an error.
fn refused(call: &str, error: &impl ProvideErrorMetadata, response: &HttpResponse) -> (FailureKind, String) {
    let status = response.status().as_u16();
    let code = error.code().unwrap_or_default();
    let message = error.message().map(one_line).filter(|message| !message.is_empty());
    let kind = kind_of(code, status, message.as_deref().unwrap_or_default());
    let said = message.unwrap_or_else(|| if code.is_empty() { format!("HTTP status {status}") } else { code.to_owned() });
    let why = match kind {
        FailureKind::Throttled => match throttle_reason(response) {
            Some(reason) => format!("too many requests: {said} ({reason})"),
            None => format!("too many requests: {said}"),
        },
        FailureKind::Denied if code.contains("Signature") => {
            "AWS does not accept the signature (is the secret key right, and the clock of this machine?)".to_owned()
        }
        FailureKind::Denied if code.starts_with("AccessDenied") => {
            format!("AWS denies {call}: {said} (`millicent tune policy ARN` prints the policy that is needed)")
        }
        FailureKind::Denied if code.starts_with("EC2") || code.starts_with("KMS") => format!("the function's role: {said}"),
        FailureKind::Denied => format!("AWS denies {call}: {said} ({LOG_IN})"),
        FailureKind::Invalid if may_quote_the_payload(call, code) => {
            "AWS could not read the payload (is it valid JSON?)".to_owned()
        }
        _ => said,
    };
    (kind, why)
}

/// Lambda quotes the part of a payload that it cannot read, so of its refusals to invoke only those are shown that are about
/// something else.
fn may_quote_the_payload(call: &str, code: &str) -> bool {
    let about_something_else = ["InvalidParameterValue", "RequestTooLarge"].iter().any(|known| code.starts_with(known));
    call == "Invoke" && !about_something_else
}

fn kind_of(code: &str, status: u16, message: &str) -> FailureKind {
    let listed = KINDS.iter().find(|(name, _)| code.starts_with(name)).map(|(_, kind)| *kind);
    match (listed, status) {
        (Some(FailureKind::Busy), _) if message.contains("already exist") => FailureKind::Exists,
        // A version that an alias points to cannot be deleted, however long one waits.
        (Some(FailureKind::Busy), _) if message.contains(" alias") => FailureKind::Other,
        (Some(kind), _) => kind,
        (None, 429) => FailureKind::Throttled,
        (None, 401 | 403) => FailureKind::Denied,
        (None, 404) => FailureKind::NotFound,
        (None, 408 | 500..) => FailureKind::Unavailable,
        (None, 409) => FailureKind::Busy,
        (None, 412) => FailureKind::RevisionChanged,
        (None, 400 | 413 | 415) => FailureKind::Invalid,
        _ => FailureKind::Other,
    }
}

/// Why AWS throttles: one word out of the body, and only if it is one.
fn throttle_reason(response: &HttpResponse) -> Option<String> {
    let body: Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    let reason = body.get("Reason")?.as_str()?;
    (reason.len() <= 60 && reason.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| reason.to_owned())
}

/// The request did not leave, or its answer did not come.
fn not_sent<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> (FailureKind, String) {
    if let Some(problem) = credentials_problem(error) {
        return (FailureKind::Denied, problem);
    }
    match error {
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            (FailureKind::Unavailable, "no answer came in time".to_owned())
        }
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().and_then(Error::source).map_or_else(String::new, chain);
            (FailureKind::Unavailable, format!("the connection failed: {cause}"))
        }
        other => (FailureKind::Other, format!("the request could not be built: {}", chain(other))),
    }
}

/// What is wrong with the credentials, if that is the cause.
fn credentials_problem(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(problem) = error.downcast_ref::<CredentialsError>() {
            return Some(credentials_words(problem));
        }
        cause = error.source();
    }
    None
}

/// What is wrong with the credentials. The last place that is looked at is a server that only machines of AWS have: that it does
/// not answer means that nothing was found anywhere.
pub(super) fn credentials_words(problem: &CredentialsError) -> String {
    let causes = chain(problem);
    match problem {
        CredentialsError::CredentialsNotLoaded(_) => format!("no AWS credentials were found ({LOG_IN})"),
        _ if causes.contains("IMDS") => format!("no AWS credentials were found, and this machine has no role ({LOG_IN})"),
        _ => format!("the AWS credentials could not be loaded: {causes} ({LOG_IN})"),
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    one_line(&words)
}

/// The first line, not too long. Later lines, also where a line break is written as `\n`, may hold what was signed.
fn one_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let line = line.split("\\n").next().unwrap_or_default().trim_end().trim_end_matches('.');
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_invoke_call_has_the_kind_that_helps() {
        for (code, status, kind) in [
            ("TooManyRequestsException", 429, FailureKind::Throttled),
            ("ThrottlingException", 400, FailureKind::Throttled),
            ("EC2ThrottledException", 502, FailureKind::Throttled),
            ("ServiceException", 500, FailureKind::Unavailable),
            ("", 503, FailureKind::Unavailable),
            ("EFSIOException", 410, FailureKind::Unavailable),
            ("EFSMountTimeoutException", 408, FailureKind::Unavailable),
            ("EFSMountFailureException", 403, FailureKind::Other),
            ("ENILimitReachedException", 502, FailureKind::Other),
            ("KMSDisabledException", 502, FailureKind::Other),
            ("KMSAccessDeniedException", 502, FailureKind::Denied),
            ("SnapStartNotReadyException", 409, FailureKind::Busy),
            ("SnapStartException", 400, FailureKind::Other),
            ("SnapStartTimeoutException", 408, FailureKind::Unavailable),
            ("ResourceNotReadyException", 502, FailureKind::Busy),
            ("ResourceConflictException", 409, FailureKind::Busy),
            ("PreconditionFailedException", 412, FailureKind::RevisionChanged),
            ("ResourceNotFoundException", 404, FailureKind::NotFound),
            ("AccessDeniedException", 403, FailureKind::Denied),
            ("UnrecognizedClientException", 400, FailureKind::Denied),
            ("ExpiredTokenException", 400, FailureKind::Denied),
            ("", 403, FailureKind::Denied),
            ("InvalidParameterValueException", 400, FailureKind::Invalid),
            ("ValidationException", 400, FailureKind::Invalid),
            ("RequestTooLargeException", 413, FailureKind::Invalid),
            ("InvalidRequestContentException", 400, FailureKind::Invalid),
            ("CodeStorageExceededException", 400, FailureKind::Other),
            ("", 418, FailureKind::Other),
        ] {
            assert_eq!(kind_of(code, status, ""), kind, "{code} {status}");
        }
    }

    #[test]
    fn a_conflict_is_told_by_its_message() {
        let conflict = |message| kind_of("ResourceConflictException", 409, message);
        assert_eq!(conflict("Alias already exists: arn:aws:lambda"), FailureKind::Exists);
        assert_eq!(conflict("Unable to delete because the following aliases reference it: [live]"), FailureKind::Other);
        assert_eq!(conflict("An update is in progress for resource"), FailureKind::Busy);
    }

    #[test]
    fn a_message_is_one_line_and_ends() {
        assert_eq!(one_line(" Rate exceeded.\nThe Canonical String was"), "Rate exceeded");
        assert_eq!(one_line("Error { message: \"no match.\\n\\nx-amz-security-token:T\" }"), "Error { message: \"no match");
        assert_eq!(one_line(&"é".repeat(1000)).chars().count(), LONGEST_MESSAGE + 1);
    }
}
