//! The page: claims and answers as Markdown.

use std::collections::BTreeMap;

use millicent::units::grouped;

use super::claims::{Answer, Claim, DOCUMENTS, Document, Verdict};
use super::limits;
use super::numbers as model;
use super::runs::{Book, Run};
use super::words::{money, percent, price, sentence, whole};

/// The whole page; the same bytes each time.
pub(crate) fn render() -> String {
    let sections = [introduction(), summary(), findings(), verdicts()];
    let documents = DOCUMENTS.iter().map(claims_of);
    let rest = [arithmetic(), limits_asked(), documentation(), not_yet(), check(), method()];
    let sections: Vec<String> = sections.into_iter().chain(documents).chain(rest).collect();
    sections.join("\n")
}

/// Rows of a Markdown table, with `|` inside cells made harmless.
struct Table {
    text: String,
}

impl Table {
    fn new<const COLUMNS: usize>(header: [&str; COLUMNS]) -> Self {
        let mut table = Self { text: String::new() };
        table.row(header.map(str::to_owned));
        table.text.push_str(&format!("|{}\n", "---|".repeat(COLUMNS)));
        table
    }

    fn row<const COLUMNS: usize>(&mut self, cells: [String; COLUMNS]) {
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        self.text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// The three digits by which a document is called.
fn number(document: &Document) -> &'static str {
    &document.file[..3]
}

fn claims() -> impl Iterator<Item = (&'static Document, &'static Claim)> {
    DOCUMENTS.iter().flat_map(|document| document.claims.iter().map(move |claim| (document, claim)))
}

fn introduction() -> String {
    "# The documents' claims, recomputed

Five articles about serverless computing, undated, state prices, limits and break-even points. This page asks `millicent`
about each of these claims and says which hold. The articles are known here by the first three digits of their file names;
the prices that they state are the price book [`documents`](../../pricing/README.md#the-book-documents).

A program writes this page, and no result in it is typed by hand: [study.rs](study.rs) runs the [scenarios](scenarios)
with the [price lists](../../pricing/README.md) of this project. After a change of either,

```
cargo run --example documents-study
```

writes the page again. The tests fail as long as the page and the model disagree.
"
    .to_owned()
}

fn summary() -> String {
    let count = |keep: &dyn Fn(&Answer) -> bool| claims().filter(|(_, claim)| keep(&claim.answer)).count();
    let computed = count(&|answer| matches!(answer, Answer::Computed { .. }));
    let documented = count(&|answer| matches!(answer, Answer::Documented { .. }));
    let mut table = Table::new(["document", "claims", "right", "wrong", "outdated", "depends", "not judged yet"]);
    for document in &DOCUMENTS {
        let [right, wrong, outdated, depends, open] = tally(document.claims.iter());
        let name = format!("{} {}", number(document), document.title);
        table.row([name, document.claims.len().to_string(), right, wrong, outdated, depends, open]);
    }
    let [right, wrong, outdated, depends, open] = tally(claims().map(|(_, claim)| claim)).map(|count| format!("**{count}**"));
    table.row(["**all**".to_owned(), format!("**{}**", claims().count()), right, wrong, outdated, depends, open]);
    format!(
        "## Summary\n\n{} claims: {computed} judged by computing, {documented} by documentation, {} not judged yet.\n\n{}",
        claims().count(),
        claims().count() - computed - documented,
        table.text
    )
}

/// How many claims are right, wrong, outdated, dependent and open.
fn tally(claims: impl Iterator<Item = &'static Claim>) -> [String; 5] {
    let mut counts: BTreeMap<Option<Verdict>, usize> = BTreeMap::new();
    for claim in claims {
        *counts.entry(claim.answer.verdict()).or_default() += 1;
    }
    let [right, wrong, outdated, depends] = Verdict::ALL.map(Some);
    [right, wrong, outdated, depends, None].map(|verdict| counts.get(&verdict).copied().unwrap_or(0).to_string())
}

fn findings() -> String {
    let a_day = |shape| model::total_of(model::A_MILLION_A_DAY, shape);
    let findings = [
        format!("A million requests of 1 s at 512 MB cost {} a month, not $21.", model::total(model::PIPELINE)),
        format!(
            "That workload costs as much as a t3.medium at {} requests a month, not at 20,000.",
            whole(model::break_even(model::t3_medium(), false))
        ),
        format!(
            "Ten provisioned units of 512 MB cost {} a month when idle, not $96: their memory counts, not only their number.",
            model::total(model::TEN_UNITS)
        ),
        format!(
            "Provisioned units cost less than running on demand when they are busy more than {} of the time.",
            percent(model::break_even_utilization())
        ),
        format!(
            "A GB-month of Lambda duration costs {}, not $0.60; one call of 1 s at 128 MB costs {}, not $0.0021.",
            model::duration_cost(&model::ONE_GB_ALL_MONTH.first()),
            money(model::duration_cost(&model::ONE_CALL.first()))
        ),
        format!(
            "A million requests a day cost between {} and {} a month in three ordinary shapes: requests a day are no crossover.",
            a_day("128 MB, 100 ms"),
            a_day("1 GB, 1 s")
        ),
    ];
    format!("What to remember:\n\n{}", findings.map(|finding| format!("- {finding}\n")).concat())
}

fn verdicts() -> String {
    "The verdicts:

- **right**: it holds. A setting is right when it is valid.
- **wrong**: it does not hold, by the sums [below](#the-wrong-ones-in-one-line-each) or by documentation.
- **outdated**: it held once.
- **depends**: it holds in some cases, which the document does not name.
"
    .to_owned()
}

fn claims_of(document: &Document) -> String {
    let mut table = Table::new(["claim", "what the model says", "verdict", "scenario"]);
    for claim in document.claims {
        if let Answer::Computed { verdict, says, scenario, .. } = &claim.answer {
            let link = scenario.map_or_else(String::new, |file| format!("[{0}](scenarios/{0}.toml)", file.name));
            table.row([quoted(claim), sentence(&says()), verdict.name().to_owned(), link]);
        }
    }
    format!("## Document {}: {}\n\n`{}`\n\n{}", number(document), document.title, document.file, table.text)
}

fn quoted(claim: &Claim) -> String {
    format!("“{}”", claim.quote)
}

fn arithmetic() -> String {
    let mut table = Table::new(["document", "claim", "the sum"]);
    for (document, claim) in claims() {
        if let Answer::Computed { arithmetic: Some(sum), .. } = &claim.answer {
            table.row([number(document).to_owned(), quoted(claim), sentence(&sum())]);
        }
    }
    format!(
        "## The wrong ones, in one line each

Quantities, prices and products are lines of bills that the model made. Only the scaling rate is documentation.

{}",
        table.text
    )
}

fn limits_asked() -> String {
    let mut table = Table::new(["asked, of the order pipeline", "the model's answer"]);
    for (asked, run) in limits::REFUSED_BEYOND.iter().chain(limits::DIFFERENT_BEYOND).flatten() {
        table.row([(*asked).to_owned(), limit_answer(*run)]);
    }
    format!(
        "## Limits that the model enforces

What the documents say about limits, tried on both sides: the model answers with a bill or with a refusal. A remark is not a
refusal.

{}",
        table.text
    )
}

fn limit_answer(run: Run) -> String {
    if let Some(reasons) = model::refusal(run) {
        return format!("refused: “{reasons}”");
    }
    let option = run.first();
    let remark = model::quota_note(run).map_or_else(String::new, |note| format!(", with the remark “{note}”"));
    format!("{} a month for {} billed requests{remark}", option.bill.total(), grouped(model::billed_requests(&option)))
}

fn documentation() -> String {
    let mut table = Table::new(["document", "claim", "the fact", "source", "verdict"]);
    for (document, claim) in claims() {
        if let Answer::Documented { verdict, fact, source: (name, address) } = &claim.answer {
            let source = format!("[{name}]({address})");
            table.row([number(document).to_owned(), quoted(claim), sentence(fact), source, verdict.name().to_owned()]);
        }
    }
    format!(
        "## Judged by documentation, not by computing

The model has nothing to compute here. These facts were read in the providers' documentation.

{}",
        table.text
    )
}

fn not_yet() -> String {
    let mut table = Table::new(["document", "claim", "what a judgement needs"]);
    for (document, claim) in claims() {
        if let Answer::NotYet { needs } = &claim.answer {
            table.row([number(document).to_owned(), quoted(claim), (*needs).to_owned()]);
        }
    }
    format!(
        "## Not yet computed by the model

The model has no answer to these claims, so this page has no number for them.

{}",
        table.text
    )
}

fn check() -> String {
    let mut table = Table::new(["scenario and flags", "a month"]);
    for run in model::CHECKED {
        let estimate = run.estimate();
        let totals = estimate.options.iter().map(|option| match estimate.options.len() {
            1 => money(option.bill.total()),
            _ => format!("{}: {}", option.name, money(option.bill.total())),
        });
        table.row([format!("`{}`", run.scenario_and_flags().join(" ")), totals.collect::<Vec<_>>().join("; ")]);
    }
    let even = model::requests_within(model::t3_medium(), false);
    let [below, above] = [even, even + 1]
        .map(|requests| format!("`--requests {requests}/month` gives {}", price(model::pipeline_at(requests, false).amount())));
    let example = model::PIPELINE_FREE_TIER.arguments().join(" ");
    format!(
        "## Check a number yourself

Every run of this page is a command, with a file of [scenarios](scenarios) and flags laid over it. The second row is

```
cargo run -- {example}
```

and `--explain` walks its numbers back to their prices and sources. The command rounds each line to cents and adds these, as an
invoice does, so its last cent can differ from the exact totals here; `--format json` has both.

{}
The break-even with a t3.medium ({} a month) lies between two runs of `order-pipeline.toml`:
{below}, {above}.
",
        table.text,
        price(model::t3_medium().amount())
    )
}

fn method() -> String {
    let as_of = Book::Bundled.prices().as_of().unwrap_or("undated");
    format!(
        "## Method and limits

- **Prices** are those of AWS in us-east-1 for x86_64, checked {as_of}, before tax, for a month of 730 hours. The free tier is
  off unless a sentence says otherwise. The machine is one t3.medium on demand.
- **Amounts** are exact, shown in cents, or with four digits when they are less than a cent. A claim with a number is right
  when the exact amount rounds to that number at its digits.
- **A break-even** is the number of requests at which both cost the same, rounded to a whole request. It is found by asking the
  model again and again, so free allowances and tiers are in it. It compares prices only: whether one t3.medium can carry that
  load is not asked.
- **The documents' own prices** come from the price book `documents`, so a conclusion can be followed with the numbers it was
  drawn from.
- **Assumed** is what a document leaves open: 100 ms for a warm-up request, one cold start in a hundred requests, 20 ms for a
  queue message, random (Poisson) arrivals. The scenario files say so.
- **Duration on another memory size** follows the CPU share: 1,769 MB are one vCPU. Real functions can gain more or less, so
  measure them.
- **The scaling rate** (1,000 environments each 10 s) is documented, not metered by the model.
- **Not included**: API gateways, queues, logs, data transfer, taxes, and the people who run it.
"
    )
}
