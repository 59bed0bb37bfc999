//! Containers on AWS: Fargate, ECS, EKS, App Runner and Managed Instances, through the scenario.

use millicent::capacity::{Binding, Capacity};
use millicent::scenario::{OptionEstimate, ScenarioError};
use millicent::units::Decimal;
use proptest::prelude::*;

use crate::support::estimate;

fn estimated(workload: &str, option: &str) -> Result<OptionEstimate, ScenarioError> {
    let scenario = format!("month_hours = 730\n[workload]\n{workload}\n[[option]]\n{option}\n");
    let mut options = estimate(&scenario)?.options;
    assert_eq!(options.len(), 1);
    Ok(options.swap_remove(0))
}

fn option(workload: &str, option: &str) -> OptionEstimate {
    estimated(workload, option).unwrap_or_else(|error| panic!("{error}\n{workload}\n{option}"))
}

fn refused(workload: &str, option: &str) -> String {
    estimated(workload, option).map(|option| option.bill.total()).expect_err(option).to_string()
}

fn capacity(option: &OptionEstimate) -> &Capacity {
    &option.capacities[0].1
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// How much of a meter is used.
fn quantity(option: &OptionEstimate, meter: &str) -> Decimal {
    let lines = option.bill.lines.iter().filter(|line| line.meter.id() == meter);
    lines.map(|line| line.quantity).sum::<Decimal>().normalize()
}

fn total(option: &OptionEstimate) -> String {
    option.bill.invoice_total().to_string()
}

const SMALL: &str = "requests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"";

#[test]
fn every_platform_needs_the_keys_of_the_workload_alone() {
    for platform in millicent::platform::ALL {
        let found = estimated(SMALL, &format!("platform = \"{}\"", platform.name));
        // A limit is an answer too: an isolate of Workers has 128 MB.
        let limited = platform.name == "cloudflare-workers";
        let answered = found.as_ref().map_or_else(|problem| limited && problem.to_string().contains("128 MB"), |_| true);
        assert!(answered, "{}: {}", platform.name, found.unwrap_err());
    }
}

/// t3.medium earns 2 × 20 % of 730 h: 1,051,200 seconds of CPU, and $30.368.
#[test]
fn one_t3_medium_carries_exactly_what_it_earns() {
    let work = |count: u32| format!("requests = \"{count}/month\"\ncpu = \"1s\"");
    let machine = |credits: &str| format!("platform = \"ec2\"\ninstance = \"t3.medium\"\ncount = 1\ncredits = \"{credits}\"");
    for credits in ["standard", "unlimited"] {
        let fits = option(&work(1_051_200), &machine(credits));
        assert_eq!(fits.bill.total().amount().normalize(), decimal("30.368"), "{credits}");
        assert!(capacity(&fits).shortfalls.is_empty(), "{credits}: {:?}", capacity(&fits).shortfalls);
    }
    let slowed = option(&work(1_051_201), &machine("standard"));
    assert_eq!(capacity(&slowed).shortfalls.len(), 1, "{:?}", capacity(&slowed).shortfalls);
    let charged = option(&work(1_051_201), &machine("unlimited"));
    assert!(capacity(&charged).shortfalls.is_empty());
    let surplus = quantity(&charged, "ec2.cpu_credits.t3");
    assert!((surplus - Decimal::ONE / Decimal::from(3600)).abs() < decimal("1e-20"), "{surplus}");
}

/// Need, with 2 and with 3 zones: z · ⌈n / (z − 1)⌉.
#[test]
fn a_zone_may_fail_without_overload() {
    for (need, two, three) in [(1, 2, 3), (2, 4, 3), (3, 6, 6), (5, 10, 9), (10, 20, 15), (20, 40, 30)] {
        let tasks = |zones: u32| {
            let workload = format!("requests = \"{need}/s\"\ncpu = \"1ms\"");
            let option = option(
                &workload,
                &format!("platform = \"fargate\"\nrequests_per_instance = \"1/s\"\ntarget_utilization = 1\nzones = {zones}"),
            );
            capacity(&option).instances
        };
        assert_eq!((tasks(2), tasks(3)), (two.into(), three.into()), "{need}");
    }
}

/// 200 requests a second of 20 ms are 4 vCPUs; at 70 % tasks of 0.25 vCPU carry 8.75 a second: 23 tasks. An m7i.large takes 8
/// of them under ECS (CPU: 2 / 0.25) and 7 under EKS, which keeps 0.07 vCPU: 3 and 4 machines of $0.1008.
#[test]
fn machines_follow_from_the_tasks_that_fit_on_them() {
    let work = "requests = \"200/s\"\ncpu = \"20ms\"";
    let of = |platform: &str| option(work, &format!("platform = \"{platform}\"\ninstance = \"m7i.large\"\nmemory = \"512MB\""));
    let machine_hours = |option: &OptionEstimate| quantity(option, "ec2.linux.on_demand.m7i.large");
    let ecs = of("ecs-ec2");
    assert_eq!((capacity(&ecs).instances, machine_hours(&ecs), total(&ecs)), (3.into(), 2190.into(), "$220.75".to_owned()));
    // 12 % of 0.1008 is 0.012096: 2,190 × 0.012096 = 26.49.
    assert_eq!(total(&of("ecs-managed-instances")), "$247.24");
    let eks = of("eks-ec2");
    // 2,920 × 0.1008 = 294.34, and the cluster.
    assert_eq!((machine_hours(&eks), total(&eks)), (2920.into(), "$367.34".to_owned()));
    // 0.012096 is rounded to 0.0121: 2,920 × 0.0121 = 35.33.
    assert_eq!(total(&of("eks-auto")), "$402.67");
}

#[test]
fn machines_follow_the_hours_of_the_day() {
    let weights: Vec<String> = (0..24).map(|hour| if hour < 12 { "3" } else { "1" }.to_owned()).collect();
    let work = format!("requests = \"200/s\"\ncpu = \"20ms\"\nhourly = [{}]", weights.join(", "));
    let hourly = option(&work, "platform = \"ecs-ec2\"\ninstance = \"m7i.large\"\nmemory = \"512MB\"\ndisk = \"30GB\"");
    // 300 a second need 35 tasks on 5 machines, 100 need 12 on 2, for 365 h each.
    assert_eq!(capacity(&hourly).instances, 5.into());
    assert_eq!(quantity(&hourly, "ec2.linux.on_demand.m7i.large").round_dp(9), decimal("2555"));
    assert_eq!(quantity(&hourly, "ebs.gp3.storage").round_dp(9), decimal("105")); // 2,555 / 730 × 30
    let fixed = option(&work, "platform = \"ecs-ec2\"\ninstance = \"m7i.large\"\nmemory = \"512MB\"\nscaling = \"fixed\"");
    assert_eq!(quantity(&fixed, "ec2.linux.on_demand.m7i.large"), decimal("3650"));
}

#[test]
fn a_pod_that_fits_on_no_machine_is_refused() {
    let work = "requests = \"1/s\"\ncpu = \"20ms\"";
    // 4 GB less what Linux does not see and Kubernetes keeps.
    let refusal = refused(work, "platform = \"eks-ec2\"\ninstance = \"t3.medium\"\nmemory = \"3500MB\"");
    assert!(refusal.contains("one t3.medium has 1.93 vCPU and 3,450 MB for them"), "{refusal}");
    option(work, "platform = \"eks-ec2\"\ninstance = \"t3.medium\"\nmemory = \"3450MB\"");
    let refusal = refused(work, "platform = \"eks-fargate\"\nvcpu = 16\nmemory = \"120GB\"");
    assert!(refusal.contains("256 MB of it for Kubernetes"), "{refusal}");
}

/// The user guide's example: 1 vCPU and 8 GB are given 2 vCPU and 9 GB.
#[test]
fn a_pod_on_fargate_is_given_the_next_size() {
    let pod = option("requests = \"1/s\"\ncpu = \"20ms\"", "platform = \"eks-fargate\"\nvcpu = 1\nmemory = \"8GB\"");
    assert_eq!(quantity(&pod, "eks.fargate.vcpu.x86_64"), decimal("1460"));
    assert_eq!(quantity(&pod, "eks.fargate.memory.x86_64"), decimal("6570"));
    assert_eq!(quantity(&pod, "eks.cluster"), decimal("730"));
}

#[test]
fn a_workload_may_pay_for_a_part_of_a_cluster_or_for_its_age() {
    let fees = |keys: &str| {
        let option = option(SMALL, &format!("platform = \"eks-ec2\"\n{keys}"));
        let fees = option.bill.lines.iter().filter(|line| line.meter.id().starts_with("eks.cluster"));
        fees.map(|line| line.cost.cents().amount()).sum::<Decimal>()
    };
    assert_eq!(fees(""), decimal("73"));
    assert_eq!(fees("clusters = 0.25"), decimal("18.25"));
    assert_eq!(fees("kubernetes_support = \"extended\""), decimal("438"));
}

#[test]
fn a_workload_on_a_gpu_gets_a_machine_with_one_and_all_of_its_part() {
    let work = "requests = \"10/s\"\ncpu = \"20ms\"\ngpu = \"t4\"\ngpu_time = \"100ms\"";
    let ecs = option(work, "platform = \"ecs-ec2\"");
    // 10 × 100 ms are one GPU of work; at 70 % that is 1.43, so 2.
    assert_eq!(capacity(&ecs).instances, Decimal::TWO);
    assert_eq!(quantity(&ecs, "ec2.linux.on_demand.g4dn.xlarge"), decimal("1460"));
    for platform in ["fargate", "eks-fargate", "app-runner", "lambda", "lambda-managed-instances"] {
        let refusal = refused(&format!("{work}\nmemory = \"512MB\""), &format!("platform = \"{platform}\""));
        assert!(refusal.contains("a GPU (t4)"), "{platform}: {refusal}");
    }
    assert!(refused(work, "platform = \"ecs-ec2\"\ninstance = \"m7i.large\"").contains("m7i.large has no GPU"));
}

/// One request a minute of a second keeps an instance active half of the time: 365 × 0.064 + 1,460 × 0.007.
#[test]
fn app_runner_charges_a_minute_of_cpu_for_each_time_it_starts() {
    let work = "requests = \"1/min\"\ncpu = \"1s\"";
    let service = option(work, "platform = \"app-runner\"\nvcpu = 1\nmemory = \"2GB\"");
    assert_eq!(quantity(&service, "app_runner.active_vcpu"), decimal("365"));
    assert_eq!(total(&service), "$33.58");
    assert!(service.notes.iter().any(|(_, note)| note.to_string().contains("closed to new customers")));
    for (work, words) in [
        ("cpu = \"2min\"", "a request of 8 min"),
        ("cpu = \"1s\"\nprotocol = \"websocket\"", "WebSocket"),
        ("cpu = \"1s\"\nstateful = true", "state kept between requests"),
    ] {
        let refusal = refused(&format!("requests = \"1/min\"\n{work}"), "platform = \"app-runner\"");
        assert!(refusal.contains(words), "{refusal}");
    }
}

/// 1 s at 512 MB is 1 s × 512 / 1,769 = 0.2894 s of one vCPU, and on the quarter of a vCPU that goes with 512 MB here 1.158 s:
/// billed as 2 s × 0.25 vCPU. On one vCPU it is done within the first second.
#[test]
fn a_micro_vm_is_not_a_lambda_function_of_its_memory() {
    let vcpu_seconds = |work: &str, keys: &str| {
        let option = option(&format!("requests = \"1000/month\"\n{work}"), &format!("platform = \"lambda-microvms\"\n{keys}"));
        quantity(&option, "lambda_microvm.vcpu")
    };
    let measured = "duration = \"1s\"\nmemory = \"512MB\"";
    assert_eq!(vcpu_seconds(measured, ""), decimal("500"));
    assert_eq!(vcpu_seconds(measured, "vcpu = 1"), decimal("1000"));
    assert_eq!(vcpu_seconds(measured, "duration = \"1s\""), decimal("250"));
    // 300 ms of CPU are 1.2 s on a quarter of a vCPU.
    assert_eq!(vcpu_seconds("cpu = \"300ms\"\nmemory = \"128MB\"", ""), decimal("500"));
    assert_eq!(vcpu_seconds("cpu = \"300ms\"\nwait = \"1s\"", "vcpu = 1"), decimal("2000"));
    let refusal =
        refused(&format!("requests = \"1/s\"\n{measured}\ngpu = \"t4\"\ngpu_time = \"1s\""), "platform = \"lambda-microvms\"");
    assert!(refusal.contains("Lambda MicroVMs have none"), "{refusal}");
}

#[test]
fn managed_instances_follow_from_the_load_and_the_runtime() {
    // 1,000 requests a second that wait one second: 1,000 at once. 16, 32 and 64 for each of 4 vCPUs, used to 70 %.
    let work = "requests = \"1000/s\"\ncpu = \"1us\"\nwait = \"1s\"";
    for (runtime, instances) in [("python3.13", 23), ("java21", 12), ("dotnet8", 12), ("nodejs22.x", 6)] {
        let option = option(work, &format!("platform = \"lambda-managed-instances\"\nruntime = \"{runtime}\""));
        assert_eq!(capacity(&option).instances, instances.into(), "{runtime}");
        assert_eq!(capacity(&option).binding, Binding::Concurrency, "{runtime}");
    }
    let least = option("requests = \"1/s\"\ncpu = \"1ms\"", "platform = \"lambda-managed-instances\"");
    assert_eq!(quantity(&least, "ec2.linux.on_demand.m7g.xlarge"), decimal("2190"));
    let fewer = option("requests = \"1/s\"\ncpu = \"1ms\"", "platform = \"lambda-managed-instances\"\nmin_instances = 1");
    assert_eq!(capacity(&fewer).instances, Decimal::ONE);
    assert!(refused(SMALL, "platform = \"lambda-managed-instances\"\nruntime = \"pyton3\"").contains("known: python"));
    assert!(refused(SMALL, "platform = \"lambda-managed-instances\"\ninstance_hours = 9\nzones = 2").contains("not both"));
}

#[test]
fn lambda_refuses_a_latency_it_cannot_keep() {
    let work = |limit: &str| format!("requests = \"1M/month\"\nduration = \"100ms\"\nmemory = \"512MB\"\np99 = \"{limit}\"");
    let cold = |share: &str, more: &str| format!("platform = \"lambda\"\ncold_start_share = \"{share}\"\n{more}");
    let init = "init_duration = \"800ms\"";
    assert!(refused(&work("99ms"), "platform = \"lambda\"").contains("a warm one takes 100 ms at 99 %"));
    let notes = |option: OptionEstimate| option.notes.iter().map(|(_, note)| note.to_string()).collect::<String>();
    assert!(notes(option(&work("100ms"), "platform = \"lambda\"")).contains("checked for warm requests only"));
    let refusal = refused(&work("500ms"), &cold("2%", init));
    assert!(refusal.contains("2% take longer: cold starts begin with 800 ms"), "{refusal}");
    for within in
        [cold("1%", init), cold("2%", "init_duration = \"400ms\""), cold("2%", &format!("{init}\nprovisioned_concurrency = 1"))]
    {
        assert!(!notes(option(&work("500ms"), &within)).contains("warm requests only"), "{within}");
    }
    let restored = "snap_start = true\nruntime = \"java21\"\nrestore_duration";
    assert!(refused(&work("500ms"), &cold("2%", &format!("{restored} = \"401ms\""))).contains("401 ms"));
    option(&work("500ms"), &cold("2%", &format!("{restored} = \"400ms\"")));
    // Half of the cold ones are late, and 0.5 % of the warm ones: 1.5 %.
    let spread = work("500ms").replace("\"100ms\"", "\"p50=100ms,p99=400ms\"");
    assert!(refused(&spread, &cold("2%", "init_duration = \"400ms\"")).contains("take longer"));
}

#[test]
fn functions_keep_no_state_and_hold_no_connection() {
    for platform in ["lambda", "lambda-edge", "lambda-managed-instances"] {
        let refusal = refused(&format!("{SMALL}\nstateful = true"), &format!("platform = \"{platform}\""));
        assert!(refusal.contains("state kept between requests"), "{platform}: {refusal}");
    }
    let held = option(&format!("{SMALL}\nprotocol = \"websocket\""), "platform = \"lambda\"");
    assert!(held.notes.iter().any(|(_, note)| note.to_string().contains("held by API Gateway")));
}

/// Fleets of containers, with tasks of a size, machines of a type where there are machines, and limits on waiting.
fn fleet() -> impl Strategy<Value = String> {
    let platform = prop::sample::select(vec!["fargate", "ecs-ec2", "eks-ec2", "eks-fargate", "app-runner", "ec2"]);
    let keys = prop::sample::select(vec!["", "max_waiting = \"10%\"", "zones = 3", "spares = 2", "target_utilization = \"50%\""]);
    (platform, keys).prop_map(|(platform, keys)| format!("platform = \"{platform}\"\n{keys}"))
}

fn work(rate: u32, cpu: u32, wait: u32, more: &str) -> String {
    format!(
        "requests = \"{rate}/s\"\ncpu = \"{cpu}ms\"\nwait = \"{wait}ms\"\nmemory = \"512MB\"\nmemory_per_request = \"16MB\"\n{more}"
    )
}

proptest! {
    #[test]
    fn more_load_never_needs_fewer_instances_nor_less_money(fleet in fleet(), rate in 1..2000_u32, more in 0..2000_u32, cpu in 1..400_u32, wait in 0..400_u32) {
        let (before, after) = (option(&work(rate, cpu, wait, ""), &fleet), option(&work(rate + more, cpu, wait, ""), &fleet));
        prop_assert!(capacity(&before).instances <= capacity(&after).instances);
        prop_assert!(before.bill.total() <= after.bill.total());
    }

    #[test]
    fn without_a_shortfall_nothing_is_overloaded(fleet in fleet(), rate in 1..2000_u32, cpu in 1..400_u32, wait in 0..400_u32, count in prop::sample::select(vec!["auto", "1", "7", "90"])) {
        let fleet = format!("{fleet}\ncount = \"{count}\"");
        let sized = option(&work(rate, cpu, wait, ""), &fleet);
        let capacity = capacity(&sized);
        prop_assert!(!capacity.shortfalls.is_empty() || capacity.utilization < Decimal::ONE, "{capacity:?}");
        prop_assert!(count != "auto" || capacity.shortfalls.is_empty(), "{capacity:?}");
    }

    #[test]
    fn a_limit_below_the_work_itself_is_reported_and_adds_no_servers(fleet in fleet(), rate in 1..2000_u32, cpu in 2..400_u32, wait in 0..400_u32) {
        // A limit takes the place of the target of utilization, so both are compared at the same one.
        let fleet = if fleet.contains("target") { fleet } else { format!("{fleet}\ntarget_utilization = \"70%\"") };
        let (free, limited) = (option(&work(rate, cpu, wait, ""), &fleet), option(&work(rate, cpu, wait, "p99 = \"1ms\""), &fleet));
        prop_assert_eq!(capacity(&free).instances, capacity(&limited).instances);
        let reported = capacity(&limited).shortfalls.iter().any(|short| short.limit.contains("the work alone takes"));
        prop_assert!(reported, "{:?}", capacity(&limited).shortfalls);
    }
}
