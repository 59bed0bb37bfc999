//! What is compared when nobody says: the usual candidates.

use crate::workload::Workload;

/// Functions, containers and machines of three clouds, in the sizes that hold the workload.
const GENERAL: &[&str] = &[
    "lambda,architecture=x86_64",
    "lambda,architecture=arm64",
    "fargate,architecture=x86_64",
    "fargate,architecture=arm64",
    "ecs-managed-instances",
    "ec2",
    "ec2,purchase=reserved-1y",
    "cloud-run",
    "cloud-run-functions",
    "gce",
    "azure-functions",
    "container-apps",
];

/// What has GPUs.
const GPU: &[&str] = &["ecs-ec2", "ec2", "cloud-run", "container-apps", "modal"];

/// The options that are compared when a scenario has none: each a platform with some of its keys, as `--platform` takes it.
#[must_use]
pub fn line_up(workloads: &[Workload]) -> &'static [&'static str] {
    if workloads.iter().any(|workload| workload.gpu.is_some()) { GPU } else { GENERAL }
}
