//! The sentences around the table.

use super::rows::percent;
use crate::capacity::Capacity;
use crate::compare::{Compared, Comparison, Verdict};
use crate::note::Note;
use crate::report::words::price_basis;
use crate::units::{Decimal, Share, grouped};

/// Which option wins, by how much, and over how many.
pub(super) fn headline(comparison: &Comparison) -> String {
    let subject = comparison.basis.title.as_deref().unwrap_or("This workload");
    let carrying: Vec<&Compared> = comparison.options.iter().filter(|option| option.verdict == Verdict::Carries).collect();
    let all = comparison.options.len();
    let total = |option: &Compared| {
        option.estimate.as_ref().map_or_else(String::new, |estimate| estimate.bill.invoice_total().to_string())
    };
    match carrying.as_slice() {
        [] => format!("{subject}: none of the {all} options can carry it."),
        [only] => {
            format!("{subject}: {} is the only one of {all} options that carries it, at {} a month.", only.name, total(only))
        }
        [first, second, ..] => {
            let of = if carrying.len() == all {
                format!("of {all} options")
            } else {
                format!("of the {} options out of {all} that carry it", carrying.len())
            };
            let next = second.relative.map_or_else(String::new, |relative| {
                let more = ((relative - Decimal::ONE) * Decimal::ONE_HUNDRED).round_dp(0).normalize();
                let more = if more.is_zero() { "the same".to_owned() } else { format!("{more}% more") };
                format!("; the next, {}, costs {more}", second.name)
            });
            format!("{subject}: {} is the cheapest {of}, at {} a month{next}.", first.name, total(first))
        }
    }
}

/// Which prices, where, how long a month.
pub(super) fn basis(comparison: &Comparison) -> String {
    price_basis(&comparison.basis)
}

/// What cannot carry the load, or has no price: one line each, with every reason.
pub(super) fn left_out(comparison: &Comparison) -> Vec<String> {
    let out = comparison.options.iter().filter(|option| option.verdict != Verdict::Carries);
    out.map(|option| {
        let cost =
            option.estimate.as_ref().map_or_else(String::new, |estimate| format!(" ({} a month)", estimate.bill.invoice_total()));
        format!("{}{cost} {}: {}", option.name, option.verdict.name(), reasons(option).join("; "))
    })
    .collect()
}

/// Why an option is out; with the workload where there are several.
pub(in crate::report) fn reasons(option: &Compared) -> Vec<String> {
    let several = option.reasons.iter().any(|reason| reason.workload != option.reasons[0].workload);
    let reasons = option
        .reasons
        .iter()
        .map(|reason| if several { format!("{}: {}", reason.workload, reason.refusal) } else { reason.refusal.to_string() });
    reasons.chain(option.missing.clone()).collect()
}

/// "3 tasks (CPU), 61% busy at peak and 20% on average; one carries 3.5 requests a second; 4.1% wait at peak, 99% answered in 320 ms".
pub(in crate::report) fn capacity_in_words(capacity: &Capacity) -> String {
    let count = format!("{} {}", grouped(capacity.instances.round_dp(2).normalize()), capacity.noun.of(capacity.instances));
    let (binding, mean) = (capacity.binding.name(), percent(capacity.mean_utilization));
    let mut words = if capacity.paid_while_idle {
        format!("{count} ({binding}), {} busy at peak and {mean} on average", percent(capacity.utilization))
    } else {
        // The peak would be a part of all instances, the mean is a part of the time that is paid for.
        format!("{count} at peak ({binding}), {mean} busy while paid for")
    };
    if let Some(rate) = capacity.rate_per_instance {
        words.push_str(&format!("; one carries {} requests a second", grouped(rate.round_sf(4).unwrap_or(rate).normalize())));
    }
    words.push_str(&format!("; {} requests in progress at peak", grouped(capacity.concurrency.round_dp(2).normalize())));
    if let Some(waiting) = capacity.waiting() {
        let share = Share::from_statistic(waiting.probability).get();
        words.push_str(&format!("; {} wait at peak, 99% are answered within {}", percent(share), waiting.p99_response.rounded()));
    }
    words
}

/// What was assumed: defaults in one line for each option, everything else once, with the options it is about.
#[must_use]
pub fn comparison_notes(comparison: &Comparison) -> Vec<String> {
    let mut notes = assumptions(comparison);
    if notes.iter().any(|note| note.starts_with(DEFAULTS)) {
        notes.push("`--explain` says what each default means".to_owned());
    }
    notes
}

/// How a line of defaults starts.
const DEFAULTS: &str = "defaults of ";

/// The same where nothing explains more.
pub(in crate::report) fn assumptions(comparison: &Comparison) -> Vec<String> {
    let mut defaults: Vec<String> = Vec::new();
    let mut others: Vec<(String, Vec<&str>)> = Vec::new();
    let estimated = || comparison.options.iter().filter_map(|option| Some((option, option.estimate.as_ref()?)));
    for (option, estimate) in estimated() {
        let mut used: Vec<String> = Vec::new();
        for (workload, note) in &estimate.notes {
            let of = workload.as_ref().map_or_else(String::new, |workload| format!("{workload}: "));
            match note {
                Note::DefaultUsed { key, value, .. } => used.push(format!("{of}{key} {value}")),
                // What is out already has its reasons beside it.
                Note::Observation(_) if option.verdict != Verdict::Carries => {}
                note => match others.iter_mut().find(|(text, _)| *text == format!("{of}{note}")) {
                    Some((_, options)) => options.push(&option.name),
                    None => others.push((format!("{of}{note}"), vec![&option.name])),
                },
            }
        }
        if !used.is_empty() {
            defaults.push(format!("{DEFAULTS}{}: {}", option.name, used.join(", ")));
        }
    }
    let all = estimated().count();
    let others = others.into_iter().map(
        |(note, options)| {
            if options.len() == all { note } else { format!("[{}] {note}", options.join("; ")) }
        },
    );
    others.chain(defaults).collect()
}
