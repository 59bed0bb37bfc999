//! The claims of document 003.

use millicent::units::grouped;

use super::answers::{above_the_quota, per_call, pings};
use super::numbers as model;
use super::runs::{BATCHES, FASTER_AND_CHEAPER, MEMORY_SIZES, ONE_MILLISECOND, ORDER_PIPELINE, PROVISIONED_IDLE, WARM_UP};
use super::sources::{COLD_STARTS, LAMBDA_ENVIRONMENT, LAMBDA_SQS, LAMBDA_TIMEOUT};
use super::words::{money, percent, product, times};
use super::{Claim, Verdict};

/// In the document's own order.
pub(super) static CLAIMS: &[Claim] = &[
    Claim::computed("Scales from zero to thousands automatically", Verdict::Depends, &ORDER_PIPELINE, above_the_quota),
    Claim::not_yet("cold start: 100ms - 2s ... warm: 1-10ms", COLD_STARTS),
    Claim::computed("provisionedConcurrency: 5", Verdict::Right, &PROVISIONED_IDLE, || {
        format!(
            "a valid setting, no price and no size stated; at 1,024 MB, the default of the Serverless Framework, it costs {} a \
             month idle",
            model::total(model::FIVE_UNITS_1024)
        )
    }),
    Claim::not_yet("TensorFlow can add seconds to your cold start time", COLD_STARTS),
    Claim::computed("This approach is cost-effective but only keeps a single instance warm", Verdict::Right, &WARM_UP, pings),
    Claim::not_yet(
        "rate: rate(5 minutes)",
        "a room for cold starts: how long an idle environment is kept, so how often is enough",
    ),
    Claim::documented(
        "Lambda creates new connections each invocation",
        Verdict::Wrong,
        "what is opened outside the handler stays open in its execution environment: a connection for each environment",
        LAMBDA_ENVIRONMENT,
    ),
    Claim::computed("128 MB | 1x ... 512 MB | 4x ... 1024 MB | 8x", Verdict::Right, &MEMORY_SIZES, || {
        let [small, medium, large] = ["128 MB", "512 MB", "1024 MB"].map(model::computed_milliseconds);
        format!(
            "one second of computing at 128 MB takes {} ms at 512 MB ({}×) and {} ms at 1,024 MB ({}×); one thread gains until \
             1,769 MB, one vCPU",
            grouped(medium),
            times(small, medium),
            grouped(large),
            times(small, large)
        )
    }),
    Claim::computed("$0.0000000021 ... $0.0000000083 ... $0.0000000167", Verdict::Right, &ONE_MILLISECOND, || {
        let cost = |size| money(model::duration_cost(&model::ONE_MS.option(size)));
        format!("a millisecond costs {} at 128 MB, {} at 512 MB, {} at 1,024 MB", cost("128 MB"), cost("512 MB"), cost("1024 MB"))
    }),
    Claim::wrong(
        "128MB, 1000ms = $0.0021",
        &FASTER_AND_CHEAPER,
        || per_call("128 MB, 1000 ms"),
        || product(&model::ONE_CALL.option("128 MB, 1000 ms"), "lambda.duration"),
    ),
    Claim::wrong(
        "512MB, 200ms = $0.0017",
        &FASTER_AND_CHEAPER,
        || per_call("512 MB, 200 ms"),
        || product(&model::ONE_CALL.option("512 MB, 200 ms"), "lambda.duration"),
    ),
    Claim::computed("(faster AND cheaper)", Verdict::Right, &FASTER_AND_CHEAPER, || {
        let [small, large, by_cpu] =
            ["128 MB, 1000 ms", "512 MB, 200 ms", "512 MB, 250 ms"].map(|name| model::ONE_CALL.option(name));
        format!(
            "at the stated durations the second saves {} of the duration cost, {} with the request fee. Four times the CPU alone \
             gives 250 ms, which cost {}: as much as the first",
            percent(model::saving(model::duration_cost(&small), model::duration_cost(&large))),
            percent(model::saving(small.bill.total(), large.bill.total())),
            money(model::duration_cost(&by_cpu))
        )
    }),
    Claim::documented(
        "Up to 10 messages per invocation",
        Verdict::Outdated,
        "10 is the default; up to 10,000 for standard queues",
        LAMBDA_SQS,
    ),
    Claim::computed("Larger batches are more cost-effective", Verdict::Right, &BATCHES, || {
        format!(
            "a million messages of 20 ms (assumed) at 512 MB cost {} a month one by one, {} by tens: nine of ten request fees \
             are saved, duration stays",
            model::total(model::SINGLE_MESSAGES),
            model::total(model::BATCHED_MESSAGES)
        )
    }),
    Claim::documented("default is 3s", Verdict::Right, "the default timeout of Lambda is 3 s", LAMBDA_TIMEOUT),
];
