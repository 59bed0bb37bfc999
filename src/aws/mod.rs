//! The driver that carries out on AWS what the tuner asks for, and how AWS is reached.
//!
//! One action is one call, pages aside, made once: the SDK's own retries are off, for a retried invocation is a second one that
//! nobody counts. The driver decides nothing and writes no file. Payloads, responses and error messages of functions stay in
//! here; what leaves is the report, the error's type, and AWS's own words about refused calls.

mod configuration;
mod connect;
mod driver;
mod failure;
mod function_name;
mod invoke;
mod logs;
mod payload;
mod policy;
mod step;
#[cfg(test)]
mod wire;

pub use self::connect::{Access, ConnectError, Connected, connect};
pub use self::driver::AwsDriver;
pub use self::function_name::{FunctionName, FunctionNameError};
pub use self::payload::{PayloadError, S3Location, read_s3};
pub use self::policy::{PolicyOptions, least_privilege_policy};
pub use self::step::{Inputs, ProcessingStep};
