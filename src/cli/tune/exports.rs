//! Where the result goes: the terminal or a file, and the exports beside it.

use std::io::Write;
use std::path::PathBuf;

use millicent::report;
use millicent::tune::{Ended, Stop, TuneResult};

use super::super::WrongInput;
#[cfg(feature = "charts")]
use super::super::chart_file::ChartFile;
use super::super::files::write_all;
use super::{Format, RunArgs, restored_words, table};

/// What is written, and where.
pub(super) struct Outputs {
    format: Format,
    output: Option<PathBuf>,
    json: Option<PathBuf>,
    csv: Option<PathBuf>,
    markdown: Option<PathBuf>,
    samples: Option<PathBuf>,
    #[cfg(feature = "charts")]
    chart: Option<ChartFile>,
    chart_page: String,
    with_stats: bool,
}

impl Outputs {
    /// What the flags ask for.
    pub(super) fn of(args: &RunArgs, with_stats: bool) -> Result<Self, WrongInput> {
        Ok(Self {
            format: args.format,
            output: args.output.clone(),
            json: args.export_json.clone(),
            csv: args.export_csv.clone(),
            markdown: args.export_markdown.clone(),
            samples: args.export_samples.clone(),
            #[cfg(feature = "charts")]
            chart: args.chart.as_deref().map(ChartFile::named).transpose()?,
            chart_page: args.chart_page.clone(),
            with_stats,
        })
    }

    /// Whether notes go to standard error: in JSON and Markdown they are part of the data.
    pub(super) fn notes_apart(&self) -> bool {
        !matches!(self.format, Format::Json | Format::Markdown)
    }

    /// Writes the result everywhere.
    pub(super) fn write(&self, result: &TuneResult, out: &mut dyn Write) -> anyhow::Result<()> {
        let exports = [(&self.json, Format::Json), (&self.csv, Format::Csv), (&self.markdown, Format::Markdown)];
        for (path, format) in exports {
            if let Some(path) = path {
                write_all(Some(path), &self.formatted(result, format)?, out)?;
            }
        }
        if let Some(path) = &self.samples {
            let mut bytes = Vec::new();
            report::write_samples_csv(result, &mut bytes)?;
            write_all(Some(path), &bytes, out)?;
        }
        #[cfg(feature = "charts")]
        if let Some(chart) = &self.chart {
            chart.write(report::tuning_figure(result).svg(millicent::chart::Theme::Light)?)?;
        }
        // Last, as it may have nothing to say: the format power-tuning needs a choice.
        write_all(self.output.as_deref(), &self.formatted(result, self.format)?, out)
    }

    fn formatted(&self, result: &TuneResult, format: Format) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match format {
            Format::Table => table(result, &mut bytes)?,
            Format::Json => report::write_tune_json(result, &mut bytes)?,
            Format::Csv => report::write_tune_csv(result, &mut bytes)?,
            Format::Markdown => report::write_tune_markdown(result, &mut bytes)?,
            Format::PowerTuning => {
                let output = report::power_tuning_output(result, &self.chart_page, self.with_stats)?;
                bytes = output.to_json().into_bytes();
                bytes.push(b'\n');
            }
        }
        Ok(bytes)
    }
}

/// What is said of how a run ended, before its result.
pub(super) fn endings(ended: &Ended) -> Vec<String> {
    let mut lines = Vec::new();
    match &ended.stop {
        None => {}
        Some(stop @ (Stop::SpendingLimit { .. } | Stop::InvocationLimit)) => {
            lines.push(format!("warning: {stop}; the result is of what was measured so far"))
        }
        Some(stop) => lines.push(format!("error: {stop}")),
    }
    lines.extend(restored_words(&ended.restored));
    for (version, memory) in &ended.caught {
        lines.push(format!(
            "warning: somebody else published version {version} while $LATEST had {memory} for this run: if an alias points there, production runs with that size"
        ));
    }
    for (version, problem) in &ended.left {
        lines.push(format!("warning: version {version} of this run could not be deleted: {problem}\nhint: run `millicent tune restore` when that is mended"));
    }
    lines
}
