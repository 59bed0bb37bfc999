//! The claims of document 002.

use millicent::units::TimeSpan;

use super::answers::{idle, more_memory};
use super::numbers as model;
use super::runs::{MEMORY_SIZES, ORDER_PIPELINE, PROVISIONED_IDLE};
use super::sources::{LAMBDA_CONCURRENCY, LAMBDA_SQS, LAMBDA_TIMEOUT};
use super::{Claim, Verdict};

/// In the document's own order.
pub(super) static CLAIMS: &[Claim] = &[
    Claim::computed("cost nothing when idle", Verdict::Right, &ORDER_PIPELINE, idle),
    Claim::documented(
        "reserved_concurrent_executions = 100",
        Verdict::Right,
        "a valid setting, free of charge; it takes 100 out of the quota of the account",
        LAMBDA_CONCURRENCY,
    ),
    Claim::documented("batch_size = 10", Verdict::Right, "the default; up to 10,000 for standard queues", LAMBDA_SQS),
    Claim::documented("maximum_concurrency = 50", Verdict::Right, "a valid setting, from 2 to 1,000", LAMBDA_SQS),
    Claim::computed("provisioned_concurrent_executions = 5", Verdict::Right, &PROVISIONED_IDLE, || {
        format!(
            "a valid setting, no price stated; at the document's 512 MB it costs {} a month idle",
            model::total(model::FIVE_UNITS)
        )
    }),
    Claim::looked_up("message_retention_seconds = 1209600 # 14 days", Verdict::Right, || {
        format!("1,209,600 s = {}", TimeSpan::from_seconds(1_209_600))
    }),
    Claim::documented("default 3s is too short for most workloads", Verdict::Right, "the default timeout is 3 s", LAMBDA_TIMEOUT),
    Claim::computed(
        "Right-size memory — more memory = more CPU = sometimes cheaper",
        Verdict::Depends,
        &MEMORY_SIZES,
        more_memory,
    ),
];
