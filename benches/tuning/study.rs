//! The study: a page and a figure, made of one course over both scenarios and the functions that run out of memory.

use std::path::Path;

use crate::contest::contestants::{Contestant, Variant, all};
use crate::contest::course::{REFERENCE, course};
use crate::contest::recording::Set;
use crate::contest::replay::{Replay, Scenario};
use crate::contest::scores::{Scored, Scores};
use crate::table::{self, Ran, percent};

/// What the tuner should reach; the guide of the study is written for it.
pub(crate) const AIM_DOLLARS: f64 = 0.1;
pub(crate) const AIM_REGRET: f64 = 0.02;
pub(crate) const AIM_REGRET_P95: f64 = 0.08;

/// The courses of a study.
pub(crate) struct Study<'f> {
    seeds: u64,
    warm: Vec<Ran<'f>>,
    cold: Vec<Ran<'f>>,
    out_of_memory: Vec<Ran<'f>>,
}

impl<'f> Study<'f> {
    /// Runs everything: minutes.
    pub(crate) fn run(functions: &'f [Replay], out_of_memory: &'f [Replay], seeds: u64) -> Self {
        Self {
            seeds,
            warm: course(&all(), functions, Scenario::FirstCallsWarm, seeds),
            cold: course(&all(), functions, Scenario::FirstCallsCold, seeds),
            out_of_memory: course(&all(), out_of_memory, Scenario::FirstCallsWarm, seeds),
        }
    }

    /// Writes `README.md`, `regret.svg` and `regret.png`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), String> {
        let failed = |problem: std::io::Error| format!("--study {}: {problem}", folder.display());
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::write(folder.join("README.md"), self.page()).map_err(failed)?;
        let (svg, png) = crate::figure::drawn(&self.warm, self.seeds)?;
        std::fs::write(folder.join("regret.svg"), svg).map_err(failed)?;
        std::fs::write(folder.join("regret.png"), png).map_err(failed)
    }

    fn page(&self) -> String {
        let is_in = |set: Set| move |scored: &Scored<'_>| scored.function.set == set;
        let everything = |_: &Scored<'_>| true;
        [
            HEAD.replace("SEEDS", &self.seeds.to_string()),
            short(&self.warm),
            FIGURE.to_owned(),
            self.aims(),
            format!("{TABLES}\n### First calls like all others, both sets\n\n{}", table::scores(&self.warm, everything)),
            format!("\n### Functions whose calls were recorded (A)\n\n{}", table::scores(&self.warm, is_in(Set::A))),
            format!("\n### Functions of which means were recorded (B)\n\n{}", table::scores(&self.warm, is_in(Set::B))),
            format!("\n### First calls cost INIT and are slower, both sets\n\n{}", table::scores(&self.cold, everything)),
            format!("\n### Functions that are killed below some size\n\n{}", table::scores(&self.out_of_memory, everything)),
            format!("\n## By source, and by kind of function\n\n{BY_PART}\n{}", table::by_part(&self.warm)),
            format!("\nFirst calls cost INIT and are slower:\n\n{}", table::by_part(&self.cold)),
            format!("\n## Whether the bound holds\n\n{CALIBRATION}\n{}", table::calibration(&self.warm)),
            format!("\nFirst calls cost INIT and are slower:\n\n{}", table::calibration(&self.cold)),
            format!("\nKilled below some size:\n\n{}", table::calibration(&self.out_of_memory)),
            format!("\nTime for choosing, on the machine that wrote this page:\n\n{}", table::choosing(&self.warm)),
            FOOT.to_owned(),
        ]
        .concat()
    }

    /// The aims of the command's defaults, one after the other.
    fn aims(&self) -> String {
        let scores = |ran: &[Ran<'_>], name: &str| {
            let own = ran.iter().find(|(contestant, _)| contestant.name() == name);
            own.and_then(|(_, scored)| Scores::of(scored.iter()))
        };
        let reference = scores(&self.warm, &REFERENCE.name());
        let mut rows = vec![["aim", "reached", "met"].map(str::to_owned).to_vec()];
        let name = Contestant::Ours(Variant::Default).name();
        let all = [&self.warm, &self.cold, &self.out_of_memory].map(|ran| scores(ran, &name));
        if let ([Some(warm), Some(cold), Some(killed)], Some(reference)) = (all, &reference) {
            for (aim, reached, is_met) in aims([&warm, &cold, &killed], reference) {
                rows.push(vec![aim.to_owned(), reached, if is_met { "yes" } else { "no" }.to_owned()]);
            }
        }
        format!("\n## What was aimed at\n\nBy the command with its defaults.\n\n{}", table::markdown(&rows))
    }
}

type Aim = (&'static str, String, bool);

/// Each aim with what was reached; first calls like all others unless it says otherwise.
fn aims([warm, cold, killed]: [&Scores; 3], reference: &Scores) -> Vec<Aim> {
    let wrong = [warm, cold, killed].map(|scores| scores.failing_answer + scores.unmeasured_answer);
    let mut aims = vec![
        ("10 calls or fewer on average", format!("{:.1}", warm.calls), warm.calls <= 10.0),
        ("a tenth of power tuning's dollars", format!("{:.3}", warm.dollars), warm.dollars <= AIM_DOLLARS),
        ("mean regret 2 % or less", percent(warm.regret.mean), warm.regret.mean <= AIM_REGRET),
        ("regret in 95 of 100 runs 8 % or less", percent(warm.regret.p95), warm.regret.p95 <= AIM_REGRET_P95),
        ("the same with the request fee", percent(warm.regret_with_fee.p95), warm.regret_with_fee.p95 <= AIM_REGRET_P95),
        ("mean regret 2 % or less where first calls are cold", percent(cold.regret.mean), cold.regret.mean <= AIM_REGRET),
        (
            "no answer that fails or was not measured",
            wrong.map(|share| format!("{} %", percent(share))).join(", "),
            wrong.iter().all(|share| *share <= 0.0),
        ),
        (
            "2 failing calls or fewer where a function is killed",
            format!("{:.1}", killed.failing_calls),
            killed.failing_calls <= 2.0,
        ),
        ("regret there in 95 of 100 runs 6 % or less", percent(killed.regret.p95), killed.regret.p95 <= 0.06),
        (
            "no longer than power tuning",
            format!("{:.0} s, not {:.0} s", warm.median_seconds, reference.median_seconds),
            warm.median_seconds <= reference.median_seconds,
        ),
        ("5 ms for a choice on average", format!("{:.1} ms", warm.choosing_mean_ms), warm.choosing_mean_ms <= 5.0),
    ];
    if let Some(stated) = &warm.calibration {
        aims.push(("the 95 % bound holds in 93 of 100 runs", percent(stated.holds), 0.93 <= stated.holds));
        aims.push(("the median bound is 6 % or less", percent(stated.median_bound), stated.median_bound < 0.0605));
        let factor = stated.expected / stated.true_mean;
        aims.push((
            "expected regret within a factor of 2 of the true one",
            format!("{} and {}", percent(stated.expected), percent(stated.true_mean)),
            (0.5..=2.0).contains(&factor),
        ));
    }
    aims
}

/// The few columns that a reader begins with.
fn short(ran: &[Ran<'_>]) -> String {
    let head = ["contestant", "calls", "dollars", "regret mean", "regret p95", "not measured"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (contestant, scored) in ran {
        if let Some(scores) = Scores::of(scored.iter()) {
            rows.push(vec![
                contestant.name(),
                format!("{:.1}", scores.calls),
                format!("{:.2}", scores.dollars),
                format!("{} %", percent(scores.regret.mean)),
                format!("{} %", percent(scores.regret.p95)),
                if scores.unmeasured_answer <= 0.0 {
                    "never".to_owned()
                } else {
                    format!("{} %", percent(scores.unmeasured_answer))
                },
            ]);
        }
    }
    table::markdown(&rows)
}

const HEAD: &str = "\
# Tuners on recorded functions

How much do tuners of AWS Lambda spend to find a memory size, and how much dearer than the cheapest size is the one they
find? Seven ways and this project's are run over 107 functions that others have recorded, SEEDS times each, with the same
random numbers.

A program writes this page and its figure; no result in them is typed by hand, except that of the [check](#method):

```
cargo bench --bench tuning -- --study reports/tuning-efficiency
```

Everything that it needs is in this repository: [summary figures](../../benches/tuning/recorded/README.md) of the recordings
and the [tuners](../../benches/tuning/contest/contestants). With `MILLICENT_RECORDED` set to a folder of recordings, single
calls are replayed instead.

## In short

*Dollars* are those that the search costs, relative to power tuning with ten calls of each size (geometric mean over
functions). *Regret* is how much dearer a call is at the size that was found than at the cheapest one, over every MB of the
range; *p95* is exceeded in one run of twenty. *Not measured* says how often a tuner recommends a size at which it has never
run the function.

";

const FIGURE: &str = "
![Dollars of the search against regret, for each tuner](regret.svg)

Down and to the left is better. What is gray is [aimed at](#what-was-aimed-at).
";

const TABLES: &str = "
## All figures

- *changes*: configuration changes, with the way back where a tuner has one.
- *dollars geo (sum)*: as above; in brackets the ratio of the sums, which functions that are dear to run decide.
- *optimal calls*: the search in calls at the cheapest size.
- *with fee*: regret as a share of what is paid, with the request fee of $0.0000002; single regrets count 500 % at most.
- *none*, *fails*, *unmeasured*: runs without an answer, with one that cannot run, with one that was not measured.
- *pay-back calls*: calls in production until the search is paid for, against 512 MB.
- *bound*: with a probability of 95 % the regret is no more than this, says the tuner. *Holds* for compute alone, and in brackets
  with the fee.
";

const BY_PART: &str = "Calls; dollars; regret mean / p95 in percent; where a tuner states a bound, how often it holds in percent.
Functions of one source are alike: sixteen variants of one program, two programs with many inputs.
";

const CALIBRATION: &str = "The regret that the tuner expects / the true one with the fee, in percent: of all runs, and of ten equal parts of them from the
surest to the least sure. Single runs of a part differ; their means should not.
";

const FOOT: &str = "
## Method

- **Functions.** Set A: 36 with recorded calls, from four sources. Set B: 71 of which only means were published, from four
  others; their noise is assumed to be 6 %. At least five recorded sizes each, the smallest below 2,000 MB. Tuners see the range
  and nothing else; it ends at 3,008 MB.
- **Truth.** Durations between recorded sizes lie on straight lines in the logarithms. Where fewer than ten calls stand behind
  each of twelve sizes or more, the means are smoothed first: the best of many three-call means is a lucky one. A size costs
  what is billed, E⌈d⌉ and not ⌈E d⌉, for x86 $0.0000166667 and for arm64 $0.0000133334 a GB-second.
- **Calls.** A call takes the duration of its size times the residual of a random recorded call of the nearest recorded size:
  interpolated between recorded quantiles, with the top hundredth at the value that gives the recorded mean.
- **First calls.** In one scenario they are like all others. In the other the first call after a configuration change bills 300 ms
  of INIT and takes three times as long up to 10 ms, 1.5 times at 100 ms, 1.2 times at 1 s and 1.05 times from 10 s on.
- **Time.** A configuration change takes 4 s, one after the other. Power tuning then measures its sizes side by side, Parrotfish
  the calls of a batch; ours whatever its plan allows; all else is serial.
- **Killed functions.** 74 functions that do not run below 256 to 1,920 MB, with a range from 128 MB: failing calls last as long
  and show as much memory as recorded ones, and some fail without an error. Power tuning tries a failing size three times,
  aborts and begins again without it. Parrotfish sees a kill only where more memory was used than there is.
- **Ours** is the tuner of the command with its defaults, driven in virtual time against a simulated account that replays the
  recording; calls, dollars and time are from its own ledger. The function has 512 MB before, or the nearest size of its range.
- **The rivals** are written anew from their published behavior: aws-lambda-power-tuning; Parrotfish (SoCC 2023) with the settings
  that it ships and those of its paper; a light grid of three calls a size; and a Gaussian process with expected improvement, as
  COSE (INFOCOM 2020) uses it.
- **Check.** Against an independent replay of the same recordings the cheapest sizes and their costs agree to a millionth for all
  107 functions, and calls, dollars and regret of all rivals within their standard errors, with one exception: of Parrotfish
  with default settings that replay has mean regret 6.8 % where this one has 5.7 %, because a handful of its 2,140 fits ended
  elsewhere at a hundred times the regret. The tests hold the benchmark to that.

## Limits

- Replay is not Lambda: no environment has a processor of its own, nothing drifts, INIT has one length.
- Sources with few sizes have their cheapest size on power tuning's own grid, because nothing else was recorded: they flatter
  it, and whoever asks for the same sizes. The finely recorded functions are shown by themselves.
- Set B's noise is assumed. Three-call recordings are near the noise floor, about 1 %.
- Means of heavy-tailed functions are made by few calls. A tuner that makes few calls does not see them, and is scored by them.
- Functions with several threads and sizes above 3,008 MB do not occur.

## What was tried

The prior belief is made of shapes that functions are known to have, and nothing in it is a fit to these recordings; but its
author has seen them. These choices were made with both sets in view, on six seeds, and made all sources better or left them as
they were, so that leaving one source out chooses the same; figures are calls, dollars, mean regret and p95:

- Learning the noise from all sizes together, as one of five amounts, in place of assuming 5 %: the largest step. A belief with
  fixed noise needed ten calls of each size (48 calls, 0.74).
- Ending when a look no longer lowers the expected loss by 0.07 % for as much as a call costs: 9.2 calls and 0.093 became 7.0 and
  0.074 at the same regret (1.5). From 0.02 to 0.1 % it hardly matters; at 0.4 %: 4.7 calls, 0.054, 2.1 and 8.3.
- Looking at round sizes only, where no staircase is likely: 6.9 calls and 1.7 / 8.0 became 6.5 and 1.6 / 7.2. Recorded sizes are
  round, which flatters this; on made functions without kinks at round sizes it was as good (2.6 and 2.2).
- The expected loss alone as the end: 7.1 calls, 0.075, 1.6 / 8.4. With the bound below four times the target, too: 7.3, 0.079,
  1.5 / 7.9; below three times, and rough functions more common in the belief: 7.7, 0.085, 1.2 / 6.0, and the bound holds in 95.6
  in place of 93.3 % of the runs.
- A first look at the smallest size, or at three sizes: no better, and dearer for slow functions.
- Recommending the least mean in place of the least expected loss: 1.8 / 8.4 in place of 1.7 / 7.1.
- More than 384 curves: 1,024 lowered the regret by 0.1 and took three times as long.
";
