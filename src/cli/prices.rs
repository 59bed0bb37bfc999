//! `millicent prices`: look into the price lists, or check one.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use millicent::price_book::{ANY_REGION, Price, PriceBook, region_name, service_of, source_notes};
use millicent::report::text_table;
use millicent::scenario::{ScenarioError, read_price_book};
use millicent::settings::{Origin, Section};
use millicent::units::{Decimal, grouped};

use super::files::read_text;
use super::keys::set_prices;
use super::{WrongInput, width};

/// What was typed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: PricesCommand,
}

#[derive(Debug, Subcommand)]
enum PricesCommand {
    /// The meters of every service, with their units and the number of regions
    List {
        #[command(flatten)]
        book: BookArgs,
    },
    /// The prices of a meter, or of all meters below it (`lambda.duration` shows every architecture)
    Show {
        /// The meter, such as lambda.duration.x86_64
        meter: String,
        /// Only this region
        #[arg(long, value_name = "CODE")]
        region: Option<String>,
        #[command(flatten)]
        book: BookArgs,
    },
    /// Where the shipped prices come from, with dates
    Sources,
    /// Check a price list of your own: columns, numbers, tiers
    Check {
        /// The CSV file; `-` reads standard input
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct BookArgs {
    /// Price book: bundled, documents, or a CSV file of your own laid over them; repeat for several
    #[arg(long, value_name = "BOOK")]
    prices: Vec<String>,
}

impl BookArgs {
    fn read(&self) -> Result<PriceBook, ScenarioError> {
        let mut settings = Section::new("the command line", Origin::CommandLine);
        set_prices(&mut settings, &self.prices);
        read_price_book(&mut settings, &|name, _| read_text(name.as_ref()))
    }
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match args.command {
        PricesCommand::List { book } => list(&book.read()?, out)?,
        PricesCommand::Show { meter, region, book } => show(&book.read()?, &meter, region.as_deref(), out)?,
        PricesCommand::Sources => sources(out)?,
        PricesCommand::Check { file } => check(&file, out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(book: &PriceBook, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut regions: BTreeSet<String> = BTreeSet::new();
    for service in book.services() {
        let prices = book.prices_below(service);
        regions.extend(prices.iter().map(|price| price.region().to_owned()));
        // EC2 has a meter for each instance type; the list shows families of meters, `show` the rest.
        let mut families: Vec<(String, &Price, usize, BTreeSet<&str>)> = Vec::new();
        for price in &prices {
            let family = family_of(price.meter(), prices.len());
            match families.iter_mut().find(|(name, ..)| *name == family) {
                Some((_, _, meters, regions)) => {
                    *meters += 1;
                    regions.insert(price.region());
                }
                None => families.push((family, price, 1, BTreeSet::from([price.region()]))),
            }
        }
        for (family, price, count, regions) in families {
            let places = if regions.len() == 1 {
                regions.into_iter().next().unwrap_or_default().to_owned()
            } else {
                format!("{} regions", regions.len())
            };
            rows.push(vec![family, price.unit().to_string(), places, grouped(Decimal::from(count))]);
        }
        for allowance in book.allowances().iter().filter(|allowance| allowance.name().starts_with(&format!("{service}."))) {
            rows.push(vec![allowance.name().to_owned(), allowance.unit().to_string(), ANY_REGION.to_owned(), "1".to_owned()]);
        }
        for price in book.derived_below(service) {
            rows.push(vec![price.meter().to_owned(), price.unit().to_string(), price.region().to_owned(), "1".to_owned()]);
        }
    }
    writeln!(
        out,
        "Price book {}, {}",
        book.name(),
        book.as_of().map_or_else(|| "undated".to_owned(), |date| format!("checked {date}"))
    )?;
    writeln!(out, "{}", text_table(&["meter", "unit", "where", "prices"], &[3], rows, None))?;
    let named = regions
        .iter()
        .filter(|code| *code != ANY_REGION)
        .map(|code| region_name(code).map_or_else(|| code.clone(), |name| format!("{code} ({name})")));
    let named: Vec<String> = named.collect();
    let named = if named.is_empty() { "any: these prices name none".to_owned() } else { named.join(", ") };
    writeln!(out, "Regions: {named}")?;
    Ok(())
}

/// The meter, or for services with hundreds of machine types the part before the type.
fn family_of(meter: &str, prices: usize) -> String {
    if prices < 100 {
        return meter.to_owned();
    }
    let before_type = [("ec2", 3), ("compute_engine", 2), ("azure_vm", 3)];
    let segments = before_type.into_iter().find(|(service, _)| service_of(meter) == *service).map(|(_, segments)| segments);
    match segments.and_then(|segments| meter.match_indices('.').nth(segments - 1)) {
        Some((dot, _)) => format!("{}.*", &meter[..dot]),
        None => meter.to_owned(),
    }
}

fn show(book: &PriceBook, meter: &str, region: Option<&str>, out: &mut dyn Write) -> anyhow::Result<()> {
    let region = region.map(|code| book.check_region(code)).transpose().map_err(|error| WrongInput(error.to_string()))?;
    let wanted = |code: &str| region.as_ref().is_none_or(|region| region.code() == code || code == ANY_REGION);
    let (prices, derived) = (book.prices_below(meter), book.derived_below(meter));
    let below = |name: &str| name.strip_prefix(meter).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let allowances: Vec<_> = book.allowances().into_iter().filter(|allowance| below(allowance.name())).collect();
    if prices.is_empty() && derived.is_empty() && allowances.is_empty() {
        let near = book.meters_like(meter).join(", ");
        return Err(WrongInput(format!("no meter {meter:?} in the price book `{}` (near names: {near})", book.name())).into());
    }
    let mut shown = 0;
    for family in prices.chunk_by(|one, other| one.meter() == other.meter()) {
        let rows: Vec<_> = family.iter().filter(|price| wanted(price.region())).flat_map(|price| price_rows(price)).collect();
        shown += rows.len();
        if !rows.is_empty() {
            write_meter(family[0], rows, out)?;
        }
    }
    for allowance in allowances {
        let (granted, date) = (grouped(allowance.granted()), allowance.provenance().source_date.as_deref().unwrap_or("undated"));
        let (unit, source) = (allowance.unit().plural(), &allowance.provenance().source);
        writeln!(out, "{}: {granted} {unit} a month free for the account ({source}, {date})\n", allowance.name())?;
        shown += 1;
    }
    for rule in derived.into_iter().filter(|rule| wanted(rule.region())) {
        let (source, date) = (&rule.provenance().source, rule.provenance().source_date.as_deref().unwrap_or("undated"));
        writeln!(
            out,
            "{}, per {}\n {} × the price of {}{}, in {} ({source}, {date})\n",
            rule.meter(),
            rule.unit(),
            rule.fraction(),
            rule.of(),
            rule.decimals().map_or_else(String::new, |decimals| format!(" rounded to {decimals} decimals")),
            rule.region()
        )?;
        shown += 1;
    }
    match (shown, prices.first()) {
        // The meter exists, but not there: say so in the words of a bill that needs it.
        (0, Some(price)) => {
            book.price(price.meter(), region.as_ref().map_or(ANY_REGION, |region| region.code()))?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn write_meter(price: &Price, rows: Vec<Vec<String>>, out: &mut dyn Write) -> anyhow::Result<()> {
    let allowance = price.free_allowance().map_or_else(String::new, |name| format!(", free allowance {name}"));
    writeln!(out, "{}, per {}{allowance}", price.meter(), price.unit())?;
    writeln!(out, "{}\n", text_table(&["region", "from", "to", "USD", "source", "date", "confidence"], &[1, 2, 3], rows, None))?;
    Ok(())
}

fn price_rows(price: &Price) -> impl Iterator<Item = Vec<String>> {
    price.tiers().iter().map(|tier| {
        let provenance = &tier.provenance;
        vec![
            price.region().to_owned(),
            grouped(tier.from),
            tier.to.map_or_else(|| "no bound".to_owned(), grouped),
            tier.price.to_string(),
            provenance.source.clone(),
            provenance.source_date.clone().unwrap_or_else(|| "undated".to_owned()),
            provenance.confidence.to_string(),
        ]
    })
}

fn sources(out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = source_notes().into_iter().map(|note| {
        let date = if note.date.is_empty() { "undated".to_owned() } else { note.date };
        vec![note.source, date, note.description]
    });
    writeln!(out, "{}", text_table(&["source", "date", "what it is"], &[], rows.collect(), Some(width())))?;
    Ok(())
}

fn check(file: &std::path::Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let name = file.display().to_string();
    let text = read_text(file).map_err(|problem| WrongInput(format!("{name}: {problem}")))?;
    let laid = PriceBook::bundled().lay_over(&name, text.as_bytes()).map_err(|problem| WrongInput(problem.to_string()))?;
    let noun = if laid.prices == 1 { "price" } else { "prices" };
    writeln!(out, "{name}: no problem found; {} {noun} of {}", laid.prices, laid.services.join(", "))?;
    for unknown in &laid.unknown {
        writeln!(out, "{name}: the bundled book has no {unknown}: new, or misspelled?")?;
    }
    Ok(())
}
