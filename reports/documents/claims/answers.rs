//! Answers of the model that several claims share, and the long ones.

use millicent::units::{Decimal, grouped};

use super::limits::{LONGEST, TOO_LONG};
use super::numbers as model;
use super::runs::Run;
use super::words::{digits, money, percent, price, times, whole};

/// Where the model's refusals are quoted.
pub(super) const LIMITS: &str = "[limits](#limits-that-the-model-enforces)";

/// Whether the model makes a bill of a run.
pub(super) fn accepted(run: Run) -> &'static str {
    if run.try_estimate().is_ok() { "accepted" } else { "refused" }
}

/// The 15 minutes, tried from both sides.
pub(super) fn longest_invocation() -> String {
    format!("an invocation of 900 s is {}, one of 901 s is {} ({LIMITS})", accepted(LONGEST), accepted(TOO_LONG))
}

/// What the model makes of so many requests at once.
pub(super) fn quota_answer(run: Run) -> &'static str {
    if model::quota_note(run).is_some() { "are above the default quota of the account" } else { "pass without remark" }
}

/// The default quota of concurrent executions, tried from both sides.
pub(super) fn above_the_quota() -> String {
    format!(
        "1,000 requests at once {}; 1,001 {}, says the model ({LIMITS})",
        quota_answer(model::THOUSAND_AT_ONCE),
        quota_answer(model::THOUSAND_AND_ONE_AT_ONCE)
    )
}

/// How much of a load ten provisioned units serve.
pub(super) fn first_ten() -> String {
    let served = model::share_served_by_ten_units();
    format!(
        "the first ten at once. With ten requests at once on average, arriving at random, {} of the requests find a unit and {} \
         run on demand",
        percent(served),
        percent(Decimal::ONE - served)
    )
}

/// What a month without requests costs.
pub(super) fn idle() -> String {
    format!(
        "no request, no line on the bill: {}. Provisioned units cost also when idle: five of 512 MB {} a month",
        model::total(model::PIPELINE_IDLE),
        model::total(model::FIVE_UNITS)
    )
}

/// What a request every five minutes costs.
pub(super) fn pings() -> String {
    let cost = |size| digits(model::total_of(model::PINGS, size), 2);
    format!(
        "{} requests a month keep one environment. At 100 ms each (assumed) they cost {} at 128 MB, {} at 512 MB, {} at 1 GB; \
         one provisioned unit of 512 MB costs {} idle",
        grouped(model::billed_requests(&model::PINGS.first())),
        cost("128 MB"),
        cost("512 MB"),
        cost("1024 MB"),
        model::total(model::ONE_UNIT)
    )
}

/// What more memory does to the cost, by CPU share.
pub(super) fn more_memory() -> String {
    let sizes = ["128 MB", "512 MB", "3008 MB"];
    let row = |run| {
        let [small, medium, large] = sizes.map(|size| model::total_of(run, size));
        format!("{small} at 128 MB, {medium} at 512 MB, {large} at 3,008 MB")
    };
    format!(
        "faster, but by CPU share alone not cheaper. A million requests that take 1 s at 128 MB cost {} when all of it is \
         computing; {} when half is waiting. Being cheaper takes more than CPU share, and measuring to show it",
        row(model::SIZES),
        row(model::SIZES_HALF_WAITING)
    )
}

/// The duration cost of one call, and of a thousand.
pub(super) fn per_call(option: &str) -> String {
    format!(
        "{} a call, without the request fee; {} for a thousand calls",
        money(model::duration_cost(&model::ONE_CALL.option(option))),
        digits(model::duration_cost(&model::THOUSAND_CALLS.option(option)), 2)
    )
}

/// The break-even of the order pipeline with a t3.medium.
pub(super) fn break_even() -> String {
    format!(
        "{} requests a month cost as much as a t3.medium, {} with the free tier. 20,000 cost {}, with the free tier {}",
        whole(model::break_even(model::t3_medium(), false)),
        whole(model::break_even(model::t3_medium(), true)),
        model::total(model::PIPELINE_20K),
        model::total(model::PIPELINE_20K_FREE_TIER)
    )
}

/// The same as a sum, also at the prices of document 004.
pub(super) fn break_even_sum() -> String {
    let count = model::break_even(model::t3_medium(), false);
    let [low, high, stated] = ["reserved_low", "reserved_high", "on_demand"].map(|kind| {
        let amount = model::documents_machine(&format!("ec2.linux.{kind}.t3.medium"));
        format!("{} at {amount}", whole(model::break_even(amount, false)))
    });
    format!(
        "{} ÷ {} a request = {}, {} times 20,000. With the document's own prices of a machine: {low}, {high}, {stated}",
        price(model::t3_medium().amount()),
        price(model::price_of_one_request()),
        whole(count),
        times(count, Decimal::from(20_000))
    )
}
