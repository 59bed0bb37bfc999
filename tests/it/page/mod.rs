//! The interactive page: the model inside it is this one, and in a browser it says what `millicent compare` says.

#[cfg(feature = "cli")]
mod browser;
mod model;

#[cfg(feature = "cli")]
mod in_a_browser {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::OnceLock;

    use millicent::price_book::PriceBook;
    use millicent::report::{ReportPage, write_comparison_json, write_report_html};
    use millicent::scenario::read_toml;
    use millicent::what_if::{Change, Overlay, WhatIf};
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::browser::{Browser, installed};

    const SCENARIO: &str = "title = \"Orders\"\nregion = \"us-east-1\"\n[workload]\nrequests = \"40/s\"\nduration = \"120ms\"\n\
                            memory = \"512MB\"\ncpu_fraction = 0.4\npeak_to_mean = 3\n";

    fn what_if() -> WhatIf {
        WhatIf::new(read_toml("orders.toml", SCENARIO).unwrap(), Overlay::default(), BTreeMap::new(), PriceBook::bundled())
            .unwrap()
    }

    fn html() -> Vec<u8> {
        let (what_if, files) = (what_if(), BTreeMap::new());
        let (comparison, curves) = (what_if.compare(&[]).unwrap(), what_if.curves(&[], 0, &what_if.stops(0, 49)).unwrap());
        let (what_if, comparison, curves) = (&what_if, &comparison, &curves);
        let page = ReportPage { name: "orders.toml", scenario: SCENARIO, files: &files, what_if, comparison, curves };
        let mut bytes = Vec::new();
        write_report_html(&page, &mut bytes).unwrap();
        bytes
    }

    /// The page in a browser, or nothing where there is none.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn open() -> Option<(Browser, TempDir)> {
        static PAGE: OnceLock<Vec<u8>> = OnceLock::new();
        let Some(program) = installed() else {
            eprintln!("skipped: no chromium (install it, or name it in MILLICENT_CHROMIUM)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        fs::write(&file, PAGE.get_or_init(html)).unwrap();
        Some((Browser::open(&program, &file), folder))
    }

    /// What the table of options shows: name, dollars, verdict.
    fn table(browser: &Browser) -> Value {
        browser.value(
            "[...document.querySelectorAll('#options tbody tr')].map((row) => \
             [row.cells[0], row.cells[1], row.cells[7]].map((cell) => cell.textContent))",
        )
    }

    /// The same of `millicent compare` with these keys changed.
    fn expected(changes: &[(&str, &str)]) -> Value {
        let change = |(key, value): &(&str, &str)| Change { workload: 0, key: (*key).to_owned(), value: (*value).to_owned() };
        let comparison = what_if().compare(&changes.iter().map(change).collect::<Vec<_>>()).unwrap();
        let mut bytes = Vec::new();
        write_comparison_json(&comparison, false, &mut bytes).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        let verdict = |option: &Value| match option["verdict"].as_str().unwrap() {
            "carries" => "carries it".to_owned(),
            other => {
                let reasons: Vec<&str> = option["reasons"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                format!("{other}: {}", reasons.join("; "))
            }
        };
        let rows = comparison.options.iter().zip(json["options"].as_array().unwrap()).map(|(option, json)| {
            let total = option.estimate.as_ref().map_or("–".to_owned(), |estimate| estimate.bill.invoice_total().to_string());
            json!([option.name, total, verdict(json)])
        });
        Value::Array(rows.collect())
    }

    fn set(browser: &Browser, field: &str, value: &str) {
        browser.value(&format!(
            "(() => {{ const field = document.getElementById('{field}'); field.value = '{value}'; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
        ));
        browser.settle();
    }

    #[test]
    fn moved_values_give_what_the_command_gives() {
        let Some((browser, _folder)) = open() else { return };
        assert_eq!(table(&browser), expected(&[]));
        let mut moved = Vec::new();
        for (field, key, number, unit) in [
            ("requests-0", "requests", "5000000", "/month"),
            ("duration-0", "duration", "333", "ms"),
            ("cpu_fraction-0", "cpu_fraction", "87.5", "%"),
            ("memory-0", "memory", "3008", "MB"),
            ("requests-0", "requests", "90000000000", "/month"),
        ] {
            set(&browser, field, number);
            moved.retain(|(known, _): &(&str, String)| *known != key);
            moved.push((key, format!("{number}{unit}")));
            let changes: Vec<(&str, &str)> = moved.iter().map(|(key, value)| (*key, value.as_str())).collect();
            assert_eq!(table(&browser), expected(&changes), "{changes:?}");
        }
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    #[test]
    fn a_slider_is_moved_with_the_keyboard_and_the_curves_move_with_it() {
        let Some((browser, _folder)) = open() else { return };
        let curves = || browser.value("document.querySelector('#chart svg').innerHTML");
        let regions = || browser.value("document.getElementById('regions').textContent");
        let (curves_before, regions_before) = (curves(), regions());
        browser.value("document.getElementById('duration-0-range').focus()");
        for _ in 0..3 {
            browser.press("ArrowRight");
        }
        browser.settle();
        let duration = browser.value("document.getElementById('duration-0').value");
        let duration = duration.as_str().unwrap();
        assert!(120.0 < duration.parse().unwrap(), "{duration}");
        assert_eq!(table(&browser), expected(&[("duration", &format!("{duration}ms"))]));
        assert_ne!((curves(), regions()), (curves_before.clone(), regions_before.clone()));
        browser.value("document.querySelector('button.reset').focus()");
        browser.press("Enter");
        browser.settle();
        assert_eq!((table(&browser), curves(), regions()), (expected(&[]), curves_before, regions_before));
        // The reading line, too.
        browser.value("document.getElementById('chart').focus()");
        browser.press("ArrowRight");
        browser.press("End");
        let reading = browser.value("document.getElementById('reading').textContent");
        assert!(reading.as_str().unwrap().starts_with("At 105,120,000,000 requests a month: "), "{reading}");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    #[test]
    fn a_click_on_a_heading_sorts_and_a_wrong_value_is_said() {
        let Some((browser, _folder)) = open() else { return };
        let names =
            || browser.value("[...document.querySelectorAll('#options tbody tr')].map((row) => row.cells[0].textContent)");
        let sorted = || browser.value("document.querySelector('#options th').getAttribute('aria-sort')");
        browser.value("document.querySelector('#options th button').focus()");
        browser.press("Enter");
        let rising: Vec<String> = serde_json::from_value(names()).unwrap();
        assert_eq!(sorted(), json!("ascending"));
        browser.press("Enter");
        let falling: Vec<String> = serde_json::from_value(names()).unwrap();
        assert_eq!((sorted(), rising.iter().rev().cloned().collect::<Vec<_>>()), (json!("descending"), falling));
        // Out of the range of the field: nothing moves.
        set(&browser, "memory-0", "-5");
        assert_eq!(browser.value("document.getElementById('memory-0').validity.valid"), json!(false));
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    #[test]
    fn it_prints_without_its_sliders_and_is_dark_where_that_is_preferred() {
        let Some((browser, _folder)) = open() else { return };
        let background = || browser.value("getComputedStyle(document.body).backgroundColor");
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        let light = background();
        browser.ask("Emulation.setEmulatedMedia", dark);
        assert_ne!(background(), light);
        browser.ask("Emulation.setEmulatedMedia", json!({"media": "print"}));
        let slider = browser.value("getComputedStyle(document.querySelector('input[type=range]')).display");
        assert_eq!((slider, background()), (json!("none"), json!("rgb(255, 255, 255)")));
        let pdf = browser.ask("Page.printToPDF", json!({"printBackground": true, "preferCSSPageSize": true}));
        assert!(20_000 < pdf["data"].as_str().unwrap().len());
        browser.ask("Emulation.setEmulatedMedia", json!({"media": ""}));
        browser.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": false}),
        );
        // What scrolls inside its own frame may be wider than the page.
        let wide = browser.value(
            "[...document.querySelectorAll('body *')].filter((element) => \
             390 < element.getBoundingClientRect().right && !element.closest('.wide, #chart, pre')).map((element) => element.outerHTML.slice(0, 80))",
        );
        assert_eq!(wide, json!([]), "wider than a telephone");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}
