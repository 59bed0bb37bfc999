//! What Azure bills: the published examples to the cent, and what each service refuses.

use crate::support::{estimate, option_total};

#[test]
fn functions_on_the_consumption_plan() {
    let option = "region = \"eastus\"\nplan = \"consumption\"\nduration = \"1s\"";
    let total = option_total("azure-functions", "requests = \"3M/month\"\nduration = \"1s\"\nmemory = \"1536MB\"", option, true);
    assert_eq!(total, "66.00");
    // 128 MB and 100 ms at least: 1M × 0.1 s × 0.125 GB = 12,500 GB-s.
    let total = option_total(
        "azure-functions",
        "requests = \"1M/month\"\ncpu = \"3ms\"\nmemory = \"20MB\"",
        "plan = \"consumption\"",
        false,
    );
    assert_eq!(total, "0.40");
}

#[test]
fn functions_on_the_flex_plan() {
    // An hour of 40 requests a second: ten instances that compute, or one that waits for others.
    let workload = |work: &str| format!("requests = \"40/s\"\n{work}\nmemory = \"512MB\"");
    let measured = "plan = \"flex\"\nconcurrency = 1\nbusy_instances = 10";
    assert_eq!(hour("azure-functions", &workload("cpu = \"250ms\""), measured), "1.9296");
    // One instance is enough for all of it and is never idle: 40 × 20 s = 800 requests in progress.
    let waiting = "plan = \"flex\"\nconcurrency = 1000";
    let bill = hour("azure-functions", &workload("cpu = \"1ms\"\nwait = \"20s\""), waiting);
    assert_eq!(bill, "0.2448");
    // Computed: ten instances are full all the time, and the last one is rarely full.
    let computed = hour("azure-functions", &workload("cpu = \"250ms\""), "plan = \"flex\"\nconcurrency = 1");
    assert!(("1.92".."2.06").contains(&computed.as_str()), "{computed}");
}

#[test]
fn functions_that_are_always_ready_pay_a_baseline() {
    let option = "region = \"eastus2\"\nplan = \"flex\"\nalways_ready = 1\nbusy_instances = 0.25";
    let total = option_total("azure-functions", "requests = \"1M/month\"\ncpu = \"100ms\"\nmemory = \"2GB\"", option, false);
    // 2 GB × 2,628,000 s × 0.000004 = 21.024; a quarter of it at 0.000016 = 21.024; 0.40 for the executions: 42.448.
    assert_eq!(total, "42.45");
}

#[test]
fn functions_on_the_premium_plan() {
    for (instance, expected) in [("EP1", "157.72"), ("EP2", "315.43"), ("EP3", "630.87")] {
        let option = format!("plan = \"premium\"\ninstance = \"{instance}\"\ncount = \"1\"");
        let total =
            option_total("azure-functions", "requests = \"1000/month\"\ncpu = \"1ms\"\nmemory = \"128MB\"", &option, false);
        assert_eq!(total, expected);
    }
}

/// The total of one hour, exactly.
fn hour(platform: &str, workload: &str, option: &str) -> String {
    let scenario = format!("month_hours = \"1\"\n[workload]\n{workload}\n[[option]]\nplatform = \"{platform}\"\n{option}\n");
    let total = estimate(&scenario).unwrap().options[0].bill.total();
    total.amount().round_dp(4).normalize().to_string()
}

#[test]
fn container_groups_are_rounded_up_to_whole_vcpus_and_tenths_of_a_gigabyte() {
    let scenario = |size: &str| {
        let option = format!("platform = \"container-instances\"\nrun = \"job\"\nduration = \"150s\"\n{size}\n");
        let text = format!("month_hours = \"720\"\n[workload]\nrequests = \"50/day\"\n[[option]]\n{option}");
        estimate(&text).unwrap().options[0].bill.total().amount().round_dp(3).to_string()
    };
    assert_eq!(scenario("vcpu = 1.3\nmemory = \"2.15GB\""), "5.674");
    assert_eq!(scenario("vcpu = 2\nmemory = \"2.2GB\""), "5.674");
}

#[test]
fn a_container_app_that_is_never_asked_is_idle_and_one_that_is_always_asked_is_not() {
    let total = |requests: &str, option: &str| {
        let workload = format!("requests = \"{requests}\"\ncpu = \"0ms\"\nwait = \"1s\"\nmemory = \"1GB\"");
        option_total("container-apps", &workload, option, false)
    };
    assert_eq!(total("0/month", "vcpu = 0.5"), "11.83");
    // 100 requests in progress at any time, and 105.12 for the requests.
    assert_eq!(total("100/s", "vcpu = 0.5"), "144.54");
    // One request a month wakes it for 301 s.
    assert_eq!(total("1/month", "vcpu = 0.5\nmin_replicas = 0"), "0.00");
    assert_eq!(total("100/s", "vcpu = 0.5\nmin_replicas = 0"), "144.54");
}

/// At night nobody asks, and one replica of 0.5 vCPU is idle for 11 h: 19,800 vCPU-seconds. By day several are active.
#[test]
fn a_container_app_is_idle_in_the_hours_in_which_nobody_asks() {
    let weights = format!("[{}{}]", "1, ".repeat(13), "0, ".repeat(11));
    let workload = format!("requests = \"40/s\"\ncpu = \"50ms\"\nmemory = \"1GB\"\nhourly = {weights}");
    let scenario = format!("month_hours = 24\n[workload]\n{workload}\n[[option]]\nplatform = \"container-apps\"\nvcpu = 0.5\n");
    let option = estimate(&scenario).unwrap().options.swap_remove(0);
    let quantity = |meter: &str| {
        let lines = option.bill.lines.iter().filter(|line| line.meter.id() == meter);
        lines.map(|line| line.quantity).sum::<millicent::units::Decimal>().round_dp(3).normalize().to_string()
    };
    let replicas = option.capacities[0].1.instances;
    assert_eq!(quantity("container_apps.vcpu.idle"), "19800");
    let active = replicas * millicent::units::Decimal::from(13 * 1800);
    assert_eq!(quantity("container_apps.vcpu.active"), active.normalize().to_string());
    assert!(option.notes.iter().any(|(_, note)| note.to_string().contains("in the others all are active")));
}

#[test]
fn a_container_app_on_the_dedicated_plan_pays_for_instances_and_for_its_environment() {
    let workload = "requests = \"1000/month\"\ncpu = \"100ms\"\nmemory = \"1GB\"";
    // 730 × (4 × 0.057077 + 16 × 0.004978 + 0.1) = 297.81.
    assert_eq!(option_total("container-apps", workload, "plan = \"dedicated\"", false), "297.81");
}

#[test]
fn a_job_on_container_apps_is_active_as_long_as_it_runs() {
    let option = "run = \"job\"\nduration = \"10min\"\nvcpu = 1";
    // 1,000 × 600 s × (0.000024 + 2 × 0.000003) = 18.00.
    assert_eq!(option_total("container-apps", "requests = \"1000/month\"", option, false), "18.00");
}

#[test]
fn machines_and_clusters_are_paid_by_the_hour() {
    let workload = "requests = \"1000/month\"\ncpu = \"100ms\"\nmemory = \"1GB\"";
    let two = "instance = \"Standard_D2s_v5\"\ncount = \"2\"";
    assert_eq!(option_total("azure-vm", workload, two, false), "140.16");
    // Two pods of 1.5 vCPU, each on a node of its own.
    let pods = format!("{two}\nvcpu = 1.5\nmemory = \"1GB\"");
    assert_eq!(option_total("aks", workload, &format!("{pods}\ncluster_tier = \"free\""), false), "140.16");
    assert_eq!(option_total("aks", workload, &pods, false), "213.16");
    assert_eq!(option_total("aks", workload, &format!("{pods}\ncluster_tier = \"premium\""), false), "578.16");
    // Of a quarter of a vCPU 7 fit on the 1.9 that are left of a node; three zones have a node each.
    let small = "instance = \"Standard_D2s_v5\"\nmemory = \"512MB\"\ncluster_tier = \"free\"";
    assert_eq!(option_total("aks", workload, &format!("{small}\ncount = 7"), false), "70.08");
    assert_eq!(option_total("aks", workload, &format!("{small}\ncount = 8"), false), "140.16");
    assert_eq!(option_total("aks", workload, &format!("{small}\ncount = 8\npods_per_node = 4"), false), "140.16");
    assert_eq!(option_total("aks", workload, &format!("{small}\ncount = 8\npods_per_node = 3"), false), "210.24");
    assert_eq!(option_total("aks", workload, &format!("{small}\nzones = 3"), false), "210.24");
    assert_eq!(option_total("aks", workload, "instance = \"Standard_D2s_v5\"\nclusters = 0.5", false), "106.58");
}

#[test]
fn a_burstable_machine_falls_short_of_work_that_it_cannot_sustain() {
    // 1 vCPU of work all the time, of which a Standard_B2s sustains 0.4.
    let scenario = "[workload]\nrequests = \"1/s\"\ncpu = \"1s\"\nmemory = \"1GB\"\n[[option]]\nplatform = \"azure-vm\"\ninstance = \"Standard_B2s\"\ncount = \"1\"\n";
    let notes: Vec<String> = estimate(scenario).unwrap().options[0].notes.iter().map(|(_, note)| note.to_string()).collect();
    assert!(notes.iter().any(|note| note.contains("it falls short") && note.contains("0.4")), "{notes:?}");
}
