//! What a person sees while a run goes on: one line that moves, on a terminal; nothing elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use millicent::report::{dollars, milliseconds};
use millicent::tune::{Label, SoFar};
use millicent::units::{Decimal, MemoryMb, statistic_from_decimal};

/// The line.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A line for a run of so many calls.
    pub(super) fn new(calls: u32) -> Self {
        let target = if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(u64::from(calls)), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} calls  {msg}  {elapsed}") {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// Shows how far the run is.
    pub(super) fn show(&self, so_far: &SoFar) {
        self.bar.set_position(u64::from(so_far.invocations));
        self.bar.set_message(message(so_far));
    }

    /// Says something above the line.
    pub(super) fn say(&self, words: &str) {
        self.bar.suspend(|| {
            // Who has closed standard error does not want to hear it.
            let _ = writeln!(std::io::stderr(), "{words}");
        });
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// "512 MB 7, 1,024 MB 3 (spent $0.0012; best so far 512 MB, 214 ms)".
fn message(so_far: &SoFar) -> String {
    let sizes = so_far.sizes.iter().map(|(memory, calls, infeasible)| match infeasible {
        Some(_) => format!("{memory} ✕"),
        None => format!("{memory} {}", calls.len()),
    });
    let sizes = sizes.collect::<Vec<_>>().join(", ");
    let best = best_so_far(so_far)
        .map_or_else(String::new, |(memory, mean_ms)| format!("; best so far {memory}, {} ms", milliseconds(mean_ms)));
    let ending = if so_far.stop.is_some() { "; putting everything back" } else { "" };
    format!("{sizes}; spent {}{best}{ending}", dollars(so_far.spent.amount()))
}

/// The size whose warm calls are cheapest on average so far.
fn best_so_far(so_far: &SoFar) -> Option<(MemoryMb, f64)> {
    let rates = so_far.rates?;
    let means = so_far.sizes.iter().filter(|(.., infeasible)| infeasible.is_none()).filter_map(|(memory, calls, _)| {
        let warm: Vec<f64> = calls
            .iter()
            .filter(|call| call.label == Label::Warm)
            .filter_map(|call| Some(call.report.as_ref()?.duration_ms))
            .collect();
        (!warm.is_empty()).then(|| (*memory, warm.iter().sum::<f64>() / warm.len() as f64))
    });
    let cost = |(memory, mean_ms): &(MemoryMb, f64)| {
        statistic_from_decimal(rates.compute(*memory, millicent::tune::mean_milliseconds(*mean_ms)).amount().max(Decimal::ZERO))
    };
    means.min_by(|one, other| cost(one).total_cmp(&cost(other)))
}
