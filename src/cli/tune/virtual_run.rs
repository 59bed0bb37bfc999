//! A run on a function that is not there: all of it, in virtual time, without a journal on disk.

use std::io::Write;
use std::time::Duration;

use millicent::tune::simulated::{Account, drive};
use millicent::tune::{Outcome, Tuner};

use super::Ran;
use super::request::Request;
use super::target::Target;

/// Runs it.
pub(super) fn run(request: Request, talk: &mut dyn Write) -> anyhow::Result<Ran> {
    let Request { target, plan, choice, outputs, apply, .. } = request;
    let Target::Virtual(function) = target else { anyhow::bail!("this is no simulated function") };
    let function = *function;
    if let Some(note) = &function.note {
        writeln!(talk, "note: {note}")?;
    }
    let mut account = Account::new(function.function, function.memory, function.timeout, function.architecture);
    let mut tuner = Tuner::measure(plan);
    let ended =
        drive(&mut tuner, &mut |action, now: Duration| account.perform(action, now), &mut |_| Outcome::Done, &mut |_, _| {})?;
    if apply.is_some() {
        writeln!(talk, "note: --apply changes nothing: {} is not a deployed function", function.name)?;
    }
    Ok(Ran { ended, function: function.name, outputs, choice })
}
