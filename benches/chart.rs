//! A figure with twelve options: as SVG and as a PNG with two pixels for each unit.

use criterion::Criterion;

/// Without the feature there is no ink.
#[cfg(not(feature = "charts"))]
pub(crate) fn figures(_criterion: &mut Criterion) {}

#[cfg(feature = "charts")]
pub(crate) fn figures(criterion: &mut Criterion) {
    use std::hint::black_box;

    use millicent::chart::{Theme, png};

    let figure = cost_curves();
    let svg = figure.svg(Theme::Light).expect("the figure has options and costs");
    assert_eq!(svg.matches("\noption 12\n").count(), 1);
    let mut group = criterion.benchmark_group("cost over volume, 12 options");
    group.bench_function("SVG", |bencher| bencher.iter(|| black_box(&figure).svg(Theme::Light)));
    group.sample_size(10);
    assert_eq!(png(&svg, 2.0).expect("the SVG is well formed")[16..24], [0, 0, 7, 128, 0, 0, 5, 160]);
    group.bench_function("PNG of 1920 x 1440", |bencher| bencher.iter(|| png(black_box(&svg), 2.0)));
    group.finish();
}

/// Six lines by use and six fleets in steps, 600 points each.
#[cfg(feature = "charts")]
fn cost_curves() -> millicent::chart::CostCurveFigure {
    use millicent::chart::{Across, Caption, CostCurve, CostCurveFigure, CostPoint, Crossing, Quantity};

    let option = |number: u32| {
        let price = f64::from(number);
        let cost = |requests: f64| {
            if number.is_multiple_of(2) { price * requests / 1e6 } else { 20.0 * price * (requests / 4e6).ceil() }
        };
        let point = |step: u32| {
            let at = 1e4 * 10.0_f64.powf(f64::from(step) / 120.0);
            CostPoint { at, monthly_cost_usd: cost(at), is_feasible: number < 10 || at < 1e8 }
        };
        CostCurve { name: format!("option {number}"), points: (0..600).map(point).collect() }
    };
    CostCurveFigure {
        caption: Caption { title: "Which option is cheaper?".to_owned(), ..Caption::default() },
        across: Across { title: "Requests a month".to_owned(), quantity: Quantity::Count },
        options: (1..=12).map(option).collect(),
        crossings: vec![Crossing { at: 1e7, monthly_cost_usd: 20.0, is_feasible: true }],
        regions: Vec::new(),
    }
}
