//! Machines: what is due for them whether they run or not, which type is taken, and how they are filled.

use millicent::capacity::Capacity;
use millicent::scenario::{OptionEstimate, ScenarioError};
use millicent::units::Decimal;

use crate::support::{estimate, estimate_with_files};

fn estimated(workload: &str, option: &str) -> Result<OptionEstimate, ScenarioError> {
    let scenario = format!("month_hours = 730\n[workload]\n{workload}\n[[option]]\n{option}\n");
    Ok(estimate(&scenario)?.options.swap_remove(0))
}

fn option(workload: &str, option: &str) -> OptionEstimate {
    estimated(workload, option).unwrap_or_else(|error| panic!("{error}\n{workload}\n{option}"))
}

fn capacity(option: &OptionEstimate) -> &Capacity {
    &option.capacities[0].1
}

/// How much is used of the meters that start so.
fn quantity(option: &OptionEstimate, meters: &str) -> Decimal {
    let lines = option.bill.lines.iter().filter(|line| line.meter.id().starts_with(meters));
    lines.map(|line| line.quantity).sum::<Decimal>().round_dp(9).normalize()
}

fn notes(option: &OptionEstimate) -> String {
    option.notes.iter().map(|(_, note)| format!("{note}\n")).collect()
}

/// 300 requests a second for half of the day, 100 for the rest.
fn by_day(more: &str) -> String {
    let weights: Vec<&str> = (0..24).map(|hour| if hour < 12 { "3" } else { "1" }).collect();
    format!("requests = \"200/s\"\ncpu = \"20ms\"\nhourly = [{}]\n{more}", weights.join(", "))
}

/// 6 vCPUs of work by day and 2 by night: at 70 % 5 machines of 2 vCPUs, and 2, for 365 h each.
#[test]
fn a_reservation_is_due_for_the_peak_of_the_day_and_all_month() {
    let machines = "platform = \"ec2\"\ninstance = \"m7i.large\"";
    let on_demand = option(&by_day(""), machines);
    assert_eq!(quantity(&on_demand, "ec2.linux.on_demand"), Decimal::from(7 * 365));
    for purchase in ["reserved-1y", "reserved-3y"] {
        let reserved = option(&by_day(""), &format!("{machines}\npurchase = \"{purchase}\""));
        assert_eq!(quantity(&reserved, "ec2.linux.reserved"), Decimal::from(5 * 730), "{purchase}");
        assert!(notes(&reserved).contains("as many machines as the peak needs"));
    }
    // 8 vCPUs: 2 machines by day and 1 by night.
    let plan = "platform = \"ec2\"\nregion = \"me-central-1\"\ninstance = \"m8g.2xlarge\"\npurchase = \"compute-savings-plan-1y-no-upfront\"";
    assert_eq!(quantity(&option(&by_day(""), plan), "ec2.linux.compute_savings_plan"), Decimal::from(2 * 730));
}

#[test]
fn fees_follow_the_machines_that_run_and_reservations_do_not() {
    // Tasks of 0.25 vCPU: 35 on 5 machines by day, 12 on 2 by night; pods fit 7 on a machine: 5 and 2 too.
    for (platform, fee) in [("ecs-managed-instances", "ecs_managed_instances.fee"), ("eks-auto", "eks.auto_mode_fee")] {
        let keys = "instance = \"m7i.large\"\nmemory = \"512MB\"\npurchase = \"reserved-1y\"";
        let reserved = option(&by_day(""), &format!("platform = \"{platform}\"\n{keys}"));
        assert_eq!(quantity(&reserved, "ec2.linux.reserved_1y"), Decimal::from(5 * 730), "{platform}");
        assert_eq!(quantity(&reserved, fee), Decimal::from(7 * 365), "{platform}");
    }
    // By day 6 vCPUs on 3 machines of 4, by night one would do, and three are the least: so one is.
    let keys = "platform = \"lambda-managed-instances\"\ninstance = \"m7g.xlarge\"\nmin_instances = 1";
    let reserved = option(&by_day(""), &format!("{keys}\npurchase = \"reserved-1y\""));
    assert_eq!(quantity(&reserved, "ec2.linux.reserved_1y"), Decimal::from(3 * 730));
    assert_eq!(quantity(&reserved, "lambda_managed_instances.fee"), Decimal::from(4 * 365));
}

/// 2 requests a second of 20 ms on a task of 0.25 vCPU keep it 16 % busy: of an m7i.large with 8 places for such tasks 2 %.
#[test]
fn the_capacity_of_a_design_with_machines_is_that_of_the_machines() {
    let keys = "platform = \"ecs-ec2\"\ninstance = \"m7i.large\"\nmemory = \"512MB\"";
    let one = option("requests = \"2/s\"\ncpu = \"20ms\"", keys);
    assert_eq!((capacity(&one).instances, capacity(&one).instance_hours), (Decimal::ONE, Decimal::from(730)));
    assert_eq!((capacity(&one).utilization, capacity(&one).mean_utilization), (Decimal::new(2, 2), Decimal::new(2, 2)));
    assert_eq!(capacity(&one).rate_per_instance, Some(Decimal::ONE_HUNDRED));
    assert!(notes(&one).contains("1 task at peak, of which one m7i.large takes 8 tasks: CPU binds"), "{}", notes(&one));
    // 23 tasks on 3 machines, which have 24 places; 200 requests a second of 300.
    let more = option("requests = \"200/s\"\ncpu = \"20ms\"", keys);
    assert_eq!(capacity(&more).instances, Decimal::from(3));
    assert_eq!(capacity(&more).mean_utilization.round_dp(4), Decimal::new(6667, 4));
}

#[test]
fn a_gpu_has_the_same_name_on_every_platform() {
    let work = |gpu: &str| format!("requests = \"1000/month\"\ncpu = \"20ms\"\nmemory = \"4GB\"\ngpu = \"{gpu}\"\ngpu_time = \"1s\"");
    for (platform, gpu, taken) in [
        ("gce", "a100", "A100 40GB is taken"),
        ("gce", "A100-40GB", ""),
        ("modal", "a100-80gb", ""),
        ("modal", "a100", "A100 40GB is taken"),
        ("container-apps", "a100", "A100 80GB is taken"),
        ("container-apps", "a100-80gb", ""),
        ("ec2", "any", "is taken"),
    ] {
        let option = option(&work(gpu), &format!("platform = \"{platform}\""));
        assert!(notes(&option).contains(taken), "{platform} {gpu}: {}", notes(&option));
    }
    let error = estimated(&work("a1000"), "platform = \"gce\"").unwrap_err().to_string();
    assert!(error.contains("is not a known GPU (did you mean `a100`?"), "{error}");
}

/// Every type that is taken by default has a price in the region, where any type has.
#[test]
fn the_default_machine_is_one_that_is_offered_in_the_region() {
    let work = "requests = \"1000/month\"\ncpu = \"20ms\"\nmemory = \"1GB\"";
    for (platform, region) in [
        ("ecs-managed-instances", "ap-south-2"),
        ("eks-ec2", "ca-west-1"),
        ("ec2", "me-south-1"),
        ("eks-auto", "me-south-1"),
        ("lambda-managed-instances", "ap-south-2"),
        ("azure-vm", "italynorth"),
    ] {
        let option = option(work, &format!("platform = \"{platform}\"\nregion = \"{region}\""));
        assert!(notes(&option).contains("`instance` not given"), "{platform} in {region}");
    }
    let elsewhere = option(work, "platform = \"ecs-managed-instances\"\nregion = \"ap-south-2\"");
    assert!(notes(&elsewhere).contains("m7i.large has no price here"), "{}", notes(&elsewhere));
    // What is named is taken as it is.
    let error = estimated(work, "platform = \"ec2\"\ninstance = \"m7i.large\"\nregion = \"ap-south-2\"").unwrap_err().to_string();
    assert!(error.contains("m7i.large"), "{error}");
}

#[test]
fn a_way_to_pay_is_a_known_one_or_has_a_price_in_a_list_of_ones_own() {
    let work = "requests = \"1000/month\"\ncpu = \"20ms\"\nmemory = \"1GB\"";
    for (platform, typed, near) in [("ec2", "reserved-2y", "reserved-1y"), ("eks-ec2", "spott", "spot"), ("ecs-ec2", "foo", "known")] {
        let error = estimated(work, &format!("platform = \"{platform}\"\npurchase = \"{typed}\"")).unwrap_err();
        assert!(matches!(error, ScenarioError::Setting(_)), "{error}");
        assert!(error.to_string().contains(near), "{error}");
    }
    let own = "meter,region,unit,price_usd\nec2.linux.negotiated.m7i.large,us-east-1,instance-hour,0.05\n";
    let option = "platform = \"ec2\"\ninstance = \"m7i.large\"\npurchase = \"negotiated\"";
    let scenario = format!("prices = \"own.csv\"\nmonth_hours = 730\n[workload]\n{work}\n[[option]]\n{option}\n");
    let estimate = estimate_with_files(&scenario, &[("own.csv", own)].into()).unwrap();
    assert_eq!(estimate.options[0].bill.invoice_total().to_string(), "$36.50");
}
