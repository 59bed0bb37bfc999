//! What compute will cost, which size and platform to choose, and the measurement that proves it.
//!
//! This is the library behind the command `millicent`: a model without files, network, clock or terminal.
//!
//! ```
//! use millicent::price_book::PriceBook;
//! use millicent::scenario::{Flags, Scenario, read_toml};
//!
//! let file = read_toml("order.toml", r#"
//!     [workload]
//!     requests = "1M/month"
//!     duration = "1s"
//!     memory = "512MB"
//! "#)?;
//! let book = PriceBook::bundled();
//! let scenario = Scenario::read(file, Flags::none(), &book, &|name, _| Err(format!("no file {name}")))?;
//! let estimate = scenario.estimate(&book)?;
//! assert_eq!(estimate.options[0].bill.total().amount().to_string(), "8.5333500000");
//! # Ok::<(), millicent::scenario::ScenarioError>(())
//! ```
//!
//! # The map of the house
//!
//! Each floor uses lower floors only; a test reads the source and checks it.
//!
//! | floor | room | what is in it |
//! |---|---|---|
//! | 0 | [`units`] | the quantities, how they are written, what may be multiplied by what |
//! | 1 | [`usage`] | what is consumed: meter → quantity. **The first waist** |
//! | 1 | [`stats`] | durations as distributions, samples with their intervals |
//! | 1 | [`queueing`] | who waits and who is lost when requests meet limited servers |
//! | 1 | [`autoscaling`] | what an autoscaler wants after each measurement |
//! | 1 | [`note`] | what the reader must know beside the numbers |
//! | 1 | [`lambda_log`] | what Lambda says about one invocation: REPORT lines, error types |
//! | 2 | [`trace`] | recorded arrivals, from any reader, in the order of their start |
//! | 2 | [`settings`] | what was typed, and where |
//! | 2 | [`fit`] | duration as a function of memory, with its quality |
//! | 3 | [`power_tuning`] | the formats and formulas of aws-lambda-power-tuning |
//! | 3 | [`profile`] | a measured function as a work profile |
//! | 3 | [`machine`] | types of rented machines: vCPUs, memory, GPUs |
//! | 3 | [`price_book`] | what a dimension costs, where, and from when |
//! | 4 | [`workload`] | what arrives and what one request needs |
//! | 5 | [`capacity`] | how many instances carry a load, and what binds |
//! | 5 | [`replay`] | calls replayed one by one: functions, instances, both |
//! | 5 | [`cold_start`] | cold starts of a function: how many, why, what they do to latency and what removes them |
//! | 5 | [`traffic`] | arrivals that are generated, from a rate and a pattern |
//! | 5 | [`bill`] | usage × price book = line items |
//! | 6 | [`platform`] | how each platform turns a workload into usage: rounding, minimums, limits |
//! | 6 | [`neighbor`] | what is paid for around the compute: gateways, queues, tables, logs, networks |
//! | 7 | [`scenario`] | the scenario file: workloads and the designs that could run them |
//! | 7 | [`tune`] | the tuning run as a state machine: actions out, outcomes in. **The second waist** |
//! | 8 | [`simulate`] | a scenario under traffic that changes, call by call, and what a month of it costs |
//! | 8 | [`compare`] | options side by side: what carries the load, what it costs, why |
//! | 8 | [`chart`] (feature `charts`) | figures as SVG and PNG |
//! | 8 | [`aws`] (feature `aws`) | carries out on AWS what the tuner asks for |
//! | 9 | [`break_even`] | where the answer flips: crossings of cost curves, exactly |
//! | 10 | [`what_if`] | a scenario whose main quantities are moved by hand |
//! | 10 | [`uncertainty`] | ranges in, distributions out: who is probably the cheapest |
//! | 10 | [`provisioning`] | what to keep ready or commit to, and what to leave to use |
//! | 11 | [`sizing`] | how many environments, instances, kept units and connections, each choice with its cost |
//! | 12 | [`report`] | results as text, to any writer |
//! | 13 | `cli`, in the command only | flags, files, terminal |
//!
//! # The flows, and their waists
//!
//! ```text
//! scenario.toml, flags ─► Draft ─► Scenario ─► Placement::meter (capacity), neighbors ─► Usage ─┐
//!                                                                                               ├─► bill ─► Bill ─► report
//!                                                              pricing/*.csv ───► PriceBook ────┘
//!
//! Pattern | TraceReader ─► calls ─► replay (functions, instances) ─► Totals ─► Placement::meter_replayed ─► Usage ─► bill ─► Simulation
//!
//! Scenario × PriceBook ─► Comparison ─► BreakEven | Uncertainty | WhatIf ─► tables, figures, pages
//!
//! function ─► Plan ─► Tuner ──Action──► AWS | recording | simulated function ──Outcome──► Tuner ─► Ended ─► TuneResult ─► report
//!                       └─► journal: what was there before, what was changed, what was measured ─► restore, resume
//! ```
//!
//! Platforms make usage and know no prices (whether a machine is offered in a region they may ask, not what it costs); the
//! price book knows no platforms; [`bill::bill`] is the one place where they meet.
//! Free tiers are bands priced at zero that several meters share, discounts a factor on a service, negotiated prices a list laid
//! over another: all of it is data of the price book, nothing of it is known to a platform.
//!
//! The tuner decides and does nothing, a driver does and decides nothing: so what is left on a function after any fault at any
//! moment can be tested in a second. The JSON of a result is a [`profile::WorkProfile`]: a tuned function is a workload.
//!
//! # What is not here
//!
//! - The model reads no file, no clock and no environment variable, and writes to nothing but the writers it is given; only
//!   `aws` speaks to a network.
//! - No price is assumed: what a book does not list is an error that names the row, never zero and never another region.
//! - Money never passes through binary floating point; statistics do, and [`units`] has the one conversion each way. The one
//!   exception is [`power_tuning`], whose point is to have the same bits as another tool.
//! - Payloads, responses and error messages of a tuned function never reach the tuner, a journal or a report.

pub mod autoscaling;
#[cfg(feature = "aws")]
pub mod aws;
pub mod bill;
pub mod break_even;
pub mod capacity;
#[cfg(feature = "charts")]
pub mod chart;
pub mod cold_start;
pub mod compare;
pub mod fit;
pub mod lambda_log;
pub mod machine;
pub mod neighbor;
pub mod note;
pub mod platform;
pub mod power_tuning;
pub mod price_book;
pub mod profile;
pub mod provisioning;
pub mod queueing;
pub mod replay;
pub mod report;
pub mod scenario;
pub mod settings;
pub mod simulate;
pub mod sizing;
pub mod stats;
pub mod trace;
pub mod traffic;
pub mod tune;
pub mod uncertainty;
pub mod units;
pub mod usage;
pub mod what_if;
pub mod workload;
