//! `millicent simulate` on instances that are scaled: what a replay of steady traffic costs is what an estimate says, and what
//! moves it away from that is said.

use std::process::{Command, Output};

use serde_json::Value;

fn millicent(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_millicent")).args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = millicent(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|problem| panic!("{arguments:?}: {problem} {}", String::from_utf8_lossy(&output.stderr)))
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

/// Requests of 40 ms of CPU and 70 ms of waiting: 110 ms, which is no whole step of any bill.
const WORK: [&str; 6] = ["--cpu", "40ms", "--wait", "70ms", "--memory", "512MB"];

/// How far a replay may be from the estimate, as a share. Instances are whole numbers to which a minute of more calls adds one, so
/// the rates are not at their edge. On Cloud Run calls stay on their instance, which takes longer than if they were packed anew
/// and wakes more seldom (each waking is rounded up). The HTTP rule of Container Apps takes whole requests a second.
#[test]
fn steady_traffic_costs_what_an_estimate_says() {
    for (platform, rate, tolerance) in [
        ("fargate,vcpu=1,memory=2GB", "60/s", 0.01),
        ("fargate,vcpu=0.25", "60/s", 0.08),
        ("ecs-ec2", "60/s", 0.01),
        ("ecs-ec2,vcpu=1,zones=2", "60/s", 0.01),
        ("eks-ec2", "60/s", 0.01),
        ("gke", "60/s", 0.01),
        ("aks", "60/s", 0.01),
        ("ec2,instance=m7g.large", "60/s", 0.01),
        ("ec2,instance=t3.medium,count=3,credits=unlimited", "60/s", 0.01),
        ("cloud-run,billing=instance", "54/s", 0.01),
        ("cloud-run", "54/s", 0.15),
        ("cloud-run,concurrency=1", "20/s", 0.02),
        ("cloud-run-functions", "20/s", 0.02),
        ("cloud-run,min_instances=2", "2/min", 0.01),
        ("container-apps", "60/s", 0.15),
        ("container-apps", "2/min", 0.01),
        ("container-apps,min_replicas=0", "2/hour", 0.12),
    ] {
        let asked = [&["--requests", rate, "--platform", platform], &WORK[..]].concat();
        let hours = if rate == "2/hour" { "60days" } else { "3h" };
        let replayed = json(&[&["simulate", "--lasts", hours], &asked[..]].concat());
        let estimated = json(&[&["estimate"], &asked[..]].concat());
        let (seen, said) = (number(&replayed["designs"][0]["monthly_usd"]), number(&estimated["options"][0]["monthly_usd"]));
        assert!((seen / said - 1.0).abs() < tolerance, "{platform} {rate}: {seen} {said}");
        let run = &replayed["designs"][0]["replays"][0];
        // Little's law.
        let in_progress = number(&run["mean_concurrency"]);
        let arrived = number(&run["calls"]) / number(&run["horizon_s"]);
        let held_s = in_progress / arrived;
        assert!((0.109..0.6).contains(&held_s), "{platform} {rate}: {held_s}");
        assert_eq!(run["throttled"], 0, "{platform}");
    }
}

#[test]
fn what_machines_carry_and_what_they_do_not_earn_is_said() {
    let words = |platform: &str| {
        let output =
            millicent(&[&["simulate", "--lasts", "1h", "--requests", "60/s", "--platform", platform], &WORK[..]].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(words("fargate,vcpu=1,spares=5,max_waiting=1%").contains("an estimate is sized by `spares` and `max_waiting` too"));
    let tasks = words("ecs-ec2");
    assert!(!tasks.contains("`spares`"), "{tasks}");
    assert!(tasks.contains("tasks on average, on 2 × m7i.large that were paid for"), "{tasks}");
    let surplus = words("ec2,instance=t3.medium,count=2,credits=unlimited");
    assert!(surplus.contains("vCPU on average beyond what t3.medium earns, charged as surplus credits"), "{surplus}");
    let slowed = words("ec2,instance=t3.medium,count=2");
    assert!(slowed.contains("t3.medium was slowed down to what it earns for"), "{slowed}");
}

#[test]
fn what_is_not_replayed_says_what_is_missing() {
    for (platform, missing) in [
        ("app-runner", "and not when it removes one"),
        ("fly", "every few minutes"),
        ("azure-functions", "not published"),
        ("container-apps,plan=dedicated", "not followed"),
    ] {
        let found = json(&[&["simulate", "--lasts", "1h", "--requests", "1/s", "--platform", platform], &WORK[..]].concat());
        let reasons = found["designs"][0]["reasons"].to_string();
        assert!(reasons.contains(missing), "{platform}: {reasons}");
    }
}
