//! The page of a design review: the comparison, where it flips, figures and bills, ready to paste.

use std::io::{self, Write};

use super::break_even::write_break_even_markdown;
use super::compare::write_comparison_markdown;
use super::markdown::{escaped, write_option};
use crate::break_even::BreakEven;
use crate::compare::Comparison;

/// A figure that stands beside the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureFile {
    /// Its name, relative to the page.
    pub file: String,
    /// What it shows, for those who cannot see it.
    pub alternative: String,
}

/// What the page is made of.
#[derive(Debug)]
pub struct ReviewPage<'r> {
    /// The options side by side.
    pub comparison: &'r Comparison,
    /// Where the answer flips, where there are two options or more.
    pub break_even: Option<&'r BreakEven>,
    /// Why there is no break-even, where there is none.
    pub no_break_even: Option<String>,
    /// The figures, in the order in which they are shown.
    pub figures: &'r [FigureFile],
    /// The sentence of the tuning run behind the workload.
    pub tuned: Option<String>,
    /// The files that belong to the page, with what they are.
    pub files: &'r [(&'r str, &'r str)],
}

/// Writes the page as Markdown.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_review_page(page: &ReviewPage<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = page.comparison.basis.title.as_deref().unwrap_or("What this workload should run on");
    writeln!(out, "# {}\n", escaped(title))?;
    write_comparison_markdown(page.comparison, out)?;
    for figure in page.figures {
        writeln!(out, "\n![{}]({})", escaped(&figure.alternative), figure.file)?;
    }
    if let Some(tuned) = &page.tuned {
        writeln!(out, "\n## The function as measured\n\n{}", escaped(tuned))?;
    }
    writeln!(out, "\n## Where the answer flips\n")?;
    match (page.break_even, &page.no_break_even) {
        (Some(answer), _) => write_break_even_markdown(answer, out)?,
        (None, Some(why)) => writeln!(out, "There is no break-even: {}.", escaped(why))?,
        (None, None) => writeln!(out, "There is one option only.")?,
    }
    writeln!(out, "\n## Bills")?;
    let home = page.comparison.basis.regions[0].code();
    for option in page.comparison.options.iter().filter_map(|option| option.estimate.as_ref()) {
        write_option(option, home, out)?;
    }
    writeln!(out, "\n## Files\n")?;
    page.files.iter().try_for_each(|(file, what)| writeln!(out, "- [{file}]({file}): {what}"))
}
