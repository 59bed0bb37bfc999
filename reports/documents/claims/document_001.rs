//! The claims of document 001.

use super::answers::{first_ten, longest_invocation};
use super::numbers as model;
use super::runs::{ORDER_PIPELINE, PROVISIONED_IDLE, PROVISIONED_LOAD};
use super::sources::{CLOUD_RUN, COLD_STARTS, CONTAINERS, GATEWAY_TIMEOUT, LAMBDA_MEMORY, SCALING_POLICY};
use super::words::percent;
use super::{Claim, Verdict};

/// In the document's own order.
pub(super) static CLAIMS: &[Claim] = &[
    Claim::computed("Long-running jobs > 15 min (Lambda limit)", Verdict::Right, &ORDER_PIPELINE, longest_invocation),
    Claim::not_yet("ECS/Kubernetes is cheaper at scale", CONTAINERS),
    Claim::documented(
        "Applications requiring GPU (not available in Lambda; use ECS GPU tasks)",
        Verdict::Right,
        "memory is the size of a function, and CPU follows from it; a GPU cannot be configured",
        LAMBDA_MEMORY,
    ),
    Claim::computed("Provisioned concurrency ... eliminates cold starts", Verdict::Depends, &PROVISIONED_LOAD, first_ten),
    Claim::computed("Provisioned concurrency ... costs more", Verdict::Depends, &PROVISIONED_LOAD, || {
        let cost = |option| model::total_of(model::TEN_AT_ONCE, option);
        format!(
            "more when idle, less when busy. Ten requests at once all month cost {} on demand, {} with ten units if arrivals are \
             random, {} if never more than ten come at once; in that case units cost less from {} use",
            cost("on demand"),
            cost("10 units, random arrivals"),
            cost("10 units, steady arrivals"),
            percent(model::break_even_utilization())
        )
    }),
    Claim::documented(
        "API workloads: 30s. Background: 5-15 min",
        Verdict::Depends,
        "advice; behind an API Gateway with the default integration timeout of 29 s, the last second of 30 s is never used",
        GATEWAY_TIMEOUT,
    ),
    Claim::computed("--provisioned-concurrent-executions 10", Verdict::Right, &PROVISIONED_IDLE, || {
        format!(
            "a valid setting, no price stated; at the document's 512 MB it costs {} a month idle",
            model::total(model::TEN_UNITS)
        )
    }),
    Claim::documented(
        "Auto-scaling provisioned concurrency by schedule ... TargetTrackingScaling",
        Verdict::Wrong,
        "the command sets target tracking, not a schedule; it also lacks the required `--policy-name`, and the target must be \
         registered first",
        SCALING_POLICY,
    ),
    Claim::documented(
        "--max-instances 100 ... --concurrency 80",
        Verdict::Right,
        "valid settings, and the defaults of Cloud Run",
        CLOUD_RUN,
    ),
    Claim::not_yet("each cold start takes 2–5 seconds for Python", COLD_STARTS),
    Claim::documented(
        "API Gateway's 29-second timeout",
        Verdict::Outdated,
        "29 s is the default; since 2024-06 it can be raised for Regional and private REST APIs",
        GATEWAY_TIMEOUT,
    ),
];
