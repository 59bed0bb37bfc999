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
fn an_endpoint_names_each_size_that_is_not_known() {
    let notes = |sizes: &str| {
        let workload = format!("requests = \"1000/month\"\nduration = \"1s\"\nmemory = \"2GB\"\n{sizes}");
        let scenario = format!("[workload]\n{workload}\n[[option]]\nplatform = \"sagemaker-serverless\"\n");
        let option = estimate(&scenario).unwrap().options.swap_remove(0);
        option.notes.iter().map(|(_, note)| format!("{note}\n")).collect::<String>()
    };
    let none = notes("");
    assert!(none.contains("`payload` not given") && none.contains("`response` not given"), "{none}");
    let one = notes("payload = \"1KB\"");
    assert!(!one.contains("`payload` not given") && one.contains("`response` not given"), "{one}");
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

/// 5 requests a second of 520 ms on a GPU keep 8.71 containers up for a minute after their last request; 13 a
/// second keep up more than the 10 GPUs of the plan.
#[test]
fn containers_of_modal_that_are_kept_up_count_against_its_plan() {
    let capacity = |requests: u32, option: &str| {
        let workload =
            format!("requests = \"{requests}/s\"\ncpu = \"20ms\"\ngpu = \"t4\"\ngpu_time = \"500ms\"\nmemory = \"4GB\"");
        let scenario = format!("[workload]\n{workload}\n[[option]]\nplatform = \"modal\"\n{option}\n");
        estimate(&scenario).unwrap().options.swap_remove(0).capacities.swap_remove(0).1
    };
    let within = capacity(5, "");
    assert_eq!((within.instances, within.shortfalls.len()), (9.into(), 0), "{:?}", within.shortfalls);
    assert!(within.utilization < "0.3".parse().unwrap(), "{}", within.utilization);
    let beyond = capacity(13, "");
    assert!(beyond.shortfalls.iter().any(|short| short.limit == "10 at most on the plan starter"), "{:?}", beyond.shortfalls);
    assert!(beyond.instances >= beyond.instance_hours / millicent::units::Decimal::from(730));
    assert_eq!(capacity(13, "plan = \"team\"").shortfalls, []);
}

#[test]
fn containers_of_modal_are_paid_for_while_they_are_up() {
    let total = |workload: &str, option: &str| option_total("modal", workload, option, false);
    // Always up and never asked: 2,628,000 s × (0.125 × 0.0000131 + 0.125 × 0.00000222) = 5.03.
    let never = "requests = \"0/month\"\ncpu = \"1s\"\nmemory = \"128MB\"";
    assert_eq!(total(never, "min_containers = 1"), "5.03");
    assert_eq!(total(never, "min_containers = 1\nplan = \"team\""), "255.03");
    assert_eq!(total(never, "min_containers = 1\nregion_pinning = \"narrow\""), "8.81");
    assert_eq!(total(never, "min_containers = 1\npreemptible = false"), "15.10");
    // A T4 that is always up: 2,628,000 × 0.000164 = 430.99 more.
    let on_gpu = format!("{never}\ngpu = \"t4\"\ngpu_time = \"100ms\"");
    assert_eq!(total(&on_gpu, "min_containers = 1"), "436.02");
    // A busy core beyond the request: one vCPU of work all the time on one container.
    let busy = "requests = \"2628000/month\"\ncpu = \"500ms\"\nmemory = \"128MB\"";
    let (half, idle) = (total(busy, "vcpu = 1"), total(busy, "vcpu = 0.25"));
    assert!(idle < half, "{idle} {half}");
}

#[test]
fn modal_refuses_what_it_has_no_price_for() {
    let workload = "requests = \"1000/month\"\ncpu = \"1s\"\nmemory = \"1GB\"";
    let gpu = |model: &str| format!("{workload}\ngpu = \"{model}\"\ngpu_time = \"1s\"");
    assert!(refusal("modal", &gpu("v100"), "").contains("is not a known GPU"));
    assert!(refusal("modal", &gpu("t4"), "preemptible = false").contains("not to be had with a GPU"));
    assert!(refusal("modal", workload, "preemptible = false\nregion_pinning = \"broad\"").contains("no price of both"));
    assert!(refusal("modal", workload, "min_containers = 101").contains("100 at most"));
    assert!(refusal("modal", &workload.replace("1s", "25h"), "").contains("24 h at most"));
}

#[test]
fn workers_pay_for_requests_and_cpu_time_only() {
    let costs = |requests: &str, cpu: &str, option: &str| {
        let workload = format!("requests = \"{requests}\"\ncpu = \"{cpu}\"\nwait = \"1h\"\nmemory = \"128MB\"");
        option_total("cloudflare-workers", &workload, option, true)
    };
    let total = |requests: &str, cpu: &str| costs(requests, cpu, "");
    // Cloudflare's examples.
    assert_eq!(total("15M/month", "7ms"), "8.00");
    assert_eq!(costs("15M/month", "7ms", "static_share = \"80%\""), "5");
    assert_eq!(total("720/month", "3min"), "6.99");
    assert_eq!(total("100M/month", "7ms"), "45.40");
}

#[test]
fn workers_have_limits() {
    let keys = "requests = \"1000/month\"\ncpu = \"1ms\"\nmemory = \"128MB\"";
    assert!(refusal("cloudflare-workers", &keys.replace("128MB", "129MB"), "").contains("128 MB for an isolate"));
    assert!(refusal("cloudflare-workers", &keys.replace("1ms", "301s"), "").contains("5 min at most"));
    let stateful = format!("{keys}\nstateful = true");
    assert!(refusal("cloudflare-workers", &stateful, "").contains("Durable Objects"));
}

#[test]
fn machines_of_fly_are_paid_per_second() {
    let total = |option: &str| {
        let scenario = format!(
            "month_hours = \"720\"\n[workload]\nrequests = \"1/hour\"\ncpu = \"1ms\"\n[[option]]\nplatform = \"fly\"\n{option}\n"
        );
        estimate(&scenario).unwrap().options[0].bill.total().cents().amount().to_string()
    };
    assert_eq!(total("vcpu = 1\nmemory = \"256MB\""), "2.19");
    assert_eq!(total("cpu_kind = \"performance\"\nvcpu = 2\nmemory = \"4GB\""), "66.00");
    // 1.75 GB more at 0.000002316: 10.51.
    assert_eq!(total("vcpu = 1\nmemory = \"2GB\""), "12.70");
}

#[test]
fn functions_of_vercel_pay_for_cpu_and_for_memory_while_busy() {
    // One request in progress at a time, all of it computing: 730 CPU-hours and 1,460 GB-hours at most.
    let workload = "requests = \"1M/month\"\ncpu = \"50ms\"\nwait = \"0ms\"\nmemory = \"1GB\"";
    // 13.889 CPU-h × 0.128 + 27.778 GB-h × 0.0106 + 0.60 + 20.
    assert_eq!(option_total("vercel", workload, "", false), "22.67");
    // The credit of the plan covers all usage.
    assert_eq!(option_total("vercel", workload, "", true), "20");
    assert!(refusal("vercel", &workload.replace("50ms", "801s"), "").contains("800 s at most"));
    assert!(refusal("vercel", workload, "memory = \"3GB\"").contains("2 GB or 4 GB"));
}
