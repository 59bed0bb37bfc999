//! The report of one invocation, in both of Lambda's log formats.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FunctionErrorKind, classify, identifier};

/// What Lambda measured in one invocation. A metric that it did not write is absent, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The invocation.
    pub request_id: String,
    /// The time of the handler, in milliseconds; after a crash, a kill or a timeout it hides a second init.
    pub duration_ms: f64,
    /// The time that is billed, in milliseconds: more than the duration when Lambda bills init or restore too.
    /// Some emulators do not write it; then it is ⌈duration + init⌉, as Lambda bills since 2025-08-01.
    pub billed_ms: u64,
    /// The configured memory, in MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u32>,
    /// The most memory the environment ever used, in MB: in a warm one that may be an earlier invocation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory_used_mb: Option<u32>,
    /// The time of a cold start's init phase, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_ms: Option<f64>,
    /// The time to restore a SnapStart snapshot, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_ms: Option<f64>,
    /// The part of the restore that is billed, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_restore_ms: Option<u64>,
    /// `success`, `timeout`, `error` or `failure`; the text format says nothing about success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Why the environment failed, such as `Runtime.OutOfMemory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
}

impl Report {
    /// What the caller waited for: duration + init + restore, in milliseconds.
    ///
    /// ```
    /// # use millicent::lambda_log::find_report;
    /// let cold = find_report("REPORT RequestId: a\tDuration: 469.40 ms\tInit Duration: 100.99 ms\t", None).unwrap();
    /// assert!((cold.total_ms() - 570.39).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn total_ms(&self) -> f64 {
        self.duration_ms + self.init_ms.unwrap_or(0.0) + self.restore_ms.unwrap_or(0.0)
    }

    /// Whether a new environment was started for this invocation, by an init or from a snapshot.
    #[must_use]
    pub fn is_cold(&self) -> bool {
        self.init_ms.is_some() || self.restore_ms.is_some()
    }

    /// How the invocation failed, as far as its report says: of an error that a handler returned, the text format says nothing.
    ///
    /// ```
    /// # use millicent::lambda_log::{FunctionErrorKind, find_report};
    /// let failure = |line: &str| find_report(line, None).unwrap().failure();
    /// assert_eq!(failure("REPORT RequestId: a\tDuration: 3000 ms\tStatus: timeout"), Some(FunctionErrorKind::Timeout));
    /// assert_eq!(failure("REPORT RequestId: a\tDuration: 12 ms\t"), None);
    /// ```
    #[must_use]
    pub fn failure(&self) -> Option<FunctionErrorKind> {
        let failed = self.error_type.is_some() || self.status.as_deref().is_some_and(|status| status != "success");
        // There is no response whose header would say that the process lives on.
        failed.then(|| classify("", b"", Some(self)).kind)
    }

    /// Everything that is billed by time: billed + billed restore, in milliseconds.
    ///
    /// Reports of SnapStart functions already count the restore in the billed duration: 147.156 ms with a billed restore of
    /// 53 ms is billed as 148 + 53 = 201 ms. A billed duration that has room for both is therefore the total.
    ///
    /// ```
    /// # use millicent::lambda_log::find_report;
    /// let billed = |line: &str| find_report(line, None).unwrap().billed_total_ms();
    /// let restore = "\tRestore Duration: 474.16 ms\tBilled Restore Duration: 75 ms";
    /// assert_eq!(billed(&format!("REPORT RequestId: a\tDuration: 469.40 ms\tBilled Duration: 500 ms{restore}")), 575);
    /// assert_eq!(billed(&format!("REPORT RequestId: a\tDuration: 469.40 ms\tBilled Duration: 545 ms{restore}")), 545);
    /// ```
    #[must_use]
    pub fn billed_total_ms(&self) -> u64 {
        let restore_ms = self.billed_restore_ms.unwrap_or(0);
        let with_restore_ms = (self.duration_ms.ceil() as u64).saturating_add(restore_ms);
        if self.billed_ms >= with_restore_ms { self.billed_ms } else { self.billed_ms.saturating_add(restore_ms) }
    }
}

/// Finds what Lambda reported about `request_id`, or about the last invocation when the id is not known.
///
/// The log is a tail: its first line may be cut anywhere. Text and JSON lines may be mixed, JSON may be spread over many
/// lines or be an array of records. The last report of the request decides: when its duration is no number, the answer is
/// `None` and not an earlier entry, which the function may have printed.
///
/// ```
/// # use millicent::lambda_log::find_report;
/// let log = "START RequestId: 6f7a Version: $LATEST\nEND RequestId: 6f7a\n\
///            REPORT RequestId: 6f7a\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t\n";
/// let report = find_report(log, Some("6f7a")).unwrap();
/// assert_eq!((report.billed_ms, report.memory_mb, report.init_ms), (13, Some(512), None));
/// ```
#[must_use]
pub fn find_report(log: &str, request_id: Option<&str>) -> Option<Report> {
    let mut last = None;
    let mut consider = |entry: Entry<'_>| {
        if request_id.is_none_or(|wanted| wanted == entry.request_id) {
            last = Some(entry.report());
        }
    };
    let mut rest = log.trim_start();
    while !rest.is_empty() {
        let after = if let Some((value, after)) = json_at_start(rest) {
            let records = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            records.iter().filter_map(Entry::of_record).for_each(&mut consider);
            after
        } else {
            // Only a line feed ends a line: the Node.js runtime writes the line breaks of a message as carriage returns.
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            Entry::of_line(line).into_iter().for_each(&mut consider);
            after
        };
        rest = after.trim_start();
    }
    last.flatten()
}

/// The object or array that `text` starts with, and the lines after it. It has to have its lines for itself: what may follow is
/// only what closes an array whose beginning was cut off.
fn json_at_start(text: &str) -> Option<(Value, &str)> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next()?.ok()?;
    let behind = text.get(values.byte_offset()..)?;
    let (end_of_line, after) = behind.split_once('\n').unwrap_or((behind, ""));
    end_of_line.trim().trim_start_matches(',').trim_end_matches(']').is_empty().then_some((value, after))
}

/// One report as it is written, and the invocation it is about.
struct Entry<'a> {
    request_id: &'a str,
    fields: Fields<'a>,
}

enum Fields<'a> {
    /// `label: value` between tabs.
    Text(&'a str),
    /// The `record` of a `platform.report`.
    Json(&'a Value),
}

impl<'a> Entry<'a> {
    fn of_line(line: &'a str) -> Option<Self> {
        let fields = line.trim().strip_prefix("REPORT RequestId:")?;
        let request_id = fields.split('\t').next()?.trim();
        (!request_id.is_empty()).then_some(Self { request_id, fields: Fields::Text(fields) })
    }

    fn of_record(value: &'a Value) -> Option<Self> {
        let record = value.get("record").filter(|_| value.get("type").is_some_and(|kind| kind == "platform.report"))?;
        Some(Self { request_id: record.get("requestId")?.as_str()?, fields: Fields::Json(record) })
    }

    /// The whole report; none without a duration.
    fn report(&self) -> Option<Report> {
        let duration_ms = self.metric("Duration", "ms", "durationMs")?;
        let init_ms = self.metric("Init Duration", "ms", "initDurationMs");
        let billed_ms = self.metric("Billed Duration", "ms", "billedDurationMs").map(|billed_ms| billed_ms.ceil() as u64);
        let megabytes = |label, key| u32::try_from(self.metric(label, "MB", key)?.ceil() as u64).ok();
        Some(Report {
            request_id: self.request_id.to_owned(),
            duration_ms,
            billed_ms: billed_ms.unwrap_or((duration_ms + init_ms.unwrap_or(0.0)).ceil() as u64),
            memory_mb: megabytes("Memory Size", "memorySizeMB"),
            max_memory_used_mb: megabytes("Max Memory Used", "maxMemoryUsedMB"),
            init_ms,
            restore_ms: self.metric("Restore Duration", "ms", "restoreDurationMs"),
            billed_restore_ms: self.metric("Billed Restore Duration", "ms", "billedRestoreDurationMs").map(|ms| ms.ceil() as u64),
            status: self.word("Status", "status"),
            error_type: self.word("Error Type", "errorType"),
        })
    }

    fn metric(&self, label: &str, unit: &str, key: &str) -> Option<f64> {
        let value: f64 = match self.fields {
            Fields::Text(fields) => text_field(fields, label)?.strip_suffix(unit)?.trim_end().parse().ok()?,
            Fields::Json(record) => record.get("metrics")?.get(key)?.as_f64()?,
        };
        // Not a number is in no range; -0 is 0.
        (0.0..=LARGEST_METRIC).contains(&value).then_some(value.abs())
    }

    fn word(&self, label: &str, key: &str) -> Option<String> {
        identifier(match self.fields {
            Fields::Text(fields) => text_field(fields, label)?,
            Fields::Json(record) => record.get(key)?.as_str()?,
        })
    }
}

/// Beyond 2⁵³ a binary number no longer counts whole milliseconds; no invocation comes near.
const LARGEST_METRIC: f64 = 9_007_199_254_740_992.0;

/// The value of a text report's field, with its unit.
fn text_field<'a>(fields: &'a str, label: &str) -> Option<&'a str> {
    fields.split('\t').find_map(|field| field.trim().strip_prefix(label)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "6f7a1c2e-0b4d-4e8f-9a3b-5c6d7e8f9a0b";
    const OTHER: &str = "11111111-2222-4333-8444-555555555555";

    /// A text report of `ID`, with `fields` from "Duration: " on and `|` for the tabs.
    fn text(fields: &str) -> String {
        format!("START RequestId: {ID} Version: 3\nworking\nEND RequestId: {ID}\nREPORT RequestId: {ID}|{fields}|\n")
            .replace('|', "\t")
    }

    fn record(id: &str, status: &str, metrics: &str) -> String {
        format!(
            r#"{{"time":"2026-01-05","type":"platform.report","record":{{"requestId":"{id}","metrics":{{{metrics}}},"status":{status}}}}}"#
        )
    }

    const WARM: &str = r#""durationMs":12.345,"billedDurationMs":13,"memorySizeMB":512,"maxMemoryUsedMB":70"#;
    const START: &str =
        r#"{"time":"2026-01-05T10:00:00.000Z","type":"platform.start","record":{"requestId":"6f7a","version":"3"}}"#;

    fn json() -> String {
        record(ID, r#""success""#, WARM)
    }

    fn found(log: &str) -> Report {
        find_report(log, Some(ID)).unwrap_or_else(|| panic!("no report in {log}"))
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    fn durations(report: &Report) -> (f64, u64, Option<f64>, Option<f64>, Option<u64>) {
        (report.duration_ms, report.billed_ms, report.init_ms, report.restore_ms, report.billed_restore_ms)
    }

    fn warm_json() -> Report {
        Report {
            request_id: ID.to_owned(),
            duration_ms: 12.345,
            billed_ms: 13,
            memory_mb: Some(512),
            max_memory_used_mb: Some(70),
            init_ms: None,
            restore_ms: None,
            billed_restore_ms: None,
            status: Some("success".to_owned()),
            error_type: None,
        }
    }

    #[test]
    fn a_warm_text_report_has_no_init() {
        let report = found(&text("Duration: 12.34 ms|Billed Duration: 13 ms|Memory Size: 512 MB|Max Memory Used: 70 MB"));
        assert_eq!(report, Report { duration_ms: 12.34, status: None, ..warm_json() });
        assert!(!report.is_cold() && close(report.total_ms(), 12.34));
        assert_eq!(report.billed_total_ms(), 13);
    }

    #[test]
    fn a_cold_text_report_bills_its_init() {
        let report = found(&text(
            "Duration: 469.40 ms|Billed Duration: 571 ms|Memory Size: 512 MB|Max Memory Used: 70 MB|Init Duration: 100.99 ms",
        ));
        assert_eq!(durations(&report), (469.4, 571, Some(100.99), None, None));
        assert!(report.is_cold() && close(report.total_ms(), 570.39));
        assert_eq!(report.billed_total_ms(), 571);
    }

    #[test]
    fn a_snapstart_text_report_adds_the_restore() {
        let report = found(&text(
            "Duration: 469.40 ms|Billed Duration: 500 ms|Memory Size: 512 MB|Restore Duration: 474.16 ms|Billed Restore Duration: 75 ms",
        ));
        assert_eq!(durations(&report), (469.4, 500, None, Some(474.16), Some(75)));
        assert!(report.is_cold() && close(report.total_ms(), 943.56));
        assert_eq!(report.billed_total_ms(), 575);
    }

    #[test]
    fn a_restore_inside_the_billed_duration_is_billed_once() {
        // 147.156 ms of handler are 148 billed; 148 + 53 = 201.
        let metrics = r#""durationMs":147.156,"billedDurationMs":201,"restoreDurationMs":500.795,"billedRestoreDurationMs":53"#;
        let report = found(&record(ID, r#""success""#, metrics));
        assert_eq!((report.billed_total_ms(), Report { billed_ms: 200, ..report }.billed_total_ms()), (201, 253));
    }

    #[test]
    fn timeouts_and_kills_keep_their_status_and_type() {
        let timeout =
            found(&text("Duration: 3000 ms|Billed Duration: 3000 ms|Memory Size: 512 MB|Max Memory Used: 70 MB|Status: timeout"));
        assert_eq!((timeout.duration_ms, timeout.billed_ms, timeout.status.as_deref()), (3000.0, 3000, Some("timeout")));
        let kill = found(&text(
            "Duration: 845.00 ms|Billed Duration: 845 ms|Max Memory Used: 128 MB|Status: error|Error Type: Runtime.OutOfMemory",
        ));
        assert_eq!((kill.status.as_deref(), kill.error_type.as_deref()), (Some("error"), Some("Runtime.OutOfMemory")));
        let odd = found(&text("Duration: 1 ms|Status: a secret|Error Type: Runtime exited with error"));
        assert_eq!((odd.status, odd.error_type), (None, None));
    }

    #[test]
    fn how_an_invocation_failed_is_told_by_its_report_alone() {
        use FunctionErrorKind::{Crash, Handler, OutOfMemory, Timeout};
        for (fields, kind) in [
            ("Status: timeout", Some(Timeout)),
            ("Status: error|Error Type: Runtime.OutOfMemory", Some(OutOfMemory)),
            ("Status: error|Error Type: Runtime.ExitError", Some(Crash)),
            ("Status: error|Error Type: ValueError", Some(Handler)),
            ("Status: error", Some(Handler)),
            ("Status: success", None),
            ("Max Memory Used: 512 MB", None),
        ] {
            assert_eq!(found(&text(&format!("Duration: 10 ms|{fields}"))).failure(), kind, "{fields}");
        }
        assert_eq!(found(&json()).failure(), None);
        assert_eq!(found(&record(ID, r#""error","errorType":"OutOfStock""#, WARM)).failure(), Some(Handler));
    }

    #[test]
    fn tracing_fields_are_ignored() {
        let traced = text("Duration: 12.34 ms|Billed Duration: 13 ms|Memory Size: 512 MB|Max Memory Used: 70 MB")
            + "XRAY TraceId: 1-66d978e5\tSegmentId: 29c3839e\tSampled: true\t\n";
        assert!(close(found(&traced).duration_ms, 12.34));
    }

    #[test]
    fn the_emulators_order_is_read_as_well() {
        let report = found(&text(
            "Init Duration: 0.03 ms|Duration: 75.35 ms|Billed Duration: 76 ms|Memory Size: 512 MB|Max Memory Used: 512 MB",
        ));
        assert_eq!(durations(&report), (75.35, 76, Some(0.03), None, None));
    }

    #[test]
    fn json_reports_warm_cold_and_from_a_snapshot() {
        assert_eq!(found(&json()), warm_json());
        let cold = found(&record(ID, r#""success""#, &format!(r#"{WARM},"initDurationMs":100"#)));
        assert_eq!(durations(&cold), (12.345, 13, Some(100.0), None, None));
        let snapshot =
            found(&record(ID, r#""success""#, &format!(r#"{WARM},"restoreDurationMs":474.16,"billedRestoreDurationMs":75"#)));
        assert_eq!(durations(&snapshot), (12.345, 13, None, Some(474.16), Some(75)));
        let failed = found(&record(ID, r#""error","errorType":"Runtime.ExitError""#, WARM));
        assert_eq!((failed.status.as_deref(), failed.error_type.as_deref()), (Some("error"), Some("Runtime.ExitError")));
    }

    #[test]
    fn json_may_be_an_array_or_spread_over_lines() {
        let array = format!("[{START},{}]", json());
        let pretty = |text: &str| serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).unwrap()).unwrap();
        let one_a_line = format!("[{START},\n{}]\n", json());
        for log in [array.clone(), pretty(&array), one_a_line, format!("{}\n{}", pretty(START), pretty(&json()))] {
            assert_eq!(found(&log), warm_json(), "{log}");
            assert_eq!(found(&log.replace('\n', "\r\n")), warm_json(), "{log}");
        }
        // The beginnings of these arrays are cut off.
        let lines = pretty(&array);
        for log in [format!("{START},\n{}]", json()), lines[60..].to_owned()] {
            assert_eq!(found(&log), warm_json(), "{log}");
        }
    }

    #[test]
    fn text_and_json_may_be_mixed_and_broken_json_hurts_nobody() {
        let log = format!(
            "[INFO] {{ not json\n\n{{\"level\":\"INFO\",\"message\":\"half\n[\n  \n{{}}\n[1, 2] three\n{}\n\n\r\n{{\"broken\":\n",
            json()
        );
        assert_eq!(found(&log), warm_json());
        let text_after_json = format!("{{\"level\":\"INFO\"}}\n{}", text("Duration: 1.5 ms|Billed Duration: 2 ms"));
        assert!(close(found(&text_after_json).duration_ms, 1.5));
    }

    #[test]
    fn what_the_function_prints_is_not_lambdas_word() {
        let quoted = serde_json::to_string(&json().replace("12.345", "1.5")).unwrap();
        let spoofs = [
            "work\tDuration: 1.5 ms\tBilled Duration: 1 ms".to_owned(),
            format!("seen: REPORT RequestId: {ID}\tDuration: 1.5 ms\tBilled Duration: 1 ms"),
            format!("one message\rREPORT RequestId: {ID}\tDuration: 1.5 ms"),
            format!("REPORT RequestId: {OTHER}\tDuration: 1.5 ms\tBilled Duration: 1 ms"),
            format!("REPORT RequestId: {ID}x\tDuration: 1.5 ms"),
            format!("INIT_REPORT RequestId: {ID}\tDuration: 1.5 ms"),
            record(OTHER, "null", r#""durationMs":1.5"#),
            json().replace("platform.report", "platform.runtimeDone"),
            format!(r#"{{"level":"INFO","message":{quoted}}}"#),
            format!(r#"{{"type":"app","record":{}}}"#, json()),
            format!("{} and more", json()),
            format!("[[{}]]", json()),
        ];
        for spoof in &spoofs {
            assert_eq!(find_report(spoof, Some(ID)), None, "{spoof}");
            for real in [json(), text("Duration: 12.345 ms")] {
                assert!(close(found(&format!("{spoof}\n{real}\n{spoof}\n")).duration_ms, 12.345), "{spoof}");
            }
        }
    }

    #[test]
    fn the_last_report_of_the_request_decides() {
        let spoof = format!("REPORT RequestId: {ID}\tDuration: 1.5 ms\tBilled Duration: 2 ms\n");
        assert_eq!(found(&format!("{spoof}{}", json())), warm_json());
        let two = format!("{}\n{}\n", json(), record(OTHER, r#""timeout""#, r#""durationMs":3000"#));
        assert_eq!(found(&two), warm_json());
        assert_eq!(find_report(&two, None).unwrap().request_id, OTHER);
        // The report's own duration is nonsense: a gap, not the printed line.
        assert_eq!(find_report(&format!("{spoof}{}", text("Duration: NaN ms")), Some(ID)), None);
    }

    #[test]
    fn numbers_may_be_whole_or_decimal_in_every_field() {
        let decimal = found(&text("Duration: 3000 ms|Billed Duration: 3000.5 ms|Memory Size: 512.0 MB|Max Memory Used: 70.2 MB"));
        assert_eq!(durations(&decimal), (3000.0, 3001, None, None, None));
        assert_eq!((decimal.memory_mb, decimal.max_memory_used_mb), (Some(512), Some(71)));
        let cold = found(&text("Duration: 1 ms|Init Duration: 7 ms|Restore Duration: 8 ms|Billed Restore Duration: 2.5 ms"));
        assert_eq!(durations(&cold), (1.0, 8, Some(7.0), Some(8.0), Some(3)));
    }

    #[test]
    fn nonsense_numbers_are_absent() {
        for nonsense in ["NaN", "inf", "1e400", "1e17", "-1", "", "twelve", "1,5"] {
            assert_eq!(
                find_report(&text(&format!("Duration: {nonsense} ms|Billed Duration: 2 ms")), Some(ID)),
                None,
                "{nonsense}"
            );
            let report = found(&text(&format!(
                "Duration: 1.2 ms|Billed Duration: {nonsense} ms|Memory Size: {nonsense} MB|Init Duration: {nonsense} ms"
            )));
            assert_eq!((durations(&report), report.memory_mb), ((1.2, 2, None, None, None), None), "{nonsense}");
        }
        for nonsense in ["-1", "1e400", "null", "\"5\"", "{}"] {
            assert_eq!(find_report(&record(ID, "1", &format!(r#""durationMs":{nonsense}"#)), Some(ID)), None, "{nonsense}");
            let report =
                found(&record(ID, "1", &format!(r#""durationMs":1.2,"initDurationMs":{nonsense},"memorySizeMB":{nonsense}"#)));
            assert_eq!(
                (durations(&report), report.memory_mb, report.status),
                ((1.2, 2, None, None, None), None, None),
                "{nonsense}"
            );
        }
        assert_eq!(found(&text("Duration: 1 ms|Memory Size: 4294967296 MB")).memory_mb, None);
    }

    #[test]
    fn a_billed_duration_that_is_not_written_is_the_sum_rounded_up() {
        assert_eq!(found(&text("Duration: 469.40 ms|Init Duration: 100.99 ms")).billed_ms, 571);
        assert_eq!(found(&text("Duration: 1.1 ms|Init Duration: 2.9 ms")).billed_ms, 4); // and not 2 + 3
        assert_eq!(found(&text("Duration: 0.01 ms")).billed_ms, 1);
    }

    #[test]
    fn a_log_without_a_report_has_none() {
        for log in [
            "",
            "\n \r\n",
            "REPORT",
            "REPORT RequestId:",
            "REPORT RequestId: \tDuration: 1 ms",
            "{",
            "[]",
            "null",
            "[[[[",
            "{}\n}",
        ] {
            assert_eq!((find_report(log, None), find_report(log, Some(ID))), (None, None), "{log}");
        }
        assert_eq!(find_report(&format!("REPORT RequestId: {ID}\tBilled Duration: 3 ms\n"), Some(ID)), None);
    }

    #[test]
    fn absent_metrics_stay_absent_in_a_journal() {
        let line = serde_json::to_string(&warm_json()).unwrap();
        assert!(!line.contains("init_ms") && !line.contains("null"), "{line}");
        assert_eq!(serde_json::from_str::<Report>(&line).unwrap(), warm_json());
    }

    fn tails() -> Vec<String> {
        let pretty =
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(&format!("[{START},{}]", json())).unwrap()).unwrap();
        let text = text("Duration: 12.345 ms|Billed Duration: 13 ms|Memory Size: 512 MB|Max Memory Used: 70 MB|Status: success");
        vec![text, format!("{START}\n{START}\n{}\n", json()), format!("[{START},{}]", json()), pretty]
    }

    #[test]
    fn a_tail_cut_anywhere_gives_the_right_report_or_none() {
        for tail in tails() {
            let report_starts = tail.find("REPORT").or(tail.find("platform.report")).unwrap();
            for cut in 0..tail.len() {
                let report = find_report(&tail[cut..], Some(ID));
                assert!(report.as_ref().is_none_or(|report| *report == warm_json()), "{}", &tail[cut..]);
                assert!(cut <= report_starts || report.is_none(), "{}", &tail[cut..]);
                let head = find_report(&tail[..cut], Some(ID));
                assert!(
                    head.is_none_or(|report| close(report.duration_ms, 12.345) && report.billed_ms == 13),
                    "{}",
                    &tail[..cut]
                );
            }
            assert_eq!(find_report(&tail, Some(ID)), Some(warm_json()));
        }
    }

    #[test]
    fn a_first_line_that_is_cut_hides_no_later_report() {
        for log in [text("Duration: 12.345 ms"), format!("{START}\n{}\n", json())] {
            for cut in 1..log.find('\n').unwrap() {
                assert!(find_report(&log[cut..], Some(ID)).is_some(), "{}", &log[cut..]);
            }
        }
    }

    proptest! {
        #[test]
        fn no_noise_hides_the_report_after_it(noise in "(?s).{0,80}", jsonish in r#"[\[\]{}",:0-9a-z\n\t -]{0,60}"#) {
            for noise in [noise, jsonish] {
                let _ = find_report(&noise, None);
                let log = format!("{noise}\n{}\n", json());
                // Brackets that the noise left open are never closed, so the record is not swallowed by them.
                prop_assert_eq!(find_report(&log, Some(ID)), Some(warm_json()));
            }
        }

        #[test]
        fn numbers_come_back_as_written(duration in 0.0..900_000.0_f64, init in prop::option::of(0.0..10_000.0_f64)) {
            let init_field = init.map_or(String::new(), |init| format!("|Init Duration: {init} ms"));
            let report = found(&text(&format!("Duration: {duration} ms{init_field}")));
            prop_assert_eq!((report.duration_ms, report.init_ms), (duration, init));
            prop_assert_eq!(report.billed_ms, report.total_ms().ceil() as u64);
        }
    }
}
