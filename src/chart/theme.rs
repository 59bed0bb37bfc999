//! The colors of a figure on a light and on a dark page, and the pens and letters made of them.
//!
//! Both sets hold the same roles. Every color of a series stands out from its background by 3 : 1 (the least that WCAG 2.2,
//! success criterion 1.4.11, asks of graphics) and letters by 4.5 : 1 (criterion 1.4.3); a test computes it. Twelve colors that
//! everybody can tell apart do not exist: which series a line is, is also said by its dashes, its marker and its label.

use plotters::style::RGBColor;

use super::canvas::{Letters, Pen};
use super::style;

/// The page that a figure stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    Light,
    /// Light ink on nearly black.
    Dark,
}

/// As many series as a figure can tell apart.
pub const MOST_SERIES: usize = 12;

/// What is drawn with which color.
#[derive(Debug, PartialEq)]
pub(super) struct Colors {
    pub(super) background: RGBColor,
    /// Letters and marks that matter most.
    pub(super) ink: RGBColor,
    /// Letters that are read second.
    pub(super) second_ink: RGBColor,
    pub(super) frame: RGBColor,
    pub(super) grid: RGBColor,
    /// Behind what cannot be had.
    pub(super) shade: RGBColor,
    /// Measured durations and the curve through them.
    pub(super) duration: RGBColor,
    pub(super) cost: RGBColor,
    pub(super) tail: RGBColor,
    /// What is recommended.
    pub(super) choice: RGBColor,
    /// Neighbors differ in lightness, so that they differ in gray.
    pub(super) series: [RGBColor; MOST_SERIES],
}

static LIGHT: Colors = Colors {
    background: style::BACKGROUND,
    ink: style::INK,
    second_ink: style::SECOND_INK,
    frame: style::FRAME,
    grid: style::GRID,
    shade: style::SHADE,
    duration: style::BLUE,
    cost: style::GREEN,
    tail: style::PURPLE,
    choice: style::VERMILION,
    series: [
        style::BLUE,
        style::VERMILION,
        RGBColor(0x11, 0x55, 0x33),
        RGBColor(0xC0, 0x6C, 0x9C),
        RGBColor(0x33, 0x33, 0x33),
        RGBColor(0xB0, 0x7D, 0x00),
        RGBColor(0x33, 0x22, 0x88),
        style::GREEN,
        RGBColor(0x88, 0x22, 0x55),
        RGBColor(0x1B, 0x92, 0xC4),
        RGBColor(0x70, 0x4A, 0x1C),
        RGBColor(0xCC, 0x66, 0x77),
    ],
};

static DARK: Colors = Colors {
    background: RGBColor(0x14, 0x17, 0x1C),
    ink: RGBColor(0xEC, 0xEC, 0xEC),
    second_ink: RGBColor(0xA9, 0xAF, 0xB8),
    frame: RGBColor(0x70, 0x77, 0x82),
    grid: RGBColor(0x2B, 0x30, 0x38),
    shade: RGBColor(0x22, 0x27, 0x2E),
    duration: RGBColor(0x56, 0xB4, 0xE9),
    cost: RGBColor(0x1F, 0xA8, 0x7A),
    tail: RGBColor(0xCC, 0x79, 0xA7),
    choice: RGBColor(0xE0, 0x70, 0x20),
    series: [
        RGBColor(0x56, 0xB4, 0xE9),
        RGBColor(0xE0, 0x70, 0x20),
        RGBColor(0x7F, 0xDD, 0xB0),
        RGBColor(0xCC, 0x79, 0xA7),
        RGBColor(0xEC, 0xEC, 0xEC),
        RGBColor(0xC8, 0x96, 0x14),
        RGBColor(0xB9, 0xAF, 0xF5),
        RGBColor(0x1F, 0xA8, 0x7A),
        RGBColor(0xF2, 0xA9, 0xC8),
        RGBColor(0x3D, 0x8E, 0xC9),
        RGBColor(0xE8, 0xD2, 0x7A),
        RGBColor(0xD6, 0x70, 0x7E),
    ],
};

impl Theme {
    pub(super) fn colors(self) -> &'static Colors {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

impl Colors {
    pub(super) fn title(&self) -> Letters {
        Letters { size: style::TITLE_SIZE, color: self.ink, bold: true }
    }

    pub(super) fn subtitle(&self) -> Letters {
        Letters { size: style::HEADING_SIZE, color: self.second_ink, bold: false }
    }

    pub(super) fn heading(&self) -> Letters {
        Letters { size: style::HEADING_SIZE, color: self.ink, bold: true }
    }

    pub(super) fn label(&self) -> Letters {
        Letters { size: style::LABEL_SIZE, color: self.ink, bold: false }
    }

    pub(super) fn strong_label(&self) -> Letters {
        Letters { bold: true, ..self.label() }
    }

    pub(super) fn second_label(&self) -> Letters {
        Letters { color: self.second_ink, ..self.label() }
    }

    pub(super) fn note(&self) -> Letters {
        Letters { size: style::NOTE_SIZE, color: self.second_ink, bold: false }
    }

    pub(super) fn grid_pen(&self) -> Pen {
        Pen { color: self.grid, width: style::HAIRLINE }
    }

    pub(super) fn frame_pen(&self) -> Pen {
        Pen { color: self.frame, width: style::HAIRLINE }
    }

    /// Letters on an area of this color: whichever of the two inks is read better.
    pub(super) fn on(&self, area: RGBColor) -> Letters {
        let [light, dark] = [RGBColor(0xFF, 0xFF, 0xFF), RGBColor(0x11, 0x11, 0x11)];
        let color = if contrast(dark, area) < contrast(light, area) { light } else { dark };
        Letters { size: style::NOTE_SIZE, color, bold: true }
    }
}

/// How much two colors differ in lightness, from 1 to 21: (L₁ + 0.05) ÷ (L₂ + 0.05) with the relative luminances L of WCAG 2.2,
/// the lighter one above. Black on white is 21.
fn contrast(one: RGBColor, other: RGBColor) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance by WCAG 2.2: 0.2126 R + 0.7152 G + 0.0722 B of the linearized channels. White is 1.
fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_on_white_is_twenty_one() {
        assert!((contrast(RGBColor(0, 0, 0), RGBColor(255, 255, 255)) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn everything_stands_out_from_its_background() {
        for colors in [&LIGHT, &DARK] {
            for letters in [colors.ink, colors.second_ink] {
                assert!(4.5 <= contrast(letters, colors.background), "{letters:?}");
            }
            for mark in [colors.duration, colors.cost, colors.tail, colors.choice] {
                assert!(3.0 <= contrast(mark, colors.background), "{mark:?}: {}", contrast(mark, colors.background));
            }
            for series in colors.series {
                assert!(3.0 <= contrast(series, colors.background), "{series:?}: {}", contrast(series, colors.background));
                assert!(4.5 <= contrast(colors.on(series).color, series), "letters on {series:?}");
            }
        }
    }

    #[test]
    fn no_two_series_have_one_color_and_neighbors_differ_in_gray() {
        for colors in [&LIGHT, &DARK] {
            for (index, color) in colors.series.iter().enumerate() {
                assert!(!colors.series[..index].contains(color), "{color:?}");
            }
            for pair in colors.series.windows(2) {
                assert!(1.25 < contrast(pair[0], pair[1]), "{pair:?}: {}", contrast(pair[0], pair[1]));
            }
        }
    }
}
