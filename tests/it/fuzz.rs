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
        "snap_start",
        "payload",
        "name",
        "free_tier",
        "durable_operations",
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

proptest! {
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
