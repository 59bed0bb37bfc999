//! The claims of document 004.

use millicent::units::{Decimal, Usd, grouped};

use super::answers::{break_even, break_even_sum, first_ten, idle, longest_invocation, more_memory, pings, quota_answer};
use super::numbers as model;
use super::runs::{ALWAYS_BUSY, INITIALIZATION, MEMORY_SIZES, ORDER_PIPELINE, PROVISIONED_IDLE, PROVISIONED_LOAD, WARM_UP};
use super::sources::{COLD_STARTS, CONTAINERS, EC2_PRICING, EC2_SCALING, LAMBDA_RETRIES, SCALING_BEHAVIOR};
use super::words::{money, price, product, times};
use super::{Claim, Verdict};

/// In the document's own order.
pub(super) static CLAIMS: &[Claim] = &[
    Claim::not_yet("containers cheaper", CONTAINERS),
    Claim::looked_up("10x cost for 95% idle time", Verdict::Depends, || {
        format!(
            "what is idle 95% of the time costs {} times what is used of it; how prices differ comes on top",
            grouped(model::cost_of_idleness("95%"))
        )
    }),
    Claim::computed("Pay $0 when idle", Verdict::Right, &ORDER_PIPELINE, idle),
    Claim::wrong(
        "Scales to 10,000 concurrent invocations in milliseconds",
        &ORDER_PIPELINE,
        || {
            format!(
                "10,000 requests at once {}. With a raised quota one function needs {} s at least from none to 10,000, by the \
                 documented scaling rate",
                quota_answer(model::TEN_THOUSAND_AT_ONCE),
                model::seconds_to_scale_to(10_000)
            )
        },
        || {
            let (page, address) = SCALING_BEHAVIOR;
            format!(
                "1,000 environments at once, then 1,000 more each 10 s ([{page}]({address})): \
                 (10,000 − 1,000) ÷ 1,000 × 10 s = {} s",
                model::seconds_to_scale_to(10_000)
            )
        },
    ),
    Claim::not_yet(
        "Cost savings: 90%",
        "the traffic of the quiet night and of the peak, and the container or machine options that are replaced",
    ),
    Claim::not_yet("(100ms-1s) for container initialization ... warm state (~5-50ms)", COLD_STARTS),
    Claim::wrong(
        "1M invocations × 512MB × 1s = ~$21/month",
        &ORDER_PIPELINE,
        || {
            format!(
                "{} a month, with the free tier {}; further down the document has it right",
                model::total(model::PIPELINE),
                model::total(model::PIPELINE_FREE_TIER)
            )
        },
        || {
            let (bill, stated) = (model::PIPELINE.first(), Usd::new(Decimal::from(21)));
            format!(
                "{}, and {}: together {}. {stated} is what {} MB would cost",
                product(&bill, "lambda.duration"),
                product(&bill, "lambda.requests"),
                bill.bill.total(),
                grouped(Decimal::from(model::memory_reaching(stated)))
            )
        },
    ),
    Claim::wrong(
        "$0.40/hour per provisioned concurrency",
        &PROVISIONED_IDLE,
        || {
            let hour = money(model::total(model::ONE_UNIT_ONE_HOUR));
            format!("{hour} an hour at 512 MB; AWS charges for memory and time, not for units")
        },
        || {
            let (hour, stated) = (model::ONE_UNIT_ONE_HOUR.first(), model::documents_unit_hour());
            format!(
                "{}; {} is {} times that",
                product(&hour, "lambda.provisioned_concurrency.x86_64"),
                price(stated),
                times(stated, hour.bill.total().amount())
            )
        },
    ),
    Claim::wrong(
        "10 provisioned = $96/month",
        &PROVISIONED_IDLE,
        || {
            format!(
                "{} a month idle at 512 MB; at the document's own price for a unit {}",
                model::total(model::TEN_UNITS),
                model::total(model::TEN_UNITS_DOCUMENTS)
            )
        },
        || {
            format!(
                "{}. At the document's own price {}; one day of that is {}",
                product(&model::TEN_UNITS.first(), "lambda.provisioned_concurrency.x86_64"),
                product(&model::TEN_UNITS_DOCUMENTS.first(), "lambda.provisioned_concurrency.units"),
                model::total(model::TEN_UNITS_DOCUMENTS_DAY)
            )
        },
    ),
    Claim::computed("Eliminates cold starts for first 10 concurrent requests", Verdict::Right, &PROVISIONED_LOAD, first_ten),
    Claim::computed("Invoke function every 5 minutes ... Cost: Low (just pays for invocations)", Verdict::Right, &WARM_UP, pings),
    Claim::not_yet("3s cold start → 200ms by optimizing", COLD_STARTS),
    Claim::not_yet("Containers boot in 1-2s", "start-up times of containers: a warm node, a Fargate task, a new machine"),
    Claim::computed("Max 15-minute execution time", Verdict::Right, &ORDER_PIPELINE, longest_invocation),
    Claim::documented(
        "Hourly billing",
        Verdict::Outdated,
        "Linux machines are billed by the second, one minute at least",
        EC2_PRICING,
    ),
    Claim::documented(
        "Manual scaling (operator-driven)",
        Verdict::Outdated,
        "groups of machines scale by themselves (EC2 Auto Scaling)",
        EC2_SCALING,
    ),
    Claim::not_yet("Boot time (30s-2m)", "start-up times of machines"),
    Claim::computed("$0.20 per 1 million calls", Verdict::Right, &ORDER_PIPELINE, || {
        product(&model::PIPELINE.first(), "lambda.requests")
    }),
    Claim::computed("$0.0000166667 per GB-second", Verdict::Right, &ORDER_PIPELINE, || {
        let duration = model::price_of(&model::PIPELINE.first(), "lambda.duration");
        format!("{} for the first 6 billion GB-seconds a month", price(duration))
    }),
    Claim::wrong(
        "($0.60 per GB-month)",
        &ALWAYS_BUSY,
        || format!("1 GB in use for a month of 730 h costs {}", model::duration_cost(&model::ONE_GB_ALL_MONTH.first())),
        || {
            format!(
                "{}. One hour is {}, ten hours are {}",
                product(&model::ONE_GB_ALL_MONTH.first(), "lambda.duration"),
                model::duration_cost(&model::ONE_GB_ONE_HOUR.first()),
                model::duration_cost(&model::ONE_GB_TEN_HOURS.first())
            )
        },
    ),
    Claim::computed("= 500K GB-s ... = $8.33", Verdict::Right, &ORDER_PIPELINE, || {
        product(&model::PIPELINE.first(), "lambda.duration")
    }),
    Claim::computed("Total: ~$8.53/month", Verdict::Right, &ORDER_PIPELINE, || {
        format!("{}, exactly {}", model::total(model::PIPELINE), price(model::total(model::PIPELINE).amount()))
    }),
    Claim::looked_up("Single t3.medium (2 vCPU, 4GB): $30/month", Verdict::Right, || {
        let hour = price(model::hourly_price("ec2.linux.on_demand.t3.medium"));
        format!("730 h × {hour} = {} in us-east-1", model::t3_medium())
    }),
    Claim::not_yet("Reserve instance: $12-15/month", "prices of Reserved Instances; the price book has on-demand prices only"),
    Claim::computed("Serverless cheaper for <10K invocations/month", Verdict::Right, &ORDER_PIPELINE, || {
        format!(
            "10,000 cost {}, a t3.medium {}; the same is true of far more than 10,000",
            model::total(model::PIPELINE_10K),
            model::t3_medium()
        )
    }),
    Claim::wrong(
        "Containers cheaper for >50K invocations/month",
        &ORDER_PIPELINE,
        || format!("50,000 cost {}, a t3.medium {}", model::total(model::PIPELINE_50K), model::t3_medium()),
        || {
            let bill = model::PIPELINE_50K.first();
            format!(
                "{}, and {}: together {}",
                product(&bill, "lambda.duration"),
                product(&bill, "lambda.requests"),
                bill.bill.total()
            )
        },
    ),
    Claim::wrong("Break-even around 20K invocations", &ORDER_PIPELINE, break_even, break_even_sum),
    Claim::computed(
        "Right-size memory: More memory = faster execution = lower compute cost",
        Verdict::Depends,
        &MEMORY_SIZES,
        more_memory,
    ),
    Claim::computed("Optimize cold starts: Less initialization = lower cost", Verdict::Right, &INITIALIZATION, || {
        let added = |option| model::total_of(model::INIT, option) - model::total(model::PIPELINE);
        format!(
            "INIT is billed. If one request in a hundred of the order pipeline starts cold (assumed), an INIT of 3 s adds {} a \
             month, one of 200 ms {}",
            added("INIT of 3 s"),
            added("INIT of 200 ms")
        )
    }),
    Claim::documented(
        "MaximumEventAge: 3600 ... MaximumRetryAttempts: 2",
        Verdict::Right,
        "valid settings; the defaults are 21,600 s and 2",
        LAMBDA_RETRIES,
    ),
];
