//! `millicent tune` as a user runs it: the real command as a process of its own, against an AWS account on the wire.
//! The one idea: whatever happens, the account looks afterwards as it did before, and nothing that is secret is seen anywhere;
//! both are looked at after every run. What the state machine alone can show is in `tune`.

mod applying; // --apply, on an alias or not
mod deployments; // somebody else changes the function during a run
mod failure_matrix; // a fault at every request
mod flow; // runs that end well, and those that are refused
mod history; // what production reported before the run
mod limits; // money, invocations, concurrency, sizes that do not work
mod payloads; // events, and what runs before and after each call
mod signals; // an end at every moment
mod support; // one command, one account, one home
