//! Every parser takes any bytes and answers with a value or an error, never a panic.

use millicent::price_book::PriceBook;
use millicent::stats::Durations;
use millicent::units::{Count, DataSize, Month, Rate, Share, TimeSpan, Unit, VirtualCpus};
use proptest::prelude::*;

use crate::support::estimate;

/// Any characters, and texts near enough to valid ones to get past the first check.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[0-9.,_eE+-]{0,12}",
        "(p50=|mean=)?[0-9.,_eE+-]{0,12} ?(ms|s|min|h|KB|MB|GB|M|k|%)?(,p99=[0-9]{1,9}ms)?(/(month|s|day))?"
    ]
}

/// Lines of TOML with known and unknown keys and any values.
fn scenario() -> impl Strategy<Value = String> {
    let header =
        prop::sample::select(vec!["[workload]", "[[workload]]", "[[option]]", "[option.workload.main]", "[discount]", "[x]", ""]);
    let key = prop::sample::select(vec![
        "requests",
        "duration",
        "memory",
        "platform",
        "architecture",
        "region",
        "month_hours",
        "prices",
        "cpu",
        "wait",
        "threads",
        "provisioned_concurrency",
        "provisioned_time",
        "provisioned_windows",
        "provisioned_requests",
        "snap_start",
        "payload",
        "name",
        "free_tier",
        "durable_operations",
        "durable_invocations",
        "durable_written",
        "peak_to_mean",
        "response",
        "purchase",
        "cpu_fraction",
        "cold_start_share",
        "init_duration",
        "tenant_environments",
        "vcpu",
        "peak_vcpu",
        "suspends_per_run",
        "snapshot_size",
        "x",
    ]);
    let value = prop_oneof![
        text().prop_map(|text| format!("{text:?}")),
        text(),
        prop::sample::select(vec![
            "\"1M/month\"",
            "\"1s\"",
            "\"512MB\"",
            "\"lambda\"",
            "true",
            "nan",
            "\"0MB\"",
            "\"1B\"",
            "\"0ms\"",
            "\"1ns\"",
            "\"9e14/month\"",
            "\"36000days\"",
            "\"1e15\"",
            "\"1024TB\"",
            "\"p50=1ms,p99=10h\"",
            "\"lambda-microvms\"",
            "\"lambda-edge\"",
            "0",
            "\"100%\"",
            "\"compute-savings-plan-1y-no-upfront\"",
            "[1, {a = 2}]",
            "-1",
            "1e400",
            "1979-05-27"
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec((header, key, value), 0..12)
        .prop_map(|lines| lines.into_iter().map(|(header, key, value)| format!("{header}\n{key} = {value}\n")).collect())
}

/// A value that some key takes, from harmless to absurd.
fn plausible() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "0",
        "1",
        "3",
        "7.5",
        "1e6",
        "1e15",
        "0.5",
        "1%",
        "100%",
        "0/month",
        "1M/month",
        "9e14/month",
        "12/s",
        "1ns",
        "1.8ms",
        "250ms",
        "14min",
        "3h",
        "20days",
        "36000days",
        "1B",
        "64KB",
        "128MB",
        "1769MB",
        "2GB",
        "10GB",
        "1024TB",
        "p50=1ms,p99=10min",
        "mean=9ms,p95=20ms",
        "true",
        "sqs",
        "kafka",
        "java21",
        "arm64",
        "efs",
        "viewer",
        "m7g.xlarge",
        "compute-savings-plan-1y-no-upfront",
        "asynchronous",
    ])
}

/// A whole scenario of known keys, with values that may or may not fit them.
fn design() -> impl Strategy<Value = String> {
    let platform = prop::sample::select(millicent::platform::ALL.iter().collect::<Vec<_>>());
    let option = platform.prop_flat_map(|platform| {
        let keys =
            prop::sample::subsequence(platform.keys.iter().map(|key| key.name).collect::<Vec<_>>(), 0..=platform.keys.len());
        (Just(platform.name), keys, prop::collection::vec(plausible(), platform.keys.len()))
    });
    let workload = prop::collection::btree_map(
        prop::sample::select(millicent::workload::Workload::KEYS.iter().map(|key| key.name).collect::<Vec<_>>()),
        plausible(),
        0..3,
    );
    (workload, option, prop::bool::ANY).prop_map(|(mut workload, (platform, keys, values), free_tier)| {
        workload.entry("requests").or_insert("1M/month");
        workload.entry("duration").or_insert("250ms");
        workload.entry("memory").or_insert("2GB");
        let lines = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
            pairs.map(|(key, value)| format!("{key} = \"{value}\"\n")).collect::<String>()
        };
        format!(
            "free_tier = {free_tier}\n[workload]\n{}[[option]]\nplatform = \"{platform}\"\n{}",
            lines(&mut workload.iter().map(|(key, value)| (*key, *value))),
            lines(&mut keys.iter().copied().zip(values.iter().copied()))
        )
    })
}

proptest! {
    #[test]
    fn designs_never_panic(text in design()) {
        let _ = estimate(&text);
    }

    #[test]
    fn quantities_never_panic(text in text()) {
        let _ = text.parse::<Count>();
        let _ = text.parse::<Share>();
        let _ = text.parse::<VirtualCpus>();
        let _ = text.parse::<DataSize>().map(|size| (size.gigabytes(), size.to_string()));
        let _ = text.parse::<TimeSpan>().map(|span| (span.seconds(), span.to_string()));
        let _ = text.parse::<Rate>().map(|rate| rate.per_month(Month::STANDARD));
        let _ = text.parse::<Month>();
        let _ = text.parse::<Unit>();
        let _ = text.parse::<Durations>().map(|durations| (durations.mean_billed(TimeSpan::ZERO), durations.longest()));
    }

    #[test]
    fn what_prints_parses_back(milliseconds in 1..10_000_000_u64, kilobytes in 1..100_000_000_u64) {
        let span: TimeSpan = format!("{milliseconds}ms").parse().unwrap();
        prop_assert_eq!(span.to_string().parse::<TimeSpan>().unwrap(), span);
        let size: DataSize = format!("{kilobytes}KB").parse().unwrap();
        let again = size.to_string().parse::<DataSize>().unwrap();
        prop_assert!((again.megabytes() - size.megabytes()).abs() <= millicent::units::Decimal::new(1, 2));
    }

    #[test]
    fn scenarios_never_panic(text in prop_oneof![scenario(), ".{0,200}"]) {
        let _ = estimate(&text);
    }

    #[test]
    fn price_lists_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = PriceBook::empty().lay_over("any.csv", &bytes);
    }

    #[test]
    fn damaged_price_lists_never_panic(cut in 0..3000_usize, place in 0..3000_usize, byte: u8) {
        let mut bytes = include_bytes!("../../pricing/aws/lambda.csv")[..3000].to_vec();
        bytes[place] = byte;
        bytes.truncate(cut);
        if let Err(error) = PriceBook::empty().lay_over("cut.csv", &bytes) {
            prop_assert!(error.to_string().starts_with("cut.csv:"), "{error}");
        }
    }
}
