//! A real function on a real clock: its CPU share follows its memory, as on Lambda, and the fitted curve must say so.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Runtime;
use serde_json::Value;

use super::account::Deployed;
use super::{ministack, say, skipped};

/// What a call costs of CPU time, in ms.
const CPU_MS: f64 = 100.0;

/// The law, in ms: the whole CPU from 1769 MB on, and a share in proportion to memory below.
fn law_ms(memory_mb: f64) -> f64 {
    CPU_MS * (1769.0 / memory_mb).max(1.0)
}

#[test]
fn durations_follow_the_share_of_the_cpu_and_so_does_the_fit() {
    let test = "curve::durations_follow_the_share_of_the_cpu";
    let Some(account) = ministack(test) else { return };
    let function = Deployed { name: "burner", memory_mb: 1024, timeout_s: 30, variables: &[("CPU_MS", "100")] };
    account.create(&function, "curve.zip", "bootstrap", Runtime::Providedal2023, None);
    let payload = Blob::new("{}");
    let answer = account.wait(account.lambda.invoke().function_name("burner").payload(payload).send()).unwrap();
    let answer: Value = serde_json::from_slice(answer.payload().unwrap().as_ref()).unwrap();
    if let Some(reason) = answer["reason"].as_str() {
        return skipped(test, reason);
    }
    let before = account.see("burner");
    let ran =
        account.tune(&["burner", "--sizes", "128,256,512,1024,1769", "--calls", "3", "--concurrency", "1", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let result = ran.json();
    let sizes = result["sizes"].as_array().unwrap();
    let mut errors = Vec::new();
    for size in sizes {
        let memory_mb = size["memory_mb"].as_f64().unwrap();
        let error = size["p50_ms"].as_f64().unwrap() / law_ms(memory_mb) - 1.0;
        errors.push(format!("{memory_mb} MB {:+.1} %", 100.0 * error));
        // At the largest size nothing evens out what other work on the machine takes.
        let tolerance = if memory_mb <= 1024.0 { 0.10 } else { 0.25 };
        assert!(error.abs() < tolerance, "{memory_mb} MB: {size}");
    }
    say(&format!("{test}: median against law: {}; fit {}", errors.join(", "), result["fit"]["formula"]));
    assert_eq!(sizes.len(), 5);
    let fit = &result["fit"];
    assert!(fit["family"] != "constant" && fit["r_squared"].as_f64().unwrap() > 0.98, "{fit}");
    assert_eq!(account.see("burner"), before);
}
