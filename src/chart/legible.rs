//! What every figure has to be, whatever its numbers: well formed, with all text inside and no text on another.
//!
//! It reads the drawn SVG, not the layout, so that no text is forgotten.

use resvg::usvg::roxmltree::{Document, Node};

use super::style::{CANVAS_FACTOR, WIDTH, text_width};

/// What a text covers.
#[derive(Debug)]
struct Covered {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// Panics when the figure cannot be read.
pub(super) fn check(svg: &str) {
    let document = Document::parse(svg).unwrap();
    for word in ["NaN", "inf", "-2147483648", "2147483647"] {
        assert!(!svg.lines().any(|line| line.starts_with('<') && line.contains(word)), "{word}");
    }
    let height: f64 = document.root_element().attribute("height").unwrap().parse().unwrap();
    let texts: Vec<Covered> = document.descendants().filter(|node| node.has_tag_name("text")).map(covered).collect();
    for (index, one) in texts.iter().enumerate() {
        let is_inside = 0.0 <= one.left && one.right <= WIDTH && 0.0 <= one.top && one.bottom <= height;
        assert!(is_inside, "{:?} is outside: {one:?}", one.text);
        for other in &texts[..index] {
            let touches = one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
            assert!(!touches, "{:?} touches {:?}: {one:?} {other:?}", one.text, other.text);
        }
    }
}

fn covered(node: Node<'_, '_>) -> Covered {
    // The height of a capital and what hangs below the line.
    const INK_HEIGHT: f64 = 0.9;
    let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap() / CANVAS_FACTOR;
    let text = node.text().unwrap().trim().to_owned();
    let (x, y, size) = (number("x"), number("y"), number("font-size"));
    let width = text_width(&text, size, node.attribute("font-weight") == Some("bold"));
    let left = match node.attribute("text-anchor").unwrap() {
        "start" => x,
        "middle" => x - width / 2.0,
        _ => x - width,
    };
    let half = INK_HEIGHT * size / 2.0;
    Covered { text, left, right: left + width, top: y - half, bottom: y + half }
}
