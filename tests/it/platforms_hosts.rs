//! What hosts beside the large clouds bill, and SageMaker's endpoints: published examples, and what each refuses.

use crate::support::{estimate, option_total};

#[test]
fn models_on_sagemaker_serverless() {
    let total = |requests: &str, memory: &str, more: &str| {
        let workload = format!("requests = \"{requests}\"\nduration = \"1s\"\nmemory = \"{memory}\"\n{more}");
        option_total("sagemaker-serverless", &workload, "", false)
    };
    assert_eq!(total("500000/month", "2GB", ""), "20.00");
    assert_eq!(total("250000/month", "1GB", ""), "5.00");
    // 20 GB out at 0.016.
    assert_eq!(total("5120/month", "1GB", "response = \"4MB\""), "0.42");
    // One unit ready all month, 26.28, and hardly any request finds it busy: 1,000 s × 0.0000233 = 0.02.
    let option = "provisioned_concurrency = 1";
    let workload = "requests = \"1000/month\"\nduration = \"1s\"\nmemory = \"2GB\"";
    assert_eq!(option_total("sagemaker-serverless", workload, option, false), "26.30");
}

#[test]
fn an_endpoint_has_limits() {
    for (workload, words) in [
        ("duration = \"61s\"\nmemory = \"2GB\"", "60 s at most"),
        ("duration = \"1s\"\nmemory = \"7GB\"", "1 GB to 6 GB"),
        ("duration = \"1s\"\nmemory = \"2GB\"\npayload = \"5MB\"", "4 MB at most"),
        ("duration = \"1s\"\nmemory = \"2GB\"\ngpu = \"t4\"\ngpu_time = \"1s\"", "real-time endpoints have"),
    ] {
        let refused = refusal("sagemaker-serverless", &format!("requests = \"1000/month\"\n{workload}"), "");
        assert!(refused.contains(words), "{refused}");
    }
    let refused = refusal("sagemaker-serverless", "requests = \"201/s\"\nduration = \"1s\"\nmemory = \"2GB\"", "");
    assert!(refused.contains("201 requests at once"), "{refused}");
}

/// Why a workload is refused.
fn refusal(platform: &str, workload: &str, option: &str) -> String {
    let scenario = format!("[workload]\n{workload}\n[[option]]\nplatform = \"{platform}\"\n{option}\n");
    estimate(&scenario).unwrap_err().to_string()
}
