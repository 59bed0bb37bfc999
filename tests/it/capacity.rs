//! How many instances carry a load, how long requests wait, and what is said where they do not: through the scenario.

use millicent::capacity::{Binding, Capacity};
use millicent::queueing::{Queue, Traffic};
use millicent::units::Decimal;
use proptest::prelude::*;

use crate::support::estimate;

fn sized(workload: &str, option: &str) -> Result<(Capacity, Vec<String>), String> {
    let workload = workload.replace("; ", "\n");
    let scenario = format!("month_hours = 730\n[workload]\n{workload}\n[[option]]\n{}\n", option.replace("; ", "\n"));
    let mut estimated = estimate(&scenario).map_err(|problem| problem.to_string())?;
    let option = estimated.options.swap_remove(0);
    let notes = option.notes.iter().map(|(_, note)| note.to_string()).collect();
    Ok((option.capacities[0].1.clone(), notes))
}

fn capacity(workload: &str, option: &str) -> Capacity {
    sized(workload, option).unwrap_or_else(|problem| panic!("{problem}\n{workload}\n{option}")).0
}

/// All reasons in one line.
fn shortfalls(workload: &str, option: &str) -> String {
    capacity(workload, option).shortfalls.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

const ONE_AT_ONCE: &str = "requests = \"40/s\"; cpu = \"20ms\"; wait = \"180ms\"; memory = \"256MB\"";

/// 20 ms on 0.25 vCPU and 180 ms of waiting are 260 ms: 10.4 requests in progress. Erlang C of 10.4 on 11 places is 0.81.
#[test]
fn requests_wait_for_a_place_too() {
    let fargate = |keys: &str| format!("platform = \"fargate\"; concurrency = 1; {keys}");
    let crowded = capacity(ONE_AT_ONCE, &fargate("count = 11"));
    let probability = crowded.waiting().unwrap().probability;
    assert!((0.75..0.85).contains(&probability), "{probability}");
    let limited = format!("{ONE_AT_ONCE}; p99 = \"400ms\"");
    assert!(shortfalls(&limited, &fargate("count = 11")).contains("with the wait at peak"));
    let enough = capacity(&limited, &fargate(""));
    assert!(Decimal::from(11) < enough.instances && enough.shortfalls.is_empty(), "{enough:?}");
    assert_eq!(enough.binding, Binding::Waiting);
    let share = capacity(ONE_AT_ONCE, &fargate("max_waiting = \"5%\""));
    assert!(share.waiting().unwrap().probability <= 0.05, "{share:?}");
    assert!(shortfalls(ONE_AT_ONCE, &fargate("count = 11; max_waiting = \"5%\"")).contains("% wait at peak"));
}

#[test]
fn a_line_of_odd_cpus_is_checked_for_latency() {
    let work = |rate: &str, p99: &str, more: &str| format!("requests = \"{rate}/s\"; cpu = \"1s\"; p99 = \"{p99}\"{more}");
    for (workload, option) in [
        (work("1.8", "2s", ""), "platform = \"aks\"; count = 1"),
        (work("1.4", "1.1s", ""), "platform = \"eks-ec2\"; vcpu = 1.5; count = 1"),
        (work("3.5", "3s", "; threads = 3"), "platform = \"fargate\"; vcpu = 4; memory = \"8GB\"; count = 1"),
    ] {
        let reasons = shortfalls(&workload, option);
        assert!(reasons.contains("99 of 100 requests within"), "{option}: {reasons:?}");
    }
    // A request alone has a whole vCPU: 1 s, not the 1.33 s that two take side by side.
    assert_eq!(shortfalls(&work("0.001", "1.1s", ""), "platform = \"eks-ec2\"; vcpu = 1.5; count = 1"), "");
}

#[test]
fn work_that_only_waits_has_a_latency_too() {
    let reasons = shortfalls("requests = \"1/s\"; cpu = \"0ms\"; wait = \"10s\"; p99 = \"1s\"", "platform = \"fargate\"");
    assert!(reasons.contains("the work alone takes 10 s"), "{reasons}");
}

/// A stated rate is what one instance carries when it is busy all the time; at 70 % of 1/s, ⌈10 / 0.7⌉ = 15.
#[test]
fn of_a_stated_rate_no_wait_is_known() {
    let option = "platform = \"fargate\"; requests_per_instance = \"1/s\"";
    let (sized, notes) = sized("requests = \"10/s\"; cpu = \"20ms\"; p99 = \"1s\"", option).unwrap();
    assert_eq!(sized.instances, 15.into());
    assert!(notes.iter().any(|note| note.contains("is not known where `requests_per_instance` is stated")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("`target_utilization` not given")), "{notes:?}");
    assert_eq!(capacity("requests = \"10/s\"; cpu = \"20ms\"", &format!("{option}; count = 10")).shortfalls, []);
}

#[test]
fn a_fleet_that_is_busy_all_the_time_falls_short() {
    let task = |keys: &str| format!("platform = \"fargate\"; vcpu = 1; memory = \"2GB\"; {keys}");
    let work = "requests = \"2/s\"; cpu = \"1s\"";
    assert!(shortfalls(work, &task("count = 2")).contains("2 tasks are wholly busy with that"));
    let filled = capacity(work, &task("target_utilization = 1"));
    assert_eq!((filled.instances, filled.shortfalls.len()), (3.into(), 0));
}

#[test]
fn a_fixed_count_is_checked_with_a_zone_less() {
    let tasks = |keys: &str| {
        shortfalls("requests = \"2/s\"; cpu = \"900ms\"", &format!("platform = \"fargate\"; vcpu = 1; memory = \"2GB\"; {keys}"))
    };
    assert_eq!(tasks("count = 3; zones = 3"), "");
    assert_eq!(tasks("count = 2"), "");
    let reasons = tasks("count = 2; zones = 2");
    assert!(reasons.contains("2 requests a second at peak if one zone fails (1 task carries 1.11 a second"), "{reasons}");
    let wrong = sized("requests = \"2/s\"; cpu = \"1s\"", "platform = \"fargate\"; zones = 101").unwrap_err();
    assert!(wrong.contains("`zones` is 101 (write a whole number from 1 to 100)"), "{wrong}");
}

/// 0.8 vCPU of work on a machine that earns 0.4: 292 vCPU-hours beyond, and a second machine earns them.
#[test]
fn charged_credits_are_pointed_out() {
    for platform in ["ec2", "ecs-ec2"] {
        let option = format!("platform = \"{platform}\"; instance = \"t3.medium\"; count = 1; credits = \"unlimited\"");
        let (sized, notes) = sized("requests = \"0.8/s\"; cpu = \"1s\"; memory = \"512MB\"", &option).unwrap();
        assert_eq!(sized.surplus_vcpu_hours.round_dp(9), Decimal::from(292), "{platform}");
        let told = notes.iter().any(|note| note.starts_with("292 vCPU-hours beyond what the") && note.contains("1 more"));
        assert!(told, "{platform}: {notes:?}");
    }
}

#[test]
fn a_limit_says_whose_it_is() {
    let work = "requests = \"1M/s\"; cpu = \"1s\"";
    assert!(shortfalls(work, "platform = \"container-apps\"").contains("at most 1000, a limit of the platform"));
    assert!(shortfalls(work, "platform = \"container-apps\"; max_replicas = 7").contains("at most 7, a limit of the option"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn fleets_that_carry_are_busy_less_than_all_the_time(
        rate in 1..400_u32, cpu in 1..400_u32, wait in 0..400_u32, vcpu in prop::sample::select(vec!["0.25", "0.5", "1.5", "1.9", "2"]),
        threads in 1..4_u32, count in prop::sample::select(vec!["auto", "1", "3", "40"]),
        keys in prop::sample::select(vec!["", "concurrency = 1", "concurrency = 7", "target_utilization = 1", "max_waiting = \"5%\""]),
        p99 in prop::sample::select(vec!["", "p99 = \"1s\""]),
    ) {
        let workload = format!("requests = \"{rate}/s\"; cpu = \"{cpu}ms\"; wait = \"{wait}ms\"; memory = \"512MB\"; threads = {threads}; {p99}");
        let carried = capacity(&workload, &format!("platform = \"eks-ec2\"; vcpu = {vcpu}; count = \"{count}\"; {keys}"));
        if carried.shortfalls.is_empty() {
            prop_assert!(carried.utilization < Decimal::ONE, "{carried:?}");
            prop_assert!(carried.waiting().is_some(), "{carried:?}");
            let kept = p99.is_empty() || carried.waiting().unwrap().p99_response <= "1s".parse().unwrap();
            prop_assert!(kept, "{carried:?}");
        }
    }

    /// Fewer places at once never make a request wait less, nor answer it sooner.
    #[test]
    fn waits_are_those_of_the_worse_line(rate in 1..400_u32, cpu in 1..100_u32, wait in 0..400_u32, places in 1..50_u32) {
        let workload = format!("requests = \"{rate}/s\"; cpu = \"{cpu}ms\"; wait = \"{wait}ms\"; memory = \"512MB\"");
        let option = "platform = \"fargate\"; vcpu = 1; memory = \"2GB\"; count = 100";
        let free = capacity(&workload, option);
        let limited = capacity(&workload, &format!("{option}; concurrency = {places}"));
        if let (Some(free), Some(limited)) = (free.waiting(), limited.waiting()) {
            let traffic = Traffic::new(rate.into(), f64::from(cpu + wait) / 1000.0).unwrap();
            let for_places = Queue::new(traffic, u64::from(100 * places)).unwrap().wait_probability();
            prop_assert!(for_places <= limited.probability + 1e-9, "{for_places} {limited:?}");
            prop_assert!(free.probability <= limited.probability && free.p99_response <= limited.p99_response);
        } else {
            prop_assert!(limited.waiting().is_none());
        }
    }
}
