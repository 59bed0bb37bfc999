//! The pages of documentation that the study cites, and what it lacks.

/// A page of documentation: name and address.
pub(super) type Source = (&'static str, &'static str);

pub(super) const LAMBDA_QUOTAS: Source =
    ("Lambda quotas", "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html");
pub(super) const SCALING_BEHAVIOR: Source =
    ("Lambda scaling behavior", "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html");
pub(super) const LAMBDA_MEMORY: Source =
    ("Configure Lambda function memory", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html");
pub(super) const LAMBDA_TIMEOUT: Source =
    ("Configure Lambda function timeout", "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html");
pub(super) const LAMBDA_CONCURRENCY: Source =
    ("Understanding Lambda function scaling", "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html");
pub(super) const LAMBDA_ENVIRONMENT: Source =
    ("Lambda execution environment", "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html");
pub(super) const LAMBDA_SQS: Source =
    ("Lambda parameters for Amazon SQS", "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html");
pub(super) const LAMBDA_RETRIES: Source =
    ("Lambda asynchronous invocation", "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html");
pub(super) const LAMBDA_VPC: Source = (
    "Improved VPC networking for Lambda, 2019-09",
    "https://aws.amazon.com/blogs/compute/announcing-improved-vpc-networking-for-aws-lambda-functions/",
);
pub(super) const GATEWAY_TIMEOUT: Source = (
    "API Gateway integration timeout, 2024-06",
    "https://aws.amazon.com/about-aws/whats-new/2024/06/amazon-api-gateway-integration-timeout-limit-29-seconds/",
);
pub(super) const STEP_FUNCTIONS_QUOTAS: Source =
    ("Step Functions quotas", "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html");
pub(super) const SCALING_POLICY: Source =
    ("put-scaling-policy", "https://docs.aws.amazon.com/cli/latest/reference/application-autoscaling/put-scaling-policy.html");
pub(super) const CLOUD_RUN: Source = ("Cloud Run, maximum concurrency", "https://cloud.google.com/run/docs/about-concurrency");
pub(super) const MODAL: Source = ("Modal 1.0 migration guide", "https://modal.com/docs/guide/modal-1-0-migration");
pub(super) const EC2_PRICING: Source = ("EC2 on-demand pricing", "https://aws.amazon.com/ec2/pricing/on-demand/");
pub(super) const EC2_SCALING: Source =
    ("EC2 Auto Scaling", "https://docs.aws.amazon.com/autoscaling/ec2/userguide/what-is-amazon-ec2-auto-scaling.html");

pub(super) const COLD_STARTS: &str = "a room for cold starts: how long INIT takes, by runtime, package and dependencies";
pub(super) const CONTAINERS: &str = "container options, and how much load one container carries";
