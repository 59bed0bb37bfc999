//! The surface figures are drawn on: lines, areas, dots and text, placed in CSS pixels.
//!
//! Everything that the drawing library would otherwise choose by itself (strokes, fonts, anchors) is given here, and every
//! length is multiplied by the canvas factor in one place. It knows nothing of what is drawn.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

use super::ChartError;
use super::style;
use super::theme::Colors;

/// A place, in CSS pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// What a line is drawn with.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) color: RGBColor,
    pub(super) width: f64,
}

/// Which side of a text is at its place.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

/// How a text is written.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    pub(super) size: f64,
    pub(super) color: RGBColor,
    pub(super) bold: bool,
}

/// Draws; the first refusal of the drawing library is kept and returned at the end.
pub(super) struct Canvas<'b> {
    backend: SVGBackend<'b>,
    background: RGBColor,
    refusal: Option<String>,
}

/// A figure of this height as SVG: `draw` puts the ink, `title` and `description` are for those who hear it.
pub(super) fn draw_svg(
    (title, description): (&str, &str),
    figure_height: f64,
    colors: &Colors,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, ChartError> {
    let (width, height) = (scaled(style::WIDTH), scaled(figure_height));
    let mut svg = String::new();
    let backend = SVGBackend::with_string(&mut svg, (width as u32, height as u32));
    let mut canvas = Canvas { backend, background: colors.background, refusal: None };
    let corners = [(0.0, 0.0), (style::WIDTH, 0.0), (style::WIDTH, figure_height), (0.0, figure_height)];
    canvas.area(&corners, colors.background, 1.0);
    draw(&mut canvas);
    let presented = canvas.backend.present();
    canvas.note_refusal(presented);
    if let Some(reason) = canvas.refusal.take() {
        return Err(ChartError::Drawing { reason });
    }
    drop(canvas);
    let drawn = format!("<svg width=\"{width}\" height=\"{height}\"");
    let shown = format!("<svg role=\"img\" width=\"{}\" height=\"{}\"", style::WIDTH, figure_height);
    let words = format!(">\n<title>{}</title>\n<desc>{}</desc>\n", escaped(title), escaped(description));
    Ok(svg.replacen(&drawn, &shown, 1).replacen(">\n", &words, 1))
}

/// In the whole pixels of the large canvas.
fn scaled(length: f64) -> i32 {
    (length * style::CANVAS_FACTOR).round() as i32
}

fn place(point: Point) -> (i32, i32) {
    (scaled(point.0), scaled(point.1))
}

/// The pieces of a path that a pen on these lengths of dashes and spaces leaves.
fn dashes(points: &[Point], lengths: &[f64]) -> Vec<Vec<Point>> {
    let mut pattern = lengths.iter().copied().cycle();
    let Some(mut left) = pattern.next() else { return vec![points.to_vec()] };
    let (mut is_down, mut dashes) = (true, Vec::new());
    let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if is_down {
                dash.push(from);
                dashes.push(std::mem::take(&mut dash));
            } else {
                dash = vec![from];
            }
            is_down = !is_down;
            left = pattern.next().unwrap_or(f64::INFINITY);
        }
        if is_down {
            dash.push(to);
        }
    }
    dashes.push(dash);
    dashes.retain(|dash| 1 < dash.len());
    dashes
}

/// The height of a path that goes to the right, at a place across.
pub(super) fn height_at(points: &[Point], x: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].0 <= x && x <= pair[1].0 && pair[0].0 < pair[1].0)?;
    let share = (x - pair[0].0) / (pair[1].0 - pair[0].0);
    Some(pair[0].1 + share * (pair[1].1 - pair[0].1))
}

/// As the text of an XML element.
fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// XML 1.0 allows neither control characters nor U+FFFE and U+FFFF, however they are written.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { letter })
        .collect()
}

impl Pen {
    fn style(self) -> ShapeStyle {
        ShapeStyle { color: self.color.to_rgba(), filled: false, stroke_width: scaled(self.width).unsigned_abs() }
    }
}

impl Canvas<'_> {
    /// A string never refuses to be written to, so nothing is expected here; but it is the library's word.
    fn note_refusal<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let Err(error) = result {
            self.refusal.get_or_insert(error.to_string());
        }
    }

    pub(super) fn line(&mut self, from: Point, to: Point, pen: Pen) {
        let result = self.backend.draw_line(place(from), place(to), &pen.style());
        self.note_refusal(result);
    }

    /// A vertical line of dashes.
    pub(super) fn dashed_vertical(&mut self, x: f64, top: f64, bottom: f64, pen: Pen) {
        const DASH: f64 = 6.0;
        const SPACE: f64 = 4.0;
        let mut y = top;
        while y < bottom {
            self.line((x, y), (x, (y + DASH).min(bottom)), pen);
            y += DASH + SPACE;
        }
    }

    /// A path in dashes and spaces of these lengths, in turn; without lengths it is solid.
    pub(super) fn dashed_path(&mut self, points: &[Point], lengths: &[f64], pen: Pen) {
        for dash in dashes(points, lengths) {
            self.path(&dash, pen);
        }
    }

    pub(super) fn path(&mut self, points: &[Point], pen: Pen) {
        let result = self.backend.draw_path(points.iter().copied().map(place), &pen.style());
        self.note_refusal(result);
    }

    pub(super) fn area(&mut self, corners: &[Point], color: RGBColor, opacity: f64) {
        let filling: RGBAColor = color.mix(opacity);
        let result = self.backend.fill_polygon(corners.iter().copied().map(place), &filling);
        self.note_refusal(result);
    }

    pub(super) fn dot(&mut self, center: Point, radius: f64, color: RGBColor) {
        let filled = ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 0 };
        let result = self.backend.draw_circle(place(center), scaled(radius).unsigned_abs(), &filled, true);
        self.note_refusal(result);
    }

    pub(super) fn ring(&mut self, center: Point, radius: f64, pen: Pen) {
        let result = self.backend.draw_circle(place(center), scaled(radius).unsigned_abs(), &pen.style(), false);
        self.note_refusal(result);
    }

    pub(super) fn diamond(&mut self, (x, y): Point, radius: f64, pen: Pen) {
        let corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)];
        self.hollow(&corners, pen);
    }

    /// A closed outline through the corners; nothing shines through it.
    pub(super) fn hollow(&mut self, corners: &[Point], pen: Pen) {
        self.area(corners, self.background, 1.0);
        // Once around and on to the second corner, so that the first one is as pointed as the others.
        let outline: Vec<Point> = corners.iter().cycle().take(corners.len() + 2).copied().collect();
        self.path(&outline, pen);
    }

    pub(super) fn square(&mut self, (x, y): Point, radius: f64, pen: Pen) {
        let corners = [(x - radius, y - radius), (x + radius, y - radius), (x + radius, y + radius), (x - radius, y + radius)];
        self.path(&[corners[0], corners[1], corners[2], corners[3], corners[0], corners[1]], pen);
    }

    pub(super) fn cross(&mut self, (x, y): Point, radius: f64, pen: Pen) {
        self.line((x - radius, y - radius), (x + radius, y + radius), pen);
        self.line((x - radius, y + radius), (x + radius, y - radius), pen);
    }

    /// Text whose middle line is at the height of its place.
    pub(super) fn text(&mut self, text: &str, at: Point, align: Align, letters: Letters) {
        // plotters writes the size divided by this, its guess of line height over letter height.
        const PLOTTERS_LINE_HEIGHT: f64 = 1.24;
        let size = f64::from(scaled(letters.size)) * PLOTTERS_LINE_HEIGHT;
        let weight = if letters.bold { FontStyle::Bold } else { FontStyle::Normal };
        let side = match align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let text_style = TextStyle::from((style::FONT_FAMILY, size, weight).into_font())
            .color(&letters.color)
            .pos(Pos::new(side, VPos::Center));
        let result = self.backend.draw_text(&printable(text), &text_style, place(at));
        self.note_refusal(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_around_corners() {
        let corner = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)];
        assert_eq!(
            dashes(&corner, &[8.0, 1.0]),
            [vec![(0.0, 0.0), (8.0, 0.0)], vec![(9.0, 0.0), (10.0, 0.0), (10.0, 7.0)], vec![(10.0, 8.0), (10.0, 10.0)]]
        );
        assert_eq!(dashes(&corner, &[]), [corner.to_vec()]);
        assert!(dashes(&[], &[3.0, 3.0]).is_empty());
    }
}
