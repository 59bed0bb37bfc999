//! Figures as SVG and PNG.
//!
//! A figure is two steps: a plain struct with the numbers to be shown, and ink. One file or folder is one figure; they
//! share the look ([`style`]), the surface they are drawn on (`canvas`) and the arithmetic of axes (`axis`).
//!
//! Nothing is computed while drawing: no mean, no interval and no recommendation is made here, only positions and labels.
//! A figure reads no clock and holds no random number, so the same numbers give the same bytes. No font of the machine is
//! used for a PNG; an SVG names the font and lets the reader's browser take the next best.

mod axis;
mod canvas;
mod cheapest;
mod cost_curve;
mod cost_items;
mod end_labels;
mod legend;
#[cfg(test)]
mod legible; // what every figure is tested for
mod load_duration;
mod page;
mod provisioned;
mod quantity;
mod series;
pub mod style;
mod theme;
mod timeline;
mod tornado;
mod trade_off;
mod tuning;
mod words;

pub use self::cheapest::{CheapestFigure, CheapestProbability};
pub use self::cost_curve::{CheapestRegion, CostCurve, CostCurveFigure, CostPoint, Crossing};
pub use self::cost_items::{CostItemsFigure, CostStack};
pub use self::load_duration::{LoadDurationFigure, LoadLayer, LoadMark, LoadPoint};
pub use self::page::Caption;
pub use self::provisioned::{ProvisionedFigure, UtilizationThreshold};
pub use self::quantity::{Across, Quantity};
pub use self::theme::{MOST_SERIES, Theme};
pub use self::timeline::{MOST_TIMELINES, TimelineDesign, TimelineFigure, TimelineStretch};
pub use self::tornado::{Swing, SwingEnd, TornadoFigure};
pub use self::trade_off::{Shape, TradeOffFigure, TradeOffPoint, TradeOffSeries};
pub use self::tuning::{CurvePoint, FailedSize, Interval, MeasuredSize, TuningFigure};

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Dollars that have a place on an axis.
const MOST_USD: f64 = 1e15;

/// Why there is no figure.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// Nothing was measured.
    #[error("there is nothing to draw: no size has a measurement (measure at least one)")]
    NoMeasurement,
    /// A number that has no place on an axis.
    #[error("the {what} at {memory_mb} MB cannot be drawn: {value} (allowed are numbers from {least} to {most})")]
    Number {
        /// Which number.
        what: &'static str,
        /// The memory size it belongs to.
        memory_mb: f64,
        /// The number.
        value: f64,
        /// The smallest that can be drawn.
        least: f64,
        /// The largest that can be drawn.
        most: f64,
    },
    /// No mark at all.
    #[error("there is nothing to draw: there is no mark (give at least one)")]
    NoMark,
    /// A mark that has no place.
    #[error("the mark {label:?} cannot be drawn (what is spent is above zero, what is lost zero or more, both finite)")]
    Mark {
        /// What it is called.
        label: String,
    },
    /// Nothing of what a figure is made of.
    #[error("there is nothing to draw: there is no {what} (give at least one)")]
    Nothing {
        /// What is missing.
        what: &'static str,
    },
    /// More than can be told apart.
    #[error("{count} {what} cannot be told apart in one figure (choose at most {most})")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A number that has no place in a figure of named things.
    #[error("the {what} of {name:?} cannot be drawn: {value} (allowed are numbers from {least} to {most})")]
    Value {
        /// Which number.
        what: &'static str,
        /// Whose.
        name: String,
        /// The number.
        value: f64,
        /// The smallest that can be drawn.
        least: f64,
        /// The largest that can be drawn.
        most: f64,
    },
    /// One number for each of something was expected.
    #[error("{name:?} has {count} numbers (it needs {expected}, one for each {what})")]
    Count {
        /// Whose.
        name: String,
        /// How many it has.
        count: usize,
        /// How many it needs.
        expected: usize,
        /// For each of what.
        what: &'static str,
    },
    /// A number that names nothing.
    #[error("there is no {what} number {index} (there are {count}, counted from zero)")]
    Unknown {
        /// Which kind of thing.
        what: &'static str,
        /// The number.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A line that goes back.
    #[error("the points of {name:?} are out of order: {next} comes after {last} (sort them)")]
    Order {
        /// Whose.
        name: String,
        /// The place of one point.
        last: f64,
        /// The place of the next one.
        next: f64,
    },
    /// A range without logarithms.
    #[error("{what} from {low} to {high} has no logarithmic axis (begin above zero and below the end)")]
    LogRange {
        /// Of what.
        what: String,
        /// Where the axis would begin.
        low: f64,
        /// Where it would end.
        high: f64,
    },
    /// The drawing library refused.
    #[error("the figure could not be drawn: {reason}")]
    Drawing {
        /// In its words.
        reason: String,
    },
    /// The SVG cannot be made into pixels.
    #[error("the SVG cannot be turned into a PNG: {reason}")]
    Picture {
        /// What is wrong with it.
        reason: String,
    },
    /// A scale that gives no picture, or one that no machine can hold.
    #[error("the PNG would be {width} × {height} pixels (choose a scale so that each side has 1 to {most})")]
    PictureSize {
        /// Pixels across.
        width: f64,
        /// Pixels down.
        height: f64,
        /// The most pixels along a side.
        most: u32,
    },
}

/// 16,384 × 16,384 pixels are a gigabyte of memory: more is a mistyped scale.
const MOST_PIXELS_ALONG_A_SIDE: u32 = 16_384;

/// An SVG as PNG bytes, `scale` pixels for each unit of its size: 2 is sharp on screens and in print.
///
/// ```
/// let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>"#;
/// let png = millicent::chart::png(svg, 2.0)?;
/// assert_eq!(&png[1..4], b"PNG");
/// assert_eq!(png[16..24], [0, 0, 0, 60, 0, 0, 0, 40]); // width and height, as the format stores them
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
///
/// # Errors
/// When the text is not an SVG, or a side of the picture would have no pixel or more than 16,384.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, ChartError> {
    let picture = |reason: String| ChartError::Picture { reason };
    let tree = Tree::from_str(svg, &options()).map_err(|error| picture(error.to_string()))?;
    let pixels = |length: f32| (f64::from(length) * f64::from(scale)).round();
    let (width, height) = (pixels(tree.size().width()), pixels(tree.size().height()));
    let drawable = |length: f64| (1.0..=f64::from(MOST_PIXELS_ALONG_A_SIDE)).contains(&length);
    let pixmap = if drawable(width) && drawable(height) { Pixmap::new(width as u32, height as u32) } else { None };
    let mut pixmap = pixmap.ok_or(ChartError::PictureSize { width, height, most: MOST_PIXELS_ALONG_A_SIDE })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| picture(error.to_string()))
}

/// The fonts come from this program, so that a picture is the same on every machine.
fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Options { font_family: "DejaVu Sans".to_owned(), fontdb: Arc::new(fonts), ..Options::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_svg_and_what_is_too_large_are_errors() {
        assert!(matches!(png("no picture", 2.0), Err(ChartError::Picture { .. })));
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>"#;
        for scale in [0.0, -1.0, 1e9, f32::NAN] {
            assert!(matches!(png(svg, scale), Err(ChartError::PictureSize { .. })), "{scale}");
        }
    }

    #[test]
    fn the_widths_of_letters_are_those_of_the_font() {
        for (text, bold) in [("Chosen: 1,024 MB, 245 ms, $2.31 per million", false), ("Order pipeline & WWW (arm64)", true)] {
            let weight = if bold { "bold" } else { "normal" };
            let escaped = text.replace('&', "&amp;");
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="900" height="40">
                <text x="0" y="20" font-family="{}" font-size="13" font-weight="{weight}">{escaped}</text></svg>"#,
                style::FONT_FAMILY
            );
            let tree = Tree::from_str(&svg, &options()).unwrap();
            let drawn = f64::from(tree.root().bounding_box().width());
            let said = style::text_width(text, 13.0, bold);
            assert!((said / drawn - 1.0).abs() < 0.04, "{text}: {said} said, {drawn} drawn");
        }
    }
}
