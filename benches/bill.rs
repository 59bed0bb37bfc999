//! Usage → bill: price lookup, graduated tiers, exact decimals, lines.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use millicent::bill::bill;
use millicent::price_book::PriceBook;
use millicent::units::{Decimal, Unit};
use millicent::usage::{Meter, Region, Usage};

static REQUESTS: Meter = Meter::fixed("lambda.requests.x86_64", "requests", Unit::Request);
static DURATION: Meter = Meter::fixed("lambda.duration.x86_64", "duration", Unit::GbSecond);

fn lambda_usage(requests: u64, gb_seconds: u64) -> Usage {
    let region = Region::new("us-east-1");
    let mut usage = Usage::default();
    usage.add(&region, &REQUESTS, requests.into()).expect("two small numbers");
    usage.add(&region, &DURATION, gb_seconds.into()).expect("two small numbers");
    usage
}

pub(crate) fn usage_to_bill(criterion: &mut Criterion) {
    let book = PriceBook::bundled();
    let mut group = criterion.benchmark_group("usage to bill, Lambda");
    group.throughput(Throughput::Elements(1));
    for (name, requests, gb_seconds, free_tier, cents) in [
        ("one tier", 1_000_000, 500_000, false, 853),
        ("one tier, free tier", 1_000_000, 500_000, true, 167),
        ("three tiers", 20_000_000_000, 20_000_000_000, false, 30_566_720),
    ] {
        let usage = lambda_usage(requests, gb_seconds);
        let answer = bill(&usage, &book, free_tier).expect("Lambda is priced in us-east-1").invoice_total().amount();
        assert_eq!(answer, Decimal::new(cents, 2), "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| bill(black_box(&usage), &book, free_tier)));
    }
    group.finish();
}
