//! Evenly spread points in as many dimensions as there are ranges.
//!
//! The first ten dimensions are a Sobol' sequence (direction numbers of Joe and Kuo 2008, "Constructing Sobol sequences with
//! better two-dimensional projections") with a random digital shift; further ones, where such sequences get worse, are shuffled
//! strata (a Latin hypercube). Every part of a range is met as often as it is likely, which random numbers do not achieve: of
//! 4,096 points exactly 410 or 409 lie in each tenth. The first points of a sequence are evenly spread by themselves.

use crate::stats::{Random, standard_normal_quantile};

/// Degree, coefficients and first direction numbers of the second to the tenth dimension.
const DIRECTIONS: [(usize, u32, &[u32]); 9] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
];
const BITS: usize = 32;
/// 2³².
const WHOLE: f64 = 4_294_967_296.0;

/// Points of the standard normal distribution, one deviation for each dimension; the same for the same seed, on every machine.
pub(super) fn normal_draws(count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Random::from_seed(seed);
    let columns: Vec<Vec<f64>> = (0..dimensions).map(|dimension| column(count, dimension, &mut random)).collect();
    let deviation = |share: f64| standard_normal_quantile(share);
    (0..count).map(|draw| columns.iter().map(|column| deviation(column[draw])).collect()).collect()
}

/// How many points a lattice has. Of 65 values the seventh, the 33rd and the 59th are the p10, the median and the p90, and stand
/// at 6.5, 32.5 and 58.5 of 65: exactly there.
pub(super) const LATTICE: usize = 65;

/// The generator of the lattice whose points lie farthest apart in two dimensions, of those that do well in three and four.
const GENERATOR: usize = 18;

/// Few points, so evenly spread that those in one dimension are the middles of equal parts: for what takes long in each point.
/// A lattice of Korobov (1959): point i stands at the fraction of i · gᵏ / 65, and half a step, in dimension k.
pub(super) fn normal_lattice(dimensions: usize) -> Vec<Vec<f64>> {
    let powers = std::iter::successors(Some(1), |power| Some(power * GENERATOR % LATTICE));
    let powers: Vec<usize> = powers.take(dimensions).collect();
    let deviation = |place: usize| standard_normal_quantile((place as f64 + 0.5) / LATTICE as f64);
    (0..LATTICE).map(|point| powers.iter().map(|power| deviation(point * power % LATTICE)).collect()).collect()
}

/// One dimension of all points, each in (0, 1).
fn column(count: usize, dimension: usize, random: &mut Random) -> Vec<f64> {
    let Some(directions) = directions(dimension) else { return shuffled_strata(count, random) };
    let shift = (random.uniform() * WHOLE) as u32;
    let point = |index: usize| {
        let used = directions.iter().enumerate().filter(|(bit, _)| index >> bit & 1 == 1);
        used.fold(shift, |point, (_, direction)| point ^ direction)
    };
    (0..count).map(|index| (f64::from(point(index)) + 0.5) / WHOLE).collect()
}

/// The direction numbers of a dimension, counted from 0: vₖ = vₖ₋ₛ ⊕ (vₖ₋ₛ ≫ s) ⊕ the earlier ones that its polynomial names.
fn directions(dimension: usize) -> Option<[u32; BITS]> {
    let mut numbers = [0_u32; BITS];
    if dimension == 0 {
        numbers.iter_mut().enumerate().for_each(|(bit, number)| *number = 1 << (BITS - 1 - bit));
        return Some(numbers);
    }
    let (degree, coefficients, first) = *DIRECTIONS.get(dimension - 1)?;
    for bit in 0..BITS {
        numbers[bit] = match first.get(bit) {
            Some(start) => start << (BITS - 1 - bit),
            None => {
                let earlier = numbers[bit - degree];
                let named = (1..degree).filter(|back| coefficients >> (degree - 1 - back) & 1 == 1);
                named.fold(earlier ^ (earlier >> degree), |number, back| number ^ numbers[bit - back])
            }
        };
    }
    Some(numbers)
}

fn shuffled_strata(count: usize, random: &mut Random) -> Vec<f64> {
    let mut strata: Vec<usize> = (0..count).collect();
    (1..count).rev().for_each(|last| strata.swap(last, random.index(last + 1)));
    strata.into_iter().map(|stratum| (stratum as f64 + 0.5) / count as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 4,096 points lie in each of 16 × 16 boxes of two dimensions: 16 where they are perfectly even.
    fn boxes(one: &[f64], other: &[f64]) -> Vec<u32> {
        let mut boxes = vec![0; 256];
        for (x, y) in one.iter().zip(other) {
            boxes[(x * 16.0) as usize * 16 + (y * 16.0) as usize] += 1;
        }
        boxes
    }

    #[test]
    fn a_lattice_has_every_middle_once_in_each_dimension() {
        let points = normal_lattice(4);
        for dimension in 0..4 {
            let mut column: Vec<f64> = points.iter().map(|point| point[dimension]).collect();
            column.sort_by(f64::total_cmp);
            for (place, share) in [(6, 0.1), (32, 0.5), (58, 0.9)] {
                assert!((column[place] - standard_normal_quantile(share)).abs() < 1e-12, "{dimension}: {column:?}");
            }
            assert!(column.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn every_pair_of_dimensions_is_evenly_filled() {
        let mut random = Random::from_seed(1);
        let columns: Vec<Vec<f64>> = (0..10).map(|dimension| column(4096, dimension, &mut random)).collect();
        for one in 0..10 {
            for other in 0..one {
                assert!(boxes(&columns[one], &columns[other]).iter().all(|count| *count == 16), "dimensions {other} and {one}");
            }
        }
    }

    #[test]
    fn every_dimension_is_stratified() {
        let mut random = Random::from_seed(2);
        for dimension in 0..12 {
            let mut strata: Vec<usize> = column(4096, dimension, &mut random).iter().map(|x| (x * 4096.0) as usize).collect();
            strata.sort_unstable();
            assert!(strata.iter().enumerate().all(|(place, stratum)| place == *stratum), "dimension {dimension}");
        }
    }

    #[test]
    fn draws_are_standard_normal_and_follow_the_seed() {
        let draws = normal_draws(4096, 11, 1);
        for dimension in 0..11 {
            let mean = draws.iter().map(|draw| draw[dimension]).sum::<f64>() / 4096.0;
            let square = draws.iter().map(|draw| draw[dimension].powi(2)).sum::<f64>() / 4096.0;
            assert!(mean.abs() < 0.002 && (square - 1.0).abs() < 0.01, "{dimension}: {mean} {square}");
        }
        assert!(draws == normal_draws(4096, 11, 1) && draws != normal_draws(4096, 11, 2));
    }
}
