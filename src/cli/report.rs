//! `millicent report`: everything that a design review needs, in one folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use millicent::break_even::{Axis, BreakEven, Interval, ProvisionedLevels, Question, Sampled};
use millicent::chart::{ChartError, Theme, png};
use millicent::compare::{Comparison, line_up};
use millicent::price_book::PriceBook;
use millicent::report::{self, FigureFile, ReportPage, ReviewPage};
use millicent::scenario::{Draft, Scenario, read_price_book};
use millicent::settings::Origin;
use millicent::uncertainty::{Sampling, Uncertainty};
use millicent::what_if::WhatIf;
use millicent::workload::{ReadFile, Workload};

use super::WrongInput;
use super::compare::ending;
use super::files::{read_text, reader_beside, write_all};
use super::scenario::{ScenarioArgs, Source};

const EXAMPLES: &str = "Examples:
  millicent report examples/ecommerce.toml -o review
  millicent report orders.toml --tune orders-run.json -o review";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder to write to; it is made where it is missing
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// A tuning run to show beside the costs, written by `millicent tune FUNCTION --export-json`
    #[arg(long, value_name = "FILE")]
    tune: Option<PathBuf>,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let tuned = args.tune.as_deref().map(read_run).transpose()?;
    let source = args.scenario.source().map_err(WrongInput)?;
    let (draft, book, read_file) = args.scenario.read_draft(line_up)?;
    let scenario = draft.place(&book, &read_file)?;
    let comparison = Comparison::of(&scenario, &book);
    let (break_even, no_break_even) = match over_requests(&draft, &book, &read_file) {
        Ok(answer) => (Some(answer), None),
        Err(problem) => (None, Some(problem)),
    };
    let mut pack = Pack { folder: &args.output, files: Vec::new(), figures: Vec::new() };
    make_folder(&args.output)?;
    pack.draw(&comparison, break_even.as_ref(), &draft.workloads, tuned.as_ref().map(|(_, text)| text.as_str()))?;
    if !draft.ranges().is_empty() {
        let uncertainty = Uncertainty::of(Sampling::default(), &draft, &book, &read_file)?;
        pack.draw_ranges(&uncertainty)?;
    }
    pack.draw_load(&scenario, &comparison)?;
    pack.draw_levels(ProvisionedLevels::of(&draft, true, &book, &read_file)?.as_ref())?;
    pack.write("comparison.json", "the comparison with every bill, for programs", |bytes| {
        report::write_comparison_json(&comparison, true, bytes)
    })?;
    if let Some((answer, _)) = &break_even {
        pack.write("break-even.json", "every crossing, for programs", |bytes| report::write_break_even_json(answer, bytes))?;
    }
    match &source {
        Some(source) => pack.write_interactive(source)?,
        None => writeln!(talk, "note: report.html is written for a scenario file")?,
    }
    if let Some(source) = &source {
        pack.write("scenario.toml", "the scenario", |bytes| bytes.write_all(source.text.as_bytes()))?;
    }
    pack.write_page(
        &comparison,
        break_even.as_ref().map(|(answer, _)| answer),
        no_break_even,
        tuned.map(|(verdict, _)| verdict),
    )?;
    for name in &pack.files {
        writeln!(out, "{}", args.output.join(name.0).display())?;
    }
    out.flush()?;
    ending(&comparison, false, talk)
}

/// A tuning run: its sentence, and its text.
fn read_run(path: &Path) -> anyhow::Result<(String, String)> {
    let wrong = |problem: String| WrongInput(format!("--tune {}: {problem}", path.display()));
    let text = read_text(path).map_err(wrong)?;
    if report::tuning_figure_of_json(&text).is_none() {
        return Err(wrong("it is not what `millicent tune FUNCTION --export-json FILE` writes".to_owned()).into());
    }
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|problem| wrong(problem.to_string()))?;
    Ok((json["verdict"].as_str().unwrap_or_default().to_owned(), text))
}

/// The crossings over requests and the curves; in words why there are none.
fn over_requests(draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<(BreakEven, Vec<Vec<Sampled>>), String> {
    let over = Axis::Requests;
    let (from, to) = over.usual_ends();
    let words = |problem: millicent::break_even::BreakEvenError| problem.to_string();
    let interval = Interval::new(from, to, over.usual_scale()).map_err(words)?;
    let question = Question { over, interval, between: None };
    let answer = BreakEven::of(&question, draft, book, read_file).map_err(words)?;
    let curves = answer.curves(draft, book, read_file).map_err(words)?;
    Ok((answer, curves))
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder {}", folder.display()))
}

/// The files of a report.
struct Pack<'p> {
    folder: &'p Path,
    files: Vec<(&'static str, &'static str)>,
    figures: Vec<FigureFile>,
}

impl Pack<'_> {
    fn write(
        &mut self,
        name: &'static str,
        what: &'static str,
        content: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        write_all(Some(&self.folder.join(name)), &bytes, &mut std::io::sink())?;
        self.files.push((name, what));
        Ok(())
    }

    /// A figure as SVG, for pages and documents, on a light and a dark ground, and as PNG for everything else.
    fn figure(
        &mut self,
        names: [&'static str; 3],
        what: &'static str,
        alternative: &str,
        svg: impl Fn(Theme) -> Result<String, ChartError>,
    ) -> anyhow::Result<()> {
        let [light, dark, picture] = names;
        let drawn = svg(Theme::Light)?;
        self.write(light, what, |bytes| bytes.write_all(drawn.as_bytes()))?;
        self.write(dark, "the same on a dark ground", |bytes| {
            let drawn = svg(Theme::Dark).map_err(std::io::Error::other)?;
            bytes.write_all(drawn.as_bytes())
        })?;
        self.write(picture, "the same as a picture", |bytes| bytes.write_all(&png(&drawn, 2.0).map_err(std::io::Error::other)?))?;
        self.figures.push(FigureFile { file: light.to_owned(), alternative: alternative.to_owned() });
        Ok(())
    }

    fn draw(
        &mut self,
        comparison: &Comparison,
        break_even: Option<&(BreakEven, Vec<Vec<Sampled>>)>,
        workloads: &[Workload],
        tuned: Option<&str>,
    ) -> anyhow::Result<()> {
        let title = comparison.basis.title.clone().unwrap_or_else(|| "This workload".to_owned());
        if let Some((answer, curves)) = break_even {
            let figure = report::cost_curve_figure(answer, curves, workloads, &title);
            let names = ["cost-over-requests.svg", "cost-over-requests-dark.svg", "cost-over-requests.png"];
            self.figure(names, "monthly cost over requests", "Monthly cost of each option over requests", |theme| {
                figure.svg(theme)
            })?;
        }
        if comparison.options.iter().any(|option| option.estimate.is_some()) {
            let figure = report::cost_items_figure(comparison, &title);
            let names = ["cost-by-item.svg", "cost-by-item-dark.svg", "cost-by-item.png"];
            self.figure(names, "monthly cost by what is paid for", "Monthly cost by what is paid for", |theme| {
                figure.svg(theme)
            })?;
        }
        if let Some(figure) = tuned.and_then(report::tuning_figure_of_json) {
            let names = ["tuning.svg", "tuning-dark.svg", "tuning.png"];
            self.figure(names, "the function as measured", &figure.title, |theme| figure.svg(theme))?;
        }
        Ok(())
    }

    /// The load of the only workload by how long it lasts, where it states its hours.
    fn draw_load(&mut self, scenario: &Scenario, comparison: &Comparison) -> anyhow::Result<()> {
        let [workload] = scenario.workloads.as_slice() else { return Ok(()) };
        let Some(figure) = report::load_duration_figure(workload, &comparison.basis) else { return Ok(()) };
        let names = ["load-duration.svg", "load-duration-dark.svg", "load-duration.png"];
        self.figure(names, "the load by how long it lasts", &figure.caption.title, |theme| figure.svg(theme))
    }

    /// The levels of provisioned concurrency of a function that has some.
    fn draw_levels(&mut self, levels: Option<&ProvisionedLevels>) -> anyhow::Result<()> {
        let Some(levels) = levels else { return Ok(()) };
        let figure = report::provisioned_figure(levels);
        let names = ["provisioned-levels.svg", "provisioned-levels-dark.svg", "provisioned-levels.png"];
        self.figure(names, "how busy each provisioned unit is, and the cost of each level", &figure.caption.title, |theme| {
            figure.svg(theme)
        })
    }

    /// What ranges of the inputs mean.
    fn draw_ranges(&mut self, found: &Uncertainty) -> anyhow::Result<()> {
        let title = found.basis.title.clone().unwrap_or_else(|| "This workload".to_owned());
        if let Some(figure) = report::cheapest_figure(found, &title) {
            let names = ["probability-cheapest.svg", "probability-cheapest-dark.svg", "probability-cheapest.png"];
            let what = "probability of being the cheapest, over requests";
            self.figure(names, what, what, |theme| figure.svg(theme))?;
        }
        if let Some(figure) = report::tornado_figure(found, &title) {
            let names = ["what-matters.svg", "what-matters-dark.svg", "what-matters.png"];
            self.figure(names, "what moves the cost", &figure.caption.subtitle, |theme| figure.svg(theme))?;
        }
        self.write("ranges.json", "the distribution of every bill, for programs", |bytes| report::write_ranges_json(found, bytes))
    }

    /// The page with sliders: it carries the model, the scenario and the prices that it can need.
    fn write_interactive(&mut self, source: &Source) -> anyhow::Result<()> {
        let files = RefCell::new(BTreeMap::new());
        let read_beside = reader_beside(Some(&source.path));
        let read_file = |name: &str, at: &Origin| {
            let text = read_beside(name, at)?;
            files.borrow_mut().insert(name.to_owned(), text.clone());
            Ok(text)
        };
        let name = source.path.file_name().map_or_else(|| "scenario.toml".to_owned(), |name| name.to_string_lossy().into_owned());
        let (mut settings, overlay) = source.settings(&name)?;
        let book = read_price_book(&mut settings, &read_file)?;
        // Price lists are part of the book; what the workloads and options name is recorded by placing them once.
        files.borrow_mut().clear();
        Draft::read(settings.clone(), overlay.flags(), &book, &read_file)?.place(&book, &read_file)?;
        let files = files.into_inner();
        let what_if = WhatIf::new(settings, overlay, files.clone(), book)?;
        let (comparison, curves) = (what_if.compare(&[])?, what_if.curves(&[], None)?);
        let regions = what_if.regions(&[], None);
        let (what_if, comparison, curves, regions) = (&what_if, &comparison, &curves, &regions);
        let page = ReportPage { name: &name, scenario: &source.text, files: &files, what_if, comparison, curves, regions };
        self.write("report.html", "the same with sliders, in any browser, without a network", |bytes| {
            report::write_report_html(&page, bytes)
        })
    }

    fn write_page(
        &mut self,
        comparison: &Comparison,
        break_even: Option<&BreakEven>,
        no_break_even: Option<String>,
        tuned: Option<String>,
    ) -> anyhow::Result<()> {
        let (figures, files) = (self.figures.clone(), self.files.clone());
        let page = ReviewPage { comparison, break_even, no_break_even, figures: &figures, tuned, files: &files };
        self.write("report.md", "the page, ready to paste", |bytes| report::write_review_page(&page, bytes))
    }
}
