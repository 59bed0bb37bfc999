//! Scores as text: tables that are read on a terminal and pasted into a page alike.

use crate::contest::contestants::Contestant;
use crate::contest::scores::{GROUPS, Group, Scored, Scores};

/// A contestant with its runs.
pub(crate) type Ran<'f> = (Contestant, Vec<Scored<'f>>);

/// A column: its heading, and how it is written.
type Column = (&'static str, fn(&Scores) -> String);

const COLUMNS: [Column; 15] = [
    ("calls (failing)", |scores| {
        let failing = if 0.0 < scores.failing_calls { format!(" ({:.1})", scores.failing_calls) } else { String::new() };
        format!("{:.1}{failing}", scores.calls)
    }),
    ("sizes", |scores| format!("{:.1}", scores.sizes)),
    ("changes", |scores| format!("{:.1}", scores.configuration_changes)),
    ("dollars geo (sum)", |scores| format!("{:.3} ({:.2})", scores.dollars, scores.dollars_of_sums)),
    ("optimal calls med / mean", |scores| format!("{:.0} / {:.0}", scores.multiple_median, scores.multiple_mean)),
    ("regret med / mean / p90 / p95", |scores| {
        let regret = scores.regret;
        format!("{} / {} / {} / {}", percent(regret.median), percent(regret.mean), percent(regret.p90), percent(regret.p95))
    }),
    ("≤ 5 / 10 %", |scores| format!("{:.0} / {:.0}", 100.0 * scores.within_5_percent, 100.0 * scores.within_10_percent)),
    ("with fee mean / p95", |scores| {
        format!("{} / {}", percent(scores.regret_with_fee.mean), percent(scores.regret_with_fee.p95))
    }),
    ("none", |scores| share(scores.no_answer)),
    ("fails", |scores| share(scores.failing_answer)),
    ("unmeasured", |scores| share(scores.unmeasured_answer)),
    ("wall s", |scores| format!("{:.0}", scores.median_seconds)),
    ("pay-back calls", |scores| scores.pay_back_calls.map_or("–".to_owned(), |calls| format!("{calls:.0}"))),
    ("bound holds (with fee)", |scores| {
        let calibration = scores.calibration.as_ref();
        calibration.map_or("–".to_owned(), |calibration| {
            format!("{:.1} ({:.1})", 100.0 * calibration.holds, 100.0 * calibration.holds_with_fee)
        })
    }),
    ("bound med", |scores| scores.calibration.as_ref().map_or("–".to_owned(), |calibration| percent(calibration.median_bound))),
];

/// In percent with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// In whole percent; nothing at all is a plain zero.
fn share(share: f64) -> String {
    if share == 0.0 { "0".to_owned() } else { format!("{:.1} %", 100.0 * share) }
}

/// Lines of cells as a table of Markdown, its columns aligned.
pub(crate) fn markdown(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| -> String {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2)));
    let head = rows.first().map(line).unwrap_or_default();
    format!("{head}|{}\n{}", rule.collect::<String>(), rows.iter().skip(1).map(line).collect::<String>())
}

/// All columns, a line for each contestant.
pub(crate) fn scores(ran: &[Ran<'_>], includes: impl Fn(&Scored<'_>) -> bool) -> String {
    let head = ["contestant"].into_iter().chain(COLUMNS.iter().map(|(heading, _)| *heading)).map(str::to_owned);
    let mut rows = vec![head.collect::<Vec<String>>()];
    for (contestant, scored) in ran {
        if let Some(scores) = Scores::of(scored.iter().filter(|scored| includes(scored))) {
            let cells = COLUMNS.iter().map(|(_, cell)| cell(&scores));
            rows.push([contestant.name()].into_iter().chain(cells).collect());
        }
    }
    markdown(&rows)
}

/// Calls, dollars, mean and 95 % quantile of regret, and how often the bound holds, for each source and each part.
pub(crate) fn by_part(ran: &[Ran<'_>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for scored in ran.iter().flat_map(|(_, scored)| scored) {
        if !names.contains(&scored.function.source.as_str()) {
            names.push(&scored.function.source);
        }
    }
    let mut head = vec!["contestant".to_owned()];
    head.extend(names.iter().map(|name| (*name).to_owned()).chain(GROUPS.map(|group| group.name.to_owned())));
    let functions = |includes: &dyn Fn(&Scored<'_>) -> bool| {
        ran.first().map_or(0, |(_, scored)| scored.iter().filter(|scored| includes(scored)).count()).to_string()
    };
    let mut counts = vec!["functions".to_owned()];
    counts.extend(names.iter().map(|name| functions(&|scored| scored.function.source == *name)));
    counts.extend(GROUPS.map(|group| functions(&|scored| (group.includes)(scored.function))));
    let mut rows = vec![head, counts];
    for (contestant, scored) in ran {
        let cell = |includes: &dyn Fn(&Scored<'_>) -> bool| {
            Scores::of(scored.iter().filter(|scored| includes(scored))).map_or("–".to_owned(), |scores| part(&scores))
        };
        let mut row = vec![contestant.name()];
        row.extend(names.iter().map(|name| cell(&|scored| scored.function.source == *name)));
        row.extend(GROUPS.map(|Group { includes, .. }| cell(&|scored| includes(scored.function))));
        rows.push(row);
    }
    markdown(&rows)
}

fn part(scores: &Scores) -> String {
    let holds = scores.calibration.as_ref().map_or(String::new(), |calibration| format!("; {:.0}", 100.0 * calibration.holds));
    let (mean, p95) = (percent(scores.regret.mean), percent(scores.regret.p95));
    format!("{:.0}; {:.2}; {mean} / {p95}{holds}", scores.calls, scores.dollars)
}

/// How the stated regret compares with the true one, in tenths by the stated one, for each contestant that states it.
pub(crate) fn calibration(ran: &[Ran<'_>]) -> String {
    let mut rows = vec![vec!["contestant".to_owned(), "all".to_owned()]];
    rows[0].extend((1..=10).map(|tenth| format!("tenth {tenth}")));
    for (contestant, scored) in ran {
        if let Some(calibration) = Scores::of(scored.iter()).and_then(|scores| scores.calibration) {
            let pair = |(expected, true_mean): (f64, f64)| format!("{} / {}", percent(expected), percent(true_mean));
            let mut row = vec![contestant.name(), pair((calibration.expected, calibration.true_mean))];
            row.extend(calibration.tenths.iter().copied().map(pair));
            rows.push(row);
        }
    }
    if rows.len() == 1 { String::new() } else { markdown(&rows) }
}

/// Time for choosing, for each contestant that was watched.
pub(crate) fn choosing(ran: &[Ran<'_>]) -> String {
    let scores = ran.iter().filter_map(|(contestant, scored)| Some((contestant, Scores::of(scored.iter())?)));
    let watched = scores.filter(|(_, scores)| 0.0 < scores.choosing_longest_ms);
    let line = |(contestant, scores): (&Contestant, Scores)| {
        let name = contestant.name();
        format!(
            "{name}: {:.1} ms for a choice on average, {:.1} ms at most\n",
            scores.choosing_mean_ms, scores.choosing_longest_ms
        )
    };
    watched.map(line).collect()
}

/// A row for each function and contestant.
pub(crate) fn per_function(ran: &[Ran<'_>]) -> String {
    let mut text = "contestant,function,best_mb,calls,sizes,dollars_relative,regret_mean_percent,bound_mean_percent,bound_holds_percent,recommended_mb\n".to_owned();
    for (contestant, scored) in ran {
        for one in scored {
            let each = |value: fn(&crate::contest::contestants::Run) -> u32| {
                one.runs.iter().map(|run| f64::from(value(run))).sum::<f64>() / one.runs.len() as f64
            };
            let mut recommended: Vec<u32> = one.runs.iter().filter_map(|run| run.recommended_mb).collect();
            recommended.sort_unstable();
            let recommended: Vec<String> = recommended.iter().map(u32::to_string).collect();
            let stated = Scores::of([one].into_iter()).and_then(|scores| scores.calibration);
            let (bound, holds) = stated.map_or((f64::NAN, f64::NAN), |stated| (stated.mean_bound, stated.holds));
            text.push_str(&format!(
                "\"{}\",{},{},{:.1},{:.1},{:.3},{},{},{},{}\n",
                contestant.name(),
                one.function.name,
                one.function.best_mb,
                each(|run| run.calls),
                each(|run| run.sizes),
                one.spent_usd() / one.reference_usd,
                percent(one.mean_regret()),
                percent(bound),
                percent(holds),
                recommended.join(" "),
            ));
        }
    }
    text
}
