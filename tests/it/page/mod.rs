//! The interactive page: the model inside it is this one, and in a browser it says what `millicent compare` says.

#[cfg(feature = "cli")]
mod browser;
mod model;

#[cfg(feature = "cli")]
mod in_a_browser {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::OnceLock;

    use millicent::break_even::{Axis, BreakEven, Interval, Question};
    use millicent::price_book::PriceBook;
    use millicent::report::{ReportPage, write_comparison_json, write_comparison_markdown, write_report_html};
    use millicent::scenario::{Draft, Flags, read_toml};
    use millicent::what_if::{Change, Overlay, WhatIf};
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::browser::{Browser, installed};

    const SCENARIO: &str = "title = \"Orders\"\nregion = \"us-east-1\"\n[workload]\nrequests = \"40/s\"\nduration = \"120ms\"\n\
                            memory = \"512MB\"\ncpu_fraction = 0.4\npeak_to_mean = 3\n";

    /// Three workloads, and options of several fleets whose costs cross more than once.
    const SHOP: &str = include_str!("../../../examples/ecommerce.toml");

    fn what_if(scenario: &str) -> WhatIf {
        let file = read_toml("orders.toml", scenario).unwrap();
        WhatIf::new(file, Overlay::default(), BTreeMap::new(), PriceBook::bundled()).unwrap()
    }

    fn html(scenario: &str) -> Vec<u8> {
        let (what_if, files) = (what_if(scenario), BTreeMap::new());
        let (comparison, curves) = (what_if.compare(&[]).unwrap(), what_if.curves(&[], None).unwrap());
        let (what_if, comparison, curves, regions) = (&what_if, &comparison, &curves, &what_if.regions(&[], None));
        let page = ReportPage { name: "orders.toml", scenario, files: &files, what_if, comparison, curves, regions };
        let mut bytes = Vec::new();
        write_report_html(&page, &mut bytes).unwrap();
        bytes
    }

    /// The page in a browser, or nothing where there is none.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn open_page(page: impl FnOnce() -> Vec<u8>) -> Option<(Browser, TempDir)> {
        let Some(program) = installed() else {
            eprintln!("skipped: no chromium (install it, or name it in MILLICENT_CHROMIUM)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        fs::write(&file, page()).unwrap();
        Some((Browser::open(&program, &file), folder))
    }

    fn open() -> Option<(Browser, TempDir)> {
        static PAGE: OnceLock<Vec<u8>> = OnceLock::new();
        open_page(|| PAGE.get_or_init(|| html(SCENARIO)).clone())
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
        let comparison = what_if(SCENARIO).compare(&changes.iter().map(change).collect::<Vec<_>>()).unwrap();
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

    /// Who is the cheapest from where to where, as `millicent break-even` says it of a scenario.
    fn regions(scenario: &str, over: Axis) -> Value {
        let (book, no_file) = (PriceBook::bundled(), |name: &str, _: &_| Err(format!("no file {name}")));
        let draft = Draft::read(read_toml("s.toml", scenario).unwrap(), Flags::none(), &book, &no_file).unwrap();
        let (from, to) = over.usual_ends();
        let interval = Interval::new(from, to, over.usual_scale()).unwrap();
        let answer = BreakEven::of(&Question { over, interval, between: None }, &draft, &book, &no_file).unwrap();
        let words = answer.regions.iter().map(|region| {
            let (from, to) = (answer.over.number(region.from), answer.over.number(region.to));
            (from, to, answer.options[region.winner.unwrap()].name.clone())
        });
        Value::Array(words.map(|(from, to, name)| json!([from, to, name])).collect())
    }

    /// The same as the page says it.
    fn listed(browser: &Browser) -> Value {
        browser.value(
            "[...document.querySelectorAll('#regions li')].map((item) => \
             item.textContent.match(/^(.+) to (.+) requests a month of [^:]+: (.+)$/).slice(1))",
        )
    }

    #[test]
    fn the_cheapest_changes_where_the_command_says_so() {
        let Some((browser, _folder)) = open_page(|| html(SHOP)) else { return };
        let all = regions(SHOP, Axis::Requests);
        assert_eq!((all.as_array().unwrap().len(), listed(&browser)), (4, all.clone()));
        assert_eq!(browser.value("document.querySelectorAll('#chart .ring').length"), json!(3));
        // Between two points of the curve functions are the cheapest once more.
        let api = || Axis::RequestsOf("api".to_owned());
        set(&browser, "axis", "0");
        assert_eq!((listed(&browser), listed(&browser).as_array().unwrap().len()), (regions(SHOP, api()), 4));
        set(&browser, "cpu-0", "25");
        set(&browser, "requests-1", "9000000");
        let moved = SHOP.replace("\"12ms\"", "\"25ms\"").replace("3M/month", "9M/month");
        assert_eq!(listed(&browser), regions(&moved, api()));
        set(&browser, "axis", "");
        assert_eq!(listed(&browser), regions(&moved, Axis::Requests));
        browser.value("document.querySelector('button.reset').click()");
        browser.settle();
        assert_eq!(listed(&browser), all);
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    /// Tasks that cost as much as a function in all their steps.
    #[test]
    fn hundreds_of_changes_are_found_when_the_page_is_opened() {
        let stairs = "[workload]\nrequests = \"40M/month\"\nduration = \"4s\"\nmemory = \"512MB\"\n[[option]]\nplatform = \"lambda\"\n\
                      [[option]]\nplatform = \"fargate\"\nvcpu = 0.25\nmemory = \"512MB\"\nrequests_per_instance = \"0.1024/s\"\n";
        let Some((browser, _folder)) = open_page(|| html(stairs)) else { return };
        let listed = browser.value("document.querySelectorAll('#regions li').length");
        assert_eq!(listed, json!(regions(stairs, Axis::Requests).as_array().unwrap().len()));
        assert!(500 < listed.as_u64().unwrap(), "{listed}");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    #[test]
    fn only_the_last_of_many_moves_is_answered() {
        let Some((browser, _folder)) = open_page(|| html(SHOP)) else { return };
        browser.value(
            "(async () => { const field = document.getElementById('cpu-0'); for (const value of [13, 40, 7, 90, 20, 25]) { \
             field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); \
             await new Promise((done) => setTimeout(done, value)); } })()",
        );
        browser.settle();
        assert_eq!(listed(&browser), regions(&SHOP.replace("\"12ms\"", "\"25ms\""), Axis::Requests));
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }

    #[test]
    fn the_table_and_the_bills_have_all_that_compare_prints() {
        let Some((browser, _folder)) = open_page(|| html(SHOP)) else { return };
        let comparison = what_if(SHOP).compare(&[]).unwrap();
        let (mut markdown, mut json) = (Vec::new(), Vec::new());
        write_comparison_markdown(&comparison, &mut markdown).unwrap();
        write_comparison_json(&comparison, false, &mut json).unwrap();
        let markdown = String::from_utf8(markdown).unwrap();
        let rows: Vec<Vec<&str>> = markdown
            .lines()
            .filter(|line| line.starts_with("| "))
            .skip(1)
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .filter(|cells: &Vec<&str>| cells.len() == 7)
            .collect();
        assert!(rows[2].ends_with(&["4 + 8", "14% + 2.3%", "zones + zones"]), "{rows:?}");
        let shown = "[...document.querySelectorAll('#options tbody tr')].map((row) => \
                     [...row.cells].slice(0, 7).map((cell) => cell.textContent))";
        assert_eq!(browser.value(shown), json!(rows));
        // Digits as the price book has them: $0.0000133334 for a GB-second.
        let json: Value = serde_json::from_slice(&json).unwrap();
        let lines = json["options"].as_array().unwrap().iter().flat_map(|option| option["lines"].as_array().unwrap());
        let prices: Vec<String> = lines.map(|line| line["price_usd"].to_string()).collect();
        assert!(prices.iter().any(|price| price == "0.0000133334"), "{prices:?}");
        let shown = "[...document.querySelectorAll('#bills tbody tr')].map((row) => row.cells[4].textContent)";
        assert_eq!(browser.value(shown), json!(prices));
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
        assert!(reading.as_str().unwrap().starts_with("At 1,051,200,000 requests a month: "), "{reading}");
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
