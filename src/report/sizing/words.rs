//! The sentences and tables that formats share.

use super::{fleet, function, provisioned};
use crate::report::words::price_basis;
use crate::sizing::{Connections, Database, Mixed, OptionSizing, PlacedSizing, Size, Sizing};
use crate::units::{Decimal, Usd, counted, decimal_from_statistic, grouped, significant};

/// A part of the text.
pub(super) enum Block {
    /// What the next parts are about.
    Heading(String),
    /// A sentence or two.
    Text(String),
    /// A table.
    Table(Table),
}

/// A table; all but the first column are numbers.
pub(super) struct Table {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
    /// Columns that a narrow terminal goes without.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only a terminal is narrow"))]
    pub(super) spared: &'static [usize],
}

const DIGITS: u32 = 3;
/// A smaller share is hardly told from none.
const LEAST_SHARE: f64 = 1e-5;

/// A number with three significant digits, and separators where it is large.
pub(super) fn rounded(value: f64) -> String {
    let value = decimal_from_statistic(value, 12).unwrap_or(Decimal::ZERO);
    if value.abs() < Decimal::ONE_THOUSAND { significant(value, DIGITS) } else { grouped(value.round()) }
}

pub(super) fn whole(value: u64) -> String {
    grouped(Decimal::from(value))
}

pub(super) fn percent(share: f64) -> String {
    match share {
        none if none <= 0.0 => "0%".to_owned(),
        tiny if tiny < LEAST_SHARE => "under 0.001%".to_owned(),
        share => format!("{}%", rounded(share * 100.0)),
    }
}

pub(super) fn exact_percent(share: Decimal) -> String {
    format!("{}%", (share * Decimal::ONE_HUNDRED).round_dp(1).normalize())
}

pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        short if short < 1.0 => format!("{} ms", rounded(short * 1000.0)),
        usual if usual < 120.0 => format!("{} s", rounded(usual)),
        long => minutes(long),
    }
}

pub(super) fn minutes(seconds: f64) -> String {
    format!("{} min", rounded(seconds / 60.0))
}

/// Dollars in cents.
pub(super) fn dollars(amount: Usd) -> String {
    amount.cents().to_string()
}

/// Dollars of something small: below one, with three significant digits.
pub(super) fn small_dollars(amount: Usd) -> String {
    if amount.amount().abs() < Decimal::ONE { format!("${}", significant(amount.amount(), DIGITS)) } else { dollars(amount) }
}

/// A change of the bill: "+$3.20", "-$0.41".
pub(super) fn change(amount: Usd) -> String {
    let sign = if amount < Usd::ZERO { "-" } else { "+" };
    format!("{sign}{}", dollars(if amount < Usd::ZERO { Usd::ZERO - amount } else { amount }))
}

pub(super) fn nothing() -> String {
    "–".to_owned()
}

/// The answer: a sentence, or a line for each option and workload.
pub(super) fn headline(sizing: &Sizing) -> Vec<String> {
    let subject = sizing.basis.title.as_deref().unwrap_or("This workload");
    let answers: Vec<String> = sizing.options.iter().flat_map(answers).collect();
    match answers.as_slice() {
        [only] => vec![format!("{subject}: {only}")],
        _ => [format!("{subject}:")].into_iter().chain(answers.iter().map(|answer| format!("- {answer}"))).collect(),
    }
}

fn answers(option: &OptionSizing) -> Vec<String> {
    let several = 1 < option.placed.len();
    let answer = |placed: &PlacedSizing| {
        let words = match &placed.size {
            Size::Function(function) => function::answer(function),
            Size::Fleet(fleet) => fleet::answer(fleet),
            Size::Unknown => return None,
        };
        let workload = if several { format!(", {}", placed.workload) } else { String::new() };
        Some(format!("{}{workload}: {words}.", option.name))
    };
    let mut answers: Vec<String> = option.placed.iter().filter_map(answer).collect();
    if answers.is_empty() {
        answers.push(match option.reasons.first() {
            Some(reason) => format!("{}: cannot run {}: {}.", option.name, reason.workload, reason.refusal),
            None => format!("{}: no instances to count.", option.name),
        });
    }
    answers
}

/// Which prices.
pub(super) fn basis(sizing: &Sizing) -> String {
    price_basis(&sizing.basis)
}

/// Everything below the headline.
pub(super) fn blocks(sizing: &Sizing) -> Vec<Block> {
    let mut blocks = Vec::new();
    for option in &sizing.options {
        let cost = option.cost().map_or_else(|| "no bill".to_owned(), |cost| format!("{cost} a month"));
        blocks.push(Block::Heading(format!("{}: {cost}", option.name)));
        for reason in &option.reasons {
            blocks.push(Block::Text(format!("It does not carry {}: {}.", reason.workload, reason.refusal)));
        }
        for placed in &option.placed {
            of_workload(option, placed, &mut blocks);
        }
        blocks.extend(option.committed.iter().map(|committed| Block::Text(provisioned::commitment(committed))));
    }
    if let Some(mixed) = &sizing.mixed {
        of_mixed(mixed, &mut blocks);
    }
    blocks
}

fn of_workload(option: &OptionSizing, placed: &PlacedSizing, blocks: &mut Vec<Block>) {
    if 1 < option.placed.len() && !matches!(placed.size, Size::Unknown) {
        blocks.push(Block::Text(format!("Workload {}:", placed.workload)));
    }
    match &placed.size {
        Size::Function(size) => function::blocks(size, blocks),
        Size::Fleet(size) => fleet::blocks(size, option.cost(), blocks),
        Size::Unknown => {}
    }
    blocks.extend(placed.database.as_ref().map(|database| Block::Text(connections(database))));
}

fn connections(database: &Database) -> String {
    let limit = database.limit.connections;
    let verdict = if database.fits() { "enough" } else { "too few" };
    match database.connections {
        Connections::Function { by_environment, by_proxy } => {
            let proxy = if by_proxy <= u64::from(limit) { "" } else { ", which is too many as well" };
            format!(
                "Database: without a proxy each environment holds a connection, {} at the busiest hour; the {} that it allows are {verdict}. Behind RDS Proxy (the neighbor rds-proxy has its price) requests that take {} in it need {}{proxy}.",
                whole(by_environment),
                whole(limit.into()),
                database.limit.time,
                whole(by_proxy)
            )
        }
        Connections::Fleet { instances, noun, pool } => format!(
            "Database: {} with a pool of {pool} each hold {} connections; the {} that it allows are {verdict}.",
            counted(instances, noun.one()),
            whole(database.needed()),
            whole(limit.into())
        ),
    }
}

fn of_mixed(mixed: &Mixed, blocks: &mut Vec<Block>) {
    let best = mixed.plan.chosen();
    let (functions, machines) = (mixed.plan.functions_only(), mixed.plan.machines_only());
    let month = |usd| mixed.month(usd).cents();
    let choice = if best.machines == functions.machines {
        format!("no mix is cheaper than all requests on {}", mixed.burst)
    } else {
        format!(
            "{} {} of {} always there, and {} of the requests on {}, cost {} a month",
            whole(best.machines),
            mixed.noun,
            mixed.base,
            percent(best.burst_share),
            mixed.burst,
            month(best.usd_per_hour)
        )
    };
    let cheaper = if mixed.base_cost < mixed.month(best.usd_per_hour) { ", which is cheaper than this mix" } else { "" };
    blocks.push(Block::Heading("Machines for the base, functions for the rest".to_owned()));
    blocks.push(Block::Text(format!(
        "Compute alone: {choice}. Functions alone cost {}; {} {} always there, enough for the peak, {}; {} as asked for {}{cheaper}. A further one always there pays if it would be used for {} of the time.",
        month(functions.usd_per_hour),
        whole(machines.machines),
        mixed.noun,
        month(machines.usd_per_hour),
        mixed.base,
        mixed.base_cost.cents(),
        exact_percent(mixed.plan.threshold)
    )));
}

/// What must be known beside the numbers, each line once.
#[must_use]
pub fn sizing_notes(sizing: &Sizing) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let placed = sizing.options.iter().flat_map(|option| &option.placed);
    let of_sizes = placed.clone().flat_map(|placed| match &placed.size {
        Size::Function(function) => function::notes(function, &sizing.settings),
        _ => Vec::new(),
    });
    let of_places = placed.flat_map(|placed| placed.notes.iter().map(ToString::to_string));
    for note in sizing.notes.iter().map(ToString::to_string).chain(of_sizes).chain(of_places) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}
