//! What Lambda writes about one invocation, in its two log formats.

use serde_json::{Value, json};

use super::SECRET;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    /// The handler raised an error of this type; the process lives on.
    HandlerError(String),
    /// The process was killed: out of memory.
    Killed,
    TimedOut,
}

/// One invocation as Lambda accounts for it.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) request_id: String,
    pub(crate) version: String,
    pub(crate) duration_ms: f64,
    pub(crate) memory_mb: u32,
    pub(crate) memory_used_mb: u32,
    pub(crate) timeout_s: u32,
    pub(crate) init_ms: Option<f64>,
    pub(crate) restore_ms: Option<f64>,
    pub(crate) end: End,
    pub(crate) printed_bytes: usize,
    pub(crate) printed_after_report_bytes: usize,
}

impl Report {
    /// Whole milliseconds, rounded up; since August 2025 INIT is part of it for every kind of package.
    pub(crate) fn billed_ms(&self) -> u64 {
        whole_ms(self.duration_ms + self.init_ms.unwrap_or(0.0))
    }

    /// With the restore from a snapshot, which has a field of its own.
    pub(crate) fn billed_total_ms(&self) -> u64 {
        self.billed_ms() + self.restore_ms.map_or(0, whole_ms)
    }

    /// The lines of the log, each with its line end; `time` is their timestamp.
    pub(crate) fn lines(&self, time: &str, json_logs: bool) -> Vec<String> {
        if json_logs { self.json_lines(time) } else { self.text_lines(time) }
    }

    fn text_lines(&self, time: &str) -> Vec<String> {
        let id = &self.request_id;
        let mut lines = vec![format!("START RequestId: {id} Version: {}\n", self.version)];
        let printed = |what: &str| format!("{time}\t{id}\tINFO\t{what} {}\n", "x".repeat(60));
        lines.extend(repeated(&printed("order line"), self.printed_bytes));
        match &self.end {
            End::Success => {}
            End::HandlerError(error_type) => lines.push(format!("[ERROR] {error_type}: planted {SECRET}\n")),
            End::Killed => {
                lines.push(format!("RequestId: {id} Error: Runtime exited with error: signal: killed\n"));
                lines.push("Runtime.ExitError\n".to_owned());
            }
            End::TimedOut => {
                lines.push(format!("{time} {id} Task timed out after {:.2} seconds\n\n", f64::from(self.timeout_s)));
            }
        }
        lines.push(format!("END RequestId: {id}\n"));
        lines.push(self.text_report());
        lines.extend(repeated(&printed("extension flushed"), self.printed_after_report_bytes));
        lines
    }

    fn text_report(&self) -> String {
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id,
            self.duration_ms,
            self.billed_ms(),
            self.memory_mb,
            self.memory_used_mb
        );
        if let Some(init_ms) = self.init_ms {
            line.push_str(&format!("Init Duration: {init_ms:.2} ms\t"));
        }
        if let Some(restore_ms) = self.restore_ms {
            let billed = whole_ms(restore_ms);
            line.push_str(&format!("Restore Duration: {restore_ms:.2} ms\tBilled Restore Duration: {billed} ms\t"));
        }
        match &self.end {
            End::Killed => line.push_str("Status: error\tError Type: Runtime.ExitError"),
            End::TimedOut => line.push_str("Status: timeout"),
            End::Success | End::HandlerError(_) => {}
        }
        line + "\n"
    }

    fn json_lines(&self, time: &str) -> Vec<String> {
        let id = &self.request_id;
        let platform = |kind: &str, record: Value| {
            format!("{}\n", json!({"time": time, "type": format!("platform.{kind}"), "record": record}))
        };
        let printed = |what: &str, level: &str| {
            format!("{}\n", json!({"timestamp": time, "level": level, "message": what, "requestId": id}))
        };
        let filler = |what: &str| printed(&format!("{what} {}", "x".repeat(60)), "INFO");
        let mut lines = vec![platform("start", json!({"requestId": id, "version": self.version}))];
        lines.extend(repeated(&filler("order line"), self.printed_bytes));
        let (status, error_type) = match &self.end {
            End::Success => ("success", None),
            End::HandlerError(error_type) => ("error", Some(error_type.as_str())),
            End::Killed => ("error", Some("Runtime.ExitError")),
            End::TimedOut => ("timeout", None),
        };
        if let Some(error_type) = error_type {
            lines.push(printed(error_type, "ERROR"));
        }
        let mut record = json!({"requestId": id, "metrics": self.json_metrics(), "status": status});
        if let Some(error_type) = error_type {
            record["errorType"] = Value::from(error_type);
        }
        lines.push(platform("report", record));
        lines.extend(repeated(&filler("extension flushed"), self.printed_after_report_bytes));
        lines
    }

    fn json_metrics(&self) -> Value {
        let mut metrics = json!({
            "durationMs": self.duration_ms, "billedDurationMs": self.billed_ms(),
            "memorySizeMB": self.memory_mb, "maxMemoryUsedMB": self.memory_used_mb,
        });
        if let Some(init_ms) = self.init_ms {
            metrics["initDurationMs"] = Value::from(init_ms);
        }
        if let Some(restore_ms) = self.restore_ms {
            metrics["restoreDurationMs"] = Value::from(restore_ms);
            metrics["billedRestoreDurationMs"] = Value::from(whole_ms(restore_ms));
        }
        metrics
    }

    /// The body of the answer when the function failed.
    pub(crate) fn error_body(&self) -> Option<Value> {
        let id = &self.request_id;
        let (error_type, message) = match &self.end {
            End::Success => return None,
            End::HandlerError(error_type) => {
                let stack: [&str; 0] = [];
                return Some(
                    json!({"errorMessage": format!("planted {SECRET}"), "errorType": error_type, "requestId": id, "stackTrace": stack}),
                );
            }
            End::Killed => ("Runtime.ExitError", "Runtime exited with error: signal: killed".to_owned()),
            End::TimedOut => ("Sandbox.Timedout", format!("Task timed out after {:.2} seconds", f64::from(self.timeout_s))),
        };
        Some(json!({"errorType": error_type, "errorMessage": format!("RequestId: {id} Error: {message}")}))
    }
}

fn whole_ms(milliseconds: f64) -> u64 {
    format!("{:.0}", milliseconds.ceil()).parse().unwrap()
}

/// The line as often as it takes to fill so many bytes.
fn repeated(line: &str, bytes: usize) -> Vec<String> {
    vec![line.to_owned(); bytes.div_ceil(line.len())]
}
