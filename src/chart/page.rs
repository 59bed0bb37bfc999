//! What stands around the marks of every figure: words above and below, and the rectangle that is left for the marks.

use super::ChartError;
use super::axis::{Axis, Label, Tick, thinned};
use super::canvas::{Align, Canvas, Letters, Point, draw_svg};
use super::style::{self, text_width, wrapped};
use super::theme::Colors;

/// The words of a figure. A figure travels without its report: what its numbers rest on stands on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caption {
    /// What the figure says; two lines at most are shown.
    pub title: String,
    /// Of what; two lines at most are shown.
    pub subtitle: String,
    /// Which price book, and of which date: "AWS list prices of 2026-01-15".
    pub prices: String,
    /// Where the prices hold.
    pub regions: Vec<String>,
    /// What was assumed; three lines at most are shown.
    pub assumptions: String,
}

/// A line of text and the height of its middle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextLine {
    pub(super) text: String,
    pub(super) y: f64,
}

/// Wrapped text from `y` downward; `y` is then below it.
pub(super) fn stack(text: &str, size: f64, bold: bool, most_lines: usize, y: &mut f64) -> Vec<TextLine> {
    let height = size * 1.35;
    let lines = wrapped(text, style::WIDTH - 2.0 * style::PAGE_MARGIN, size, bold, most_lines);
    let placed = lines.into_iter().map(|text| {
        *y += height;
        TextLine { text, y: *y - height / 2.0 }
    });
    placed.collect()
}

/// The words in their places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Page {
    title: Vec<TextLine>,
    subtitle: Vec<TextLine>,
    notes: Vec<TextLine>,
    /// Where the marks may begin.
    pub(super) top: f64,
    /// Where they have to end.
    pub(super) bottom: f64,
    height: f64,
}

impl Page {
    /// A page of the usual height. `legend` explains the marks; it stands first at the foot.
    pub(super) fn of(caption: &Caption, legend: &str) -> Self {
        let empty = Self::around(caption, legend, 0.0);
        let room = style::HEIGHT - empty.height;
        Self::around(caption, legend, room)
    }

    /// A page as high as its words and marks of this height need.
    pub(super) fn around(caption: &Caption, legend: &str, marks: f64) -> Self {
        let mut top = style::PAGE_MARGIN - 6.0;
        let title = stack(&caption.title, style::TITLE_SIZE, true, 2, &mut top);
        let subtitle = stack(&caption.subtitle, style::HEADING_SIZE, false, 2, &mut top);
        let bottom = top + marks;
        let mut y = bottom + 8.0;
        let paragraphs = [(legend, 3), (&caption.basis(), 2), (&caption.assumed(), 3)];
        let notes = paragraphs.map(|(text, most_lines)| stack(text, style::NOTE_SIZE, false, most_lines, &mut y));
        let notes = notes.into_iter().flatten().collect();
        Self { title, subtitle, notes, top, bottom, height: (y + style::PAGE_MARGIN - 6.0).round() }
    }

    /// The figure: the words of the page and what `draw` puts between them; `marks` says the numbers.
    pub(super) fn svg(
        &self,
        caption: &Caption,
        marks: &str,
        colors: &Colors,
        draw: impl FnOnce(&mut Canvas<'_>),
    ) -> Result<String, ChartError> {
        draw_svg((&caption.title, &caption.spoken(marks)), self.height, colors, |canvas| {
            self.draw(canvas, colors);
            draw(canvas);
        })
    }

    fn draw(&self, canvas: &mut Canvas<'_>, colors: &Colors) {
        let blocks = [(&self.title, colors.title()), (&self.subtitle, colors.subtitle()), (&self.notes, colors.note())];
        for (lines, letters) in blocks {
            for line in lines {
                canvas.text(&line.text, (style::PAGE_MARGIN, line.y), Align::Start, letters);
            }
        }
    }
}

impl Caption {
    /// "Prices: AWS list prices of 2026-01-15. Region: us-east-1."
    fn basis(&self) -> String {
        let prices = if self.prices.is_empty() { String::new() } else { format!("Prices: {}. ", self.prices) };
        match self.regions.as_slice() {
            [] => prices,
            [region] => format!("{prices}Region: {region}."),
            regions => format!("{prices}Regions: {}.", regions.join(", ")),
        }
    }

    fn assumed(&self) -> String {
        if self.assumptions.is_empty() { String::new() } else { format!("Assumptions: {}", self.assumptions) }
    }

    /// The figure as sentences, for those who do not see it: `marks` are its numbers.
    fn spoken(&self, marks: &str) -> String {
        let parts = [self.subtitle.as_str(), marks, &self.basis(), &self.assumed()];
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The rectangle of the marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        self.left + axis.fraction(value) * (self.right - self.left)
    }

    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        self.bottom - axis.fraction(value) * (self.bottom - self.top)
    }

    /// Lines across at the ticks of the axis on the left, and their labels.
    pub(super) fn rows(&self, canvas: &mut Canvas<'_>, colors: &Colors, axis: &Axis) {
        for tick in &axis.ticks {
            let y = self.y(axis, tick.value);
            canvas.line((self.left, y), (self.right, y), colors.grid_pen());
            canvas.text(&tick.label, (self.left - 8.0, y), Align::End, colors.second_label());
        }
    }

    /// Lines down at the ticks of the axis below.
    pub(super) fn columns(&self, canvas: &mut Canvas<'_>, colors: &Colors, axis: &Axis) {
        for tick in &axis.ticks {
            let x = self.x(axis, tick.value);
            canvas.line((x, self.top), (x, self.bottom), colors.grid_pen());
        }
    }

    /// The labels of the axis below that have room, at this height, and what the axis is about under them.
    pub(super) fn foot(&self, canvas: &mut Canvas<'_>, colors: &Colors, axis: &Axis, (y, title): (f64, &str)) {
        let label = |tick: &Tick| {
            let width = text_width(&tick.label, style::LABEL_SIZE, false);
            Label { center: self.x(axis, tick.value), width, rank: 0 }
        };
        let labels: Vec<Label> = axis.ticks.iter().map(label).collect();
        for index in thinned(&labels, style::LABEL_GAP) {
            let x = labels[index].center;
            canvas.line((x, y - 16.0), (x, y - 16.0 + style::TICK_LENGTH), colors.frame_pen());
            canvas.text(&axis.ticks[index].label, (x, y), Align::Middle, colors.second_label());
        }
        canvas.text(title, ((self.left + self.right) / 2.0, y + 21.0), Align::Middle, colors.label());
    }
}

/// What [`Plot::foot`] needs under a plot: ticks, their labels, the title.
pub(super) const FOOT: f64 = 46.0;

/// The corners of a rectangle.
pub(super) fn corners((left, right): (f64, f64), (top, bottom): (f64, f64)) -> [Point; 4] {
    [(left, top), (right, top), (right, bottom), (left, bottom)]
}

/// The widest of these texts.
pub(super) fn widest<'t>(texts: impl Iterator<Item = &'t str>, letters: Letters) -> f64 {
    texts.map(|text| text_width(text, letters.size, letters.bold)).fold(0.0, f64::max)
}

/// The widest label of the ticks of an axis.
pub(super) fn widest_tick(axis: &Axis, colors: &Colors) -> f64 {
    widest(axis.ticks.iter().map(|tick| tick.label.as_str()), colors.label())
}
