//! The integration tests, one module per subject.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may stop, and reads files")]

#[cfg(feature = "cli")]
mod break_even; // where the answer flips: published cases, every axis, every format
mod capacity; // how many instances carry a load, and how long requests wait
#[cfg(feature = "cli")]
mod cli; // the command as a user meets it: output, errors, exit codes, golden cases
mod cold_starts; // on the bill of a function, where nobody stated them
#[cfg(feature = "cli")]
mod compare; // what carries the load, what is left out and why, in every format
mod documents_study; // reports/documents is what the model says today
#[cfg(all(feature = "cli", feature = "aws"))]
mod emulators; // the command that tunes against emulators of AWS that run functions, where they are set up
#[cfg(all(feature = "cli", feature = "aws"))]
mod fake_aws; // an AWS account in this process, for the command that tunes
#[cfg(all(feature = "cli", feature = "aws"))]
mod fake_aws_proof; // that it behaves like AWS
mod fuzz; // every parser takes any bytes
mod laws; // what holds for any bill
mod limits; // what a platform takes and refuses, and in which steps it rounds
mod page; // the interactive page in a browser, and the model inside it
mod platforms_azure; // what Azure bills, against its own examples
mod platforms_containers; // containers on AWS: how many, on what, for how much
mod platforms_google; // Cloud Run, functions, GKE and Compute Engine: the provider's examples to the cent
mod platforms_hosts; // what Modal, Cloudflare, Fly.io, Vercel and SageMaker's endpoints bill
mod power_tuning; // parity with aws-lambda-power-tuning: its files in and out
#[cfg(feature = "cli")]
mod ranges; // distributions in every format, and where ranges are taken at their median
mod reference; // numbers from elsewhere: AWS's worked examples, an independent estimator
mod regions; // every region works or is refused by name
#[cfg(all(feature = "cli", feature = "charts"))]
mod report_pack; // the pack of a design review
#[cfg(feature = "cli")]
mod simulate; // calls replayed: every format, every trace, and what formulas say of the same traffic
#[cfg(feature = "cli")]
mod simulate_fleets; // instances that are scaled: a replay of steady traffic against an estimate, and what is said of the rest
#[cfg(feature = "cli")]
mod simulate_month; // a replay through the command: what a month of it is, what it cannot be
#[cfg(feature = "cli")]
mod size; // published sizing problems through the command, every format, what it refuses
mod support; // one scenario text in, one estimate out
mod tidy; // floors, lengths, lists
mod tune; // the tuning run: what it does, and what it leaves behind
#[cfg(feature = "cli")]
mod tune_cli; // the tuning command without a cloud: exports, replay, the same bytes
#[cfg(all(feature = "cli", feature = "aws"))]
mod tune_wire; // the same with the real command and an AWS account on the wire
mod tuning_contest; // the benchmark of tuners: its replay, its rivals
