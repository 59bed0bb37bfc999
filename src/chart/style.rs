//! The look that all figures share: sizes, strokes, colors and letters.
//!
//! Colors are of the palette of Okabe and Ito ("Color Universal Design", 2008), which people with any of the common color
//! deficiencies can tell apart. No meaning is carried by color alone: every kind of mark has its own shape, so a figure
//! survives a black-and-white printer. The background is white, also on a dark page.

use plotters::style::RGBColor;

/// Width of a figure, in CSS pixels.
pub const WIDTH: f64 = 960.0;
/// Height of a figure, in CSS pixels.
pub const HEIGHT: f64 = 720.0;

/// Space at the edges of a figure.
pub const PAGE_MARGIN: f64 = 24.0;

/// The drawing library knows whole pixels only, which makes curves wobble; so a figure is drawn this many times larger and
/// shown at its size through the view box.
pub const CANVAS_FACTOR: f64 = 8.0;

/// DejaVu Sans is what a PNG is drawn with. Verdana has the same widths; every other sans-serif is narrower, so that what
/// fits here fits there.
pub const FONT_FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";
/// Height of the letters of the title.
pub const TITLE_SIZE: f64 = 19.0;
/// Height of the letters of the line under the title and of panel headings.
pub const HEADING_SIZE: f64 = 13.0;
/// Height of the letters at axes, in legends and at marks.
pub const LABEL_SIZE: f64 = 12.0;
/// Height of the letters of the notes at the foot.
pub const NOTE_SIZE: f64 = 11.0;

/// Letters and the most important lines.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Letters that are read second; 5.7 : 1 against white.
pub const SECOND_INK: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// Frames and tick marks.
pub const FRAME: RGBColor = RGBColor(0x99, 0x99, 0x99);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
/// Behind what could not be measured.
pub const SHADE: RGBColor = RGBColor(0xF1, 0xF1, 0xF1);
/// Behind everything.
pub const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Okabe–Ito blue: measured durations and the curve through them.
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// Okabe–Ito bluish green: costs.
pub const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
/// Okabe–Ito reddish purple: tails.
pub const PURPLE: RGBColor = RGBColor(0xCC, 0x79, 0xA7);
/// Okabe–Ito vermilion: the choice.
pub const VERMILION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// How opaque the band around a curve is.
pub const BAND_OPACITY: f64 = 0.16;
/// Thickness of grid lines, frames and tick marks.
pub const HAIRLINE: f64 = 1.0;
/// Thickness of whiskers, crosses and rings.
pub const STROKE: f64 = 1.6;
/// Thickness of fitted curves and guides.
pub const CURVE_STROKE: f64 = 2.0;
/// Length of a tick mark.
pub const TICK_LENGTH: f64 = 5.0;
/// Width of the sample of a mark in a legend, with the space after it.
pub const SWATCH: f64 = 20.0;
/// Least distance between two labels of an axis.
pub const LABEL_GAP: f64 = 10.0;

/// Advance widths of the printable ASCII characters of DejaVu Sans 2.37 in thousandths of an em, from the font's own table.
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636,
    636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787,
    695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278,
    579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// Other letters: as wide as the wide ones of the Latin alphabet.
const OTHER_ADVANCE: f64 = 800.0;

/// The bold letters are wider by about an eighth, digits and capitals less.
const BOLD_FACTOR: f64 = 1.12;

/// How wide a line of text is, in the units of `size`.
///
/// ```
/// # use millicent::chart::style::text_width;
/// // Four digits of 0.636 em and a comma of 0.318 em.
/// assert!((text_width("1,024", 10.0, false) - 28.62).abs() < 1e-9);
/// ```
#[must_use]
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let advance = |letter: char| {
        let index = (letter as usize).checked_sub(' ' as usize);
        index.and_then(|index| ADVANCES.get(index)).map_or(OTHER_ADVANCE, |advance| f64::from(*advance))
    };
    let thousandths: f64 = text.chars().map(advance).sum();
    thousandths / 1000.0 * size * if bold { BOLD_FACTOR } else { 1.0 }
}

/// Text in lines no wider than `width`, broken between words; what does not fit into `most_lines` ends in "…".
///
/// Blanks are made single, and a word wider than a line is cut: an identifier of 300 letters must not leave the figure.
#[must_use]
pub fn wrapped(text: &str, width: f64, size: f64, bold: bool, most_lines: usize) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, bold) <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let cut = most_lines < lines.len();
    lines.truncate(most_lines);
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter_mut().enumerate() {
        if !fits(line) || (cut && index == last) {
            while line.pop().is_some() && !fits(&format!("{line}…")) {}
            *line = format!("{}…", line.trim_end_matches([' ', ',', ';', '.']));
        }
    }
    lines
}

/// A name in lines like [`wrapped`]; of one that is too long, the middle is left out, because names of one family differ at
/// their ends.
#[must_use]
pub fn named(name: &str, width: f64, most_lines: usize) -> Vec<String> {
    let mut lines = wrapped(name, width, LABEL_SIZE, false, most_lines);
    if lines.is_empty() {
        return vec!["unnamed".to_owned()];
    }
    if lines.iter().any(|line| line.ends_with('…')) {
        lines.truncate(most_lines.saturating_sub(1));
        let head = if lines.is_empty() { cut(name, width / 2.0) } else { String::new() };
        let rest = width - text_width(&head, LABEL_SIZE, false);
        let ends = name.char_indices().map(|(start, _)| format!("…{}", name[start..].trim()));
        let end = ends.into_iter().find(|end| text_width(end, LABEL_SIZE, false) <= rest).unwrap_or_default();
        lines.push(format!("{head}{end}"));
    }
    lines
}

/// As many first letters as fit.
fn cut(text: &str, width: f64) -> String {
    let mut end = text.trim().to_owned();
    while width < text_width(&end, LABEL_SIZE, false) {
        end.pop();
    }
    end.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_breaks_between_words_and_says_when_it_was_cut() {
        assert_eq!(wrapped("one two three", 55.0, 10.0, false, 3), ["one two", "three"]);
        assert_eq!(wrapped("one two three four", 55.0, 10.0, false, 1), ["one tw…"]);
        assert_eq!(wrapped("unbreakable_identifier", 55.0, 10.0, false, 2), ["unbreak…"]);
        assert!(wrapped(" \n ", 55.0, 10.0, false, 2).is_empty());
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(named("Lambda arm64", 150.0, 2), ["Lambda arm64"]);
        let long = "Fargate behind the load balancer of region one";
        assert_eq!(named(long, 110.0, 2), ["Fargate behind", "…er of region one"]);
        assert_eq!(named(long, 110.0, 1), ["Fargate…gion one"]);
        assert_eq!(named(" ", 110.0, 2), ["unnamed"]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in "\\PC{0,200}", width in 20.0..400.0_f64, most_lines in 1_usize..5) {
            let lines = wrapped(&text, width, 12.0, true, most_lines);
            prop_assert!(lines.len() <= most_lines);
            for line in lines {
                prop_assert!(text_width(&line, 12.0, true) <= width, "{line}");
            }
            for line in named(&text, width + 40.0, most_lines) {
                prop_assert!(text_width(&line, LABEL_SIZE, false) <= width + 40.0, "{line}");
            }
        }
    }
}
