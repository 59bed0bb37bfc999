//! What the function's logs have of its calls: the report of one request, and the newest reports of all.
//!
//! Only FilterLogEvents is called, which is free; Logs Insights would charge for what it looks at. Of an event nothing but the
//! report is kept: whatever else a function writes stays here.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use aws_sdk_lambda::types::{LogFormat, LoggingConfig};

use super::failure::failure_of;
use crate::lambda_log::{Report, find_report};
use crate::tune::{Failure, FailureKind, LoggedCall, LoggedCalls};

/// A report is looked for so far back: the longest invocation, 15 minutes, and the clocks' differences.
const REPORT_WINDOW: Duration = Duration::from_secs(20 * 60);
/// Calls of FilterLogEvents for what production reports. A page may be empty and have another one after it.
const MOST_PAGES: usize = 3;
/// Once so many reports are there, no further page is read: more would say no more of a mean.
const ENOUGH_REPORTS: u16 = 3000;

/// The logs of one function.
pub(super) struct Logs {
    client: Client,
    /// The function's name.
    function: String,
    /// Where the function logs to, and how, once a reading has said so.
    place: OnceLock<Place>,
}

struct Place {
    group: String,
    is_json: bool,
}

impl Logs {
    pub(super) const fn new(client: Client, function: String) -> Self {
        Self { client, function, place: OnceLock::new() }
    }

    /// Takes from a reading where the function logs to; the first one counts.
    pub(super) fn learn(&self, config: Option<&LoggingConfig>) {
        if let Some(config) = config {
            self.place.get_or_init(|| Place {
                group: config.log_group().map_or_else(|| self.default_group(), str::to_owned),
                is_json: config.log_format() == Some(&LogFormat::Json),
            });
        }
    }

    fn default_group(&self) -> String {
        format!("/aws/lambda/{}", self.function)
    }

    fn group(&self) -> String {
        self.place.get().map_or_else(|| self.default_group(), |place| place.group.clone())
    }

    /// The report of a request, where the logs have it by now.
    pub(super) async fn report(&self, request_id: &str) -> Result<Option<Report>, Failure> {
        let group = self.group();
        let doing = format!("read the logs in {group}");
        let request = self.client.filter_log_events().log_group_name(group).filter_pattern(format!("\"{request_id}\""));
        let mut pages = request.start_time(milliseconds(now().saturating_sub(REPORT_WINDOW))).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(|error| failure_of(&doing, "FilterLogEvents", &error)) {
                Ok(page) => page,
                // The group comes with the function's first line.
                Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
                Err(failure) => return Err(failure),
            };
            let mut messages = page.events().iter().filter_map(|event| event.message());
            if let Some(report) = messages.find_map(|message| find_report(message, Some(request_id))) {
                return Ok(Some(report));
            }
        }
        Ok(None)
    }

    /// The newest reports of all calls, as far as a few pages hold them.
    pub(super) async fn history(&self, span: Duration) -> Result<LoggedCalls, Failure> {
        let group = self.group();
        let doing = format!("read the logs in {group}");
        // Lambda writes its own lines in the format that is set; the words of one format do not stand in the other.
        let is_json = self.place.get().is_some_and(|place| place.is_json);
        let pattern = if is_json { "\"platform.report\"" } else { "\"REPORT RequestId:\"" };
        let now = now();
        let request = self.client.filter_log_events().log_group_name(group).filter_pattern(pattern);
        let request =
            request.start_time(milliseconds(now.saturating_sub(span))).start_from_head(false).limit(ENOUGH_REPORTS.into());
        let mut pages = request.into_paginator().send();
        let mut events = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| failure_of(&doing, "FilterLogEvents", &error))?;
            token = page.next_token;
            events.extend(page.events.unwrap_or_default());
            if token.is_none() || events.len() >= usize::from(ENOUGH_REPORTS) {
                break;
            }
        }
        let is_complete = token.is_none_or(|token| token.is_empty());
        let oldest = events.iter().filter_map(FilteredLogEvent::timestamp).min().filter(|_| !is_complete);
        let reached = oldest.and_then(|oldest| Some(now.saturating_sub(Duration::from_millis(oldest.try_into().ok()?))));
        Ok(LoggedCalls { calls: self.calls(&events), span: reached.unwrap_or(span), is_complete })
    }

    /// The calls that events report, each once: what comes last is Lambda's, as it reports when the handler is done.
    fn calls(&self, events: &[FilteredLogEvent]) -> Vec<LoggedCall> {
        let mut newest_first: Vec<&FilteredLogEvent> = events.iter().collect();
        newest_first.sort_by_key(|event| std::cmp::Reverse(event.timestamp()));
        let mut seen = BTreeSet::new();
        let calls = newest_first.into_iter().filter_map(|event| {
            let stream = event.log_stream_name().unwrap_or_default();
            if !is_of(stream, &self.function) {
                return None;
            }
            let report = find_report(event.message()?, None)?;
            seen.insert(report.request_id.clone()).then(|| LoggedCall { version: version_of(stream), report })
        });
        calls.collect()
    }
}

/// Whether a log stream is of the function: only in a group that several functions may share it says so, as in
/// `2026/11/26/orders[7][0a1b…]`.
fn is_of(stream: &str, function: &str) -> bool {
    let name = stream.split_once('[').and_then(|(before, _)| before.rsplit('/').next());
    name.is_none_or(|name| name.is_empty() || name == function)
}

/// The version in the name of a log stream, where there is one: `2026/11/26/[7]0a1b…`.
fn version_of(stream: &str) -> Option<String> {
    stream.split_once('[')?.1.split_once(']').map(|(version, _)| version.to_owned())
}

/// Time since 1970.
#[expect(clippy::disallowed_methods, reason = "logs are searched by time")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Canned, Wire, json};
    use super::*;

    fn logs(wire: &Wire, config: Option<&LoggingConfig>) -> Logs {
        let logs = Logs::new(wire.connected().logs(), "resize".to_owned());
        logs.learn(config);
        logs
    }

    fn json_logs() -> LoggingConfig {
        LoggingConfig::builder().log_format(LogFormat::Json).log_group("/own/group").build()
    }

    fn text_report(id: &str, duration_ms: f64) -> String {
        format!("REPORT RequestId: {id}\tDuration: {duration_ms} ms\tMemory Size: 512 MB\tMax Memory Used: 70 MB\t\n")
    }

    fn json_report(id: &str, duration_ms: f64) -> String {
        format!(
            r#"{{"time":"t","type":"platform.report","record":{{"requestId":"{id}","metrics":{{"durationMs":{duration_ms},"memorySizeMB":512}},"status":"success"}}}}"#
        )
    }

    /// A page of events, each as stream, timestamp and message.
    fn page(events: &[(&str, u64, &str)], token: Option<&str>) -> Canned {
        let events: Vec<serde_json::Value> = events
            .iter()
            .map(|(stream, time, message)| serde_json::json!({"logStreamName": stream, "timestamp": time, "message": message}))
            .collect();
        json(200, &serde_json::json!({"events": events, "nextToken": token}).to_string())
    }

    const LATEST: &str = "2026/11/26/[$LATEST]0a1b";
    const HOUR: Duration = Duration::from_secs(3600);

    async fn history(wire: &Wire, config: Option<&LoggingConfig>) -> LoggedCalls {
        logs(wire, config).history(HOUR).await.unwrap()
    }

    fn durations(logged: &LoggedCalls) -> Vec<f64> {
        logged.calls.iter().map(|call| call.report.duration_ms).collect()
    }

    #[tokio::test]
    async fn the_newest_reports_are_asked_for_in_the_format_that_the_function_writes() {
        let wire = Wire::new(vec![page(&[(LATEST, 1, &text_report("a", 12.5))], None)]);
        let logged = history(&wire, None).await;
        assert_eq!((durations(&logged), logged.span, logged.is_complete), (vec![12.5], HOUR, true));
        assert_eq!(logged.calls[0].version.as_deref(), Some("$LATEST"));
        let asked = &wire.seen()[0];
        for words in ["/aws/lambda/resize", "\\\"REPORT RequestId:\\\"", "\"startFromHead\":false", "\"limit\":3000", "startTime"]
        {
            assert!(asked.contains(words), "{words}: {asked}");
        }
        let wire = Wire::new(vec![page(&[("2026/11/26/resize[7][0a1b]", 1, &json_report("a", 12.5))], None)]);
        let logged = history(&wire, Some(&json_logs())).await;
        assert_eq!((durations(&logged), logged.calls[0].version.as_deref()), (vec![12.5], Some("7")));
        assert!(wire.seen()[0].contains("/own/group") && wire.seen()[0].contains("\\\"platform.report\\\""), "{:?}", wire.seen());
    }

    #[tokio::test]
    async fn pages_are_read_up_to_a_bound_which_is_said() {
        let empty = |token| page(&[], Some(token));
        let one = |time, token| page(&[(LATEST, time, &text_report("a", 12.5))], Some(token));
        let wire = Wire::new(vec![empty("t"), empty("u"), page(&[(LATEST, 1, &text_report("a", 12.5))], None)]);
        assert!(history(&wire, None).await.is_complete);
        // A quarter of an hour ago; what is older has not been looked at.
        let quarter = u64::try_from(now().as_millis()).unwrap() - 900_000;
        let wire = Wire::new(vec![empty("t"), one(quarter, "u"), empty("v"), one(1, "w")]);
        let logged = history(&wire, None).await;
        assert_eq!((logged.is_complete, logged.calls.len(), wire.seen().len()), (false, 1, MOST_PAGES));
        assert_eq!(logged.span.as_secs() / 60, 15, "{:?}", logged.span);
        // Nothing was found so far: all of the time was meant, and nothing is complete.
        let logged = history(&Wire::new(vec![empty("t"), empty("u"), empty("v")]), None).await;
        assert_eq!(logged, LoggedCalls { calls: vec![], span: HOUR, is_complete: false });
        let many: Vec<String> = (0..ENOUGH_REPORTS).map(|call| text_report(&call.to_string(), 1.0)).collect();
        let many: Vec<(&str, u64, &str)> = many.iter().map(|line| (LATEST, 1, line.as_str())).collect();
        let wire = Wire::new(vec![page(&many, Some("t")), empty("u")]);
        assert_eq!((history(&wire, None).await.calls.len(), wire.seen().len()), (3000, 1));
    }

    #[tokio::test]
    async fn a_call_counts_once_and_other_functions_and_other_lines_do_not() {
        let quoted = "the handler prints: REPORT RequestId: z\tDuration: 1 ms";
        let (printed, real, other) = (text_report("a", 1.0), text_report("a", 12.5), text_report("b", 3.0));
        let wire = Wire::new(vec![page(
            &[
                (LATEST, 1, &printed),
                (LATEST, 2, &real),
                (LATEST, 3, quoted),
                ("2026/11/26/other[3][0a1b]", 4, &other),
                ("a stream of an emulator", 0, &text_report("c", 8.0)),
            ],
            None,
        )]);
        let logged = history(&wire, None).await;
        assert_eq!(durations(&logged), [12.5, 8.0]);
        assert_eq!(logged.calls[1].version, None);
    }

    #[tokio::test]
    async fn a_failure_is_told_as_it_is_and_nothing_is_asked_twice() {
        let refused = |status, code| json(status, "{\"message\":\"words of AWS.\"}").with("x-amzn-errortype", code);
        for (canned, kind) in [
            (refused(400, "AccessDeniedException"), FailureKind::Denied),
            (refused(400, "ResourceNotFoundException"), FailureKind::NotFound),
            (refused(400, "ThrottlingException"), FailureKind::Throttled),
            (Canned::Reset, FailureKind::Unavailable),
        ] {
            let wire = Wire::new(vec![canned, page(&[], None)]);
            let failure = logs(&wire, None).history(HOUR).await.unwrap_err();
            assert_eq!((failure.kind, wire.seen().len()), (kind, 1), "{failure}");
            assert!(failure.message.starts_with("could not read the logs in /aws/lambda/resize: "), "{failure}");
        }
    }

    #[test]
    fn a_stream_is_named_after_its_version_and_in_a_shared_group_after_its_function() {
        for (stream, said) in [
            ("2026/11/26/[$LATEST]0a1b", (true, Some("$LATEST"))),
            ("2026/11/26/[42]0a1b", (true, Some("42"))),
            ("2026/11/26/resize[42][0a1b]", (true, Some("42"))),
            ("2026/11/26/resize-all[42][0a1b]", (false, Some("42"))),
            ("something", (true, None)),
            ("2026/11/26/[42", (true, None)),
            ("", (true, None)),
        ] {
            assert_eq!((is_of(stream, "resize"), version_of(stream).as_deref()), said, "{stream}");
        }
    }
}
