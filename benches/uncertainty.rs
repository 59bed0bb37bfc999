//! A scenario with ten options whose inputs are ranges → who is probably the cheapest, of 4,096 draws.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use millicent::price_book::PriceBook;
use millicent::scenario::{Draft, Flags, read_toml};
use millicent::uncertainty::{Sampling, Uncertainty};

const RUNS: usize = 10;

const OPTIONS: [&str; 10] = [
    "lambda",
    "lambda,architecture=arm64",
    "fargate",
    "fargate,architecture=arm64",
    "ec2,instance=t3.medium",
    "ec2,instance=t3.medium,purchase=reserved-1y",
    "cloud-run",
    "gce",
    "azure-functions",
    "container-apps",
];

/// Traffic alone, and with it the time of a request: each must be answered within a tenth of a second.
pub(crate) fn of_ranges(criterion: &mut Criterion) {
    over(criterion, "requests", "duration = \"200ms\"", Duration::from_millis(100));
    let durations = "duration = { mean_p50 = \"200ms\", mean_p90 = \"300ms\" }";
    over(criterion, "requests and durations", durations, Duration::from_millis(100));
}

fn over(criterion: &mut Criterion, name: &str, duration: &str, most: Duration) {
    let text = format!("[workload]\nrequests = {{ p50 = \"1M/month\", p90 = \"4M/month\" }}\n{duration}\nmemory = \"512MB\"\n");
    let no_file = |name: &str, _: &_| Err(format!("no file {name}"));
    let book = PriceBook::bundled();
    let file = read_toml("ranges.toml", &text).expect("it is TOML");
    let flags = Flags { platforms: OPTIONS.map(str::to_owned).to_vec(), ..Flags::none() };
    let draft = Draft::read(file, flags, &book, &no_file).expect("it is a scenario");
    let ask = || Uncertainty::of(Sampling::default(), black_box(&draft), &book, &no_file).expect("every option has a price");
    let answer = ask();
    assert_eq!((answer.options.len(), answer.options[0].name.as_str()), (10, "lambda, 512 MB arm64"), "{name}");
    assert_eq!(answer.sampling.draws, 4096);
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(ask());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    assert!(times[RUNS / 2] <= most, "{name}: 4,096 draws take {:?}", times[RUNS / 2]);
    let mut group = criterion.benchmark_group("4,096 draws of ten options");
    group.sample_size(20);
    group.bench_function(name, |bencher| bencher.iter(ask));
    group.finish();
}
