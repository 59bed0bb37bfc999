//! The study in `reports/documents`: its page is what the model says, and the numbers it is quoted for are right.

use std::fs;
use std::path::Path;

use millicent::units::{Decimal, Usd};

#[path = "../../reports/documents/study.rs"]
#[expect(dead_code, reason = "the example's `main` is not called here")]
mod study;

use self::study::claims::{Answer, DOCUMENTS, Verdict};
use self::study::{limits, numbers as model, render};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn the_page_is_what_the_model_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/documents/README.md");
    let (committed, rendered) = (fs::read_to_string(path).unwrap(), render());
    let differing = committed.lines().zip(rendered.lines()).position(|(one, other)| one != other);
    assert!(
        committed == rendered,
        "reports/documents/README.md is out of date (first difference in line {}): run `cargo run --example documents-study`",
        differing.map_or(committed.lines().count().min(rendered.lines().count()), |line| line) + 1
    );
}

#[test]
fn the_key_numbers_are_right() {
    for (what, computed, expected) in [
        ("order pipeline", model::total(model::PIPELINE), "8.53335"),
        ("order pipeline, free tier", model::total(model::PIPELINE_FREE_TIER), "1.66667"),
        ("order pipeline at the documents' prices", model::total(model::PIPELINE_DOCUMENTS), "8.53335"),
        ("20,000 orders", model::total(model::PIPELINE_20K), "0.170667"),
        ("20,000 orders, free tier", model::total(model::PIPELINE_20K_FREE_TIER), "0"),
        ("50,000 orders", model::total(model::PIPELINE_50K), "0.4266675"),
        ("an idle month", model::total(model::PIPELINE_IDLE), "0"),
        ("10 units of 512 MB", model::total(model::TEN_UNITS), "54.750438"),
        ("10 units of 1 GB", model::total(model::TEN_UNITS_1024), "109.500876"),
        ("10 units at the documents' price", model::total(model::TEN_UNITS_DOCUMENTS), "2920"),
        ("the same for a day", model::total(model::TEN_UNITS_DOCUMENTS_DAY), "96"),
        ("5 units of 512 MB", model::total(model::FIVE_UNITS), "27.375219"),
        ("5 units of 1 GB", model::total(model::FIVE_UNITS_1024), "54.750438"),
        ("a unit of 512 MB for an hour", model::total(model::ONE_UNIT_ONE_HOUR), "0.00750006"),
        ("a GB-month", model::duration_cost(&model::ONE_GB_ALL_MONTH.first()), "43.8000876"),
        ("a t3.medium", model::t3_medium(), "30.368"),
        ("128 MB for 1 s", model::duration_cost(&model::ONE_CALL.option("128 MB, 1000 ms")), "0.0000020833375"),
        ("512 MB for 200 ms", model::duration_cost(&model::ONE_CALL.option("512 MB, 200 ms")), "0.00000166667"),
        ("pings at 128 MB", model::total_of(model::PINGS, "128 MB"), "0.00357700365"),
        ("pings at 512 MB", model::total_of(model::PINGS, "512 MB"), "0.0090520146"),
        ("pings at 1 GB", model::total_of(model::PINGS, "1024 MB"), "0.0163520292"),
    ] {
        assert_eq!(computed.amount(), decimal(expected), "{what}");
    }
}

#[test]
fn a_million_requests_a_day_have_no_one_cost() {
    for (shape, cents) in [("128 MB, 100 ms", "12.42"), ("512 MB, 100 ms", "31.43"), ("1 GB, 1 s", "513.03")] {
        assert_eq!(model::total_of(model::A_MILLION_A_DAY, shape).cents().amount(), decimal(cents), "{shape}");
    }
}

#[test]
fn the_break_even_is_in_the_millions() {
    let dollars = |amount: u32| Usd::new(amount.into());
    for (amount, free_tier, requests) in [
        (model::t3_medium(), false, "3558743"),
        (model::t3_medium(), true, "4363431"),
        (dollars(12), false, "1406247"),
        (dollars(15), false, "1757809"),
    ] {
        assert_eq!(model::break_even(amount, free_tier).round_dp(0), decimal(requests), "{amount}, free tier {free_tier}");
    }
    let stated = ["reserved_low", "reserved_high", "on_demand"].map(|kind| format!("ec2.linux.{kind}.t3.medium"));
    assert_eq!(stated.map(|meter| model::documents_machine(&meter)), [dollars(12), dollars(15), dollars(30)]);
    // A break-even lies where the bill passes the amount, neither before nor after.
    let below = model::requests_within(model::t3_medium(), false);
    assert!(model::pipeline_at(below, false) <= model::t3_medium() && model::t3_medium() < model::pipeline_at(below + 1, false));
}

#[test]
fn provisioned_units_pay_from_60_percent_use() {
    assert_eq!(model::break_even_utilization().round_dp(4), decimal("0.6"));
    // Erlang's loss formula: B(10, 10) = 0.21458.
    assert_eq!(model::share_served_by_ten_units().round_dp(5), decimal("0.78542"));
}

#[test]
fn twenty_one_dollars_would_take_a_gigabyte_and_a_quarter() {
    let megabytes = model::memory_reaching(Usd::new(21.into()));
    assert_eq!(megabytes, 1278);
    assert!(model::pipeline_with_memory(megabytes - 1).amount() < decimal("21"));
}

#[test]
fn ten_thousand_environments_take_ninety_seconds() {
    assert_eq!(model::seconds_to_scale_to(10_000), decimal("90"));
    assert_eq!(model::seconds_to_scale_to(1_000), decimal("0"));
    assert!(model::quota_note(model::THOUSAND_AT_ONCE).is_none());
    assert!(model::quota_note(model::THOUSAND_AND_ONE_AT_ONCE).is_some());
}

#[test]
fn pings_and_durations_are_computed() {
    assert_eq!(model::billed_requests(&model::PINGS.first()), decimal("8760"));
    assert_eq!(["512 MB", "1024 MB"].map(model::computed_milliseconds), [decimal("250"), decimal("125")]);
    let [slow, fast] = ["128 MB, 1000 ms", "512 MB, 200 ms"].map(|name| model::ONE_CALL.option(name));
    assert_eq!(model::saving(model::duration_cost(&slow), model::duration_cost(&fast)).round_dp(3), decimal("0.2"));
    assert_eq!(model::saving(slow.bill.total(), fast.bill.total()).round_dp(3), decimal("0.182"));
}

/// What the documents state, what the model computes, and how many decimals the statement has.
#[test]
fn a_stated_number_is_right_when_the_model_rounds_to_it() {
    let per_millisecond = |size| model::duration_cost(&model::ONE_MS.option(size)).amount();
    let per_call = |option| model::duration_cost(&model::ONE_CALL.option(option)).amount();
    for (quote, stated, computed) in [
        ("$0.0000000021 ... $0.0000000083 ... $0.0000000167", "0.0000000021", per_millisecond("128 MB")),
        ("$0.0000000021 ... $0.0000000083 ... $0.0000000167", "0.0000000083", per_millisecond("512 MB")),
        ("$0.0000000021 ... $0.0000000083 ... $0.0000000167", "0.0000000167", per_millisecond("1024 MB")),
        ("128MB, 1000ms = $0.0021", "0.0021", per_call("128 MB, 1000 ms")),
        ("512MB, 200ms = $0.0017", "0.0017", per_call("512 MB, 200 ms")),
        ("1M invocations × 512MB × 1s = ~$21/month", "21", model::total(model::PIPELINE).amount()),
        ("Total: ~$8.53/month", "8.53", model::total(model::PIPELINE).amount()),
        ("= 500K GB-s ... = $8.33", "8.33", model::duration_cost(&model::PIPELINE.first()).amount()),
        ("$0.40/hour per provisioned concurrency", "0.40", model::total(model::ONE_UNIT_ONE_HOUR).amount()),
        ("10 provisioned = $96/month", "96", model::total(model::TEN_UNITS).amount()),
        ("($0.60 per GB-month)", "0.60", model::duration_cost(&model::ONE_GB_ALL_MONTH.first()).amount()),
        ("Single t3.medium (2 vCPU, 4GB): $30/month", "30", model::t3_medium().amount()),
        ("Break-even around 20K invocations", "20000", model::break_even(model::t3_medium(), false)),
    ] {
        let stated = decimal(stated);
        let holds = computed.round_dp(stated.scale()) == stated;
        assert_eq!(verdict_on(quote) == Verdict::Right, holds, "{quote}: the model says {computed}");
    }
}

fn verdict_on(quote: &str) -> Verdict {
    let claims = DOCUMENTS.iter().flat_map(|document| document.claims);
    let claim = claims.into_iter().find(|claim| claim.quote == quote);
    claim.and_then(|claim| claim.answer.verdict()).unwrap_or_else(|| panic!("no judged claim {quote:?}"))
}

#[test]
fn every_computed_wrong_claim_has_its_sum() {
    for claim in DOCUMENTS.iter().flat_map(|document| document.claims) {
        if let Answer::Computed { verdict, arithmetic, .. } = &claim.answer {
            assert_eq!(*verdict == Verdict::Wrong, arithmetic.is_some(), "{}", claim.quote);
        }
    }
}

#[test]
fn limits_hold_on_one_side_and_not_on_the_other() {
    for [(allowed, allowed_run), (beyond, beyond_run)] in limits::REFUSED_BEYOND {
        assert!(allowed_run.try_estimate().is_ok(), "{allowed}");
        assert!(model::refusal(*beyond_run).is_some(), "{beyond}");
    }
    for (asked, run) in limits::DIFFERENT_BEYOND.iter().flatten() {
        assert!(run.try_estimate().is_ok(), "{asked}");
    }
}

/// The study asks the library; here the command is asked the same.
#[cfg(feature = "cli")]
#[test]
fn the_command_agrees_with_the_study() {
    for run in model::CHECKED {
        let output = command(&run.arguments());
        assert!(output.status.success(), "{:?}: {}", run.arguments(), String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let totals = |option: &serde_json::Value| decimal(&option["monthly_usd"].to_string());
        let said: Vec<Decimal> = answer["options"].as_array().unwrap().iter().map(totals).collect();
        let computed: Vec<Decimal> = run.estimate().options.iter().map(|option| option.bill.total().amount()).collect();
        assert_eq!(said, computed, "{:?}", run.arguments());
    }
    for (asked, run) in limits::REFUSED_BEYOND.iter().flatten() {
        let output = command(&run.arguments());
        let refused = model::refusal(*run);
        assert_eq!(output.status.success(), refused.is_none(), "{asked}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(&refused.unwrap_or_default()), "{asked}");
    }
}

#[cfg(feature = "cli")]
fn command(arguments: &[String]) -> std::process::Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_millicent"));
    command.args(arguments).args(["--format", "json"]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}
