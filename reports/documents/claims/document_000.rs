//! The claims of document 000.

use super::answers::{LIMITS, above_the_quota, accepted, first_ten, longest_invocation};
use super::limits::{LARGEST_TMP, TOO_LARGE_TMP};
use super::numbers as model;
use super::runs::{MILLION_A_DAY, ORDER_PIPELINE, PROVISIONED_LOAD};
use super::sources::{COLD_STARTS, CONTAINERS, LAMBDA_QUOTAS, LAMBDA_VPC, MODAL, STEP_FUNCTIONS_QUOTAS};
use super::{Claim, Verdict};

/// In the document's own order.
pub(super) static CLAIMS: &[Claim] = &[
    Claim::not_yet("Cold start 100ms-10s", COLD_STARTS),
    Claim::computed("Max duration | 15min (Lambda)", Verdict::Right, &ORDER_PIPELINE, longest_invocation),
    Claim::computed("Concurrency | 1000 default (adjustable)", Verdict::Right, &ORDER_PIPELINE, above_the_quota),
    Claim::computed("Cost at low traffic | Near zero", Verdict::Right, &ORDER_PIPELINE, || {
        format!(
            "10,000 requests of document 004's order pipeline cost {} a month, with the free tier {}",
            model::total(model::PIPELINE_10K),
            model::total(model::PIPELINE_10K_FREE_TIER)
        )
    }),
    Claim::not_yet("Cost at high traffic | Expensive at scale", CONTAINERS),
    Claim::computed(
        "Lambda for <100ms avg ... Containers for ... >1M invocations/day (cost crossover)",
        Verdict::Depends,
        &MILLION_A_DAY,
        || {
            let cost = |shape| model::total_of(model::A_MILLION_A_DAY, shape);
            format!(
                "a million a day cost {} a month at 128 MB and 100 ms, {} at 512 MB and 100 ms, {} at 1 GB and 1 s: neither a \
                 duration nor a number of requests is a crossover by itself",
                cost("128 MB, 100 ms"),
                cost("512 MB, 100 ms"),
                cost("1 GB, 1 s")
            )
        },
    ),
    Claim::not_yet("Avoid pandas (75MB)", COLD_STARTS),
    Claim::computed("10 warm instances always ready ... always warm", Verdict::Depends, &PROVISIONED_LOAD, || {
        format!(
            "{}. Idle, the ten cost {} a month at 128 MB, {} at 512 MB, {} at 1 GB",
            first_ten(),
            model::total(model::TEN_UNITS_128),
            model::total(model::TEN_UNITS),
            model::total(model::TEN_UNITS_1024)
        )
    }),
    Claim::not_yet(
        "MaxConcurrency=10, MemorySizeInMB=4096, ProvisionedConcurrency=2",
        "the platform SageMaker Serverless and its prices",
    ),
    Claim::documented(
        "container_idle_timeout=300",
        Verdict::Outdated,
        "the setting is called `scaledown_window` since Modal 1.0",
        MODAL,
    ),
    Claim::not_yet("gpu=\"A10G\"", "the platform Modal and its prices: what 300 idle seconds of a GPU cost"),
    Claim::documented(
        "Lambda + VPC + RDS = 5-10s cold start",
        Verdict::Outdated,
        "since late 2019 the network interfaces of a VPC are made when a function is created, not at a cold start",
        LAMBDA_VPC,
    ),
    Claim::documented(
        "1000 default shared across ALL functions",
        Verdict::Right,
        "1,000 concurrent executions for all functions of an account in one region; new accounts start lower",
        LAMBDA_QUOTAS,
    ),
    Claim::documented(
        "Step Functions payload limit: 256KB max per state",
        Verdict::Right,
        "262,144 bytes for the input or output of a task, state or execution",
        STEP_FUNCTIONS_QUOTAS,
    ),
    Claim::computed("Lambda /tmp is 512MB default: Request up to 10GB", Verdict::Right, &ORDER_PIPELINE, || {
        format!(
            "10 GB is {}, 10,241 MB is {} ({LIMITS}); 10 GB add {} a month to the order pipeline",
            accepted(LARGEST_TMP),
            accepted(TOO_LARGE_TMP),
            model::storage_cost(LARGEST_TMP)
        )
    }),
    Claim::documented(
        "Environment variable limit: 4KB total for all env vars",
        Verdict::Right,
        "4 KB for all environment variables of a function together",
        LAMBDA_QUOTAS,
    ),
];
