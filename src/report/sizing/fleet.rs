//! The words about a fleet.

use super::words::{Block, Table, dollars, exact_percent, nothing, percent, whole};
use crate::capacity::{Capacity, Waiting};
use crate::sizing::{Alternative, FleetSizing, Rule};
use crate::units::{Decimal, Usd, counted, grouped};

/// "29 tasks at peak (CPU binds)".
pub(super) fn answer(size: &FleetSizing) -> String {
    let capacity = &size.capacity;
    format!("{} at peak (decided by {})", counted(capacity.instances, capacity.noun.one()), capacity.binding.name())
}

/// The fleet as asked for, and by other rules.
pub(super) fn blocks(size: &FleetSizing, cost: Option<Usd>, blocks: &mut Vec<Block>) {
    let capacity = &size.capacity;
    let each = capacity.rate_per_instance.map_or_else(String::new, |rate| {
        let at_once = size.requests_at_once.map_or_else(String::new, |requests| format!(", {} at once", whole(requests)));
        format!("; one {} carries {} requests a second at most{at_once}", capacity.noun.one(), grouped(rate.round_dp(2)))
    });
    let waiting = size.waiting.as_ref().map_or_else(String::new, |waiting| {
        format!(
            " At peak {} of the requests wait, {} on average over all; 99 of 100 are answered within {}.",
            percent(waiting.probability),
            waiting.mean.rounded(),
            waiting.p99_response.rounded()
        )
    });
    blocks.push(Block::Text(format!(
        "{} at peak, {} busy then and {} on average over what is paid for (decided by {}){each}.{waiting}",
        counted(capacity.instances, capacity.noun.one()),
        exact_percent(capacity.utilization),
        exact_percent(capacity.mean_utilization),
        capacity.binding.name()
    )));
    if size.alternatives.is_empty() {
        return;
    }
    let mut rows = vec![row("as asked for".to_owned(), capacity, size.waiting.as_ref(), cost)];
    rows.extend(size.alternatives.iter().map(alternative));
    let header = vec!["rule", capacity.noun.many(), "busy", "wait", "mean wait", "p99", "a month"];
    blocks.push(Block::Table(Table { header, rows, spared: &[4] }));
    blocks.extend(rule_of_thumb(size).map(Block::Text));
}

/// The rule in words.
pub(super) fn rule(rule: Rule) -> String {
    match rule {
        Rule::Waiting(share) => format!("at most {} wait", share.percent()),
        Rule::Busy(share) => format!("{} busy", share.percent()),
        Rule::ZoneLost(zones) => format!("one of {zones} zones may fail"),
    }
}

fn alternative(alternative: &Alternative) -> Vec<String> {
    row(rule(alternative.rule), &alternative.capacity, alternative.waiting.as_ref(), alternative.cost)
}

fn row(name: String, capacity: &Capacity, waiting: Option<&Waiting>, cost: Option<Usd>) -> Vec<String> {
    let unless_known = |text: Option<String>| text.unwrap_or_else(nothing);
    vec![
        name,
        grouped(capacity.instances),
        exact_percent(capacity.utilization),
        unless_known(waiting.map(|waiting| percent(waiting.probability))),
        unless_known(waiting.map(|waiting| waiting.mean.rounded().to_string())),
        unless_known(waiting.map(|waiting| waiting.p99_response.rounded().to_string())),
        unless_known(cost.map(dollars)),
    ]
}

/// Whether "70 % busy" is thin or wasteful at this load.
fn rule_of_thumb(size: &FleetSizing) -> Option<String> {
    let count = |wanted: &dyn Fn(Rule) -> bool| {
        size.alternatives.iter().find(|alternative| wanted(alternative.rule)).map(|alternative| &alternative.capacity)
    };
    let busy = count(&|rule| matches!(rule, Rule::Busy(_)))?;
    let one_in_twenty = crate::units::Decimal::new(5, 2);
    let few_wait = count(&|rule| matches!(rule, Rule::Waiting(share) if share.get() == one_in_twenty))?;
    let more = |one: Decimal, other: Decimal| grouped(one - other);
    let noun = busy.noun.many();
    if few_wait.instances < busy.instances {
        let spare = more(busy.instances, few_wait.instances);
        return Some(format!("At this load the 70% rule keeps {spare} {noun} more than it takes to let 5% wait."));
    }
    let missing = more(few_wait.instances, busy.instances);
    (busy.instances < few_wait.instances)
        .then(|| format!("At this load the 70% rule is thin: {missing} {noun} more let only 5% wait."))
}
