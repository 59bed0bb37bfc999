//! A scenario with the usual candidates → where the cheapest changes, between a thousand and a billion requests a month.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use millicent::break_even::{Axis, BreakEven, Interval, Question};
use millicent::compare::line_up;
use millicent::price_book::PriceBook;
use millicent::scenario::{Draft, Flags, read_toml};

/// The time in which at least ten options must be answered.
const MOST: Duration = Duration::from_millis(20);
const RUNS: usize = 20;

pub(crate) fn over_requests(criterion: &mut Criterion) {
    let text = "[workload]\nrequests = \"1M/month\"\nduration = \"200ms\"\nmemory = \"512MB\"\n";
    let no_file = |name: &str, _: &_| Err(format!("no file {name}"));
    let book = PriceBook::bundled();
    let file = read_toml("break-even.toml", text).expect("it is TOML");
    let draft = Draft::read(file, Flags { line_up, ..Flags::none() }, &book, &no_file).expect("it is a scenario");
    let (from, to) = Axis::Requests.usual_ends();
    let interval = Interval::new(from, to, Axis::Requests.usual_scale()).expect("the usual ends are apart");
    let question = Question { over: Axis::Requests, interval, between: None };
    let ask = || BreakEven::of(black_box(&question), &draft, &book, &no_file).expect("all candidates have prices");
    let answer = ask();
    assert!(10 <= answer.options.len() && !answer.crossings.is_empty(), "{} options", answer.options.len());
    println!("break-even: {} options, {} crossings, {} samples", answer.options.len(), answer.crossings.len(), answer.samples);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(ask());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    assert!(times[RUNS / 2] <= MOST, "a break-even takes {:?}", times[RUNS / 2]);
    criterion.bench_function("break-even over requests, the usual candidates", |bencher| bencher.iter(ask));
}
