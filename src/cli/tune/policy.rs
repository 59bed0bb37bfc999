//! `millicent tune policy`: the rights that a run needs, to be given to whoever starts it.

use std::io::Write;
use std::process::ExitCode;

use millicent::aws::{PolicyOptions, S3Location, least_privilege_policy};

use super::super::WrongInput;
use super::live::function_name;

/// What was typed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name or ARN of the function; what a name leaves open is a placeholder
    function: String,
    /// Region, where the name does not say it
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Account, where the name does not say it
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// With --apply --alias: permissions for aliases too
    #[arg(long)]
    alias: bool,
    /// Without permission to read the function's logs: for what production reports, and for reports that an answer leaves out
    #[arg(long)]
    no_logs: bool,
    /// Log group of the function, where it has one of its own
    #[arg(long, value_name = "NAME")]
    log_group: Option<String>,
    /// An event in S3, s3://BUCKET/KEY; repeat for several
    #[arg(long, value_name = "ADDRESS")]
    payload: Vec<String>,
    /// A function that runs before or after each call; repeat for several
    #[arg(long, value_name = "ARN")]
    step: Vec<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let name = function_name(&args.function)?;
    let payloads = args.payload.iter().map(|address| {
        let location: S3Location =
            address.parse().map_err(|problem: millicent::aws::PayloadError| WrongInput(problem.to_string()))?;
        Ok((location.bucket().to_owned(), location.key().to_owned()))
    });
    let options = PolicyOptions {
        alias: args.alias,
        logs: !args.no_logs,
        log_group: args.log_group.clone(),
        payloads: payloads.collect::<Result<_, WrongInput>>()?,
        steps: args.step.iter().map(|step| function_name(step)).collect::<Result<_, _>>()?,
    };
    let policy = least_privilege_policy(&name, args.region.as_deref(), args.account.as_deref(), &options);
    writeln!(out, "{}", serde_json::to_string_pretty(&policy)?)?;
    Ok(ExitCode::SUCCESS)
}
