//! The comparison as one interactive HTML file: sliders, curves, tables that sort, every bill, assumptions and sources.
//!
//! The page carries the scenario, an excerpt of the price book and the model itself, compiled to WebAssembly
//! (`model.wasm.gz`, made by `web/build.sh` from this very library). So what a slider shows is what `millicent compare` says of
//! the changed scenario, and nothing is loaded from anywhere. The same input gives the same bytes.
//!
//! Nothing is drawn here: that is for the script in the page.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Number, Value};

use super::compare::write_comparison_json;
use super::curves::{write_curves_json, write_regions_json};
use super::json::number;
use super::words::price_basis;
use crate::break_even::BreakEvenError;
use crate::compare::{Comparison, Verdict};
use crate::price_book::{Excerpt, source_notes};
use crate::what_if::{Curves, Overlay, Parameter, Region, WhatIf};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The model as WebAssembly, packed with gzip.
const MODEL: &[u8] = include_bytes!("model.wasm.gz");

/// More regions than these are found by the model when the page is opened: each takes as much room here as a line of a bill.
const MOST_REGIONS: usize = 500;

/// What the page shows.
#[derive(Debug)]
pub struct ReportPage<'p> {
    /// The name of the scenario file, for messages about it.
    pub name: &'p str,
    /// The text of the scenario file.
    pub scenario: &'p str,
    /// The texts of the files it names, by the names it uses; price lists are not needed.
    pub files: &'p BTreeMap<String, String>,
    /// The scenario, to be moved.
    pub what_if: &'p WhatIf,
    /// Its options compared, unmoved.
    pub comparison: &'p Comparison,
    /// Their costs along the requests of all workloads.
    pub curves: &'p Curves,
    /// Who is the cheapest where along them, or why that is not known.
    pub regions: &'p Result<Vec<Region>, BreakEvenError>,
}

#[derive(Serialize)]
struct DataJson<'p> {
    load: LoadJson<'p>,
    parameters: Vec<ParameterJson<'p>>,
    comparison: Value,
    curves: Value,
    regions: Option<Value>,
    /// Options that have no price in the whole book either.
    unpriced: Vec<&'p str>,
    sources: Vec<SourceJson>,
}

/// What the model is given first.
#[derive(Serialize)]
struct LoadJson<'p> {
    name: &'p str,
    scenario: String,
    #[serde(skip_serializing_if = "Overlay::is_empty")]
    overlay: &'p Overlay,
    files: &'p BTreeMap<String, String>,
    prices: &'p Excerpt,
}

#[derive(Serialize)]
struct ParameterJson<'p> {
    workload: usize,
    workload_name: &'p str,
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    value: Number,
    from: Number,
    to: Number,
    scale: &'static str,
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct SourceJson {
    source: String,
    description: String,
    date: String,
}

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_report_html(page: &ReportPage<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = page.comparison.basis.title.as_deref().unwrap_or("What should this run on?");
    let mut rest = TEMPLATE;
    while let Some((before, place)) = rest.split_once("{{") {
        let (name, after) = place.split_once("}}").unwrap_or((place, ""));
        out.write_all(before.as_bytes())?;
        match name {
            "title" => out.write_all(escaped(title).as_bytes())?,
            "basis" => out.write_all(escaped(&price_basis(&page.comparison.basis)).as_bytes())?,
            "version" => out.write_all(env!("CARGO_PKG_VERSION").as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "model" => out.write_all(STANDARD.encode(MODEL).as_bytes())?,
            "data" => out.write_all(data(page)?.as_bytes())?,
            unknown => return Err(io::Error::other(format!("the template has no {unknown}"))),
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// What the script reads, safe inside an element.
fn data(page: &ReportPage<'_>) -> io::Result<String> {
    let excerpt = page.what_if.excerpt();
    let mut comparison = Vec::new();
    write_comparison_json(page.comparison, false, &mut comparison)?;
    let mut curves = Vec::new();
    write_curves_json(page.curves, &mut curves)?;
    let unpriced = page.comparison.options.iter().filter(|option| option.verdict == Verdict::NotPriced);
    let data = DataJson {
        load: LoadJson {
            name: page.name,
            scenario: with_flags_shown(page.scenario, page.what_if.overlay()),
            overlay: page.what_if.overlay(),
            files: page.files,
            prices: &excerpt,
        },
        parameters: page.what_if.parameters().iter().map(parameter_json).collect(),
        comparison: serde_json::from_slice(&comparison)?,
        curves: serde_json::from_slice(&curves)?,
        regions: known_regions(page.regions)?,
        unpriced: unpriced.map(|option| option.name.as_str()).collect(),
        sources: sources(page.comparison),
    };
    // An element ends at `</script`, wherever that stands; an escape of JSON cannot be mistaken for it.
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

/// Nothing where they are too many to be carried along.
fn known_regions(regions: &Result<Vec<Region>, BreakEvenError>) -> io::Result<Option<Value>> {
    if regions.as_ref().is_ok_and(|regions| MOST_REGIONS < regions.len()) {
        return Ok(None);
    }
    let mut json = Vec::new();
    write_regions_json(regions, &mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// The text that the page shows: the scenario, and below it what is laid over.
fn with_flags_shown(scenario: &str, overlay: &Overlay) -> String {
    if overlay.is_empty() {
        return scenario.to_owned();
    }
    let flags = overlay.typed().into_iter().map(|flag| format!("# {}\n", flag.replace(['\n', '\r'], " ")));
    format!("{}\n\n# Laid over it:\n{}", scenario.trim_end(), flags.collect::<String>())
}

fn parameter_json(parameter: &Parameter) -> ParameterJson<'_> {
    ParameterJson {
        workload: parameter.workload,
        workload_name: &parameter.workload_name,
        key: parameter.key,
        label: parameter.label,
        unit: parameter.unit,
        value: number(parameter.value),
        from: number(parameter.from),
        to: number(parameter.to),
        scale: parameter.scale.name(),
        note: parameter.note,
    }
}

/// What the sources on the bills stand for; a user's own list speaks for itself.
fn sources(comparison: &Comparison) -> Vec<SourceJson> {
    let lines = comparison.options.iter().filter_map(|option| option.estimate.as_ref()).flat_map(|estimate| &estimate.bill.lines);
    let used: BTreeSet<&str> = lines.flat_map(|line| line.provenance.source.split(" and ")).collect();
    let known = source_notes().into_iter().filter(|note| used.contains(note.source.as_str()));
    known.map(|note| SourceJson { source: note.source, description: note.description, date: note.date }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price_book::PriceBook;
    use crate::scenario::read_toml;

    fn page(scenario: &str) -> String {
        let file = read_toml("s.toml", scenario).unwrap();
        let what_if = WhatIf::new(file, Overlay::default(), BTreeMap::new(), PriceBook::bundled()).unwrap();
        let comparison = what_if.compare(&[]).unwrap();
        let (curves, regions) = (what_if.curves(&[], None).unwrap(), what_if.regions(&[], None));
        let (what_if, comparison, curves, regions) = (&what_if, &comparison, &curves, &regions);
        let page = ReportPage { name: "s.toml", scenario, files: &BTreeMap::new(), what_if, comparison, curves, regions };
        let mut bytes = Vec::new();
        write_report_html(&page, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    const SCENARIO: &str = "title = \"<b>A & B</b></script><script>alert(1)</script>\"\n[workload]\nrequests = \"1M/month\"\n\
                            duration = \"1s\"\nmemory = \"512MB\"\n[[option]]\nplatform = \"lambda\"\n";

    #[test]
    fn the_same_scenario_gives_the_same_bytes_within_a_megabyte() {
        let page = page(SCENARIO);
        assert_eq!(page, super::tests::page(SCENARIO));
        assert!(page.len() <= 1_000_000, "{} bytes", page.len());
    }

    #[test]
    fn what_changes_too_often_is_left_to_the_page() {
        let region = |at: usize| Region { from: at.into(), to: (at + 1).into(), winner: None, cost: None, is_carried: true };
        let known = |count: usize| known_regions(&Ok((0..count).map(region).collect())).unwrap();
        assert_eq!(known(500).unwrap()["regions"].as_array().unwrap().len(), 500);
        assert!(known(501).is_none());
        let problem = known_regions(&Err(BreakEvenError::TooFewOptions { found: 1 })).unwrap().unwrap();
        assert!(problem["problem"].as_str().unwrap().starts_with("1 of the options has a price"), "{problem}");
    }

    #[test]
    fn what_a_user_wrote_is_text_and_never_markup() {
        let page = page(SCENARIO);
        assert!(page.contains("<title>&lt;b&gt;A &amp; B&lt;/b&gt;&lt;/script&gt;"), "{}", &page[..600]);
        assert_eq!(page.matches("<script").count(), 3);
        assert_eq!(page.matches("</script").count(), 3);
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let page = page(SCENARIO);
        let written = [TEMPLATE, STYLE, SCRIPT].concat();
        for reference in ["http:", "https:", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
            let allowed = written.matches(reference).count()
                - written.matches("http://www.w3.org/2000/svg").count() * usize::from(reference == "http:");
            assert_eq!(allowed, 0, "{reference}");
        }
        assert!(page.contains("default-src 'none'") && !page.contains("{{"));
    }
}
