//! The numbers of the study: what the model answers, computed each time they are asked for.

use millicent::bill::bill;
use millicent::scenario::{OptionEstimate, ScenarioError};
use millicent::units::{DataSize, Decimal, Month, Share, Unit, Usd};
use millicent::usage::{Meter, Region, Usage};

use super::runs::{
    ALWAYS_BUSY, BATCHES, Book, EVENT_SIZES, FASTER_AND_CHEAPER, INITIALIZATION, MEMORY_SIZES, MILLION_A_DAY, ONE_MILLISECOND,
    ORDER_PIPELINE, PROVISIONED_IDLE, PROVISIONED_LOAD, Run, WARM_UP, cost_below, largest, quantity_below,
};

const REGION: &str = "us-east-1";

/// Document 004's worked example: a million requests of one second at 512 MB.
pub(crate) const PIPELINE: Run = Run::of(&ORDER_PIPELINE);
/// The same with the account's free allowances.
pub(crate) const PIPELINE_FREE_TIER: Run = PIPELINE.free_tier();
/// The same with the prices that the documents state.
pub(crate) const PIPELINE_DOCUMENTS: Run = PIPELINE.at_the_documents_prices();
/// The same with ten provisioned units.
pub(crate) const PIPELINE_PROVISIONED: Run = PIPELINE.with(&[("provisioned_concurrency", "10")]);
/// The same in a month without requests.
pub(crate) const PIPELINE_IDLE: Run = PIPELINE.with(&[("requests", "0/month")]);
/// Few requests, as "cheaper for <10K invocations/month" has it.
pub(crate) const PIPELINE_10K: Run = PIPELINE.with(&[("requests", "10k/month")]);
/// The same with the account's free allowances.
pub(crate) const PIPELINE_10K_FREE_TIER: Run = PIPELINE_10K.free_tier();
/// The break-even of document 004.
pub(crate) const PIPELINE_20K: Run = PIPELINE.with(&[("requests", "20k/month")]);
/// The same with the account's free allowances.
pub(crate) const PIPELINE_20K_FREE_TIER: Run = PIPELINE_20K.free_tier();
/// Where document 004 calls containers cheaper.
pub(crate) const PIPELINE_50K: Run = PIPELINE.with(&[("requests", "50k/month")]);
/// A thousand requests at once, on average.
pub(crate) const THOUSAND_AT_ONCE: Run = PIPELINE.with(&[("requests", "1000/s")]);
/// One more.
pub(crate) const THOUSAND_AND_ONE_AT_ONCE: Run = PIPELINE.with(&[("requests", "1001/s")]);
/// Ten thousand requests at once, on average.
pub(crate) const TEN_THOUSAND_AT_ONCE: Run = PIPELINE.with(&[("requests", "10000/s")]);
/// Three shapes of a million requests a day.
pub(crate) const A_MILLION_A_DAY: Run = Run::of(&MILLION_A_DAY);
/// One GB in use for a month.
pub(crate) const ONE_GB_ALL_MONTH: Run = Run::of(&ALWAYS_BUSY);
/// One GB in use for an hour.
pub(crate) const ONE_GB_ONE_HOUR: Run = ONE_GB_ALL_MONTH.with(&[("requests", "3600/month")]);
/// One GB in use for ten hours.
pub(crate) const ONE_GB_TEN_HOURS: Run = ONE_GB_ALL_MONTH.with(&[("requests", "36000/month")]);
/// Ten units of 512 MB, ready all month.
pub(crate) const TEN_UNITS: Run = Run::of(&PROVISIONED_IDLE);
/// The same at Lambda's default size.
pub(crate) const TEN_UNITS_128: Run = TEN_UNITS.with(&[("memory", "128MB")]);
/// The same with 1 GB.
pub(crate) const TEN_UNITS_1024: Run = TEN_UNITS.with(&[("memory", "1024MB")]);
/// The same at the price for each unit that document 004 states.
pub(crate) const TEN_UNITS_DOCUMENTS: Run = TEN_UNITS.at_the_documents_prices();
/// The same for one day.
pub(crate) const TEN_UNITS_DOCUMENTS_DAY: Run = TEN_UNITS.with(&[("provisioned_time", "24h")]).at_the_documents_prices();
/// Five units of 512 MB.
pub(crate) const FIVE_UNITS: Run = TEN_UNITS.with(&[("provisioned_concurrency", "5")]);
/// Five units of 1 GB.
pub(crate) const FIVE_UNITS_1024: Run = TEN_UNITS.with(&[("provisioned_concurrency", "5"), ("memory", "1024MB")]);
/// One unit of 512 MB.
pub(crate) const ONE_UNIT: Run = TEN_UNITS.with(&[("provisioned_concurrency", "1")]);
/// One unit of 512 MB for an hour.
pub(crate) const ONE_UNIT_ONE_HOUR: Run = TEN_UNITS.with(&[("provisioned_concurrency", "1"), ("provisioned_time", "1h")]);
/// Ten requests at once on average, with and without ten units.
pub(crate) const TEN_AT_ONCE: Run = Run::of(&PROVISIONED_LOAD);
/// One second of computing at 128 MB, on larger functions.
pub(crate) const SIZES: Run = Run::of(&MEMORY_SIZES);
/// The same when half of that second is waiting.
pub(crate) const SIZES_HALF_WAITING: Run = SIZES.with(&[("cpu_fraction", "0.5")]);
/// One call in the sizes and durations of document 003.
pub(crate) const ONE_CALL: Run = Run::of(&FASTER_AND_CHEAPER);
/// A thousand such calls.
pub(crate) const THOUSAND_CALLS: Run = ONE_CALL.with(&[("requests", "1000/month")]);
/// One millisecond in the sizes of document 003.
pub(crate) const ONE_MS: Run = Run::of(&ONE_MILLISECOND);
/// A request every five minutes.
pub(crate) const PINGS: Run = Run::of(&WARM_UP);
/// A long and a short INIT phase.
pub(crate) const INIT: Run = Run::of(&INITIALIZATION);
/// Messages one by one.
pub(crate) const SINGLE_MESSAGES: Run = Run::of(&BATCHES);
/// Messages by tens.
pub(crate) const BATCHED_MESSAGES: Run = SINGLE_MESSAGES.with(&[("requests", "100k/month"), ("duration", "200ms")]);
/// Events of 256 KB.
pub(crate) const EVENTS_256_KB: Run = Run::of(&EVENT_SIZES);
/// Events of 257 KB.
pub(crate) const EVENTS_257_KB: Run = EVENTS_256_KB.with(&[("payload", "257KB")]);

/// The exact monthly total of a run's first option.
pub(crate) fn total(run: Run) -> Usd {
    run.first().bill.total()
}

/// The exact monthly total of one option of a run.
pub(crate) fn total_of(run: Run, option: &str) -> Usd {
    run.option(option).bill.total()
}

/// What duration alone costs, provisioned or not.
pub(crate) fn duration_cost(option: &OptionEstimate) -> Usd {
    cost_below(option, "lambda.duration")
}

/// Requests that are billed.
pub(crate) fn billed_requests(option: &OptionEstimate) -> Decimal {
    quantity_below(option, "lambda.requests")
}

/// The price that a line of a bill multiplies with.
pub(crate) fn price_of(option: &OptionEstimate, meter: &str) -> Decimal {
    let line = option.bill.lines.iter().find(|line| line.meter.id().starts_with(meter));
    line.expect("the study asks for meters that its scenarios use").price
}

/// The order pipeline with so many requests a month.
pub(crate) fn pipeline_at(requests: u64, free_tier: bool) -> Usd {
    let run = if free_tier { PIPELINE_FREE_TIER } else { PIPELINE };
    run.estimate_with(&[("requests", &format!("{requests}/month"))]).options[0].bill.total()
}

/// The most requests a month for which the order pipeline costs no more than `amount`, found by asking the model.
pub(crate) fn requests_within(amount: Usd, free_tier: bool) -> u64 {
    largest(100_000_000, |requests| pipeline_at(requests, free_tier) <= amount)
}

/// The requests a month at which the order pipeline costs exactly `amount`: its break-even with a machine at that price.
///
/// Between one whole request and the next the bill grows evenly, so the rest is a proportion. Free allowances and tiers are in
/// the bills. Worked number: 30.368 / 0.00000853335 = 3,558,743.05.
pub(crate) fn break_even(amount: Usd, free_tier: bool) -> Decimal {
    let below = requests_within(amount, free_tier);
    let (cost_below, cost_above) = (pipeline_at(below, free_tier), pipeline_at(below + 1, free_tier));
    let rest = (amount - cost_below).share_of(cost_above - cost_below);
    Decimal::from(below) + rest.unwrap_or_default()
}

/// The order pipeline on a function of so many megabytes, still with one second.
pub(crate) fn pipeline_with_memory(megabytes: u64) -> Usd {
    PIPELINE.estimate_with(&[("memory", &format!("{megabytes}MB"))]).options[0].bill.total()
}

/// The smallest memory at which the order pipeline costs at least `amount`, in megabytes.
pub(crate) fn memory_reaching(amount: Usd) -> u64 {
    let least = 128;
    least + largest(10_240 - least, |more| more == 0 || pipeline_with_memory(least + more - 1) < amount)
}

/// What a t3.medium costs a month, on demand in us-east-1, from the bundled prices.
pub(crate) fn t3_medium() -> Usd {
    machine_month(Book::Bundled, "ec2.linux.on_demand.t3.medium")
}

/// The monthly price that the documents' own price book has for a machine.
pub(crate) fn documents_machine(meter: &str) -> Usd {
    machine_month(Book::Documents, meter)
}

fn machine_month(book: Book, meter: &str) -> Usd {
    let region = Region::new(REGION);
    let quote = book.prices().price(meter, REGION).expect("the study asks for machines that the price books have");
    let unit = quote.price.unit();
    let quantity = if unit == Unit::InstanceHour { Month::STANDARD.hours() } else { Decimal::ONE };
    let mut usage = Usage::default();
    usage
        .add(&region, &Meter::named(meter.to_owned(), meter.to_owned(), unit), quantity)
        .expect("one month of one machine is small");
    bill(&usage, book.prices(), false).expect("the price was found above, in its own unit").total()
}

/// The share of the requests that ten units serve when ten are busy on average and arrivals are random.
pub(crate) fn share_served_by_ten_units() -> Decimal {
    let option = TEN_AT_ONCE.option("10 units, random arrivals");
    // Every request lasts as long on a unit as on demand, so GB-seconds divide as requests do.
    quantity_below(&option, "lambda.duration.provisioned") / quantity_below(&option, "lambda.duration")
}

/// The share of the month that ten provisioned units of the order pipeline must be busy before they cost less than running on
/// demand, when no request finds all of them busy.
pub(crate) fn break_even_utilization() -> Decimal {
    let capacity = 10 * 730 * 3600; // requests of one second that ten units can serve in a month
    let on_demand_no_dearer = |requests: u64| {
        let rate = format!("{requests}/month");
        let provisioned = PIPELINE_PROVISIONED.estimate_with(&[("requests", &rate), ("provisioned_requests", &rate)]);
        pipeline_at(requests, false) <= provisioned.options[0].bill.total()
    };
    Decimal::from(largest(capacity, on_demand_no_dearer)) / Decimal::from(capacity)
}

/// Seconds until Lambda's documented scaling rate allows `environments` of one function, from none.
///
/// "1,000 execution environment instances every 10 seconds" (AWS Lambda developer guide, "Lambda scaling behavior"), refilled
/// continuously and not saved up: a thousand at once, then a hundred a second. Worked number: 10,000 after 90 s.
pub(crate) fn seconds_to_scale_to(environments: u32) -> Decimal {
    let (at_once, each_second) = (Decimal::from(1000), Decimal::from(100));
    ((Decimal::from(environments) - at_once) / each_second).max(Decimal::ZERO)
}

/// What the model says about the account's quota of concurrent executions, if anything.
pub(crate) fn quota_note(run: Run) -> Option<String> {
    run.first().notes.iter().map(|(_, note)| note.to_string()).find(|note| note.contains("quota"))
}

/// Why the model refuses a run, if it does.
pub(crate) fn refusal(run: Run) -> Option<String> {
    match run.try_estimate() {
        Err(ScenarioError::Refused { reasons, .. }) => Some(reasons),
        _ => None,
    }
}

/// The duration that the model computes for a function of the scenario `memory-sizes`, in milliseconds: what is billed for
/// each request, divided by its memory.
pub(crate) fn computed_milliseconds(size: &str) -> Decimal {
    let option = SIZES.option(size);
    let memory: DataSize = size.parse().expect("the options of the scenario are named by their memory");
    let seconds = quantity_below(&option, "lambda.duration") / billed_requests(&option) / memory.gigabytes();
    seconds * Decimal::ONE_THOUSAND
}

/// The bundled price of an hour of a kind, to show beside a monthly cost.
pub(crate) fn hourly_price(meter: &str) -> Decimal {
    let quote = Book::Bundled.prices().price(meter, REGION).expect("the study asks for prices that the book has");
    quote.price.tiers()[0].price
}

/// The order pipeline's exact cost of one request.
pub(crate) fn price_of_one_request() -> Decimal {
    pipeline_at(1, false).amount()
}

/// What ephemeral storage adds to a run.
pub(crate) fn storage_cost(run: Run) -> Usd {
    cost_below(&run.first(), "lambda.ephemeral_storage")
}

/// The saving of `second` over `first`, as a share of `first`.
pub(crate) fn saving(first: Usd, second: Usd) -> Decimal {
    (first - second).share_of(first).unwrap_or_default()
}

/// What document 004 states for an hour of one provisioned unit.
pub(crate) fn documents_unit_hour() -> Decimal {
    price_of(&TEN_UNITS_DOCUMENTS.first(), "lambda.provisioned_concurrency.units")
}

/// What something costs that is idle for a share of the time, in multiples of what is used of it.
pub(crate) fn cost_of_idleness(idle: &str) -> Decimal {
    let idle: Share = idle.parse().expect("the study writes shares as percentages");
    Decimal::ONE / idle.rest().get()
}

/// The runs behind the page, for a reader who wants to check them with the command.
pub(crate) static CHECKED: &[Run] = &[
    PIPELINE,
    PIPELINE_FREE_TIER,
    PIPELINE_DOCUMENTS,
    PIPELINE_IDLE,
    PIPELINE_10K,
    PIPELINE_10K_FREE_TIER,
    PIPELINE_20K,
    PIPELINE_20K_FREE_TIER,
    PIPELINE_50K,
    PIPELINE_PROVISIONED,
    TEN_THOUSAND_AT_ONCE,
    A_MILLION_A_DAY,
    ONE_GB_ALL_MONTH,
    ONE_GB_ONE_HOUR,
    ONE_GB_TEN_HOURS,
    TEN_UNITS,
    TEN_UNITS_128,
    TEN_UNITS_1024,
    TEN_UNITS_DOCUMENTS,
    TEN_UNITS_DOCUMENTS_DAY,
    FIVE_UNITS,
    FIVE_UNITS_1024,
    ONE_UNIT,
    ONE_UNIT_ONE_HOUR,
    TEN_AT_ONCE,
    SIZES,
    SIZES_HALF_WAITING,
    ONE_CALL,
    THOUSAND_CALLS,
    ONE_MS,
    PINGS,
    INIT,
    SINGLE_MESSAGES,
    BATCHED_MESSAGES,
];
