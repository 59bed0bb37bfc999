//! Every action of the tuner as the call it is.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_lambda::Client;

use super::configuration::Configuration;
use super::connect::Connected;
use super::failure::failure_of;
use super::function_name::FunctionName;
use super::invoke::{Ran, Target, invoke};
use super::logs::Logs;
use super::step::{Inputs, Moment, Step, StepOutput};
use crate::tune::{Action, AliasState, Answer, Call, Failure, FailureKind, FunctionState, Limits, Outcome, PublishedVersion};
use crate::units::MemoryMb;

/// Carries out on AWS what the tuner asks for. Cheap to clone: every action may run as a task of its own.
#[derive(Clone)]
pub struct AwsDriver {
    shared: Arc<Shared>,
}

struct Shared {
    lambda: Client,
    logs: Logs,
    function: FunctionName,
    is_aws: bool,
    inputs: Inputs,
    before: Option<Step>,
    after: Option<Step>,
}

impl std::fmt::Debug for AwsDriver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AwsDriver").field("function", &self.shared.function).finish_non_exhaustive()
    }
}

impl AwsDriver {
    /// A driver for one function. The qualifier in its name is not used: which version is meant, each action says.
    #[must_use]
    pub fn new(connected: &Connected, function: FunctionName, inputs: Inputs) -> Self {
        let step = |step: &Option<_>| step.as_ref().map(|step| Step::new(step, connected));
        Self {
            shared: Arc::new(Shared {
                lambda: connected.lambda(None),
                logs: Logs::new(connected.logs(), function.name().to_owned()),
                function,
                is_aws: connected.is_aws(),
                before: step(&inputs.before),
                after: step(&inputs.after),
                inputs,
            }),
        }
    }

    /// Carries out one action, once. [`Action::Record`] is not for a driver: whoever runs the tuner keeps its journal.
    pub async fn perform(&self, action: Action) -> Outcome {
        let shared = &self.shared;
        let outcome = match action {
            Action::ReadFunction { qualifier } => shared.read_function(qualifier).await,
            Action::ListVersions => shared.list_versions().await,
            Action::ReadLimits => shared.read_limits().await,
            Action::UpdateFunction { memory, description, revision } => shared.update(memory, description, revision).await,
            Action::PublishVersion { description, revision, code_sha256 } => {
                shared.publish(description, revision, code_sha256).await
            }
            Action::Invoke(call) => shared.call(&call).await,
            Action::ReadReport { request_id } => shared.read_report(&request_id).await,
            Action::ReadHistory { span } => shared.read_history(span).await,
            Action::DeleteVersion { version } => shared.delete_version(version).await,
            Action::ReadAlias { name } => shared.read_alias(name).await,
            Action::CreateAlias { name, version } => shared.create_alias(name, version).await,
            Action::UpdateAlias { name, version, revision } => shared.update_alias(name, version, revision).await,
            Action::Record(_) => Err(Failure::new(FailureKind::Journal, "the driver keeps no journal")),
        };
        outcome.unwrap_or_else(Outcome::Failed)
    }
}

type Done = Result<Outcome, Failure>;

impl Shared {
    async fn read_function(&self, qualifier: Option<String>) -> Done {
        let doing = match &qualifier {
            None => "read the function".to_owned(),
            Some(qualifier) => format!("read version or alias {qualifier}"),
        };
        let request = self.lambda.get_function().function_name(self.function.function()).set_qualifier(qualifier);
        let output = request.send().await.map_err(|error| failure_of(&doing, "GetFunction", &error))?;
        let configuration = output.configuration().ok_or_else(|| incomplete(&doing))?;
        let mut state = self.state(configuration, &doing)?;
        let reserved = output.concurrency().and_then(|concurrency| concurrency.reserved_concurrent_executions());
        state.reserved_concurrency = reserved.and_then(|executions| u32::try_from(executions).ok());
        Ok(Outcome::Function(Box::new(state)))
    }

    /// The state in an answer; where the function logs to is kept.
    fn state(&self, configuration: &impl Configuration, doing: &str) -> Result<FunctionState, Failure> {
        self.logs.learn(configuration.logging());
        configuration.state().ok_or_else(|| incomplete(doing))
    }

    async fn list_versions(&self) -> Done {
        let request = self.lambda.list_versions_by_function().function_name(self.function.function());
        let mut items = request.into_paginator().items().send();
        let (mut versions, mut has_latest) = (Vec::new(), false);
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failure_of("list the versions", "ListVersionsByFunction", &error))?;
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let version = text(item.version());
            if version == "$LATEST" {
                has_latest = true;
            } else {
                let memory = MemoryMb::new(item.memory_size().and_then(|size| u32::try_from(size).ok()).unwrap_or(0));
                versions.push(PublishedVersion { version, description: text(item.description()), memory });
            }
        }
        // Every function has it. A list without it is not all there is, and must not be taken for "nothing is left".
        if !has_latest {
            let problem = "could not list the versions: the list is not complete, as $LATEST is not in it";
            return Err(Failure::new(FailureKind::Other, problem));
        }
        Ok(Outcome::Versions(versions))
    }

    async fn read_limits(&self) -> Done {
        let sent = self.lambda.get_account_settings().send().await;
        let output = sent.map_err(|error| failure_of("read the account's limits", "GetAccountSettings", &error))?;
        let executions = output.account_limit().and_then(|limit| limit.unreserved_concurrent_executions());
        Ok(Outcome::Limits(Limits { unreserved_concurrency: executions.and_then(|number| u32::try_from(number).ok()) }))
    }

    async fn update(&self, memory: MemoryMb, description: Option<String>, revision: String) -> Done {
        let doing = format!("set the function to {memory}");
        let request = self
            .lambda
            .update_function_configuration()
            .function_name(self.function.function())
            // Larger than AWS's number is larger than any function; AWS says so.
            .memory_size(i32::try_from(memory.get()).unwrap_or(i32::MAX))
            .set_description(description)
            .revision_id(revision);
        let sent = request.send().await;
        let output = sent.map_err(|error| failure_of(&doing, "UpdateFunctionConfiguration", &error))?;
        Ok(Outcome::Function(Box::new(self.state(&output, &doing)?)))
    }

    async fn publish(&self, description: String, revision: String, code_sha256: String) -> Done {
        let doing = "publish a version";
        let request = self
            .lambda
            .publish_version()
            .function_name(self.function.function())
            .description(description)
            .revision_id(revision)
            .code_sha256(code_sha256);
        let output = request.send().await.map_err(|error| failure_of(doing, "PublishVersion", &error))?;
        Ok(Outcome::Function(Box::new(self.state(&output, doing)?)))
    }

    /// The step before, the invocation, the step after.
    async fn call(&self, call: &Call) -> Done {
        let Some(mut payload) = self.inputs.payloads.get(call.payload).cloned() else {
            return Err(Failure::new(FailureKind::Other, format!("there is no payload number {}", call.payload)));
        };
        let mut step_reports = Vec::new();
        if let Some(step) = &self.before {
            let StepOutput { replacement, report } = self.step(step, Moment::Before, call, payload.clone()).await?;
            payload = replacement.unwrap_or(payload);
            step_reports.extend(report);
        }
        self.talk(call, "payload", &payload);
        let doing = format!("invoke version {}", call.version);
        let target = Target {
            client: &self.lambda,
            function: self.function.function(),
            qualifier: Some(&call.version),
            timeout: call.timeout,
            is_aws: self.is_aws,
            doing: &doing,
        };
        let Ran { answer, response } = invoke(&target, payload).await?;
        self.talk(call, if answer.error.is_some() { "error" } else { "response" }, &response);
        let mut failed_step = None;
        if let Some(step) = &self.after {
            match self.step(step, Moment::After, call, response).await {
                Ok(output) => step_reports.extend(output.report),
                // The invocation has run and is paid for: its answer is kept.
                Err(failure) => failed_step = Some(failure),
            }
        }
        Ok(Outcome::Answer(Box::new(Answer { step_reports, failed_step, ..answer })))
    }

    async fn step(&self, step: &Step, moment: Moment, call: &Call, input: Vec<u8>) -> Result<StepOutput, Failure> {
        step.run(moment, call, input, |what, bytes| self.talk(call, what, bytes)).await
    }

    /// Shows what was sent or came back, where the user asked to see it.
    fn talk(&self, call: &Call, what: &str, bytes: &[u8]) {
        if let Some(talk) = &self.inputs.talk {
            let text = String::from_utf8_lossy(bytes);
            // Nobody listens any more when the run ends.
            let _ = talk.send(format!("invocation {} at {}: {what}: {}", call.number, call.memory, text.trim_end()));
        }
    }

    async fn read_report(&self, request_id: &str) -> Done {
        self.logs.report(request_id).await.map(Outcome::Report)
    }

    async fn read_history(&self, span: Duration) -> Done {
        self.logs.history(span).await.map(Outcome::History)
    }

    /// Without a qualifier the call would delete the whole function: nothing but a number is ever sent.
    async fn delete_version(&self, version: String) -> Done {
        if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
            let problem = format!("could not delete version {version:?}: only a published version is ever deleted");
            return Err(Failure::new(FailureKind::Invalid, problem));
        }
        let doing = format!("delete version {version}");
        let request = self.lambda.delete_function().function_name(self.function.function()).qualifier(version);
        request.send().await.map_err(|error| failure_of(&doing, "DeleteFunction", &error))?;
        Ok(Outcome::Done)
    }

    async fn read_alias(&self, name: String) -> Done {
        let doing = format!("read alias {name}");
        let sent = self.lambda.get_alias().function_name(self.function.function()).name(name).send().await;
        let alias = match sent.map_err(|error| failure_of(&doing, "GetAlias", &error)) {
            Ok(alias) => alias,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(Outcome::Alias(None)),
            Err(failure) => return Err(failure),
        };
        let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
        Ok(Outcome::Alias(Some(AliasState {
            version: alias.function_version().unwrap_or_default().to_owned(),
            revision: alias.revision_id().unwrap_or_default().to_owned(),
            routes_elsewhere: weights.is_some_and(|weights| !weights.is_empty()),
        })))
    }

    async fn create_alias(&self, name: String, version: String) -> Done {
        let doing = format!("create alias {name}");
        let request = self.lambda.create_alias().function_name(self.function.function()).name(name).function_version(version);
        request.send().await.map_err(|error| failure_of(&doing, "CreateAlias", &error))?;
        Ok(Outcome::Done)
    }

    async fn update_alias(&self, name: String, version: String, revision: String) -> Done {
        let doing = format!("point alias {name} to version {version}");
        let request = self.lambda.update_alias().function_name(self.function.function()).name(name);
        let sent = request.function_version(version).revision_id(revision).send().await;
        sent.map_err(|error| failure_of(&doing, "UpdateAlias", &error))?;
        Ok(Outcome::Done)
    }
}

/// An answer without what every function has.
fn incomplete(doing: &str) -> Failure {
    Failure::new(FailureKind::Unavailable, format!("could not {doing}: the answer leaves out the function's configuration"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::super::step::ProcessingStep;
    use super::super::wire::{Canned, Wire, json};
    use super::*;
    use crate::lambda_log::FunctionErrorKind;
    use crate::tune::Progress;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:resize";
    const SECRET: &str = "hunter2-payload";

    fn inputs() -> Inputs {
        Inputs { payloads: vec![format!("{{\"password\":\"{SECRET}\"}}").into_bytes()], ..Inputs::default() }
    }

    async fn perform_with(wire: &Wire, inputs: Inputs, action: Action) -> Outcome {
        AwsDriver::new(&wire.connected(), "resize".parse().unwrap(), inputs).perform(action).await
    }

    async fn perform(wire: &Wire, action: Action) -> Outcome {
        perform_with(wire, inputs(), action).await
    }

    fn invoke() -> Action {
        let (memory, timeout) = (MemoryMb::new(512), Duration::from_secs(3));
        Action::Invoke(Call { number: 3, memory, version: "7".to_owned(), payload: 0, timeout })
    }

    fn refusal(status: u16, code: &str, message: &str) -> Canned {
        json(status, &format!("{{\"message\":{message:?}}}")).with("x-amzn-errortype", code)
    }

    fn report_line(id: &str) -> String {
        format!("REPORT RequestId: {id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t\n")
    }

    fn answer(id: &str, body: &str) -> Canned {
        json(200, body)
            .with("x-amzn-requestid", id)
            .with("x-amz-executed-version", "7")
            .with("x-amz-log-result", &STANDARD.encode(report_line(id)))
    }

    fn configuration(version: &str, memory_mb: u32) -> String {
        format!(
            "{{\"FunctionArn\":\"{ARN}\",\"Version\":\"{version}\",\"MemorySize\":{memory_mb},\"Timeout\":3,\
             \"RevisionId\":\"r\",\"CodeSha256\":\"c\",\"State\":\"Active\",\"LastUpdateStatus\":\"InProgress\",\
             \"LoggingConfig\":{{\"LogGroup\":\"/own/group\"}}}}"
        )
    }

    fn failure(outcome: Outcome) -> Failure {
        match outcome {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_function_is_read_with_its_reserved_concurrency() {
        let body =
            format!("{{\"Configuration\":{},\"Concurrency\":{{\"ReservedConcurrentExecutions\":5}}}}", configuration("7", 512));
        let wire = Wire::new(vec![json(200, &body)]);
        let Outcome::Function(state) = perform(&wire, Action::ReadFunction { qualifier: Some("7".to_owned()) }).await else {
            panic!("no function")
        };
        assert_eq!((state.reserved_concurrency, state.memory.get(), state.version.as_str()), (Some(5), 512, "7"));
        assert_eq!((&state.state, &state.last_update), (&Progress::Ready, &Progress::Pending));
        assert!(
            wire.seen()[0].starts_with("GET ") && wire.seen()[0].contains("/functions/resize?Qualifier=7"),
            "{:?}",
            wire.seen()
        );
    }

    #[tokio::test]
    async fn an_answer_without_a_configuration_is_an_answer_that_was_lost() {
        let lost = failure(perform(&Wire::new(vec![json(200, "{}")]), Action::ReadFunction { qualifier: None }).await);
        assert_eq!(lost.kind, FailureKind::Unavailable);
    }

    #[tokio::test]
    async fn versions_come_page_by_page_and_latest_is_none() {
        let wire = Wire::new(vec![
            json(
                200,
                "{\"Versions\":[{\"Version\":\"$LATEST\"},{\"Version\":\"1\",\"Description\":\"d\"}],\"NextMarker\":\"m\"}",
            ),
            json(200, "{\"Versions\":[{\"Version\":\"2\",\"MemorySize\":512}]}"),
        ]);
        let Outcome::Versions(versions) = perform(&wire, Action::ListVersions).await else { panic!("no versions") };
        let found: Vec<_> =
            versions.iter().map(|one| (one.version.as_str(), one.description.as_str(), one.memory.get())).collect();
        assert_eq!(found, [("1", "d", 0), ("2", "", 512)]);
        assert!(wire.seen()[1].contains("Marker=m"));
    }

    #[tokio::test]
    async fn a_list_without_latest_is_not_taken_for_no_versions() {
        let outcome = perform(&Wire::new(vec![json(200, "{\"Versions\":[]}")]), Action::ListVersions).await;
        assert!(failure(outcome).message.starts_with("could not list the versions: the list is not complete"));
    }

    #[tokio::test]
    async fn limits_are_read() {
        let wire = Wire::new(vec![json(200, "{\"AccountLimit\":{\"UnreservedConcurrentExecutions\":900}}")]);
        assert_eq!(perform(&wire, Action::ReadLimits).await, Outcome::Limits(Limits { unreserved_concurrency: Some(900) }));
    }

    #[tokio::test]
    async fn changing_and_publishing_name_what_they_are_based_on() {
        let wire = Wire::new(vec![json(200, &configuration("$LATEST", 1024)), json(201, &configuration("8", 1024))]);
        let update = Action::UpdateFunction { memory: MemoryMb::new(1024), description: None, revision: "r1".to_owned() };
        assert!(matches!(perform(&wire, update).await, Outcome::Function(state) if state.memory.get() == 1024));
        let publish =
            Action::PublishVersion { description: "mark".to_owned(), revision: "r2".to_owned(), code_sha256: "c".to_owned() };
        assert!(matches!(perform(&wire, publish).await, Outcome::Function(state) if state.version == "8"));
        let seen = wire.seen();
        assert!(seen[0].contains("\"RevisionId\":\"r1\"") && seen[0].contains("\"MemorySize\":1024"), "{seen:?}");
        assert!(!seen[0].contains("Description"), "what is not given is left alone");
        assert!(seen[1].contains("\"RevisionId\":\"r2\"") && seen[1].contains("\"CodeSha256\":\"c\""), "{seen:?}");
    }

    #[tokio::test]
    async fn an_invocation_brings_its_report_and_nothing_of_its_payload() {
        let wire = Wire::new(vec![answer("a", &format!("{{\"echo\":\"{SECRET}\"}}"))]);
        let outcome = perform(&wire, invoke()).await;
        assert!(!format!("{outcome:?}").contains(SECRET));
        let Outcome::Answer(answer) = outcome else { panic!("no answer") };
        assert_eq!((answer.request_id.as_deref(), answer.executed_version.as_deref()), (Some("a"), Some("7")));
        assert_eq!((answer.report.map(|report| report.billed_ms), answer.error), (Some(13), None));
        assert!(answer.client_ms > 0.0 && answer.step_reports.is_empty());
        let seen = wire.seen();
        assert!(seen[0].contains("/functions/resize/invocations?Qualifier=7") && seen[0].contains(SECRET));
        assert!(seen[0].contains("x-amz-log-type: Tail") && seen[0].contains("x-amz-invocation-type: RequestResponse"));
        assert!(seen[0].contains("app/millicent"), "{seen:?}");
    }

    #[tokio::test]
    async fn a_function_error_has_its_kind_and_no_message() {
        let body = format!("{{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"signal: killed {SECRET}\"}}");
        let outcome = perform(&Wire::new(vec![answer("a", &body).with("x-amz-function-error", "Unhandled")]), invoke()).await;
        assert!(!format!("{outcome:?}").contains(SECRET));
        let Outcome::Answer(answer) = outcome else { panic!("no answer") };
        assert_eq!(answer.error.map(|error| error.kind), Some(FunctionErrorKind::OutOfMemory));
    }

    #[tokio::test]
    async fn a_refused_or_lost_invocation_is_sent_once() {
        let throttled =
            json(429, "{\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\",\"message\":\"Rate Exceeded.\"}")
                .with("x-amzn-errortype", "TooManyRequestsException");
        for (first, kind) in [
            (throttled, FailureKind::Throttled),
            (refusal(500, "ServiceException", "sorry"), FailureKind::Unavailable),
            (json(503, "<html>busy</html>"), FailureKind::Unavailable),
            (Canned::Reset, FailureKind::Unavailable),
        ] {
            let wire = Wire::new(vec![first, answer("a", "1")]);
            let failed = failure(perform(&wire, invoke()).await);
            assert_eq!((failed.kind, wire.seen().len()), (kind, 1), "{failed}");
            assert!(failed.message.starts_with("could not invoke version 7: "), "{failed}");
            if kind == FailureKind::Throttled {
                let said = "could not invoke version 7: too many requests: Rate Exceeded \
                            (ReservedFunctionConcurrentInvocationLimitExceeded)";
                assert_eq!(failed.message, said);
            }
        }
    }

    #[tokio::test]
    async fn an_error_that_quotes_the_request_is_told_in_other_words() {
        let quoting = format!("Could not parse request body into json: [Source: (byte[])\"{SECRET}\"; line: 1]");
        let signed = "The request signature we calculated does not match\n\nx-amz-security-token:session-token";
        for (canned, kind) in [
            (refusal(400, "InvalidRequestContentException", &quoting), FailureKind::Invalid),
            (refusal(403, "InvalidSignatureException", signed), FailureKind::Denied),
            (refusal(403, "IncompleteSignatureException", "Authorization=AWS4 session-token"), FailureKind::Denied),
            (refusal(400, "SomethingNewException", SECRET), FailureKind::Invalid),
            (json(400, &format!("{{\"echo\":\"{SECRET}\"}}")), FailureKind::Invalid),
        ] {
            let failed = failure(perform(&Wire::new(vec![canned]), invoke()).await);
            assert_eq!(failed.kind, kind, "{failed}");
            assert!(!failed.message.contains(SECRET) && !failed.message.contains("session-token"), "{failed}");
            assert!(!failed.message.contains('\n'));
        }
    }

    #[tokio::test]
    async fn credentials_that_are_gone_and_connections_that_break_are_told_apart() {
        let wire = Wire::new(vec![]);
        let driver = AwsDriver::new(&wire.connected_without_credentials(), "resize".parse().unwrap(), inputs());
        let failed = failure(driver.perform(Action::ListVersions).await);
        assert_eq!(failed.kind, FailureKind::Denied, "{failed}");
        assert!(failed.message.starts_with("could not list the versions: no AWS credentials were found (log in"), "{failed}");
        assert!(wire.seen().is_empty());
        let failed = failure(perform(&Wire::new(vec![Canned::Reset]), Action::ReadLimits).await);
        assert_eq!(failed.message, "could not read the account's limits: the connection failed: connection reset by peer");
        let connected = Wire::new(vec![Canned::Silence]).connected_for(Duration::from_millis(1));
        let failed = failure(AwsDriver::new(&connected, "resize".parse().unwrap(), inputs()).perform(Action::ReadLimits).await);
        assert_eq!(failed.message, "could not read the account's limits: no answer came in time");
        assert_eq!(failed.kind, FailureKind::Unavailable);
    }

    #[tokio::test]
    async fn a_denied_call_names_itself_and_the_remedy() {
        let denied = refusal(403, "AccessDeniedException", "User: u is not authorized to perform: lambda:GetFunction");
        let failed = failure(perform(&Wire::new(vec![denied]), Action::ReadFunction { qualifier: None }).await);
        assert_eq!(
            failed.message,
            "could not read the function: AWS denies GetFunction: User: u is not authorized to perform: lambda:GetFunction \
             (`millicent tune policy ARN` prints the policy that is needed)"
        );
        let expired = refusal(403, "ExpiredTokenException", "The security token included in the request is expired");
        let failed = failure(perform(&Wire::new(vec![expired]), Action::ListVersions).await);
        assert!(failed.kind == FailureKind::Denied && failed.message.contains("log in"), "{failed}");
    }

    #[tokio::test]
    async fn a_change_by_others_and_a_size_that_is_refused_are_told_apart() {
        let update = || Action::UpdateFunction { memory: MemoryMb::new(9), description: None, revision: "r".to_owned() };
        for (status, code, kind) in [
            (412, "PreconditionFailedException", FailureKind::RevisionChanged),
            (400, "InvalidParameterValueException", FailureKind::Invalid),
            (409, "ResourceConflictException", FailureKind::Busy),
            (404, "ResourceNotFoundException", FailureKind::NotFound),
        ] {
            let failed = failure(perform(&Wire::new(vec![refusal(status, code, "words of AWS.")]), update()).await);
            assert_eq!((failed.kind, failed.message.as_str()), (kind, "could not set the function to 9 MB: words of AWS"));
        }
    }

    #[tokio::test]
    async fn nothing_but_a_numbered_version_is_ever_deleted() {
        for version in ["", "$LATEST", "live", "7a", " 7", "-1", "٧"] {
            let wire = Wire::new(vec![json(204, "")]);
            let refused = failure(perform(&wire, Action::DeleteVersion { version: version.to_owned() }).await);
            assert_eq!((refused.kind, wire.seen().len()), (FailureKind::Invalid, 0), "{version}");
        }
        let wire = Wire::new(vec![json(204, "")]);
        assert_eq!(perform(&wire, Action::DeleteVersion { version: "7".to_owned() }).await, Outcome::Done);
        assert!(wire.seen()[0].starts_with("DELETE ") && wire.seen()[0].contains("/functions/resize?Qualifier=7"));
    }

    #[tokio::test]
    async fn aliases_are_read_created_and_pointed() {
        let read = || Action::ReadAlias { name: "live".to_owned() };
        let body =
            "{\"FunctionVersion\":\"7\",\"RevisionId\":\"r\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"8\":0.1}}}";
        let state = AliasState { version: "7".to_owned(), revision: "r".to_owned(), routes_elsewhere: true };
        assert_eq!(perform(&Wire::new(vec![json(200, body)]), read()).await, Outcome::Alias(Some(state)));
        let missing = refusal(404, "ResourceNotFoundException", "Cannot find alias");
        assert_eq!(perform(&Wire::new(vec![missing]), read()).await, Outcome::Alias(None));
        let create = || Action::CreateAlias { name: "live".to_owned(), version: "7".to_owned() };
        assert_eq!(perform(&Wire::new(vec![json(201, "{}")]), create()).await, Outcome::Done);
        let exists = refusal(409, "ResourceConflictException", "Alias already exists: live");
        assert_eq!(failure(perform(&Wire::new(vec![exists]), create()).await).kind, FailureKind::Exists);
        let wire = Wire::new(vec![json(200, "{}")]);
        let point = Action::UpdateAlias { name: "live".to_owned(), version: "7".to_owned(), revision: "r".to_owned() };
        assert_eq!(perform(&wire, point).await, Outcome::Done);
        assert!(wire.seen()[0].contains("\"RevisionId\":\"r\"") && !wire.seen()[0].contains("RoutingConfig"));
    }

    #[tokio::test]
    async fn a_report_is_looked_for_in_the_functions_own_log_group() {
        let event = format!("{{\"events\":[{{\"message\":\"START\"}},{{\"message\":{:?}}}]}}", report_line("a"));
        let function = format!("{{\"Configuration\":{}}}", configuration("$LATEST", 512));
        let wire = Wire::new(vec![
            json(200, "{\"events\":[],\"nextToken\":\"t\"}"),
            json(200, &event),
            json(200, &function),
            json(200, "{}"),
        ]);
        let driver = AwsDriver::new(&wire.connected(), "resize".parse().unwrap(), inputs());
        let read = || Action::ReadReport { request_id: "a".to_owned() };
        assert!(matches!(driver.perform(read()).await, Outcome::Report(Some(report)) if report.billed_ms == 13));
        assert!(wire.seen()[0].contains("/aws/lambda/resize") && wire.seen()[0].contains("\\\"a\\\""), "{:?}", wire.seen());
        driver.perform(Action::ReadFunction { qualifier: None }).await;
        assert_eq!(driver.perform(read()).await, Outcome::Report(None));
        assert!(wire.seen()[3].contains("/own/group"));
        let missing = refusal(400, "ResourceNotFoundException", "The specified log group does not exist.");
        assert_eq!(perform(&Wire::new(vec![missing]), read()).await, Outcome::Report(None));
    }

    #[tokio::test]
    async fn steps_change_the_payload_get_the_response_and_cost_money() {
        let (talk, heard) = channel();
        let step = ProcessingStep::Function("arn:aws:lambda:us-east-1:123456789012:function:prepare:live".parse().unwrap());
        let after = ProcessingStep::Command("grep -q responded".to_owned());
        let steps = || Inputs { before: Some(step.clone()), after: Some(after.clone()), ..inputs() };
        let wire = Wire::new(vec![answer("s", "{\"new\":1}"), answer("a", "\"responded\"")]);
        let outcome = perform_with(&wire, Inputs { talk: Some(talk), ..steps() }, invoke()).await;
        let Outcome::Answer(answered) = outcome else { panic!("{outcome:?}") };
        assert_eq!(answered.step_reports.iter().map(|report| report.request_id.as_str()).collect::<Vec<_>>(), ["s"]);
        let seen = wire.seen();
        assert!(
            seen[0].contains("lambda.us-east-1.amazonaws.com") && seen[0].contains("Qualifier=live") && seen[0].contains(SECRET)
        );
        assert!(seen[1].ends_with("{\"new\":1}"), "{seen:?}");
        let heard: Vec<String> = heard.try_iter().collect();
        assert_eq!(heard, ["invocation 3 at 512 MB: payload: {\"new\":1}", "invocation 3 at 512 MB: response: \"responded\""]);

        let wire = Wire::new(vec![answer("s", SECRET).with("x-amz-function-error", "Handled")]);
        let failed = failure(perform_with(&wire, steps(), invoke()).await);
        assert_eq!((failed.kind, wire.seen().len()), (FailureKind::Step, 1), "the function is not invoked");
        assert!(!failed.message.contains(SECRET));
        let wire = Wire::new(vec![refusal(429, "TooManyRequestsException", "Rate Exceeded.")]);
        let failed = failure(perform_with(&wire, steps(), invoke()).await);
        assert_eq!((failed.kind, wire.seen().len()), (FailureKind::Throttled, 1), "nothing has run: the call can be tried again");
        let wire = Wire::new(vec![answer("s", "null"), answer("a", SECRET)]);
        let Outcome::Answer(answered) = perform_with(&wire, steps(), invoke()).await else { panic!("no answer") };
        let failed = answered.failed_step.unwrap();
        assert!(failed.kind == FailureKind::Step && failed.message.contains("after") && !failed.message.contains(SECRET));
        assert!(wire.seen()[1].contains(SECRET), "`null` leaves the payload");
    }

    #[tokio::test]
    async fn what_is_no_call_is_refused() {
        let entry = crate::tune::Entry::Restored;
        assert_eq!(failure(perform(&Wire::new(vec![]), Action::Record(entry)).await).kind, FailureKind::Journal);
        let wire = Wire::new(vec![]);
        let nothing = perform_with(&wire, Inputs::default(), invoke()).await;
        assert_eq!((failure(nothing).kind, wire.seen().len()), (FailureKind::Other, 0));
    }

    #[test]
    fn actions_can_be_tasks() {
        fn is_task<T: Send + 'static>(_: &T) {}
        let driver = AwsDriver::new(&Wire::new(vec![]).connected(), "resize".parse().unwrap(), inputs());
        let task = async move { driver.clone().perform(Action::ListVersions).await };
        is_task(&task);
    }
}
